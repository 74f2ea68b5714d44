"""Which code does a company have? A pure function of the seed and the company's index, with right check characters."""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa

from kejin.city.streams import Bytes, Ints
from kejin.city.values import fixed
from kejin.facts.uscc import ALPHABET as _ALPHABET
from kejin.facts.uscc import WEIGHTS

_WEIGHTS = np.array(WEIGHTS, dtype=np.int64)
_BODY_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2], dtype=np.int64)  # GB 11714, the organisation's own check digit
_PREFIX = "91440399"  # registry, company, and a division code that Shenzhen does not have: no real company is hit
_BODIES = 31**7
_STRIDE = 17_180_131_327  # has no factor 31, so that different companies have different bodies


def uscc_bytes(index: Ints, seed: int) -> Bytes:
    """The codes of companies as bytes, shape (company, 18)."""
    start = int.from_bytes(hashlib.blake2b(str(seed).encode(), digest_size=8).digest(), "big") % _BODIES
    body = (np.asarray(index, dtype=np.int64) * (_STRIDE % _BODIES) + start) % _BODIES
    values = np.empty((len(body), 18), dtype=np.int64)
    values[:, :8] = [_ALPHABET.index(character) for character in _PREFIX]
    values[:, 8] = _ALPHABET.index("M")  # bodies of companies begin with M here
    for place in range(7):
        values[:, 9 + place] = (body // 31 ** (6 - place)) % 31
    values[:, 16] = _own_check(values[:, 8:16])
    values[:, 17] = (31 - (values[:, :17] * _WEIGHTS).sum(axis=1) % 31) % 31
    letters = np.frombuffer(_ALPHABET.encode(), dtype=np.uint8)
    return letters[values]


def uscc(index: Ints, seed: int) -> pa.Array:
    """The codes of companies as a text column."""
    return fixed(uscc_bytes(index, seed))


def _own_check(body: Ints) -> Ints:
    """Value of the ninth character of the organisation code: GB 11714 counts letters A = 10 .. Z = 35."""
    plain = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    worth = np.array([plain.index(character) for character in _ALPHABET], dtype=np.int64)
    remainder = (11 - (worth[body] * _BODY_WEIGHTS).sum(axis=1) % 11) % 11
    return np.where(remainder == 10, _ALPHABET.index("X"), remainder)
