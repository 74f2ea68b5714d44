"""Whatever is changed, removed, inserted, moved or cut off is found; what cannot be found without an anchor is said."""

from __future__ import annotations

import random
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from journal_samples import COLUMNS, Ticking, copy_of, make_journal, put, raw, record, renumber, tampering

from kejin.errors import InputError, KejinError
from kejin.journal import Anchor, ExportFile, Journal, Verification, verify
from kejin.journal.canonical import decode, encode
from kejin.journal.chain import entry_hash
from kejin.journal.entry import body_bytes, read_body
from kejin.journal.store import search_copies
from kejin.journal.tables import COPIES, SQLITE_GUARDS

ENTRIES = 200
SAME = "'1', '2', body, act, actor, subject, as_of, recorded_at FROM journal_entry WHERE sequence = 200"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_journal(tmp_path_factory.mktemp("whole") / "journal.sqlite", ENTRIES)


@pytest.fixture(scope="module")
def anchor(whole: Path) -> Anchor:
    with Journal.open(whole) as journal:
        return journal.anchor()


@pytest.fixture
def path(whole: Path, tmp_path: Path) -> Path:
    return copy_of(whole, tmp_path)


def checked(path: Path, *anchors: Anchor) -> Verification:
    with Journal.open(path, create=False) as journal:
        return journal.verify(anchors)


def codes(verification: Verification) -> set[tuple[str, int | None]]:
    for finding in verification.findings:
        for lang in ("en", "zh"):
            assert "{" not in finding.text(lang)
    return {(finding.code.removeprefix("journal."), finding.sequence) for finding in verification.findings}


def test_untouched_is_whole(path: Path, anchor: Anchor) -> None:
    verification = checked(path, anchor)
    assert verification.ok
    assert (verification.entries, verification.anchored_to) == (ENTRIES, ENTRIES)
    assert verification.head is not None
    assert verification.head.entry_hash == anchor.entry_hash


# ── changed bytes ────────────────────────────────────────────────────────────────────────────────────────────────────


def flipped(cell: bytes, at: int, chance: random.Random) -> bytes:
    return cell[:at] + bytes([cell[at] ^ chance.randrange(1, 256)]) + cell[at + 1 :]


def places(verification: Verification) -> set[int | None]:
    """Entries that findings name; a missing guard does not count, the chain must speak for itself."""
    return {finding.sequence for finding in verification.findings if finding.code != "journal.guard_absent"}


@pytest.mark.slow
@pytest.mark.parametrize(("algorithm", "step"), [("sha256", 1), ("sm3", 9)])
def test_every_byte_of_an_entry(algorithm: str, step: int, tmp_path: Path) -> None:
    path = make_journal(tmp_path / "small.sqlite", 3, algorithm)
    chance = random.Random(1)
    with Journal.open(path) as journal, tampering(path) as connection:
        for column in COLUMNS:
            cell = raw(connection, column, 2)
            assert cell
            for at in range(0, len(cell), step):
                put(connection, column, 2, flipped(cell, at, chance))
                assert places(journal.verify()) & {2, 3}, f"{column}, byte {at}"
            put(connection, column, 2, cell)
    assert checked(path).ok


@pytest.mark.slow
def test_random_bytes_of_a_long_journal(path: Path) -> None:
    chance = random.Random(2)
    with Journal.open(path) as journal, tampering(path) as connection:
        for _ in range(25):
            column, sequence = chance.choice(COLUMNS), chance.randint(1, ENTRIES)
            cell = raw(connection, column, sequence)
            if not cell:
                continue
            put(connection, column, sequence, flipped(cell, chance.randrange(len(cell)), chance))
            assert places(journal.verify()) & {sequence, sequence + 1}, f"{column} of {sequence}"
            put(connection, column, sequence, cell)
    assert checked(path).ok


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("body", b""),
        ("body", b"{}"),
        ("entry_hash", b""),
        ("entry_hash", b"A" * 64),
        ("previous_hash", b"0" * 63),
        ("subject", None),
        ("subject", b""),
        ("as_of", b"2026-13-01"),
        ("recorded_at", b"later"),
    ],
)
def test_replaced_cells(path: Path, column: str, value: bytes | None) -> None:
    with tampering(path) as connection:
        put(connection, column, 8, value)
    assert 8 in places(checked(path))


