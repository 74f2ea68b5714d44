"""One value, one sequence of bytes: the canonical form of docs/reference/journal_format.md, section 1."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any, NoReturn

from kejin.errors import InputError

INTEGER_MAX = 2**53 - 1
DECIMAL_DIGITS_MAX = 38  # on each side of the point
NESTING_MAX = 64
BODY_BYTES_MAX = 4 * 1024 * 1024

Value = Any  # None, bool, int, Decimal, float, date, datetime, str, and lists, tuples and mappings of these
_INTEGER_TEXT_MAX = len(str(-INTEGER_MAX))
_FLOAT_DIGITS_MAX = 17
# The json module's escaping is that of section 1.3: short forms, \u00xx below U+0020, nothing else.
_to_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode


class _RefusedError(Exception):
    """A value without canonical form; collects the way to it while it passes the containers."""

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(code)
        self.code = code
        self.details = details
        self.steps: list[str] = []

    def place(self) -> str:
        return "".join(reversed(self.steps)) or "."


def encode(value: Value) -> bytes:
    """Which bytes stand for this value? Equal values of one kind give equal bytes, others never.

    Raises InputError journal.* where the value has no canonical form: a kind that is not listed, NaN or infinity,
    an integer beyond 2^53-1, a decimal of more than 38 digits on a side, a lone surrogate, a key that is no text,
    starts with `$` or comes twice, a time without zone, nesting beyond 64, more than 4 MiB.
    """
    try:
        encoded = _to_json(_plain(value, 0)).encode("utf-8")
    except _RefusedError as refused:
        raise InputError(refused.code, place=refused.place(), **refused.details) from None
    if len(encoded) > BODY_BYTES_MAX:
        raise InputError("journal.body_long", size=len(encoded), limit=BODY_BYTES_MAX)
    return encoded


def decode(encoded: bytes) -> Value:
    """Which value do these bytes stand for? Only the canonical bytes of a value are read; lists come back as lists.

    Raises InputError journal.bytes_not_json (no UTF-8, no JSON) or journal.bytes_not_canonical (any other form).
    """
    if len(encoded) > BODY_BYTES_MAX:
        raise InputError("journal.body_long", size=len(encoded), limit=BODY_BYTES_MAX)
    try:
        value = _read_json(encoded.decode("utf-8"))
        again = encode(value)
    except UnicodeDecodeError as error:
        raise InputError("journal.bytes_not_json", detail=f"byte {error.start} is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise InputError("journal.bytes_not_json", detail=f"{error.msg} at character {error.pos}") from None
    except RecursionError:
        raise InputError("journal.bytes_not_canonical", detail="nested too deeply") from None
    except _RefusedError as refused:
        raise InputError(refused.code, **refused.details) from None
    except InputError as error:
        raise InputError("journal.bytes_not_canonical", detail=error.part("what")) from None
    if again != encoded:
        at = next(
            (i for i, (a, b) in enumerate(zip(again, encoded, strict=False)) if a != b), min(len(again), len(encoded))
        )
        raise InputError("journal.bytes_not_canonical", detail=f"the canonical bytes differ from byte {at} on")
    return value


# ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _plain(value: Value, depth: int) -> Any:
    """The value as texts, integers, truth values, None, lists and dicts, which JSON can write."""
    writer = _WRITERS.get(type(value)) or _writer_for(value)
    return writer(value, depth)


def _writer_for(value: Value) -> Callable[[Any, int], Any]:
    """The writer of a subclass (an enumeration, a NumPy float); bool is tried before int, datetime before date."""
    for kind in (bool, int, float, Decimal, datetime, date, str, list, tuple, Mapping):
        if isinstance(value, kind):
            return _WRITERS[kind]
    raise _RefusedError("journal.value_unknown", kind=type(value).__name__)


def _same(value: Any, _depth: int) -> Any:
    return value


def _integer(value: int, _depth: int) -> int:
    if not -INTEGER_MAX <= value <= INTEGER_MAX:
        raise _RefusedError("journal.integer_large", got=value if abs(value) < 10**40 else "a longer one")
    return int(value)


def _text(value: str, _depth: int) -> str:
    if value.isascii():
        return str.__str__(value)
    normal = unicodedata.normalize("NFC", value)
    try:
        normal.encode("utf-8")
    except UnicodeEncodeError as error:
        raise _RefusedError("journal.text_surrogate", at=error.start) from None
    return normal


def _decimal(value: Decimal, _depth: int) -> dict[str, str]:
    return {"$decimal": decimal_text(value)}


def decimal_text(value: Decimal) -> str:
    """The canonical text of a decimal: plain digits, no exponent, no trailing zeros, one zero."""
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise _RefusedError("journal.number_not_finite", got=str(value))
    shown = "".join(map(str, digits)).lstrip("0")
    trimmed = shown.rstrip("0")
    exponent += len(shown) - len(trimmed)
    if not trimmed:
        return "0"
    if len(trimmed) + exponent > DECIMAL_DIGITS_MAX or -exponent > DECIMAL_DIGITS_MAX:
        raise _RefusedError("journal.decimal_long", got=f"{len(trimmed)} digits, exponent {exponent}")
    minus = "-" if sign else ""
    if exponent >= 0:
        return minus + trimmed + "0" * exponent
    padded = trimmed.rjust(1 - exponent, "0")
    return f"{minus}{padded[:exponent]}.{padded[exponent:]}"


def _float(value: float, _depth: int) -> dict[str, str]:
    return {"$float": float_text(value)}


def float_text(value: float) -> str:
    """The canonical text of a binary64: the fewest digits that read back, in scientific form."""
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124 NaN is the one number unlike itself
        raise _RefusedError("journal.number_not_finite", got=float.__repr__(value))
    if value == 0:
        return "0e0"
    sign, digits, exponent = Decimal(float.__repr__(value)).as_tuple()  # repr gives the fewest digits that read back
    shown = "".join(map(str, digits))
    trimmed = shown.rstrip("0")
    power = int(exponent) + len(shown) - 1
    fraction = "." + trimmed[1:] if len(trimmed) > 1 else ""
    return f"{'-' if sign else ''}{trimmed[0]}{fraction}e{power}"


def _day(value: date, _depth: int) -> dict[str, str]:
    return {"$day": value.isoformat()}


def _time(value: datetime, _depth: int) -> dict[str, str]:
    return {"$time": time_text(value)}


def time_text(value: datetime) -> str:
    """The canonical text of a time: UTC, microseconds, Z."""
    if value.tzinfo is None or value.utcoffset() is None:
        raise _RefusedError("journal.time_without_zone", got=str(value))
    try:
        utc = value.astimezone(UTC)
    except OverflowError:
        raise _RefusedError("journal.time_outside", got=str(value)) from None
    return utc.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _list(value: list[Any] | tuple[Any, ...], depth: int) -> list[Any]:
    if depth >= NESTING_MAX:
        raise _RefusedError("journal.nesting_deep", limit=NESTING_MAX)
    items: list[Any] = []
    try:
        for item in value:
            items.append(_plain(item, depth + 1))  # noqa: PERF401 the length so far is the place of a refused item
    except _RefusedError as refused:
        refused.steps.append(f"[{len(items)}]")
        raise
    return items


def _object(value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
    if depth >= NESTING_MAX:
        raise _RefusedError("journal.nesting_deep", limit=NESTING_MAX)
    plain: dict[str, Any] = {}
    key: Any = ""
    try:
        for key, item in value.items():
            # Most keys and texts are plain ASCII and need no work; this loop is half the time of a check.
            ready = type(key) is str and key.isascii() and key[:1] != "$"
            same = type(item) is str and item.isascii()
            plain[key if ready else _key(key)] = item if same else _plain(item, depth + 1)
    except _RefusedError as refused:
        refused.steps.append(f".{key}" if not isinstance(key, str) or key.isidentifier() else f".{key!a}")
        raise
    if len(plain) != len(value):
        raise _RefusedError("journal.key_twice", key=_first_twice(value))
    return plain


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise _RefusedError("journal.key_not_text", kind=type(key).__name__)
    if key.startswith("$"):
        raise _RefusedError("journal.key_reserved", key=key)
    return _text(key, 0)


def _first_twice(keys: Iterable[str]) -> str:
    names = sorted(_key(key) for key in keys)
    return next(name for name, following in pairwise(names) if name == following)


_WRITERS: dict[type, Callable[[Any, int], Any]] = {
    type(None): _same,
    bool: _same,
    int: _integer,
    float: _float,
    Decimal: _decimal,
    datetime: _time,
    date: _day,
    str: _text,
    list: _list,
    tuple: _list,
    dict: _object,
    Mapping: _object,
}


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _not_canonical(detail: str) -> _RefusedError:
    return _RefusedError("journal.bytes_not_canonical", detail=detail)


def _refuse_constant(text: str) -> NoReturn:
    raise _RefusedError("journal.bytes_not_json", detail=f"{text} is not JSON")


def _refuse_fraction(text: str) -> NoReturn:
    raise _not_canonical(f"the number {text[:40]} has a point or an exponent")


def _read_integer(text: str) -> int:
    if len(text) > _INTEGER_TEXT_MAX:
        raise _not_canonical(f"the integer {text[:40]} is beyond 2^53-1")
    return int(text)


def _read_float(text: str) -> float:
    if len(text) > _FLOAT_DIGITS_MAX + len("-.e-324"):
        raise ValueError(text)
    return float(text)


def _read_decimal(text: str) -> Decimal:
    if len(text) > 2 * DECIMAL_DIGITS_MAX + len("-."):
        raise ValueError(text)
    return Decimal(text)


def _read_time(text: str) -> datetime:
    return datetime.fromisoformat(text)


_READERS: dict[str, Callable[[str], Value]] = {
    "$decimal": _read_decimal,
    "$float": _read_float,
    "$day": date.fromisoformat,
    "$time": _read_time,
}


def _read_object(pairs: list[tuple[str, Any]]) -> Value:
    """A marked value or an object. Other forms of the same value are caught when it is written again."""
    if len(pairs) == 1 and (reader := _READERS.get(pairs[0][0])):
        mark, text = pairs[0]
        try:
            if isinstance(text, str):
                return reader(text)
        except (ValueError, InvalidOperation):
            pass
        raise _not_canonical(f"{text!r:.80} is not a {mark[1:]}")
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _not_canonical("a key comes twice in one object")
    return value


_read_json = json.JSONDecoder(
    object_pairs_hook=_read_object,
    parse_float=_refuse_fraction,
    parse_int=_read_integer,
    parse_constant=_refuse_constant,
).decode
