"""Bad input: each a clear error or a finding, never a silent number."""

from __future__ import annotations

import numpy as np
import pytest
from sample_patents import patents

from kejin.errors import InputError
from kejin.valuation.input_findings import deal_findings, ownership_circles, patent_findings


def _found(**changes: object) -> list[str]:
    usual = {
        "numbers": np.array(["CN1A", "CN2A"], dtype=object), "granted_age_days": np.array([700.0, np.nan]),
        "claims": np.array([9.0, np.nan]), "pledges": np.array([0, 1]), "field": np.array([6, 8]),
    }  # fmt: skip
    return [finding.code for finding in patent_findings(**(usual | changes))]


def test_clean_rows_give_no_finding() -> None:
    assert _found() == []


def test_each_contradiction_is_found() -> None:
    assert _found(granted_age_days=np.array([-3.0, 100.0])) == ["valuation.grant_before_filing"]
    assert _found(claims=np.array([0.0, 5.0])) == ["valuation.claims_zero"]
    assert _found(pledges=np.array([0, 2])) == ["valuation.pledge_twice"]
    assert _found(field=np.array([0, 8])) == ["valuation.field_missing"]


def test_a_finding_names_the_first_patent_in_both_languages() -> None:
    (finding,) = patent_findings(
        np.array(["CN1A", "CN2A"], dtype=object), np.array([1.0, 1.0]), np.array([3.0, 0.0]), np.array([0, 0]),
        np.array([1, 1]),
    )  # fmt: skip
    assert "CN2A" in finding.text("en")
    assert "CN2A" in finding.text("zh")


def test_royalties() -> None:
    fees, caps = np.array([np.nan, 3e7]), (2e7, 0.2)
    assert [one.code for one in deal_findings(fees, np.array([0.3, np.nan]), caps)] == [
        "valuation.licence_fee_unusual",
        "valuation.royalty_unusual",
    ]
    for rate in (-0.01, 1.01):
        with pytest.raises(InputError, match="royalty rate"):
            deal_findings(fees, np.array([rate, np.nan]), caps)


def test_circles_of_ownership() -> None:
    assert ownership_circles([("A", "B"), ("B", "C"), ("C", "A"), ("A", "D"), ("E", "A")]) == ["A", "B", "C"]
    assert ownership_circles([("A", "B"), ("B", "C")]) == []
    assert ownership_circles([("A", "A")]) == ["A"]


@pytest.mark.parametrize(
    "change",
    [
        {"revenue_cny": -1.0},
        {"quality": 1.2},
        {"holders": 0.0},
        {"left_years": -0.1},
        {"age_years": float("nan")},
        {"revenue_prior_sigma": float("nan")},
    ],
)
def test_impossible_columns_are_refused(change: dict[str, float]) -> None:
    with pytest.raises(InputError, match="cannot be right"):
        patents(**change)
