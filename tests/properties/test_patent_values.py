"""What must hold of every patent value, whatever the inputs: order, scale, ends, and the bound of diversification."""

from __future__ import annotations

import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "valuation"))
from sample_patents import frame, no_deals, patents, renewal, rules, survival

from kejin.rule_values import RowTable
from kejin.valuation.appraise import Appraisal, apply, appraise, learn
from kejin.valuation.opinion import Opinion
from kejin.valuation.patent_columns import PatentColumns
from kejin.valuation.portfolio import portfolio_values
from kejin.valuation.royalty_income import income_figures, income_opinion, part_of_owner

UNIT = st.floats(0.0, 1.0)
SOME = settings(max_examples=40)
COMMON = frame(patents())


def _values(columns: PatentColumns, yearly: float = 0.93) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return apply(columns, survival(columns, yearly), COMMON, renewal(columns)).values


def _never_lower(more: PatentColumns, less: PatentColumns, yearly: tuple[float, float] = (0.93, 0.93)) -> None:
    for high, low in zip(_values(more, yearly[0]), _values(less, yearly[1]), strict=True):
        assert (high >= low * (1 - 1e-12)).all()


@SOME
@given(st.floats(1.0, 1e11), st.floats(1.0, 100.0), UNIT)
def test_more_revenue_is_never_worth_less(revenue: float, factor: float, quality: float) -> None:
    _never_lower(patents(quality=quality, revenue_cny=factor * revenue), patents(quality=quality, revenue_cny=revenue))


@SOME
@given(st.floats(0.0, 20.0), st.floats(0.0, 20.0), st.sampled_from([0, 1, 2]))
def test_a_longer_life_is_never_worth_less(a: float, b: float, kind: int) -> None:
    short, long = sorted((a, b))
    # Term and age move together for the floor; here only what is left moves.
    _never_lower(patents(kind=kind, left_years=long), patents(kind=kind, left_years=short))


@SOME
@given(st.floats(0.5, 1.0), st.floats(0.5, 1.0))
def test_likelier_survival_is_never_worth_less(a: float, b: float) -> None:
    low, high = sorted((a, b))
    _never_lower(patents(), patents(), (high, low))


@SOME
@given(st.floats(0.01, 0.45), st.floats(0.01, 0.45))
def test_slower_decay_is_never_worth_less(a: float, b: float) -> None:
    slow, fast = sorted((a, b))
    columns = patents()
    values = []
    for decay in (slow, fast):
        fading = np.tile([0.8 * decay, 1.2 * decay], (len(COMMON.income.obsolescence), 1))
        figures = replace(COMMON.income, obsolescence=fading)
        shared = replace(COMMON, income=figures)
        values.append(apply(columns, survival(columns), shared, renewal(columns)).values)
    for more, less in zip(*values, strict=True):
        assert (more >= less * (1 - 1e-9)).all()


@SOME
@given(UNIT, UNIT)
def test_a_better_standing_is_never_worth_less(a: float, b: float) -> None:
    worse, better = sorted((a, b))
    line = np.array([0.5, 0.5, 0.5, better]), np.array([0.5, 0.5, 0.5, worse])
    more, less = (_values(patents(quality=quality)) for quality in line)
    for high, low in zip(more, less, strict=True):
        assert high[3] >= low[3] * (1 - 1e-12)


@SOME
@given(st.floats(0.01, 1000.0))
def test_scaling_money_scales_value(scale: float) -> None:
    one, many = (_whole(patents(revenue_cny=5e7 * s, revenue_prior_log=17 + np.log(s)), s) for s in (1.0, scale))
    for a, b in zip(one.values, many.values, strict=True):
        assert b == pytest.approx(scale * a, rel=1e-9)


def _whole(columns: PatentColumns, scale: float) -> Appraisal:
    """Every amount of the rules and of the renewal opinion scaled too."""
    scaled = replace(
        rules(),
        licence_statistics=_times(rules().licence_statistics, ("fixed_fee_total_cny",), scale),
        replacement_cost=_times(rules().replacement_cost, ("low", "high"), scale),
    )
    said = renewal(columns)
    said = Opinion(said.mu + np.log(scale), said.sigma)
    return appraise(columns, survival(columns), no_deals(), scaled, said)


