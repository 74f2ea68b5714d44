"""Loan cases: the list, who goes against the advice how often, and applying: search first, then at most 12 fields.

Areas are taken in the order of their files' names: the fixed addresses here come before `/cases/{case_id}`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from fastapi import Form
from fastapi.responses import Response

from kejin.app.loan_words import DECIDED
from kejin.app.web.case_view import advice_text, case_words, person_text, repayment_names, row_view, sharing_names
from kejin.app.web.excel_bytes import XLSX, excel_bytes
from kejin.app.web.site import Ask, Site
from kejin.casework.case_lists import cases_of, overrides
from kejin.casework.case_states import STATES, STEPS, CaseState
from kejin.casework.loan_cases import LoanCases
from kejin.casework.people import head_office
from kejin.errors import InputError
from kejin.workflows.loan_application import Application, given_value

SITE = Site()
_SEARCH = """
SELECT company_id, name, district FROM (
    SELECT *, row_number() OVER (PARTITION BY company_id ORDER BY known_on DESC) AS newest
    FROM company WHERE known_on <= $as_of AND (company_id = upper($words) OR contains(lower(name), lower($words)))
) WHERE newest = 1 ORDER BY name, company_id LIMIT 20
"""
_BRANCHES = """
SELECT institution_id, any_value(name) AS name FROM institution
WHERE institution_kind = 'bank' AND parent_id <> '' AND known_on <= $as_of GROUP BY 1 ORDER BY 2, 1
"""
TEXT = Annotated[str, Form(max_length=4_000)]
SHORT = Annotated[str, Form(max_length=80)]


@SITE.get("/cases", "case.see")
def case_list(ask: Ask, state: str = "open", advice: str = "", q: str = "") -> Response:
    """The cases of the person's scope."""
    rows = _rows(ask, state, advice, q)
    inside = ask.may("case.inside")
    return ask.page(
        "cases.html",
        rows=rows,
        inside=inside,
        state=state,
        advice=advice,
        q=q,
        states={name: label.of(ask.lang) for name, label in STATES.items()},
        advices={name: label.of(ask.lang) for name, label in DECIDED.items()} if inside else {},
    )


@SITE.get("/cases/export.xlsx", "case.see")
def case_export(ask: Ask, state: str = "open", advice: str = "", q: str = "") -> Response:
    """The same list as an Excel file."""
    rows, t = _rows(ask, state, advice, q), ask.t
    heads = [t("Case"), t("Company"), t("Code"), t("Product"), t("Amount (CNY)"), t("Term (months)"), t("State")]
    heads += [t("Advice"), t("Due"), t("As of"), t("Changed")]
    cells = [
        [
            *(row["case_id"], row["company_name"], row["company_id"], row["product_text"], float(row["amount_cny"])),
            *(row["term_months"], row["state_text"], row["advice_text"], row["due_on"], row["as_of"]),
            row["changed_at"],
        ]
        for row in rows
    ]
    return ask.file(excel_bytes(t("Loan cases"), heads, cells), f"{t('Loan cases')}.xlsx", XLSX)


def _rows(ask: Ask, state: str, advice: str, q: str) -> list[dict[str, Any]]:
    inside = ask.may("case.inside")
    known = state if state in STATES or state == "open" else ""
    chosen = advice if inside and advice in DECIDED else ""
    rows = cases_of(ask.serving.store, ask.person, ask.scope, state=known, advice=chosen, words=q.strip()[:80])
    words = case_words(ask, ask.as_of)
    return [row_view(row, words, ask.lang, inside) for row in rows]


@SITE.get("/cases/overrides", "case.overrides")
def override_list(ask: Ask) -> Response:
    """How often each person went against the advice, with the acts and their reasons."""
    counts, acts = overrides(ask.serving.store, ask.person, ask.scope)
    return ask.page(
        "case_overrides.html",
        counts=[(person_text(ask.serving, one.person_id, ask.lang), one) for one in counts],
        acts=[
            (one, person_text(ask.serving, one.person_id, ask.lang), STEPS[one.kind].label.of(ask.lang),
             advice_text(one.advice, ask.lang))
            for one in acts
        ],
    )  # fmt: skip


