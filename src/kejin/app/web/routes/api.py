"""The interface for programs: same acts, roles, consent and records as the pages; same shapes as the command line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import Body, Path, Query
from sqlalchemy import select

from kejin.app.web.api_shapes import (
    PROBLEMS,
    CaseRow,
    CompaniesFound,
    EntrySummary,
    EntryWhole,
    JobShown,
    JobWanted,
    Offers,
)
from kejin.app.web.company_list import companies_covered, tenants
from kejin.app.web.job_kinds import KINDS
from kejin.app.web.jobs import Job
from kejin.app.web.routes.companies import _SEARCH
from kejin.app.web.routes.jobs import job_of
from kejin.app.web.sections import PROFILE, covered_profile, not_covered
from kejin.app.web.site import Ask, Site
from kejin.casework.access import within
from kejin.casework.audit import Audit
from kejin.casework.permissions import check_action
from kejin.casework.tables import case_table
from kejin.errors import InputError
from kejin.journal import Entry

SITE = Site()
_FOUND_MAX, _ROWS_MAX = 50, 200
_Code = Annotated[str, Path(max_length=40)]
_Words = Annotated[str | None, Query(max_length=80)]
_Day = Annotated[date | None, Query(description="As of which day; the newest evaluated day when not given.")]
_Number = Annotated[int, Path(ge=1, lt=2**62)]


@SITE.get("/api/companies", "company.search", response_model=CompaniesFound, responses=PROBLEMS, tags=["companies"])
def companies(ask: Ask, q: Annotated[str, Query(min_length=1, max_length=80)], as_of: _Day = None) -> dict[str, Any]:
    """Companies by a part of their name or by their code."""
    found = ask.serving.rows("search", _SEARCH, words=q.strip(), as_of=as_of or ask.as_of, most=_FOUND_MAX + 1)
    rows = [row | {"may_read": ask.may_read(row["company_id"])} for row in found[:_FOUND_MAX]]
    return {"companies": rows, "more": len(found) > _FOUND_MAX}


@SITE.get(
    "/api/companies/{company_id}/evaluation",
    "company.portrait",
    response_model=dict[str, Any],
    responses=PROBLEMS,
    tags=["companies"],
)
def evaluation(ask: Ask, company_id: _Code, as_of: _Day = None) -> dict[str, Any]:
    """Everything known of one company, as `kejin evaluate --company --json`; what no consent covers is only named."""
    from kejin.app.profile_text import profile_json

    ask.check_company(company_id)
    day, covered = as_of or ask.as_of, ask.covered(company_id)
    hidden = [one.as_json(ask.lang) for one in not_covered(PROFILE, covered).values()]
    found: dict[str, Any] = ask.serving.kept(
        ("api_evaluation", company_id, day, ask.lang, covered),
        lambda reader: profile_json(covered_profile(reader.profiler(day).profile(company_id), covered), ask.lang),
    )
    return found | {"not_covered": hidden}


@SITE.get(
    "/api/companies/{company_id}/patents",
    "patents.see",
    response_model=dict[str, Any],
    responses=PROBLEMS,
    tags=["companies"],
)
def patents(ask: Ask, company_id: _Code, as_of: _Day = None) -> dict[str, Any]:
    """The company's patents with values, as `kejin value-patents --company --json`, from the run of the day."""
    ask.check_company(company_id)
    day = as_of or ask.as_of
    hidden = not_covered(("patent_values",), ask.covered(company_id))
    if hidden:
        return {
            "as_of": day,
            "values": [],
            "portfolio": [],
            "not_covered": [one.as_json(ask.lang) for one in hidden.values()],
        }
    found: dict[str, Any] = ask.serving.kept(
        ("api_patents", company_id, day), lambda reader: _patents(reader.workspace, company_id, day)
    )
    return found | {"not_covered": []}


