"""Which inputs of a valuation contradict each other? Findings beside the values; nothing is changed silently."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from kejin.errors import InputError
from kejin.valuation.patent_columns import Flags, Floats, Ints


def patent_findings(
    numbers: np.ndarray[tuple[int], np.dtype[np.object_]],
    granted_age_days: Floats,
    claims: Floats,
    pledges: Ints,
    field: Ints,
) -> list[InputError]:
    """What is wrong with patents: granted before filing, no claims, two pledges at once, no field known.

    numbers  publication numbers, for the first example; the other columns one value a patent, NaN where missing.
    """
    checks: list[tuple[str, Flags]] = [
        ("valuation.grant_before_filing", granted_age_days < 0),
        ("valuation.claims_zero", claims < 1),
        ("valuation.pledge_twice", pledges > 1),
        ("valuation.field_missing", field == 0),
    ]
    return [
        InputError(code, count=int(bad.sum()), first=numbers[int(np.argmax(bad))]) for code, bad in checks if bad.any()
    ]


def currency_findings(numbers: np.ndarray[tuple[int], np.dtype[np.object_]]) -> list[InputError]:
    """Amounts in another currency than CNY. `numbers`: the patent of each, for the count and the first example."""
    if not len(numbers):
        return []
    return [InputError("valuation.currency_other", count=len(numbers), first=numbers[0])]


def deal_findings(price_cny: Floats, royalty_rate: Floats, caps: tuple[float, float]) -> list[InputError]:
    """What is odd about deals: a royalty above the usual cap, a licence fee above it.

    caps    of a fixed fee in CNY and of a royalty on net sales (open licences).
    Raises  valuation.royalty_rate_wrong for a royalty below 0 or above 1.
    """
    known = ~np.isnan(royalty_rate)
    wrong = known & ~((royalty_rate >= 0) & (royalty_rate <= 1))
    if wrong.any():
        raise InputError("valuation.royalty_rate_wrong", rate=float(royalty_rate[wrong][0]))
    found = []
    for code, bad in (
        ("valuation.licence_fee_unusual", price_cny > caps[0]),
        ("valuation.royalty_unusual", known & (royalty_rate > caps[1])),
    ):
        if bad.any():
            found.append(InputError(code, count=int(bad.sum())))
    return found


def ownership_circles(edges: Iterable[tuple[str, str]]) -> list[str]:
    """Companies that own themselves through others, in order of their names.

    edges   (owner, owned). What has no owner, or owns nothing, is taken away again and again; circles are left, and
            companies between two circles.
    """
    pairs = set(edges)
    while True:
        owners, owned = {a for a, _ in pairs}, {b for _, b in pairs}
        left = {(a, b) for a, b in pairs if a in owned and b in owners}
        if left == pairs:
            return sorted(owners & owned)
        pairs = left
