"""The words of a patent valuation: methods, reasons, what is missing, columns; Chinese and English."""

from __future__ import annotations

from kejin.app.column_labels import ColumnLabel
from kejin.schemes.scheme import Label, Unit

METHODS = {
    "renewal": Label("续费法", "Renewal"),
    "income": Label("收益法（许可费节省）", "Income (relief from royalty)"),
    "market": Label("市场法（可比成交）", "Market (comparable deals)"),
    "real_option": Label("实物期权法", "Real option"),
    "cost": Label("成本法（下限）", "Cost (floor)"),
}
ENDS = {"low": Label("低值", "low"), "mid": Label("中值", "middle"), "high": Label("高值", "high")}
REASONS = {
    "ended": Label("专利已终止，价值为0", "The right has ended and is worth 0"),
    "pending": Label("在审，尚未授权", "Pending: not granted yet"),
    "family_counted_once": Label("同族价值计入另一成员", "The family's value is counted at another member"),
    "co_owned": Label("共有，按份额计", "Co-owned: the owner's share only"),
    "holders_unknown": Label("权利人数不详，按一人计", "Number of holders unknown, taken as one"),
    "licensed_out": Label("已许可他人", "Licensed out"),
    "pledged": Label("已质押", "Pledged"),
    "pledged_twice": Label("存在两项以上未解除质押", "Two pledges or more are not released"),
    "disputed": Label("有争议", "Disputed"),
    "invalidity_pending": Label("无效请求审理中", "A request for invalidity is pending"),
    "fee_overdue": Label("年费逾期", "An annual fee is overdue"),
    "expires_soon": Label("临近到期", "Soon to expire"),
    "revenue_missing": Label("收入缺失，区间放宽", "Revenue missing: a wider interval"),
    "before_revenue": Label("尚无收入，采用实物期权", "No revenue yet: valued as an option"),
    "quality_missing": Label("质量位次缺失", "Standing in its cohort missing"),
    "use_unknown": Label("是否实施不详", "Use unknown"),
    "field_unknown": Label("技术领域不详", "Technology field unknown"),
    "methods_disagree": Label("各方法分歧大", "The methods disagree widely"),
    "floor_holds": Label("成本下限起作用", "The cost floor holds"),
    "one_method_only": Label("仅有一种方法", "One method only"),
}
MISSING = {
    "quality": Label("质量位次", "standing in its cohort"),
    "use": Label("是否实施", "use"),
    "revenue": Label("营业收入", "revenue"),
    "holders": Label("权利人数", "number of holders"),
    "field": Label("技术领域", "technology field"),
    "report": Label("年度报告", "annual report"),
    "claims": Label("权利要求数", "claims"),
}
EFFECTS = {
    "life": Label("寿命", "life"),
    "revenue": Label("收入", "revenue"),
    "quality": Label("质量", "quality"),
    "use": Label("实施", "use"),
    "rights": Label("权利状态", "rights"),
    "methods": Label("价格与规则", "prices and rules"),
    "others": Label("同一企业其他专利", "other patents of the owner"),
}
_COLUMNS: dict[str, tuple[str, str, Unit]] = {
    "publication_number": ("公开（公告）号", "Publication number", "text"),
    "company_id": ("统一社会信用代码", "Unified social credit code", "text"),
    "patent_kind": ("专利类型", "Kind of right", "text"),
    "field": ("技术领域（WIPO）", "WIPO field", "level"),
    "in_force": ("有效", "In force", "flag"),
    "pending": ("在审", "Pending", "flag"),
    "age_years": ("年龄（年）", "Age, years", "year"),
    "left_years": ("剩余期限（年）", "Remaining term, years", "year"),
    "quality": ("质量百分位", "Standing in its cohort", "ratio"),
    "value_cny_low": ("价值低值（元）", "Value, low, CNY", "count"),
    "value_cny_mid": ("价值中值（元）", "Value, middle, CNY", "count"),
    "value_cny_high": ("价值高值（元）", "Value, high, CNY", "count"),
    "value_cny_mean": ("价值均值（元）", "Value, mean, CNY", "count"),
    "right_stands": ("权利存续概率", "Chance that the right stands", "ratio"),
    "owner_share": ("权利人份额", "Owner's share", "ratio"),
    "methods_ratio": ("各方法中值最大比", "Largest over smallest middle value of the methods", "count"),
    "pledges": ("未解除质押数", "Pledges not released", "count"),
    "secured_cny": ("担保金额（元）", "Amount secured, CNY", "count"),
    "reasons": ("理由", "Reasons", "text"),
    "missing": ("缺失输入", "Missing inputs", "text"),
    "patents_valued": ("已估值专利数", "Patents valued", "count"),
    "patents_unvalued": ("未能估值专利数", "Patents without a value", "count"),
    "sum_cny_low": ("单件低值合计（元）", "Sum of the patents' low values, CNY", "count"),
    "sum_cny_high": ("单件高值合计（元）", "Sum of the patents' high values, CNY", "count"),
    "diversification_gain": ("分散化增益", "Gain of diversification", "ratio"),
    "value_cny_mid_before": ("前次中值（元）", "Middle value before, CNY", "count"),
    "change_cny": ("变动（元）", "Change, CNY", "count"),
    "uncovered": ("覆盖不足", "No longer covered", "flag"),
}


