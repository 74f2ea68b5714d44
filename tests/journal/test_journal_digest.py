"""SM3 and SHA-256 against published values, and SM3 by every way a machine may offer it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import derive_vectors
import pytest

from kejin.errors import UseError
from kejin.journal import digest as digests
from kejin.journal.digest import digest

# GM/T 0004-2012, appendix A, examples 1 and 2; FIPS 180-4 example "abc".
ABC = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
ABCD_16 = "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
SHA_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    digests._function.cache_clear()
    yield
    digests._function.cache_clear()


def without_hashlib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashlib, "algorithms_available", hashlib.algorithms_available - {"sm3"})


def test_published_values() -> None:
    assert digest("sm3", b"abc").hex() == ABC
    assert digest("sm3", b"ab", b"c").hex() == ABC
    assert digest("sm3", b"abcd" * 16).hex() == ABCD_16
    assert digest("sha256", b"abc").hex() == SHA_ABC


def test_the_derivation_meets_the_published_values_too() -> None:
    assert derive_vectors.sm3(b"abc").hex() == ABC
    assert derive_vectors.sm3(b"abcd" * 16).hex() == ABCD_16


def test_every_length_around_a_block() -> None:
    for length in range(130):
        message = bytes(range(length))
        assert digest("sm3", message) == derive_vectors.sm3(message), length


def test_sm3_of_cryptography(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("cryptography")
    without_hashlib(monkeypatch)
    assert digest("sm3", b"abc").hex() == ABC


def test_a_machine_without_sm3_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    without_hashlib(monkeypatch)
    monkeypatch.setitem(__import__("sys").modules, "cryptography.exceptions", None)
    with pytest.raises(UseError, match="algorithm_absent"):
        digest("sm3", b"abc")


def test_unknown_algorithm() -> None:
    with pytest.raises(UseError, match="algorithm_unknown"):
        digest("md5", b"abc")
