"""A second derivation of patent quality in fractions, from the formulas, on rows in plain Python.

Exact up to the grid of 1/720720 on which shares of more than 16 symbols lie, so the tests give at most 16.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import ceil

Number = Fraction | None


def subclasses(symbols: str) -> list[str]:
    return [one.strip()[:4].upper() for one in symbols.split(";") if len(one.strip()[:4]) == 4]


def generality(citing: Iterable[str]) -> tuple[Number, Number]:
    """One minus the sum of squared mean shares, and one minus the chance that two different patents share a class."""
    shares = []
    for symbols in citing:
        classes = subclasses(symbols)
        if classes:
            shares.append({name: Fraction(classes.count(name), len(classes)) for name in set(classes)})
    n = len(shares)
    if not n:
        return None, None
    names = set().union(*shares)
    plain = 1 - sum((sum((one.get(name, Fraction(0)) for one in shares), Fraction(0)) / n) ** 2 for name in names)
    if n == 1:
        return plain, None
    together = Fraction(0)
    for i, first in enumerate(shares):
        for k, second in enumerate(shares):
            if i != k:
                together += sum((first[name] * second.get(name, Fraction(0)) for name in first), Fraction(0))
    return plain, 1 - together / (n * (n - 1))


def originality(cited: Iterable[str]) -> Number:
    """One minus the sum of squared shares of all symbols of the cited patents."""
    classes = [name for symbols in cited for name in subclasses(symbols)]
    if not classes:
        return None
    return 1 - sum((Fraction(classes.count(name), len(classes)) ** 2 for name in set(classes)), Fraction(0))


def radicalness(cited: Iterable[str], own: str | None) -> Number:
    """Share of the cited patents' symbols outside the patent's own classes."""
    classes = [name for symbols in cited for name in subclasses(symbols)]
    if not classes or own is None:
        return None
    return Fraction(sum(name not in subclasses(own) for name in classes), len(classes))


def cap(values: Sequence[Number], level: Fraction, least: int) -> Number:
    """The value that a share `level` of the patents does not exceed, counted in whole patents; the largest where 0."""
    known = sorted(value for value in values if value is not None)
    if len(known) < least:
        return None
    return known[ceil(level * len(known)) - 1] or known[-1]


def index(value: Number, top: Number, turned: bool) -> Number:
    if value is None or top is None:
        return None
    part = min(value, top) / top if top else Fraction(0)
    return 1 - part if turned else part


def composite(parts: Sequence[Number]) -> tuple[Number, Fraction, Fraction]:
    """The mean, and what it could be with the missing parts at 0 and at 1."""
    low = sum((part or Fraction(0) for part in parts), Fraction(0)) / len(parts)
    high = sum((Fraction(1) if part is None else part for part in parts), Fraction(0)) / len(parts)
    return (low if None not in parts else None), low, high


def percentile_ppm(value: Number, among: Sequence[Number], least: int) -> int | None:
    """Mid-rank in whole millionths, rounded down."""
    known = [other for other in among if other is not None]
    if value is None or len(known) < least:
        return None
    below, equal = sum(other < value for other in known), sum(other == value for other in known)
    return int(Fraction(2 * below + equal, 2 * len(known)) * 1_000_000)


def cohort_quality(
    rows: Sequence[Mapping[str, Number]], level: Fraction, least: int
) -> list[dict[str, Number | int | Fraction]]:
    """Indices, composites and percentile of the patents of one cohort, large enough to stand alone."""
    names = ("citations", "family", "claims", "generality", "backward", "lag")
    caps = {name: cap([row[name] for row in rows], level, least) for name in names}
    results: list[dict[str, Number | int | Fraction]] = []
    for row in rows:
        parts = [index(row[name], caps[name], name == "lag") for name in names]
        four, four_low, four_high = composite(parts[:4])
        six, six_low, six_high = composite(parts)
        results.append(
            dict(zip(names, parts, strict=True))
            | {"four": four, "four_low": four_low, "four_high": four_high}
            | {"six": six, "six_low": six_low, "six_high": six_high}
        )
    fours = [result["four"] for result in results]
    for result in results:
        result["ppm"] = percentile_ppm(result["four"], fours, least)  # type: ignore[arg-type]
    return results