def value_labels() -> dict[str, ColumnLabel]:
    """The label of every column of the tables of values, portfolios and moves."""
    labels = {name: ColumnLabel(Label(zh, en), unit) for name, (zh, en, unit) in _COLUMNS.items()}
    for method, name in METHODS.items():
        for end, word in ENDS.items():
            label = Label(f"{name.zh}{word.zh}（元）", f"{name.en}, {word.en}, CNY")
            labels[f"{method}_cny_{end}"] = ColumnLabel(label, "count")
        labels[f"{method}_part"] = ColumnLabel(Label(f"{name.zh}占比", f"Part of {name.en}"), "ratio")
    for year in (1, 2, 3, 5, 7, 10, 15):
        label = Label(f"{year}年后仍有效概率", f"Chance to be in force in {year} years")
        labels[f"in_force_{year}y"] = ColumnLabel(label, "ratio")
    for column, index in INDICES.items():
        labels[column] = ColumnLabel(Label(f"{index.zh}指数", f"{index.en}, index in the cohort"), "ratio")
    for step, name in EFFECTS.items():
        labels[f"effect_{step}_cny"] = ColumnLabel(Label(f"{name.zh}影响（元）", f"Effect of {name.en}, CNY"), "count")
    return labels


def words(codes: str, names: dict[str, Label], lang: str) -> list[str]:
    """Codes joined by "; " as words."""
    return [names[code].of(lang) for code in codes.split("; ") if code]


INDICES = {
    "citations_index": Label("被引", "Citations"),
    "family_index": Label("同族", "Family"),
    "claims_index": Label("权利要求", "Claims"),
    "generality_index": Label("通用性", "Generality"),
    "originality_index": Label("原创性", "Originality"),
    "scope_index": Label("范围", "Scope"),
    "grant_speed_index": Label("授权速度", "Speed of grant"),
}
PAGE = {
    "page_title": Label("专利组合价值", "Value of a patent portfolio"),
    "portfolio_low": Label("组合低值（10%分位）", "Portfolio, low (10%)"),
    "portfolio_mid": Label("组合中值", "Portfolio, middle"),
    "portfolio_high": Label("组合高值（90%分位）", "Portfolio, high (90%)"),
    "sum_of_lows": Label("单件低值合计 {amount}", "low values added up: {amount}"),
    "live_patents": Label("存量专利", "Live patents"),
    "pledged_count": Label("其中已质押 {n} 件", "{n} of them pledged"),
    "intervals": Label("每件专利的80%区间", "80% interval of each patent"),
    "contributions": Label("各方法对中值的贡献", "What each method adds to the middle value"),
    "part": Label("占比", "Part"),
    "heard": Label("适用件数", "Patents it spoke of"),
    "method": Label("方法", "Method"),
    "life_title": Label("存续曲线", "Life curve"),
    "in_force_share": Label("仍有效比例", "Share in force"),
    "years": Label("年后", "years from now"),
    "quality_title": Label("质量雷达", "Quality"),
    "quality_note": Label("同领域同年对照组内的指数均值", "Mean index in the cohort of field and year"),
    "known_count": Label("有值件数", "Patents that have it"),
    "missing_title": Label("缺失的输入", "What is missing"),
    "nothing_missing": Label("没有缺失", "Nothing is missing"),
    "patent": Label("专利", "Patent"),
    "low": Label("低值", "Low"),
    "middle": Label("中值", "Middle"),
    "high": Label("高值", "High"),
    "reasons": Label("理由", "Reasons"),
    "floor": Label("下限", "floor"),
    "listed_first": Label(
        "共 {all} 件，列出中值最高的 {n} 件", "the {n} of {all} patents with the highest middle value"
    ),
    "ended_count": Label("另有 {n} 件已终止，价值为0", "{n} more have ended and are worth 0"),
    "findings": Label("输入中的问题", "Findings in the inputs"),
    "unverified_rules": Label("所用规则中未经核实的", "Unverified rules used"),
    "logarithmic": Label("对数坐标；低值为0的专利画在左端", "Logarithmic; a low value of 0 is drawn at the left edge"),
}
