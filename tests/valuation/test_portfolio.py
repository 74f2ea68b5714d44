"""The value of a portfolio against drawing it: dependent lognormals added up."""

from __future__ import annotations

import numpy as np
import pytest
from sample_patents import patents, rules

from kejin.valuation.opinion import Opinion
from kejin.valuation.patent_columns import PatentColumns
from kejin.valuation.portfolio import Portfolios, portfolio_values
from kejin.valuation.rights import LEVELS, Rights, value_quantile

DRAWS = 200_000


def _closed(columns: PatentColumns, opinion: Opinion, rights: Rights) -> Portfolios:
    none = np.zeros(len(columns))
    values = tuple(value_quantile(opinion, rights, none, level) for level in LEVELS)
    assert len(values) == 3
    return portfolio_values(columns.company, columns.field, opinion, rights, values, rules().portfolio_correlation)


def _drawn(columns: PatentColumns, opinion: Opinion, rights: Rights) -> np.ndarray:
    """One factor of the company, one of each field, one of each patent."""
    rng = np.random.default_rng(3)
    company, field = (
        rules().portfolio_correlation.number(key, "correlation") for key in ("same_company", "same_field")
    )
    whole = np.sqrt(company) * rng.standard_normal(DRAWS)
    total = np.zeros(DRAWS)
    of_field = {int(one): np.sqrt(field) * rng.standard_normal(DRAWS) for one in set(columns.field)}
    for i in range(len(columns)):
        normal = whole + of_field[int(columns.field[i])] + np.sqrt(1 - company - field) * rng.standard_normal(DRAWS)
        stands = rng.random(DRAWS) < rights.stands[i]
        total += stands * rights.share[i] * np.exp(opinion.mu[i] + opinion.sigma[i] * normal)
    return np.quantile(total, LEVELS)


@pytest.mark.parametrize("size", [2, 5, 30])
@pytest.mark.parametrize("sigma", [0.8, 1.4])
def test_quantiles_of_the_whole(size: int, sigma: float) -> None:
    columns = patents(size, field=np.arange(size) % 3)
    opinion = Opinion(np.linspace(10.0, 12.0, size), np.full(size, sigma))
    rights = Rights(np.ones(size), np.ones(size))
    found = _closed(columns, opinion, rights)
    low, mid, high = _drawn(columns, opinion, rights)
    assert np.log(found.low[0] / low) == pytest.approx(0.0, abs=0.22)
    assert np.log(found.mid[0] / mid) == pytest.approx(0.0, abs=0.12)
    assert np.log(found.high[0] / high) == pytest.approx(0.0, abs=0.12)


def test_companies_do_not_mix() -> None:
    columns = patents(6, company=[0, 0, 0, 7, 7, 7])
    opinion = Opinion(np.array([10.0, 11.0, 12.0, 10.0, 11.0, 12.0]), np.ones(6))
    found = _closed(columns, opinion, Rights(np.ones(6), np.ones(6)))
    assert list(found.company) == [0, 7]
    assert found.low[0] == pytest.approx(found.low[1])


def test_one_field_varies_more_than_several() -> None:
    opinion = Opinion(np.full(6, 11.0), np.full(6, 1.2))
    rights = Rights(np.ones(6), np.ones(6))
    one, several = (_closed(patents(6, field=field), opinion, rights) for field in ([4] * 6, [1, 2, 3, 4, 5, 6]))
    assert one.low[0] < several.low[0]
    assert one.high[0] > several.high[0]


def test_patents_without_a_value_are_counted_and_left_out() -> None:
    opinion = Opinion(np.array([11.0, np.nan, 12.0]), np.array([1.0, np.nan, 1.0]))
    found = _closed(patents(3), opinion, Rights(np.ones(3), np.ones(3)))
    assert found.patents[0] == 2
    assert found.unvalued[0] == 1
    assert found.low[0] > 0
