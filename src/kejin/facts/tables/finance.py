"""A company's figures: annual reports, staff, monthly tax, insurance and utilities, invoices, equity rounds."""

from __future__ import annotations

from kejin.facts.declaration import (
    AtMost,
    DateOrder,
    Plausible,
    Table,
    choices,
    code,
    company_ref,
    count,
    day,
    flag,
    money,
    number,
    signed_money,
    text,
)

_YEAR = count("fiscal_year", "年度", "Fiscal year (calendar year).", "year", required=True, low=1980, high=2100)
_MONTH = day("month", "月份", "First day of the month.", required=True)

ANNUAL_REPORT = Table(
    "annual_report",
    "年度财务",
    "Yearly financial figures of one legal entity.",
    ("company_id", "fiscal_year"),
    (
        company_ref(),
        _YEAR,
        code(
            "basis",
            "数据口径",
            "What the figures rest on.",
            choices=choices(
                ("audited", "审计报告", "Audited"),
                ("tax_filing", "汇算清缴", "Tax filing"),
                ("self_reported", "企业填报", "Reported by the company"),
            ),
        ),
        money("revenue_cny", "营业收入", "Operating revenue, also called sales."),
        money("main_revenue_cny", "主营业务收入", "Revenue from the main business."),
        money("high_tech_revenue_cny", "高新技术产品（服务）收入", "Revenue from high-tech products and services."),
        money("total_income_cny", "总收入", "Total income including other income."),
        money("export_revenue_cny", "出口收入", "Revenue from exports."),
        money("cost_of_sales_cny", "营业成本", "Cost of sales."),
        money("total_cost_cny", "成本费用总额", "Total cost and expense."),
        money("selling_expense_cny", "销售费用", "Selling expense."),
        money("admin_expense_cny", "管理费用", "Administrative expense."),
        money("interest_expense_cny", "利息支出", "Interest expense."),
        money("depreciation_cny", "折旧与摊销", "Depreciation and amortisation."),
        money("rd_expense_cny", "研发费用", "R&D expense."),
        money("rd_expense_domestic_cny", "境内研发费用", "R&D expense incurred in mainland China."),
        money("rd_super_deduction_tax_cny", "研发加计扣除所得税减免额", "Income tax saved by the R&D super deduction."),
        money("rd_equipment_cny", "研发仪器设备原值", "Original value of R&D equipment."),
        signed_money("operating_profit_cny", "营业利润", "Operating profit."),
        signed_money("net_profit_cny", "净利润", "Net profit."),
        money("total_assets_cny", "资产总额", "Total assets at year end."),
        money("current_assets_cny", "流动资产", "Current assets."),
        money("cash_cny", "货币资金", "Cash and bank balances."),
        money("receivables_cny", "应收账款", "Trade receivables."),
        money("prepayments_cny", "预付账款", "Prepayments."),
        money("inventory_cny", "存货", "Inventory."),
        money("fixed_assets_cny", "固定资产", "Fixed assets."),
        money("intangible_assets_cny", "无形资产", "Intangible assets."),
        money("total_liabilities_cny", "负债总额", "Total liabilities."),
        money("current_liabilities_cny", "流动负债", "Current liabilities."),
        money("short_term_loans_cny", "短期借款", "Short-term loans."),
        money("long_term_loans_cny", "长期借款", "Long-term loans."),
        money("payables_cny", "应付账款", "Trade payables."),
        money("advance_receipts_cny", "预收账款", "Advance receipts and contract liabilities."),
        signed_money("net_assets_cny", "净资产", "Net assets at year end."),
        signed_money("operating_cash_flow_cny", "经营活动现金流量净额", "Net cash flow from operations."),
        signed_money("investing_cash_flow_cny", "投资活动现金流量净额", "Net cash flow from investing."),
        signed_money("financing_cash_flow_cny", "筹资活动现金流量净额", "Net cash flow from financing."),
        money("tax_paid_cny", "实缴税费", "Taxes paid."),
    ),
    at_most=(
        AtMost("main_revenue_cny", "revenue_cny"),
        AtMost("rd_expense_domestic_cny", "rd_expense_cny"),
        AtMost("current_assets_cny", "total_assets_cny"),
        AtMost("cash_cny", "total_assets_cny"),
    ),
    plausible=(
        Plausible("revenue_cny", 20_000),
        Plausible("total_assets_cny", 20_000),
        Plausible("rd_expense_cny", 1_000),
    ),
)

STAFFING = Table(
    "staffing",
    "人员情况",
    "Staff of a year; persons who worked at least the months that the scheme asks for.",
    ("company_id", "fiscal_year"),
    (
        company_ref(),
        _YEAR,
        count("staff_total", "职工总数", "All staff, part-time and temporary counted as the scheme says.", "person"),
        count("tech_staff", "科技人员", "Technology staff (科技人员).", "person"),
        count("rd_staff", "研发人员", "R&D staff (研发人员).", "person"),
        number("rd_staff_full_time_equivalent", "研发人员全时当量", "R&D staff in person-years.", "person-year"),
        count("doctors", "博士", "Holders of a doctorate.", "person"),
        count("masters", "硕士", "Holders of a master's degree as highest.", "person"),
        count("bachelors", "本科", "Holders of a bachelor's degree as highest.", "person"),
        count("senior_experts", "高级专家", "Senior experts (高级职称), doctors not counted again.", "person"),
        number("external_expert_months", "外部专家人月", "Work of external experts.", "person-month"),
        count("graduates_hired", "吸纳应届毕业生", "Fresh graduates hired in the year.", "person"),
        count("insured_staff", "参保人数", "Persons insured at year end.", "person"),
    ),
    at_most=(AtMost("tech_staff", "staff_total"), AtMost("rd_staff", "staff_total")),
)