def test_appended_and_cut_bytes_of_a_body(path: Path) -> None:
    with tampering(path) as connection:
        body = raw(connection, "body", 9)
        assert body
        put(connection, "body", 9, body + b" ")
        put(connection, "body", 10, (raw(connection, "body", 10) or b"")[:-1])
    assert {("entry_changed", 9), ("entry_changed", 10)} <= codes(checked(path))


@pytest.mark.slow
def test_any_byte_of_the_file(tmp_path: Path) -> None:
    """A flipped byte of the file is found, or lies where nothing of the journal is kept."""
    small = make_journal(tmp_path / "small.sqlite", 30)
    original, before = small.read_bytes(), rows_of(small)
    chance = random.Random(3)
    found = 0
    for _ in range(120):
        path = tmp_path / "hurt.sqlite"
        path.write_bytes(flipped(original, chance.randrange(len(original)), chance))
        try:
            verification = checked(path)
        except KejinError:
            found += 1
            continue
        if verification.ok:
            assert rows_of(path) == before
        else:
            found += 1
    assert found > 40


def rows_of(path: Path) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    connection.text_factory = bytes
    query = "SELECT * FROM journal_entry ORDER BY sequence"
    try:
        return connection.execute(query).fetchall() + connection.execute("SELECT * FROM journal_settings").fetchall()
    finally:
        connection.close()


# ── settings and guards ──────────────────────────────────────────────────────────────────────────────────────────────


def test_every_byte_of_the_settings(path: Path) -> None:
    chance = random.Random(4)
    with tampering(path) as connection:
        settings, genesis = connection.execute("SELECT settings, genesis_hash FROM journal_settings").fetchone()
        for column, cell in (("settings", settings), ("genesis_hash", genesis.encode())):
            kind = "BLOB" if column == "settings" else "TEXT"
            for at in range(0, len(cell), 3):
                hurt = flipped(cell, at, chance)
                connection.execute(f"UPDATE journal_settings SET {column} = CAST(? AS {kind})", (hurt,))
                connection.commit()
                try:
                    assert places(checked(path)), f"{column}, byte {at}"
                except InputError:  # settings that cannot even be read
                    continue
            connection.execute(f"UPDATE journal_settings SET {column} = CAST(? AS {kind})", (cell,))
            connection.commit()
    assert checked(path).ok


def test_settings_gone(path: Path) -> None:
    with tampering(path) as connection:
        connection.execute("DELETE FROM journal_settings")
        connection.commit()
    with pytest.raises(InputError, match="settings_wrong"):
        Journal.open(path)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE journal_entry SET act = 'x' WHERE sequence = 5",
        "UPDATE journal_entry SET sequence = 500 WHERE sequence = 200",
        "DELETE FROM journal_entry WHERE sequence = 200",
        "DELETE FROM journal_entry",
        "INSERT OR REPLACE INTO journal_entry SELECT * FROM journal_entry WHERE sequence = 200",
        f"INSERT INTO journal_entry SELECT 202, {SAME}",
        f"INSERT INTO journal_entry SELECT 201, {SAME}",
        "UPDATE journal_settings SET genesis_hash = 'x'",
        "DELETE FROM journal_settings",
        "INSERT OR REPLACE INTO journal_settings SELECT * FROM journal_settings",
    ],
)
def test_guards_refuse(path: Path, change: str) -> None:
    connection = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match=r"append-only|next link|CHECK"):
        connection.execute(change)
    connection.close()
    assert checked(path).ok


