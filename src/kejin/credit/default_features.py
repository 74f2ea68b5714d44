"""What is known of a company that may tell whether it will repay? One row a company, as of a day.

Every figure comes from rows known on the day (the facts view sees to it). A figure whose parts are missing is
missing; a register that was never loaded is missing for everybody; in a loaded one a company without rows counts 0.
Months are complete months: the last one is the month before the day's month. Money is summed as money and energy as
whole watt-hours, never as floating-point numbers, so that a sum does not depend on the order of rows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

import ibis

from kejin.credit.fit_scorecard import Feature
from kejin.dates import add_months
from kejin.facts.view import Facts

_FRESH_YEARS = 2  # a report older than this many years before the day's year says nothing of today
TABLES_READ = (
    "company", "annual_report", "tax_month", "social_insurance_month", "utility_month", "invoice", "court_case",
    "penalty", "loan", "loan_state",
)  # fmt: skip


def _one(name: str, group: str, trend: Any, zh: str, en: str, kind: Any = "numeric") -> Feature:
    return Feature(name, zh, en, group, kind, trend)


FINANCIAL = (
    _one("debt_ratio", "financial", "rising", "资产负债率", "Liabilities to assets"),
    _one("current_ratio", "financial", "falling", "流动比率", "Current assets to current liabilities"),
    _one("cash_to_assets", "financial", "falling", "货币资金占总资产", "Cash to assets"),
    _one("cash_to_short_loans", "financial", "falling", "货币资金与短期借款之比", "Cash to short-term loans"),
    _one("return_on_assets", "financial", "falling", "总资产净利率", "Net profit to assets"),
    _one("net_margin", "financial", "falling", "销售净利率", "Net profit to revenue"),
    _one("gross_margin", "financial", "falling", "销售毛利率", "Gross profit to revenue"),
    _one("asset_turnover", "financial", "monotone", "总资产周转率", "Revenue to assets"),
    _one("revenue_growth", "financial", "monotone", "营业收入增长率", "Growth of revenue"),
    _one("assets_growth", "financial", "monotone", "总资产增长率", "Growth of assets"),
    _one(
        "operating_cash_to_liabilities",
        "financial",
        "falling",
        "经营现金流负债比",
        "Operating cash flow to liabilities",
    ),
    _one("interest_cover", "financial", "falling", "利息保障倍数", "Operating profit to interest"),
    _one("receivable_days", "financial", "monotone", "应收账款周转天数", "Days of receivables"),
    _one("inventory_days", "financial", "monotone", "存货周转天数", "Days of inventory"),
    _one("loans_to_assets", "financial", "rising", "借款占总资产", "Loans to assets"),
    _one("assets_cny_ln", "financial", "monotone", "总资产（对数）", "Assets, logarithm of CNY"),
    _one("revenue_cny_ln", "financial", "monotone", "营业收入（对数）", "Revenue, logarithm of CNY"),
)
COMPANY = (
    _one("company_age_years", "company", "falling", "成立年数", "Years since registration"),
    _one("industry_division", "company", "any", "行业大类", "Industry division", "categorical"),
)
CONDUCT = (
    _one(
        "tax_sales_growth_12m", "conduct", "falling", "近12个月申报销售额增长率", "Growth of declared sales, 12 months"
    ),
    _one(
        "tax_sales_growth_3m",
        "conduct",
        "falling",
        "近3个月申报销售额同比",
        "Declared sales of 3 months against a year before",
    ),
    _one("tax_months_without_sales_12m", "conduct", "rising", "近12个月零申报月数", "Months without sales, of 12"),
    _one("tax_months_overdue_12m", "conduct", "rising", "近12个月欠税月数", "Months with taxes overdue, of 12"),
    _one("insured_growth_12m", "conduct", "falling", "参保人数同比", "Insured persons against a year before"),
    _one(
        "social_months_overdue_12m",
        "conduct",
        "rising",
        "近12个月社保欠缴月数",
        "Months with contributions overdue, of 12",
    ),
    _one(
        "electricity_growth_3m",
        "conduct",
        "falling",
        "近3个月用电量同比",
        "Electricity of 3 months against a year before",
    ),
    _one("utility_months_overdue_12m", "conduct", "rising", "近12个月水电欠费月数", "Months with bills overdue, of 12"),
    _one(
        "invoice_sales_growth_6m",
        "conduct",
        "falling",
        "近6个月开票额同比",
        "Invoiced sales of 6 months against a year before",
    ),
    _one("invoice_void_share_12m", "conduct", "monotone", "近12个月作废发票占比", "Share of void invoices, 12 months"),
    _one(
        "invoice_red_share_12m",
        "conduct",
        "monotone",
        "近12个月红字发票占比",
        "Share of red-letter invoices, 12 months",
    ),
    _one(
        "largest_customer_share_12m",
        "conduct",
        "monotone",
        "近12个月最大客户占比",
        "Share of the largest customer, 12 months",
    ),
    _one("suits_as_defendant_24m", "conduct", "rising", "近24个月被诉案件数", "Suits as defendant, 24 months"),
    _one("enforcements_24m", "conduct", "rising", "近24个月被执行案件数", "Enforcements and restrictions, 24 months"),
    _one("penalties_36m", "conduct", "rising", "近36个月处罚数", "Penalties, 36 months"),
    _one(
        "loan_overdue_days_max_12m",
        "conduct",
        "rising",
        "近12个月贷款最长逾期天数",
        "Longest overdue of loans, 12 months",
    ),
    _one("loan_balance_to_revenue", "conduct", "rising", "贷款余额与营业收入之比", "Loan balance to revenue"),
)
RESEARCH = (
    _one("rd_intensity_1y", "research", "monotone", "研发投入强度", "R&D to revenue"),
    _one("rd_expense_growth_1y", "research", "monotone", "研发投入增长率", "Growth of R&D"),
    _one("rd_staff_share", "research", "falling", "研发人员占比", "Share of R&D staff"),
    _one("rd_staff_share__percentile", "research", "falling", "研发人员占比同业位置", "Share of R&D staff among peers"),
    _one("postgraduate_share", "research", "falling", "硕士及以上人员占比", "Share of staff with a master's or above"),
    _one("high_tech_sales_share", "research", "falling", "高新技术产品收入占比", "Share of high-tech sales"),
    _one("rd_expense_per_rd_head_fen", "research", "monotone", "人均研发投入（分）", "R&D per R&D person, fen"),
    _one("research_standing", "research", "falling", "研发同业位置", "Standing in research among peers"),
    _one("projects_running", "research", "falling", "在研项目数", "Research projects running"),
    _one("equity_rounds", "research", "falling", "股权融资次数", "Equity rounds"),
)
PATENT = (
    _one("patents_in_force", "patent", "falling", "有效专利数", "Patents in force"),
    _one("inventions_in_force", "patent", "falling", "有效发明专利数", "Invention patents in force"),
    _one("citation_percentile_mean", "patent", "falling", "被引百分位均值", "Mean citation percentile"),
    _one("family_size_mean", "patent", "falling", "平均同族规模", "Mean family size"),
    _one("maintained_share", "patent", "falling", "维持率", "Share maintained"),
    _one("patents_filed_1y", "patent", "falling", "近一年申请数", "Patents filed within a year"),
    _one("forward_citations_5y_total", "patent", "falling", "公开后五年内被引合计", "Citations within 5 years"),
    _one("patent_standing", "patent", "falling", "专利同业位置", "Standing in patents among peers"),
)
GROUPS: dict[str, tuple[Feature, ...]] = {
    "financial": FINANCIAL,
    "company": COMPANY,
    "conduct": CONDUCT,
    "research": RESEARCH,
    "patent": PATENT,
}
FEATURES = tuple(feature for group in GROUPS.values() for feature in group)
FROM_FACTS = (*FINANCIAL, *COMPANY, *CONDUCT)
FROM_EVALUATION = (*RESEARCH, *PATENT)


def default_features(facts: Facts, as_of: date, loaded: Collection[str], company: str | None = None) -> ibis.Table:
    """One row a company: company_id and every feature of FROM_FACTS.

    loaded   tables that hold rows on the day.
    company  one company's code, to read its rows only.
    """
    reader = _Reader(facts, as_of, loaded, company)
    base = reader.rows("company")
    age = (ibis.literal(as_of).delta(base.established_on, unit="day") / 365.25).cast("float64")
    digits = base.industry_code.re_replace("^[A-T]", "")
    wide: Any = base.select(
        "company_id",
        company_age_years=ibis.ifelse(age >= 0, age, ibis.null("float64")),
        industry_division=digits.substr(0, 2).nullif(""),
    )
    names = list(wide.columns)
    for number, part in enumerate(
        [_reports(reader), *_months(reader), *_invoices(reader), _cases(reader), _penalties(reader), _loans(reader)]
    ):
        wide = wide.left_join(part, "company_id", rname=f"{{name}}_of_part_{number}")
        names += [name for name in part.columns if name not in names]
    wide = wide.select(*names)
    columns: dict[str, Any] = {}
    for feature in FROM_FACTS:
        if feature.name == "loan_balance_to_revenue":
            balance = wide.loan_balance_cny / wide.revenue_cny.nullif(0.0)
            columns[feature.name] = balance if "loan_state" in loaded else ibis.null("float64")
            continue
        found: Any = wide[feature.name]
        register = _COUNTS.get(feature.name)
        if register is not None:
            found = found.fill_null(0.0) if register in loaded else ibis.null("float64")
        columns[feature.name] = found
    return wide.select("company_id", **columns)


_COUNTS = {
    "suits_as_defendant_24m": "court_case",
    "enforcements_24m": "court_case",
    "penalties_36m": "penalty",
}


class _Reader:
    """Rows of a table, of every company or of one."""

    def __init__(self, facts: Facts, as_of: date, loaded: Collection[str], company: str | None) -> None:
        self.facts, self.as_of, self.loaded, self.company = facts, as_of, loaded, company

    def rows(self, name: str) -> ibis.Table:
        table = self.facts.table(name)
        if self.company is not None and "company_id" in table.columns:
            table = table.filter(table.company_id == self.company)
        return table

    def month(self, before: int) -> Any:
        """First day of a complete month; 0 is the last one."""
        return ibis.literal(add_months(self.as_of.replace(day=1), -1 - before))

    def since(self, months: int) -> Any:
        return ibis.literal(add_months(self.as_of, -months))


def _number(column: Any) -> Any:
    return column.cast("float64")


def _sum(column: Any) -> Any:
    """The sum of money or of whole numbers, exact, and only then a floating-point number."""
    return column.sum().cast("float64")


def _ratio(above: Any, below: Any) -> Any:
    """above / below, missing where the denominator is not positive."""
    return ibis.ifelse(below > 0, above / below, ibis.null("float64"))


def _reports(reader: _Reader) -> ibis.Table:
    """Ratios of the newest yearly report known, and growth against the year before it."""
    rows = reader.rows("annual_report")
    rows = rows.filter(rows.fiscal_year.between(reader.as_of.year - _FRESH_YEARS - 1, reader.as_of.year))
    newest = rows.group_by("company_id").agg(newest_year=rows.fiscal_year.max())
    joined = rows.join(newest, "company_id")
    joined = joined.filter(joined.newest_year >= reader.as_of.year - _FRESH_YEARS)
    money = [name for name in rows.columns if name.endswith("_cny")]
    now = joined.filter(joined.fiscal_year == joined.newest_year)
    now = now.select("company_id", **{name: _number(now[name]) for name in money})
    before = joined.filter(joined.fiscal_year == joined.newest_year - 1)
    before = before.select(
        "company_id", revenue_before=_number(before.revenue_cny), assets_before=_number(before.total_assets_cny)
    )
    year = now.left_join(before, "company_id").drop("company_id_right")
    loans = year.short_term_loans_cny.fill_null(0.0) + year.long_term_loans_cny.fill_null(0.0)
    known_loans = year.short_term_loans_cny.notnull() | year.long_term_loans_cny.notnull()
    nothing = ibis.null("float64")
    return year.select(
        "company_id",
        "revenue_cny",
        debt_ratio=_ratio(year.total_liabilities_cny, year.total_assets_cny),
        current_ratio=_ratio(year.current_assets_cny, year.current_liabilities_cny),
        cash_to_assets=_ratio(year.cash_cny, year.total_assets_cny),
        cash_to_short_loans=_ratio(year.cash_cny, year.short_term_loans_cny),
        return_on_assets=_ratio(year.net_profit_cny, year.total_assets_cny),
        net_margin=_ratio(year.net_profit_cny, year.revenue_cny),
        gross_margin=_ratio(year.revenue_cny - year.cost_of_sales_cny, year.revenue_cny),
        asset_turnover=_ratio(year.revenue_cny, year.total_assets_cny),
        revenue_growth=_ratio(year.revenue_cny, year.revenue_before) - 1.0,
        assets_growth=_ratio(year.total_assets_cny, year.assets_before) - 1.0,
        operating_cash_to_liabilities=_ratio(year.operating_cash_flow_cny, year.total_liabilities_cny),
        interest_cover=_ratio(year.operating_profit_cny, year.interest_expense_cny),
        receivable_days=_ratio(year.receivables_cny * 365.0, year.revenue_cny),
        inventory_days=_ratio(year.inventory_cny * 365.0, year.cost_of_sales_cny),
        loans_to_assets=ibis.ifelse(known_loans, _ratio(loans, year.total_assets_cny), nothing),
        assets_cny_ln=ibis.ifelse(year.total_assets_cny > 0, year.total_assets_cny, nothing).ln(),
        revenue_cny_ln=ibis.ifelse(year.revenue_cny > 0, year.revenue_cny, nothing).ln(),
    )


def _window(reader: _Reader, month: Any, first: int, last: int) -> Any:
    """Is the month among the complete months numbered first (newer) to last (older)?"""
    return month.between(reader.month(last), reader.month(first))


def _growth(rows: ibis.Table, reader: _Reader, value: Any, months: int, at_least: int) -> Any:
    """Mean of the last months against the mean of the same months a year before, less 1.

    value  money or whole numbers, so that its sums are exact.
    """

    def mean(first: int) -> Any:
        inside = _window(reader, rows.month, first, first + months - 1)
        known = ibis.ifelse(inside & value.notnull(), 1, 0).sum()
        total = _sum(ibis.ifelse(inside, value, ibis.null(value.type())))
        return ibis.ifelse(known >= at_least, total / known.nullif(0).cast("float64"), ibis.null("float64"))

    return _ratio(mean(0), mean(12)) - 1.0


def _months_with(rows: ibis.Table, reader: _Reader, condition: Any, months: int = 12, at_least: int = 6) -> Any:
    """Months in which something held, where it is known for enough of them."""
    inside = _window(reader, rows.month, 0, months - 1)
    known = ibis.ifelse(inside & condition.notnull(), 1, 0).sum()
    met = ibis.ifelse(inside & condition.fill_null(False), 1, 0).sum().cast("float64")
    return ibis.ifelse(known >= at_least, met, ibis.null("float64"))


def _months(reader: _Reader) -> list[ibis.Table]:
    """Tax, social insurance and utilities by month."""
    tax = _recent(reader, "tax_month", 24)
    social = _recent(reader, "social_insurance_month", 24)
    utility = _recent(reader, "utility_month", 24)
    watt_hours = (utility.electricity_kwh * 1000.0).round().cast("int64")
    sales = tax.vat_sales_cny
    return [
        tax.group_by("company_id").agg(
            tax_sales_growth_12m=_growth(tax, reader, sales, 12, 6),
            tax_sales_growth_3m=_growth(tax, reader, sales, 3, 2),
            tax_months_without_sales_12m=_months_with(tax, reader, sales == 0),
            tax_months_overdue_12m=_months_with(tax, reader, _number(tax.tax_overdue_cny) > 0),
        ),
        social.group_by("company_id").agg(
            insured_growth_12m=_growth(social, reader, social.insured_persons, 3, 2),
            social_months_overdue_12m=_months_with(social, reader, _number(social.overdue_cny) > 0),
        ),
        utility.group_by("company_id").agg(
            electricity_growth_3m=_growth(utility, reader, watt_hours, 3, 2),
            utility_months_overdue_12m=_months_with(utility, reader, utility.overdue),
        ),
    ]


def _recent(reader: _Reader, name: str, months: int) -> ibis.Table:
    rows = reader.rows(name)
    return rows.filter(_window(reader, rows.month, 0, months - 1))


def _invoices(reader: _Reader) -> list[ibis.Table]:
    """Sales invoices: growth, void and red-letter shares, the weight of the largest customer."""
    rows = reader.rows("invoice")
    start = reader.month(23)
    end = ibis.literal(reader.as_of.replace(day=1))
    rows = rows.filter(rows.direction == "issued", rows.issued_on >= start, rows.issued_on < end)
    amount = rows.amount_cny
    void = (rows.status == "void").fill_null(False)
    year, half = rows.issued_on >= reader.month(11), rows.issued_on >= reader.month(5)
    half_before = (rows.issued_on >= reader.month(17)) & (rows.issued_on < reader.month(11))

    def total(condition: Any) -> Any:
        return _sum(ibis.ifelse(condition & ~void, amount, ibis.null(amount.type())))

    def count(condition: Any) -> Any:
        return ibis.ifelse(condition, 1, 0).sum().cast("float64")

    shares = rows.group_by("company_id").agg(
        invoice_sales_growth_6m=_ratio(total(half), total(half_before)) - 1.0,
        invoice_void_share_12m=_ratio(count(year & void), count(year)),
        invoice_red_share_12m=_ratio(count(year & ~void & (amount < 0)), count(year & ~void)),
    )
    sold = rows.filter(year & ~void)
    customers = sold.group_by("company_id", "counterparty_id").agg(sold_cny=sold.amount_cny.sum())
    largest = customers.group_by("company_id").agg(
        largest_customer_share_12m=_ratio(_number(customers.sold_cny.max()), _sum(customers.sold_cny))
    )
    return [shares, largest]


def _cases(reader: _Reader) -> ibis.Table:
    rows = reader.rows("court_case")
    rows = rows.filter(rows.filed_on >= reader.since(24))
    return rows.group_by("company_id").agg(
        suits_as_defendant_24m=ibis.ifelse(rows.role == "defendant", 1, 0).sum().cast("float64"),
        enforcements_24m=ibis.ifelse(rows.role.isin(["enforced", "restricted"]), 1, 0).sum().cast("float64"),
    )


def _penalties(reader: _Reader) -> ibis.Table:
    rows = reader.rows("penalty")
    rows = rows.filter(rows.decided_on >= reader.since(36))
    return rows.group_by("company_id").agg(penalties_36m=rows.count().cast("float64"))


def _loans(reader: _Reader) -> ibis.Table:
    """Longest overdue of the last year, and the balance at the last month end known."""
    loans = reader.rows("loan").select("loan_id", "company_id")
    states = reader.facts.table("loan_state")
    states = states.filter(states.month_end > reader.since(13))
    rows = states.join(loans, "loan_id")
    last = rows.group_by("loan_id").agg(last_month_end=rows.month_end.max())
    rows = rows.join(last, "loan_id")
    open_now = (rows.month_end == rows.last_month_end) & (rows.month_end > reader.since(2))
    return rows.group_by("company_id").agg(
        loan_overdue_days_max_12m=_number(rows.overdue_days).max(),
        loan_balance_cny=_sum(ibis.ifelse(open_now, rows.balance_cny, ibis.null(rows.balance_cny.type()))),
    )


def labels_of(names: Sequence[str]) -> Mapping[str, Feature]:
    """The declared features of these names; one that is not declared is plain."""
    known = {feature.name: feature for feature in FEATURES}
    return {name: known.get(name, Feature(name)) for name in names}
