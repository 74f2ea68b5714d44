"""From rows to a result: the arrays valued, and the two tables that come of it, rounded once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from kejin.errors import InputError
from kejin.valuation.appraise import Appraisal, appraise
from kejin.valuation.combine_opinions import METHODS
from kejin.valuation.figures import ValuationRules
from kejin.valuation.input_findings import currency_findings, deal_findings, ownership_circles, patent_findings
from kejin.valuation.opinion import Opinion
from kejin.valuation.patent_columns import KINDS, Floats, PatentColumns
from kejin.valuation.portfolio import Portfolios, portfolio_values
from kejin.workflows.valuation_arrays import (
    by_kind,
    default_survival,
    flags,
    numbers,
    patent_columns,
    places_in,
    royalty_shift,
    texts,
)
from kejin.workflows.valuation_lives import Lives, renewal_and_life
from kejin.workflows.valuation_query import INDICES

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHOWN_METHODS = (*METHODS, "cost")
MISSING = ("quality", "use", "revenue", "holders", "field", "report", "claims")
LIFE_YEARS = (1, 2, 3, 5, 7, 10, 15)


@dataclass(frozen=True)
class Valued:
    """Everything that came of a valuation, in the order of the publication numbers."""

    table: pa.Table
    patents: PatentColumns
    survival: Floats
    renewal: Opinion | None
    appraisal: Appraisal
    portfolios: Portfolios
    company_names: tuple[str, ...]
    findings: tuple[InputError, ...]
    methods: tuple[str, ...]


def value_rows(
    table: pa.Table,
    deals: pa.Table,
    hazards: pa.Table,
    owners: pa.Table,
    *,
    rules: ValuationRules,
    as_of: date,
    lives: Lives | None = None,
    amortisation_years: int | None = None,
) -> Valued:
    """Value the rows of the queries (see valuation_query).

    lives   renewal and life models; without them lives follow the ends seen in the facts, and no renewal is heard.
    amortisation_years   see royalty_income.income_figures.
    """
    patents, priced = patent_columns(table, rules, deals, as_of)
    renewal = None
    if lives is None:
        survival = default_survival(patents.left_years, patents.kind, by_kind(hazards.to_pylist()))
    else:
        renewal, survival = renewal_and_life(table, patents, lives)
    where = places_in(texts(deals, "publication_number"), texts(table, "publication_number"))
    shift = royalty_shift(deals, patents, where, rules)
    appraisal = appraise(
        patents, survival, priced, rules, renewal, royalty_shift=shift, amortisation_years=amortisation_years
    )
    portfolios = portfolio_values(
        patents.company, patents.field, appraisal.pooled.opinion, appraisal.rights, appraisal.values,
        rules.portfolio_correlation,
    )  # fmt: skip
    names = tuple(sorted(set(table["company_id"].to_pylist())))
    methods = tuple(name for name in METHODS if name in appraisal.opinions and appraisal.opinions[name].heard.any())
    findings = _findings(table, deals, owners, patents, rules)
    return Valued(table, patents, survival, renewal, appraisal, portfolios, names, findings, methods)


def patent_table(valued: Valued) -> pa.Table:
    """One row a patent: values, each method's interval and part, reasons, what is missing. Money in CNY, to the fen."""
    appraisal, patents = valued.appraisal, valued.patents
    low, mid, high = appraisal.values
    pooled = appraisal.pooled
    columns: dict[str, Any] = {
        name: valued.table[name].combine_chunks() for name in ("publication_number", "company_id", "patent_kind")
    }
    columns |= {
        "field": valued.table["field"].combine_chunks(),
        "in_force": patents.in_force,
        "pending": patents.pending,
        "age_years": _rounded(patents.age_years, 3),
        "left_years": _rounded(patents.left_years, 3),
        "quality": _rounded(patents.quality, 6),
        "value_cny_low": _money(low),
        "value_cny_mid": _money(mid),
        "value_cny_high": _money(high),
        "right_stands": _rounded(appraisal.rights.stands, 6),
        "owner_share": _rounded(appraisal.rights.share, 6),
    }
    for place, method in enumerate(METHODS):
        columns |= _method(appraisal, method)
        heard = pooled.opinion.heard
        columns[f"{method}_part"] = _rounded(np.where(heard, pooled.shares[:, place], np.nan), 6)
    columns |= _method(appraisal, "cost")
    columns["methods_ratio"] = _rounded(pooled.ratio, 4)
    for year in LIFE_YEARS:
        columns[f"in_force_{year}y"] = _rounded(valued.survival[:, year - 1] * patents.alive, 4)
    columns |= {name: _rounded(numbers(valued.table, name), 6) for name in INDICES}
    columns["pledges"] = patents.pledges
    columns["secured_cny"] = _money(numbers(valued.table, "secured_cny"))
    columns["reasons"] = joined_flags(dict(appraisal.reasons))
    columns["missing"] = joined_flags(_missing(valued))
    return pa.table({name: _array(column) for name, column in columns.items()})


