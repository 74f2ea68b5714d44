"""Pledge value and valuation route a second time, from the figures of the fact sheet, in plain decimal arithmetic."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

RATIO = {"invention": Decimal("0.30"), "utility_model": Decimal("0.20")}  # lower ends of the usual caps
DISPOSAL = Decimal("0.50")  # the one published flat haircut
LIMIT_WAN = 1000  # single loan, in 万元, the limit included
PILOT_FIRST, PILOT_LAST = date(2025, 5, 27), date(2027, 12, 31)
PILOT_REGIONS = {"31", "51", "44"}  # seen: Shanghai, Sichuan, Guangdong with Shenzhen


def pledge_fen(value_fen: int, kind: str) -> int | None:
    """What may be lent, in fen; half a fen goes up."""
    if kind not in RATIO:
        return None
    exact = Decimal(value_fen) * RATIO[kind] * DISPOSAL
    return int(exact.to_integral_value(rounding=ROUND_HALF_UP))


def own_value_will_do(loan_fen: int, region: str | None, day: date) -> bool:
    """Whether the bank's own or an agreed value is enough."""
    in_pilot = PILOT_FIRST <= day <= PILOT_LAST and region in PILOT_REGIONS
    return in_pilot and loan_fen <= LIMIT_WAN * 10_000 * 100
