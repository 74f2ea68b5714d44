"""`kejin pledge`: check what may be pledged, take a pledge from draft to release, watch what stands."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kejin.dates import parse_day
from kejin.errors import Lang, UseError

if TYPE_CHECKING:
    from kejin.workflows.check_pledge import GivenValue, PledgeCheck, PledgeQuestion
    from kejin.workflows.pledge_flow import PledgeDesk, Taken
    from kejin.workflows.workspace import Workspace

app = typer.Typer(
    name="pledge",
    help="What may be pledged on patents, and the paperless way from draft to release.",
    no_args_is_help=True,
    add_completion=False,
)

WorkspacePath = Annotated[Path, typer.Argument(metavar="WORKSPACE", help="Workspace directory.")]
CaseName = Annotated[str, typer.Argument(metavar="CASE", help="Number of the pledge, PLG-YYYY-NNNNNN.")]
Patents = Annotated[list[str], typer.Option("--patent", help="Publication number; repeat for several.")]
Amount = Annotated[str, typer.Option("--loan-amount", help="The single loan in yuan.")]
Months = Annotated[int, typer.Option("--term-months", help="Term of the loan in months.")]
Route = Annotated[str, typer.Option("--route", help="internal, negotiated, external or mixed.")]
Values = Annotated[
    list[str] | None,
    typer.Option("--value", help="Agreed or appraised value in yuan; PATENT=AMOUNT where there are several."),
]
ValuedOn = Annotated[str | None, typer.Option("--valued-on", help="Day of that valuation, YYYY-MM-DD.")]
Pledgor = Annotated[str | None, typer.Option("--company", help="Who pledges; the first patent's owner if left out.")]
Consents = Annotated[
    list[str] | None,
    typer.Option("--consent", help="Patent whose co-owners agreed, or that is proven to have no others; repeatable."),
]
Receipts = Annotated[
    list[str] | None, typer.Option("--fee-receipt", help="Patent whose current fee is proven paid; repeatable.")
]
AsOf = Annotated[str | None, typer.Option("--as-of", help="Day YYYY-MM-DD; today when not given.")]
Day = Annotated[str | None, typer.Option("--on", help="Day of the step, YYYY-MM-DD; today when not given.")]
Actor = Annotated[str | None, typer.Option("--actor", help="Who acts; the login name when not given.")]
Version = Annotated[int | None, typer.Option("--version", help="Version of the case that was looked at.")]
Office = Annotated[str, typer.Option("--office", help="Registration office: local, or one that a package offers.")]
Out = Annotated[Path | None, typer.Option("--out", help="Write the table to .csv, .parquet, .xlsx or .json.")]
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output on stdout.")]
Language = Annotated[str | None, typer.Option("--lang", help="zh or en; the workspace's language by default.")]


@app.command("check")
def check(
    workspace: WorkspacePath,
    patent: Patents,
    loan_amount: Amount,
    term_months: Months,
    route: Route = "internal",
    value: Values = None,
    valued_on: ValuedOn = None,
    company: Pledgor = None,
    consent: Consents = None,
    fee_receipt: Receipts = None,
    as_of: AsOf = None,
    known_on: Annotated[
        str | None, typer.Option("--known-on", help="Rules as known on this day; the as-of day when not given.")
    ] = None,
    actor: Actor = None,
    out: Out = None,
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """May these patents be pledged for this loan, and what may be lent on them? Every check with its reasons."""
    from kejin.workflows.check_pledge import check_pledge_of

    with _opened(workspace, lang) as (opened, language):
        question = _question(
            patent, loan_amount, term_months, route, value, valued_on, company, consent, fee_receipt, _day(as_of)
        )
        known = None if known_on is None else parse_day(known_on)
        found = check_pledge_of(opened, question, _day(as_of), _actor(actor), known_on=known)
        _show_check(found, language, out, as_json)


@app.command("draft")
def draft(
    workspace: WorkspacePath,
    patent: Patents,
    loan_amount: Amount,
    term_months: Months,
    pledgee: Annotated[str, typer.Option("--pledgee", help="Name of the bank that takes the pledge.")],
    route: Route = "internal",
    value: Values = None,
    valued_on: ValuedOn = None,
    company: Pledgor = None,
    consent: Consents = None,
    fee_receipt: Receipts = None,
    on: Day = None,
    actor: Actor = None,
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """Check, and open a case on these terms; refused where a reason bars it."""
    from kejin.workflows.check_pledge import check_pledge_of

    with _desk(workspace, lang, "local") as (opened, desk, language):
        day = _day(on)
        question = _question(
            patent, loan_amount, term_months, route, value, valued_on, company, consent, fee_receipt, day
        )
        found = check_pledge_of(opened, question, day, _actor(actor))
        if found.answer.answer == "no" and not as_json:
            from kejin.app.pledge_text import print_check

            print_check(found, language, _console())
        _show_taken([desk.draft(found, pledgee, _actor(actor), day)], language, as_json)


@app.command("sign")
def sign(
    workspace: WorkspacePath,
    case: CaseName,
    pledgor_signer: Annotated[str, typer.Option("--pledgor-signer", help="Who signs for the pledgor.")],
    pledgee_signer: Annotated[str, typer.Option("--pledgee-signer", help="Who signs for the pledgee.")],
    contract_hash: Annotated[
        str | None, typer.Option("--contract-hash", help="Hash on the data sheet that was signed.")
    ] = None,
    on: Day = None,
    actor: Actor = None,
    version: Version = None,
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """Propose that the contract is signed by both parties; another person approves."""
    with _desk(workspace, lang, "local") as (_, desk, language):
        taken = desk.sign(case, pledgor_signer, pledgee_signer, contract_hash, _actor(actor), _day(on), version)
        _show_taken([taken], language, as_json)


@app.command("file")
def file(
    workspace: WorkspacePath,
    case: CaseName,
    on: Day = None,
    actor: Actor = None,
    version: Version = None,
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """Propose that the pledge is filed for registration; the check is made again, as of the day."""
    with _desk(workspace, lang, "local") as (opened, desk, language):
        _show_taken([desk.file(opened, case, _actor(actor), _day(on), version)], language, as_json)


@app.command("change")
def change(
    workspace: WorkspacePath,
    case: CaseName,
    loan_amount: Annotated[str | None, typer.Option("--loan-amount", help="New amount in yuan.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="New last day of the loan, YYYY-MM-DD.")] = None,
    pledgee: Annotated[str | None, typer.Option("--pledgee", help="New name of the pledgee.")] = None,
    on: Day = None,
    actor: Actor = None,
    version: Version = None,
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """Propose a change of a registered pledge: amount, last day or the pledgee's name."""
    terms: dict[str, Any] = {}
    if loan_amount is not None:
        terms["loan_cny"] = _amount(loan_amount, "--loan-amount")
    if until is not None:
        terms["loan_until"] = parse_day(until)
    if pledgee is not None:
        terms["pledgee_name"] = pledgee.strip()
    with _desk(workspace, lang, "local") as (_, desk, language):
        taken = desk.propose(case, "change", _actor(actor), _day(on), {"terms": terms}, version)
        _show_taken([taken], language, as_json)


