"""Several writers make one chain; a writer that is killed or runs out of room leaves a whole journal."""

from __future__ import annotations

import random
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from journal_samples import make_journal, record

from kejin.errors import InputError
from kejin.journal import Journal

APPENDER = Path(__file__).with_name("append_entries.py")


def appender(path: Path, entries: int, actor: str, together: int = 1) -> subprocess.Popen[str]:
    command = [sys.executable, str(APPENDER), str(path), str(entries), actor, str(together)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_two_writers_make_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"  # not there yet: both may make it
    writers = [appender(path, 200, actor) for actor in ("one", "two")]
    confirmed = [[int(line) for line in writer.communicate(timeout=300)[0].split()] for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0]
    with Journal.open(path, create=False) as journal:
        verification = journal.verify()
        assert Counter(entry.actor for entry in journal.entries()) == {"one": 200, "two": 200}
        for actor, sequences in zip(("one", "two"), confirmed, strict=True):
            assert [entry.sequence for entry in journal.find(actor=actor)] == sequences
    assert verification.ok
    assert verification.entries == 400
    assert sorted(confirmed[0] + confirmed[1]) == list(range(1, 401))


@pytest.mark.slow
@pytest.mark.parametrize("together", [1, 7])
def test_a_killed_writer_leaves_no_half_entry(tmp_path: Path, together: int) -> None:
    path = make_journal(tmp_path / "journal.sqlite", 0)
    chance = random.Random(together)
    confirmed = 0
    for _ in range(5):
        writer = appender(path, 0, "killed", together)
        assert writer.stdout is not None
        confirmed = int(writer.stdout.readline())
        time.sleep(chance.random() / 5)
        writer.send_signal(signal.SIGKILL)
        confirmed = max([confirmed, *(int(line) for line in writer.communicate()[0].split("\n")[:-1])])
        with Journal.open(path, create=False) as journal:
            verification = journal.verify()
            assert verification.ok
            assert verification.entries >= confirmed, "a confirmed entry was lost"
            assert verification.entries % together == 0, "part of a transaction was kept"
    assert confirmed > 0


def append_many(journal: Journal) -> None:
    for number in range(1000):
        journal.append(record(number))


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    path = make_journal(tmp_path / "journal.sqlite", 20)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 20_000, before[1]))
        with Journal.open(path) as journal, pytest.raises(InputError, match="store_unusable"):
            append_many(journal)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    with Journal.open(path) as journal:
        verification = journal.verify()
        assert verification.ok
        assert verification.entries >= 20
        assert journal.append(record(1)).sequence == verification.entries + 1
