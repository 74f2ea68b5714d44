"""What does the trail of a loan look like? One figure a loan for each thing that a reviewer would look at.

Shares are of the money paid out. None of them is a verdict, and none is read from a label: they are sums over the
trace, over the borrower's payments before and after, and over what is known of the payees.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kejin.monitoring.account_ends import CLASS, CLASSES, OWN, RELATED_COMPANY, RELATED_PERSON
from kejin.monitoring.arrays import Flags, Floats, Ints
from kejin.monitoring.ledger import Ledger
from kejin.monitoring.loan_payments import DAY, TracedLoans
from kejin.monitoring.trace import Trace


@dataclass(frozen=True, slots=True)
class Steps:
    """What is known of each step of a trace: its loan, its payee's class, whether the first payee was new.

    days       since the grant; first: the step that left the borrower's account, -1 for the drawdown itself
    new_route  that first payee had never been paid by the borrower before
    """

    loan: Ints
    classes: Ints
    days: Floats
    first: Ints
    new_route: Flags


def first_steps(trace: Trace) -> Ints:
    """For each step the step of hop 1 that its money went through; -1 for the drawdown itself."""
    first = np.where(trace.hop == 1, np.arange(len(trace)), -1)
    for hop in range(2, int(trace.hop.max(initial=0)) + 1):
        at = np.flatnonzero(trace.hop == hop)
        first[at] = first[trace.parent[at]]
    return first


def share_by_route(trace: Trace, steps: Steps, loans: TracedLoans, new_route: bool, days: float) -> Floats:
    """Share of each loan that reached each class within so many days, by way of new or of known first payees.

    Shape (loan, class). Own accounts count where money came back to them from others.
    """
    came_from = np.where(trace.parent >= 0, steps.classes[trace.parent], -1)
    chosen = (trace.hop > 0) & (came_from != steps.classes) & (steps.days <= days) & (steps.new_route == new_route)
    return _shares(trace, steps, loans, chosen)


def share_returned(trace: Trace, steps: Steps, loans: TracedLoans, days: float) -> Floats:
    """Share that came back to the borrower's own accounts from somebody else's within so many days."""
    came_from = np.where(trace.parent >= 0, steps.classes[trace.parent], OWN)
    chosen = (trace.hop > 1) & (steps.classes == OWN) & (came_from != OWN) & (steps.days <= days)
    return _shares(trace, steps, loans, chosen)[:, OWN]


def share_round_trip(
    trace: Trace, steps: Steps, loans: TracedLoans, ledger: Ledger, quarter_end: Ints, days_before: float,
    days_after: float,
) -> Floats:  # fmt: skip
    """Share that left for the borrower's own accounts or deposits and was back soon after a quarter's end.

    quarter_end  moment of the first quarter's end after each grant; only loans granted so few days before it count.
    """
    to_end = (quarter_end - loans.granted_at) / DAY
    parked = np.isin(steps.classes, (OWN, CLASS["time_deposit"]))
    parent = np.maximum(trace.parent, 0)
    back = (trace.hop > 1) & (ledger.target[trace.row] == loans.account[steps.loan]) & parked[parent]
    at = ledger.time[trace.row]
    chosen = back & (at > quarter_end[steps.loan]) & (at <= quarter_end[steps.loan] + int(days_after * DAY))
    found = _shares(trace, steps, loans, chosen).max(axis=1)
    return np.where((to_end >= 0) & (to_end <= days_before), found, 0.0)


def share_passed_through(
    trace: Trace, steps: Steps, loans: TracedLoans, ledger: Ledger, out_hours: float, on_hours: float, on_share: float
) -> Floats:
    """Share that left within hours to payees who passed most of it on within some more hours."""
    at = ledger.time[trace.row]
    quick = (trace.hop == 1) & (steps.days * 24 <= out_hours)
    child = np.flatnonzero(trace.hop == 2)
    parent = trace.parent[child]
    soon = at[child] - at[parent] <= int(on_hours * DAY / 24)
    onward = np.zeros(len(trace), np.int64)
    np.add.at(onward, parent[soon], trace.fen[child[soon]])
    emptied = onward >= on_share * trace.fen
    return _total(trace, steps, loans, quick & emptied)


def share_gathered(trace: Trace, steps: Steps, loans: TracedLoans, ledger: Ledger, payees_min: int) -> Floats:
    """Largest share that came together again on one account after it had gone out to several payees."""
    child = np.flatnonzero((trace.hop >= 2) & (steps.first >= 0))
    accounts = len(ledger.opening_fen)
    key = steps.loan[child] * accounts + ledger.target[trace.row[child]]
    pair, place = np.unique(key, return_inverse=True)
    first_payee = ledger.target[trace.row[steps.first[child]]]
    fen = np.zeros(len(pair), np.int64)
    np.add.at(fen, place, trace.fen[child])
    through = np.unique(place * accounts + first_payee)
    ways = np.bincount(through // accounts, minlength=len(pair))
    loan = pair // accounts
    share = np.where(ways >= payees_min, fen / np.maximum(loans.fen[loan], 1), 0.0)
    found = np.zeros(len(loans))
    np.maximum.at(found, loan, share)
    return np.minimum(found, 1.0)


def share_split(
    trace: Trace, steps: Steps, loans: TracedLoans, ledger: Ledger, limits: Ints, low: float, days: float,
    payments_min: int,
) -> Floats:  # fmt: skip
    """Largest share that went out in several payments just under one of the limits, within few days of each other.

    limits  of a single payment, fen; low: how far under the limit still counts, as a ratio of it.
    """
    first = np.flatnonzero(trace.hop == 1)
    amount, day, loan = ledger.fen[trace.row[first]], steps.days[first], steps.loan[first]
    best = np.zeros(len(loans))
    for limit in limits:
        inside = (amount >= low * limit) & (amount < limit)
        chosen, own = first[inside], loan[inside]
        order = np.lexsort((day[inside], own))
        chosen, own, when = chosen[order], own[order], day[inside][order]
        close = np.zeros(len(chosen), dtype=bool)
        later = (own[1:] == own[:-1]) & (when[1:] - when[:-1] <= days)
        close[1:] |= later
        close[:-1] |= later
        count = np.bincount(own[close], minlength=len(loans))
        fen = np.bincount(own[close], weights=trace.fen[chosen[close]], minlength=len(loans))
        enough = (count >= payments_min) & (fen > limit)
        best = np.maximum(best, np.where(enough, fen / np.maximum(loans.fen, 1), 0.0))
    return np.minimum(best, 1.0)


def share_weak_payees(trace: Trace, steps: Steps, loans: TracedLoans, ledger: Ledger, weak: Flags) -> Floats:
    """Share that went first to new payees who look like companies on paper; weak: of each account's holder."""
    return _total(trace, steps, loans, (trace.hop == 1) & steps.new_route & weak[ledger.target[trace.row]])


