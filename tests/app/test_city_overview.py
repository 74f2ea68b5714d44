"""The city's page: its counts against counts by hand, and how it looks in a browser."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from browser import Looker

from kejin.app import page_files
from kejin.app.city_figures import best_first, boxes_of, counts_of, missing_shares, sampled, titles_held
from kejin.app.city_overview import write_overview
from kejin.workflows.evaluation_rules import EvaluationRules, rules_of_day

HOSTILE = "<script>alert(1)</script>"
needs_charts = pytest.mark.skipif(
    page_files.chart_library() is None, reason="the chart library was not fetched at set-up"
)


@cache
def rules() -> EvaluationRules:
    return rules_of_day(date(2026, 9, 30))


def city(rows: int = 60) -> pa.Table:
    """Companies whose answers repeat yes, no, open; every fourth without standing, every fifth without a cluster."""
    numbers = range(rows)
    columns: dict[str, Any] = {
        "company_id": [f"91440300MA5{number:07d}" for number in numbers],
        "name": [HOSTILE if number == 0 else f"云海虚拟芯片(演示)有限公司 {number}" for number in numbers],
        "district": ["440305" if number % 2 else None for number in numbers],
        "cluster_code": [None if number % 5 == 0 else "semiconductor" for number in numbers],
        "life_cycle__stage_code": [None if number % 4 == 0 else float(number % 4) for number in numbers],
        "rd_intensity_1y": [None if number % 10 == 0 else number / 100 for number in numbers],
        "inventions_in_force": [float(number % 3) for number in numbers],
        "research_standing": [None if number % 4 == 0 else number / rows for number in numbers],
        "patent_standing": [1 - number / rows for number in numbers],
    }
    for scheme in rules().schemes:
        if scheme.kind == "answer":
            columns[f"{scheme.id}__qualifies"] = pa.array(
                [(True, False, None)[number % 3] for number in numbers], pa.bool_()
            )
    return pa.table(columns)


def inputs() -> pa.Table:
    """Four companies: R&D known to one, revenue to all but one, which has no number (NaN)."""
    return pa.table(
        {
            "rd_expense_fen_y0": pa.array([1.0, None, None, None], pa.float64()),
            "revenue_fen_y0": pa.array([1.0, 2.0, float("nan"), 0.0], pa.float64()),
            "staff_total_y0": pa.array([1.0, 2.0, 3.0, 0.0], pa.float64()),
        }
    )


@needs_charts
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_page_opens_offline_with_its_charts(looking_at: Looker, tmp_path: Path, lang: str) -> None:
    page = tmp_path / "index.html"
    write_overview(city(), page, lang, rules(), inputs=inputs(), synthetic=True)
    with looking_at(page) as seen:
        seen.page.screenshot(path=tmp_path / f"overview_{lang}.png", full_page=True)
        assert seen.complaints == []
        assert len(seen.requests) == 1
        colours = seen.colours()
    assert len(colours) == 3
    assert min(colours) > 5


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nothing_is_wider_than_a_telephone(looking_at: Looker, tmp_path: Path, lang: str) -> None:
    page = tmp_path / "index.html"
    write_overview(city(), page, lang, rules(), inputs=inputs())
    with looking_at(page, 390) as seen:
        assert seen.overflow() <= 0


def test_answers_are_counted_as_by_hand(looking_at: Looker, tmp_path: Path) -> None:
    page = tmp_path / "index.html"
    write_overview(city(60), page, "zh", rules())
    with looking_at(page) as seen:
        row = seen.page.locator("table.titles tbody tr").first.locator("td.num").all_text_contents()
    assert row == ["20", "20", "20"]


def test_companies_are_found_by_name_and_linked(looking_at: Looker, tmp_path: Path) -> None:
    page = tmp_path / "index.html"
    write_overview(city(), page, "zh", rules(), company_page="companies/{company_id}.html")
    with looking_at(page) as seen:
        seen.page.fill("#find", "有限公司 37")
        rows = seen.page.locator("#companies tbody tr")
        assert rows.count() == 1
        assert rows.locator("a").get_attribute("href") == "companies/91440300MA50000037.html"
        seen.page.fill("#find", HOSTILE)
        assert rows.locator("a").text_content() == HOSTILE
        assert seen.complaints == []


def test_missing_data_are_listed_with_their_share(looking_at: Looker, tmp_path: Path) -> None:
    pq.write_table(city(), tmp_path / "evaluation.parquet")
    pq.write_table(inputs(), tmp_path / "inputs.parquet")
    page = tmp_path / "index.html"
    write_overview(tmp_path / "evaluation.parquet", page, "zh", rules())
    with looking_at(page) as seen:
        rows = seen.page.locator("table.count").last.locator("tbody tr").all_text_contents()
    assert [(row.split("%")[0] + "%").strip() for row in rows] == ["上年度研发费用75.0%", "上年度营业收入25.0%"]


def test_a_city_of_which_nothing_is_known_has_a_page(looking_at: Looker, tmp_path: Path) -> None:
    empty = city(1)
    columns = [
        column if name in ("company_id", "name") else pa.nulls(1, column.type)
        for name, column in zip(empty.column_names, empty.columns, strict=True)
    ]
    page = tmp_path / "index.html"
    write_overview(pa.table(columns, names=empty.column_names), page, "en", rules())
    with looking_at(page) as seen:
        assert seen.complaints == []
        assert "missing" in seen.text()


def test_missing_is_counted_apart_and_stays_out_of_quantiles() -> None:
    table = pa.table({"by": ["a", "a", "b", None], "x": pa.array([1.0, None, None, 9.0], pa.float64())})
    assert counts_of(table, "by") == {"a": 2, None: 1, "b": 1}
    first, second = boxes_of(table, "x", "by", ["a", "b"])
    assert (first.known, first.quantiles) == (1, (1.0,) * 5)
    assert (second.known, second.quantiles) == (0, None)
    assert dict(missing_shares(table, ["x", "absent"])) == {"x": 0.5}


def test_best_come_first_and_missing_standing_last() -> None:
    table = pa.table(
        {
            "company_id": ["d", "c", "b", "a"],
            "one__qualifies": [True, True, None, True],
            "research_standing": pa.array([None, 0.2, 0.9, 0.2], pa.float64()),
            "patent_standing": pa.array([None, 0.4, 0.9, 0.4], pa.float64()),
        }
    )
    titles = titles_held(table, ["one"])
    assert titles.tolist() == [1, 1, 0, 1]
    assert best_first(table, titles).tolist() == [3, 1, 0, 2]


def test_a_sample_is_small_known_and_the_same_every_time() -> None:
    known = np.arange(10_000) % 2 == 1
    rows = sampled(known, 100)
    assert len(rows) == 100
    assert known[rows].all()
    assert (rows == sampled(known, 100)).all()
    assert sampled(known[:10], 100).tolist() == [1, 3, 5, 7, 9]
