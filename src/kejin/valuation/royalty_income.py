"""What would the owner of each patent have to pay for using it? Relief from royalty with its uncertainty, for millions.

value = revenue x share of patents in it x the patent's part among the owner's patents x royalty x (1 - tax) x years,

where `years` is the sum over the remaining life of survival, technical decay and discounting, at mid-year:

    years = sum over t of S(t) exp(-k (t - 1/2)),   k = ln(1 + r) - ln(1 - d)

The factors multiply, so the log of the value is a sum: each factor gives a mean and a variance. Ranges of the rules
(royalty, share, discount rate r, obsolescence d) are read as 80% intervals. `years` is taken at the middle of its
ranges; what r and d do to it is one spread a group, so that a longer life never changes the weight of the method.

Royalty    the sharing-rate form K = m + (n - m) q, with the industry's range [m, n] and the patent's standing q in its
           cohort; one half where the standing is unknown.
Part       patents of an owner share its revenue by weight of kind, use and standing; a family counts once.
Missing    revenue that is not known is that usual for such an owner, with its spread: the interval widens, and the
           value never becomes 0. An owner that sells nothing yet has no royalty to save: the method is silent.
Source     standard practice; evidence in tests/published/relief_from_royalty and docs/models/patent_value.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from kejin.numerics.lognormal import Z80
from kejin.rule_values import RowTable
from kejin.valuation.figures import ValuationRules
from kejin.valuation.opinion import Opinion
from kejin.valuation.patent_columns import KINDS, MAX_YEARS, NO, YES, Floats, Ints, PatentColumns
from kejin.valuation.relief_from_royalty import amortisation_factor

QUALITY_WEIGHT = 2.0  # a patent at the top of its cohort weighs e^1, one at the bottom e^-1
REFERENCE_YEARS = 8


@dataclass(frozen=True, slots=True)
class IncomeFigures:
    """The rules as arrays. Ranges are 80% intervals.

    royalty       shape (group, 2); obsolescence likewise
    amortisation  factor of the tax amortisation benefit; 1 leaves it out
    """

    royalty: Floats
    obsolescence: Floats
    discount: tuple[float, float]
    share: tuple[float, float]
    tax_rate: float
    forecast_sigma: float
    kind_weight: Floats
    use_weight: Floats
    amortisation: float = 1.0
    royalty_shift: float = 0.0


def ranges(table: RowTable) -> Floats:
    """The low and high end of every row, in the order of the keys: shape (row, 2)."""
    return np.array([[table.number(key, "low"), table.number(key, "high")] for key in sorted(table.rows)])


def income_figures(
    rules: ValuationRules, royalty_shift: float = 0.0, amortisation_years: int | None = None
) -> IncomeFigures:
    """The figures of the method.

    royalty_shift       the log by which recorded royalties differ from the ranges.
    amortisation_years  over which a buyer writes the price off in equal parts; None leaves the benefit out.
    """
    low_high = [ranges(table)[0] for table in (rules.discount_rate, rules.patent_share)]
    amortisation = 1.0
    if amortisation_years is not None:
        rate = float(low_high[0].mean())
        amortisation = amortisation_factor(rules.tax_rate.number, rate, amortisation_years, mid_year=True)
    return IncomeFigures(
        ranges(rules.royalty_range),
        ranges(rules.obsolescence_range),
        (low_high[0][0], low_high[0][1]),
        (low_high[1][0], low_high[1][1]),
        rules.tax_rate.number,
        rules.forecast_sigma.number,
        np.array([rules.kind_weight.number(kind, "weight") for kind in KINDS]),
        np.array([rules.use_weight.number(use, "weight") for use in ("not_in_use", "in_use", "unknown")]),
        amortisation,
        royalty_shift,
    )


def income_opinion(patents: PatentColumns, survival: Floats, figures: IncomeFigures) -> Opinion:
    """The value of each patent's royalties to its owner.

    survival  shape (patent, year): probability of being in force in the middle of each coming year, at most MAX_YEARS.
    """
    sells = np.isnan(patents.revenue_cny) | (patents.revenue_cny > 0)
    speaks = patents.alive & sells & (patents.left_years > 0)
    with np.errstate(divide="ignore"):
        own = np.log(patents.revenue_cny)
    known = ~np.isnan(patents.revenue_cny)
    revenue = np.where(known, own, patents.revenue_prior_log)
    spread = np.where(known, 0.0, patents.revenue_prior_sigma**2) + figures.forecast_sigma**2
    share_mu, share_variance = _of_range(figures.share)
    low, high = figures.royalty[patents.royalty_group, 0], figures.royalty[patents.royalty_group, 1]
    standing = np.where(np.isnan(patents.quality), 0.5, patents.quality)
    royalty = np.log(low + (high - low) * standing) + figures.royalty_shift
    years = remaining_years(survival, patents.left_years, decay_rate(figures, patents.obsolescence_group))
    with np.errstate(divide="ignore", invalid="ignore"):
        mu = revenue + share_mu + np.log(part_of_owner(patents, figures)) + royalty
        mu = mu + np.log((1.0 - figures.tax_rate) * figures.amortisation * years)
    variance = spread + share_variance + (np.log(high / low) / (2.0 * Z80)) ** 2
    variance = variance + years_variance(figures)[patents.obsolescence_group]
    return Opinion(np.where(speaks, mu, np.nan), np.where(speaks, np.sqrt(variance), np.nan))


def part_of_owner(patents: PatentColumns, figures: IncomeFigures) -> Floats:
    """Each patent's part of what its owner earns by patents, 0..1; parts of one owner's live families add up to 1."""
    standing = np.where(np.isnan(patents.quality), 0.5, patents.quality)
    use = np.where(patents.use == YES, 1, np.where(patents.use == NO, 0, 2))
    weight = figures.kind_weight[patents.kind] * figures.use_weight[use] * np.exp(QUALITY_WEIGHT * (standing - 0.5))
    counted = np.where(patents.alive & (patents.family_place == 0), weight, 0.0)
    owners, place = np.unique(patents.company, return_inverse=True)
    total = np.bincount(place, counted, minlength=len(owners))[place]
    total = total + np.where(patents.family_place == 0, 0.0, weight)  # another member asks: as if it were the carrier
    return np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)


def decay_rate(figures: IncomeFigures, group: Ints) -> Floats:
    """Continuous rate a year of discounting and technical decay, k, of each patent at the middle of the ranges."""
    rate, fading = np.mean(figures.discount), figures.obsolescence.mean(axis=1)
    decay: Floats = (np.log1p(rate) - np.log1p(-fading))[group]
    return decay


def years_variance(figures: IncomeFigures) -> Floats:
    """Variance of ln(years) by obsolescence group from the ranges of discount and decay, over a life of 8 years."""
    nodes = np.array([-np.sqrt(0.6), 0.0, np.sqrt(0.6)])
    weights = np.array([5.0, 8.0, 5.0]) / 18.0  # Gauss-Legendre on a uniform range
    out = []
    for low, high in figures.obsolescence:
        fading = -np.log1p(-((low + high) / 2 + (high - low) / 2 * nodes))
        rate = np.log1p(np.mean(figures.discount) + (figures.discount[1] - figures.discount[0]) / 2 * nodes)
        k = rate[:, None] + fading[None, :]
        logs = np.log((1.0 - np.exp(-k * REFERENCE_YEARS)) / k)
        both = weights[:, None] * weights[None, :]
        mean = (both * logs).sum()
        out.append((both * (logs - mean) ** 2).sum())
    return np.array(out)


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def remaining_years(survival: Floats, left_years: Floats, decay: Floats) -> Floats:
    """Years of full income that the rest of each patent's life is worth: survival, decay and discounting at mid-year.

    A last part of a year counts in part. 0 where nothing is left.
    """
    n = len(left_years)
    out = np.zeros(n)
    for i in range(n):
        fall = np.exp(-decay[i])
        weight = np.exp(-0.5 * decay[i])
        left = min(left_years[i], MAX_YEARS)
        total, year = 0.0, 0
        while left > 0 and year < survival.shape[1]:
            total += survival[i, year] * weight * min(left, 1.0)
            weight *= fall
            left -= 1.0
            year += 1
        out[i] = total
    return out


def sure_years(left_years: Floats, decay: Floats) -> Floats:
    """The same for a right that surely stands until its term: what deals are compared by; shape (patent,)."""
    fall = np.exp(-decay)
    whole = np.floor(np.minimum(left_years, MAX_YEARS))
    part = np.minimum(left_years, MAX_YEARS) - whole
    return np.asarray(np.exp(-0.5 * decay) * ((1.0 - fall**whole) / (1.0 - fall) + part * fall**whole))


def _of_range(low_high: tuple[float, float]) -> tuple[float, float]:
    """Mean and variance of the log of a figure whose 80% interval is given."""
    low, high = np.log(low_high[0]), np.log(low_high[1])
    return float((low + high) / 2), float(((high - low) / (2 * Z80)) ** 2)