@pytest.mark.parametrize("name", SQLITE_GUARDS)
def test_missing_and_weakened_guards_are_found(path: Path, name: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(f"DROP TRIGGER {name}")
    connection.commit()
    assert ("guard_absent", None) in codes(checked(path))
    table = "journal_settings" if "settings" in name else "journal_entry"
    connection.execute(f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} BEGIN SELECT 1; END")
    connection.commit()
    connection.close()
    assert ("guard_absent", None) in codes(checked(path))


def test_a_damaged_index_is_found(path: Path) -> None:
    """An index that no longer fits its table would make searches miss entries."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute(
        "UPDATE sqlite_master SET sql = replace(sql, '(act,', '(actor,') WHERE name = 'journal_entry_act'"
    )
    connection.commit()
    connection.close()
    assert ("store_damaged", None) in codes(checked(path))


# ── removed, moved, inserted, cut off, rewritten ─────────────────────────────────────────────────────────────────────


def delete(path: Path, where: str) -> None:
    with tampering(path) as connection:
        connection.execute(f"DELETE FROM journal_entry WHERE {where}")
        connection.commit()


@pytest.mark.parametrize("sequence", [1, 2, 100, 199])
def test_a_removed_entry(path: Path, sequence: int) -> None:
    delete(path, f"sequence = {sequence}")
    assert codes(checked(path)) == {("entries_missing", sequence)}


def test_a_removed_entry_with_the_rest_moved_up(path: Path) -> None:
    with tampering(path) as connection:
        connection.execute("DELETE FROM journal_entry WHERE sequence = 50")
        for sequence in range(51, ENTRIES + 1):
            renumber(connection, sequence, sequence - 1)
        connection.commit()
    found = codes(checked(path))
    assert {("link_broken", 50), ("sequence_other", 50)} <= found
    assert not any(sequence < 50 for _, sequence in found if sequence)


@pytest.mark.parametrize(("one", "other"), [(10, 11), (1, 200), (50, 150)])
def test_two_swapped_entries(path: Path, one: int, other: int) -> None:
    with tampering(path) as connection:
        for old, new in ((one, 999), (other, one), (999, other)):
            renumber(connection, old, new)
        connection.commit()
    assert {("sequence_other", one), ("sequence_other", other), ("link_broken", one)} <= codes(checked(path))


def test_an_entry_inserted_with_a_right_seal(path: Path) -> None:
    with tampering(path) as connection:
        for sequence in range(ENTRIES, 99, -1):
            renumber(connection, sequence, sequence + 1)
        put(connection, "previous_hash", 101, b"free")
        forge(connection, 100, 777)
        put(connection, "previous_hash", 101, raw(connection, "entry_hash", 100))
    found = codes(checked(path))
    assert {("entry_changed", 101), ("sequence_other", 101)} <= found
    assert 100 not in {sequence for _, sequence in found}


def test_an_entry_inserted_before_the_first(path: Path) -> None:
    with tampering(path) as connection:
        connection.execute(
            "INSERT INTO journal_entry SELECT 0, '0', '1', body, act, actor, subject, as_of, recorded_at"
            " FROM journal_entry WHERE sequence = 3"
        )
        connection.commit()
    assert ("entry_inserted", 0) in codes(checked(path))


def forge(connection: sqlite3.Connection, sequence: int, number: int) -> None:
    """An entry of another record, sealed rightly over the entry before it, as somebody who knows the format could."""
    before = raw(connection, "entry_hash", sequence - 1)
    assert before
    time = Ticking()()
    if last := raw(connection, "recorded_at", sequence - 1):
        time = time.fromisoformat(last.decode())
    body = body_bytes(
        record(number), sequence=sequence, algorithm="sha256", time=time, program="kejin", result_hash="b" * 64
    )
    sealed = entry_hash("sha256", before.decode(), body)
    row = dict(zip(COPIES, search_copies(read_body(body)), strict=True))
    row |= {"sequence": sequence, "previous_hash": before.decode(), "entry_hash": sealed, "body": body}
    names = ", ".join(row)
    marks = ", ".join("?" * len(row))
    connection.execute(f"INSERT INTO journal_entry ({names}) VALUES ({marks})", tuple(row.values()))


RULE = {"confidence": "x", "document": None, "from": None, "name": "a", "overridden": False, "value": 1}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"time": datetime(2020, 1, 1, tzinfo=UTC)}, "time_backwards"),
        ({"algorithm": "sm3"}, "entry_algorithm"),
        ({"sequence": 7}, "sequence_other"),
        ({"actor": "other"}, "copy_changed"),
        ({"refers_to": [ENTRIES]}, "entry_unreadable"),
        ({"refers_to": [2, 1]}, "entry_unreadable"),
        ({"rules_used": [RULE | {"name": "b"}, RULE]}, "entry_unreadable"),
        ({"rules_used": [RULE | {"value": 2}, RULE]}, "entry_unreadable"),
        ({"rules_used": [RULE | {"from": "2026-01-01"}]}, "entry_unreadable"),
        ({"rules_used": [{"name": "a"}]}, "entry_unreadable"),
        ({"format": 2}, "entry_unreadable"),
        ({"format": True}, "entry_unreadable"),
        ({"extra": None}, "entry_unreadable"),
        ({"as_of": "2026-01-01"}, "entry_unreadable"),
        ({"inputs": []}, "entry_unreadable"),
    ],
)
def test_an_entry_sealed_rightly_that_no_journal_writes(path: Path, change: dict[str, object], code: str) -> None:
    """The last entry replaced by one with a right hash: only what it says gives it away."""
    with tampering(path) as connection:
        cells = {name: raw(connection, name, ENTRIES) for name in ("body", "previous_hash")}
        assert cells["body"]
        assert cells["previous_hash"]
        body = encode(decode(cells["body"]) | change)
        put(connection, "body", ENTRIES, body)
        put(connection, "entry_hash", ENTRIES, entry_hash("sha256", cells["previous_hash"].decode(), body).encode())
    found = codes(checked(path))
    assert (code, ENTRIES) in found
    assert "entry_changed" not in {name for name, _ in found}


def test_a_rewritten_tail_is_found_by_an_anchor_only(path: Path, anchor: Anchor) -> None:
    with tampering(path) as connection:
        connection.execute("DELETE FROM journal_entry WHERE sequence >= 150")
        for sequence in range(150, ENTRIES + 1):
            forge(connection, sequence, sequence + 1000)
        connection.commit()
    assert checked(path).ok, "the chain alone cannot tell; docs/concepts/journal.md says so"
    assert codes(checked(path, anchor)) == {("anchor_differs", ENTRIES)}


@pytest.mark.parametrize("kept", [0, 1, 199])
def test_a_cut_off_tail_is_found_by_an_anchor_only(path: Path, anchor: Anchor, kept: int) -> None:
    delete(path, f"sequence > {kept}")
    assert checked(path).ok
    assert codes(checked(path, anchor)) == {("entries_cut_off", ENTRIES)}


def test_entries_behind_the_anchor_are_free(path: Path, anchor: Anchor) -> None:
    with Journal.open(path, clock=Ticking()) as journal:
        journal._clock = lambda: anchor.written
        journal.append(record(1))
        verification = journal.verify([anchor])
    assert verification.ok
    assert (verification.entries, verification.anchored_to) == (ENTRIES + 1, ENTRIES)


def test_the_anchor_of_another_journal(path: Path, tmp_path: Path) -> None:
    make_journal(tmp_path / "other.sqlite", ENTRIES)
    with Journal.open(tmp_path / "other.sqlite") as other:
        foreign = other.anchor()
    assert {("anchor_foreign", None), ("anchor_differs", ENTRIES)} <= codes(checked(path, foreign))


def test_a_changed_entry_is_not_shown(path: Path) -> None:
    with tampering(path) as connection:
        body = raw(connection, "body", 9)
        assert body
        put(connection, "body", 9, body.replace(b"refuse", b"accept"))
    with Journal.open(path) as journal:
        with pytest.raises(InputError, match="entry_changed"):
            journal.get(9)
        assert journal.get(8).result["decision"] == "refuse"


# ── exports ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def exported(whole: Path, tmp_path: Path) -> Path:
    target = tmp_path / "journal.jsonl"
    with Journal.open(whole) as journal:
        assert journal.export(target) == ENTRIES
    return target


def test_an_export_is_whole(exported: Path, anchor: Anchor) -> None:
    verification = verify(ExportFile(exported), [anchor])
    assert verification.ok
    assert verification.entries == ENTRIES


def test_any_byte_of_an_export(tmp_path: Path) -> None:
    make_journal(tmp_path / "small.sqlite", 2)
    target = tmp_path / "journal.jsonl"
    with Journal.open(tmp_path / "small.sqlite") as journal:
        journal.export(target)
    original = target.read_bytes()
    chance = random.Random(5)
    for at in range(len(original)):
        target.write_bytes(flipped(original, at, chance))
        assert not verify(ExportFile(target)).ok, f"byte {at}"


@pytest.mark.parametrize("change", ["drop", "swap", "double", "cut"])
def test_lines_of_an_export(exported: Path, anchor: Anchor, change: str) -> None:
    lines = exported.read_bytes().splitlines(keepends=True)
    match change:
        case "drop":
            del lines[20]
        case "swap":
            lines[20], lines[21] = lines[21], lines[20]
        case "double":
            lines.insert(20, lines[20])
        case "cut":
            del lines[-1]
    exported.write_bytes(b"".join(lines))
    verification = verify(ExportFile(exported), [anchor])
    assert not verification.ok
    assert min(finding.sequence or 0 for finding in verification.findings) == (
        ENTRIES if change == "cut" else 20 + (change == "double")
    )
