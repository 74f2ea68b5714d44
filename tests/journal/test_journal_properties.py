"""Equal values have equal bytes, different values different ones, and no other bytes are read."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kejin.errors import InputError
from kejin.journal.canonical import decode, encode

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
short_texts = st.sampled_from(["", "1", "é", "e\u0301", "K", "\u212a", "企业", "\U00020000", "\n"])
decimals = st.decimals(
    allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=None
).filter(lambda value: value == 0 or int(value.as_tuple().exponent) >= -38)
zones = st.integers(-14, 14).map(lambda hours: timezone(timedelta(hours=hours)))
first, last = datetime.fromisoformat("0002-01-01"), datetime.fromisoformat("9998-01-01")
times = st.datetimes(first, last, timezones=zones)
single = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | decimals
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.dates()
    | times
    | texts
)
keys = texts.filter(lambda key: not key.startswith("$"))


def containers(inner: st.SearchStrategy[Any], key: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    objects = st.dictionaries(key, inner, max_size=4).filter(
        lambda value: len({unicodedata.normalize("NFC", name) for name in value}) == len(value)
    )
    return st.lists(inner, max_size=4) | objects


values = st.recursive(single, lambda inner: containers(inner, keys), max_leaves=12)
# Few values, so that two drawn apart are often equal, or equal but for their kind.
near = st.sampled_from(
    [None, False, 0, 0.0, -0.0, Decimal(0), Decimal("-0.0"), 1, 1.0, True, Decimal(1), Decimal("1.0")]
)
nears = st.recursive(near | short_texts, lambda inner: containers(inner, short_texts), max_leaves=3)


def meaning(value: Any) -> Any:
    """What a value means, with its kind, in a form that Python compares rightly."""
    match value:
        case None | bool():
            return type(value).__name__, value
        case int():
            return "integer", value
        case Decimal():
            return "decimal", Fraction(value)
        case float():
            return "float", Fraction(value)
        case datetime():
            return "time", value.astimezone(UTC)
        case date():
            return "day", value.toordinal()
        case str():
            return "text", unicodedata.normalize("NFC", value)
        case list() | tuple():
            return "list", tuple(meaning(item) for item in value)
        case _:
            return "object", frozenset((meaning(key), meaning(item)) for key, item in value.items())


def respelled(value: Any) -> Any:
    """The same value in another Python form."""
    match value:
        case Decimal() if value.is_finite() and value.as_tuple().exponent > -30 and abs(value) < 10**15:
            sign, digits, exponent = value.as_tuple()
            return Decimal((sign, (*digits, 0, 0), exponent - 2))
        case datetime():
            return value.astimezone(timezone(timedelta(hours=8)))
        case str():
            return unicodedata.normalize("NFD", value)
        case list():
            return tuple(respelled(item) for item in value)
        case dict():
            return {respelled(key): respelled(item) for key, item in reversed(value.items())}
        case _:
            return value


@given(values)
def test_round_trip(value: Any) -> None:
    encoded = encode(value)
    read = decode(encoded)
    assert meaning(read) == meaning(value)
    assert encode(read) == encoded


@given(values)
def test_equal_values_have_equal_bytes(value: Any) -> None:
    assert encode(respelled(value)) == encode(value)


@given(nears, nears)
def test_bytes_are_equal_exactly_when_values_are(one: Any, other: Any) -> None:
    assert (encode(one) == encode(other)) == (meaning(one) == meaning(other))


@given(values, values)
def test_different_values_have_different_bytes(one: Any, other: Any) -> None:
    assert (encode(one) == encode(other)) == (meaning(one) == meaning(other))


@given(values, st.data())
def test_changed_bytes_are_another_value_or_none(value: Any, data: st.DataObject) -> None:
    encoded = encode(value)
    at = data.draw(st.integers(0, len(encoded) - 1))
    changed = encoded[:at] + bytes([data.draw(st.integers(0, 255))]) + encoded[at + 1 :]
    try:
        read = decode(changed)
    except InputError:
        return
    assert encode(read) == changed
    assert (meaning(read) == meaning(value)) == (changed == encoded)


@given(st.binary(max_size=30) | st.text('[]{}":,$0123456789eE+-.tfn \\u', max_size=30).map(str.encode))
def test_any_bytes_are_read_exactly_or_refused(some: bytes) -> None:
    try:
        read = decode(some)
    except InputError:
        return
    assert encode(read) == some


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_come_back_bit_for_bit(value: float) -> None:
    read = decode(encode(value))
    assert read.hex() == (value + 0.0).hex()
