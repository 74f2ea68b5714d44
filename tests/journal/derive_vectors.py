"""Derives vectors.json from the text of docs/reference/journal_format.md alone; shares no code with the package.

Bytes are put together by hand below. SHA-256 comes from hashlib; SM3 is written out from GM/T 0004-2012, so that two
implementations meet in the tests. Float digits are searched with exact fractions. Run it to write the file anew:

    python tests/journal/derive_vectors.py
"""

from __future__ import annotations

import hashlib
import json
import struct
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

TARGET = Path(__file__).with_name("vectors.json")

# ── SM3, GM/T 0004-2012 section 5 ────────────────────────────────────────────────────────────────────────────────────

_MASK = 0xFFFFFFFF
_START = (0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E)


def _left(word: int, by: int) -> int:
    by %= 32
    return ((word << by) | (word >> (32 - by))) & _MASK


def sm3(message: bytes) -> bytes:
    padded = message + b"\x80" + b"\x00" * ((55 - len(message)) % 64) + struct.pack(">Q", 8 * len(message))
    state = _START
    for at in range(0, len(padded), 64):
        state = _sm3_block(state, padded[at : at + 64])
    return struct.pack(">8I", *state)


def _sm3_block(state: tuple[int, ...], block: bytes) -> tuple[int, ...]:
    w = list(struct.unpack(">16I", block))
    for j in range(16, 68):
        x = w[j - 16] ^ w[j - 9] ^ _left(w[j - 3], 15)
        w.append(x ^ _left(x, 15) ^ _left(x, 23) ^ _left(w[j - 13], 7) ^ w[j - 6])
    a, b, c, d, e, f, g, h = state
    for j in range(64):
        constant = 0x79CC4519 if j < 16 else 0x7A879D8A
        ss1 = _left((_left(a, 12) + e + _left(constant, j)) & _MASK, 7)
        ss2 = ss1 ^ _left(a, 12)
        ff = a ^ b ^ c if j < 16 else (a & b) | (a & c) | (b & c)
        gg = e ^ f ^ g if j < 16 else (e & f) | (~e & _MASK & g)
        tt1 = (ff + d + ss2 + (w[j] ^ w[j + 4])) & _MASK
        tt2 = (gg + h + ss1 + w[j]) & _MASK
        a, b, c, d = tt1, a, _left(b, 9), c
        e, f, g, h = tt2 ^ _left(tt2, 9) ^ _left(tt2, 17), e, _left(f, 19), g
    return tuple(old ^ new for old, new in zip(state, (a, b, c, d, e, f, g, h), strict=True))


def _digest(algorithm: str, message: bytes) -> bytes:
    return sm3(message) if algorithm == "sm3" else hashlib.sha256(message).digest()


# ── float digits, section 1.2 ────────────────────────────────────────────────────────────────────────────────────────


def float_form(bits: str) -> str:
    """The fewest digits that read back, found by trying every length with exact arithmetic."""
    number = int(bits, 16)
    sign, magnitude = "-" if number >> 63 else "", number & (2**63 - 1)
    if magnitude == 0:
        return "0e0"
    exact, below, above = _exact(magnitude), _exact(magnitude - 1), _exact(magnitude + 1)
    low, high, closed = (below + exact) / 2, (exact + above) / 2, magnitude % 2 == 0
    power = 0
    while Fraction(10) ** power > exact:
        power -= 1
    while Fraction(10) ** (power + 1) <= exact:
        power += 1
    for length in range(1, 18):
        unit = Fraction(10) ** (power - length + 1)
        floor = exact // unit
        fitting = [n for n in (floor, floor + 1) if low < n * unit < high or (closed and n * unit in (low, high))]
        if fitting:
            best = min(fitting, key=lambda n: (abs(n * unit - exact), n % 2))
            digits = str(best)
            shown = digits.rstrip("0")
            exponent = power - length + 1 + len(digits) - 1
            return f"{sign}{shown[0]}{'.' + shown[1:] if len(shown) > 1 else ''}e{exponent}"
    raise ValueError(bits)


def _exact(magnitude: int) -> Fraction:
    exponent, fraction = magnitude >> 52, magnitude & (2**52 - 1)
    if exponent == 0:
        return Fraction(fraction) * Fraction(2) ** -1074
    return Fraction(2**52 + fraction) * Fraction(2) ** (exponent - 1075)


