"""Insurance, funds, parks and consent."""

from __future__ import annotations

from kejin.facts.declaration import (
    DateOrder,
    Table,
    choices,
    code,
    company_ref,
    day,
    flag,
    money,
    number,
    ratio,
    text,
)
from kejin.facts.tables.company import DISTRICTS

_INSTITUTION = code("institution_id", "机构", "The institution.", required=True, refers="institution.institution_id")
INSURANCE_POLICY = Table(
    "insurance_policy",
    "保险单",
    "Technology insurance policies.",
    ("policy_id",),
    (
        code("policy_id", "保单号", "Number of the policy.", required=True),
        company_ref(),
        _INSTITUTION,
        code("product", "险种", "Product code of the technology insurance statistics.", required=True),
        day("starts_on", "起保日期", "First day.", ahead=True, required=True),
        day("ends_on", "终保日期", "Last day.", ahead=True, required=True),
        money("sum_insured_cny", "保额", "Sum insured."),
        money("premium_cny", "保费", "Premium."),
        money("deductible_cny", "免赔额", "Deductible."),
        money("exposure_cny", "风险敞口", "Exposure measure of the product, e.g. R&D budget."),
        ratio("subsidy_share", "保费补贴比例", "Share of the premium paid by subsidy."),
        text("pool_id", "共保体", "Co-insurance pool."),
    ),
    date_orders=(DateOrder("starts_on", "ends_on"),),
)

INSURANCE_CLAIM = Table(
    "insurance_claim",
    "保险赔案",
    "Claims on technology insurance policies.",
    ("claim_id",),
    (
        code("claim_id", "赔案号", "Number of the claim.", required=True),
        code("policy_id", "保单号", "The policy.", required=True, refers="insurance_policy.policy_id"),
        day("occurred_on", "出险日期", "Day of the loss.", required=True),
        day("reported_on", "报案日期", "Day it was reported."),
        day("settled_on", "结案日期", "Day it was settled."),
        text("cause", "出险原因", "Cause."),
        money("claimed_cny", "索赔金额", "Amount claimed."),
        money("reserved_cny", "未决准备金", "Case reserve."),
        money("paid_cny", "赔付金额", "Amount paid so far."),
    ),
    date_orders=(DateOrder("occurred_on", "reported_on"), DateOrder("reported_on", "settled_on")),
)

FUND = Table(
    "fund",
    "基金",
    "Investment funds.",
    ("fund_id",),
    (
        code("fund_id", "基金编号", "Number of the fund.", required=True),
        text("name", "基金名称", "Name.", required=True),
        code("manager_id", "管理人", "Manager.", refers="institution.institution_id"),
        code(
            "fund_kind",
            "基金类型",
            "Kind of fund.",
            choices=choices(
                ("venture", "创业投资", "Venture capital"),
                ("private_equity", "私募股权", "Private equity"),
                ("aic", "AIC股权投资", "AIC equity"),
                ("government", "政府引导", "Government guidance"),
                ("seed", "种子天使", "Seed and angel"),
            ),
        ),
        day("established_on", "成立日期", "Day of establishment."),
        day("ends_on", "到期日期", "Last day of its term.", ahead=True),
        money("size_cny", "认缴规模", "Committed size."),
        money("paid_in_cny", "实缴规模", "Paid-in size."),
    ),
    date_orders=(DateOrder("established_on", "ends_on"),),
)

FUND_INVESTMENT = Table(
    "fund_investment",
    "基金投资",
    "Money put into a company by a fund, or into a fund by an institution.",
    ("investment_id",),
    (
        code("investment_id", "投资编号", "Number of the investment.", required=True),
        code("fund_id", "基金", "The fund.", required=True, refers="fund.fund_id"),
        code(
            "direction",
            "方向",
            "Into the company or into the fund.",
            required=True,
            choices=choices(("into_company", "投向企业", "Into a company"), ("into_fund", "出资基金", "Into the fund")),
        ),
        code("company_id", "被投企业", "The company, when it goes into one."),
        code("investor_id", "出资机构", "The institution, when it goes into the fund."),
        day("invested_on", "投资日期", "Day of payment.", required=True),
        money("amount_cny", "投资金额", "Amount."),
        ratio("share", "持股比例", "Share bought."),
        day("exited_on", "退出日期", "Day of exit."),
        money("proceeds_cny", "退出回款", "Money returned."),
    ),
    date_orders=(DateOrder("invested_on", "exited_on"),),
)

PARK = Table(
    "park",
    "园区",
    "Industrial parks.",
    ("park_id",),
    (
        code("park_id", "园区编号", "Number of the park.", required=True),
        text("name", "园区名称", "Name.", required=True),
        code("district", "所在区", "District.", choices=DISTRICTS),
        text("operator", "运营方", "Operator."),
        code("paired_bank_id", "结对银行", "Bank paired with the park."),
        number("area_m2", "面积", "Area.", "m2"),
    ),
)

PARK_TENANCY = Table(
    "park_tenancy",
    "园区入驻",
    "Companies in parks.",
    ("park_id", "company_id", "since_on"),
    (
        code("park_id", "园区编号", "The park.", required=True, refers="park.park_id"),
        company_ref(),
        day("since_on", "入驻日期", "First day.", required=True),
        day("until_on", "退租日期", "Last day.", ahead=True),
        money("monthly_rent_cny", "月租金", "Rent a month."),
        number("area_m2", "面积", "Area rented.", "m2"),
        flag("rent_overdue", "欠租", "Rent overdue."),
        flag("endorsed", "园区推荐", "Endorsed by the park."),
    ),
    date_orders=(DateOrder("since_on", "until_on"),),
)

CONSENT = Table(
    "consent",
    "授权",
    "A company's consent to the use of its data.",
    ("consent_id",),
    (
        code("consent_id", "授权编号", "Number of the consent.", required=True),
        company_ref(),
        _INSTITUTION,
        code(
            "purpose",
            "授权目的",
            "What the data may be used for.",
            required=True,
            choices=choices(
                ("credit", "授信审批", "Credit decision"),
                ("monitoring", "贷后管理", "Monitoring"),
                ("insurance", "承保理赔", "Insurance"),
                ("investment", "投资", "Investment"),
                ("statistics", "统计", "Statistics"),
            ),
        ),
        text("tables", "授权范围", "Tables covered, separated by semicolons; empty covers none."),
        day("given_on", "授权日期", "Day given.", required=True),
        day("valid_until", "有效期至", "Last day.", ahead=True),
        day("withdrawn_on", "撤回日期", "Day withdrawn."),
    ),
    date_orders=(DateOrder("given_on", "valid_until"), DateOrder("given_on", "withdrawn_on")),
)

TABLES = (
    INSURANCE_POLICY,
    INSURANCE_CLAIM,
    FUND,
    FUND_INVESTMENT,
    PARK,
    PARK_TENANCY,
    CONSENT,
)
