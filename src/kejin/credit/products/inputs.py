"""Which figures do loan products read? Columns of the borrower and of the application, said once.

Amounts are whole fen in float64, shares plain ratios. Columns that an evaluation of companies already makes (age,
revenue, titles, lists) keep the names that it gives them and are not declared again here.
"""

from __future__ import annotations

from kejin.schemes.scheme import Input, Label, Unit


def _one(name: str, unit: Unit, zh: str, en: str, table: str) -> Input:
    return Input(name, unit, Label(zh, en), table)


_BORROWER = (
    _one("technology_company", "flag", "科技型企业（持有资质）", "Technology company (holds a title)", "title"),
    _one(
        "stage_code",
        "level",
        "生命周期阶段（1初创、2成长、3成熟）",
        "Stage (1 start-up, 2 growth, 3 mature)",
        "company",
    ),
    _one("in_shenzhen", "flag", "在深圳", "In Shenzhen", "company"),
    _one("pilot_city", "flag", "在试点城市", "In a pilot city", "company"),
    _one("private_company", "flag", "民营企业", "Private company", "company"),
    _one("overdue_days", "count", "现有贷款最长逾期天数", "Days overdue on present loans", "loan, loan_state"),
    _one(
        "enforcement_cases",
        "count",
        "未结被执行或限制高消费案件",
        "Open enforcement or restriction cases",
        "court_case",
    ),
    _one("loan_balance_fen", "fen", "已知贷款余额", "Balance of known loans", "loan, loan_state"),
    _one("unsecured_balance_fen", "fen", "其中信用贷款余额", "Of which unsecured", "loan, loan_state"),
    _one(
        "group_balance_fen",
        "fen",
        "同一控制人名下已知贷款余额",
        "Known loans of the group",
        "loan, loan_state, ownership",
    ),
    _one("merger_balance_fen", "fen", "已知并购贷款余额", "Known M&A loans", "loan, loan_state"),
    _one("operating_cycle_days", "count", "营业周期天数", "Days of the operating cycle", "annual_report"),
    _one("slow_cash_recovery", "flag", "现金回收较慢", "Cash comes back slowly", "annual_report"),
    _one("latest_round_fen", "fen", "最近一轮融资额", "Amount of the last equity round", "equity_round"),
    _one("months_since_round", "month", "最近一轮融资距今月数", "Months since the last equity round", "equity_round"),
    _one("in_park", "flag", "在园区内", "In a park", "park_tenancy"),
    _one("tenancy_months", "month", "入驻月数", "Months in the park", "park_tenancy"),
    _one("rent_fen_year", "fen", "年租金", "Rent a year", "park_tenancy"),
    _one("rent_overdue", "flag", "欠租", "Rent overdue", "park_tenancy"),
    _one("park_paired", "flag", "园区有结对银行", "Park is paired with a bank", "park"),
    _one("degree_share", "ratio", "本科及以上人员占比", "Staff with a degree", "staffing"),
    _one("pledge_value_fen_low", "fen", "质押物价值（低端）", "Value of the pledge, low end", "pledge value"),
    _one("pledge_value_fen_mid", "fen", "质押物价值（中值）", "Value of the pledge, middle", "pledge value"),
    _one("pledge_value_fen_high", "fen", "质押物价值（高端）", "Value of the pledge, high end", "pledge value"),
    _one("pledge_right_kind", "text", "质押权利种类", "Kind of right pledged", "pledge value"),
)
_APPLICATION = (
    _one("amount_fen", "fen", "申请金额", "Amount asked for", "application"),
    _one("term_months", "month", "申请期限（月）", "Term asked for, months", "application"),
    _one("purpose_code", "text", "用途", "Purpose", "application"),
    _one("product", "text", "产品", "Product", "application"),
    _one("pledge_valuation", "text", "质押物定值方式", "How the pledge was valued", "application"),
    _one("project_cost_fen", "fen", "项目总投资", "Cost of the project", "application"),
    _one("investor_commitment_fen", "fen", "外部机构承诺投资额", "Committed by an outside investor", "application"),
    _one("deal_kind", "text", "并购类型", "Kind of deal", "application"),
    _one("deal_price_fen", "fen", "并购交易价款", "Price of the deal", "application"),
    _one("own_funds_fen", "fen", "权益性资金", "Equity funds in the deal", "application"),
    _one("stake", "ratio", "本次取得股权比例", "Stake taken in this deal", "application"),
    _one("stake_before", "ratio", "交易前持股比例", "Stake before the deal", "application"),
    _one("in_control_before", "flag", "交易前已控制目标企业", "In control before the deal", "application"),
    _one(
        "months_since_paid",
        "month",
        "并购价款付清距首次提款月数",
        "Months from payment to the first draw",
        "application",
    ),
    _one("replaces_merger_loan", "flag", "置换已有并购贷款", "Replaces an M&A loan", "application"),
    _one("team_lead_years", "year", "并购团队负责人从业年数", "Experience of the deal team's lead", "application"),
    _one("bank_assets_fen", "fen", "银行上年末资产余额", "Bank's assets, end of last year", "institution"),
    _one("bank_tier1_fen", "fen", "银行一级资本净额", "Bank's net tier-1 capital", "institution"),
    _one("bank_merger_fen", "fen", "银行并购贷款余额", "Bank's M&A loans", "application"),
    _one("bank_participation_fen", "fen", "银行参股型并购贷款余额", "Bank's participation loans", "application"),
    _one("borrower_merger_fen", "fen", "借款人在本行并购贷款余额", "Borrower's M&A loans at the bank", "application"),
)

BORROWER_INPUTS: dict[str, Input] = {one.name: one for one in _BORROWER}
APPLICATION_INPUTS: dict[str, Input] = {one.name: one for one in _APPLICATION}
INPUTS: dict[str, Input] = BORROWER_INPUTS | APPLICATION_INPUTS
