"""Quality, strength and profiles of single patents: expected values are worked out by hand."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import ibis
import pyarrow as pa
import pytest
from patent_tables import AS_OF, facts, keep_in, patent, rows_of

from kejin.errors import InputError
from kejin.evaluation.citation_truncation import with_scaled_citations
from kejin.evaluation.patent_profiles import (
    MEASURES,
    GbtFigures,
    HandbookFigures,
    Profile,
    gbt_profile,
    handbook_profile,
    with_profile,
)
from kejin.evaluation.patent_quality import QualityFigures, grade_of, with_office_percentiles, with_quality
from kejin.evaluation.patent_states import superseded_publications
from kejin.evaluation.patent_strength import StrengthFigures, patent_strength
from kejin.facts.tables import ALL_TABLES
from kejin.facts.view import FactsView, ibis_schema
from kejin.policy import Lookups, RuleBook
from kejin.rule_values import RowTable
from kejin.workflows.fill_rules import fill_rules

SECTORS = {"6": "electrical_engineering", "4": "electrical_engineering", "13": "instruments"}
KINDS = {
    "publication_number": pa.string(), "field": pa.int64(), "filing_year": pa.int64(), "filed_on": pa.date32(),
    "granted_on": pa.date32(), "is_granted": pa.bool_(), "maintained_days": pa.int64(), "classes": pa.int64(),
    "originality": pa.float64(), "forward_citations_5y": pa.int64(), "family_size": pa.int64(), "claims": pa.int64(),
    "backward_citations": pa.int64(), "inventor_count": pa.int64(), "generality": pa.float64(),
}  # fmt: skip


@cache
def rules() -> Lookups:
    return Lookups(RuleBook.shipped(), AS_OF)


def row(number: int, **more: Any) -> dict[str, Any]:
    """A granted patent of field 6 and 2020 with everything known, unless said otherwise."""
    return {
        "publication_number": f"P{number:04}", "field": 6, "filing_year": 2020, "filed_on": date(2020, 1, 1),
        "granted_on": date(2022, 1, 1), "is_granted": True, "maintained_days": 2000, "classes": 1, "originality": 0.5,
        "forward_citations_5y": 1, "family_size": 1, "claims": 10, "backward_citations": 2, "inventor_count": 2,
        "generality": 0.0,
    } | more  # fmt: skip


def quality(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    table = ibis.memtable(pa.Table.from_pylist(rows, schema=pa.schema(KINDS)))
    result = with_quality(table, fill_rules(QualityFigures, rules()), SECTORS).order_by("publication_number")
    return list(ibis.duckdb.connect().to_pyarrow(result).to_pylist())


def test_cohorts_ends_and_breakthrough() -> None:
    best = [row(k, forward_citations_5y=k % 2 + (60 if k == 0 else 0)) for k in range(100)]
    small = [row(200 + k, field=4) for k in range(3)]  # three of the field: compared with the sector
    alone = [row(300, field=13)]  # nobody of the sector: compared with the year
    nowhere = [row(400, field=None), row(401, filing_year=1990)]
    gaps = [
        row(500, claims=None),
        row(501, forward_citations_5y=0, generality=None),
        row(502, forward_citations_5y=None, generality=None),
        row(503, granted_on=None, is_granted=False, maintained_days=None),
    ]
    found = {one["publication_number"]: one for one in quality([*best, *small, *alone, *nowhere, *gaps])}
    assert found["P0000"]["breakthrough"] is True, "the only one of 107 above the others"
    assert found["P0001"]["breakthrough"] is False
    assert found["P0200"]["breakthrough"] is None, "the best of three may or may not be in a top hundredth"
    assert [found[name]["cohort_level"] for name in ("P0001", "P0200", "P0300", "P0400", "P0401")] == [
        1, 2, 3, None, None,
    ]  # fmt: skip
    assert found["P0400"]["quality_4_low"] is None, "without a cohort there is nothing to compare with"
    # Caps: 98% of the citations are at most 1; claims 10, family 1 and so on are the same everywhere; generality all 0.
    assert found["P0001"]["quality_4"] == found["P0000"]["quality_4"] == 0.75
    lacking = found["P0500"]
    assert (lacking["quality_4"], lacking["quality_4_low"], lacking["quality_4_high"]) == (None, 0.5, 0.75)
    assert found["P0501"]["quality_4"] == 0.5, "nobody cites it: no breadth of use, and that is known"
    unknown = found["P0502"]
    assert (unknown["quality_4_low"], unknown["quality_4_high"]) == (0.5, 1.0)
    assert unknown["breakthrough"] is None
    pending = found["P0503"]
    assert pending["quality_6"] is None
    assert pending["grant_lag_days"] is pending["renewal_years"] is None
    assert (found["P0001"]["grant_lag_days"], found["P0001"]["grant_speed_index"]) == (731, 0.0)
    ties = {one["quality_percentile_ppm"] for one in found.values() if one["quality_4"] == 0.75 and one["field"] == 6}
    assert len(ties) == 1


@pytest.mark.parametrize(
    ("score", "grade"), [(0.0, 5), (19.9, 5), (20.0, 4), (40.0, 3), (60.0, 2), (80.0, 2), (80.1, 1), (None, None)]
)
def test_five_grades(score: float | None, grade: int | None) -> None:
    bands = fill_rules(QualityFigures, rules()).grade
    value = grade_of(ibis.null("float64") if score is None else ibis.literal(score), bands).name("grade")
    assert ibis.duckdb.connect().to_pyarrow(value.as_table())["grade"].to_pylist() == [grade]


def strength_rows(view: FactsView, patents: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    defaults = {
        "company_id": "A", "office": "CN", "field": 6, "filing_year": 2020, "filed_on": date(2020, 1, 1),
        "family_id": None, "forward_citations": None, "backward_citations": 2, "in_force": True, "pending": False,
    }  # fmt: skip
    kinds = {
        "publication_number": pa.string(), "company_id": pa.string(), "office": pa.string(), "field": pa.int64(),
        "filing_year": pa.int64(), "filed_on": pa.date32(), "family_id": pa.string(), "forward_citations": pa.int64(),
        "backward_citations": pa.int64(), "in_force": pa.bool_(), "pending": pa.bool_(),
    }  # fmt: skip
    table = pa.Table.from_pylist([defaults | one for one in patents], schema=pa.schema(kinds))
    made = view.connection.create_table("of_strength", table, overwrite=True)  # type: ignore[attr-defined]
    others = superseded_publications(view, AS_OF)
    result = patent_strength(made, view, AS_OF, others, fill_rules(StrengthFigures, rules()), keep_in(view))
    return {one["publication_number"]: one for one in rows_of(view, result, "publication_number")}


def test_strength_of_families() -> None:
    # Ten patents of one cohort. CN patents cite 2 each, US patents 6 each: mean over all 3 (8 x 2 + 2 x 6 = 28 over 10
    # is 2.8), so a citation by CN weighs 1.4; there are too few US patents to weigh theirs, which count 1.
    members = [{"publication_number": f"F{k}", "forward_citations": 0} for k in range(6)]
    family = [
        {"publication_number": "M1", "family_id": "M"},
        {"publication_number": "M2", "family_id": "M", "office": "US", "in_force": False, "pending": True,
         "backward_citations": 6, "filed_on": date(2020, 12, 1)},
        {"publication_number": "D1", "family_id": "D", "in_force": False, "forward_citations": 3},
        {"publication_number": "U1", "office": "US", "backward_citations": 6},
    ]  # fmt: skip
    citation = {"cited_on": date(2022, 1, 1)}
    view = facts(
        patent=[patent(one["publication_number"]) for one in (*members, *family)],
        patent_citation=[
            citation | {"cited_number": "M1", "citing_number": "C1", "citing_family_id": "X", "citing_office": "US"},
            citation | {"cited_number": "M2", "citing_number": "C2", "citing_family_id": "X", "citing_office": "CN"},
            citation | {"cited_number": "M2", "citing_number": "C3", "citing_office": "US"},
        ],
    )
    found = strength_rows(view, [*members, *family])
    # With fewer than ten patents of an office its citations weigh 1: family M is cited by family X once and by C3.
    # The cohort's known patents: six at 0, M1 and M2 at 2, D1 at 3: mean 7/9; U1 is not known.
    assert found["M1"]["technology_relevance"] is None, "nine known patents make no cohort of ten"
    assert found["U1"]["technology_relevance"] is found["U1"]["patent_strength"] is None
    assert (found["M1"]["is_family_head"], found["M2"]["is_family_head"]) == (True, False)
    assert found["M1"]["market_coverage"] == pytest.approx(0.65 + 1.00 * 0.5)
    assert found["D1"]["market_coverage"] == 0.0
    assert found["D1"]["patent_strength"] == 0.0, "a family that is not alive has no strength"
    again = strength_rows(view, [*members, *family, {"publication_number": "F9", "forward_citations": 0}])
    assert again["M1"]["technology_relevance"] == pytest.approx(2 / 0.7)
    assert again["M2"]["patent_strength"] == pytest.approx(2 / 0.7 * 1.15)
    assert again["F0"]["technology_relevance"] == 0.0


def test_citations_by_sparing_offices_weigh_more() -> None:
    cited = [{"publication_number": f"F{k}", "forward_citations": 0} for k in range(10)]
    lavish = [
        {"publication_number": f"U{k}", "office": "US", "backward_citations": 6, "forward_citations": 0}
        for k in range(10)
    ]
    view = facts(
        patent=[patent("F0"), patent("U0")],
        patent_citation=[
            {"cited_number": "F0", "citing_number": "C1", "citing_office": "CN", "cited_on": date(2022, 1, 1)},
            {"cited_number": "U0", "citing_number": "C2", "citing_office": "US", "cited_on": date(2022, 1, 1)},
        ],
    )
    found = strength_rows(view, [*cited, *lavish])
    # The mean over offices is 4: a citation by CN weighs 4/2, one by US 4/6 (cut to millionths).
    assert found["F0"]["technology_relevance"] / found["U0"]["technology_relevance"] == pytest.approx(3.0, rel=1e-5)


def test_truncated_citations() -> None:
    old = [
        {"publication_number": f"O{k}", "published_on": date(2015, 1, 1), "forward_citations_5y": 2} for k in range(3)
    ]
    young = [
        {"publication_number": "Y", "published_on": date(2024, 3, 31), "forward_citations_5y": 3},
        {"publication_number": "N", "published_on": date(2026, 3, 1), "forward_citations_5y": 0},
        {"publication_number": "Z", "published_on": None, "forward_citations_5y": None},
    ]
    rows = [
        one
        | {"citation_window_closed": None if one["published_on"] is None else one["published_on"] < date(2020, 1, 1)}
        for one in (*old, *young)
    ]
    # Of six citations, three come within 24 months, none within the first.
    days = [date(2016, 1, 1), date(2016, 6, 1), date(2017, 1, 1), date(2018, 1, 1), date(2019, 1, 1), date(2020, 1, 1)]
    view = facts(
        patent=[patent(one["publication_number"]) for one in rows],
        patent_citation=[
            {"citing_number": f"C{k}", "cited_number": f"O{k % 3}", "cited_on": one} for k, one in enumerate(days)
        ],
    )
    made = view.connection.create_table("young", pa.Table.from_pylist(rows))  # type: ignore[attr-defined]
    others = superseded_publications(view, AS_OF)
    result = with_scaled_citations(made, view, AS_OF, others, 0.1)
    found = {one["publication_number"]: one for one in rows_of(view, result, "publication_number")}
    assert (found["Y"]["citation_share_due"], found["Y"]["forward_citations_5y_scaled"]) == (0.5, 6.0)
    assert (found["O0"]["citation_share_due"], found["O0"]["forward_citations_5y_scaled"]) == (1.0, 2.0)
    assert (found["N"]["citation_share_due"], found["N"]["forward_citations_5y_scaled"]) == (0.0, None)
    assert (found["Z"]["citation_share_due"], found["Z"]["forward_citations_5y_scaled"]) == (None, None)


def test_an_offices_cohorts() -> None:
    published = {
        "office": "EP", "filing_year": 2020, "field": 6, "indicator": "claims",
        "p1": 1.0, "p10": 2.0, "p25": 4.0, "p50": 10.0, "p75": 15.0, "p90": 20.0, "p99": 40.0,
    }  # fmt: skip
    schema = ibis_schema(ALL_TABLES["patent_cohort"])
    table = pa.Table.from_pylist([dict.fromkeys(schema.names) | published], schema=schema.to_pyarrow())
    rows = ibis.memtable(pa.Table.from_pylist([row(1), row(2, field=4)], schema=pa.schema(KINDS)))
    figures = {"quality_4": 0.5, "quality_6": 0.5, "radicalness": 0.5}
    rows = rows.mutate(office=ibis.literal("CN"), **{name: ibis.literal(value) for name, value in figures.items()})
    for of_office, expected in ((None, [None, None]), ("EP", [500_000, None])):
        result = with_office_percentiles(rows, ibis.memtable(table), of_office).order_by("publication_number")
        found = ibis.duckdb.connect().to_pyarrow(result)
        assert found["claims_office_percentile_ppm"].to_pylist() == expected
        assert found["office"].to_pylist() == ["CN", "CN"]
        assert found["family_size_office_percentile_ppm"].to_pylist() == [None, None]


def profiled(profile: Profile, measures: dict[str, float], scores: dict[str, float] | None) -> dict[str, Any]:
    row = {"publication_number": "P", "patent_kind": "invention"}
    given = {f"measure_{name}": measures.get(name) for name in MEASURES}
    kinds = {"publication_number": pa.string(), "patent_kind": pa.string()} | dict.fromkeys(given, pa.float64())
    table = ibis.memtable(pa.Table.from_pylist([row | given], schema=pa.schema(kinds)))
    judged = None
    if scores is not None:
        judged = ibis.memtable(
            pa.Table.from_pylist(
                [
                    {"publication_number": "P", "profile": profile.name, "item": item, "score_ppm": int(score * 1e6)}
                    for item, score in scores.items()
                ]
            )
        )
    (found,) = ibis.duckdb.connect().to_pyarrow(with_profile(table, profile, judged)).to_pylist()
    return dict(found)


def test_a_profile_with_open_items_is_an_interval() -> None:
    profile = gbt_profile(fill_rules(GbtFigures, rules()))
    found = profiled(profile, {"claims_index": 0.8, "in_use": 1.0}, {"stability": 0.5})
    # Legal: stability judged 0.5, scope 0.8, two open: 1.3/4 to 3.3/4. Technical: maturity 1, five open.
    assert found["gbt_42748_legal_low"] == pytest.approx(100 * 1.3 / 4)
    assert found["gbt_42748_legal_high"] == pytest.approx(100 * 3.3 / 4)
    assert (found["gbt_42748_technical_low"], found["gbt_42748_technical_high"]) == (pytest.approx(100 / 6), 100.0)
    assert found["gbt_42748_score_low"] == pytest.approx(100 * (1.3 / 4 + 1 / 6 + 1 / 4) / 3)
    assert found["gbt_42748_open_items"] == 10
    assert (found["gbt_42748_grade_best"], found["gbt_42748_grade_worst"]) == (1, 4)


def test_the_handbook_multiplies_the_legal_value_by_stability() -> None:
    profile = handbook_profile(fill_rules(HandbookFigures, rules()))
    everything = {item.name: 1.0 for item in profile.items}
    found = profiled(profile, {}, everything)
    assert found["handbook_2012_score_low"] == found["handbook_2012_score_high"] == pytest.approx(100.0)
    assert (found["handbook_2012_open_items"], found["handbook_2012_grade_worst"]) == (0, 1)
    shaky = profiled(profile, {}, everything | {"stability": 0.5, "licensing": 0.1})
    # Stability 6 of 10; licensing 2 of 10 with weight 0.05: legal 100 x (0.95 + 0.05 x 0.2) x 0.6.
    assert shaky["handbook_2012_legal_low"] == pytest.approx(100 * 0.96 * 0.6)
    assert shaky["handbook_2012_technical_low"] == pytest.approx(100.0)


def test_a_wrong_profile_gets_a_sentence() -> None:
    figures = fill_rules(GbtFigures, rules())
    rows = {name: dict(cells) for name, cells in figures.items.rows.items()}
    rows["stability"]["measure"] = "horoscope"
    wrong = GbtFigures(RowTable(rows, figures.items.cite), figures.dimensions, figures.grade)
    with pytest.raises(InputError, match="stability") as caught:
        gbt_profile(wrong)
    assert "gbt_42748" in caught.value.text("zh")
