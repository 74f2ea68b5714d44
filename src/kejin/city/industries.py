"""What do the city's companies do? Industries (GB/T 4754-2017), their clusters, habits and fields of invention.

The weights and medians are the city's own, made up to be plausible; nothing here is a statistic of a real place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kejin.city.ipc_symbols import POOLS
from kejin.city.streams import Floats, Ints


@dataclass(frozen=True, slots=True)
class Trade:
    """How companies of one kind of industry tend to be built.

    staff            median staff at maturity
    revenue_a_head   median CNY a person and year at maturity
    gross_margin     median share of revenue left after cost of sales
    rd_share         median share of staff in R&D where there is R&D
    without_rd       probability of having no R&D at all
    first_sale       median years from birth to the first revenue
    fixed            median share of assets that is not current
    invention        shares of patents: invention, utility model, design
    patents          multiplier of the number of patents a head in R&D
    wage             median CNY a person and year
    kwh              electricity in kWh for CNY 1,000 of revenue
    """

    name: str
    staff: float
    revenue_a_head: float
    gross_margin: float
    rd_share: float
    without_rd: float
    first_sale: float
    fixed: float
    invention: tuple[float, float, float]
    patents: float
    wage: float
    kwh: float


TRADES: dict[str, Trade] = {
    trade.name: trade
    for trade in (
        Trade("hardware", 45, 780_000, 0.27, 0.15, 0.10, 0.6, 0.30, (0.34, 0.46, 0.20), 1.15, 118_000, 22),
        Trade("equipment", 38, 700_000, 0.32, 0.17, 0.09, 0.8, 0.33, (0.36, 0.50, 0.14), 1.25, 125_000, 26),
        Trade("software", 26, 520_000, 0.52, 0.38, 0.07, 0.5, 0.12, (0.78, 0.09, 0.13), 0.55, 205_000, 4),
        Trade("service", 18, 430_000, 0.40, 0.16, 0.24, 0.3, 0.18, (0.48, 0.38, 0.14), 0.45, 150_000, 6),
        Trade("bio", 30, 560_000, 0.58, 0.32, 0.05, 3.0, 0.40, (0.72, 0.23, 0.05), 0.75, 175_000, 20),
        Trade("medical", 34, 640_000, 0.54, 0.22, 0.07, 1.8, 0.30, (0.42, 0.42, 0.16), 1.05, 150_000, 14),
        Trade("material", 40, 860_000, 0.26, 0.13, 0.12, 1.0, 0.40, (0.52, 0.40, 0.08), 0.85, 115_000, 55),
        Trade("energy", 44, 980_000, 0.24, 0.14, 0.12, 1.1, 0.42, (0.40, 0.49, 0.11), 0.95, 125_000, 38),
        Trade("chip", 32, 900_000, 0.40, 0.45, 0.04, 1.9, 0.28, (0.82, 0.15, 0.03), 0.80, 290_000, 12),
        Trade("creative", 16, 480_000, 0.38, 0.14, 0.30, 0.4, 0.14, (0.22, 0.28, 0.50), 0.60, 130_000, 7),
        Trade("dealer", 12, 1_600_000, 0.14, 0.06, 0.62, 0.2, 0.08, (0.22, 0.52, 0.26), 0.30, 98_000, 3),
    )
}


@dataclass(frozen=True, slots=True)
class Industry:
    """One industry: its class code, product word, cluster (20+8) where it has one, trade, weight, fields."""

    code: str
    word: str
    cluster: str | None
    trade: str
    weight: float
    high_tech_field: str
    strategic: float
    pools: tuple[str, ...]


def _industry(line: str) -> Industry:
    code, word, cluster, trade, weight, field, strategic, pools = line.split()
    return Industry(
        code, word, None if cluster == "-" else cluster, trade, float(weight), field, float(strategic),
        tuple(pools.split(",")),
    )  # fmt: skip


# code, product, cluster or -, trade, weight, field of high technology, share that is strategic, IPC pools
INDUSTRIES: tuple[Industry, ...] = tuple(
    _industry(line)
    for line in """
