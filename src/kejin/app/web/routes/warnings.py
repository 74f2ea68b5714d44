"""Warnings: the alerts of the day within the budget, what a person made of each, closed by another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import pyarrow.parquet as pq
from fastapi import Form
from fastapi.responses import Response

from kejin.app.monitoring_labels import INDICATOR_NAMES, STAGE_NAMES
from kejin.app.web.company_list import is_hidden
from kejin.app.web.excel_bytes import XLSX, excel_bytes
from kejin.app.web.matter_view import answer_matter, in_scope, matter_view, matters_of, propose_about
from kejin.app.web.own_loans import loans_in_scope
from kejin.app.web.site import Ask, Site
from kejin.errors import InputError
from kejin.schemes.scheme import Label
from kejin.workflows.watch_companies import CompanyWatch

if TYPE_CHECKING:
    from kejin.app.web.readers import Reader

SITE = Site()
OUTCOMES = {
    "act": Label("采取措施", "Act"),
    "watch": Label("持续关注", "Keep watching"),
    "false_alarm": Label("误报", "False alarm"),
}


def warnings_in_scope(ask: Ask) -> list[dict[str, Any]] | None:
    """Alerts on borrowers of the institution, the likeliest first; None where there was no watch as of this day."""

    def folder(reader: Reader) -> Path:
        return CompanyWatch(reader.workspace, ask.as_of).folder

    path = ask.serving.kept(("watch_folder", ask.as_of), folder) / "companies.parquet"
    if not path.exists():
        return None
    key = ("warnings", ask.as_of, path.stat().st_mtime_ns)
    alerts = ask.serving.kept(key, lambda _: [row for row in pq.read_table(path).to_pylist() if row["alert"]])
    lenders: dict[str, dict[str, Any]] = {}
    for loan in loans_in_scope(ask):
        lenders.setdefault(loan["company_id"], loan)
    return [
        row
        | {"name": lenders[row["company_id"]]["name"], "institution_id": lenders[row["company_id"]]["institution_id"]}
        for row in alerts
        if row["company_id"] in lenders
    ]


def subject_of(ask: Ask, company_id: str) -> str:
    """One warning is a company on a day."""
    return f"{company_id} {ask.as_of}"


def _causes(row: dict[str, Any], lang: str) -> str:
    names = [
        INDICATOR_NAMES[one].of(lang) if one in INDICATOR_NAMES else one for one in row["causes"].split(",") if one
    ]
    return ("；" if lang == "zh" else "; ").join(names)


def _rows(ask: Ask, stage: str) -> tuple[list[dict[str, Any]], bool]:
    found = warnings_in_scope(ask)
    head = None if ask.scope == "all" else ask.person.head_office
    states = {one["subject"]: one["state"] for one in matters_of(ask).rows("warning", head_office=head)}
    hidden, rows = is_hidden(ask, "warning"), []
    for row in found or ():
        state = {"state": states.get(subject_of(ask, row["company_id"]))}
        if hidden(row["company_id"]):  # in no stage of the filter: even that would tell what no consent covers
            rows += [_without_figures(row) | state] if not stage else []
        elif not stage or row["stage"] == stage:
            words = {"stage_text": STAGE_NAMES[row["stage"]].of(ask.lang), "causes_text": _causes(row, ask.lang)}
            rows.append(row | words | state | {"hidden": False})
    return sorted(rows, key=lambda row: row["hidden"]), found is not None


def _without_figures(row: dict[str, Any]) -> dict[str, Any]:
    """A warning whose figures the reader has no consent for: that there is one, and about whom."""
    shown = ("company_id", "name", "institution_id")
    return {name: value if name in shown else None for name, value in row.items()} | {
        "stage_text": None,
        "causes_text": None,
        "hidden": True,
    }


@SITE.get("/warnings", "warning.see")
def warnings(ask: Ask, stage: str = "") -> Response:
    """The queue of the day."""
    rows, run = _rows(ask, stage)
    stages = [(code, label.of(ask.lang)) for code, label in STAGE_NAMES.items()]
    return ask.page("warnings.html", rows=rows, run=run, stages=stages, stage=stage)


@SITE.get("/warnings/export", "warning.see")
def export_warnings(ask: Ask, stage: str = "") -> Response:
    """The queue as a workbook."""
    rows, _ = _rows(ask, stage)
    names = ("name", "company_id", "stage_text", "default_probability_1m", "alert_line", "causes_text", "state")
    heads = ("Company", "Code", "Stage", "Probability of default next month", "Line of alert", "Causes", "State")
    title = ask.t("Warnings")
    content = excel_bytes(title, [ask.t(one) for one in heads], [[row[name] for name in names] for row in rows])
    return ask.file(content, f"kejin-{title}-{ask.as_of}.xlsx", XLSX)


def _warning(ask: Ask, company_id: str) -> dict[str, Any]:
    found = next((row for row in warnings_in_scope(ask) or () if row["company_id"] == company_id), None)
    if found is None:
        ask.no_object(company_id)
    return found


@SITE.get("/warnings/{company_id}", "warning.see")
def warning(ask: Ask, company_id: str) -> Response:
    """One warning with its causes, and its triage."""
    row = _warning(ask, company_id)
    ask.check_company(company_id, section="warning")
    matter = matters_of(ask).of_subject("warning", subject_of(ask, company_id), row["institution_id"])
    words = {code: label.of(ask.lang) for code, label in OUTCOMES.items()}
    return ask.page(
        "warning.html",
        row=row,
        stage=STAGE_NAMES[row["stage"]].of(ask.lang),
        causes=_causes(row, ask.lang),
        view=matter_view(ask, matter, "warning.triage", "warning.close", words),
        outcomes=list(words.items()),
    )


@SITE.post("/warnings/{company_id}/propose", "warning.triage")
def triage(
    ask: Ask,
    company_id: str,
    outcome: Annotated[str, Form(max_length=40)],
    comment: Annotated[str, Form(max_length=8000)],
    version: Annotated[int, Form()] = 0,
) -> Response:
    """What the risk manager makes of it."""
    row = _warning(ask, company_id)
    ask.check_company(company_id, section="warning")
    if outcome not in OUTCOMES:
        raise InputError("app.warning_outcome_unknown", outcome=outcome)
    propose_about(
        ask,
        "warning",
        subject_of(ask, company_id),
        institution_id=row["institution_id"],
        company_id=company_id,
        about={
            "as_of": ask.as_of,
            "default_probability_1m": str(row["default_probability_1m"]),
            "alert_line": str(row["alert_line"]),
            "causes": row["causes"],
            "stage": row["stage"],
        },
        comment=comment,
        proposal={"outcome": outcome},
        seen_version=version,
    )
    return ask.go(f"/warnings/{company_id}", ask.t("The proposal waits for a checker."))


@SITE.post("/warnings/matters/{matter_id}/answer", "warning.close")
def close_warning(
    ask: Ask,
    matter_id: str,
    answer: Annotated[str, Form(max_length=20)],
    comment: Annotated[str, Form(max_length=8000)],
    version: Annotated[int, Form()],
) -> Response:
    """Another person closes the warning, or sends it back; the outcome counts in the model's record."""
    answer_matter(ask, in_scope(ask, matter_id, "warning"), version, answer, comment)
    return ask.go("/warnings", ask.t("Your answer is recorded."))