def share_one_new_payee(trace: Trace, steps: Steps, loans: TracedLoans, ledger: Ledger) -> Floats:
    """Largest share that went first to one payee whom the borrower had never paid before."""
    first = np.flatnonzero((trace.hop == 1) & steps.new_route)
    accounts = len(ledger.opening_fen)
    pair, place = np.unique(steps.loan[first] * accounts + ledger.target[trace.row[first]], return_inverse=True)
    fen = np.zeros(len(pair), np.int64)
    np.add.at(fen, place, trace.fen[first])
    found = np.zeros(len(loans))
    np.maximum.at(found, pair // accounts, fen / np.maximum(loans.fen[pair // accounts], 1))
    return np.minimum(found, 1.0)


def share_idle(trace: Trace, steps: Steps, loans: TracedLoans, days: float) -> Floats:
    """Share that had not left the borrower's own account, or lay in deposits, after so many days."""
    gone = _total(trace, steps, loans, (trace.hop == 1) & (steps.days <= days))
    parked = _total(
        trace, steps, loans, (trace.hop == 1) & (steps.days <= days) & (steps.classes == CLASS["time_deposit"])
    )
    return np.clip(1.0 - gone + parked, 0.0, 1.0)


def share_round_sums(trace: Trace, steps: Steps, loans: TracedLoans, ledger: Ledger, zeros: int) -> Floats:
    """Share of the money's first payments whose sums in yuan end in so many zeros."""
    unit = 100 * 10**zeros
    first = trace.hop == 1
    out = _total(trace, steps, loans, first)
    whole = _total(trace, steps, loans, first & (ledger.fen[trace.row] % unit == 0))
    return np.where(out > 0, whole / np.maximum(out, 1e-12), 0.0)


def share_without_research(
    trace: Trace, steps: Steps, loans: TracedLoans, days: float, research_max: float, gone_min: float
) -> Floats:
    """What has gone out within so many days where next to nothing of it was research, equipment or wages; else 0.

    research_max  share of the loan; gone_min: share that must have gone out before anything is said
    """
    soon = (trace.hop == 1) & (steps.days <= days)
    proper = np.isin(steps.classes, (CLASS["rd_equipment"], CLASS["payroll"]))
    gone, research = _total(trace, steps, loans, soon), _total(trace, steps, loans, soon & proper)
    return np.where((gone >= gone_min) & (research <= research_max), gone, 0.0)


def share_to_group(trace: Trace, steps: Steps, loans: TracedLoans, days: float) -> Floats:
    """Share that reached anybody of the borrower's group, its own accounts included, from outside within days."""
    group = np.isin(steps.classes, (OWN, RELATED_COMPANY, RELATED_PERSON))
    came_from = np.where(trace.parent >= 0, group[trace.parent], True)
    chosen = (trace.hop > 1) & group & ~came_from & (steps.days <= days)
    return _total(trace, steps, loans, chosen)


def _total(trace: Trace, steps: Steps, loans: TracedLoans, chosen: Flags) -> Floats:
    found = np.bincount(steps.loan[chosen], weights=trace.fen[chosen], minlength=len(loans))
    return np.asarray(np.minimum(found / np.maximum(loans.fen, 1), 1.0))


def _shares(trace: Trace, steps: Steps, loans: TracedLoans, chosen: Flags) -> Floats:
    width = len(CLASSES)
    key = steps.loan[chosen] * width + steps.classes[chosen]
    found = np.bincount(key, weights=trace.fen[chosen], minlength=len(loans) * width).reshape(len(loans), width)
    return np.asarray(np.minimum(found / np.maximum(loans.fen, 1)[:, None], 1.0))
