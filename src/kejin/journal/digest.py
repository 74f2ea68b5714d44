"""SHA-256 and SM3: 32 bytes out of any message, by the system's library."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import cache

from kejin.errors import UseError

ALGORITHMS = ("sha256", "sm3")
DIGEST_PATTERN = re.compile(r"(?:(?:sha256|sm3):)?[0-9a-f]{64}\Z")
HASH_PATTERN = re.compile(r"[0-9a-f]{64}\Z")


def digest(algorithm: str, *parts: bytes) -> bytes:
    """What is the hash of these parts, joined? 32 bytes.

    Raises UseError journal.algorithm_unknown, journal.algorithm_absent. Source: FIPS 180-4; GM/T 0004-2012.
    """
    return _function(algorithm)(b"".join(parts))


@cache
def _function(algorithm: str) -> Callable[[bytes], bytes]:
    if algorithm == "sha256":
        return lambda message: hashlib.sha256(message).digest()
    if algorithm != "sm3":
        raise UseError("journal.algorithm_unknown", algorithm=algorithm, known=", ".join(ALGORITHMS))
    if "sm3" in hashlib.algorithms_available:
        try:
            hashlib.new("sm3", b"")
        except ValueError:  # listed, but switched off by the system's policy
            return _sm3_of_cryptography()
        return lambda message: hashlib.new("sm3", message).digest()
    return _sm3_of_cryptography()


def _sm3_of_cryptography() -> Callable[[bytes], bytes]:
    """SM3 from the package `cryptography`, for systems whose OpenSSL leaves it out."""
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives import hashes
    except ImportError:
        raise UseError("journal.algorithm_absent", algorithm="sm3") from None

    def sm3(message: bytes) -> bytes:
        running = hashes.Hash(hashes.SM3())
        running.update(message)
        return running.finalize()

    try:
        sm3(b"")
    except UnsupportedAlgorithm:
        raise UseError("journal.algorithm_absent", algorithm="sm3") from None
    return sm3
