"""Which figures of a company do the schemes read? Every input column with its unit, meaning and table, said once.

One row a company as of a day. `_y0` is the last fiscal year known (not older than the year before last), `_y1` the year
before it, and so on. Money is whole fen and every number is float64. Counts that hang on a fact which may be missing
(does the patent serve the main product?) come as `_low` (surely) and `_high` (possibly). A count over a register that
was never loaded is missing, not 0.

Counts over a window or a rank set by a rule have names made by the functions below, so that the rule's number, not this
file, decides them.
"""

from __future__ import annotations

import re

from kejin.facts.tables import ALL_TABLES
from kejin.schemes.scheme import Input, Label, Unit


def _yearly(name: str, years: int, zh: str, en: str, table: str = "annual_report") -> list[Input]:
    """A yearly amount in fen for the last years known."""
    when = (
        ("上年度", "last year"),
        ("上上年度", "the year before"),
        ("前第三年度", "two years before"),
        ("前第四年度", "three years before"),
    )
    return [
        Input(f"{name}_fen_y{k}", "fen", Label(f"{when[k][0]}{zh}", f"{en}, {when[k][1]}"), table) for k in range(years)
    ]


def _staff(name: str, years: int, zh: str, en: str) -> list[Input]:
    return [
        Input(
            f"{name}_y{k}",
            "person",
            Label(zh if k == 0 else f"前{k}年{zh}", en if k == 0 else f"{en}, {k} year(s) before"),
            "staffing",
        )
        for k in range(years)
    ]


def _interval(name: str, zh: str, en: str, table: str = "patent, other_ip") -> list[Input]:
    return [
        Input(f"{name}_low", "count", Label(f"{zh}（确定）", f"{en} (surely)"), table),
        Input(f"{name}_high", "count", Label(f"{zh}（含待确认）", f"{en} (possibly)"), table),
    ]


def _one(name: str, unit: Unit, zh: str, en: str, table: str) -> Input:
    return Input(name, unit, Label(zh, en), table)


