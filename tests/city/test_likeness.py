"""The city looks like a city: sizes, shares and the marks that hidden quality leaves, within wide bounds."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def latest(rows: pa.Table, *key: str) -> pa.Table:
    """The row known last of every key."""
    ordered = rows.sort_by("known_on")
    places = ordered.append_column("place", pa.array(np.arange(rows.num_rows)))
    last = places.group_by(list(key)).aggregate([("place", "max")])
    return ordered.take(last["place_max"])


def share(mask: pa.ChunkedArray) -> float:
    return pc.mean(pc.cast(mask, pa.float64())).as_py()


def test_sizes(facts: dict[str, pa.Table]) -> None:
    reports = latest(facts["annual_report"], "company_id", "fiscal_year")
    assert 2.0 < reports.num_rows / 2_000 < 4.0
    assert 1.8 < len(pc.unique(facts["patent"]["publication_number"])) / 2_000 < 5.0
    revenue = reports["revenue_cny"].drop_null().to_numpy().astype(float)
    assert np.quantile(revenue, 0.99) > 20 * np.median(revenue)
    assert 0.01 < (revenue == 0).mean() < 0.15
    assert share(pc.is_null(reports["rd_expense_cny"])) > 0.02
    corrections = facts["annual_report"].num_rows - reports.num_rows
    assert 0.004 < corrections / reports.num_rows < 0.025


def test_companies_without_research(truth: dict[str, pa.Table], facts: dict[str, pa.Table]) -> None:
    spent = (
        latest(facts["annual_report"], "company_id", "fiscal_year")
        .group_by("company_id")
        .aggregate([("rd_expense_cny", "max")])
    )
    none = pc.or_kleene(pc.is_null(spent["rd_expense_cny_max"]), pc.equal(spent["rd_expense_cny_max"], 0))
    assert 0.08 < share(none) < 0.3


def test_borrowers_and_fates(facts: dict[str, pa.Table], truth: dict[str, pa.Table]) -> None:
    status = latest(facts["company"], "company_id")["status"]
    active = pc.sum(pc.equal(status, "active")).as_py()
    assert 0.6 < active / 2_000 < 0.95
    assert 0.08 < len(pc.unique(facts["loan"]["company_id"])) / active < 0.3
    label = truth["loan_label"]
    assert 0.04 < share(label["misused"]) < 0.25
    assert 0.01 < share(pc.is_valid(label["defaulted_on"])) < 0.15


def test_hidden_quality_leaves_its_marks(facts: dict[str, pa.Table], truth: dict[str, pa.Table]) -> None:
    quality = truth["company_quality"]
    research = dict(zip(quality["company_id"].to_pylist(), quality["research_ability"].to_pylist(), strict=True))
    titled = set(facts["title"]["company_id"].to_pylist())
    with_title = np.mean([value for one, value in research.items() if one in titled])
    without = np.mean([value for one, value in research.items() if one not in titled])
    assert with_title > without + 0.2
    value = truth["patent_value"].to_pydict()
    cited = latest(facts["patent"], "publication_number")
    count = dict(zip(cited["publication_number"].to_pylist(), cited["forward_citations"].to_pylist(), strict=True))
    good = [
        count[one]
        for one, q in zip(value["publication_number"], value["quality"], strict=True)
        if q > 0.7 and count[one] is not None
    ]
    poor = [
        count[one]
        for one, q in zip(value["publication_number"], value["quality"], strict=True)
        if q < -0.7 and count[one] is not None
    ]
    assert np.mean(good) > 1.5 * np.mean(poor)


def test_true_intensity_agrees_with_defaults(truth: dict[str, pa.Table]) -> None:
    label = truth["loan_label"]
    intensity = label["default_intensity_1y"].to_numpy()
    bad = pc.is_valid(label["defaulted_on"]).to_numpy(zero_copy_only=False)
    assert intensity[bad].mean() > 1.3 * intensity[~bad].mean()


def test_titles_have_no_holder_twice_at_once(facts: dict[str, pa.Table]) -> None:
    rows = latest(facts["title"], "company_id", "title_code", "granted_on").sort_by(
        [("company_id", "ascending"), ("title_code", "ascending"), ("granted_on", "ascending")]
    )
    names = ("company_id", "title_code", "granted_on", "valid_until")
    rows = list(zip(*(rows[name].to_pylist() for name in names), strict=True))
    for before, after in pairwise(rows):
        if before[:2] == after[:2] and before[3] is not None:
            assert before[3] < after[2]


def test_prices_of_patents_are_about_their_worth(truth: dict[str, pa.Table], facts: dict[str, pa.Table]) -> None:
    """Sales stand round the worth with the noise of bargaining, licences below it, for every kind of right."""
    worth = dict(
        zip(
            truth["patent_value"]["publication_number"].to_pylist(),
            truth["patent_value"]["true_value_cny"].to_pylist(),
            strict=True,
        )
    )
    gaps: dict[str, list[float]] = {"assignment": [], "licence": []}
    prices: dict[tuple[str, str], int] = {}
    for row in facts["patent_event"].to_pylist():
        value = float(worth[row["publication_number"]])
        if row["event_kind"] in gaps and row["amount_cny"] is not None and value > 0:
            gaps[row["event_kind"]].append(float(np.log(float(row["amount_cny"]) / value)))
        if row["event_kind"] in gaps and row["amount_cny"] is not None:
            key = row["publication_number"], row["event_kind"]
            prices[key] = prices.get(key, 0) + 1
    assert len(gaps["assignment"]) > 10
    assert abs(np.mean(gaps["assignment"])) < 0.7  # the years left have shrunk since the deal
    assert 0.5 < np.std(gaps["assignment"] + gaps["licence"]) < 1.4
    assert np.mean(gaps["licence"]) < np.mean(gaps["assignment"])
    assert max(prices.values()) > 1  # some change hands again


def test_the_current_years_fee_is_paid_in_advance(facts: dict[str, pa.Table]) -> None:
    """The fee of year n falls due when n - 1 years have passed: the last fee of a kept patent is for the year now."""
    patents = latest(facts["patent"], "publication_number").to_pylist()
    filed = {row["publication_number"]: row["filed_on"] for row in patents if row["ended_on"] is None}
    last: dict[str, int] = {}
    for row in facts["patent_event"].to_pylist():
        if row["event_kind"] == "fee_paid" and row["publication_number"] in filed:
            last[row["publication_number"]] = max(last.get(row["publication_number"], 0), row["fee_year"])
    today = max(day for day in facts["patent_event"]["known_on"].to_pylist())
    gap = np.array([int((today - filed[number]).days / 365.25) + 1 - year for number, year in last.items()])
    assert len(gap) > 500
    assert (gap >= 0).mean() > 0.99  # paid up to a month before it falls due
    assert (gap == 0).mean() > 0.85
