"""Is it a little giant (专精特新“小巨人”), by the measures in force until 2026-03-31? 工信部企业〔2022〕63号, annex 3.

Ten conditions; what is asked of R&D depends on revenue; a national award or contest place stands in for R&D and rights.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

from kejin.evaluation.inputs import award_count, contest_count, equity_qualified
from kejin.evaluation.schemes.measures import (
    FEN_PER_CNY,
    GROWTH_SLACK,
    all_gates,
    any_gate,
    count_gate,
    counted_gate,
    mean_growth,
    mean_growth_lever,
    record_gates,
    right_ends,
    yearly,
)
from kejin.rule_values import BandTable, Figure, from_rule
from kejin.schemes.expressions import Column, If, all_of, lift, smaller, total
from kejin.schemes.rule_expressions import bands_of
from kejin.schemes.scheme import Gate, Label, Lever, Scheme, compared

ID = "little_giant"
_RULES = "titles/little_giant/v2022"


@dataclass(frozen=True, slots=True)
class LittleGiant2022Rules:
    """The figures of the scheme on a day."""

    niche_years_min: Figure = from_rule(f"{_RULES}/niche_years_min")
    main_share_min: Figure = from_rule(f"{_RULES}/main_share_min")
    main_growth_min: Figure = from_rule(f"{_RULES}/main_growth_min")
    debt_ratio_max: Figure = from_rule(f"{_RULES}/debt_ratio_max")
    niche_share_min: Figure = from_rule(f"{_RULES}/niche_share_min")
    rd_years: Figure = from_rule(f"{_RULES}/rd_years")
    rd_to_revenue_min: BandTable = from_rule(f"{_RULES}/rd_to_revenue_min")
    small_equity_cny_min: Figure = from_rule(f"{_RULES}/small_equity_cny_min")
    small_rd_cny_min: Figure = from_rule(f"{_RULES}/small_rd_cny_min")
    small_rd_staff_share_min: Figure = from_rule(f"{_RULES}/small_rd_staff_share_min")
    class_one_min: Figure = from_rule(f"{_RULES}/class_one_min")
    direct_award_years: Figure = from_rule(f"{_RULES}/direct_award_years")
    direct_award_rank_max: Figure = from_rule(f"{_RULES}/direct_award_rank_max")
    direct_contest_years: Figure = from_rule(f"{_RULES}/direct_contest_years")
    direct_contest_rank_max: Figure = from_rule(f"{_RULES}/direct_contest_rank_max")


def little_giant_2022(rules: LittleGiant2022Rules) -> Scheme:
    """The scheme with the figures of a day."""
    needed = (*record_gates(), *_business_gates(rules), *_judgement_gates())
    large, small = _large_gate(rules), _small_gates(rules)
    rights, direct = _rights_gates(rules), _direct_gates(rules)
    research = all_gates(ID, [large.name]) | all_gates(ID, (gate.name for gate in small))
    innovation = (research & all_gates(ID, (gate.name for gate in rights))) | any_gate(
        ID, (gate.name for gate in direct)
    )
    return Scheme(
        ID,
        "2022",
        Label("专精特新“小巨人”企业", "Little giant"),
        (*needed, large, *small, *rights, *direct),
        (),
        all_gates(ID, (gate.name for gate in needed)) & innovation,
        notes=(
            Label(
                "“近2年研发投入3000万元”按上年度研发费用判断。",
                "The CNY 30 million of R&D asked of small companies is read as the R&D expense of the last year.",
            ),
        ),
    )


def _business_gates(rules: LittleGiant2022Rules) -> tuple[Gate, ...]:
    sales, assets = yearly("revenue"), yearly("total_assets")
    before = (yearly("main_revenue", 1), yearly("main_revenue", 2))
    return (
        compared(
            "niche_years",
            Label("从事特定细分市场年数", "Years in the niche market"),
            Column("niche_years"),
            ">=",
            rules.niche_years_min,
            "year",
        ),
        compared(
            "main_share",
            Label("主营业务收入占比", "Share of main-business revenue"),
            yearly("main_revenue") / sales,
            ">=",
            rules.main_share_min,
            "ratio",
            (Lever("main_revenue_fen_y0", sales),),
            undefined=sales.equals(0),
        ),
        compared(
            "main_growth",
            Label("近2年主营业务收入平均增长率", "Mean growth of main-business revenue over two years"),
            mean_growth("main_revenue"),
            ">=",
            rules.main_growth_min,
            "ratio",
            (mean_growth_lever("main_revenue"),),
            undefined=before[0].equals(0) | before[1].equals(0),
            slack=GROWTH_SLACK,
        ),
        compared(
            "debt_ratio",
            Label("资产负债率", "Debt to assets"),
            yearly("total_liabilities") / assets,
            "<=",
            rules.debt_ratio_max,
            "ratio",
            (Lever("total_liabilities_fen_y0", assets),),
            undefined=assets.equals(0),
        ),
        compared(
            "niche_share",
            Label("全国细分市场占有率", "National niche share"),
            Column("niche_share_national"),
            ">=",
            rules.niche_share_min,
            "ratio",
            (Lever("niche_share_national"),),
        ),
    )


def _judgement_gates() -> tuple[Gate, ...]:
    return (
        Gate(
            "core_process_on_it",
            Label("核心业务采用信息系统支撑", "Core process on information systems"),
            Column("core_process_on_it"),
            (),
        ),
        Gate(
            "certified",
            Label("取得管理体系或产品认证", "A management system or a product is certified"),
            Column("system_certified") | Column("product_certified"),
            (),
        ),
        Gate("own_brand", Label("拥有自主品牌", "Own brand"), Column("own_brand"), ()),
    )


def _large_gate(rules: LittleGiant2022Rules) -> Gate:
    """Revenue of at least the table's floor: the R&D ratio of every year reaches what the revenue asks."""
    years = range(int(rules.rd_years.value))
    sales = [yearly("revenue", k) for k in years]
    ratios = [yearly("rd_expense", k) / sales[k] for k in years]
    asked = bands_of(sales[0], rules.rd_to_revenue_min, FEN_PER_CNY)
    reached = all_of(If(sales[k].equals(0).or_else(False), lift(False), ratios[k] >= asked) for k in years)
    return Gate(
        "rd_to_revenue",
        Label("近2年各年研发费用占营业收入（营业收入5000万元及以上）", "R&D to revenue in each of two years"),
        (sales[0] >= _floor_fen(rules)) & reached,
        (rules.rd_to_revenue_min.cite, rules.rd_years.cite),
        reduce(smaller, ratios),
        "ratio",
        levers=(Lever("rd_expense_fen_y0", sales[0]),),
        edge=asked,
    )