@SITE.get("/cases/apply", "case.open")
def apply_page(ask: Ask, q: str = "", company: str = "") -> Response:
    """Search before create: the company, its cases so far, then the form."""
    own = ask.person.company_id if ask.person.role == "company" else None
    chosen = own or company.strip()[:18]
    if not chosen:
        typed = q.strip()[:80]
        found = ask.serving.rows("case_search", _SEARCH, words=typed, as_of=ask.as_of) if typed else []
        rows = [row | {"may_read": ask.may_read(row["company_id"])} for row in found]
        template = "case_company_rows.html" if ask.wants_part else "case_company.html"
        return ask.page(template, q=typed, rows=rows)
    name = ask.check_company(chosen)
    words = case_words(ask, ask.as_of)
    before = cases_of(ask.serving.store, ask.person, ask.scope, company_id=chosen)
    return ask.page(
        "case_apply.html",
        company_id=chosen,
        name=name,
        own=own is not None,
        branches=ask.serving.rows("case_branches", _BRANCHES, as_of=ask.as_of) if own else [],
        before=[row_view(row, words, ask.lang, ask.may("case.inside")) for row in before],
        products={code: label.of(ask.lang) for code, label in words.products.items()},
        purposes={code: label.of(ask.lang) for code, label in words.purposes.items()},
        sharings=sharing_names(ask.lang),
        repayments=repayment_names(ask.lang),
    )


@SITE.post("/cases/apply", "case.open")
def apply(
    ask: Ask,
    company: SHORT,
    product: SHORT,
    amount: SHORT,
    term_months: Annotated[int, Form(ge=1, le=600)],
    purpose: SHORT,
    comment: TEXT,
    sharing: SHORT = "usual",
    repayment: SHORT = "",
    grace_months: Annotated[int, Form(ge=0, le=600)] = 0,
    pledge_value: SHORT = "",
    given: TEXT = "",
    branch: SHORT = "",
) -> Response:
    """A new case, by an officer or by the company for itself."""
    given_more = given_facts(pledge_value, given)

    def asked(bank: str) -> Application:
        return Application(
            company_id=company,
            product=product,
            amount_cny=decimal_of(amount),
            term_months=term_months,
            purpose=purpose,
            bank=bank,
            sharing=sharing,  # type: ignore[arg-type]
            repayment=repayment or None,  # type: ignore[arg-type]
            grace_months=grace_months,
            given=given_more,
        )

    state = open_case(ask, company, branch, comment, asked)
    return ask.go(f"/cases/{state.case_id}", ask.t("The case is opened."))


def open_case(ask: Ask, company_id: str, branch: str, comment: str, asked: Callable[[str], Application]) -> CaseState:
    """A new case for a page or a program: at the officer's branch, or at the one that the company itself names.

    asked   the application to a bank, by its head office.
    """
    name = ask.check_company(company_id)
    check_evaluated(ask, ask.as_of)
    place = _branch(ask, branch) if ask.person.role == "company" else ask.person.institution_id or ""
    consents = ask.serving.consents_of(company_id)
    rules = case_words(ask, ask.as_of).rules  # before a reader is taken: two at once could wait for each other
    with ask.serving.pool.reader() as reader:
        cases, desk = LoanCases(ask.serving.store), reader.desk(ask.as_of)
        return cases.apply(ask.person, place, name, asked(head_office(place)), desk, rules, comment, consents)


def check_evaluated(ask: Ask, as_of: date) -> None:
    """Raises InputError casework.day_not_evaluated: evaluating all companies is long work, not part of a request."""
    days = ask.serving.days()
    if as_of not in days:
        raise InputError("casework.day_not_evaluated", as_of=as_of, days=", ".join(str(day) for day in days[:5]) or "-")


def _branch(ask: Ask, branch: str) -> str:
    known = {row["institution_id"] for row in ask.serving.rows("case_branches", _BRANCHES, as_of=ask.as_of)}
    if branch not in known:
        ask.no_object(branch or "-")
    return branch


def given_facts(pledge_value: str, given: str) -> dict[str, Any]:
    """Further facts of the application: the value of a pledge, and NAME=VALUE lines.

    Raises   InputError app.given_wrong, workflows.given_unknown, workflows.given_wrong.
    """
    found: dict[str, Any] = {}
    if pledge_value.strip():
        low = given_value("pledge_value_fen_low", pledge_value.replace(",", "").strip())
        found = {"pledge_value_fen_low": low, "pledge_right_kind": "invention", "pledge_valuation": "internal"}
    for line in given.splitlines():
        if line.strip():
            name, sign, value = line.partition("=")
            if not sign:
                raise InputError("app.given_wrong", word=line.strip()[:80])
            found[name.strip()] = given_value(name.strip(), value.strip())
    return found


def decimal_of(text: str) -> Decimal:
    """An amount as typed; NaN, which every check refuses, where it is none."""
    try:
        return Decimal(text.replace(",", "").strip())
    except InvalidOperation:
        return Decimal("NaN")
