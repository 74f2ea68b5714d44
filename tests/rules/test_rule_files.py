"""The reader of rule files, the bands, the conditions: each against something that is not itself."""

from __future__ import annotations

import random
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from rule_tree import SOURCES, TWO_VALUES, book_of, codes_found

from kejin.errors import InputError
from kejin.policy import RuleBook
from kejin.policy.check_rules import check_rules
from kejin.policy.conditions import both_hold, parse_condition
from kejin.policy.intervals import parse_interval, partition_problem
from kejin.policy.read_yaml import read_yaml

EVERYTHING = """\
# a comment
text: plain words, with a comma and 中文
quoted: "a # b: c \\"d\\" \\u4e2d"
single: 'it''s'
day: 2024-02-29
yes_and_no: [true, false, null, ~]
figures: [1, 2.5, "0.10"]
nested:
  - name: one  # behind it
    parts: {a: x y, "[0, 1)": ["1", "2"]}
  - [b, [c, d],
     e]
empty: [[], {}]
"""
NOT_A_NUMBER = float("nan")
PLANTS = ["'", '"', "[", "]", "{", "}", ",", ":", ": ", "#", " #", "-", "- ", "&", "*", "!", "|", ">", "%", "?", "~"]
PLANTS += ["\n", "\n  ", "\t", "\\", "\\x41", "null", "1e3", ".5", "0x1F", "---\n", "<<: ", "yes", "01", "2026-01-01"]


def complete_reader(text: str) -> object:
    return YAML(typ="safe", pure=True).load(text)


def test_the_fast_reader_reads_what_a_complete_one_reads() -> None:
    assert repr(read_yaml(EVERYTHING, "-")) == repr(complete_reader(EVERYTHING))


def test_a_damaged_file_is_refused_or_read_as_a_complete_reader_reads_it() -> None:
    book = RuleBook.shipped()
    texts = [EVERYTHING, *(book.text_of(path) for _, _, path in list(book.files())[::20])]
    chance = random.Random(20261123)
    taken = 0
    for _ in range(300):
        text = chance.choice(texts)
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(text))
            text = text[:at] + chance.choice([*PLANTS, ""]) + text[at + chance.randint(0, 2) :]
        try:
            ours = read_yaml(text, "-")
        except InputError:
            continue
        taken += 1
        assert repr(ours) == repr(complete_reader(text)), text
    assert taken > 30, "the damage was too great to show anything"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\nb:\t2", 2),
        ("a: &x 1", 1),
        ("a: 1\na: 2", 2),
        ("a: |\n  text", 1),
        ("a: [1, 2", 1),
        ('a: "x', 1),
        ("a: 1\n   b: 2", 2),
        ("a: b: c", 1),
        ("a:\n  - x\n  y: 1", 3),
        ("a: 2026-13-01", 1),
        ("a: 1\n---\nb: 2", 2),
        ("a: " + "[" * 40 + "]" * 40, 1),
    ],
)
def test_what_is_not_understood_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(InputError) as caught:
        read_yaml(text, "file.yaml")
    assert caught.value.code == "policy.yaml_not_understood"
    assert caught.value.details["line"] == line


def test_a_file_that_two_readers_understand_differently_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = book_of(tmp_path, {"limit": TWO_VALUES})
    assert "policy.yaml_differs" not in [one.code for one in check_rules(book)]
    monkeypatch.setattr("kejin.policy.check_rules.read_yaml", lambda text, where: {"kind": "planted"})
    assert "policy.yaml_differs" in [one.code for one in check_rules(book)]


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    book_of(tmp_path, {"limit": TWO_VALUES})
    (tmp_path / "rules" / "limit.yaml").write_bytes(TWO_VALUES.encode("gb18030"))
    assert [one.code for one in check_rules(RuleBook(tmp_path)) if one.code != "policy.source_unused"] == [
        "policy.file_unreadable"
    ]


def test_a_source_that_nothing_cites_is_found(tmp_path: Path) -> None:
    extra = {**SOURCES, "stray": SOURCES["old_notice"]}
    findings = check_rules(book_of(tmp_path, {"limit": TWO_VALUES}, extra))
    assert [(one.code, one.details["document"]) for one in findings] == [("policy.source_unused", "stray")]


