"""The renewal model worked out a second time, in plain Python: fine sums and backward steps. No kejin."""

from __future__ import annotations

import math
from statistics import NormalDist

PHI = NormalDist().cdf
STEPS = 800


def first_returns(mean: float, spread: float) -> list[float]:
    """Midpoints of ln of the first return, eight standard deviations to both sides."""
    width = 16 * spread / STEPS
    return [mean - 8 * spread + (step + 0.5) * width for step in range(STEPS)]


def pays(log_return: float, fee: float, year: int, decay: float, noise: float) -> float:
    """Chance that the fee of a year is paid."""
    gap = log_return + (year - 1) * math.log(1 - decay) - math.log(fee)
    return PHI(gap / noise) if noise > 0 else float(gap >= 0)


def worth(
    log_return: float, fees: list[float], age: float, paid: int, decay: float, noise: float, discount: float
) -> float:
    """Worth from the age on, by stepping back from the end of the term."""
    if age >= len(fees):
        return 0.0
    year = int(age) + 1
    later = 0.0
    for coming in range(len(fees), year, -1):
        back = coming - 1 - max(age, coming - 2)  # years to the step before
        net = max(math.exp(log_return) * (1 - decay) ** (coming - 1) - fees[coming - 1], 0.0)
        later = pays(log_return, fees[coming - 1], coming, decay, noise) * (net + later) / (1 + discount) ** back
    now = math.exp(log_return) * (1 - decay) ** (year - 1)
    if paid >= year:
        return (year - age) * now + later
    return pays(log_return, fees[year - 1], year, decay, noise) * (max(now - fees[year - 1], 0.0) + later)


def weights(
    mean: float, spread: float, fees: list[float], first: int, paid: int, decay: float, noise: float
) -> list[float]:
    """How likely is each of first_returns, given that the fees from year `first` to `paid` were paid?"""
    found = []
    for point in first_returns(mean, spread):
        weight = math.exp(-0.5 * ((point - mean) / spread) ** 2)
        if paid:
            for year in range(first, paid + 1):
                weight *= pays(point, fees[year - 1], year, decay, noise)
        found.append(weight)
    return found


def mean_worth(
    mean: float,
    spread: float,
    fees: list[float],
    age: float,
    first: int,
    paid: int,
    decay: float,
    noise: float,
    rate: float,
) -> float:
    """The mean of the worth, given what was paid."""
    likely = weights(mean, spread, fees, first, paid, decay, noise)
    values = [worth(point, fees, age, paid, decay, noise, rate) for point in first_returns(mean, spread)]
    return math.fsum(a * b for a, b in zip(likely, values, strict=True)) / math.fsum(likely)


def quantile_worth(
    mean: float, spread: float, fees: list[float], age: float, first: int, paid: int, decay: float, noise: float,
    rate: float, level: float,
) -> float:  # fmt: skip
    """The worth below which it lies with a chance of `level`."""
    likely = weights(mean, spread, fees, first, paid, decay, noise)
    want, passed = level * math.fsum(likely), 0.0
    points = first_returns(mean, spread)
    width = points[1] - points[0]
    for point, weight in zip(points, likely, strict=True):
        if passed + weight >= want:
            place = point - width / 2 + width * (want - passed) / weight
            return worth(place, fees, age, paid, decay, noise, rate)
        passed += weight
    return worth(points[-1], fees, age, paid, decay, noise, rate)


def kept(
    mean: float, spread: float, fees: list[float], first: int, paid: int, decay: float, noise: float, until: int
) -> float:
    """The chance that the fees after `paid` up to year `until` are paid too."""
    before = math.fsum(weights(mean, spread, fees, first, paid, decay, noise))
    return math.fsum(weights(mean, spread, fees, first, until, decay, noise)) / before


def log_likelihood(
    mean: float, spread: float, fees: list[float], first: int, paid: int, lapsed: bool, decay: float, noise: float
) -> float:
    """ln of the chance of what a patent did after the fee of its grant's year was paid."""
    start = math.fsum(weights(mean, spread, fees, first, first, decay, noise))
    likely = weights(mean, spread, fees, first, paid, decay, noise)
    if lapsed:
        points = first_returns(mean, spread)
        likely = [
            weight * (1 - pays(point, fees[paid], paid + 1, decay, noise))
            for point, weight in zip(points, likely, strict=True)
        ]
    return math.log(math.fsum(likely) / start)
