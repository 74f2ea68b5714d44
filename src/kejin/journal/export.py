"""The journal as a text file that anyone can check, and anchors: docs/reference/journal_format.md, sections 6 and 7."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from kejin.errors import InputError
from kejin.journal.canonical import BODY_BYTES_MAX
from kejin.journal.chain import Anchor, read_anchor
from kejin.journal.store import Journal, StoredRow
from kejin.journal.verify import Verification, verify

_LINE_BYTES_MAX = BODY_BYTES_MAX + 512
_BODY, _HASH, _PREVIOUS, _END = b'{"body":', b',"entry_hash":"', b'","previous_hash":"', b'"}\n'
_GENESIS, _SETTINGS = b'{"genesis_hash":"', b'","settings":'
_HASH_LENGTH = 64
_TAIL_LENGTH = len(_HASH) + _HASH_LENGTH + len(_PREVIOUS) + _HASH_LENGTH + len(_END)


def export(journal: Journal, path: Path) -> int:
    """Writes the whole journal as JSON lines and returns the number of entries; the file appears whole or not at all.

    Raises InputError journal.entry_changed at an entry whose bytes do not fit its hash, journal.file_unwritable.
    """
    count = 0
    with _whole_file(path) as file:
        genesis = journal.genesis_hash.encode()
        file.write(_GENESIS + genesis + _SETTINGS + journal.settings_bytes + b"}\n")
        for entry in journal.entries():
            hashes = _HASH + entry.entry_hash.encode() + _PREVIOUS + entry.previous_hash.encode()
            file.write(_BODY + entry.body + hashes + _END)
            count += 1
    return count


def keep_anchor(journal: Journal, path: Path) -> tuple[Anchor, Verification]:
    """Checks the journal and writes its head to a file, for keeping elsewhere.

    An anchor already in the file must still hold: a journal that was cut off cannot replace the anchor that would
    show it. Where the check finds anything, nothing is written.
    Raises InputError journal.anchor_unreadable, journal.file_unwritable.
    """
    anchor = journal.anchor()  # first, so that the check below covers what it says
    kept = [read_anchor(path)] if path.exists() else []
    checked = verify(journal, [*kept, anchor])
    if checked.ok:
        with _whole_file(path) as file:
            file.write(anchor.encoded() + b"\n")
    return anchor, checked


class ExportFile:
    """An exported journal as something to verify: lines instead of rows."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def stored_settings(self) -> list[tuple[bytes, bytes]]:
        for line in self._lines():
            start, end = len(_GENESIS), len(_GENESIS) + _HASH_LENGTH
            settings_start = end + len(_SETTINGS)
            if line == _GENESIS + line[start:end] + _SETTINGS + line[settings_start:-2] + b"}\n":
                return [(line[settings_start:-2], line[start:end])]
            break
        return []

    def store_problems(self) -> list[tuple[str, dict[str, object]]]:
        return []

    def rows(self) -> Iterator[StoredRow]:
        for sequence, line in enumerate(self._lines()):
            if sequence > 0:
                yield _row_of_line(sequence, line)

    def _lines(self) -> Iterator[bytes]:
        try:
            with self.path.open("rb") as file:
                while line := file.readline(_LINE_BYTES_MAX):
                    yield line
        except OSError as error:
            raise InputError("journal.store_unusable", detail=error.strerror) from None


def _row_of_line(sequence: int, line: bytes) -> StoredRow:
    """The parts of a line by their places; a line of another shape gives a row that no check accepts."""
    body, tail = line[len(_BODY) : -_TAIL_LENGTH], line[-_TAIL_LENGTH:]
    sealed = tail[len(_HASH) :][:_HASH_LENGTH]
    previous = tail[len(_HASH) + _HASH_LENGTH + len(_PREVIOUS) :][:_HASH_LENGTH]
    if line != _BODY + body + _HASH + sealed + _PREVIOUS + previous + _END:
        return StoredRow(sequence, b"", b"", line, None)
    return StoredRow(sequence, previous, sealed, body, None)


@contextmanager
def _whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file beside the wanted one that takes its name when all is written and on the disk."""
    temporary: Path | None = None
    try:
        with tempfile.NamedTemporaryFile("wb", dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = Path(file.name)
            yield file  # type: ignore[misc]  # the wrapper of a binary file
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        raise InputError("journal.file_unwritable", path=path, problem=error.strerror) from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
