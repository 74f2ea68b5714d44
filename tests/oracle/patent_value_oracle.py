"""The value of one patent worked out a second time, step by step, in plain Python. Imports nothing of the project."""

from __future__ import annotations

from math import exp, log, sqrt
from statistics import NormalDist

Z80 = NormalDist().inv_cdf(0.9)


def years(survival: list[float], left: float, rate: float, decay: float) -> float:
    """Discounted years: each coming year counts its part, at mid-year."""
    total = 0.0
    for year, alive in enumerate(survival):
        part = min(max(left - year, 0.0), 1.0)
        middle = year + 0.5
        total += alive * part * ((1 - decay) / (1 + rate)) ** middle
    return total


def range_log(low: float, high: float) -> tuple[float, float]:
    """Mean and variance of the log of a factor with this 80% interval."""
    return (log(low) + log(high)) / 2, ((log(high) - log(low)) / (2 * Z80)) ** 2


def income_log(
    revenue: float,
    part: float,
    royalty: tuple[float, float],
    standing: float,
    share: tuple[float, float],
    tax: float,
    worth_years: float,
) -> float:
    """Middle of the log of the royalties saved."""
    rate = royalty[0] + (royalty[1] - royalty[0]) * standing
    middle_share = exp(range_log(*share)[0])
    return log(revenue * middle_share * part * rate * (1 - tax) * worth_years)


def pool(opinions: list[tuple[float, float, float]], correlation: float) -> tuple[float, float, list[float]]:
    """(mean, spread, parts) of the product of densities exp(-a (x - m)^2 / 2 s^2); opinions are (m, s, reliability)."""
    count = len(opinions)
    together = count / (1 + (count - 1) * correlation)
    reliabilities = sum(one[2] for one in opinions)
    powers = [together * one[2] / reliabilities for one in opinions]
    precisions = [a / s**2 for a, (_, s, _) in zip(powers, opinions, strict=True)]
    whole = sum(precisions)
    mean = sum(p * m for p, (m, _, _) in zip(precisions, opinions, strict=True)) / whole
    return mean, 1 / sqrt(whole), [p / whole for p in precisions]


def quantile(mu: float, sigma: float, stands: float, share: float, floor: float, level: float) -> float:
    """By search: the least value v with P(value <= v) >= level."""
    if stands <= 1 - level:
        return 0.0

    def below(v: float) -> float:
        inside = 0.0 if v < floor * share else NormalDist(mu, sigma).cdf(log(v / share))
        return 1 - stands + stands * inside

    low, high = 1e-6, 1e15
    for _ in range(300):
        middle = sqrt(low * high)
        low, high = (low, middle) if below(middle) >= level else (middle, high)
    return high


def market_one_deal(
    prior_mean: list[float], prior_sd: list[float], design: list[float], target: float, noise: float
) -> tuple[list[float], float]:
    """Posterior mean of coefficients after one deal, by the gain of a Kalman filter; and the variance after it."""
    spread = sum((sd * x) ** 2 for sd, x in zip(prior_sd, design, strict=True))
    error = target - sum(m * x for m, x in zip(prior_mean, design, strict=True))
    total = spread + noise**2
    mean = [m + sd**2 * x * error / total for m, sd, x in zip(prior_mean, prior_sd, design, strict=True)]
    return mean, spread - spread**2 / total