_COMPANY = [
    _one("age_days", "count", "成立天数", "Days since registration", "company"),
    _one("age_years", "year", "成立年数", "Full years since registration", "company"),
    _one("is_active", "flag", "存续", "In operation", "company"),
    _one("mainland_resident", "flag", "境内居民企业", "Resident enterprise", "company"),
    _one("listed", "flag", "上市", "Listed", "company"),
    _one("on_abnormal_list", "flag", "列入经营异常名录", "On the abnormal list", "company"),
    _one("on_serious_breach_list", "flag", "列入严重违法失信名单", "On the serious breach list", "company"),
    _one("industry_code", "text", "行业代码", "Industry class", "company"),
    _one("industry_digits", "text", "行业代码（不含门类字母）", "Industry class without its letter", "company"),
    _one(
        "fiscal_years",
        "year",
        "成立以来的会计年度数（至最近财务年度，含成立当年）",
        "Fiscal years from the year of registration to the last year known, both counted",
        "company, annual_report",
    ),
    _one(
        "serious_failing_2y",
        "flag",
        "上年及当年重大失信或事故",
        "Serious failing in last or current year",
        "penalty, business_profile",
    ),
    _one("serious_incident_1y", "flag", "前一年内重大事故", "Serious incident within a year", "penalty"),
]
_PROFILE = [
    _one("niche_years", "year", "从事细分市场年数", "Full years in the niche market", "business_profile"),
    _one("high_tech_field", "text", "高新技术领域", "High-tech field", "business_profile"),
    _one("restricted_product", "flag", "限制或淘汰类产品", "Restricted product", "business_profile"),
    _one("strategic_industry", "flag", "战略性新兴产业", "Strategic emerging industry", "business_profile"),
    _one("software_company", "flag", "软件企业", "Software company", "business_profile"),
    _one("niche_share_national", "ratio", "细分市场全国占有率", "National niche share", "business_profile"),
    _one("niche_share_world", "ratio", "细分市场全球占有率", "World niche share", "business_profile"),
    _one("niche_rank_national", "rank", "细分市场全国排名", "National niche rank", "business_profile"),
    _one(
        "market_share_relatively_high", "flag", "市场占有率相对较高", "Market share relatively high", "business_profile"
    ),
    _one("product_position", "text", "产品所属领域", "Position of the product", "business_profile"),
    _one("key_chain_field", "flag", "重点领域或关键环节", "Core field or key link", "business_profile"),
    _one("digital_level", "level", "数字化水平等级", "Digital level", "business_profile"),
    _one("core_process_on_it", "flag", "核心业务上信息系统", "Core process on information systems", "business_profile"),
    _one("quality_award", "flag", "质量奖", "Quality award", "business_profile"),
    _one("system_certified", "flag", "管理体系认证", "System certified", "business_profile"),
    _one("product_certified", "flag", "产品认证", "Product certified", "business_profile"),
    _one("own_brand", "flag", "自主品牌", "Own brand", "business_profile"),
    _one("provincial_feature_points", "point", "特色化得分", "Provincial feature points", "business_profile"),
    _one("conversions_per_year_3y", "count", "年均成果转化数", "Conversions a year", "business_profile"),
    _one("core_technology_recognised", "flag", "核心技术经认定", "Core technology recognised", "business_profile"),
    _one("import_substitution", "flag", "进口替代", "Import substitution", "business_profile"),
]
_REPORTS = [
    _one("report_year", "year", "最近财务年度", "Last fiscal year known", "annual_report"),
    *_yearly("revenue", 4, "营业收入", "Revenue"),
    *_yearly("main_revenue", 3, "主营业务收入", "Main-business revenue"),
    *_yearly("rd_expense", 4, "研发费用", "R&D expense"),
    *_yearly("rd_expense_domestic", 3, "境内研发费用", "Domestic R&D expense"),
    *_yearly("net_assets", 3, "净资产", "Net assets"),
    *_yearly("net_profit", 3, "净利润", "Net profit"),
    *_yearly("high_tech_revenue", 1, "高新技术产品（服务）收入", "High-tech revenue"),
    *_yearly("total_income", 1, "总收入", "Total income"),
    *_yearly("total_cost", 1, "成本费用总额", "Total cost and expense"),
    *_yearly("total_assets", 1, "资产总额", "Total assets"),
    *_yearly("total_liabilities", 1, "负债总额", "Total liabilities"),
    *_yearly("rd_equipment", 1, "研发设备原值", "R&D equipment"),
    *_yearly("rd_super_deduction_tax", 1, "研发加计扣除减免税额", "R&D super deduction tax"),
    *_yearly("operating_cash_flow", 1, "经营现金流净额", "Operating cash flow"),
    *_yearly("cash", 1, "货币资金", "Cash"),
]
_PEOPLE = [
    *_staff("staff_total", 2, "职工总数", "Staff"),
    *_staff("tech_staff", 1, "科技人员", "Technology staff"),
    *_staff("rd_staff", 2, "研发人员", "R&D staff"),
    *_staff("doctors", 1, "博士", "Doctors"),
    *_staff("masters", 1, "硕士", "Masters"),
    *_staff("bachelors", 1, "本科", "Bachelors"),
    *_staff("senior_experts", 1, "高级专家", "Senior experts"),
    *_staff("external_expert_months", 1, "外部专家人月", "External expert months"),
    *_staff("graduates_hired", 1, "吸纳应届毕业生", "Graduates hired"),
]
_RIGHTS = [
    *_interval("class_one_main", "与主导产品相关的Ⅰ类知识产权", "Class-I rights related to the main product"),
    *_interval("class_two_main", "与主导产品相关的Ⅱ类知识产权", "Class-II rights related to the main product"),
    *_interval("class_one_own_main", "自主研发的Ⅰ类知识产权", "Own class-I rights related to the main product"),
    *_interval(
        "class_one_high_value_main", "Ⅰ类高价值知识产权", "High-value class-I rights related to the main product"
    ),
    *_interval(
        "class_one_own_in_use",
        "自主申请、排名前三并产业化的Ⅰ类知识产权",
        "Own-filed class-I rights, first three holders, in use",
    ),
    *_interval(
        "class_one_main_in_use", "已产业化的Ⅰ类知识产权", "Class-I rights related to the main product and in use"
    ),
    *_interval(
        "invention_main", "应用于主营业务的发明专利", "Invention patents applied to the main business", "patent"
    ),
    *_interval("own_right", "自主研发的知识产权", "Rights from own research"),
    *_interval("bought_right", "受让等取得的知识产权", "Rights bought, given or from mergers"),
    _one("valid_right_count", "count", "有效知识产权数", "Valid rights", "patent, other_ip"),
    _one("valid_invention_count", "count", "有效发明专利数", "Valid invention patents", "patent"),
    _one("patents_filed_1y", "count", "一年内专利申请数", "Patents filed within a year", "patent"),
    _one("inventions_filed_1y", "count", "一年内发明专利申请数", "Inventions filed within a year", "patent"),
    _one(
        "inventions_filed_main",
        "count",
        "与主营业务相关的发明申请数",
        "Inventions filed, related to the main business",
        "patent",
    ),
    _one(
        "pct_filed_main",
        "count",
        "与主营业务相关的PCT申请数",
        "PCT applications related to the main business",
        "patent",
    ),
]
_RESEARCH = [
    _one("units_national", "count", "国家级研发机构", "National research units", "research_unit"),
    _one("units_provincial", "count", "省部级研发机构", "Provincial research units", "research_unit"),
    _one("units_municipal", "count", "市级研发机构", "Municipal research units", "research_unit"),
    _one("units_other", "count", "市级以下研发机构", "Research units below municipal level", "research_unit"),
    _one("accredited_labs", "count", "认可实验室", "Accredited laboratories", "research_unit"),
    _one("projects_running", "count", "在研项目数", "Projects running", "research_project"),
    _one(
        "projects_basic_applied",
        "count",
        "基础和应用研究项目数",
        "Basic and applied projects running",
        "research_project",
    ),
    _one(
        "projects_provincial_3y",
        "count",
        "三年内省级以上项目",
        "Provincial or higher projects in three years",
        "research_project",
    ),
    _one("projects_national_3y", "count", "三年内国家级项目", "National projects in three years", "research_project"),
    _one(
        "major_special_lead",
        "count",
        "牵头国家重大专项",
        "National major projects led, main business",
        "research_project",
    ),
    _one(
        "national_award_main",
        "count",
        "国家科技奖（应用于主营）",
        "National awards applied in the main business",
        "award",
    ),
    _one(
        "awards_provincial_plus_3y",
        "count",
        "三年内省级以上科技奖励",
        "Provincial or higher awards in three years",
        "award",
    ),
    _one("standards_3y", "count", "三年内参与标准数", "Standards led or joined in three years", "standard"),
    _one(
        "standards_joined",
        "count",
        "主导或参与的国际、国家、行业标准数",
        "International, national or industry standards led or joined, at any time",
        "standard",
    ),
    _one(
        "technology_contracts_fen_1y",
        "fen",
        "一年内技术合同成交额",
        "Technology contracts sold within a year",
        "technology_contract",
    ),
    _one("equity_rounds", "count", "股权融资次数", "Equity rounds", "equity_round"),
    _one("latest_equity_round", "text", "最近一轮融资", "Latest equity round", "equity_round"),
    _one("equity_total_fen", "fen", "股权融资累计", "Equity raised in all", "equity_round"),
]
_EXPERT = [
    _one(f"expert__high_tech__{name}", "point", zh, en, "expert_score")
    for name, zh, en in (
        ("ip_advancedness", "技术的先进程度", "Advancedness of the technology"),
        ("ip_support", "对主要产品的核心支持作用", "Core support to the main product"),
        ("ip_quantity", "知识产权数量", "Number of rights"),
        ("ip_way_obtained", "知识产权获得方式", "Way the rights were obtained"),
        ("standards_bonus", "参与编制标准", "Standards participation"),
        ("conversion", "科技成果转化能力", "Conversion of results"),
        ("rd_system", "研发管理制度与辅助账", "R&D system and auxiliary ledger"),
        ("rd_unit_cooperation", "内设研发机构与产学研合作", "R&D unit and cooperation"),
        ("conversion_incentive", "成果转化激励与开放平台", "Conversion incentive and open platform"),
        ("training", "人才培养与绩效", "Training and performance"),
        ("net_asset_growth", "净资产增长率", "Net asset growth"),
        ("sales_growth", "销售收入增长率", "Sales growth"),
    )
]
_EXPERT.append(
    _one(
        "expert__specialised_development__score",
        "point",
        "专精特新发展评价得分",
        "Score of the specialised development evaluation",
        "expert_score",
    )
)

