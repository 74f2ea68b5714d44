"""`kejin assess-loan` and `kejin preapprove`: the advice on one application, and a list of offers."""

from __future__ import annotations

import getpass
import json
import sys
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kejin.dates import parse_day
from kejin.errors import Lang, UseError

if TYPE_CHECKING:
    from kejin.app.loan_report import Report
    from kejin.workflows.lending_desk import LendingDesk
    from kejin.workflows.loan_application import Application
    from kejin.workflows.loan_decision import LoanDecision


def assess_loan(
    workspace: Annotated[Path, typer.Argument(help="Workspace directory.")],
    company: Annotated[str, typer.Option("--company", help="Unified social credit code of the borrower.")],
    product: Annotated[str, typer.Option("--product", help="Code of the product, as in loan.product.")],
    amount: Annotated[str, typer.Option("--amount", help="Amount asked for, CNY.")],
    term_months: Annotated[int, typer.Option("--term-months", help="Term asked for, months.")],
    purpose: Annotated[str, typer.Option("--purpose", help="Code of the purpose, as in the products' lists.")],
    as_of: Annotated[str | None, typer.Option("--as-of", help="Day YYYY-MM-DD; today when not given.")] = None,
    known_on: Annotated[
        str | None, typer.Option("--known-on", help="Rules as known on this day; the as-of day when not given.")
    ] = None,
    bank: Annotated[
        str | None, typer.Option("--bank", help="Lending bank (institution_id), for its own bounds.")
    ] = None,
    sharing: Annotated[
        str, typer.Option("--sharing", help="Who shares the loss: usual, none, pool, guarantee or park.")
    ] = "usual",
    pool_left: Annotated[str | None, typer.Option("--pool-left", help="Money left in the pool, CNY.")] = None,
    pledge_value: Annotated[
        str | None, typer.Option("--pledge-value", help="Value of the pledge, CNY: its low end.")
    ] = None,
    repayment: Annotated[
        str | None, typer.Option("--repayment", help="bullet, equal_principal, equal_instalment or step_up.")
    ] = None,
    grace_months: Annotated[int, typer.Option("--grace-months", help="Months with interest alone.")] = 0,
    given: Annotated[
        list[str] | None, typer.Option("--given", help="NAME=VALUE of a further fact of the application, repeatable.")
    ] = None,
    report: Annotated[
        list[Path] | None, typer.Option("--report", help="Write the report to .docx or .pdf, repeatable.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write the result to .json.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing into the journal.")] = False,
    actor: Annotated[str | None, typer.Option("--actor", help="Who asks; the login name when not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output on stdout.")] = False,
    lang: Annotated[str | None, typer.Option("--lang", help="zh or en; the workspace's language by default.")] = None,
) -> None:
    """Advise on one loan: approve, decline or refer, with reasons, limit, price, term, sharing and monitoring."""
    from kejin.workflows.assess_loan import assess_loan as assess
    from kejin.workflows.lending_desk import LendingDesk
    from kejin.workflows.workspace import Workspace

    _check_paths(report or [], out)
    with Workspace.open(workspace) as opened:
        language = _language(lang, opened.language)
        for notice in opened.notices:
            typer.echo(notice, err=True)
        desk = LendingDesk(opened, _day(as_of), None if known_on is None else parse_day(known_on))
        words = _given_words(given or [], pledge_value)
        application = _application(
            company, product, amount, term_months, purpose, bank, sharing, pool_left, repayment, grace_months, words
        )
        desk.check_day(product)
        _prepare(desk, language)
        decision = assess(desk, application, actor or getpass.getuser(), write=not dry_run)
        _show(decision, desk, report or [], out, as_json, language)


