"""Where does misused loan money go? Paths drawn from wide priors; written from case reports, knowing no detector.

Sources of the shapes: audit and penalty notices (split the same day, five cross-bank transfers within 72 hours, back to
the legal representative in twenty pieces, third party repays an older loan first). Delay a hop: log-uniform from ten
minutes to four days; hops 1 to 6; pieces 1, 2, 3, 5, 10 or 20; fee uniform up to 3%; share of the loan 0.2 to 1;
start after an exponential wait with mean 0.05, 1, 7 or 20 days.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.random import Generator

from kejin.city.accounts import (
    AFFILIATE,
    CONTROLLER,
    MAIN,
    MARGIN,
    RELATIVE,
    SECOND,
    TIME_DEPOSIT,
    VISIBLE,
    codes_of,
)
from kejin.city.days import month_start, months_of
from kejin.city.institutions import bank_of_branch
from kejin.city.ledger import DAY_US, MEMO, Draft
from kejin.city.ordinary_payments import Operating, grant_times, lending_codes
from kejin.city.parts import Part
from kejin.city.streams import Ints

MINUTE_US = 60_000_000
PIECES = (1, 2, 3, 5, 10, 20)
PIECE_WEIGHTS = (0.35, 0.2, 0.15, 0.12, 0.1, 0.08)
TYPOLOGIES = (
    "return_to_borrower", "to_controller", "related_company", "property", "securities_wealth", "time_deposit_margin",
    "other_bank_loan", "bridge_repaid_first", "micro_lender", "sham_trade", "split_under_threshold", "cash",
    "quarter_end_round_trip", "equal_deposit", "off_purpose",
)  # fmt: skip
_WEIGHTS = np.array([1.6, 1.4, 1.3, 1.0, 1.0, 0.9, 0.8, 0.6, 0.5, 1.1, 0.8, 0.5, 0.5, 0.5, 0.5])
_THRESHOLDS_CNY = (10_000_000, 5_000_000, 1_000_000, 500_000, 300_000, 100_000)


@dataclass(frozen=True, slots=True)
class Misuse:
    """What was misused of each loan: the typology's place in TYPOLOGIES (-1 none) and the amount that left, in fen."""

    typology: Ints
    fen: Ints


@dataclass(frozen=True, slots=True)
class Scene:
    """One misused loan: who, from which account, how much, when, and whom it can use."""

    loan: int
    company: int
    holder: int
    account: int
    bank: int
    amount: int
    share: float
    granted_at: int
    relatives: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Crowd:
    """Accounts that can stand between: busy visible firms and idle small ones, both strangers to the borrower."""

    busy: Ints
    idle: Ints


def add_misuse(part: Part, draft: Draft, op: Operating) -> Misuse:
    """Draft the misuse of the part's loans."""
    rng, loans = part.stream("misuse"), part.loans
    kinds = np.full(len(loans.company), -1, dtype=np.int64)
    fen = np.zeros(len(loans.company), dtype=np.int64)
    crowd, granted_at, accounts = _crowd(part, op), grant_times(part), lending_codes(part)
    banks = bank_of_branch(loans.branch)
    family = relatives_of(part)
    for loan in np.flatnonzero(loans.misused).tolist():
        company = int(loans.company[loan])
        scene = Scene(
            loan, company, part.first + company, int(accounts[loan]), int(banks[loan]),
            int(loans.amount_fen[loan]), float(rng.uniform(0.2, 1.0)), int(granted_at[loan]),
            tuple(other for other in family.get(company, ()) if part.companies.born[other] + 30 < loans.granted[loan]),
        )  # fmt: skip
        kind = _choose(part, rng, scene)
        left = _PLAYS[kind](_Stage(part, draft, rng, scene, crowd))
        if left > 0:
            kinds[loan], fen[loan] = TYPOLOGIES.index(kind), min(left, scene.amount)
    return Misuse(kinds, fen)


def relatives_of(part: Part) -> dict[int, tuple[int, ...]]:
    """For each company of a group (shells included) the other members that are still alive on the last day."""
    block = part.companies
    members: dict[int, list[int]] = {}
    for company in np.flatnonzero((block.leader != np.arange(part.count)) & (block.ended > part.until)).tolist():
        members.setdefault(int(block.leader[company]), [int(block.leader[company])]).append(company)
    return {one: tuple(other for other in group if other != one) for group in members.values() for one in group}