INPUTS: dict[str, Input] = {
    entry.name: entry for entry in (*_COMPANY, *_PROFILE, *_REPORTS, *_PEOPLE, *_RIGHTS, *_RESEARCH, *_EXPERT)
}


def title_held(code: str) -> str:
    """Does the company hold this title on the day?"""
    return f"holds__{code}"


def award_count(level: str, rank_max: int, years: int) -> str:
    """Science and technology awards of a level, ranked at most so, within so many years."""
    return f"award_count__{level}__top{rank_max}__{years}y"


def awards_provincial_plus(years: int) -> str:
    """Science and technology awards of provincial or higher level within so many years, at any rank."""
    return f"awards_provincial_plus__{years}y"


def contest_count(rank_max: int, years: int) -> str:
    """Places in the Maker China contest up to a rank within so many years."""
    return f"contest_count__top{rank_max}__{years}y"


def standards_led(years: int) -> str:
    """International, national or industry standards led within so many years."""
    return f"standards_led__{years}y"


def equity_paid_in(years: int) -> str:
    """New equity in fen paid in within so many years."""
    return f"equity_paid_in_fen__{years}y"


def equity_qualified(years: int) -> str:
    """New equity in fen from qualified institutional investors within so many years."""
    return f"equity_qualified_fen__{years}y"