def portfolio_table(valued: Valued) -> pa.Table:
    """One row a company with patents: the portfolio's value, its patents' added up, and the gain of diversification."""
    portfolios = valued.portfolios
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = portfolios.low / portfolios.sums_low - 1.0
    columns = {
        "company_id": pa.array([valued.company_names[one] for one in portfolios.company], pa.string()),
        "patents_valued": portfolios.patents,
        "patents_unvalued": portfolios.unvalued,
        "value_cny_low": _money(portfolios.low),
        "value_cny_mid": _money(portfolios.mid),
        "value_cny_high": _money(portfolios.high),
        "value_cny_mean": _money(portfolios.mean),
        "sum_cny_low": _money(portfolios.sums_low),
        "sum_cny_high": _money(portfolios.sums_high),
        "diversification_gain": _rounded(np.where(np.isfinite(gain), gain, np.nan), 6),
    }
    return pa.table({name: _array(column) for name, column in columns.items()})


def joined_flags(flags: Mapping[str, NDArray[np.bool_]]) -> pa.Array:
    """The names of the flags that are set, joined by "; ", one text a row; few combinations, many rows."""
    names = list(flags)
    mask = np.zeros(len(next(iter(flags.values()))), dtype=np.int64)
    for bit, name in enumerate(names):
        mask |= np.asarray(flags[name], dtype=np.int64) << bit
    seen, place = np.unique(mask, return_inverse=True)
    words = ["; ".join(name for bit, name in enumerate(names) if one >> bit & 1) for one in seen.tolist()]
    return pa.DictionaryArray.from_arrays(pa.array(place, pa.int32()), pa.array(words, pa.string())).cast(pa.string())


def _method(appraisal: Appraisal, method: str) -> dict[str, Floats]:
    """A method's own interval, before rights and shares; missing where it is silent."""
    if method not in appraisal.opinions:
        nothing = np.full(len(appraisal.floor_cny), np.nan)
        return {f"{method}_cny_{end}": nothing for end in ("low", "mid", "high")}
    one = appraisal.opinions[method]
    return {f"{method}_cny_{end}": _money(getattr(one, end)) for end in ("low", "mid", "high")}


def _missing(valued: Valued) -> dict[str, NDArray[np.bool_]]:
    patents = valued.patents
    found = {
        "quality": np.isnan(patents.quality),
        "use": patents.use < 0,
        "revenue": np.isnan(patents.revenue_cny),
        "holders": np.isnan(patents.holders),
        "field": patents.field == 0,
        "report": np.isnan(numbers(valued.table, "report_year")),
        "claims": np.isnan(numbers(valued.table, "claims")),
    }
    return {name: found[name] & patents.alive for name in MISSING}


def _findings(
    table: pa.Table, deals: pa.Table, owners: pa.Table, patents: PatentColumns, rules: ValuationRules
) -> tuple[InputError, ...]:
    design = KINDS.index("design")
    found = patent_findings(
        texts(table, "publication_number"),
        numbers(table, "granted_age_days"),
        numbers(table, "claims"),
        patents.pledges,
        np.where(patents.kind == design, 1, patents.field),
    )
    caps = (rules.open_licence_caps.number("fixed_fee_cny", "cap"), rules.open_licence_caps.number("net_sales", "cap"))
    elsewhere = np.concatenate([
        texts(deals, "publication_number")[flags(deals, "other_currency")],
        texts(table, "publication_number")[flags(table, "secured_elsewhere")],
    ])  # fmt: skip
    found += currency_findings(elsewhere)
    fee = np.where(texts(deals, "event_kind") == "licence", numbers(deals, "price_cny"), np.nan)
    found += deal_findings(fee, numbers(deals, "royalty_rate"), caps)
    circles = ownership_circles(zip(owners["owner_id"].to_pylist(), owners["company_id"].to_pylist(), strict=True))
    if circles:
        found.append(InputError("valuation.ownership_circle", count=len(circles), first=circles[0]))
    return tuple(found)


def _money(values: Floats) -> Floats:
    """To the fen, once, as the last thing."""
    return _rounded(values, 2)


def _rounded(values: Floats, digits: int) -> Floats:
    return np.asarray(np.round(np.asarray(values, dtype=np.float64), digits), dtype=np.float64)


def _array(column: Any) -> pa.Array:
    """NaN becomes missing."""
    if isinstance(column, (pa.Array, pa.ChunkedArray)):
        return column
    return pa.array(column, from_pandas=True) if column.dtype.kind == "f" else pa.array(column)
