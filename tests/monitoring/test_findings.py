"""Relations, ends, look-back, evidence and the picture on cases small enough to be done by hand."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import numpy as np
import pytest

from kejin.errors import InputError
from kejin.monitoring.account_ends import (
    CLASS,
    OWN,
    RELATED_COMPANY,
    RELATED_PERSON,
    AccountFacts,
    account_classes,
    memo_classes,
    step_classes,
)
from kejin.monitoring.chance_return import chance_return
from kejin.monitoring.entrusted_payments import VERDICTS, entrusted_payments
from kejin.monitoring.follow_money import MoneyFollower
from kejin.monitoring.loan_payments import DAY, TracedLoans
from kejin.monitoring.look_back import repaid_first_fen
from kejin.monitoring.misuse_evidence import evidence_strength
from kejin.monitoring.money_picture import money_picture
from kejin.monitoring.reached_ends import reached_ends
from kejin.monitoring.related_parties import TIE_KINDS, Ties, relation_of, relations_of
from kejin.monitoring.trace import Bounds
from kejin.workflows.tracing_rules import tracing_rules

from .ledgers import drawdowns_of, ledger_of

RULES_OF_DAY = tracing_rules(date(2026, 9, 30))
NONE = np.zeros(0, np.int64)


def test_a_shared_owner_relates_and_a_crowded_address_does_not() -> None:
    # Holders 0 borrower, 1 sister (same owner, key 0), 2..4 neighbours (address, key 1), 5 the owner as a person.
    pairs = [(0, 0, "ownership"), (1, 0, "ownership"), *((n, 1, "address") for n in (0, 2, 3, 4))]
    holder, key, kind = zip(*pairs, strict=True)
    ties = Ties(
        np.array(holder), np.array(key), np.array([TIE_KINDS.index(k) for k in kind]), np.array([-1, -1, -1, -1, -1, 0])
    )
    person = np.array([False, False, False, False, False, True])
    everyone = np.arange(6)

    def seen(companies_max: int) -> list[int]:
        relations = relations_of(ties, np.array([0]), companies_max)
        return relation_of(relations, np.zeros(6, np.int64), everyone, person).tolist()

    assert seen(10) == [OWN, RELATED_COMPANY, RELATED_COMPANY, RELATED_COMPANY, RELATED_COMPANY, RELATED_PERSON]
    assert seen(3) == [OWN, RELATED_COMPANY, -1, -1, -1, RELATED_PERSON]


def test_an_account_is_what_its_kind_says_and_then_what_its_holder_is_to_the_borrower() -> None:
    kinds = ["margin", "current", "current", None, "loan_repayment", "loan_repayment", "current"]
    accounts = AccountFacts(
        list("abcdefg"), np.arange(7), [*["company"] * 3, "other", "institution", "institution", "person"],
        kinds, ["C3911", "C3911", "J6635", "K7010", None, None, None], np.array([0, 0, 0, 0, 0, 1, 0]),
    )  # fmt: skip
    classes = account_classes(accounts, RULES_OF_DAY.ends)
    relation = np.array([OWN, OWN, -1, -1, -1, -1, RELATED_PERSON])
    memo = memo_classes([None, None, None, None, "归还贷款本金", None, "工资"], RULES_OF_DAY.ends)
    found = step_classes(classes, np.arange(7), relation, memo, accounts.institution, np.zeros(7, np.int64))
    names = ("margin", "own_account", "micro_lender", "property", "own_bank_loan", "other_bank_loan", "related_person")
    assert found.tolist() == [CLASS[name] for name in names]
    assert classes.stops.tolist() == [False, False, True, True, True, True, False]


def test_reached_and_stayed_by_hand() -> None:
    # 0 lends 100 to 1; 1 pays 80 to 2, 2 pays 50 to 3 (property); 20 stays with 1, 30 with 2.
    ledger, drawdowns = ledger_of([(0, 1, 100), (1, 2, 80), (2, 3, 50)], [100, 0, 0, 0]), drawdowns_of([(0, 3)])
    stops = np.array([False, False, False, True])
    trace = MoneyFollower(ledger).trace("lifo", drawdowns, ~stops, Bounds(8, 0))
    supplier, place = CLASS["supplier"], CLASS["property"]
    classes = np.array([OWN, supplier, place])
    sums = reached_ends(trace, np.zeros(3, np.int64), classes, ledger, stops, np.array([100]))
    assert (sums.reached[0, supplier], sums.reached[0, place]) == (80, 50)
    assert (sums.stayed[0, OWN], sums.stayed[0, supplier], sums.stayed[0, place]) == (20, 30, 50)
    assert sums.out_of_sight.tolist() == [0]


@pytest.mark.parametrize(("repaid", "expected"), [(98, 100), (60, 0)])
def test_who_repaid_first_is_found_only_where_the_sums_are_alike(repaid: int, expected: int) -> None:
    # 3 repays the borrower's older loan (account 4), then the bank 0 lends 100 to 1, and 1 pays 100 to 3.
    ledger = ledger_of([(3, 4, repaid), (0, 1, 100), (1, 3, 100)], [100, 0, 0, 100, 0])
    ledger.time[:] = np.array([1, 5, 6]) * DAY
    drawdowns = drawdowns_of([(1, 3)])
    trace = MoneyFollower(ledger).trace("lifo", drawdowns, np.ones(5, bool), Bounds(8, 0))
    loans = TracedLoans(*(np.array([value]) for value in (1, 0, 1, 5 * DAY, 100, 100)))
    repayment = np.array([False, False, False, False, True])
    found = repaid_first_fen(
        ledger, trace, np.zeros(2, np.int64), np.array([OWN, CLASS["supplier"]]), loans, np.arange(5), repayment, 10,
        0.97, 1.04,
    )  # fmt: skip
    assert found.tolist() == [expected]


def test_evidence_is_one_less_the_product_of_what_speaks_against() -> None:
    signals = {"a": np.array([0.5, 0.0]), "b": np.array([1.0, 0.0]), "c": np.array([1.0, 1.0])}
    expected = 1 - (1 - Fraction(9, 10) / 2) * (1 - Fraction(2, 10))
    found = evidence_strength(signals, {"a": 0.9, "b": 0.2})
    assert found.tolist() == pytest.approx([float(expected), 0.0], abs=1e-15)
    with pytest.raises(InputError, match="signal_unknown"):
        evidence_strength(signals, {"no_such": 0.5})


def test_a_return_that_order_alone_makes_is_seen_to_be_chance() -> None:
    # 1 and 2 pay each other the same sums all day long: whatever is lent to 1 comes back by chance.
    rows = [(0, 1, 10)] + [(1, 2, 10), (2, 1, 10)] * 10
    ledger, drawdowns = ledger_of(rows, [10, 0, 0]), drawdowns_of([(0, len(rows))])
    follows = np.ones(3, dtype=bool)

    def returned(ledger_, trace) -> np.ndarray:  # type: ignore[no-untyped-def]
        back = (ledger_.target[trace.row] == 1) & (trace.hop > 1)
        return np.array([min(int(trace.fen[back].sum()), 10)])

    trace = MoneyFollower(ledger).trace("lifo", drawdowns, follows, Bounds(8, 0))
    seen = returned(ledger, trace)
    assert seen.tolist() == [10]
    rate = chance_return(ledger, drawdowns, follows, Bounds(8, 0), returned, seen, 20, 30)
    assert rate.at_least[0] > 0.5


def test_each_payment_has_one_verdict() -> None:
    rows = [(0, 1, 900), (1, 2, 150), (1, 3, 150), (1, 4, 150), (1, 5, 50), (1, 6, 60)]
    ledger, drawdowns = ledger_of(rows, [900, 0, 0, 0, 0, 0, 0]), drawdowns_of([(0, 6)])
    trace = MoneyFollower(ledger).trace("lifo", drawdowns, np.ones(7, bool), Bounds(8, 0))
    threshold = np.array([-1, 100, 100, 100, 100, -1])
    entrusted = np.array([False, True, True, False, False, False])
    papers = np.array([False, True, False, False, True, False])
    found = entrusted_payments(trace, np.full(6, CLASS["supplier"]), ledger, threshold, entrusted, papers)
    assert [VERDICTS[one] for one in found.verdict] == list(VERDICTS)


def test_a_picture_of_thousands_of_accounts_stays_readable_and_keeps_its_sums() -> None:
    many = 3_000
    rows = [(0, 1, 10 * many), *((1, 2 + n, 10) for n in range(many))]
    ledger, drawdowns = ledger_of(rows, [0] * (many + 2)), drawdowns_of([(0, len(rows))])
    trace = MoneyFollower(ledger).trace("lifo", drawdowns, np.ones(many + 2, bool), Bounds(8, 0))
    account = ledger.target[trace.row].astype(np.int64)
    picture = money_picture(
        account, trace.hop.astype(np.int64), trace.parent.astype(np.int64), account % 7, trace.fen, trace.kept_fen
    )
    assert len(picture.nodes) <= 200
    assert sum(link.fen for link in picture.links) == 10 * many
    assert sum(node.accounts for node in picture.nodes if node.hop == 1) == many
    assert money_picture(NONE, NONE, NONE, NONE, NONE, NONE).nodes == ()