@pytest.mark.parametrize(
    ("intervals", "covers", "fault"),
    [
        (["[0.3, )", "[0.1, 0.3)", "(, 0.1)"], "(, )", None),
        (["(, 5]", "(5, 10]", "(10, )"], "(, )", None),
        (["[0, 1)", "[1, )"], "[0, )", None),
        (["(, 0)", "[0, 0]", "(0, )"], "(, )", None),
        (["[0.3, )", "[0.1, 0.2)", "(, 0.1)"], "(, )", "nothing between"),
        (["[0.3, )", "[0.1, 0.4)", "(, 0.1)"], "(, )", "overlap"),
        (["[0.3, )", "(, 0.3]"], "(, )", "both hold"),
        (["(0.3, )", "(, 0.3)"], "(, )", "neither"),
        (["[0.3, )", "[0.1, 0.3)"], "(, )", "lowest"),
        (["[0.3, 1]", "(, 0.3)"], "(, )", "highest"),
    ],
)
def test_bands_cover_everything_exactly_once(intervals: list[str], covers: str, fault: str | None) -> None:
    problem = partition_problem([parse_interval(one) for one in intervals], parse_interval(covers))
    assert (problem is None) if fault is None else (problem is not None and fault in problem)


def test_a_gap_between_shipped_bands_is_found(tmp_path: Path) -> None:
    book = RuleBook.shipped()
    text = book.text_of(book.file_of("titles/tech_sme/tech_staff_points")).replace("most_2017_115", "old_notice")
    assert codes_found(tmp_path / "right", {"points": text}) == []
    assert codes_found(tmp_path / "gap", {"points": text.replace("[0.15, 0.20)", "[0.15, 0.19)")}) == [
        "policy.value_unreadable"
    ]


edges = st.decimals(min_value=-3, max_value=3, places=1)


@given(st.lists(edges, min_size=1, max_size=4, unique=True), st.lists(st.booleans(), min_size=4, max_size=4), edges)
def test_a_figure_lies_in_one_band_of_a_partition(cuts: list[Decimal], closed: list[bool], figure: Decimal) -> None:
    cuts = sorted(cuts)
    texts = [f"(, {cuts[0]}{']' if closed[0] else ')'}"]
    for index, (low, high) in enumerate(pairwise(cuts)):
        texts.append(f"{'(' if closed[index] else '['}{low}, {high}{']' if closed[index + 1] else ')'}")
    texts.append(f"{'(' if closed[len(cuts) - 1] else '['}{cuts[-1]}, )")
    intervals = [parse_interval(text) for text in texts]
    assert partition_problem(intervals, parse_interval("(, )")) is None
    assert sum(figure in interval for interval in intervals) == 1
    assert not any(NOT_A_NUMBER in interval for interval in intervals)


@pytest.mark.parametrize("text", ["0.3", "[0.3)", "[, 1)", "(1, ]", "[2, 1]", "(1, 1]", "[a, b)", "[1; 2)"])
def test_an_interval_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"interval|bound|no figure"):
        parse_interval(text)


@pytest.mark.parametrize(
    ("text", "facts", "answer"),
    [
        ("a > 1", {"a": 2}, True),
        ("a > 1", {"a": Decimal(1)}, False),
        ("a > 1", {"a": None}, None),
        ("a > 0.1", {"a": Decimal("0.10")}, False),
        ("a > 1 or b == true", {"a": None, "b": True}, True),
        ("a > 1 or b == true", {"a": None, "b": False}, None),
        ("a > 1 and b == true", {"a": None, "b": False}, False),
        ("not a > 1", {}, None),
        ("a in ['x', 'y']", {"a": "y"}, True),
        ("a not in ['x', 'y']", {"a": "y"}, False),
        ("starts_with(a, '65')", {"a": "6513"}, True),
        ("starts_with(a, '65')", {"a": "7310"}, False),
        ("a == -5", {"a": -5}, True),
    ],
)
def test_conditions_say_yes_no_or_unknown(text: str, facts: dict[str, object], answer: bool | None) -> None:
    assert parse_condition(text).holds(facts) is answer


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "1 < a",
        "a < b",
        "1 < a < 3",
        "a.b == 1",
        "a == f()",
        "lambda: 1",
        "a == 'x' + 'y'",
        "a in 'xy'",
        "starts_with(a, 3)",
        "a == None",
        "[x for x in a] == 1",
        "a == 1; b == 2",
        "(" * 300 + "a == 1" + ")" * 300,
        "true == 1",
        "a == 1j",
    ],
)
def test_conditions_are_comparisons_and_nothing_else(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_condition(text)


@given(st.integers(-3, 3), st.integers(-3, 3), st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), st.data())
def test_two_conditions_clash_where_some_figure_meets_both(low: int, high: int, sign: str, data: st.DataObject) -> None:
    other = data.draw(st.sampled_from(["<", "<=", ">", ">=", "==", "!="]))
    first, second = parse_condition(f"a {sign} {low}"), parse_condition(f"a {other} {high}")
    grid = [Decimal(step) / 2 for step in range(-12, 13)]
    wanted = any(first.holds({"a": figure}) and second.holds({"a": figure}) for figure in grid)
    assert (both_hold(first, second) is not None) == wanted
