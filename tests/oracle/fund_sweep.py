"""Tracing by sweeping once through time, lot by lot, in plain Python: the textbook form of each rule.

Knows nothing of heights, places or indexes: an account is a list of lots, a payment takes lots off it, and what it
takes is laid on the payee's account.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction


@dataclass
class Lot:
    """Money that came together: whose it is (None: nobody's), its size, hop, and the step that brought it."""

    loan: int | None
    fen: int
    hop: int = 0
    step: int = -1


@dataclass
class Swept:
    """Per loan: (row -> fen moved), (account -> fen kept), dust, in whole fen."""

    moved: dict[int, dict[int, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    kept: dict[int, dict[int, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    dust: dict[int, int] = field(default_factory=lambda: defaultdict(int))


def sweep_lots(rows, opening, loans, follows, hops_max, dust_fen, newest_first):
    """FIFO or LIFO. rows: (source, target, fen) in order; loans: (row, row_end)."""
    lots = {account: [Lot(None, fen)] for account, fen in enumerate(opening) if fen}
    found = Swept()
    starts = defaultdict(list)
    for loan, (row, _) in enumerate(loans):
        starts[row].append(loan)
    steps = 0
    for row, (source, target, fen) in enumerate(rows):
        pile = lots.setdefault(source, [])
        taken, missing = [], fen
        while missing and pile:
            lot = pile[-1] if newest_first else pile[0]
            part = min(lot.fen, missing)
            lot.fen -= part
            missing -= part
            taken.append(Lot(lot.loan, part, lot.hop, lot.step))
            if lot.fen == 0:
                pile.pop(-1 if newest_first else 0)
        if newest_first:
            taken.reverse()  # the order of the pile is kept: what lay lowest arrives lowest
            moving = [Lot(None, missing), *taken]
        else:
            moving = [*taken, Lot(None, missing)]
        arriving = []
        for lot in moving:
            if lot.fen == 0:
                continue
            colour = lot.loan
            if colour is not None and row >= loans[colour][1]:
                found.kept[colour][source] += lot.fen  # too late: it counts as still on the account
                colour = None
            elif colour is not None and (not follows[source] or lot.hop >= hops_max):
                found.kept[colour][source] += lot.fen
                colour = None
            elif colour is not None and lot.fen < dust_fen:
                found.dust[colour] += lot.fen
                colour = None
            if colour is None:
                arriving.append(Lot(None, lot.fen))
                continue
            found.moved[colour][row] += lot.fen
            steps += 1
            arriving.append(Lot(colour, lot.fen, lot.hop + 1, steps))
        if starts[row]:
            (loan,) = starts[row]
            found.moved[loan][row] += fen
            steps += 1
            arriving = [Lot(loan, fen, 0, steps)]
        lots.setdefault(target, []).extend(arriving)
    for account, pile in lots.items():
        for lot in pile:
            if lot.loan is not None:
                found.kept[lot.loan][account] += lot.fen
    return found


def sweep_pool(rows, opening, loan, follows, hops_max, dust_fen, rule):
    """Loan first, in proportion or own money first, for one loan (row, row_end)."""
    balance = dict(enumerate(opening))
    held: dict[int, int] = defaultdict(int)
    hop: dict[int, int] = {}
    moved: dict[int, int] = defaultdict(int)
    dust = 0
    start, end = loan
    for row, (source, target, fen) in enumerate(rows):
        before = balance.get(source, 0)
        after = max(before - fen, 0)
        piece = 0
        if start < row < end and held[source] and follows[source] and hop[source] < hops_max:
            own = before - held[source]
            if rule == "loan_first":
                piece = min(held[source], fen)
            elif rule == "lowest_balance":
                piece = min(held[source], max(fen - own, 0))
            else:
                share = Fraction(min(fen, before), before)
                piece = int(share * held[source])
            held[source] -= piece
            if 0 < piece < dust_fen:
                dust += piece
                piece = 0
            if piece:
                hop.setdefault(target, hop[source] + 1)
        if row == start:
            piece, hop[target] = fen, 0
        if piece:
            held[target] += piece
            moved[row] += piece
        balance[source], balance[target] = after, balance.get(target, 0) + fen
    return dict(moved), {account: fen for account, fen in held.items() if fen}, dust