def preapprove(
    workspace: Annotated[Path, typer.Argument(help="Workspace directory.")],
    as_of: Annotated[str | None, typer.Option("--as-of", help="Day YYYY-MM-DD; today when not given.")] = None,
    known_on: Annotated[
        str | None, typer.Option("--known-on", help="Rules as known on this day; the as-of day when not given.")
    ] = None,
    park: Annotated[str | None, typer.Option("--park", help="Only companies of this park (park_id).")] = None,
    product: Annotated[str | None, typer.Option("--product", help="Only this product.")] = None,
    offers_only: Annotated[bool, typer.Option("--offers-only", help="Only rows with an offer.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Write the list to .csv, .parquet, .xlsx or .json.")] = None,
    actor: Annotated[str | None, typer.Option("--actor", help="Who asks; the login name when not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output on stdout.")] = False,
    lang: Annotated[str | None, typer.Option("--lang", help="zh or en; the workspace's language by default.")] = None,
) -> None:
    """List every company against every product: offer, limit, price, and the first reason against it."""
    from kejin.app.loan_words import WORDS
    from kejin.workflows.lending_desk import LendingDesk
    from kejin.workflows.preapprove import preapprove as make_list
    from kejin.workflows.workspace import Workspace

    with Workspace.open(workspace) as opened:
        language = _language(lang, opened.language)
        for notice in opened.notices:
            typer.echo(notice, err=True)
        desk = LendingDesk(opened, _day(as_of), None if known_on is None else parse_day(known_on))
        desk.check_day(product)
        _prepare(desk, language)
        with _progress() as bar:
            task = bar.add_task(WORDS[language]["offers"], total=desk.companies)
            made = make_list(desk, actor or getpass.getuser(), lambda done, _: bar.update(task, completed=done))
        if out is not None:
            _write_list(desk, made.path, out, park, product, offers_only, language)
        _print_list(made, out, as_json, language)


def _day(text: str | None) -> date:
    return date.today() if text is None else parse_day(text)  # noqa: DTZ011 — the user's own day is meant


def _language(asked: str | None, default: Lang) -> Lang:
    if asked is None:
        return default
    if asked not in ("zh", "en"):
        raise UseError("app.language_unknown", lang=asked)
    return "zh" if asked == "zh" else "en"


def _check_paths(reports: list[Path], out: Path | None) -> None:
    """Refuses endings that nothing writes, before anything is worked out."""
    for path in reports:
        if path.suffix.lower() not in (".docx", ".pdf"):
            raise UseError("app.suffix_unknown", path=path, suffix=path.suffix or "-", known=".docx, .pdf")
    if out is not None and out.suffix.lower() != ".json":
        raise UseError("app.suffix_unknown", path=out, suffix=out.suffix or "-", known=".json")


def _given_words(words: list[str], pledge_value: str | None) -> dict[str, Any]:
    """NAME=VALUE words as inputs; the pledge's value in all three columns, its kind an invention unless told."""
    from kejin.workflows.loan_application import given_value

    found: dict[str, Any] = {}
    if pledge_value is not None:
        low = given_value("pledge_value_fen_low", pledge_value)
        found = {"pledge_value_fen_low": low, "pledge_right_kind": "invention", "pledge_valuation": "internal"}
    for word in words:
        name, sign, text = word.partition("=")
        if not sign:
            raise UseError("app.given_wrong", word=word)
        found[name] = given_value(name, text)
    return found


def _application(
    company: str, product: str, amount: str, term_months: int, purpose: str, bank: str | None, sharing: str,
    pool_left: str | None, repayment: str | None, grace_months: int, given: dict[str, Any],
) -> Application:  # fmt: skip
    from kejin.workflows.loan_application import Application

    return Application(
        company_id=company,
        product=product,
        amount_cny=_amount(amount, "--amount"),
        term_months=term_months,
        purpose=purpose,
        bank=bank,
        sharing=sharing,  # type: ignore[arg-type]
        pool_left_cny=None if pool_left is None else _amount(pool_left, "--pool-left"),
        repayment=repayment,  # type: ignore[arg-type]
        grace_months=grace_months,
        given=given,
    )


def _amount(text: str, option: str) -> Decimal:
    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation as error:
        raise UseError("app.amount_unreadable", option=option, text=text) from error


def _prepare(desk: LendingDesk, lang: Lang) -> None:
    """The borrowers' file is made once a day and set of facts, and kept for the next question."""
    from kejin.app.loan_words import WORDS

    with _progress() as bar:
        bar.add_task(WORDS[lang]["borrowers"], total=None)
        desk.borrowers()