SOCIAL_INSURANCE_MONTH = Table(
    "social_insurance_month",
    "社保月度",
    "Insured persons by month.",
    ("company_id", "month"),
    (
        company_ref(),
        _MONTH,
        count("insured_persons", "参保人数", "Persons insured in the month.", "person"),
        money("contribution_base_cny", "缴费基数", "Sum of the contribution bases."),
        money("overdue_cny", "欠缴金额", "Contributions overdue."),
    ),
)

TAX_MONTH = Table(
    "tax_month",
    "纳税月度",
    "Tax declarations by month.",
    ("company_id", "month"),
    (
        company_ref(),
        _MONTH,
        money("vat_sales_cny", "增值税销售额", "Sales declared for VAT."),
        signed_money("vat_payable_cny", "应纳增值税", "VAT payable."),
        money("tax_paid_cny", "实缴税额", "All taxes paid in the month."),
        money("tax_overdue_cny", "欠税", "Taxes overdue."),
    ),
)

UTILITY_MONTH = Table(
    "utility_month",
    "水电气月度",
    "Electricity, water and gas by month.",
    ("company_id", "month"),
    (
        company_ref(),
        _MONTH,
        number("electricity_kwh", "用电量", "Electricity used.", "kWh"),
        number("water_m3", "用水量", "Water used.", "m3"),
        number("gas_m3", "用气量", "Gas used.", "m3"),
        money("rent_cny", "房租", "Rent for the month."),
        flag("overdue", "欠费", "Bills overdue."),
    ),
)

INVOICE = Table(
    "invoice",
    "增值税发票",
    "VAT invoices, issued or received; red-letter invoices are negative.",
    ("company_id", "direction", "invoice_id"),
    (
        company_ref(),
        code(
            "direction",
            "方向",
            "Issued by the company or received.",
            required=True,
            choices=choices(("issued", "销项", "Issued"), ("received", "进项", "Received")),
        ),
        code("invoice_id", "发票号码", "Number of the invoice.", required=True),
        text("counterparty_id", "交易对方标识", "Code of the other side."),
        text("counterparty_name", "交易对方名称", "Name of the other side."),
        day("issued_on", "开票日期", "Day of issue.", required=True),
        signed_money("amount_cny", "金额", "Amount before tax; negative on a red-letter invoice."),
        signed_money("tax_cny", "税额", "Tax."),
        signed_money("total_cny", "价税合计", "Amount and tax."),
        code(
            "status",
            "发票状态",
            "Valid or void.",
            choices=choices(("valid", "有效发票", "Valid"), ("void", "作废发票", "Void")),
        ),
        text("goods", "货物或服务名称", "What was sold."),
        text("contract_id", "合同编号", "Contract it belongs to."),
    ),
)

EQUITY_ROUND = Table(
    "equity_round",
    "股权融资",
    "New equity paid in.",
    ("round_id",),
    (
        code("round_id", "融资编号", "Number of the round.", required=True),
        company_ref(),
        code(
            "round",
            "轮次",
            "Stage of the round.",
            choices=choices(
                ("seed", "种子轮", "Seed"),
                ("angel", "天使轮", "Angel"),
                ("pre_a", "Pre-A轮", "Pre-A"),
                ("a", "A轮", "A"),
                ("b", "B轮", "B"),
                ("c", "C轮", "C"),
                ("d_or_later", "D轮及以后", "D or later"),
                ("ipo", "首次公开发行", "Initial public offering"),
                ("strategic", "战略投资", "Strategic"),
            ),
        ),
        day("closed_on", "到账日期", "Day the money was paid in.", required=True),
        money("amount_cny", "实缴金额", "Amount paid in."),
        money("post_money_cny", "投后估值", "Valuation after the round."),
        flag("qualified_investor", "合格机构投资者", "Paid by qualified institutional investors."),
        text("investor", "投资方", "Lead investor."),
    ),
    plausible=(Plausible("amount_cny", 5_000),),
)

TECHNOLOGY_CONTRACT = Table(
    "technology_contract",
    "技术合同",
    "Registered technology contracts.",
    ("contract_id",),
    (
        code("contract_id", "合同登记编号", "Registration number.", required=True),
        company_ref(),
        code(
            "role",
            "合同地位",
            "Seller or buyer of the technology.",
            choices=choices(("seller", "卖方", "Seller"), ("buyer", "买方", "Buyer")),
        ),
        code(
            "contract_kind",
            "合同类型",
            "Kind of contract.",
            choices=choices(
                ("development", "技术开发", "Development"),
                ("transfer", "技术转让", "Transfer"),
                ("licence", "技术许可", "Licence"),
                ("consulting", "技术咨询", "Consulting"),
                ("service", "技术服务", "Service"),
            ),
        ),
        day("signed_on", "签订日期", "Day of signing.", required=True),
        day("ends_on", "到期日期", "Last day.", ahead=True),
        money("amount_cny", "合同成交额", "Value of the contract."),
        money("technology_amount_cny", "技术交易额", "Part of the value that pays for technology."),
        text("counterparty", "交易对方", "The other side."),
    ),
    date_orders=(DateOrder("signed_on", "ends_on"),),
)

TABLES = (
    ANNUAL_REPORT,
    STAFFING,
    SOCIAL_INSURANCE_MONTH,
    TAX_MONTH,
    UTILITY_MONTH,
    INVOICE,
    EQUITY_ROUND,
    TECHNOLOGY_CONTRACT,
)