@SITE.get("/api/cases", "case.see", response_model=list[CaseRow], responses=PROBLEMS, tags=["cases"])
def cases(
    ask: Ask,
    state: _Words = None,
    company_id: _Words = None,
    most: Annotated[int, Query(ge=1, le=_ROWS_MAX)] = 50,
) -> list[Mapping[str, Any]]:
    """Loan cases of one's scope, the last changed first."""
    table = case_table.c
    query = select(case_table).order_by(table.changed_at.desc(), table.case_id)
    for column, wanted in ((table.state, state), (table.company_id, company_id)):
        if wanted:
            query = query.where(column == wanted)
    rows = ask.serving.store.rows(query)
    found = [row for row in rows if within(ask.person, ask.scope, row["institution_id"], row["company_id"])][:most]
    return [case_row(ask, row) for row in found]


@SITE.get("/api/lists/preapproved", "list.see", response_model=Offers, responses=PROBLEMS, tags=["lists"])
def preapproved(
    ask: Ask,
    product: _Words = None,
    offer: Annotated[str | None, Query(pattern="^(yes|no|open)$")] = None,
    after: Annotated[int, Query(ge=0, lt=10**9)] = 0,
    most: Annotated[int, Query(ge=1, le=_ROWS_MAX)] = 100,
    as_of: _Day = None,
) -> dict[str, Any]:
    """Companies that may be read, against the products of the day's list."""
    day = as_of or ask.as_of
    rows = ask.serving.kept(("api_offers", day, product, offer), lambda reader: _offers(reader, day, product, offer))
    tenancy, reading = tenants(ask), companies_covered(ask, "offers")
    here = frozenset(tenancy or ())
    inside = rows if tenancy is None else [row for row in rows if row["company_id"] in here]
    allowed = inside if reading is None else [row for row in inside if row["company_id"] in reading[0]]
    closed = set() if reading is None else {row["company_id"] for row in inside if row["company_id"] in reading[1]}
    page = allowed[after : after + most]
    for company_id in sorted({row["company_id"] for row in page}):
        ask.serving.log.write(ask.person, ask.action, company_id=company_id)
    return {
        "as_of": day,
        "offers": page,
        "after": after + most if after + most < len(allowed) else None,
        "not_covered": sorted(closed),
    }


@SITE.get("/api/journal", "audit.see", response_model=list[EntrySummary], responses=PROBLEMS, tags=["journal"])
def journal(
    ask: Ask,
    act: _Words = None,
    actor: _Words = None,
    subject: _Words = None,
    day: Annotated[date | None, Query(description="The day an act is about.")] = None,
    newest: Annotated[int, Query(ge=1, le=_ROWS_MAX)] = 20,
) -> list[dict[str, Any]]:
    """Entries of the journal, the newest last, as `kejin journal list --json`."""
    audit = Audit(ask.serving.store, ask.person, ask.scope)
    found = audit.search(act=act, actor=actor, subject=subject, as_of=day, newest=newest)
    return [_summary(entry) for entry in reversed(found)]


@SITE.get("/api/journal/{sequence}", "audit.see", response_model=EntryWhole, responses=PROBLEMS, tags=["journal"])
def journal_entry(ask: Ask, sequence: _Number) -> dict[str, Any]:
    """One entry, whole, as `kejin journal show --json`."""
    import json

    entry = Audit(ask.serving.store, ask.person, ask.scope).entry(sequence)
    return {"previous_hash": entry.previous_hash, "entry_hash": entry.entry_hash, "body": json.loads(entry.body)}


@SITE.get("/api/jobs", "jobs.see", response_model=list[JobShown], responses=PROBLEMS, tags=["jobs"])
def jobs(ask: Ask, most: Annotated[int, Query(ge=1, le=_ROWS_MAX)] = 50) -> list[dict[str, Any]]:
    """Jobs, the newest first."""
    actor = None if ask.may("work.start") else ask.person.person_id
    return [_job(ask, one) for one in ask.serving.jobs.newest(actor, most)]