_PATTERNS: tuple[tuple[str, Unit, str, str, str], ...] = (
    (r"holds__(\w+)", "flag", "持有资质{0}", "Holds title {0}", "title"),
    (
        r"award_count__(\w+?)__top(\d+)__(\d+)y",
        "count",
        "近{2}年{0}科技奖（前{1}名）",
        "Awards {0}, top {1}, {2} years",
        "award",
    ),
    (
        r"awards_provincial_plus__(\d+)y",
        "count",
        "近{0}年省级以上科技奖励",
        "Provincial or higher awards, {0} years",
        "award",
    ),
    (r"contest_count__top(\d+)__(\d+)y", "count", "近{1}年创客中国前{0}名", "Maker China top {0}, {1} years", "award"),
    (r"standards_led__(\d+)y", "count", "近{0}年主导标准数", "Standards led, {0} years", "standard"),
    (r"equity_paid_in_fen__(\d+)y", "fen", "近{0}年新增股权融资", "New equity, {0} years", "equity_round"),
    (
        r"equity_qualified_fen__(\d+)y",
        "fen",
        "近{0}年合格机构股权融资",
        "New qualified equity, {0} years",
        "equity_round",
    ),
)


def input_of(name: str) -> Input:
    """The declaration of an input column, fixed or made by a rule's number. Raises KeyError for an unknown one."""
    if name in INPUTS:
        return INPUTS[name]
    for pattern, unit, zh, en, table in _PATTERNS:
        if match := re.fullmatch(pattern, name):
            parts = [_words(part) for part in match.groups()]
            return Input(
                name,
                unit,
                Label(zh.format(*(part.zh for part in parts)), en.format(*(part.en for part in parts))),
                table,
            )
    raise KeyError(name)


def _words(part: str) -> Label:
    """A code in a name (a title, a level of an award) as words; a number as it is."""
    return _NAMED.get(part, Label(part, part))


# The last one is a group of titles that rules name.
_NAMED = {
    choice.code: Label(choice.zh, choice.en)
    for table, column in (("award", "level"), ("title", "title_code"))
    for choice in ALL_TABLES[table].column(column).choices or ()
} | {"tech_innovative_sme": Label("科技和创新型中小企业", "Technology and innovative SME")}