@app.command("release")
def release(
    workspace: WorkspacePath,
    case: CaseName,
    reason: Annotated[str, typer.Option("--reason", help="Why, e.g. that the loan is repaid.")],
    on: Day = None,
    actor: Actor = None,
    version: Version = None,
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """Propose that a registered pledge is released."""
    with _desk(workspace, lang, "local") as (_, desk, language):
        taken = desk.propose(case, "release", _actor(actor), _day(on), {"reason": reason}, version)
        _show_taken([taken], language, as_json)


@app.command("refuse")
def refuse(
    workspace: WorkspacePath,
    case: CaseName,
    reason: Annotated[str, typer.Option("--reason", help="Why the case goes no further.")],
    on: Day = None,
    actor: Actor = None,
    version: Version = None,
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """Propose that a drafted or signed case ends without being filed."""
    with _desk(workspace, lang, "local") as (_, desk, language):
        taken = desk.propose(case, "refuse", _actor(actor), _day(on), {"reason": reason}, version)
        _show_taken([taken], language, as_json)


@app.command("approve")
def approve(
    workspace: WorkspacePath,
    case: CaseName,
    on: Day = None,
    actor: Actor = None,
    version: Version = None,
    office: Office = "local",
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """Approve what another person proposed; what the office has to enter is sent at once."""
    with _desk(workspace, lang, office) as (_, desk, language):
        _show_taken([desk.approve(case, _actor(actor), _day(on), version)], language, as_json)


@app.command("reject")
def reject(
    workspace: WorkspacePath,
    case: CaseName,
    reason: Annotated[str, typer.Option("--reason", help="Why it is sent back.")],
    on: Day = None,
    actor: Actor = None,
    version: Version = None,
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """Send a proposal back; the case stays where it was."""
    with _desk(workspace, lang, "local") as (_, desk, language):
        _show_taken([desk.reject(case, _actor(actor), _day(on), reason, version)], language, as_json)


@app.command("collect")
def collect(
    workspace: WorkspacePath,
    case: Annotated[str | None, typer.Argument(metavar="[CASE]", help="One pledge; all when not given.")] = None,
    on: Day = None,
    actor: Actor = None,
    office: Office = "local",
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """Send what is outstanding and enter the office's answers; safe to repeat."""
    with _desk(workspace, lang, office) as (_, desk, language):
        _show_taken(desk.collect(_actor(actor), _day(on), case), language, as_json)


@app.command("status")
def status(
    workspace: WorkspacePath,
    case: Annotated[str | None, typer.Argument(metavar="[CASE]", help="One pledge; all when not given.")] = None,
    as_of: AsOf = None,
    out: Out = None,
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """Where do the pledges stand, and what may come next?"""
    from kejin.app.pledge_columns import CASE_COLUMNS
    from kejin.app.pledge_text import case_row, print_cases
    from kejin.workflows.pledge_flow import state_of

    with _desk(workspace, lang, "local") as (_, desk, language):
        found = desk.register.cases(on=None if as_of is None else parse_day(as_of))
        if case is not None:
            desk.register.case(case)
            found = [one for one in found if one.case_id == case]
        if out is not None:
            _write([case_row(one, language) for one in found], CASE_COLUMNS, out, language)
        if as_json:
            _print_json([state_of(one) for one in found])
        elif out is None:
            print_cases(found, language, _console())


@app.command("documents")
def documents(
    workspace: WorkspacePath,
    case: CaseName,
    out: Annotated[Path, typer.Option("--out", help="Folder for the papers.")],
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """Write the contract data sheet and the registration form, each as PDF and JSON."""
    from kejin.app.pledge_papers import write_papers
    from kejin.app.pledge_text import TEXTS

    with _desk(workspace, lang, "local") as (_, desk, language):
        written = write_papers(desk.register.case(case), out, language)
        if as_json:
            _print_json([str(path) for path in written])
        for path in written if not as_json else ():
            typer.echo(TEXTS[language]["written"].format(path=path))


@app.command("cover")
def cover(
    workspace: WorkspacePath,
    as_of: AsOf = None,
    outstanding: Annotated[
        list[str] | None, typer.Option("--outstanding", help="CASE=AMOUNT of principal left; repeatable.")
    ] = None,
    actor: Actor = None,
    out: Out = None,
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """Do the registered pledges still cover their loans? Alerts, and what moved since the draft."""
    from kejin.app.pledge_columns import COVER_COLUMNS
    from kejin.app.pledge_text import cover_row, print_cover
    from kejin.workflows.watch_pledges import watch_pledges

    left = {name: _amount(text, "--outstanding") for name, text in map(_pair, outstanding or [])}
    with _opened(workspace, lang) as (opened, language):
        rows = watch_pledges(opened, _day(as_of), _actor(actor), left)
        shown = [cover_row(row, language) for row in rows]
        if out is not None:
            _write(shown, COVER_COLUMNS, out, language)
        if as_json:
            _print_json(shown)
        elif out is None:
            print_cover(rows, language, _console())


@contextmanager
def _opened(path: Path, lang: str | None) -> Iterator[tuple[Workspace, Lang]]:
    from kejin.workflows.workspace import Workspace

    with Workspace.open(path) as opened:
        if lang not in (None, "zh", "en"):
            raise UseError("app.language_unknown", lang=lang)
        language: Lang = opened.language if lang is None else "zh" if lang == "zh" else "en"
        for notice in opened.notices:
            typer.echo(notice, err=True)
        yield opened, language


@contextmanager
def _desk(path: Path, lang: str | None, office: str) -> Iterator[tuple[Workspace, PledgeDesk, Lang]]:
    from kejin.journal import Journal
    from kejin.workflows.pledge_flow import PledgeDesk
    from kejin.workflows.registration_office import office_named

    with _opened(path, lang) as (opened, language), Journal.open(opened.cases_path) as journal:
        yield opened, PledgeDesk(journal, office_named(office, journal)), language


def _question(
    patents: Sequence[str],
    loan: str,
    months: int,
    route: str,
    values: Sequence[str] | None,
    valued_on: str | None,
    company: str | None,
    consents: Sequence[str] | None,
    receipts: Sequence[str] | None,
    day: date,
) -> PledgeQuestion:
    from kejin.workflows.check_pledge import PledgeQuestion

    # A value that is agreed now is of now; an appraisal says its own day.
    valued = parse_day(valued_on) if valued_on is not None else day if route == "negotiated" else None
    return PledgeQuestion(
        patents=tuple(patents),
        loan_cny=_amount(loan, "--loan-amount"),
        term_months=months,
        route=route,
        pledgor=company,
        given=_given(patents, values or (), valued),
        consents=tuple(consents or ()),
        fee_receipts=tuple(receipts or ()),
    )


def _given(patents: Sequence[str], values: Sequence[str], valued: date | None) -> dict[str, GivenValue]:
    from kejin.workflows.check_pledge import GivenValue

    found = {}
    for text in values:
        name, amount = _pair(text) if "=" in text or len(patents) != 1 else (patents[0], text)
        if name in found:
            raise UseError("app.pledge_word_wrong", option="--value", word=text)
        found[name] = GivenValue(_amount(amount, "--value"), valued)
    return found


def _pair(text: str) -> tuple[str, str]:
    name, sign, amount = text.partition("=")
    if not sign or not name.strip():
        raise UseError("app.pledge_word_wrong", option="NAME=AMOUNT", word=text)
    return name.strip(), amount


def _amount(text: str, option: str) -> Decimal:
    """Yuan as written, with commas allowed; whole fen at most. Raises UseError app.pledge_word_wrong."""
    from kejin.app.pledge_text import yuan_of

    amount = yuan_of(text)
    if amount is None:
        raise UseError("app.pledge_word_wrong", option=option, word=text)
    return amount


def _day(text: str | None) -> date:
    return date.today() if text is None else parse_day(text)  # noqa: DTZ011 — the user's own day is meant


def _actor(name: str | None) -> str:
    return getpass.getuser() if name is None else name


def _show_check(found: PledgeCheck, lang: Lang, out: Path | None, as_json: bool) -> None:
    from kejin.app.pledge_columns import CHECK_COLUMNS
    from kejin.app.pledge_text import TEXTS, check_rows, print_check
    from kejin.workflows.check_pledge import result_of

    entry = None if found.entry is None else found.entry.sequence
    if out is not None:
        _write(check_rows(found, lang), CHECK_COLUMNS, out, lang)
    if as_json:
        extra = {"checks": check_rows(found, lang), "journal_entry": entry, "edition": found.edition}
        _print_json(result_of(found) | extra)
        return
    if out is None:
        print_check(found, lang, _console())
    typer.echo(TEXTS[lang]["entry"].format(entry=entry), err=True)
    if found.unverified:
        typer.echo(TEXTS[lang]["unverified"].format(names=", ".join(found.unverified)), err=True)


def _show_taken(taken: Sequence[Taken], lang: Lang, as_json: bool) -> None:
    from kejin.app.pledge_text import STATE_WORDS, STEP_WORDS, TEXTS, waits_for, word
    from kejin.workflows.pledge_flow import state_of

    texts = TEXTS[lang]
    if as_json:
        _print_json([state_of(one.case) | {"journal_entry": one.entry.sequence} for one in taken])
        return
    for one in taken:
        state = word(STATE_WORDS, one.case.state, lang)
        figures = {"case": one.case.case_id, "version": one.case.version, "entry": one.entry.sequence}
        typer.echo(texts["taken"].format(state=state, **figures))
        details = one.entry.inputs["details"]
        if details.get("accepted") is False:
            step = word(STEP_WORDS, str(one.entry.inputs["step"]), lang)
            said = texts["refused_by_office"].format(case=one.case.case_id, step=step, reason=details["reason"])
            typer.echo(said, err=True)
        if waiting := waits_for(one.case, lang):
            typer.echo(f"{texts['waits']}: {waiting}")
    if not taken:
        typer.echo(texts["nothing"], err=True)


def _write(rows: list[dict[str, Any]], columns: Sequence[str], out: Path, lang: Lang) -> None:
    from kejin.app.pledge_columns import LABELS, pledge_table
    from kejin.app.write_table import write_table

    write_table(pledge_table(rows, columns), out, lang, LABELS)


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def _console() -> Any:
    from rich.console import Console

    return Console(file=sys.stdout)