def _show(
    decision: LoanDecision, desk: LendingDesk, reports: list[Path], out: Path | None, as_json: bool, lang: Lang
) -> None:
    from kejin.app.loan_report import loan_report
    from kejin.app.loan_words import DECIDED, WORDS

    company = decision.case.application.company_id
    plain = decision.as_plain() | {
        "company": company,
        "as_of": decision.rules.as_of,
        "advice_text": DECIDED[decision.advice].of(lang),
        "reasons": [
            {"code": one.code, "weight": one.severity, "text": one.label.of(lang), "detail": one.detail.of(lang)}
            for one in decision.reasons
        ],
        "journal_entry": decision.entry,
    }
    if out is not None:
        out.write_text(json.dumps(plain, ensure_ascii=False, indent=2, default=str), "utf-8")
    report = loan_report(decision, desk.sources(company), desk.standing(company), lang)
    for path in reports:
        write_report(report, path, lang)
        typer.echo(WORDS[lang]["reports_written"].format(path), err=True)
    if as_json:
        typer.echo(json.dumps(plain, ensure_ascii=False, indent=2, default=str))
    else:
        _print_report(report, len(decision.unverified), lang)


def write_report(report: Report, path: Path, lang: Lang) -> None:
    """The report as Word or PDF, by the ending of the path."""
    if path.suffix.lower() == ".docx":
        from kejin.app.write_word import write_word

        write_word(report, path)
    else:
        from kejin.app.loan_report import as_data
        from kejin.app.write_pdf import TEMPLATES, write_pdf

        write_pdf(TEMPLATES / "loan_report.typ", as_data(report), path, lang)


def _print_report(report: Report, unverified: int, lang: Lang) -> None:
    """The sections that belong on a screen; sources, rules and schedule are in the files."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from kejin.app.loan_words import WORDS

    console = Console(file=sys.stdout)
    console.print(
        Text(f"{report.title}：{report.advice_text}" if lang == "zh" else f"{report.title}: {report.advice_text}")
    )
    for label, text in report.head:
        console.print(Text(f"{label}  {text}"))
    for section in report.sections:
        if not section.on_screen:
            continue
        console.print(Text(f"\n{section.title}"), style="bold")
        for paragraph in section.paragraphs:
            console.print(Text(paragraph))
        for one in section.tables:
            table = Table(*one.head)
            for row in one.rows:
                table.add_row(*(Text(cell) for cell in row))
            console.print(table)
    typer.echo(report.footer, err=True)
    typer.echo(WORDS[lang]["unverified_used"].format(unverified), err=True)


def _write_list(
    desk: LendingDesk, made: Path, out: Path, park: str | None, product: str | None, offers_only: bool, lang: Lang
) -> None:
    from kejin.app.write_table import write_table
    from kejin.engines.run_query import read_parquet

    rows = read_parquet(desk.workspace.backend, made)
    if park is not None:
        rows = rows.filter(rows.park_id == park)
    if product is not None:
        rows = rows.filter(rows["product"] == product)
    if offers_only:
        rows = rows.filter(rows.offer == "yes")
    write_table(rows, out, lang)


def _print_list(made: Any, out: Path | None, as_json: bool, lang: Lang) -> None:
    from rich.console import Console
    from rich.table import Table

    from kejin.app.loan_words import OFFERS, WORDS

    words, rules = WORDS[lang], made.rules
    entry = None if made.entry is None else made.entry.sequence
    if as_json:
        content = {
            "as_of": rules.as_of,
            "edition": rules.edition,
            "companies": made.companies,
            "offers": made.counts,
            "not_in_force": {name: error.part("what", lang) for name, error in rules.absent.items()},
            "file": str(out or made.path),
            "result_hash": made.result_hash,
            "journal_entry": entry,
            "unverified": list(rules.unverified),
        }
        typer.echo(json.dumps(content, ensure_ascii=False, indent=2, default=str))
        return
    table = Table(words["product"], *(OFFERS[name].of(lang) for name in ("yes", "no", "open")))
    for name, counts in made.counts.items():
        table.add_row(rules.products[name].label.of(lang), *(f"{counts[offer]:,}" for offer in ("yes", "no", "open")))
    Console(file=sys.stdout).print(table)
    done = words["companies_done"].format(
        companies=made.companies, products=len(rules.products), as_of=rules.as_of, entry=entry
    )
    typer.echo(done, err=True)
    typer.echo(words["file"].format(out or made.path), err=True)
    for error in rules.absent.values():
        typer.echo(words["absent"].format(error.part("what", lang)), err=True)
    typer.echo(words["unverified_used"].format(len(rules.unverified)), err=True)


def _progress() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
