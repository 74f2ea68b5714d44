"""What does each column of a pledge table mean? Names and order of the columns, with their headers for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from kejin.app.column_labels import ColumnLabel
from kejin.schemes.scheme import Label

_HEADERS: Mapping[str, tuple[str, str]] = {
    "publication_number": ("公开（公告）号", "Publication number"),
    "check": ("核查项代码", "Check"),
    "check_name": ("核查项", "Name of the check"),
    "result": ("结果", "Result"),
    "code": ("原因代码", "Code of the reason"),
    "reason": ("原因", "Reason"),
    "case": ("编号", "Case"),
    "state": ("状态代码", "State"),
    "state_name": ("状态", "Name of the state"),
    "version": ("版本", "Version"),
    "pledgor_id": ("出质人统一社会信用代码", "Pledgor's credit code"),
    "pledgor_name": ("出质人", "Pledgor"),
    "pledgee_name": ("质权人", "Pledgee"),
    "patents": ("出质专利", "Patents pledged"),
    "loan_cny": ("贷款（元）", "Loan (CNY)"),
    "loan_until": ("贷款到期日", "Last day of the loan"),
    "pledge_cny": ("质押价值（元）", "Pledge value (CNY)"),
    "registration_number": ("登记编号", "Registration number"),
    "registered_on": ("登记日", "Registered on"),
    "waits_for": ("等待", "Waits for"),
    "outstanding_cny": ("未偿本金（元）", "Principal outstanding (CNY)"),
    "cover_ratio": ("覆盖倍数", "Cover"),
    "alerts": ("预警代码", "Codes of alerts"),
    "alert_text": ("预警", "Alerts"),
    "reasons": ("原因代码", "Codes of reasons"),
    "moved_cny": ("起草以来变动（元）", "Moved since the draft (CNY)"),
    "moved_by_value_cny": ("其中：价值（元）", "By the value (CNY)"),
    "moved_by_disposal_factor_cny": ("其中：处置系数（元）", "By the disposal factor (CNY)"),
    "moved_by_ratio_cny": ("其中：质押率（元）", "By the pledge ratio (CNY)"),
    "moved_by_patents_cny": ("其中：专利进出（元）", "By patents in and out (CNY)"),
}
LABELS: Mapping[str, ColumnLabel] = {name: ColumnLabel(Label(zh, en)) for name, (zh, en) in _HEADERS.items()}

CHECK_COLUMNS = ("publication_number", "check", "check_name", "result", "code", "reason")
CASE_COLUMNS = (
    *("case", "state", "state_name", "version", "pledgor_id", "pledgor_name", "pledgee_name", "patents"),
    *("loan_cny", "loan_until", "pledge_cny", "registration_number", "registered_on", "waits_for"),
)
COVER_COLUMNS = (
    *("case", "pledgor_id", "outstanding_cny", "pledge_cny", "cover_ratio", "alerts", "reasons", "moved_cny"),
    *("moved_by_value_cny", "moved_by_disposal_factor_cny", "moved_by_ratio_cny", "moved_by_patents_cny"),
    "alert_text",
)
_MONEY = pa.decimal128(20, 2)


def pledge_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> pa.Table:
    """Rows as a table with these columns, also when there are none; money to the fen."""
    return pa.table({name: _column(name, [row[name] for row in rows]) for name in columns})


def _column(name: str, values: list[Any]) -> pa.Array:
    if name.endswith("_cny"):
        return pa.array(values, _MONEY)
    if name == "version":
        return pa.array(values, pa.int64())
    if name in ("loan_until", "registered_on"):
        return pa.array(values, pa.date32())
    if name == "cover_ratio":
        return pa.array(values, pa.decimal128(20, 4))
    return pa.array(values, pa.string())
