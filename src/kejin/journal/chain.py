"""How entries hang together: settings, hashes and anchors. docs/reference/journal_format.md, sections 2, 3 and 7."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path

from kejin.errors import InputError
from kejin.journal.canonical import Value, decode, encode
from kejin.journal.digest import ALGORITHMS, HASH_PATTERN, digest
from kejin.journal.entry import FORMAT

_VERSION = b"kejin.journal.1\n"
_ANCHOR_FORMAT = "kejin.journal.anchor.1"
_ANCHOR_BYTES_MAX = 4096
_JOURNAL_ID = re.compile(r"[0-9a-f]{32}\Z")


def genesis_hash(algorithm: str, settings: bytes) -> str:
    """Where does the chain start? The hash of the settings, hexadecimal."""
    return digest(algorithm, _VERSION, b"genesis\n", settings).hex()


def entry_hash(algorithm: str, previous_hash: str, body: bytes) -> str:
    """What seals an entry? The hash over the hash before it and its body, hexadecimal."""
    return digest(algorithm, _VERSION, b"entry\n", bytes.fromhex(previous_hash), body).hex()


def value_hash(value: Value, algorithm: str = "sha256") -> str:
    """What is the hash of any value with canonical form? For result and row hashes; hexadecimal."""
    return digest(algorithm, _VERSION, b"value\n", encode(value)).hex()


@dataclass(frozen=True)
class Settings:
    """Which journal is this? Fixed when it is made."""

    algorithm: str
    created: datetime
    journal_id: str

    def encoded(self) -> bytes:
        return encode(
            {"algorithm": self.algorithm, "created": self.created, "format": FORMAT, "journal_id": self.journal_id}
        )


def new_settings(algorithm: str, created: datetime) -> Settings:
    """Settings of a new journal, with a random identity."""
    return Settings(algorithm, created, secrets.token_hex(16))


def read_settings(encoded: bytes) -> Settings:
    """The settings that these bytes are; raises InputError journal.bytes_* or journal.settings_wrong."""
    value = decode(encoded)
    right = (
        isinstance(value, dict)
        and value.keys() == {"algorithm", "created", "format", "journal_id"}
        and value["algorithm"] in ALGORITHMS
        and isinstance(value["created"], datetime)
        and type(value["format"]) is int
        and value["format"] == FORMAT
        and isinstance(value["journal_id"], str)
        and _JOURNAL_ID.match(value["journal_id"])
    )
    if not right:
        raise InputError("journal.settings_wrong")
    return Settings(value["algorithm"], value["created"], value["journal_id"])


@dataclass(frozen=True)
class Head:
    """Where does the chain end now? Sequence 0 and the genesis hash for an empty journal."""

    sequence: int
    entry_hash: str


@dataclass(frozen=True)
class Anchor:
    """Where did the chain end at a moment that others remember?"""

    algorithm: str
    entry_hash: str
    genesis_hash: str
    journal_id: str
    sequence: int
    written: datetime

    def encoded(self) -> bytes:
        return encode({"format": _ANCHOR_FORMAT} | vars(self))


def read_anchor(path: Path) -> Anchor:
    """The anchor in a file; raises InputError journal.anchor_unreadable."""
    try:
        with path.open("rb") as file:
            line = file.read(_ANCHOR_BYTES_MAX)
        value = decode(line.removesuffix(b"\n"))
    except OSError as error:
        raise InputError("journal.anchor_unreadable", path=path, problem=error.strerror) from None
    except InputError as error:
        raise InputError("journal.anchor_unreadable", path=path, problem=error.part("what")) from None
    kinds = {field.name: field.type for field in fields(Anchor)} | {"format": "str"}
    right = (
        isinstance(value, dict)
        and value.keys() == kinds.keys()
        and all(type(value[key]).__name__ == kind for key, kind in kinds.items())
        and value.pop("format") == _ANCHOR_FORMAT
        and value["sequence"] >= 0
        and HASH_PATTERN.match(value["entry_hash"])
    )
    if not right:
        raise InputError("journal.anchor_unreadable", path=path, problem=f"it is not a {_ANCHOR_FORMAT}")
    return Anchor(**value)
