"""What do the pages of loan cases show? States, names and histories in words; nothing is computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kejin.app.loan_words import DECIDED, WORDS
from kejin.app.web.serving import Serving
from kejin.app.web.site import Ask
from kejin.casework.case_states import STATES, STEPS, CaseState
from kejin.casework.events import Event
from kejin.casework.permissions import ROLES
from kejin.errors import InputError
from kejin.schemes.scheme import Label
from kejin.workflows.case_rules import CaseRules, case_rules
from kejin.workflows.lending_desk import LendingDesk
from kejin.workflows.loan_application import REPAYMENTS, SHARING_CHOICES

OUTCOMES = {
    "exempt": Label("免责", "Exempt"),
    "partial": Label("减轻责任", "Partly liable"),
    "liable": Label("应追责", "Liable"),
}
ENDINGS = {
    "repaid": Label("结清", "Repaid"),
    "written_off": Label("核销", "Written off"),
    "transferred": Label("转让", "Transferred"),
}
_SAID = ("comment", "proof", "override_reason", "told")


@dataclass(frozen=True)
class CaseWords:
    """Products and purposes of a day: code -> name; and the rules of handling."""

    products: Mapping[str, Label]
    purposes: Mapping[str, Label]
    rules: CaseRules
    unverified: Sequence[str]


def case_words(ask: Ask, as_of: date) -> CaseWords:
    """What is in force on a day, kept by the server."""

    def made(desk: LendingDesk) -> CaseWords:
        rules = case_rules(desk.as_of, desk.rules.known_on, desk.workspace.overlay_path)
        products = {name: one.label for name, one in desk.rules.products.items()}
        return CaseWords(products, desk.rules.purposes, rules, rules.unverified)

    return ask.serving.kept(("case_words", as_of), lambda reader: made(reader.desk(as_of)))


def sharing_names(lang: str) -> dict[str, str]:
    """Ways to share the loss, in words."""
    usual = "按产品通常方式" if lang == "zh" else "usual for the product"
    words = WORDS["zh" if lang == "zh" else "en"]
    return {code: usual if code == "usual" else words[f"sharing_{code}"] for code in SHARING_CHOICES}


def repayment_names(lang: str) -> dict[str, str]:
    """Ways of repayment, in the language of the page."""
    words = WORDS["zh" if lang == "zh" else "en"]
    return {code: words[f"repay_{code}"] for code in REPAYMENTS}


def state_text(state: str, lang: str) -> str:
    """The state of a case in words."""
    return STATES[state].of(lang)


def advice_text(advice: str | None, lang: str) -> str | None:
    """What the model advises, in words."""
    return None if advice is None else DECIDED[advice].of(lang)


def row_view(row: Mapping[str, Any], words: CaseWords, lang: str, inside: bool) -> dict[str, Any]:
    """A line of the list; the advice is the bank's own."""
    product = words.products.get(row["product"])
    return dict(row) | {
        "product_text": row["product"] if product is None else product.of(lang),
        "state_text": state_text(row["state"], lang),
        "advice_text": advice_text(row["advice"], lang) if inside else None,
    }


def history_view(ask: Ask, events: Sequence[Event]) -> list[dict[str, Any]]:
    """Every step: when, who, what was said, and the journal's entry."""
    named = {code: label.of(ask.lang) for code, label in case_words(ask, ask.as_of).rules.duties.items()}
    for event in events:
        if event.kind == "assessed":
            named |= {one["code"]: one[ask.lang] for one in event.details["checks"]}
    return [
        {
            "version": event.version,
            "label": STEPS[event.kind].label.of(ask.lang),
            "at": event.happened_at,
            "actor": person_text(ask.serving, event.actor, ask.lang),
            "said": [str(event.details[name]) for name in _SAID if event.details.get(name)],
            "override": bool(event.details.get("override")),
            "facts": _facts(event, ask.lang, named),
            "entry": event.journal_entry,
        }
        for event in events
    ]


def _facts(event: Event, lang: str, named: Mapping[str, str]) -> str:
    """What was entered in a step; duties and checks by their names."""
    said, zh = event.details, lang == "zh"
    if event.kind == "frozen":
        model = said["model"] or ("无模型" if zh else "no model")
        names = ("截至日", "事实", "规则", "模型") if zh else ("as of", "facts", "rules", "model")
        values = (said["as_of"], said["facts_state"][:12], said["rule_edition"][:12], model[:26])
        return " · ".join(f"{name} {value}" for name, value in zip(names, values, strict=True))
    if event.kind == "assessed":
        return advice_text(said["decision"]["advice"], lang) or ""
    if event.kind in ("proposed", "approved") and said.get("amount_cny") is not None:
        return f"{said['amount_cny']:,.2f} {'元' if zh else 'CNY'}"
    if event.kind == "disbursed":
        way = (
            ("受托支付" if zh else "entrusted payment")
            if said.get("entrusted")
            else ("自主支付" if zh else "to the company")
        )
        return " · ".join(
            (f"{said['amount_cny']:,.2f} {'元' if zh else 'CNY'}", str(said["paid_on"]), said["payee"], way)
        )
    if event.kind in ("exemption_proposed", "exemption_decided"):
        outcome = said["outcome"]
        return ("不同意" if zh else "not agreed") if outcome is None else OUTCOMES[outcome].of(lang)
    if event.kind == "closed":
        return ENDINGS[said["how"]].of(lang)
    code = str(said.get("duty") or said.get("check") or "")
    return named.get(code, code)


def person_text(serving: Serving, person_id: str, lang: str) -> str:
    """A person's name with their role now."""
    person = serving.people.find(person_id)
    return person_id if person is None else f"{person.name}（{ROLES[person.role].of(lang)}）"


def last_of(events: Sequence[Event], *kinds: str) -> Event | None:
    """The newest event of a kind; None where there is none."""
    return next((event for event in reversed(events) if event.kind in kinds), None)


def why_not(ask: Ask, check: Any, state: CaseState) -> str | None:
    """The sentence why this person may not decide; None where they may."""
    try:
        check(ask.person, state)
    except InputError as error:
        return error.part("what", ask.lang)
    return None
