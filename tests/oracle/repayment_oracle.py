"""Repayment schedules, worked out a second time in plain decimals from the words of the contract."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, getcontext

getcontext().prec = 60
ONE = Decimal(1)


def fen(amount: Decimal) -> int:
    return int(amount.quantize(ONE, rounding=ROUND_HALF_UP))


def schedule(
    amount: int, rate: Decimal, months: int, kind: str, every: int = 1, grace: int = 0, step: Decimal = Decimal(0)
) -> list[tuple[int, int, int]]:
    """(principal, interest, balance) a period."""
    per_period = rate * every / 12
    count, free = months // every, grace // every
    paying = count - free
    if kind in ("equal_instalment", "step_up"):
        # A first payment of 1 is worth this much today, with its growth once a year; found by paying it off backwards.
        worth = Decimal(0)
        for number in range(paying - 1, -1, -1):
            size = (ONE + (step if kind == "step_up" else 0)) ** (number * every // 12)
            worth = (worth + size) / (ONE + per_period)
        first = amount / worth
    lines, balance = [], amount
    for number in range(count):
        interest = fen(balance * per_period)
        if number == count - 1:
            principal = balance
        elif number < free or kind == "bullet":
            principal = 0
        elif kind == "equal_principal":
            principal = amount // paying
        else:
            size = (ONE + (step if kind == "step_up" else 0)) ** ((number - free) * every // 12)
            principal = min(max(fen(first * size) - interest, 0), balance)
        balance -= principal
        lines.append((principal, interest, balance))
    return lines
