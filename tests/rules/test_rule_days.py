"""Every day has exactly one value, and a look-up never guesses."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from rule_tree import EXCEPTIONS, TWO_VALUES, book_of, codes_found

from kejin.dates import OPEN
from kejin.errors import InputError
from kejin.policy import RuleBook


def test_every_day_of_every_shipped_rule_has_exactly_one_value() -> None:
    """Counted directly from the files: on the days around each beginning and end, exactly one dated value holds."""
    book = RuleBook.shipped()
    for name in book.names:
        values = book.rule(name).values
        first, last = values[0].from_, values[-1].last_day
        days = {first, min(last, date(2030, 1, 1))}
        for one in values:
            days |= {one.from_, one.from_ - timedelta(days=1)}
            if one.until != "open":
                days |= {one.last_day, one.last_day + timedelta(days=1)}
        for day in days:
            holding = [one for one in values if one.from_ <= day <= one.last_day]
            assert len(holding) == (1 if first <= day <= last else 0), f"{name} on {day}"


def test_the_value_changes_on_its_day(tmp_path: Path) -> None:
    book = book_of(tmp_path, {"limit": TWO_VALUES})
    assert book.decimal("limit", date(2023, 6, 30)) == Decimal(100)
    assert book.decimal("limit", date(2023, 7, 1)) == Decimal(200)


def test_nothing_in_force_is_an_error_and_not_0(tmp_path: Path) -> None:
    book = book_of(tmp_path, {"limit": TWO_VALUES})
    with pytest.raises(InputError) as caught:
        book.look_up("limit", date(2019, 12, 31))
    assert caught.value.code == "policy.nothing_in_force"
    assert "2020-01-01 – 2023-06-30" in caught.value.text("en")


def test_a_rule_issued_later_is_not_known_earlier(tmp_path: Path) -> None:
    book = book_of(tmp_path, {"limit": TWO_VALUES})
    autumn = date(2023, 9, 1)
    assert book.decimal("limit", autumn, known_on=date(2023, 3, 14)) == Decimal(100), "the new notice was not issued"
    assert book.decimal("limit", autumn, known_on=date(2023, 3, 15)) == Decimal(200), "it was issued on this day"


def test_an_end_is_known_with_what_follows_it(tmp_path: Path) -> None:
    book = book_of(tmp_path, {"limit": TWO_VALUES})
    assert book.look_up("limit", date(2023, 1, 1), known_on=date(2023, 3, 14)).until == OPEN
    assert book.look_up("limit", date(2023, 1, 1), known_on=date(2023, 3, 15)).until == date(2023, 6, 30)


def test_before_anything_was_issued_nothing_is_known(tmp_path: Path) -> None:
    book = book_of(tmp_path, {"limit": TWO_VALUES})
    with pytest.raises(InputError) as caught:
        book.look_up("limit", date(2020, 1, 1), known_on=date(2019, 11, 30))
    assert caught.value.code == "policy.nothing_known"


def test_a_rule_with_effect_backwards_is_not_known_before_its_issue(tmp_path: Path) -> None:
    book = book_of(tmp_path, {"limit": TWO_VALUES.replace("2020-01-01", "2019-01-01", 1)})
    with pytest.raises(InputError) as caught:
        book.look_up("limit", date(2019, 6, 1))
    assert caught.value.code == "policy.nothing_known"
    assert book.decimal("limit", date(2019, 6, 1), known_on=date(2019, 12, 1)) == Decimal(100)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("until: 2023-06-30", "until: 2023-06-29", "policy.days_gap"),
        ("until: 2023-06-30", "until: 2023-07-01", "policy.days_overlap"),
        ("until: 2023-06-30", "until: open", "policy.days_overlap"),
        ("until: 2023-06-30", "until: 2019-12-31", "policy.days_reversed"),
        ("document: new_notice", "document: no_notice", "policy.source_unknown"),
        ('value: "200"', "value: 200", "policy.decimal_unquoted"),
        ('value: "200"', "value: 0.2", "policy.decimal_unquoted"),
        ('value: "200"', 'value: "200元"', "policy.value_unreadable"),
        ('value: "200"', 'value: "nan"', "policy.value_unreadable"),
        ("confidence: unverified", "confidence: certain", "policy.file_invalid"),
        ("    article: 第一条\n    confidence: unverified", "    confidence: unverified", "policy.file_invalid"),
        ("unit: CNY", "unit: yuan", "policy.file_invalid"),
        ("unit: CNY", "unit: CNY\nextra: 1", "policy.file_invalid"),
        ("until: open", "until: later", "policy.file_invalid"),
        ("from: 2023-07-01", "from: 2023-07-32", "policy.yaml_not_understood"),
        ("kind: value", "kind: &here value", "policy.yaml_not_understood"),
        ("kind: value", "kind: value\nkind: value", "policy.yaml_not_understood"),
    ],
)
def test_a_planted_fault_is_found_with_its_line(tmp_path: Path, old: str, new: str, code: str) -> None:
    assert codes_found(tmp_path / "right", {"limit": TWO_VALUES}) == []
    faulty = TWO_VALUES.replace(old, new)
    assert faulty != TWO_VALUES
    assert code in codes_found(tmp_path / "wrong", {"limit": faulty})


def test_the_line_of_an_error_is_the_line_of_the_file(tmp_path: Path) -> None:
    book = book_of(tmp_path, {"limit": TWO_VALUES.replace('"200"', "200")})
    with pytest.raises(InputError) as caught:
        book.look_up("limit", date(2024, 1, 1))
    assert caught.value.details["line"] == 14
    shape = book_of(tmp_path / "shape", {"limit": TWO_VALUES.replace("confidence: unverified", "confidence: sure")})
    with pytest.raises(InputError) as caught:
        shape.rule("limit")
    assert caught.value.details["line"] == 18


def test_exceptions_win_over_what_they_name(tmp_path: Path) -> None:
    book = book_of(tmp_path, {"ratio": EXCEPTIONS})
    day = date(2024, 1, 1)
    assert codes_found(tmp_path, {"ratio": EXCEPTIONS}) == []
    assert book.decimal("ratio", day, facts={"city": "北京", "loan_cny": Decimal(5000)}) == Decimal("0.5")
    assert book.decimal("ratio", day, facts={"city": "深圳", "loan_cny": Decimal(5000)}) == Decimal("0.8")
    found = book.look_up("ratio", day, facts={"city": "深圳", "loan_cny": 1000})
    assert (found.value, found.exception, found.printed) == (Decimal("0.9"), "small_loan", "90%")
    before = date(2023, 3, 14)
    assert book.decimal("ratio", before, facts={"city": "深圳"}) == Decimal("0.8"), "small_loan not issued yet"


def test_a_missing_fact_is_not_a_no(tmp_path: Path) -> None:
    book = book_of(tmp_path, {"ratio": EXCEPTIONS})
    for facts in (
        None,
        {},
        {"city": "深圳"},
        {"city": None, "loan_cny": 5000},
        {"city": "深圳", "loan_cny": float("nan")},
    ):
        with pytest.raises(InputError) as caught:
            book.look_up("ratio", date(2024, 1, 1), facts=facts)
        assert caught.value.code == "policy.fact_missing"
    with pytest.raises(InputError) as caught:
        book.look_up("ratio", date(2024, 1, 1), facts={"city": 3, "loan_cny": 5000})
    assert caught.value.code == "policy.fact_type"


def test_two_exceptions_that_do_not_name_each_other_clash(tmp_path: Path) -> None:
    clashing = EXCEPTIONS.replace("overrides: [pilot_city]", "overrides: [base]")
    assert codes_found(tmp_path / "a", {"ratio": clashing}) == ["policy.exceptions_clash"]
    book = book_of(tmp_path / "b", {"ratio": clashing})
    with pytest.raises(InputError) as caught:
        book.look_up("ratio", date(2024, 1, 1), facts={"city": "深圳", "loan_cny": 1000})
    assert caught.value.code == "policy.exceptions_clash"
    assert book.decimal("ratio", date(2024, 1, 1), facts={"city": "北京", "loan_cny": 1000}) == Decimal("0.9")
    apart = clashing.replace("loan_cny <= 1000", 'loan_cny <= 1000 and not city in ["深圳", "苏州"]')
    assert codes_found(tmp_path / "c", {"ratio": apart}) == [], "conditions that exclude each other do not clash"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("overrides: [pilot_city]", "overrides: [nobody]", "policy.exception_unknown"),
        ("overrides: [base]", "overrides: [small_loan]", "policy.overrides_circular"),
        ("where: loan_cny <= 1000", "where: loan_cny + 1 <= 1000", "policy.condition_unreadable"),
        ("where: loan_cny <= 1000", "where: __import__('os').getcwd() == 'x'", "policy.condition_unreadable"),
        ('2020-01-01, until: open, value: "0.9"', '2019-12-31, until: open, value: "0.9"', "policy.exception_outside"),
    ],
)
def test_a_planted_fault_in_an_exception_is_found(tmp_path: Path, old: str, new: str, code: str) -> None:
    faulty = EXCEPTIONS.replace(old, new)
    assert faulty != EXCEPTIONS
    assert code in codes_found(tmp_path, {"ratio": faulty})


def test_the_order_of_alternatives_decides_as_the_look_up_does(tmp_path: Path) -> None:
    """A compiler that takes the first alternative whose condition holds gets the answer of a look-up."""
    book = book_of(tmp_path, {"ratio": EXCEPTIONS})
    day = date(2024, 1, 1)
    for city in ("深圳", "北京"):
        for loan in (Decimal(10), Decimal(1000), Decimal("1000.01")):
            facts = {"city": city, "loan_cny": loan}
            ordered = book.alternatives("ratio", day)
            first = next(one for one in ordered if one.condition is None or one.condition.holds(facts))
            assert first.in_force == book.look_up("ratio", day, facts=facts)
