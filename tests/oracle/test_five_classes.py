"""Grades against a second derivation at every edge, and what must hold of all of them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import five_classes_oracle as oracle
import ibis
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kejin.errors import InputError
from kejin.monitoring.five_classes import EVENT_SCHEMA, GRADES, REASONS, FiveClassRules, grade_loans
from kejin.policy.lookups import Lookups
from kejin.policy.rule_book import RuleBook
from kejin.workflows.fill_rules import fill_rules

AS_OF = date(2026, 9, 30)
STATE_ON = date(2026, 8, 31)
LOANS = {
    "loan_id": "string", "company_id": "string", "bank_id": "string", "restructured": "boolean", "granted_on": "date",
    "state_on": "date", "balance_fen": "int64", "overdue_principal_fen": "int64", "overdue_interest_fen": "int64",
    "overdue_days": "int64", "bank_grade": "string",
}  # fmt: skip
EDGE_DAYS = (0, 1, 89, 90, 91, 269, 270, 271, 359, 360, 361)


def rules_of(day: date) -> FiveClassRules:
    return fill_rules(FiveClassRules, Lookups(RuleBook.shipped(), day))


RULES = rules_of(AS_OF)


def loan(balance: int | None = 100, days: int | None = 0, bank: str = "A", **more: Any) -> dict[str, Any]:
    return {"bank": bank, "balance": balance, "days": days, "events": {}, **more}


def graded(
    debtors: list[list[dict[str, Any]]], as_of: date = AS_OF, rules: FiveClassRules = RULES
) -> list[list[dict[str, Any]]]:
    """The model's rows, debtor by debtor."""
    rows, events, names = [], [], []
    for number, debtor in enumerate(debtors):
        for place, one in enumerate(debtor):
            name = f"L{number:04}-{place:04}"
            names.append(name)
            rows.append((
                name, f"C{number:04}", one["bank"], one.get("restructured"), one.get("granted_on", date(2025, 1, 1)),
                one.get("state_on", STATE_ON), one["balance"], one.get("overdue"), None, one["days"], "normal",
            ))  # fmt: skip
            for event, days in one["events"].items():
                events += [(name, event, day, None) for day in days]
            if one.get("share") is not None:
                events.append((name, "expected_credit_loss", date(2026, 1, 1), float(one["share"])))
    loans = ibis.memtable(rows, schema=ibis.schema(LOANS))
    given_events = ibis.memtable(events, schema=ibis.schema(EVENT_SCHEMA))
    found = {row["loan_id"]: row for row in grade_loans(loans, given_events, as_of, rules).to_pyarrow().to_pylist()}
    assert sorted(found) == sorted(names)
    return [
        [found[f"L{number:04}-{place:04}"] for place in range(len(debtor))] for number, debtor in enumerate(debtors)
    ]


def ranks(rows: list[dict[str, Any]]) -> list[int]:
    return [GRADES.index(row["grade"]) for row in rows]


def edges() -> list[list[dict[str, Any]]]:
    """Debtors at every edge: days, both shares exactly and one fen beyond, observation, events, expected loss."""
    day = timedelta(days=1)
    cases = [[loan(days=days)] for days in EDGE_DAYS]
    # Of 1,000 at the same bank, then of 1,000 at all banks: exactly 10% and 20% are not above them.
    cases += [[loan(bad, events={"credit_impaired": [AS_OF]}), loan(1000 - bad)] for bad in (99, 100, 101)]
    cases += [[loan(late, 91, "A"), loan(800 - late, 0, "B"), loan(200, 90, "C")] for late in (199, 200, 201)]
    cases.append([loan(10, 91, "A"), loan(990, 0, "B")])
    for back in (364, 365, 366):
        cases += [[loan(events={"restructured": [AS_OF - back * day]})],
                  [loan(events={"restructured": [AS_OF - (back + 100) * day, AS_OF - 100 * day]})]]  # fmt: skip
    for name in ("misuse_confirmed", "refinanced", "bad_at_other_bank", "credit_impaired"):
        cases += [[loan(events={name: [AS_OF + shift * day]})] for shift in (0, 1)]
    shares = ("0.49", "0.5", "0.51", "0.89", "0.9", "0.91")
    return cases + [[loan(share=Fraction(share))] for share in shares]


def test_every_edge_agrees_with_the_oracle() -> None:
    cases = edges()
    for case, rows in zip(cases, graded(cases), strict=True):
        assert ranks(rows) == oracle.grades(case, AS_OF), case


def test_on_the_day_before_the_measures_nothing_is_graded() -> None:
    assert oracle.grades([loan()], date(2023, 6, 30)) is None
    with pytest.raises(InputError, match=r"policy\.nothing_in_force"):
        rules_of(date(2023, 6, 30))
    first = date(2023, 7, 1)
    debtor = [loan(days=91, state_on=date(2023, 6, 30), granted_on=date(2022, 1, 1))]
    (rows,) = graded([debtor], first, rules_of(first))
    assert ranks(rows) == oracle.grades(debtor, first) == [2]