# ── values: name, description of the value, bytes written by hand ────────────────────────────────────────────────────
# A description is a list [kind, ...]: ["text", "a"]; ["object", [key, value], ...]; ["list", value, ...].


def _float_case(name: str, bits: str, expected: str) -> tuple[str, list[Any], bytes]:
    found = float_form(bits)
    if found != expected:
        raise ValueError(f"{name}: {found} is not {expected}")
    return name, ["float", bits], f'{{"$float":"{expected}"}}'.encode()


def _nested(depth: int) -> list[Any]:
    value: list[Any] = ["list"]
    for _ in range(depth - 1):
        value = ["list", value]
    return value


NINES = "9" * 38
ENTRY_TEXT = "企业“甲”"
VALUES: list[tuple[str, list[Any], bytes]] = [
    ("missing", ["missing"], b"null"),
    ("true", ["truth", True], b"true"),
    ("false", ["truth", False], b"false"),
    ("integer zero", ["integer", "0"], b"0"),
    ("integer one", ["integer", "1"], b"1"),
    ("integer negative", ["integer", "-12"], b"-12"),
    ("integer largest", ["integer", "9007199254740991"], b"9007199254740991"),
    ("integer smallest", ["integer", "-9007199254740991"], b"-9007199254740991"),
    ("decimal one", ["decimal", "1"], b'{"$decimal":"1"}'),
    ("decimal one with scale", ["decimal", "1.00"], b'{"$decimal":"1"}'),
    ("decimal with exponent", ["decimal", "1E+3"], b'{"$decimal":"1000"}'),
    ("decimal money", ["decimal", "-1234567.80"], b'{"$decimal":"-1234567.8"}'),
    ("decimal zero with scale", ["decimal", "0.00"], b'{"$decimal":"0"}'),
    ("decimal negative zero", ["decimal", "-0.00"], b'{"$decimal":"0"}'),
    ("decimal zero with exponent", ["decimal", "0E+60"], b'{"$decimal":"0"}'),
    ("decimal small", ["decimal", "0.0000012300"], b'{"$decimal":"0.00000123"}'),
    ("decimal below one", ["decimal", "-.5"], b'{"$decimal":"-0.5"}'),
    ("decimal longest", ["decimal", f"-{NINES}.{NINES}"], f'{{"$decimal":"-{NINES}.{NINES}"}}'.encode()),
    ("decimal smallest", ["decimal", "1E-38"], b'{"$decimal":"0.' + b"0" * 37 + b'1"}'),
    ("decimal beyond 2^53", ["decimal", "9007199254740993"], b'{"$decimal":"9007199254740993"}'),
    _float_case("float one tenth", "3fb999999999999a", "1e-1"),
    _float_case("float 12.5", "4029000000000000", "1.25e1"),
    _float_case("float one", "3ff0000000000000", "1e0"),
    _float_case("float minus one third", "bfd5555555555555", "-3.333333333333333e-1"),
    _float_case("float zero", "0000000000000000", "0e0"),
    _float_case("float negative zero", "8000000000000000", "0e0"),
    _float_case("float power of two with uneven gaps", "3d30000000000000", "5.684341886080802e-14"),
    _float_case("float smallest above zero", "0000000000000001", "5e-324"),
    _float_case("float largest subnormal", "000fffffffffffff", "2.225073858507201e-308"),
    _float_case("float largest", "7fefffffffffffff", "1.7976931348623157e308"),
    _float_case("float 1e23", "44b52d02c7e14af6", "1e23"),
    _float_case("float 2^53 + 2", "4340000000000001", "9.007199254740994e15"),
    ("day", ["day", "2026-03-31"], b'{"$day":"2026-03-31"}'),
    ("day first", ["day", "0001-01-01"], b'{"$day":"0001-01-01"}'),
    ("time", ["time", "2026-03-31T08:00:00+00:00"], b'{"$time":"2026-03-31T08:00:00.000000Z"}'),
    ("time of Shenzhen", ["time", "2026-01-01T07:59:59.000001+08:00"], b'{"$time":"2025-12-31T23:59:59.000001Z"}'),
    ("text empty", ["text", ""], b'""'),
    ("text that looks like a number", ["text", "1"], b'"1"'),
    ("text short escapes", ["text", '"\\\b\t\n\f\r'], b'"\\"\\\\\\b\\t\\n\\f\\r"'),
    ("text other controls", ["text", "\x00\x01\x0b\x1f"], b'"\\u0000\\u0001\\u000b\\u001f"'),
    ("text without escapes", ["text", "/\x7f\u2028"], b'"/\x7f\xe2\x80\xa8"'),
    ("text Chinese", ["text", ENTRY_TEXT], b'"\xe4\xbc\x81\xe4\xb8\x9a\xe2\x80\x9c\xe7\x94\xb2\xe2\x80\x9d"'),
    ("text composed", ["text", "\u00e9"], b'"\xc3\xa9"'),
    ("text decomposed", ["text", "e\u0301"], b'"\xc3\xa9"'),
    ("text Hangul parts", ["text", "\u1112\u1161\u11ab"], b'"\xed\x95\x9c"'),
    ("text Kelvin sign", ["text", "\u212a"], b'"K"'),
    ("text compatibility ideograph", ["text", "\uf900"], b'"\xe8\xb1\x88"'),
    ("text full width stays", ["text", "\uff21"], b'"\xef\xbc\xa1"'),
    ("text outside the basic plane", ["text", "\U00020000\U0001f600"], b'"\xf0\xa0\x80\x80\xf0\x9f\x98\x80"'),
    ("text noncharacter", ["text", "\uffff"], b'"\xef\xbf\xbf"'),
    ("text byte order mark inside", ["text", "\ufeff"], b'"\xef\xbb\xbf"'),
    ("list empty", ["list"], b"[]"),
    ("list keeps order", ["list", ["integer", "2"], ["integer", "1"], ["missing"]], b"[2,1,null]"),
    ("list deepest", _nested(64), b"[" * 64 + b"]" * 64),
    ("object empty", ["object"], b"{}"),
    ("object key empty", ["object", ["", ["integer", "1"]]], b'{"":1}'),
    (
        "object sorted",
        ["object", ["b", ["integer", "1"]], ["a", ["integer", "2"]], ["aa", ["integer", "3"]], ["B", ["integer", "4"]]],
        b'{"B":4,"a":2,"aa":3,"b":1}',
    ),
    (
        "object sorted by code point, not by UTF-16 unit",
        ["object", ["\U0001f600", ["integer", "1"]], ["\uff5e", ["integer", "2"]]],
        b'{"\xef\xbd\x9e":2,"\xf0\x9f\x98\x80":1}',
    ),
    ("object key decomposed", ["object", ["e\u0301", ["truth", True]]], b'{"\xc3\xa9":true}'),
    ("object sorted after NFC", ["object", ["\u212a", ["integer", "1"]], ["L", ["integer", "2"]]], b'{"K":1,"L":2}'),
    ("object key with dollar inside", ["object", ["a$", ["integer", "1"]]], b'{"a$":1}'),
    (
        "nested",
        ["object", ["loan", ["object", ["amount_cny", ["decimal", "3000000.00"]], ["from", ["day", "2026-02-28"]],
                              ["tags", ["list", ["text", "20+8"], ["list"], ["object"],
                                        ["float", "3fb999999999999a"]]]]]],
        (b'{"loan":{"amount_cny":{"$decimal":"3000000"},"from":{"$day":"2026-02-28"},'
         b'"tags":["20+8",[],{},{"$float":"1e-1"}]}}'),
    ),
]  # fmt: skip

