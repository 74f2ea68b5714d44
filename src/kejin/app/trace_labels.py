"""What do the columns of a tracing result mean? Labels, units and names of codes, in both languages."""

from __future__ import annotations

from kejin.app.column_labels import ColumnLabel
from kejin.schemes.scheme import Label

CLASS_LABELS: dict[str, Label] = {
    "own_account": Label("借款人本人账户", "Borrower’s own accounts"),
    "related_company": Label("关联企业", "Related companies"),
    "related_person": Label("关联个人", "Related persons"),
    "individual": Label("其他个人", "Other individuals"),
    "property": Label("房地产", "Property"),
    "securities": Label("证券", "Securities"),
    "wealth": Label("理财", "Wealth products"),
    "time_deposit": Label("定期存款", "Time deposits"),
    "margin": Label("保证金", "Margin"),
    "other_bank_loan": Label("归还他行贷款", "Loans of other banks"),
    "own_bank_loan": Label("归还本行贷款", "Loans of the same bank"),
    "micro_lender": Label("小额贷款公司", "Micro-lenders"),
    "cash": Label("现金", "Cash"),
    "off_purpose": Label("与用途不符的行业", "Industries off the purpose"),
    "supplier": Label("一般企业", "Ordinary companies"),
    "rd_equipment": Label("设备与研发", "Equipment and research"),
    "payroll": Label("工资", "Payroll"),
    "tax": Label("税费社保", "Tax and social insurance"),
    "payment_platform": Label("支付平台", "Payment platforms"),
    "institution": Label("其他金融机构", "Other institutions"),
    "unknown": Label("未知", "Unknown"),
}
STATUS_LABELS = {
    "traced": Label("已追踪", "traced"),
    "not_seen": Label("未见放款流水", "payment out not among the transfers"),
}
GRADE_LABELS = {"": Label("", ""), "special_mention": Label("关注", "special mention")}
VERDICT_LABELS = {
    "entrusted_matched": Label("受托支付，有合同或发票", "entrusted, with contract or invoice"),
    "entrusted_unmatched": Label("受托支付，无合同或发票", "entrusted, without contract or invoice"),
    "needed_not_entrusted": Label("应受托而未受托", "should have been entrusted and was not"),
    "not_needed": Label("无须受托", "no need of entrusted payment"),
    "not_judged": Label("当日无规则，未判断", "no rule in force on its day: not judged"),
}


def loan_labels() -> dict[str, ColumnLabel]:
    """The columns of one row a loan."""
    labels = {
        "loan_id": ColumnLabel(Label("借据编号", "Loan")),
        "company_id": ColumnLabel(Label("统一社会信用代码", "Unified social credit code")),
        "status": ColumnLabel(Label("状态", "Status"), codes=STATUS_LABELS),
        "rule": ColumnLabel(Label("归属规则", "Rule of attribution")),
        "contract_fen": ColumnLabel(Label("合同金额", "Contract amount"), "fen"),
        "paid_out_fen": ColumnLabel(Label("所见放款", "Paid out, as seen"), "fen"),
        "evidence_strength": ColumnLabel(Label("迹象强度（非概率）", "Strength of evidence (no probability)"), "ratio"),
        "misuse_proposed": ColumnLabel(Label("建议人工核查挪用", "To be looked into for misuse"), "flag"),
        "grade_at_least": ColumnLabel(Label("分类建议：至少", "Grade proposed: at least"), codes=GRADE_LABELS),
        "typologies": ColumnLabel(Label("挪用类型", "Typologies")),
        "flags": ColumnLabel(Label("旗标", "Flags")),
        "visible_share": ColumnLabel(Label("可见比例", "Share in sight"), "ratio"),
        "returned_fen": ColumnLabel(Label("回流金额", "Returned"), "fen"),
        "returned_by_chance_fen": ColumnLabel(Label("偶然回流均值", "Returned by chance, mean"), "fen"),
        "chance_of_such_return": ColumnLabel(Label("偶然出现同等回流的比例", "Chance of such a return"), "ratio"),
        "dust_fen": ColumnLabel(Label("零星小额", "Dust"), "fen"),
        "hop_limit_fen": ColumnLabel(Label("达到层数上限", "Stopped at the hop limit"), "fen"),
        "out_of_sight_fen": ColumnLabel(Label("离开可见范围", "Out of sight"), "fen"),
        "opening_unknown": ColumnLabel(Label("放款账户期初余额未知", "Opening balance unknown"), "flag"),
        "balance_breaks": ColumnLabel(Label("放款账户余额不连续", "Stated balances break"), "flag"),
    }
    for name, label in CLASS_LABELS.items():
        for part, zh, en in (("reached", "到达", "reached"), ("least", "至少", "at least"), ("most", "至多", "at most"),
                             ("stayed", "期末停留", "stayed")):  # fmt: skip
            labels[f"{name}_{part}_fen"] = ColumnLabel(Label(f"{label.zh}：{zh}", f"{label.en}: {en}"), "fen")
    for name, label in VERDICT_LABELS.items():
        labels[f"{name}_fen"] = ColumnLabel(label, "fen")
    return labels


def step_labels() -> dict[str, ColumnLabel]:
    """The columns of one row a step."""
    return {
        "loan_id": ColumnLabel(Label("借据编号", "Loan")),
        "step": ColumnLabel(Label("步骤", "Step"), "count"),
        "parent": ColumnLabel(Label("来自步骤", "From step"), "count"),
        "hop": ColumnLabel(Label("层", "Hop"), "count"),
        "transfer_id": ColumnLabel(Label("流水号", "Transfer")),
        "happened_at": ColumnLabel(Label("交易时间", "Time")),
        "from_account_id": ColumnLabel(Label("付款账户", "Payer’s account")),
        "to_account_id": ColumnLabel(Label("收款账户", "Payee’s account")),
        "end_class": ColumnLabel(Label("去向", "Place"), codes=dict(CLASS_LABELS)),
        "memo": ColumnLabel(Label("摘要", "Memo")),
        "transfer_fen": ColumnLabel(Label("交易金额", "Amount"), "fen"),
        "loan_money_fen": ColumnLabel(Label("其中贷款资金", "Of it the loan’s money"), "fen"),
        "kept_fen": ColumnLabel(Label("停留", "Stayed"), "fen"),
        "dust_fen": ColumnLabel(Label("零星小额", "Dust"), "fen"),
        "new_route": ColumnLabel(Label("首次往来路径", "By a new first payee"), "flag"),
    }
