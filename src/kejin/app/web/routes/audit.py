"""Audit: search the journal, read an entry, verify, replay, export; overrides; who looked and downloaded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response, StreamingResponse

from kejin.app.web.excel_bytes import XLSX, excel_bytes
from kejin.app.web.site import Ask, Site
from kejin.casework.audit import Audit
from kejin.casework.permissions import ROLES
from kejin.dates import parse_day
from kejin.errors import InputError
from kejin.journal import Entry

SITE = Site()
_PAGE = 50
Words = Annotated[str, Query(max_length=80)]


@SITE.get("/audit", "audit.see")
def search(
    ask: Ask, act: Words = "", actor: Words = "", subject: Words = "", day: Words = "", before: Words = ""
) -> Response:
    """Entries by act, person, subject and day; newest first."""
    audit = _audit(ask)
    found, problem = [], None
    try:
        found = audit.search(
            act=act or None,
            actor=actor.strip() or None,
            subject=subject.strip() or None,
            as_of=parse_day(day) if day else None,
            before=int(before) if before.isascii() and before.isdigit() and len(before) < 16 else None,
            newest=_PAGE + 1,
        )
    except InputError as error:
        problem = error
    asked = {"act": act, "actor": actor, "subject": subject, "day": day}
    more = found[_PAGE - 1].sequence if len(found) > _PAGE else None
    return ask.page(
        "audit.html",
        entries=found[:_PAGE],
        asked=asked,
        acts=audit.acts(),
        more=more,
        last=audit.last(),
        problem=problem,
    )


@SITE.get("/audit/overrides", "audit.see")
def overrides(ask: Ask) -> Response:
    """Who proposed and decided against the advice, how often, and why."""
    rows = _audit(ask).overrides()
    roles = {name: label.of(ask.lang) for name, label in ROLES.items()}
    return ask.page("audit_overrides.html", rows=rows, roles=roles)


@SITE.get("/audit/looks", "audit.see")
def looks(ask: Ask, person: Words = "", company: Words = "", kind: Words = "", since: Words = "") -> Response:
    """Who looked at what: pages seen, files saved, requests refused."""
    return ask.page(
        "audit_looks.html", rows=_looks(ask, person, company, kind, since), asked=_asked(person, company, kind, since)
    )


@SITE.get("/audit/looks.xlsx", "audit.export")
def looks_file(ask: Ask, person: Words = "", company: Words = "", kind: Words = "", since: Words = "") -> Response:
    """The same as a workbook."""
    names = ("at", "person_id", "institution_id", "company_id", "case_id", "page", "kind", "file_name")
    rows = [[row[name] for name in names] for row in _looks(ask, person, company, kind, since)]
    return ask.file(excel_bytes("looks", names, rows), "looks.xlsx", XLSX)


@SITE.get("/audit/export", "audit.export")
def export(ask: Ask) -> Response:
    """The journal as JSON lines: whole and checkable for those who see all, else the lines that may be seen."""
    ask.serving.log.write(ask.person, ask.action, "downloaded", file_name="journal.jsonl")
    headers = {"Content-Disposition": "attachment; filename=journal.jsonl"}
    if ask.scope == "all":
        with TemporaryDirectory() as folder:
            path = Path(folder) / "journal.jsonl"
            ask.serving.store.journal.export(path)
            return Response(path.read_bytes(), media_type="application/jsonl", headers=headers)
    return StreamingResponse(_lines(_audit(ask)), media_type="application/jsonl", headers=headers)


@SITE.post("/audit/verify", "audit.see")
def verify(ask: Ask) -> Response:
    """Checks the whole chain, as a job."""
    job_id = ask.serving.jobs.start("verify_journal", ask.person, None)
    return ask.go(f"/jobs/{job_id}", ask.t("The work is in the queue."))


@SITE.get("/audit/{sequence}", "audit.see")
def entry(ask: Ask, sequence: int) -> Response:
    """One entry, whole: what was decided, on what, by whom, under which rules, and the bytes that are sealed."""
    found = _audit(ask).entry(_number(sequence))
    body = json.dumps(json.loads(found.body), ensure_ascii=False, indent=2)
    return ask.page("audit_entry.html", entry=found, body=body, size=len(found.body))


@SITE.post("/audit/{sequence}/replay", "audit.see")
def replay(ask: Ask, sequence: int) -> Response:
    """Does the act of an entry again, as a job, and compares the results."""
    _audit(ask).entry(_number(sequence))
    job_id = ask.serving.jobs.start("replay_entry", ask.person, None, {"sequence": sequence})
    return ask.go(f"/jobs/{job_id}", ask.t("The work is in the queue."))


# ── what the routes share ────────────────────────────────────────────────────────────────────────────────────────────


def _audit(ask: Ask) -> Audit:
    return Audit(ask.serving.store, ask.person, ask.scope)


def _number(sequence: int) -> int:
    if not 0 < sequence < 2**62:
        raise InputError("casework.object_not_found", subject=sequence)
    return sequence


def _asked(person: str, company: str, kind: str, since: str) -> dict[str, str]:
    return {"person": person, "company": company, "kind": kind, "since": since}


def _looks(ask: Ask, person: str, company: str, kind: str, since: str) -> list[Any]:
    begin = datetime.combine(parse_day(since), time(), UTC) if since else None
    return _audit(ask).looks(
        person_id=person.strip() or None,
        company_id=company.strip() or None,
        kind=kind or None,
        since=begin,
        newest=1_000,
    )


def _lines(audit: Audit) -> Iterator[bytes]:
    for found in audit.entries():
        yield _line(found)


def _line(found: Entry) -> bytes:
    """An entry in the shape of the export."""
    hashes = f',"entry_hash":"{found.entry_hash}","previous_hash":"{found.previous_hash}"}}\n'
    return b'{"body":' + found.body + hashes.encode()
