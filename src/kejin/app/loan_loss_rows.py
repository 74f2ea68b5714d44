"""What does the report say of the loss of a loan? Loss rate with its basis, expected loss, stage, as table rows."""

from __future__ import annotations

from collections.abc import Iterable

from kejin.app.loan_words import WORDS
from kejin.app.shown import cite_text
from kejin.errors import Lang
from kejin.rule_values import Citation
from kejin.units import money_text, percent_text
from kejin.workflows.loan_decision import LoanDecision


def cites_text(cites: Iterable[Citation], lang: Lang) -> str:
    """The documents of some rule values; a profile of our own is said to be one."""
    return "；".join(dict.fromkeys(cite_text(cite, lang) for cite in cites))


def loss_basis(decision: LoanDecision, lang: Lang) -> tuple[tuple[str, ...], ...]:
    """What is lost if the loan fails and on average, each figure with what it rests on."""
    words, figures, rules = WORDS[lang], decision.case.figures, decision.rules.figures
    assert figures is not None
    loss, low, rate = figures.loss, rules.loss.loss_rate_floor, rules.loss.unsecured_loss_rate
    recovered = percent_text(float(loss.collateral[0]), 1)
    rows = [
        (words["exposure"], money_text(round(float(figures.exposure_cny[0]), 2), lang), words["exposure_basis"]),
        (words["recovered"], recovered, cites_text((rules.loss.collateral.cite,), lang)),
        (words["unsecured"], percent_text(rate.number, 1), cites_text((rate.cite,), lang)),
        (
            words["loss_whole"],
            percent_text(float(loss.whole[0]), 1),
            words["loss_whole_basis"].format(percent_text(low.number, 1)),
        ),
        (
            words["loss_bank"],
            percent_text(float(loss.bank[0]), 1),
            cites_text((rules.loss.payer_reliability.cite,), lang),
        ),
    ]
    found = decision.provision
    if found is not None:
        stage = words["open"] if found.stage is None else words[f"stage_{found.stage}"]
        scenarios = cites_text((rules.provision.scenarios.cite,), lang)
        rows += [
            (words["loss_12_months"], money_text(round(found.year_cny, 2), lang), scenarios),
            (words["loss_lifetime"], money_text(round(found.lifetime_cny, 2), lang), words["loss_lifetime_basis"]),
            (words["impairment_stage"], stage, cites_text((rules.provision.significant_overdue_days.cite,), lang)),
            (words["set_aside"], _set_aside(found.set_aside_cny, lang), words["set_aside_basis"]),
        ]
    return tuple(rows)


def _set_aside(amount: float | None, lang: Lang) -> str:
    return WORDS[lang]["open"] if amount is None else money_text(round(amount, 2), lang)
