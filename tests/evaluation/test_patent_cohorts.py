"""Citations and the standing in a cohort: expected values are fractions worked out by hand."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import ibis
import pytest
from patent_tables import AS_OF, FIELDS, TERMS, application, facts, keep_in, patent, rows_of

from kejin.evaluation.patent_cohorts import (
    QUANTILE_LEVELS_PPM,
    with_cohort_percentile,
    with_external_percentile,
    with_forward_citations,
)
from kejin.evaluation.patent_portfolio import patents_with_standing
from kejin.evaluation.patent_states import patent_states


def ranked(values: list[int | None], size_min: int = 1) -> list[dict[str, Any]]:
    rows = [{"place": place, "field": 6, "filing_year": 2020, "forward_citations": v} for place, v in enumerate(values)]
    kinds = {"place": "int64", "field": "int64", "filing_year": "int64", "forward_citations": "int64"}
    table = with_cohort_percentile(ibis.memtable(rows, schema=ibis.schema(kinds)), min_cohort_size=size_min)
    return list(ibis.duckdb.connect().to_pyarrow(table.order_by("place")).to_pylist())


def ppm(share: Fraction) -> int:
    return int(share * 1_000_000)  # whole part: rounded down


def test_mid_rank_with_ties() -> None:
    # Sorted: 0 0 0 1 4 4 9. A tie of three at the bottom: half of 3/7; and so on.
    rows = ranked([4, 0, 9, 0, 1, 0, 4])
    expected = {0: Fraction(3, 14), 1: Fraction(7, 14), 4: Fraction(10, 14), 9: Fraction(13, 14)}
    assert [row["percentile_ppm"] for row in rows] == [ppm(expected[row["forward_citations"]]) for row in rows]
    assert {row["cohort_size"] for row in rows} == {7}


def test_mean_of_a_cohort_is_one_half() -> None:
    rows = ranked([3, 1, 4, 1, 5, 9, 2, 6])
    assert sum(row["percentile_ppm"] for row in rows) == 4_000_000  # 8 patents, each a multiple of 1/16: exact


def test_a_missing_count_is_no_zero_and_no_member() -> None:
    rows = ranked([None, 5, 7])
    assert (rows[0]["percentile_ppm"], rows[0]["cohort_size"]) == (None, None)
    assert [row["percentile_ppm"] for row in rows[1:]] == [250_000, 750_000]


def test_too_few_say_so() -> None:
    assert [(row["percentile_ppm"], row["cohort_size"]) for row in ranked([1, 2, 3], 4)] == [(None, 3)] * 3
    assert [row["percentile_ppm"] for row in ranked([1, 2, 3], 3)] == [166_666, 500_000, 833_333]


def test_cohorts_are_field_and_filing_year() -> None:
    view = facts(
        patent=[
            patent("a", forward_citations=1),
            patent("b", forward_citations=2),
            patent("other field", ipc_main="H04L1/00", forward_citations=3),
            patent("other year", filed_on=date(2021, 1, 1), forward_citations=4),
            patent("no field", ipc_main=None, forward_citations=5),
        ]
    )
    table = patents_with_standing(view, AS_OF, fields=FIELDS, terms=TERMS, min_cohort_size=1, keep=keep_in(view))
    found = {row["publication_number"]: row for row in rows_of(view, table, "publication_number")}
    assert {name: (row["cohort_size"], row["percentile_ppm"]) for name, row in found.items()} == {
        "a": (2, 250_000),
        "b": (2, 750_000),
        "other field": (1, 500_000),
        "other year": (1, 500_000),
        "no field": (None, None),
    }


def cite(number: str, day: date, count: int = 1, start: int = 0) -> list[dict[str, Any]]:
    return [{"citing_number": f"X{start + k}", "cited_number": number, "cited_on": day} for k in range(count)]


def test_citations_up_to_the_day() -> None:
    view = facts(
        patent=[
            patent("on file"),
            patent("source counted less", forward_citations=1),
            patent("source counted more", forward_citations=9),
            patent("source only", forward_citations=4),
            patent("source counted none", forward_citations=0),
            patent("unknown"),
            patent("only later"),
            application("A", application_number="1"),
            patent("B", application_number="1"),
            patent("no publication day", published_on=None),
        ],
        patent_citation=[
            *cite("on file", date(2021, 1, 1), 2),
            *cite("on file", AS_OF, 1, 2),
            *cite("on file", date(2026, 4, 1), 5, 3),
            *cite("source counted less", date(2021, 1, 1), 3),
            *cite("source counted more", date(2021, 1, 1), 3),
            *cite("only later", date(2026, 4, 1)),
            *cite("A", date(2021, 1, 1), 2),
            *cite("B", date(2021, 1, 1), 1, 2),
            *cite("no publication day", date(2021, 1, 1)),
        ],
    )
    table = with_forward_citations(patent_states(view, AS_OF, TERMS), view, AS_OF)
    found = {row["publication_number"]: row for row in rows_of(view, table, "publication_number")}
    assert {name: row["forward_citations"] for name, row in found.items()} == {
        "on file": 3,
        "source counted less": 3,
        "source counted more": 9,
        "source only": 4,
        "source counted none": 0,
        "unknown": None,
        "only later": None,
        "B": 3,
        "no publication day": 1,
    }
    five_years = {name: row["forward_citations_5y"] for name, row in found.items()}
    # Published 2020-07-01: the citation of 2026-03-31 is outside the window.
    assert five_years["on file"] == 2
    assert five_years["source only"] is None
    assert five_years["source counted none"] == 0
    assert five_years["no publication day"] is None
    assert found["on file"]["citation_window_closed"] is True
    assert found["no publication day"]["citation_window_closed"] is None


@pytest.mark.parametrize(
    ("published", "cited", "inside"),
    [
        (date(2020, 7, 1), date(2025, 7, 1), 1),
        (date(2020, 7, 1), date(2025, 7, 2), 0),
        (date(2020, 2, 29), date(2025, 2, 28), 1),
        (date(2020, 2, 29), date(2025, 3, 1), 0),
    ],
)
def test_the_last_day_of_the_window(published: date, cited: date, inside: int) -> None:
    view = facts(patent=[patent("P", published_on=published)], patent_citation=cite("P", cited))
    (row,) = rows_of(view, with_forward_citations(patent_states(view, AS_OF, TERMS), view, AS_OF), "publication_number")
    assert row["forward_citations_5y"] == inside


def placed(values: list[float | None], quantiles: list[float | None]) -> list[int | None]:
    connection = ibis.duckdb.connect()
    rows = [{"place": p, "field": 6, "filing_year": 2020, "value": v} for p, v in enumerate(values)]
    patents = ibis.memtable(
        rows, schema=ibis.schema({"place": "int64", "field": "int64", "filing_year": "int64", "value": "float64"})
    )
    names = list(QUANTILE_LEVELS_PPM)
    table = ibis.memtable(
        [{"field": 6, "filing_year": 2020} | dict(zip(names, quantiles, strict=True))],
        schema=ibis.schema({"field": "int64", "filing_year": "int64"} | dict.fromkeys(names, "float64")),
    )
    result = connection.to_pyarrow(with_external_percentile(patents, table, "value").order_by("place"))
    return list(result["external_percentile_ppm"].to_pylist())


def test_between_the_quantiles_of_an_outside_table() -> None:
    rising: list[float | None] = [0, 1, 2, 4, 6, 10, 20]  # p1 p10 p25 p50 p75 p90 p99
    assert placed([-1, 0, 0.5, 1, 3, 4, 5, 8, 10, 15, 20, 21, None], rising) == [
        5_000,  # below the first: half of 1%
        10_000,
        55_000,  # half way from 1% to 10%
        100_000,
        375_000,  # half way from 25% to 50%
        500_000,
        625_000,
        825_000,
        900_000,
        945_000,
        990_000,
        995_000,  # above the last: half of the last 1%
        None,
    ]


def test_equal_quantiles_share_the_middle() -> None:
    # Half of the cohort has no citation: 0 stands for all mass up to the median, so 25%.
    low: list[float | None] = [0, 0, 0, 0, 2, 4, 4]
    assert placed([0, 1, 2, 3, 4, 5], low) == [250_000, 625_000, 750_000, 825_000, 950_000, 995_000]
    assert placed([0, 1], [0, 0, 0, 0, 0, 0, 0]) == [500_000, 995_000]


def test_an_incomplete_outside_row_gives_nothing() -> None:
    assert placed([1.0], [0, None, 2, 4, 6, 10, 20]) == [None]