def _crowd(part: Part, op: Operating) -> Crowd:
    busy = (part.first + op.visible) * 100 + VISIBLE
    return Crowd(busy if len(busy) else op.small, op.small if len(op.small) else busy)


def _choose(part: Part, rng: Generator, scene: Scene) -> str:
    """A typology that this borrower can carry out."""
    weights = _WEIGHTS.copy()
    day = int(part.loans.granted[scene.loan])
    quarter_end = int(month_start(np.array([(int(months_of(np.array([day]))[0]) // 3 + 1) * 3]))[0]) - 1
    weights[TYPOLOGIES.index("quarter_end_round_trip")] *= 12.0 if quarter_end - day <= 8 else 0.0
    if not scene.relatives:
        weights[TYPOLOGIES.index("related_company")] = 0.0
    else:
        weights[TYPOLOGIES.index("related_company")] *= 3.0
    return TYPOLOGIES[int(rng.choice(len(TYPOLOGIES), p=weights / weights.sum()))]


class _Stage:
    """Draws and drafts the transfers of one misused loan."""

    def __init__(self, part: Part, draft: Draft, rng: Generator, scene: Scene, crowd: Crowd) -> None:
        self.part, self.draft, self.rng, self.scene, self.crowd = part, draft, rng, scene, crowd
        wait = rng.exponential(float(rng.choice([0.05, 1.0, 7.0, 20.0])))
        self.start = scene.granted_at + int(wait * DAY_US) // 1_000_000 * 1_000_000 + 2 * MINUTE_US
        self.amount = int(scene.amount * scene.share) // 10_000 * 10_000 or scene.amount

    def own(self, slot: int) -> int:
        return self.scene.holder * 100 + slot

    def one_of(self, codes: Ints) -> int:
        return int(codes[int(self.rng.integers(0, len(codes)))])

    def delay(self) -> int:
        """Log-uniform from ten minutes to four days, in microseconds and whole seconds."""
        days = np.exp(self.rng.uniform(np.log(10 / 1440), np.log(4.0)))
        return int(days * DAY_US) // 1_000_000 * 1_000_000

    def between(self, least: int = 0) -> list[int]:
        """Accounts between the borrower and the end: hops - 1 of them, strangers or relatives, busy or idle."""
        hops = int(self.rng.integers(1, 7))
        chosen: list[int] = []
        for _ in range(max(hops - 1, least)):
            if self.scene.relatives and self.rng.random() < 0.35:
                relative = self.scene.relatives[int(self.rng.integers(0, len(self.scene.relatives)))]
                code = (self.part.first + relative) * 100 + AFFILIATE
            else:
                code = self.one_of(self.crowd.busy if self.rng.random() < 0.5 else self.crowd.idle)
            if code // 100 != self.scene.holder and code not in chosen:
                chosen.append(code)
        return chosen

    def pieces(self, fen: int, number: int | None = None) -> list[int]:
        """A sum in pieces, some of them round to CNY 1,000; they add up to the sum."""
        count = number or int(self.rng.choice(PIECES, p=PIECE_WEIGHTS))
        cuts = self.rng.dirichlet(np.full(count, 4.0)) * fen
        rough = [int(cut) // 100_000 * 100_000 if cut > 500_000 else int(cut) for cut in cuts]
        rough[-1] += fen - sum(rough)
        return [piece for piece in rough if piece > 0]

    def send(
        self, source: int, target: int, fen: int, start: int, memo: str, hop: int, number: int | None = None
    ) -> tuple[int, int]:
        """One hop in pieces. Returns what was paid by the last day and when the last piece went."""
        sent, now = 0, start
        for piece in self.pieces(fen, number):
            if self.draft.row(source, target, now, piece, MEMO[memo], path=self.scene.loan, hop=hop):
                sent += piece
            now += int(np.exp(self.rng.uniform(np.log(1 / 1440), np.log(0.4))) * DAY_US) // 1_000_000 * 1_000_000
        return sent, now

    def run(self, route: list[int], memos: tuple[str, str], fen: int | None = None, start: int | None = None) -> int:
        """Money along a route from the borrower's account; the first memo is the cover, the last names the end.

        Each one between keeps a fee at most once; returns what left the borrower's account.
        """
        carrying, now = fen or self.amount, start or self.start
        left = 0
        for hop, (source, target) in enumerate(pairwise([self.scene.account, *route])):
            memo = memos[1] if hop == len(route) - 1 and len(route) > 1 else memos[0]
            sent, last = self.send(source, target, carrying, now, memo, hop)
            left = sent if hop == 0 else left
            if sent == 0:
                break
            carrying = int(sent * (1 - self.rng.uniform(0.0, 0.03) * (hop == 0)))
            now = last + self.delay()
        return left


def _return_to_borrower(stage: _Stage) -> int:
    back = stage.own(SECOND) if stage.rng.random() < 0.5 else stage.own(MAIN)
    back = stage.scene.account if stage.rng.random() < 0.35 else back
    return stage.run([*stage.between(least=1), back], ("采购款", "往来款"))


def _to_controller(stage: _Stage) -> int:
    person = stage.own(CONTROLLER) if stage.rng.random() < 0.6 else stage.own(RELATIVE)
    return stage.run([*stage.between(), person], ("采购款", "借款"))


def _related_company(stage: _Stage) -> int:
    relative = stage.scene.relatives[int(stage.rng.integers(0, len(stage.scene.relatives)))]
    end = (stage.part.first + relative) * 100 + AFFILIATE
    return stage.run([*[code for code in stage.between() if code != end], end], ("货款", "往来款"))


def _property(stage: _Stage) -> int:
    route = stage.between()
    if stage.rng.random() < 0.5:
        route.append(stage.own(CONTROLLER))
    return stage.run([*route, stage.one_of(codes_of("property"))], ("设备款", "购房款"))


def _securities_wealth(stage: _Stage) -> int:
    securities = stage.rng.random() < 0.5
    end = stage.one_of(codes_of("securities" if securities else "wealth"))
    route = [*stage.between(), stage.own(CONTROLLER)] if stage.rng.random() < 0.4 else stage.between()
    return stage.run([*route, end], ("技术服务费", "银证转账" if securities else "购买理财"))


def _time_deposit_margin(stage: _Stage) -> int:
    deposit = stage.rng.random() < 0.6
    route = stage.between()[:1] if stage.rng.random() < 0.4 else []
    return stage.run(
        [*route, stage.own(TIME_DEPOSIT if deposit else MARGIN)], ("采购款", "定期存款" if deposit else "保证金")
    )


def _other_bank_loan(stage: _Stage) -> int:
    banks = codes_of("loan_repayment")
    other = int(banks[(stage.scene.bank + 1 + int(stage.rng.integers(0, len(banks) - 1))) % len(banks)])
    route = stage.between()[:2]
    if stage.rng.random() < 0.5:
        route.append(stage.own(SECOND))
    return stage.run([*route, other], ("货款", "归还贷款本金"))


def _bridge_repaid_first(stage: _Stage) -> int:
    """Reverse order: a third party repays an older loan before the grant, and is repaid out of the new one."""
    banks = codes_of("loan_repayment")
    third = stage.one_of(stage.crowd.idle if stage.rng.random() < 0.6 else stage.crowd.busy)
    if third // 100 == stage.scene.holder:
        return 0
    early = stage.scene.granted_at - int(np.exp(stage.rng.uniform(np.log(0.1), np.log(10))) * DAY_US)
    principal = int(stage.amount / (1 + stage.rng.uniform(0.0, 0.03)))
    old_loan = stage.one_of(banks)
    if stage.rng.random() < 0.5:  # directly, or through the borrower's account at another bank
        stage.send(third, old_loan, principal, early, "归还贷款本金", 0, 1)
    else:
        second = stage.own(SECOND)
        stage.send(third, second, principal, early - 3600_000_000, "借款", 0, 1)
        stage.send(second, old_loan, principal, early, "归还贷款本金", 1, 1)
    return stage.run([*[code for code in stage.between()[:2] if code != third], third], ("货款", "还款"))


def _micro_lender(stage: _Stage) -> int:
    return stage.run([*stage.between(), stage.one_of(codes_of("current", "MICLEN"))], ("往来款", "还款"))


def _sham_trade(stage: _Stage) -> int:
    """A payee that never traded with the borrower; the money stays there, or half of it goes on to a person."""
    payee = stage.one_of(stage.crowd.idle)
    if stage.scene.relatives and stage.rng.random() < 0.5:
        relative = stage.scene.relatives[int(stage.rng.integers(0, len(stage.scene.relatives)))]
        payee = (stage.part.first + relative) * 100 + AFFILIATE
    if payee // 100 == stage.scene.holder:
        return 0
    route = [payee] if stage.rng.random() < 0.5 else [payee, stage.own(RELATIVE)]
    return stage.run(route, ("设备款", "往来款"))


def _split_under_threshold(stage: _Stage) -> int:
    """Payments just under the amount from which the bank pays the payee itself, gathered again afterwards."""
    fitting = [one for one in _THRESHOLDS_CNY if one * 150 <= stage.amount] or [_THRESHOLDS_CNY[-1]]
    threshold = fitting[0] * 100
    gather = stage.own(CONTROLLER) if stage.rng.random() < 0.5 else stage.own(SECOND)
    now, left = stage.start, 0
    while left < stage.amount:
        piece = min(int(threshold * stage.rng.uniform(0.8, 0.999)) // 10_000 * 10_000, stage.amount - left)
        payee = stage.one_of(stage.crowd.idle)
        if payee // 100 == stage.scene.holder or piece <= 0:
            break
        sent, last = stage.send(stage.scene.account, payee, piece, now, "采购款", 0, 1)
        if sent == 0:
            break
        left += sent
        stage.send(payee, gather, int(sent * (1 - stage.rng.uniform(0, 0.03))), last + stage.delay(), "往来款", 1, 1)
        now += int(stage.rng.uniform(0.01, 1.2) * DAY_US) // 1_000_000 * 1_000_000
    return left


def _cash(stage: _Stage) -> int:
    route = [stage.own(CONTROLLER)] if stage.rng.random() < 0.6 else stage.between()[:1]
    return stage.run([*route, int(codes_of("cash")[0])], ("备用金", "取现"))


def _quarter_end_round_trip(stage: _Stage) -> int:
    """Drawn just before a quarter's end, parked, and back just after: lending for the sake of the figures."""
    day = stage.scene.granted_at // DAY_US
    quarter = int(month_start(np.array([(int(months_of(np.array([day]))[0]) // 3 + 1) * 3]))[0])
    park = stage.own(TIME_DEPOSIT) if stage.rng.random() < 0.5 else stage.own(SECOND)
    left, _ = stage.send(
        stage.scene.account, park, stage.amount, stage.scene.granted_at + 30 * MINUTE_US, "同名划转", 0, 1
    )
    back = quarter * DAY_US + int(stage.rng.uniform(0.4, 10) * DAY_US) // 1_000_000 * 1_000_000
    if left:
        stage.send(park, stage.scene.account, left, back, "同名划转", 1, 1)
    return left


def _equal_deposit(stage: _Stage) -> int:
    """A deposit as large as the loan stands with the bank, made just before or just after the grant."""
    deposit, start = stage.own(TIME_DEPOSIT), stage.scene.granted_at
    offset = int(stage.rng.uniform(0.02, 5) * DAY_US) // 1_000_000 * 1_000_000
    if stage.rng.random() < 0.5:
        stage.send(stage.own(MAIN), stage.scene.account, stage.amount, start - offset - 3600_000_000, "同名划转", 0, 1)
        stage.send(stage.scene.account, deposit, stage.amount, start - offset, "定期存款", 0, 1)
        left = stage.run([stage.own(MAIN)], ("同名划转", "同名划转"), start=start + offset)
    else:
        left, _ = stage.send(stage.scene.account, deposit, stage.amount, start + offset, "定期存款", 0, 1)
    if left:
        release = start + int(stage.rng.uniform(20, 120) * DAY_US) // 1_000_000 * 1_000_000
        stage.send(deposit, stage.scene.account, left, release, "定期支取", 1, 1)
    return left


def _off_purpose(stage: _Stage) -> int:
    return stage.run([*stage.between()[:2], stage.one_of(codes_of("other", "LEISURE"))], ("服务费", "服务费"))


_PLAYS = {
    "return_to_borrower": _return_to_borrower,
    "to_controller": _to_controller,
    "related_company": _related_company,
    "property": _property,
    "securities_wealth": _securities_wealth,
    "time_deposit_margin": _time_deposit_margin,
    "other_bank_loan": _other_bank_loan,
    "bridge_repaid_first": _bridge_repaid_first,
    "micro_lender": _micro_lender,
    "sham_trade": _sham_trade,
    "split_under_threshold": _split_under_threshold,
    "cash": _cash,
    "quarter_end_round_trip": _quarter_end_round_trip,
    "equal_deposit": _equal_deposit,
    "off_purpose": _off_purpose,
}