def _floor_fen(rules: LittleGiant2022Rules) -> float:
    assert rules.rd_to_revenue_min.floor is not None, "the rule says from which revenue on it holds"
    return float(rules.rd_to_revenue_min.floor) * FEN_PER_CNY


def _small_gates(rules: LittleGiant2022Rules) -> tuple[Gate, ...]:
    equity, staff = equity_qualified(int(rules.rd_years.value)), Column("staff_total_y0")
    sales = yearly("revenue")
    floor = _floor_fen(rules)
    return (
        Gate(
            "small_revenue",
            Label("营业收入不足起点（走融资路径）", "Revenue below the floor of the ratio"),
            sales < floor,
            (rules.rd_to_revenue_min.cite,),
            sales,
            "fen",
            floor,
            "<",
        ),
        compared(
            "small_equity",
            Label("近2年新增股权融资（合格机构实缴）", "New equity of two years, qualified and paid in"),
            Column(equity),
            ">=",
            rules.small_equity_cny_min,
            "fen",
            (Lever(equity),),
            FEN_PER_CNY,
        ),
        compared(
            "small_rd",
            Label("研发投入经费", "R&D expense"),
            yearly("rd_expense"),
            ">=",
            rules.small_rd_cny_min,
            "fen",
            (Lever("rd_expense_fen_y0"),),
            FEN_PER_CNY,
        ),
        compared(
            "small_rd_staff",
            Label("研发人员占比", "Share of R&D staff"),
            Column("rd_staff_y0") / staff,
            ">=",
            rules.small_rd_staff_share_min,
            "ratio",
            (Lever("rd_staff_y0", staff),),
            undefined=staff.equals(0),
        ),
    )


def _rights_gates(rules: LittleGiant2022Rules) -> tuple[Gate, ...]:
    units = total(Column(f"units_{level}") for level in ("national", "provincial", "municipal", "other"))
    return (
        count_gate("research_unit", Label("自建或联合建立研发机构", "Has a research unit"), units, ()),
        counted_gate(
            "class_one",
            Label("已产业化的Ⅰ类知识产权", "Class-I rights related to the main product and in use"),
            right_ends("class_one_main_in_use"),
            rules.class_one_min.number,
            (rules.class_one_min.cite,),
            (Lever("class_one_main_in_use_low"),),
        ),
    )


def _direct_gates(rules: LittleGiant2022Rules) -> tuple[Gate, ...]:
    awards = award_count("national", int(rules.direct_award_rank_max.value), int(rules.direct_award_years.value))
    contests = contest_count(int(rules.direct_contest_rank_max.value), int(rules.direct_contest_years.value))
    return (
        count_gate(
            "direct_award",
            Label("近年获国家级科技奖励且排名靠前", "National award in a leading place"),
            Column(awards),
            (rules.direct_award_years.cite, rules.direct_award_rank_max.cite),
        ),
        count_gate(
            "direct_contest",
            Label("近年进入创客中国全国名单", "Place in the Maker China contest in recent years"),
            Column(contests),
            (rules.direct_contest_years.cite, rules.direct_contest_rank_max.cite),
        ),
    )