def _times(table: RowTable, names: tuple[str, ...], scale: float) -> RowTable:
    rows = {
        key: {name: Decimal(repr(float(value) * scale)) if name in names else value for name, value in row.items()}
        for key, row in table.rows.items()
    }
    return RowTable(rows, table.cite)


def test_an_ended_right_is_worth_nothing() -> None:
    ended = patents(in_force=[True, False, True, True], left_years=[16.0, 16.0, 0.0, 16.0])
    for value in _values(ended):
        assert value[1] == value[2] == 0.0
        assert value[3] > 0.0


def test_missing_revenue_widens_and_is_not_zero() -> None:
    known = patents(revenue_cny=np.exp(17.0))
    missing = patents(revenue_cny=np.nan)
    figures = income_figures(rules())
    one, other = (income_opinion(columns, survival(columns), figures) for columns in (known, missing))
    assert other.mu == pytest.approx(one.mu)
    assert (other.sigma > one.sigma).all()
    low, mid, high = _values(missing)
    assert (low > 0).all()
    assert (high / mid > _values(known)[2] / _values(known)[1]).all()


def test_an_owner_without_sales_is_valued_by_its_option() -> None:
    shared = learn(patents(revenue_cny=0.0), survival(patents()), no_deals(), rules())
    found = apply(patents(revenue_cny=0.0), survival(patents()), shared)
    assert not found.opinions["income"].heard.any()
    assert found.opinions["real_option"].heard.all()
    assert (found.values[0] > 0).all()


def test_a_family_is_valued_once() -> None:
    found = _values(patents(family_place=[0, 1, 2, 0]))
    for value in found:
        assert value[1] == value[2] == 0.0
    parts = part_of_owner(patents(family_place=[0, 1, 2, 0]), COMMON.income)
    assert parts[[0, 3]].sum() == pytest.approx(1.0)


def test_rights_take_their_part() -> None:
    plain = _values(patents())[1][0]
    co_owned = _values(patents(holders=[2.0, 1.0, 1.0, 1.0]))[1]
    assert co_owned[0] == pytest.approx(plain / 2)
    for change in ({"disputed": [1, 0, 0, 0]}, {"invalidity_pending": [1, 0, 0, 0]}, {"fee_overdue": [1, 0, 0, 0]}):
        low, mid, _ = _values(patents(**change))
        assert low[0] == 0.0  # the right falls with more than one chance in ten
        assert 0 < mid[0] < plain
    assert _values(patents(pledges=[2, 0, 0, 0]))[1][0] == pytest.approx(plain)


@SOME
@given(st.lists(st.floats(0.2, 3.0), min_size=2, max_size=12), st.integers(0, 3))
def test_a_portfolio_is_at_least_the_sum_of_low_values(spreads: list[float], fields: int) -> None:
    size = len(spreads)
    sigma = np.array(spreads)
    columns = patents(size, field=np.arange(size) % (fields + 1))
    opinion = Opinion(np.linspace(9.0, 13.0, size), sigma)
    found = _portfolio(columns, opinion)
    assert found.low[0] >= found.sums_low[0] * (1 - 1e-12)
    assert found.high[0] <= found.sums_high[0] * (1 + 1e-12)
    assert found.low[0] <= found.mid[0] <= found.high[0]
    halves = [_portfolio(columns.take(part), Opinion(opinion.mu[part], sigma[part])) for part in _halves(size)]
    assert sum(half.mean[0] for half in halves) == pytest.approx(found.mean[0])
    assert all(half.low[0] >= half.sums_low[0] * (1 - 1e-12) for half in halves)


def _halves(size: int) -> tuple[np.ndarray, np.ndarray]:
    return np.arange(size // 2), np.arange(size // 2, size)


def _portfolio(columns: PatentColumns, opinion: Opinion):
    from kejin.valuation.rights import LEVELS, rights_of, value_quantile

    rights = rights_of(columns, COMMON.rights)
    floor = np.zeros(len(columns))
    values = tuple(value_quantile(opinion, rights, floor, level) for level in LEVELS)
    return portfolio_values(columns.company, columns.field, opinion, rights, values, rules().portfolio_correlation)


def test_one_patent_is_its_own_portfolio() -> None:
    columns = patents(1, disputed=1)
    opinion = Opinion(np.array([12.0]), np.array([1.2]))
    found = _portfolio(columns, opinion)
    assert found.low[0] == 0.0
    assert found.high[0] == found.sums_high[0]
