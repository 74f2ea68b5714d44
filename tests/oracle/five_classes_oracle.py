"""The five-class grade again, in plain fractions, from the wording of the measures; nothing of kejin is imported.

A debtor is a list of loans (dicts): bank, balance, days, events (name -> day number), share. Grades are numbers 0..4.
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

BEGINS = date(2023, 7, 1)


def by_days(days: int) -> int:
    """Any overdue day: special mention; beyond 90 substandard, beyond 270 doubtful, beyond 360 loss."""
    grade = 0
    if days >= 1:
        grade = 1
    if days >= 91:
        grade = 2
    if days >= 271:
        grade = 3
    if days >= 361:
        grade = 4
    return grade


def grades(debtor: list[dict[str, Any]], as_of: date) -> list[int] | None:
    """One grade a loan; None where the measures were not in force."""
    if as_of < BEGINS:
        return None
    own = [max(by_days(loan["days"]), by_events(loan, as_of)) for loan in debtor]
    whole = sum(loan["balance"] for loan in debtor)
    late = sum(loan["balance"] for loan in debtor if loan["days"] > 90)
    if whole and Fraction(late, whole) > Fraction(1, 5):
        own = [max(grade, 2) for grade in own]
    for bank in {loan["bank"] for loan in debtor}:
        here = [place for place, loan in enumerate(debtor) if loan["bank"] == bank]
        claims = sum(debtor[place]["balance"] for place in here)
        bad = sum(debtor[place]["balance"] for place in here if own[place] >= 2)
        if claims and Fraction(bad, claims) > Fraction(1, 10):
            for place in here:
                own[place] = max(own[place], 2)
    with_bad = {loan["bank"] for loan, grade in zip(debtor, own, strict=True) if grade >= 2}
    return [max(grade, 1) if with_bad - {loan["bank"]} else grade for loan, grade in zip(debtor, own, strict=True)]


def by_events(loan: dict[str, Any], as_of: date) -> int:
    """What confirmed events call for."""
    grade = 0
    events: dict[str, list[date]] = loan.get("events", {})
    for name, least in (("misuse_confirmed", 1), ("refinanced", 1), ("bad_at_other_bank", 1), ("credit_impaired", 2)):
        if any(day <= as_of for day in events.get(name, [])):
            grade = max(grade, least)
    share = loan.get("share")
    if share is not None:
        grade = max(grade, 4 if share >= Fraction(9, 10) else 3 if share >= Fraction(1, 2) else 0)
    past = sorted(day for day in events.get("restructured", []) if day <= as_of)
    if past and as_of < past[-1] + timedelta(days=365):
        grade = max(grade, 1)
        if len(past) > 1 and past[-1] < past[-2] + timedelta(days=365):
            grade = max(grade, 2)
    return grade