REFUSED_VALUES: list[tuple[str, list[Any], str]] = [
    ("integer 2^53", ["integer", "9007199254740992"], "journal.integer_large"),
    ("integer -2^53", ["integer", "-9007199254740992"], "journal.integer_large"),
    ("decimal not a number", ["decimal", "NaN"], "journal.number_not_finite"),
    ("decimal signalling", ["decimal", "sNaN"], "journal.number_not_finite"),
    ("decimal infinite", ["decimal", "-Infinity"], "journal.number_not_finite"),
    ("decimal 39 digits before the point", ["decimal", "1E+38"], "journal.decimal_long"),
    ("decimal 39 digits after the point", ["decimal", "1E-39"], "journal.decimal_long"),
    ("float not a number", ["float", "7ff8000000000000"], "journal.number_not_finite"),
    ("float infinite", ["float", "7ff0000000000000"], "journal.number_not_finite"),
    ("float minus infinite", ["float", "fff0000000000000"], "journal.number_not_finite"),
    ("text lone high surrogate", ["text", "a\ud800"], "journal.text_surrogate"),
    ("text lone low surrogate", ["text", "\udc00a"], "journal.text_surrogate"),
    ("key lone surrogate", ["object", ["\ud800", ["missing"]]], "journal.text_surrogate"),
    ("key reserved", ["object", ["$decimal", ["text", "1"]]], "journal.key_reserved"),
    ("key reserved unknown", ["object", ["$", ["missing"]]], "journal.key_reserved"),
    ("key twice after NFC", ["object", ["\u00e9", ["missing"]], ["e\u0301", ["missing"]]], "journal.key_twice"),
    ("key twice with ASCII", ["object", ["K", ["missing"]], ["\u212a", ["missing"]]], "journal.key_twice"),
    ("key integer", ["object", [1, ["missing"]]], "journal.key_not_text"),
    ("time without zone", ["time", "2026-03-31T08:00:00"], "journal.time_without_zone"),
    ("time before year 1", ["time", "0001-01-01T00:00:00+08:00"], "journal.time_outside"),
    ("nested 65 deep", _nested(65), "journal.nesting_deep"),
    ("bytes", ["other", "bytes"], "journal.value_unknown"),
    ("set", ["other", "set"], "journal.value_unknown"),
    ("complex number", ["other", "complex"], "journal.value_unknown"),
]  # fmt: skip