C3911 整机 smart_terminal hardware 1.2 electronics 0.7 computing,semiconductor
C3912 零部件 smart_terminal hardware 1.8 electronics 0.4 semiconductor,electrical
C3913 外设 smart_terminal hardware 1.4 electronics 0.4 computing,consumer
C3914 工控 high_end_equipment equipment 1.0 advanced_manufacturing 0.7 instrument,computing
C3921 通信系统 network_communication hardware 1.8 electronics 0.9 communication,electrical
C3922 通信终端 smart_terminal hardware 1.6 electronics 0.7 communication,consumer
C3951 显示整机 uhd_display hardware 0.8 electronics 0.5 communication,semiconductor
C3952 音响 smart_terminal hardware 0.9 electronics 0.2 consumer,communication
C3961 穿戴设备 smart_terminal hardware 1.3 electronics 0.6 consumer,medical
C3962 车载设备 connected_vehicle hardware 1.2 electronics 0.8 vehicle,computing
C3963 无人机 low_altitude equipment 1.0 aerospace 0.95 vehicle,instrument
C3964 服务机器人 robot equipment 0.9 advanced_manufacturing 0.9 machinery,computing
C3969 智能消费品 smart_terminal hardware 1.5 electronics 0.4 consumer,electrical
C3972 分立器件 semiconductor chip 0.7 electronics 0.9 semiconductor
C3973 集成电路 semiconductor chip 0.8 electronics 0.98 semiconductor
C3974 显示器件 uhd_display hardware 0.9 electronics 0.9 semiconductor,optics
C3975 照明器件 environment hardware 1.1 energy 0.4 electrical,semiconductor
C3976 光电子 optical_information chip 0.6 electronics 0.9 optics,semiconductor
C3979 电子器件 smart_sensor hardware 1.2 electronics 0.6 instrument,semiconductor
C3982 电路板 semiconductor hardware 1.4 electronics 0.4 semiconductor,materials
C3984 电声器件 smart_terminal hardware 0.8 electronics 0.2 consumer
C3985 电子材料 advanced_material material 1.0 new_materials 0.8 materials,semiconductor
C3990 电子设备 - hardware 1.8 electronics 0.3 electrical,computing
C3421 机床 high_end_equipment equipment 0.6 advanced_manufacturing 0.8 machinery
C3424 激光加工 high_end_equipment equipment 0.8 advanced_manufacturing 0.8 machinery,optics
C3484 精密零件 high_end_equipment equipment 1.5 advanced_manufacturing 0.2 machinery
C3491 工业机器人 robot equipment 0.9 advanced_manufacturing 0.95 machinery,instrument
C3492 特种机器人 intelligent_robot equipment 0.4 advanced_manufacturing 0.95 machinery,computing
C3493 增材制造 high_end_equipment equipment 0.4 advanced_manufacturing 0.9 machinery,materials
C3525 模具 - equipment 1.5 advanced_manufacturing 0.1 machinery
C3562 半导体设备 semiconductor equipment 0.6 advanced_manufacturing 0.95 semiconductor,machinery
C3581 诊疗设备 medical_device medical 1.0 biology_medicine 0.9 medical
C3584 手术器械 medical_device medical 0.7 biology_medicine 0.8 medical
C3589 医疗器械 medical_device medical 1.0 biology_medicine 0.7 medical,bio
C3591 环保装备 environment equipment 0.7 environment 0.8 environment
C3599 专用设备 high_end_equipment equipment 1.6 advanced_manufacturing 0.4 machinery,instrument
C3612 新能源整车 connected_vehicle energy 0.2 energy 0.98 vehicle,electrical
C3670 汽车零件 connected_vehicle equipment 0.9 advanced_manufacturing 0.4 vehicle,machinery
C3737 海工装备 marine equipment 0.3 advanced_manufacturing 0.9 vehicle,machinery
C3744 航空设备 low_altitude equipment 0.3 aerospace 0.95 vehicle,instrument
C3824 电力电子 new_energy energy 1.2 energy 0.7 electrical
C3825 光伏器件 new_energy energy 0.7 energy 0.9 electrical,materials
C3831 线缆 - material 0.7 new_materials 0.1 electrical,materials
C3841 锂电池 new_energy energy 1.1 energy 0.95 electrical,materials
C3849 储能电池 new_energy energy 0.6 energy 0.9 electrical
C4011 自动控制 smart_sensor equipment 1.3 advanced_manufacturing 0.7 instrument,computing
C4014 分析仪器 high_end_equipment equipment 0.5 advanced_manufacturing 0.8 instrument,optics
C4023 导航仪器 smart_sensor equipment 0.4 aerospace 0.8 instrument
C4028 测试仪器 high_end_equipment equipment 0.8 electronics 0.7 instrument
C4040 光学仪器 high_end_equipment equipment 0.5 advanced_manufacturing 0.6 optics
C2614 有机材料 advanced_material material 0.4 new_materials 0.3 materials
C2659 合成材料 advanced_material material 0.6 new_materials 0.8 materials
C2669 专用化学品 advanced_material material 0.6 new_materials 0.4 materials
C2720 制剂 biomedicine bio 0.3 biology_medicine 0.7 bio
C2740 中成药 health bio 0.2 biology_medicine 0.3 bio
C2761 生物药 biomedicine bio 0.4 biology_medicine 0.98 bio
C2762 基因药物 cell_gene bio 0.3 biology_medicine 0.98 bio
C1492 保健食品 health bio 0.4 biology_medicine 0.1 consumer,bio
C1819 服饰 modern_fashion creative 0.6 none 0.0 consumer
C2438 珠宝 modern_fashion creative 0.7 none 0.0 consumer
C2929 塑料制品 - material 1.2 new_materials 0.1 materials,machinery
C3091 石墨烯 frontier_material material 0.2 new_materials 0.9 materials
I6511 基础软件 software software 0.8 electronics 0.9 computing
I6513 应用软件 software software 5.5 electronics 0.6 computing
I6519 行业软件 software software 2.5 electronics 0.5 computing
I6520 芯片设计 semiconductor chip 1.2 electronics 0.98 semiconductor
I6531 系统集成 software software 2.4 electronics 0.5 computing,communication
I6540 运维服务 software service 1.0 high_tech_services 0.3 computing
I6550 数据处理 artificial_intelligence software 1.2 high_tech_services 0.9 computing
I6560 信息咨询 software service 1.4 high_tech_services 0.2 computing
I6572 数字内容 digital_creative creative 1.2 high_tech_services 0.4 computing,consumer
I6431 互联网平台 software software 1.2 electronics 0.4 computing
I6440 网络安全 software software 0.6 electronics 0.9 computing,communication
I6450 智能数据 artificial_intelligence software 0.9 electronics 0.95 computing
M7310 自然科学研发 quantum bio 0.2 high_tech_services 0.9 optics,bio
M7320 工程研发 high_end_equipment service 1.6 high_tech_services 0.6 computing,machinery
M7340 医学研发 brain_computer bio 0.5 biology_medicine 0.9 bio,medical
M7491 工业设计 digital_creative creative 0.8 high_tech_services 0.3 consumer
M7512 生物技术 synthetic_biology bio 0.6 biology_medicine 0.9 bio
M7514 节能技术 environment service 0.6 energy 0.7 electrical,environment
M7439 海洋服务 deep_earth_sea service 0.1 high_tech_services 0.8 vehicle,instrument
M7519 技术推广 - service 1.6 high_tech_services 0.2 computing,machinery
N7721 水处理 environment service 0.4 environment 0.8 environment
F5176 软硬件经销 - dealer 2.0 none 0.0 computing,consumer
F5179 设备经销 - dealer 2.2 none 0.0 machinery,electrical
L7281 科技会展 - dealer 0.8 none 0.0 consumer
""".strip().splitlines()
)

_TRADE_NAMES = tuple(TRADES)
WEIGHTS: Floats = np.array([industry.weight for industry in INDUSTRIES])
TRADE_OF: Ints = np.array([_TRADE_NAMES.index(industry.trade) for industry in INDUSTRIES], dtype=np.int64)
CODES: tuple[str, ...] = tuple(industry.code for industry in INDUSTRIES)
CLUSTERS: tuple[str, ...] = tuple(industry.cluster or "" for industry in INDUSTRIES)
WORDS: tuple[str, ...] = tuple(industry.word for industry in INDUSTRIES)
POOL_NAMES: tuple[str, ...] = tuple(POOLS)
MAIN_POOL: Ints = np.array([POOL_NAMES.index(industry.pools[0]) for industry in INDUSTRIES], dtype=np.int64)
SIDE_POOL: Ints = np.array([POOL_NAMES.index(industry.pools[-1]) for industry in INDUSTRIES], dtype=np.int64)


def trade_values(attribute: str, industry: Ints) -> Floats:
    """One number of the trade of each company, e.g. its median staff."""
    table = np.array([getattr(trade, attribute) for trade in TRADES.values()], dtype=np.float64)
    return np.asarray(table[TRADE_OF[industry]])


def in_trade(industry: Ints, *names: str) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Whether each company's trade is one of the named ones."""
    return np.asarray(np.isin(TRADE_OF[industry], [_TRADE_NAMES.index(name) for name in names]))
