"""Keys, references, corrections; what was known on a day stays the same for ever."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facts.conftest import COMPANY_HEADER, TODAY, Load, company_rows, credit_code, found, rows_of, write_csv
from kejin.engines.content_hash import content_hash
from kejin.errors import InputError
from kejin.workflows.load_facts import load_facts
from kejin.workflows.workspace import Workspace, facts_from_parquet


def test_same_file_twice_changes_nothing(load: Load, workspace: Workspace, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "company.csv", COMPANY_HEADER, company_rows(20))
    assert load(file).rows_loaded == 20
    before = content_hash(workspace.facts(TODAY), ["company"])
    log = workspace.store.connection.execute("SELECT * FROM load_log").fetchall()
    again = load(file)
    assert (again.rows_loaded, again.sources[0].unchanged, again.exit_status) == (0, 20, 0)
    assert content_hash(workspace.facts(TODAY), ["company"]) == before
    assert workspace.store.connection.execute("SELECT * FROM load_log").fetchall() == log
    assert not workspace.store.has_versions("company")


def test_load_log_says_what_was_loaded(load: Load, workspace: Workspace, tmp_path: Path) -> None:
    import hashlib

    file = write_csv(tmp_path / "company.csv", COMPANY_HEADER, [*company_rows(2), ["x", "y", "", "", "2024-01-01"]])
    load(file)
    log = workspace.store.connection.execute(
        "SELECT file, sha256, table_name, mapping, rows_read, rows_loaded, rows_rejected, rows_unchanged FROM load_log"
    ).fetchall()
    assert log == [("company.csv", hashlib.sha256(file.read_bytes()).hexdigest(), "company", None, 3, 2, 1, 0)]


def test_repeated_keys(load: Load, workspace: Workspace, tmp_path: Path) -> None:
    one, two, three = company_rows(3)
    changed = [*two[:1], "另一个名称", *two[2:]]
    report = load(write_csv(tmp_path / "company.csv", COMPANY_HEADER, [one, one, two, changed, three]))
    assert found(report) == {("facts.key_repeated", 4, "company_id"), ("facts.key_repeated", 5, "company_id")}
    source = report.sources[0]
    assert (source.read, source.loaded, source.rejected, source.unchanged) == (5, 2, 2, 1)
    assert [row["company_id"] for row in rows_of(workspace, "company")] == sorted([one[0], three[0]])


def test_other_content_for_a_known_day_is_refused_and_a_later_day_supersedes(
    load: Load, workspace: Workspace, tmp_path: Path
) -> None:
    row = company_rows(1)[0]
    load(write_csv(tmp_path / "company.csv", COMPANY_HEADER, [row]))
    changed = [row[0], "更名", *row[2:]]
    report = load(write_csv(tmp_path / "company.csv", COMPANY_HEADER, [changed]))
    assert found(report) == {("facts.key_conflict", 2, "company_id")}
    later = [*changed[:4], "2025-03-01"]
    assert load(write_csv(tmp_path / "company.csv", COMPANY_HEADER, [later])).rows_loaded == 1
    assert workspace.store.has_versions("company")
    names = [
        [one["name"] for one in rows_of(workspace, "company", day)]
        for day in (date(2024, 1, 30), date(2024, 1, 31), date(2025, 2, 28), date(2025, 3, 1))
    ]
    assert names == [[], ["公司1"], ["公司1"], ["更名"]]


def test_versions_within_one_file(load: Load, workspace: Workspace, tmp_path: Path) -> None:
    rows = [*company_rows(2, "2024-01-31"), *company_rows(1, "2025-01-31")]
    report = load(write_csv(tmp_path / "company.csv", COMPANY_HEADER, rows))
    assert (report.rows_loaded, report.exit_status) == (3, 0)
    assert workspace.store.has_versions("company")
    assert len(rows_of(workspace, "company")) == 2


def test_references_look_at_the_workspace_and_at_this_load(load: Load, workspace: Workspace, tmp_path: Path) -> None:
    good, bad = company_rows(2)
    bad[2] = "2024-02-30"
    write_csv(tmp_path / "company.csv", COMPANY_HEADER, [good, bad])
    header = ["publication_number", "company_id", "patent_kind", "filed_on", "known_on"]
    rows = [
        ["CN1", good[0], "发明", "2016-01-01", "2024-01-31"],
        ["CN2", bad[0], "发明", "2016-01-01", "2024-01-31"],
        ["CN3", credit_code(77), "发明", "2016-01-01", "2024-01-31"],
    ]
    write_csv(tmp_path / "patent.csv", header, rows)
    write_csv(
        tmp_path / "patent_inventor.csv",
        ["publication_number", "inventor_id", "known_on"],
        [["CN1", "A", "2024-01-31"], ["CN2", "B", "2024-01-31"]],
    )
    report = load(tmp_path)
    assert found(report) == {
        ("facts.not_a_date", 3, "established_on"),
        ("facts.reference_unknown", 3, "company_id"),
        ("facts.reference_unknown", 4, "company_id"),
        ("facts.reference_unknown", 3, "publication_number"),
    }
    bad[2] = "2015-06-01"
    write_csv(tmp_path / "company.csv", COMPANY_HEADER, [good, bad])
    again = load(tmp_path)
    assert found(again) == {("facts.reference_unknown", 4, "company_id")}
    assert [row["publication_number"] for row in rows_of(workspace, "patent")] == ["CN1", "CN2"]
    assert len(rows_of(workspace, "patent_inventor")) == 2


def test_parquet_folder_and_workspace_show_the_same(load: Load, workspace: Workspace, tmp_path: Path) -> None:
    rows = [*company_rows(5, "2024-01-31"), *company_rows(2, "2025-01-31")]
    load(write_csv(tmp_path / "company.csv", COMPANY_HEADER, rows))
    folder = tmp_path / "city" / "facts" / "company"
    folder.mkdir(parents=True)
    for part, condition in (("a", "known_on < DATE '2025-01-01'"), ("b", "known_on >= DATE '2025-01-01'")):
        workspace.store.connection.execute(
            f"COPY (SELECT * EXCLUDE (phone) FROM company WHERE {condition}) TO '{folder / part}.parquet'"
        )
    for day in (date(2024, 1, 1), date(2024, 6, 1), date(2025, 6, 1)):
        direct = facts_from_parquet(tmp_path / "city", day)
        for name in ("company", "patent"):
            shown = sorted(direct.table(name).to_pyarrow().to_pylist(), key=str)
            assert shown == rows_of(workspace, name, day)
            assert content_hash(direct, [name]) == content_hash(workspace.facts(day), [name])
    with pytest.raises(InputError) as caught:
        direct.table("nothing")
    assert caught.value.code == "facts.table_undeclared"
    with pytest.raises(InputError) as caught:
        facts_from_parquet(tmp_path / "workspace", TODAY)
    assert caught.value.code == "facts.folder_without_tables"


def test_a_directory_of_a_city_loads(load: Load, workspace: Workspace, tmp_path: Path) -> None:
    for table, rows in (("company", company_rows(4)), ("park", [])):
        folder = tmp_path / "city" / "facts" / table
        folder.mkdir(parents=True)
        if rows:
            file = write_csv(tmp_path / "company.csv", COMPANY_HEADER, rows)
            workspace.store.connection.execute(f"COPY (FROM '{file}' LIMIT 2) TO '{folder}/1.parquet'")
            workspace.store.connection.execute(f"COPY (FROM '{file}' OFFSET 2) TO '{folder}/2.parquet'")
    (tmp_path / "city" / "truth").mkdir()
    report = load(tmp_path / "city")
    assert [(one.table, one.read, one.loaded) for one in report.sources] == [("company", 4, 4)]


START = date(2024, 1, 1)
EVENTS = st.lists(
    st.tuples(st.integers(1, 3), st.integers(0, 9), st.integers(1, 4)),
    min_size=1,
    max_size=12,
    unique_by=lambda e: e[:2],
)


@settings(max_examples=15)
@given(events=EVENTS, cut=st.integers(0, 9))
def test_rows_known_later_never_change_an_earlier_view(
    made_workspace: Path, events: list[tuple[int, int, int]], cut: int
) -> None:
    """Whatever is loaded afterwards with a later day: the view of an earlier day is what it was, row for row."""
    import shutil

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        shutil.copytree(made_workspace, place / "workspace")
        with Workspace.open(place / "workspace", read_only=False) as workspace:
            day = START + timedelta(days=cut)
            early = [event for event in events if event[1] <= cut]
            late = [event for event in events if event[1] > cut]
            _load_events(workspace, place, early)
            before = rows_of(workspace, "company", day)
            _load_events(workspace, place, late)
            assert rows_of(workspace, "company", day) == before
            # The expected view, by hand: of each company the version with the last day not after the cut.
            newest = {number: name for number, _, name in sorted(early, key=lambda event: event[1])}
            assert {row["company_id"]: row["name"] for row in before} == {
                credit_code(number): f"名{name}" for number, name in newest.items()
            }


def _load_events(workspace: Workspace, place: Path, events: list[tuple[int, int, int]]) -> None:
    if not events:
        return
    rows = [[credit_code(n), f"名{name}", (START + timedelta(days=day)).isoformat()] for n, day, name in events]
    file = write_csv(place / "company.csv", ["company_id", "name", "known_on"], rows)
    assert load_facts(workspace, [file], today=TODAY).rows_loaded == len(events)
