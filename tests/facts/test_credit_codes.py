"""Credit codes: codes that are printed in registers, every single slip, and the two ways of computing."""

from __future__ import annotations

import hashlib
from random import Random

import pytest

from facts.conftest import ALPHABET, WEIGHTS, credit_code
from kejin.engines.on_duckdb import connect_memory
from kejin.engines.parse_values import check_character_sql, issued_code_sql
from kejin.facts.uscc import check_character, check_characters, is_valid, issued_code

# The example of the standard's explanations, and codes that listed companies print in their reports.
PRINTED = (
    "91350100M000100Y43",
    "914403001922038216",
    "91440300708461136T",
    "91330100799655058B",
    "91440300192317458F",
    "91110000802100433B",
)


@pytest.mark.parametrize("code", PRINTED)
def test_printed_codes_are_valid(code: str) -> None:
    assert is_valid(code)
    assert check_character(code[:17]) == code[17]


@pytest.mark.parametrize("code", PRINTED)
def test_every_slip_of_one_character_is_found(code: str) -> None:
    for place in range(18):
        for other in ALPHABET:
            slipped = code[:place] + other + code[place + 1 :]
            assert is_valid(slipped) == (other == code[place])


@pytest.mark.parametrize(
    "bad", ["", "91350100M000100Y4", "91350100M000100Y433", "91350100m000100y43", "91350I00M000100Y43"]
)
def test_other_shapes_are_invalid(bad: str) -> None:
    assert not is_valid(bad)


def test_many_at_once_agree_with_one_by_one() -> None:
    firsts = [code[:17] for code in PRINTED]
    assert check_characters(firsts) == [code[17] for code in PRINTED]
    assert check_characters(["", "91350100M000100Y4", "?" * 17, "企" * 17]) == ["", "3", "", ""]
    assert check_characters([]) == []


def by_hand(first: str) -> str:
    """The whole code of 17 characters, from the standard's weights."""
    total = sum(ALPHABET.index(character) * weight for character, weight in zip(first, WEIGHTS, strict=True))
    return first + ALPHABET[(31 - total % 31) % 31]


def asked(expression: str, texts: list[str]) -> list[str]:
    """The expression over c for each text, by the engine."""
    query = f"SELECT {expression} FROM (SELECT unnest(?) AS c, generate_subscripts(?, 1) AS n) ORDER BY n"
    return [row[0] for row in connect_memory(threads=1).execute(query, [texts, texts]).fetchall()]


def test_query_and_function_follow_the_standard() -> None:
    random = Random(1)
    firsts = ["".join(random.choices(ALPHABET, k=17)) for _ in range(2_000)]
    expected = [by_hand(first)[17] for first in firsts]
    assert [check_character(first) for first in firsts] == expected
    assert asked(check_character_sql("c"), firsts) == expected


def test_issued_codes_are_valid_synthetic_and_repeatable() -> None:
    foreign = [f"E{number}" for number in range(500)] + ["企业代号", "a/b", "'quoted'", " ", "{}", "\\N"]
    digests = [hashlib.sha256(f"set/{one}".encode()).digest() for one in foreign]
    expected = [by_hand("91999999" + "".join(ALPHABET[byte % 31] for byte in digest[:9])) for digest in digests]
    assert [issued_code("set", one) for one in foreign] == expected
    assert asked(issued_code_sql("c", "set"), foreign) == expected
    assert len(set(expected)) == len(foreign)


def test_issued_codes_of_other_sets_differ() -> None:
    assert issued_code("one", "E1") != issued_code("two", "E1")
    assert credit_code(1) not in {issued_code("one", str(number)) for number in range(100)}
