"""Money and ratios: the one place where money is rounded and where it is written for a reader."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

FEN_PER_CNY = 100
CNY_PER_WAN = Decimal(10_000)
CNY_PER_YI = Decimal(100_000_000)
_CENT = Decimal("0.01")


def round_cny(amount: Decimal) -> Decimal:
    """An amount in CNY rounded to the fen, halves away from zero (the banking habit in China)."""
    return amount.quantize(_CENT, rounding=ROUND_HALF_UP)


def to_fen(amount_cny: Decimal) -> int:
    """CNY as whole fen; halves of a fen go away from zero."""
    return int((amount_cny * FEN_PER_CNY).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def from_fen(fen: int) -> Decimal:
    """Whole fen as CNY with two decimals, exact."""
    return Decimal(fen) / FEN_PER_CNY


def money_text(amount_cny: Decimal | float | None, lang: str = "en") -> str:
    """An amount as a reader expects it: 元, 万元 or 亿元 in Chinese, grouped CNY in English.

    A missing amount is written as missing, never as 0.
    """
    if amount_cny is None:
        return "缺失" if lang == "zh" else "missing"
    amount = Decimal(str(amount_cny))
    if lang != "zh":
        return f"CNY {amount:,.2f}"
    if abs(amount) >= CNY_PER_YI:
        return f"{amount / CNY_PER_YI:,.2f}亿元"
    if abs(amount) >= CNY_PER_WAN:
        return f"{amount / CNY_PER_WAN:,.2f}万元"
    return f"{amount:,.2f}元"


def percent_text(ratio: float | Decimal | None, decimals: int = 1, lang: str = "en") -> str:
    """A ratio as a percentage; missing stays missing, and nothing has no sign."""
    if ratio is None:
        return "缺失" if lang == "zh" else "missing"
    return f"{float(ratio) * 100:z.{decimals}f}%"


_UNIT_WORDS = {
    "person": ("人", "persons"),
    "year": ("年", "years"),
    "month": ("个月", "months"),
    "point": ("分", "points"),
    "rank": ("名", ""),
    "level": ("级", ""),
    "count": ("", ""),
}


def value_text(value: object, unit: str, lang: str = "en") -> str:
    """A value with its unit as a reader expects it; missing is said to be missing.

    unit  fen (whole fen, shown as money), ratio (shown as a percentage), flag, text, or a unit that is counted.
    """
    if value is None or value != value:  # NaN is missing too  # noqa: PLR0124
        return "缺失" if lang == "zh" else "missing"
    if isinstance(value, bool):
        words = ("是", "否") if lang == "zh" else ("yes", "no")
        return words[0] if value else words[1]
    if isinstance(value, str):
        return value
    number = float(value)  # type: ignore[arg-type]
    if unit == "fen":
        return money_text(from_fen(round(number)), lang)
    if unit == "ratio":
        return percent_text(number, 2, lang)
    shown = f"{number:,.0f}" if number == int(number) else f"{number:,.2f}"
    word = _UNIT_WORDS.get(unit, ("", ""))[0 if lang == "zh" else 1]
    return f"{shown}{word}" if lang == "zh" else f"{shown} {word}".strip()
