"""Edition, overlay, the record of what was used, and answers that are what they claim to be."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from rule_tree import EXCEPTIONS, SOURCES, TWO_VALUES, book_of, write_tree

from kejin.errors import InputError
from kejin.policy import Lookups, PrefixMap, RuleBook
from kejin.policy.check_rules import check_rules

DAY = date(2024, 1, 1)
OWN_SOURCE = """\
title: {zh: 本行制度, en: Our own policy}
issued_on: 2022-01-01
effective_from: 2022-01-01
confidence: text_seen
"""
OWN_LIMIT = """\
title: {zh: 上限, en: Limit}
kind: value
unit: CNY
values:
  - from: 2022-01-01
    until: open
    value: "150"
    printed: 150元
    document: own_policy
    article: 第三条
    confidence: text_seen
"""


def test_the_edition_changes_with_any_figure(tmp_path: Path) -> None:
    before = book_of(tmp_path / "a", {"limit": TWO_VALUES, "ratio": EXCEPTIONS}).edition
    for index, (old, new) in enumerate(
        [
            ('"200"', '"201"'),
            ('"200"', '"200.0"'),
            ("200元", "200 元"),
            ("until: 2023-06-30", "until: 2023-06-29"),
            ("confidence: unverified", "confidence: secondary"),
        ]
    ):
        changed = TWO_VALUES.replace(old, new)
        assert book_of(tmp_path / f"b{index}", {"limit": changed, "ratio": EXCEPTIONS}).edition != before, (old, new)
    sources = {**SOURCES, "old_notice": SOURCES["old_notice"].replace("2019-12-01", "2019-12-02")}
    assert book_of(tmp_path / "s", {"limit": TWO_VALUES, "ratio": EXCEPTIONS}, sources).edition != before
    assert book_of(tmp_path / "n", {"limit_": TWO_VALUES, "ratio": EXCEPTIONS}).edition != before, "a name counts"


def test_the_edition_does_not_change_with_comments_layout_and_order_of_files(tmp_path: Path) -> None:
    before = book_of(tmp_path / "a", {"limit": TWO_VALUES, "ratio": EXCEPTIONS}).edition
    commented = "# who\n" + TWO_VALUES.replace("kind: value", "kind:   value  # what\n")
    assert book_of(tmp_path / "b", {"ratio": EXCEPTIONS, "limit": commented}).edition == before
    windows = {"limit": TWO_VALUES.replace("\n", "\r\n"), "ratio": EXCEPTIONS}
    assert book_of(tmp_path / "c", windows).edition == before


def test_an_overlay_replaces_and_is_recorded(tmp_path: Path) -> None:
    shipped = write_tree(tmp_path / "shipped", {"limit": TWO_VALUES, "ratio": EXCEPTIONS})
    overlay = write_tree(tmp_path / "own", {"limit": OWN_LIMIT, "bank/extra": OWN_LIMIT}, {"own_policy": OWN_SOURCE})
    plain, laid = RuleBook(shipped), RuleBook(shipped, overlay)
    assert plain.decimal("limit", DAY) == Decimal(200)
    found = laid.look_up("limit", DAY)
    assert found.value == Decimal(150)
    assert (found.origin, found.overridden_by, found.confidence) == ("overlay", "overlay", "text_seen")
    assert found.as_record()["overridden_by"] == "overlay"
    assert (laid.overridden, laid.added) == (("limit",), ("bank/extra",))
    assert laid.look_up("bank/extra", DAY).overridden_by is None
    untouched = laid.look_up("ratio", DAY, facts={"city": "北京", "loan_cny": 5000})
    assert (untouched.origin, untouched.overridden_by) == ("shipped", None)
    assert laid.edition != plain.edition
    assert check_rules(laid) == ()


def test_an_overlay_may_not_change_the_kind_or_a_citation(tmp_path: Path) -> None:
    shipped = write_tree(tmp_path / "shipped", {"limit": TWO_VALUES})
    other_unit = write_tree(tmp_path / "a", {"limit": OWN_LIMIT.replace("CNY", "ratio")}, {"own_policy": OWN_SOURCE})
    with pytest.raises(InputError) as caught:
        RuleBook(shipped, other_unit).look_up("limit", DAY)
    assert caught.value.code == "policy.overlay_kind"
    assert "policy.overlay_kind" in [one.code for one in check_rules(RuleBook(shipped, other_unit))]
    redefined = write_tree(tmp_path / "b", {"limit": OWN_LIMIT}, {"old_notice": OWN_SOURCE})
    with pytest.raises(InputError) as caught:
        RuleBook(shipped, redefined)
    assert caught.value.code == "policy.source_redefined"
    with pytest.raises(InputError) as caught:
        RuleBook(shipped, tmp_path / "nowhere")
    assert caught.value.code == "policy.overlay_missing"


def test_an_overlay_lies_over_the_shipped_rules(tmp_path: Path) -> None:
    name = "life_cycle/start_up_age_years_max"
    book = RuleBook.shipped()
    text = book.text_of(book.file_of(name)).replace('value: "5"', 'value: "8"')
    laid = RuleBook.shipped(write_tree(tmp_path, {name: text}, {}))
    assert laid.integer(name, DAY) == 8
    assert laid.overridden == (name,)
    assert book.integer(name, DAY) == 5, "the shipped book is not touched"


def test_what_was_used_is_remembered_with_its_source(tmp_path: Path) -> None:
    rules = Lookups(book_of(tmp_path, {"limit": TWO_VALUES, "ratio": EXCEPTIONS}), DAY)
    assert rules.records() == []
    rules.decimal("ratio", {"city": "北京", "loan_cny": 5000})
    rules.decimal("limit")
    rules.decimal("limit")
    assert [one.name for one in rules.used] == ["limit", "ratio"]
    assert [one.name for one in rules.unverified()] == ["limit"]
    record = rules.records()[0]
    assert record == json.loads(json.dumps(record)), "plain JSON values"
    assert (record["value"], record["document"], record["article"], record["confidence"]) == (
        "200",
        "new_notice",
        "第一条",
        "unverified",
    )
    assert (record["from"], record["until"], record["as_of"]) == ("2023-07-01", "open", "2024-01-01")
    assert rules.edition == rules.book.edition


def test_asking_for_another_kind_is_an_error() -> None:
    book = RuleBook.shipped()
    for ask in (book.decimal, book.codes, book.choice, book.table, book.anchors, book.mapping):
        with pytest.raises(InputError) as caught:
            ask("titles/tech_sme/tech_staff_points", DAY)
        assert caught.value.code == "policy.kind_wrong"
    with pytest.raises(InputError) as caught:
        book.bands("titles/tech_sme/score_min", DAY)
    assert caught.value.code == "policy.kind_wrong"
    with pytest.raises(InputError) as caught:
        book.integer("titles/tech_sme/tech_staff_points", DAY)
    assert caught.value.code == "policy.kind_wrong"
    with pytest.raises(InputError) as caught:
        book.integer("titles/high_tech/tech_staff_share_min", DAY)
    assert caught.value.code == "policy.not_an_integer"


def test_an_unknown_name_names_its_neighbours() -> None:
    with pytest.raises(InputError) as caught:
        RuleBook.shipped().look_up("titles/tech_sme/employee_max", DAY)
    assert "titles/tech_sme/employees_max" in caught.value.text("en")


@pytest.mark.parametrize(
    ("code", "answer"),
    [("A61K 31/00", "x"), ("a61k31/05", "x"), ("A61K", "y"), ("A61", None), ("", None), (None, None), ("B01D", None)],
)
def test_the_longest_prefix_decides(code: str | None, answer: str | None) -> None:
    prefixes = PrefixMap({"A61K": "y", "A61K31/": "x"})
    assert prefixes.find(code) == answer
    assert prefixes.lengths == (7, 4)


def test_two_mappings_that_are_joined_hold_no_key_twice(tmp_path: Path) -> None:
    one = """\
title: {zh: 一, en: One}
kind: mapping
unit: code
keys: {ipc: {look_up: longest_prefix, unit: code}}
also: [two]
values:
  - {from: 2020-01-01, until: open, value: {x: [A61K]},
     printed: x, document: old_notice, article: 一, confidence: text_seen}
"""
    two = one.replace("also: [two]\n", "").replace("{x: [A61K]}", "{y: [B01D]}")
    good = book_of(tmp_path / "a", {"one": one, "two": two})
    assert dict(good.mapping("one", DAY)) == {"A61K": "x", "B01D": "y"}
    bad = book_of(tmp_path / "b", {"one": one, "two": two.replace("B01D", "A61K")})
    assert "policy.also_wrong" in [finding.code for finding in check_rules(bad)]
    with pytest.raises(InputError) as caught:
        bad.mapping("one", DAY)
    assert caught.value.code == "policy.key_twice"