NOT_JSON, NOT_CANONICAL = "journal.bytes_not_json", "journal.bytes_not_canonical"
REFUSED_BYTES: list[tuple[str, bytes, str]] = [
    ("nothing", b"", NOT_JSON),
    ("byte order mark", b"\xef\xbb\xbf1", NOT_JSON),
    ("two values", b"1 2", NOT_JSON),
    ("cut off", b'{"a":1', NOT_JSON),
    ("single quotes", b"{'a':1}", NOT_JSON),
    ("comma at the end", b"[1,]", NOT_JSON),
    ("comment", b"1//", NOT_JSON),
    ("integer with leading zero", b"01", NOT_JSON),
    ("integer with plus", b"+1", NOT_JSON),
    ("NaN", b"NaN", NOT_JSON),
    ("Infinity", b"-Infinity", NOT_JSON),
    ("control character unescaped", b'"\x01"', NOT_JSON),
    ("no UTF-8", b'"\xff"', NOT_JSON),
    ("overlong UTF-8", b'"\xc0\xaf"', NOT_JSON),
    ("surrogate in UTF-8", b'"\xed\xa0\x80"', NOT_JSON),
    ("UTF-16", '"a"'.encode("utf-16-le"), NOT_JSON),
    ("white space before", b" 1", NOT_CANONICAL),
    ("line feed behind", b"1\n", NOT_CANONICAL),
    ("white space between", b'{"a": 1}', NOT_CANONICAL),
    ("keys unsorted", b'{"b":1,"a":2}', NOT_CANONICAL),
    ("keys sorted by UTF-16", b'{"\xf0\x9f\x98\x80":1,"\xef\xbd\x9e":2}', NOT_CANONICAL),
    ("key twice", b'{"a":1,"a":1}', NOT_CANONICAL),
    ("number with point", b"1.0", NOT_CANONICAL),
    ("number with exponent", b"1e2", NOT_CANONICAL),
    ("negative zero", b"-0", NOT_CANONICAL),
    ("integer 2^53", b"9007199254740992", NOT_CANONICAL),
    ("integer of 5000 digits", b"9" * 5000, NOT_CANONICAL),
    ("text decomposed", b'"e\xcc\x81"', NOT_CANONICAL),
    ("key decomposed", b'{"e\xcc\x81":1}', NOT_CANONICAL),
    ("slash escaped", b'"\\/"', NOT_CANONICAL),
    ("letter escaped", b'"\\u0041"', NOT_CANONICAL),
    ("control escaped with upper case", b'"\\u001F"', NOT_CANONICAL),
    ("line feed escaped long", b'"\\u000a"', NOT_CANONICAL),
    ("delete escaped", b'"\\u007f"', NOT_CANONICAL),
    ("plane 1 escaped", b'"\\ud83d\\ude00"', NOT_CANONICAL),
    ("lone surrogate escaped", b'"\\ud800"', NOT_CANONICAL),
    ("mark unknown", b'{"$money":"1"}', NOT_CANONICAL),
    ("mark with company", b'{"$decimal":"1","a":1}', NOT_CANONICAL),
    ("mark twice", b'{"$decimal":"1","$decimal":"1"}', NOT_CANONICAL),
    ("mark of a number", b'{"$decimal":1}', NOT_CANONICAL),
    ("decimal with scale", b'{"$decimal":"1.0"}', NOT_CANONICAL),
    ("decimal negative zero", b'{"$decimal":"-0"}', NOT_CANONICAL),
    ("decimal with exponent", b'{"$decimal":"1E3"}', NOT_CANONICAL),
    ("decimal huge exponent", b'{"$decimal":"1E999999999"}', NOT_CANONICAL),
    ("decimal with plus", b'{"$decimal":"+1"}', NOT_CANONICAL),
    ("decimal without whole part", b'{"$decimal":".5"}', NOT_CANONICAL),
    ("decimal with point at the end", b'{"$decimal":"1."}', NOT_CANONICAL),
    ("decimal with underscore", b'{"$decimal":"1_000"}', NOT_CANONICAL),
    ("decimal with spaces", b'{"$decimal":" 1"}', NOT_CANONICAL),
    ("decimal in Arabic digits", b'{"$decimal":"\xd9\xa1"}', NOT_CANONICAL),
    ("decimal NaN", b'{"$decimal":"NaN"}', NOT_CANONICAL),
    ("decimal empty", b'{"$decimal":""}', NOT_CANONICAL),
    ("float plain", b'{"$float":"0.1"}', NOT_CANONICAL),
    ("float with zero at the end", b'{"$float":"1.0e0"}', NOT_CANONICAL),
    ("float negative zero", b'{"$float":"-0e0"}', NOT_CANONICAL),
    ("float with more digits than needed", b'{"$float":"1.0000000000000001e-1"}', NOT_CANONICAL),
    ("float with upper case", b'{"$float":"1E-1"}', NOT_CANONICAL),
    ("float with plus in exponent", b'{"$float":"1e+1"}', NOT_CANONICAL),
    ("float too large", b'{"$float":"1e309"}', NOT_CANONICAL),
    ("float not a number", b'{"$float":"nan"}', NOT_CANONICAL),
    ("float infinite", b'{"$float":"inf"}', NOT_CANONICAL),
    ("day short", b'{"$day":"2026-3-1"}', NOT_CANONICAL),
    ("day basic", b'{"$day":"20260301"}', NOT_CANONICAL),
    ("day week form", b'{"$day":"2026-W10-7"}', NOT_CANONICAL),
    ("day that is none", b'{"$day":"2026-02-30"}', NOT_CANONICAL),
    ("time without Z", b'{"$time":"2026-03-31T08:00:00.000000"}', NOT_CANONICAL),
    ("time with offset", b'{"$time":"2026-03-31T08:00:00.000000+00:00"}', NOT_CANONICAL),
    ("time with three digits", b'{"$time":"2026-03-31T08:00:00.000Z"}', NOT_CANONICAL),
    ("time with a space", b'{"$time":"2026-03-31 08:00:00.000000Z"}', NOT_CANONICAL),
    ("time of hour 24", b'{"$time":"2026-03-31T24:00:00.000000Z"}', NOT_CANONICAL),
    ("nested 65 deep", b"[" * 65 + b"]" * 65, NOT_CANONICAL),
    ("nested 5000 deep", b"[" * 5000 + b"]" * 5000, NOT_CANONICAL),
]

