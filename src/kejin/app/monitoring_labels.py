"""What do the columns of grades and of early warnings mean? Labels, units and names of codes, in both languages."""

from __future__ import annotations

from kejin.app.column_labels import ColumnLabel
from kejin.monitoring.early_warning_indicators import INDICATORS
from kejin.schemes.scheme import Label

GRADE_NAMES = {
    "normal": Label("正常", "normal"),
    "special_mention": Label("关注", "special mention"),
    "substandard": Label("次级", "substandard"),
    "doubtful": Label("可疑", "doubtful"),
    "loss": Label("损失", "loss"),
}
STATUS_NAMES = {
    "graded": Label("已分类", "graded"),
    "open": Label("待定（资料缺失）", "open (something is not known)"),
    "settled": Label("已结清", "settled"),
}
FINDING_NAMES = {
    "proposed": Label("疑似挪用，待确认", "misuse suspected, not confirmed"),
    "confirmed": Label("已确认挪用", "misuse confirmed"),
    "dismissed": Label("经人排除", "dismissed by a person"),
    "nothing_found": Label("已追踪，未发现", "traced, nothing found"),
    "not_traced": Label("未追踪或看不到", "not traced, or not seen"),
}
STAGE_NAMES = {
    "start_up": Label("初创期", "start-up"),
    "growth": Label("成长期", "growth"),
    "mature": Label("成熟期", "mature"),
}
INDICATOR_NAMES = {one.name: Label(one.zh, one.en) for one in INDICATORS}
_COMPANY = ColumnLabel(Label("统一社会信用代码", "Unified social credit code"))


def grade_labels() -> dict[str, ColumnLabel]:
    """The columns of one row a loan."""
    return {
        "loan_id": ColumnLabel(Label("借据编号", "Loan")),
        "company_id": _COMPANY,
        "bank_id": ColumnLabel(Label("银行", "Bank")),
        "status": ColumnLabel(Label("状态", "Status"), codes=STATUS_NAMES),
        "grade": ColumnLabel(Label("五级分类建议", "Grade proposed"), codes=GRADE_NAMES),
        "grade_at_least": ColumnLabel(Label("至少应为", "Grade at least"), codes=GRADE_NAMES),
        "reasons": ColumnLabel(Label("理由代码", "Reasons, codes")),
        "rules": ColumnLabel(Label("所依规则", "Rules")),
        "open_inputs": ColumnLabel(Label("缺失资料", "Not known")),
        "reason_zh": ColumnLabel(Label("理由", "Reasons (Chinese)")),
        "reason_en": ColumnLabel(Label("理由（英文）", "Reasons")),
        "state_on": ColumnLabel(Label("状态日期", "Day of the state")),
        "balance_fen": ColumnLabel(Label("本金余额", "Balance"), "fen"),
        "overdue_days": ColumnLabel(Label("逾期天数", "Days overdue"), "count"),
        "bank_grade": ColumnLabel(Label("银行现行分类", "Grade on the bank's books"), codes=GRADE_NAMES),
        "steps_below_bank": ColumnLabel(Label("比银行现行分类严几级", "Steps stricter than the bank's"), "count"),
        "finding": ColumnLabel(Label("资金追踪结论", "Finding of tracing"), codes=FINDING_NAMES),
        "grade_proposed": ColumnLabel(Label("若经确认至少应为", "At least, if confirmed"), codes=GRADE_NAMES),
        "proposal_rule": ColumnLabel(Label("所依规则（追踪）", "Rule of the proposal")),
        "proposal_zh": ColumnLabel(Label("追踪理由", "Reason of the proposal (Chinese)")),
        "proposal_en": ColumnLabel(Label("追踪理由（英文）", "Reason of the proposal")),
        "traced_on": ColumnLabel(Label("追踪截至", "Traced as of")),
        "trace_entry": ColumnLabel(Label("追踪日志号", "Journal entry of the tracing"), "count"),
    }


def watch_labels() -> dict[str, ColumnLabel]:
    """The columns of one row a company."""
    return {
        "company_id": _COMPANY,
        "as_of": ColumnLabel(Label("截至", "As of")),
        "stage": ColumnLabel(Label("阶段", "Stage"), codes=STAGE_NAMES),
        "default_probability_1m": ColumnLabel(Label("下月首次违约概率", "Probability of default next month"), "ratio"),
        "alert_line": ColumnLabel(Label("预警线", "Line of alert"), "ratio"),
        "alert": ColumnLabel(Label("预警", "Alert"), "flag"),
        "causes": ColumnLabel(Label("主要原因", "Main causes")),
        "signals_red": ColumnLabel(Label("红色信号", "Red signals"), "count"),
        "signals_amber": ColumnLabel(Label("黄色信号", "Amber signals"), "count"),
        "indicators_missing": ColumnLabel(Label("缺失指标", "Indicators missing"), "count"),
    }