@SITE.post("/api/jobs", "jobs.see", response_model=JobShown, status_code=202, responses=PROBLEMS, tags=["jobs"])
def start_job(ask: Ask, wanted: Annotated[JobWanted, Body()]) -> dict[str, Any]:
    """Puts work into the queue."""
    if wanted.kind not in KINDS or not KINDS[wanted.kind].listed:
        raise InputError("app.job_kind_unknown", kind=wanted.kind, known=", ".join(KINDS))
    check_action(ask.person.role, KINDS[wanted.kind].action)
    return _job(ask, job_of(ask, ask.serving.jobs.start(wanted.kind, ask.person, wanted.as_of)))


@SITE.get("/api/jobs/{job_id}", "jobs.see", response_model=JobShown, responses=PROBLEMS, tags=["jobs"])
def one_job(ask: Ask, job_id: _Code) -> dict[str, Any]:
    """One job."""
    return _job(ask, job_of(ask, job_id))


@SITE.post("/api/jobs/{job_id}/cancel", "jobs.see", response_model=JobShown, responses=PROBLEMS, tags=["jobs"])
def cancel_job(ask: Ask, job_id: _Code) -> dict[str, Any]:
    """Ends a job; one that is over stays as it is."""
    ask.serving.jobs.cancel(job_of(ask, job_id))
    return _job(ask, job_of(ask, job_id))


# ── what the routes share ────────────────────────────────────────────────────────────────────────────────────────────


def case_row(ask: Ask, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of a case; the advice is the bank's own and not told to the company."""
    return dict(row) | ({} if ask.may("case.inside") else {"advice": None})


def _job(ask: Ask, job: Job) -> dict[str, Any]:
    return job.as_json(ask.lang)


def _summary(entry: Entry) -> dict[str, Any]:
    names = ("sequence", "time", "act", "actor", "role", "subject", "as_of", "result_hash", "entry_hash")
    return {name: getattr(entry, name) for name in names} | {"refers_to": list(entry.refers_to)}


def _patents(workspace: Any, company_id: str, day: date) -> dict[str, Any]:
    """Raises InputError app.run_absent where the patents of the day were not valued yet."""
    import pyarrow.parquet as pq

    from kejin.workflows.value_patents import SUMMARY, Valuer, rows_asked, value_or_recall

    if not (Valuer(workspace, day).folder / SUMMARY).is_file():
        raise InputError("app.run_absent", work="value_patents", as_of=day)
    run = value_or_recall(workspace, day)
    only = [("company_id", "=", company_id)]
    rows = rows_asked(pq.read_table(run.patents, filters=only), company_id, None, day)
    whole = pq.read_table(run.portfolios, filters=only)
    return {
        "as_of": run.as_of,
        "edition": run.edition,
        "result_hash": run.result_hash,
        "findings": [finding.as_json() for finding in run.findings],
        "unverified": list(run.unverified),
        "values": _plain(rows.to_pylist()),
        "portfolio": _plain(whole.to_pylist()),
    }


def _offers(reader: Any, day: date, product: str | None, offer: str | None) -> list[dict[str, Any]]:
    """Raises InputError app.run_absent where the list of the day was not made yet."""
    import pyarrow.parquet as pq

    path = reader.desk(day).evaluator.folder / "preapproval.parquet"
    if not path.is_file():
        raise InputError("app.run_absent", work="preapprove", as_of=day)
    names = (
        "company_id",
        "name",
        "product",
        "offer",
        "reason",
        "limit_cny",
        "rate",
        "term_months_max",
        "default_probability",
    )
    there = pq.read_schema(path).names
    filters = [(name, "=", value) for name, value in (("product", product), ("offer", offer)) if value is not None]
    rows = pq.read_table(path, columns=[name for name in names if name in there], filters=filters or None).to_pylist()
    return _plain([dict.fromkeys(names) | row for row in rows])


def _plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Missing is null, also where a column of numbers holds NaN."""
    return [{name: None if value != value else value for name, value in row.items()} for row in rows]  # noqa: PLR0124
