"""Reasons: their order, and the advice that they give."""

from __future__ import annotations

from kejin.credit.reasons import PRECEDENCE, REASONS, SEVERITIES, advice_of, gate_reason, in_order, reason
from kejin.schemes.scheme import Label

NOTHING = Label("", "")


def test_the_gravest_reason_gives_the_advice() -> None:
    assert advice_of([]) == "approve"
    assert advice_of([reason("pool_exhausted")]) == "approve"
    assert advice_of([reason("pool_exhausted"), reason("model_absent")]) == "refer"
    assert advice_of([reason("model_absent"), gate_reason("active", NOTHING, False, NOTHING, ())]) == "decline"


def test_reasons_stand_in_documented_order_whatever_order_they_were_found_in() -> None:
    found = [reason(code) for code in PRECEDENCE if not code.startswith("gate")]
    found += [
        gate_reason("purpose", NOTHING, False, NOTHING, ()),
        gate_reason("technology", NOTHING, None, NOTHING, ()),
    ]
    ordered = in_order(reversed(found))
    assert [one.code for one in ordered] == [
        *("product_not_in_force", "gate.purpose", "default_probability_high", "limit_zero"),
        *("statements_missing", "gate_open.technology", "limit_open", "model_absent", "model_expired"),
        *("default_probability_middle", "limit_far_below_amount"),
        *("limit_below_amount", "pool_exhausted", "price_capped", "pledge_unvalued"),
    ]


def test_an_open_condition_refers_and_a_failed_one_declines() -> None:
    assert gate_reason("active", NOTHING, None, NOTHING, ()).severity == "refer"
    assert gate_reason("active", NOTHING, False, NOTHING, ()).severity == "decline"


def test_the_list_goes_from_grave_to_light_and_speaks_both_languages() -> None:
    weights = [SEVERITIES.index(REASONS[code][0]) for code in PRECEDENCE]
    assert weights == sorted(weights)
    assert all(label.zh and label.en for _, label in REASONS.values())