# ── a chain of two entries, by both algorithms ───────────────────────────────────────────────────────────────────────

JOURNAL_ID = "00112233445566778899aabbccddeeff"


def _settings(algorithm: str) -> bytes:
    return (
        f'{{"algorithm":"{algorithm}","created":{{"$time":"2026-03-31T08:00:00.000000Z"}},"format":1,'
        f'"journal_id":"{JOURNAL_ID}"}}'
    ).encode()


def _first_body(algorithm: str) -> bytes:
    """An act with everything missing that may be missing."""
    return (
        f'{{"act":"load_facts","actor":"importer","algorithm":"{algorithm}","as_of":null,"format":1,"inputs":{{}},'
        '"known_on":null,"model_versions":{},"program":"kejin 0.1.0","refers_to":[],"result":{},'
        f'"result_hash":"{_value_hash(algorithm, b"{}")}","role":"system","row_counts":{{}},"rows_hash":null,'
        '"rule_edition":null,"rules_used":[],"sequence":1,"subject":null,"time":{"$time":"2026-03-31T08:00:00.000001Z"}}'
    ).encode()


def _second_body(algorithm: str) -> bytes:
    """A loan refused, with every key filled. The rules are given out of order to the package, in order here."""
    return (
        f'{{"act":"assess_loan","actor":"李四","algorithm":"{algorithm}","as_of":{{"$day":"2026-02-28"}},"format":1,'
        '"inputs":{"amount_cny":{"$decimal":"3000000"},"purpose":"研发","term_months":12},'
        '"known_on":{"$day":"2026-03-31"},"model_versions":{"default":"1.2.0"},"program":"kejin 0.1.0","refers_to":[1],'
        '"result":{"decision":"refuse","default_probability_1y":{"$float":"4.25e-2"},"limit_cny":null,'
        '"reasons":["credit.debt_high",{"code":"credit.age_short","years":{"$decimal":"1.5"}}]},'
        f'"result_hash":"sha256:{"c" * 64}","role":"loan_officer","row_counts":{{"annual_report":3,"company":1}},'
        f'"rows_hash":"{"a" * 64}","rule_edition":"{"e" * 64}",'
        '"rules_used":[{"confidence":"text_seen","document":"深府〔2022〕1号","from":{"$day":"2022-01-01"},'
        '"name":"credit/age_years_min","overridden":false,"value":{"$decimal":"2"}},'
        '{"confidence":"unverified","document":null,"from":null,"name":"credit/debt_ratio_max","overridden":true,'
        '"value":{"$decimal":"0.7"}}],'
        '"sequence":2,"subject":"91440300MA5TEST000","time":{"$time":"2026-03-31T08:00:01.000000Z"}}'
    ).encode()


