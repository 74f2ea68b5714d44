"""Money trails: where each loan's money went, what was found, and what two people say about it."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import pyarrow.parquet as pq
from fastapi import Form
from fastapi.responses import Response

from kejin.app.case_file import case_view, write_case_file
from kejin.app.monitoring_labels import GRADE_NAMES
from kejin.app.web.charts_money import flow_option
from kejin.app.web.company_list import is_hidden
from kejin.app.web.excel_bytes import XLSX
from kejin.app.web.matter_view import answer_matter, in_scope, matter_view, matters_of, propose_about
from kejin.app.web.own_loans import loan_in_scope, loans_in_scope
from kejin.app.web.site import Ask, Site
from kejin.errors import InputError
from kejin.schemes.scheme import Label
from kejin.workflows.case_file import case_file
from kejin.workflows.loan_tracing import TraceOptions
from kejin.workflows.trace_funds import FundTracing, trace_funds

if TYPE_CHECKING:
    from kejin.app.web.readers import Reader

SITE = Site()
SHOWN_MAX = 300
CASE_FILE = "case.json"
VERDICTS = {
    "misused": Label("认定挪用", "Misused"),
    "proper": Label("用途正常", "Used as agreed"),
    "more_evidence": Label("需补充证据", "More evidence needed"),
}
_COLUMNS = ["loan_id", "status", "paid_out_fen", "evidence_strength", "misuse_proposed", "grade_at_least",
            "typologies", "flags", "visible_share", "returned_fen", "chance_of_such_return"]  # fmt: skip


def _tracing(reader: Reader, ask: Ask, loan: str | None) -> FundTracing:
    return FundTracing(reader.workspace, ask.as_of, TraceOptions(), loan)


def _run_of_day(ask: Ask) -> dict[str, dict[str, Any]] | None:
    """Loan -> its row of the day's run; None where there was no run as of this day on these facts and rules."""

    def read(reader: Reader) -> Path:
        return _tracing(reader, ask, None).folder / "loans.parquet"

    path = ask.serving.kept(("trail_folder", ask.as_of), read)
    if not path.exists():
        return None
    key = ("trails", ask.as_of, path.stat().st_mtime_ns)
    return ask.serving.kept(
        key, lambda _: {row["loan_id"]: row for row in pq.read_table(path, columns=_COLUMNS).to_pylist()}
    )


def _stored_case(ask: Ask, loan: str) -> dict[str, Any] | None:
    """The case file of a loan that was traced by itself; None where it was not yet."""
    path = ask.serving.kept(
        ("case_folder", ask.as_of, loan), lambda reader: _tracing(reader, ask, loan).folder / CASE_FILE
    )
    if not path.exists():
        return None
    case: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return case


@SITE.get("/trails", "trail.see")
def trails(ask: Ask, all: str = "") -> Response:  # noqa: A002 — the name in the address
    """The institution's loans, the strongest evidence first."""
    traced = _run_of_day(ask)
    hidden, rows = is_hidden(ask, "trail"), []
    for loan in loans_in_scope(ask):
        unseen = hidden(loan["company_id"])
        rows.append(loan | {"trace": None if unseen else (traced or {}).get(loan["loan_id"]), "hidden": unseen})
    uncovered = sum(row["hidden"] for row in rows)
    if all != "1" and traced is not None:
        rows = [row for row in rows if row["trace"] and (row["trace"]["typologies"] or row["trace"]["flags"])]
    rows.sort(key=lambda row: (-(row["trace"]["evidence_strength"] or 0.0) if row["trace"] else 1.0, row["loan_id"]))
    head = None if ask.scope == "all" else ask.person.head_office
    states = {one["subject"]: one["state"] for one in reversed(matters_of(ask).rows("trail", head_office=head))}
    for row in rows:
        row["state"] = states.get(row["loan_id"])
    shown, run = rows[:SHOWN_MAX], traced is not None
    return ask.page("trails.html", rows=shown, total=len(rows), run=run, every=all == "1", uncovered=uncovered)