_ONE = st.fixed_dictionaries(
    {
        "bank": st.sampled_from("ABC"),
        "balance": st.sampled_from([1, 10, 100, 900, 1000, 10**12]),
        "days": st.sampled_from(EDGE_DAYS),
        "events": st.dictionaries(
            st.sampled_from(["misuse_confirmed", "refinanced", "restructured", "credit_impaired"]),
            st.lists(st.dates(date(2024, 1, 1), date(2027, 1, 1)), min_size=1, max_size=2, unique=True),
            max_size=2,
        ),
    }
)
# One query grades many debtors: few examples with many debtors try as much as many examples, in a tenth of the time.
_DEBTORS = st.lists(st.lists(_ONE, min_size=1, max_size=4), min_size=15, max_size=25)
_FEW = settings(max_examples=3, suppress_health_check=[HealthCheck.too_slow])


@_FEW
@given(_DEBTORS)
def test_random_debtors_agree_with_the_oracle(debtors: list[list[dict[str, Any]]]) -> None:
    for debtor, rows in zip(debtors, graded(debtors), strict=True):
        assert ranks(rows) == oracle.grades(debtor, AS_OF)


@_FEW
@given(_DEBTORS, st.integers(1, 400))
def test_more_overdue_days_never_improve_a_grade(debtors: list[list[dict[str, Any]]], more: int) -> None:
    later = [[one | {"days": one["days"] + more} if place == 0 else one for place, one in enumerate(debtor)]
             for debtor in debtors]  # fmt: skip
    found = graded(debtors + later)
    for before, after in zip(found[: len(debtors)], found[len(debtors) :], strict=True):
        assert all(new >= old for old, new in zip(ranks(before), ranks(after), strict=True))


def test_every_reason_cites_its_rule_in_both_languages() -> None:
    rows = graded([[loan(days=120), loan(5, bank="B"), loan(7, bank="A", events={"misuse_confirmed": [AS_OF]})]])[0]
    assert rows[0]["reasons"].split(",") == ["overdue", "overdue_at_all_banks", "bad_at_this_bank", "bad_at_other_bank"]
    assert "120" in rows[0]["reason_zh"]
    assert "120" in rows[0]["reason_en"]
    assert "misuse_confirmed" in rows[2]["reasons"]
    assert "monitoring/grades/misuse_at_least" in rows[2]["rules"]
    assert str(AS_OF) in rows[2]["reason_en"]
    known = {getattr(RULES, one.rule).cite.rule for one in REASONS}
    assert all(set(row["rules"].split(",")) <= known for row in rows)
    assert all(re.search(r"[一-鿿]", one.zh) for one in REASONS)
    assert not any(re.search(r"[一-鿿]", one.en) for one in REASONS)


def test_what_is_missing_is_not_normal() -> None:
    cases = {
        "state": loan(None, None, state_on=None),
        "overdue_days": loan(days=None),
        "balance": loan(None),
        "state_age": loan(state_on=AS_OF - timedelta(days=46)),
    }
    found = graded([[one, loan()] for one in cases.values()])
    for missing, (row, other) in zip(cases, found, strict=True):
        assert (row["status"], row["grade"]) == ("open", None)
        assert missing in row["open_inputs"].split(",")
        assert row["reason_zh"]
        assert row["reason_en"]
        assert (other["grade"], other["open_inputs"]) == (None, "debtor")


def test_what_is_known_holds_and_settled_loans_weigh_nothing() -> None:
    cases = [
        [loan(None, 100), loan(days=None, overdue=5), loan(None, 361)],
        [loan(0, 0), loan(100, 0)],
        [loan(None, None, state_on=None, granted_on=AS_OF), loan()],
    ]
    partly, settled, lately = graded(cases)
    assert [row["grade_at_least"] for row in partly] == ["substandard", "special_mention", "loss"]
    assert [row["grade"] for row in partly] == [None, None, "loss"]
    assert [(row["status"], row["grade"]) for row in settled] == [("settled", None), ("graded", "normal")]
    assert [(row["status"], row["grade"]) for row in lately] == [("open", None), ("graded", "normal")]


def test_another_edge_gives_another_grade() -> None:
    """Planted fault: with the edge at 89 days the oracle must disagree."""
    table = dict(RULES.overdue_days_above.rows)
    shifted = replace(
        RULES.overdue_days_above, rows=table | {"substandard": {"value": table["substandard"]["value"] - 1}}
    )  # type: ignore[operator]
    debtor = [loan(days=90)]
    (rows,) = graded([debtor], rules=replace(RULES, overdue_days_above=shifted))
    assert ranks(rows) != oracle.grades(debtor, AS_OF)
