"""Readers lent to requests: ready before they are asked, given back whatever happens, new after a change."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from served_city import DAY

from kejin.app.web.readers import Reader, ReaderPool
from kejin.app.web.serving import Serving
from kejin.engines.run_query import rows_of
from kejin.workflows.company_profile import Profiler
from kejin.workflows.evaluate_companies import Evaluator
from kejin.workflows.workspace import Workspace


@pytest.fixture
def pool(city_workspace: Path) -> Iterator[ReaderPool]:
    made = ReaderPool(city_workspace, size=2)
    yield made
    made.close()


def lent(pool: ReaderPool) -> list[Reader]:
    """All readers, as requests at the same time get them."""
    with pool.reader() as first, pool.reader() as second:
        assert first is not second
        assert not pool.one_is_free(wait_seconds=0.01)
        return [first, second]


def test_every_reader_is_made_ready_and_given_back(pool: ReaderPool, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[date] = []
    monkeypatch.setattr(Reader, "profiler", lambda self, day: asked.append(day) or _Profiler())
    pool.warm(DAY)
    assert asked == [DAY, DAY]
    assert all(one.is_warm for one in lent(pool))
    pool.warm(DAY)
    assert len(asked) == 2, "a reader that answered is not made ready again"


def test_a_day_that_nobody_evaluated_is_not_evaluated_for_the_sake_of_speed(pool: ReaderPool) -> None:
    before = sorted((pool.path / "results").iterdir())
    pool.warm(date(2025, 3, 31))
    assert sorted((pool.path / "results").iterdir()) == before
    assert len(lent(pool)) == 2


def test_a_reader_that_cannot_be_made_ready_still_serves(
    pool: ReaderPool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(self: Reader, day: date) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr(Reader, "evaluator", broken)
    pool.warm(DAY)
    assert len(lent(pool)) == 2
    assert caplog.text.count("could not be made ready") == 2


def test_after_a_change_the_readers_are_new_and_said_to_be(city_workspace: Path) -> None:
    changes: list[int] = []
    pool = ReaderPool(city_workspace, size=2, after_change=lambda: changes.append(pool.generation))
    old = lent(pool)
    pool.warm(date(2025, 3, 31))
    with pool.nobody_reads():
        assert changes == []
        assert not pool.one_is_free(wait_seconds=0.01)
    new = lent(pool)
    assert changes == [1]
    assert not set(map(id, old)) & set(map(id, new))
    assert not any(one.is_warm for one in new)
    pool.close()
    pool.close()  # of two owners each may close


def test_a_server_is_ready_once_its_readers_are_warm_and_stays_so_after_a_load(
    city_workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(self: ReaderPool, day: date) -> None:
        begun.set()
        assert go_on.wait(60)

    monkeypatch.setattr(ReaderPool, "warm", slow)
    serving = Serving(Path(shutil.copytree(city_workspace, tmp_path / "workspace")), warm=True)
    assert not serving.is_ready
    serving.make_ready()
    assert begun.wait(60)
    assert not serving.is_ready
    go_on.set()
    assert serving._made_ready.wait(60)
    assert serving.is_ready
    go_on.clear()
    serving.pool.renew()
    assert serving.is_ready, "the readers are made ready anew beside the requests"
    go_on.set()
    serving.close()


class _Profiler:
    def profile(self, company_id: str) -> str:
        return company_id


def test_a_profile_alone_is_the_profile_among_many(city_workspace: Path) -> None:
    with Workspace.open(city_workspace) as workspace:
        profiler = Profiler(Evaluator(workspace, DAY))
        sql = "SELECT DISTINCT company_id FROM company ORDER BY 1 LIMIT 12"
        companies = [str(row["company_id"]) for row in rows_of(workspace.backend, sql, {})]
        many = list(profiler.profiles(companies))
        assert len(many) == len(companies)
        assert [profiler.profile(one) for one in companies] == many