@SITE.get("/trails/{loan}", "trail.see")
def trail(ask: Ask, loan: str) -> Response:
    """One loan: picture, band, findings, verdict."""
    row = loan_in_scope(ask, loan)
    ask.check_company(row["company_id"], section="trail")
    case = _stored_case(ask, loan)
    matter = matters_of(ask).of_subject("trail", loan, row["institution_id"])
    words = {code: label.of(ask.lang) for code, label in (*VERDICTS.items(), *GRADE_NAMES.items())}
    view = matter_view(ask, matter, "trail.verdict", "trail.confirm", words)
    return ask.page(
        "trail.html",
        loan=row,
        case=case,
        file_view=None if case is None else case_view(case, ask.lang),
        option=None if case is None else flow_option(case["picture"], ask.lang, ask.t("accounts")),
        many=case is not None and len(case["picture"]["nodes"]) > 60,
        view=view,
        verdicts=[(code, label.of(ask.lang)) for code, label in VERDICTS.items()],
        grades=[(code, label.of(ask.lang)) for code, label in GRADE_NAMES.items()],
        grade_reason=_grade_reason(ask, case),
    )


def _grade_reason(ask: Ask, case: dict[str, Any] | None) -> str | None:
    """Why at least this grade: the findings that were raised."""
    if case is None or not case["loan"]["grade_at_least"]:
        return None
    raised = [one[ask.lang] for one in (*case["typologies"], *case["flags"]) if one["raised"]]
    grade = GRADE_NAMES[case["loan"]["grade_at_least"]].of(ask.lang)
    return ask.t("At least {grade}, because: {reasons}", grade=grade, reasons="; ".join(raised))


@SITE.post("/trails/{loan}/trace", "trail.see")
def trace_one(ask: Ask, loan: str) -> Response:
    """Traces one loan now, and keeps its case file beside the run."""
    row = loan_in_scope(ask, loan)
    ask.check_company(row["company_id"], section="trail")
    with ask.serving.pool.reader() as reader:
        tracing = _tracing(reader, ask, loan)
        case = case_file(tracing, trace_funds(tracing, ask.person.person_id))
        path = tracing.folder / CASE_FILE
    beside = path.with_suffix(".part")
    beside.write_text(json.dumps(case, ensure_ascii=False), "utf-8")
    beside.replace(path)
    return ask.go(f"/trails/{loan}", ask.t("The loan is traced."))


@SITE.get("/trails/{loan}/file.{kind}", "trail.see")
def trail_file(ask: Ask, loan: str, kind: str) -> Response:
    """The case file as JSON or as a workbook."""
    row = loan_in_scope(ask, loan)
    ask.check_company(row["company_id"], section="trail")
    case = _stored_case(ask, loan)
    if case is None or kind not in ("json", "xlsx"):
        ask.no_object(f"{loan}.{kind}"[:80])
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"case.{kind}"
        write_case_file(case, path, ask.lang)
        content = path.read_bytes()
    return ask.file(content, f"{loan}.{kind}", XLSX if kind == "xlsx" else "application/json", row["company_id"])


@SITE.post("/trails/{loan}/propose", "trail.verdict")
def propose_verdict(
    ask: Ask,
    loan: str,
    verdict: Annotated[str, Form(max_length=40)],
    comment: Annotated[str, Form(max_length=8000)],
    grade: Annotated[str, Form(max_length=40)] = "",
    version: Annotated[int, Form()] = 0,
) -> Response:
    """The risk manager's verdict on the trail, and the grade that follows from it."""
    row = loan_in_scope(ask, loan)
    ask.check_company(row["company_id"], section="trail")
    case = _stored_case(ask, loan)
    if case is None or verdict not in VERDICTS or (grade and grade not in GRADE_NAMES):
        raise InputError("app.trail_not_traced", loan=loan)
    propose_about(
        ask,
        "trail",
        loan,
        institution_id=row["institution_id"],
        company_id=row["company_id"],
        about={
            "as_of": ask.as_of,
            "result_hash": case["result_hash"],
            "evidence_strength": str(case["loan"]["evidence_strength"]),
            "typologies": case["loan"]["typologies"],
            "flags": case["loan"]["flags"],
        },
        comment=comment,
        proposal={"verdict": verdict, "grade": grade or None},
        seen_version=version,
    )
    return ask.go(f"/trails/{loan}", ask.t("The proposal waits for a checker."))


@SITE.post("/trails/matters/{matter_id}/answer", "trail.confirm")
def answer_verdict(
    ask: Ask,
    matter_id: str,
    answer: Annotated[str, Form(max_length=20)],
    comment: Annotated[str, Form(max_length=8000)],
    version: Annotated[int, Form()],
) -> Response:
    """The approver confirms the verdict, or sends it back."""
    matter = answer_matter(ask, in_scope(ask, matter_id, "trail"), version, answer, comment)
    return ask.go(f"/trails/{matter.subject}", ask.t("Your answer is recorded."))