def _value_hash(algorithm: str, encoded: bytes) -> str:
    return _digest(algorithm, b"kejin.journal.1\n" + b"value\n" + encoded).hex()


def _chain(algorithm: str) -> dict[str, Any]:
    settings = _settings(algorithm)
    genesis = _digest(algorithm, b"kejin.journal.1\n" + b"genesis\n" + settings)
    first = _first_body(algorithm)
    first_hash = _digest(algorithm, b"kejin.journal.1\n" + b"entry\n" + genesis + first)
    second = _second_body(algorithm)
    second_hash = _digest(algorithm, b"kejin.journal.1\n" + b"entry\n" + first_hash + second)
    return {
        "algorithm": algorithm,
        "settings_hex": settings.hex(),
        "genesis_hash": genesis.hex(),
        "entries": [
            {"body_hex": first.hex(), "entry_hash": first_hash.hex()},
            {"body_hex": second.hex(), "entry_hash": second_hash.hex()},
        ],
        "anchor_hex": (
            f'{{"algorithm":"{algorithm}","entry_hash":"{second_hash.hex()}","format":"kejin.journal.anchor.1",'
            f'"genesis_hash":"{genesis.hex()}","journal_id":"{JOURNAL_ID}","sequence":2,'
            '"written":{"$time":"2026-04-01T00:00:00.000000Z"}}'
        ).encode().hex(),
    }  # fmt: skip


def vectors() -> dict[str, Any]:
    """Everything that vectors.json holds."""
    return {
        "format": "kejin.journal.1",
        "values": [
            {
                "name": name,
                "value": value,
                "bytes_hex": encoded.hex(),
                "value_hash_sha256": _value_hash("sha256", encoded),
                "value_hash_sm3": _value_hash("sm3", encoded),
            }
            for name, value, encoded in VALUES
        ],
        "refused_values": [{"name": name, "value": value, "code": code} for name, value, code in REFUSED_VALUES],
        "refused_bytes": [
            {"name": name, "bytes_hex": encoded.hex(), "code": code} for name, encoded, code in REFUSED_BYTES
        ],
        "chains": [_chain("sha256"), _chain("sm3")],
    }


def text() -> str:
    return json.dumps(vectors(), ensure_ascii=True, indent=1) + "\n"


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="ascii")
    sys.stderr.write(f"{TARGET.name} written\n")
