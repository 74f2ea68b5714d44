"""From facts and rules of a day to what is known of each loan's money: traces, bands, signals. Writes nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kejin.dates import add_months
from kejin.monitoring.account_ends import (
    CLASS,
    CLASSES,
    OWN,
    AccountClasses,
    account_classes,
    memo_classes,
    step_classes,
)
from kejin.monitoring.chance_return import ChanceReturn, chance_return
from kejin.monitoring.entrusted_payments import EntrustedPayments, entrusted_payments, unmatched_share
from kejin.monitoring.follow_money import MoneyFollower
from kejin.monitoring.ledger import Ledger
from kejin.monitoring.loan_payments import (
    DAY,
    Payments,
    habit_fen,
    is_new_payee,
    paid_before,
    payments_around,
)
from kejin.monitoring.look_back import equal_deposit_share, repaid_first_fen
from kejin.monitoring.misuse_evidence import evidence_strength
from kejin.monitoring.misuse_findings import (
    Raised,
    evidence_share,
    flags_raised,
    misuse_proposed,
    typologies_raised,
)
from kejin.monitoring.misuse_signals import (
    Steps,
    first_steps,
    share_by_route,
    share_gathered,
    share_idle,
    share_one_new_payee,
    share_passed_through,
    share_returned,
    share_round_sums,
    share_round_trip,
    share_split,
    share_to_group,
    share_weak_payees,
    share_without_research,
)
from kejin.monitoring.reached_ends import Reached, reached_ends, together
from kejin.monitoring.related_parties import Relations, relation_of, relations_of
from kejin.monitoring.trace import RULES, Bounds, Drawdowns, Rule, Trace
from kejin.workflows.money_facts import MoneyFacts, with_windows
from kejin.workflows.tracing_rules import TracingRules, figures

Ints = NDArray[np.int64]
Ints32 = NDArray[np.int32]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class TraceOptions:
    """What the asker chose instead of the rules' bounds."""

    rule: Rule = "lifo"
    hops_max: int | None = None
    window_days: int | None = None
    until: date | None = None


class LoanTracer:
    """The loans of some facts, traced under the rules of a day; each part is worked out when it is first needed."""

    def __init__(self, money: MoneyFacts, rules: TracingRules, options: TraceOptions) -> None:
        self.money = money
        self.rules = rules
        self.options = options
        self.follower = MoneyFollower(money.ledger)

    @cached_property
    def bounds(self) -> Bounds:
        asked = self.options.hops_max
        hops = int(self.rules.bounds.hops_max.value) if asked is None else asked
        return Bounds(hops, int(self.rules.bounds.dust_cny.value * 100))

    @cached_property
    def window_days(self) -> int:
        asked = self.options.window_days
        return int(self.rules.bounds.window_days.value) if asked is None else asked

    @cached_property
    def drawdowns(self) -> Drawdowns:
        until = self.options.until
        moment = None if until is None else ((until - _EPOCH).days + 1) * DAY - 1
        return with_windows(self.money, self.window_days, moment)

    @cached_property
    def classes(self) -> AccountClasses:
        return account_classes(self.money.accounts, self.rules.ends)

    @cached_property
    def follows(self) -> Flags:
        """Accounts whose payments are followed: their books are known, they end no path and are no hub.

        A borrower's own lending account is followed even when its balance is not known.
        """
        ledger = self.money.ledger
        follows = ledger.known & ~self.classes.stops
        paid = np.bincount(ledger.source, minlength=len(follows))
        follows &= paid < int(self.rules.bounds.hub_payments_min.value)
        follows[self.money.loans.account[self.money.loans.account >= 0]] = True
        return np.asarray(follows)

    @cached_property
    def relations(self) -> Relations:
        borrowers = np.unique(self.money.loans.borrower[self.money.loans.borrower >= 0])
        return relations_of(self.money.ties, borrowers, int(self.rules.bounds.shared_key_companies_max.value))

    @cached_property
    def memo_class(self) -> Ints:
        """Of each transfer."""
        by_word = memo_classes(self.money.memos, self.rules.ends)
        return np.asarray(by_word[self.money.memo])

    def classes_of(self, loan: Ints, row: Ints | Ints32) -> Ints:
        """End class of the payee of a transfer, as seen from a loan."""
        money = self.money
        account = money.ledger.target[row].astype(np.int64)
        relation = relation_of(
            self.relations, money.loans.borrower[loan], money.accounts.holder[account], money.person[account]
        )
        return step_classes(
            self.classes, account, relation, self.memo_class[row], money.accounts.institution[account],
            money.loans.lender[loan],
        )  # fmt: skip

    def trace(self, rule: Rule) -> Trace:
        return self.follower.trace(rule, self.drawdowns, self.follows, self.bounds)

    def reached(self, trace: Trace, first: int = 0) -> Reached:
        """Sums of a trace whose first drawdown is the one of this place."""
        loan = self.money.drawdown_loan[first + trace.drawdown]
        classes = self.classes_of(loan, trace.row)
        return reached_ends(trace, loan, classes, self.money.ledger, self.classes.stops, self.money.loans.fen)

    @cached_property
    def main(self) -> Trace:
        """The trace under the rule asked for."""
        return self.trace(self.options.rule)

    @cached_property
    def by_rule(self) -> dict[Rule, Reached]:
        """Sums under every rule of attribution."""
        return {rule: self.reached(self.main) if rule == self.options.rule else self._sums(rule) for rule in RULES}

    def _sums(self, rule: Rule) -> Reached:
        """Sums under a rule whose steps nobody asked for: they are let go part by part."""
        parts = self.follower.trace_in_parts(rule, self.drawdowns, self.follows, self.bounds)
        found = [self.reached(trace, first) for first, _, trace in parts]
        return together(found, self.money.loans.fen) if found else self.reached(self.trace(rule))

    @cached_property
    def payments(self) -> Payments:
        habit = figures(self.rules.findings.habit)
        return payments_around(
            self.money.ledger, self.money.accounts.holder, self.money.loans, max(habit["days_before"], 366), 10
        )

    @cached_property
    def payment_classes(self) -> Ints:
        return self.classes_of(self.payments.loan, self.payments.row)

    @cached_property
    def steps(self) -> Steps:
        return self.steps_of(self.main)

    def steps_of(self, trace: Trace) -> Steps:
        money = self.money
        loan = money.drawdown_loan[trace.drawdown]
        first = first_steps(trace)
        known = paid_before(self.payments, money.ledger, len(self.follows))
        payee = money.ledger.target[trace.row[np.maximum(first, 0)]].astype(np.int64)
        new = is_new_payee(known, loan, payee, len(self.follows)) & (first >= 0)
        days = (money.ledger.time[trace.row] - money.loans.granted_at[loan]) / DAY
        return Steps(loan, self.classes_of(loan, trace.row), days, first, new)

    @cached_property
    def repays_first_fen(self) -> Ints:
        figure = self.rules.flags["r6"][1]
        repayment = np.isin(self.classes.by_kind, (len(CLASSES),))
        return repaid_first_fen(
            self.money.ledger, self.main, self.steps.loan, self.steps.classes, self.money.loans,
            self.money.accounts.holder, repayment, figure["days"], figure["ratio_low"], figure["ratio_high"],
        )  # fmt: skip

    @cached_property
    def habit(self) -> Floats:
        """Usual payments to each class in the days in which money counts as reaching a place; fen, (loan, class)."""
        rule = figures(self.rules.findings.habit)
        days = float(self.rules.bounds.finding_days.value)
        found = habit_fen(
            self.payments, self.payment_classes, self.money.ledger, len(self.money.loans), rule["days_before"], days
        )
        return found * rule["factor"]

    @cached_property
    def signals(self) -> dict[str, Floats]:
        """Name -> share, one value a loan; see docs/models/fund_tracing.md."""
        found = {**self._class_signals(), **self._shape_signals()}
        places = sorted(self.rules.findings.misuse_classes.codes)
        found["misuse_places"] = np.minimum(sum(evidence_share(found, place) for place in places), 1.0)
        return found

    def _class_signals(self) -> dict[str, Floats]:
        """For each end class: by new first payees; and by known ones, beyond what the borrower used to pay."""
        loans, trace, steps = self.money.loans, self.main, self.steps
        days = float(self.rules.bounds.finding_days.value)
        new = share_by_route(trace, steps, loans, new_route=True, days=days)
        old = share_by_route(trace, steps, loans, new_route=False, days=days)
        usual = self.habit / np.maximum(loans.fen, 1)[:, None]
        beyond = np.clip(old - usual, 0.0, 1.0)
        found = {}
        for place, name in enumerate(CLASSES):
            if place != OWN:
                found[f"{name}_new"], found[f"{name}_more"] = new[:, place], beyond[:, place]
        return found

    def _shape_signals(self) -> dict[str, Floats]:
        money, trace, steps, flag = self.money, self.main, self.steps, {k: v[1] for k, v in self.rules.flags.items()}
        loans, ledger = money.loans, money.ledger
        whole = np.maximum(loans.fen, 1)
        limits = np.array([int(v) * 100 for v in figures(self.rules.findings.split_limits).values()], np.int64)
        deposit = figures(self.rules.findings.equal_deposit)
        research = figures(self.rules.findings.no_research)
        new_only = replace_classes(steps, steps.new_route)
        return {
            "own_account": share_returned(trace, steps, loans, float(self.rules.bounds.finding_days.value)),
            "own_account_new": share_returned(trace, new_only, loans, float(self.rules.bounds.finding_days.value)),
            "return": share_to_group(trace, steps, loans, flag["r5"]["days"]),
            "passed_through": share_passed_through(
                trace, steps, loans, ledger, flag["r2"]["out_hours"], flag["r2"]["on_hours"], flag["r2"]["on_share"]
            ),
            "split": share_split(
                trace, steps, loans, ledger, limits, flag["r3"]["low_ratio"], flag["r3"]["days"],
                int(flag["r3"]["payments_min"]),
            ),
            "gathered": share_gathered(trace, steps, loans, ledger, int(flag["r3"]["payments_min"])),
            "weak_payee": share_weak_payees(trace, steps, loans, ledger, money.weak),
            "one_new_payee": share_one_new_payee(trace, steps, loans, ledger),
            "repaid_first": self.repays_first_fen / whole,
            "idle": share_idle(trace, steps, loans, flag["r7"]["days"]),
            "round_trip": share_round_trip(
                trace, steps, loans, ledger, self._quarter_ends(), flag["r8"]["days_before"], flag["r8"]["days_after"]
            ),
            "equal_deposit": equal_deposit_share(
                ledger, self.payments, self.payment_classes, loans, self.habit, deposit["days"]
            ),
            "round_sums": share_round_sums(trace, steps, loans, ledger, int(flag["r9"]["zeros"])),
            "unmatched": unmatched_share(self.entrusted, trace, steps.loan, len(loans)),
            "no_research": share_without_research(
                trace, steps, loans, float(self.rules.bounds.finding_days.value), research["research_share_max"],
                research["gone_share_min"],
            ),
        }  # fmt: skip

    def _quarter_ends(self) -> Ints:
        """The moment at which the quarter of each grant ends."""
        found = []
        for moment in self.money.loans.granted_at.tolist():
            day = (datetime(1970, 1, 1) + timedelta(microseconds=moment)).date()  # noqa: DTZ001
            first = date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
            found.append((add_months(first, 3) - _EPOCH).days * DAY)
        return np.array(found, np.int64)

    @cached_property
    def strength(self) -> Floats:
        """How strongly the trail speaks of misuse, 0 to 1; it orders loans for review and is no probability."""
        return evidence_strength(self.signals, figures(self.rules.findings.weights))

    @cached_property
    def typologies(self) -> tuple[Raised, ...]:
        evidence = {code: kinds for code, (_, kinds) in self.rules.typologies.items()}
        return typologies_raised(self.signals, evidence, figures(self.rules.findings.share_min))

    @cached_property
    def flags(self) -> tuple[Raised, ...]:
        return flags_raised(self.signals, {code: figure["share_min"] for code, (_, figure) in self.rules.flags.items()})

    @cached_property
    def misuse_proposed(self) -> Flags:
        return misuse_proposed(self.typologies, self.flags)

    @cached_property
    def visible_share(self) -> Floats:
        """Share of each loan that stayed in sight: less what went to accounts whose books are not seen."""
        lost = (
            self.by_rule[self.options.rule].out_of_sight
            if "by_rule" in self.__dict__
            else self.reached(self.main).out_of_sight
        )
        return np.asarray(1.0 - lost / np.maximum(self.money.loans.fen, 1))

    @cached_property
    def entrusted(self) -> EntrustedPayments:
        money, trace = self.money, self.main
        loan = money.drawdown_loan[trace.drawdown]
        threshold = np.full(len(trace), -1, np.int64)
        for kind, (fen, since) in self.rules.entrusted.items():
            of_kind = np.array([_payment_kind(product) == kind for product in money.products], dtype=bool)
            begun = money.ledger.time[trace.row] >= (since - _EPOCH).days * DAY
            threshold[of_kind[loan] & begun] = fen
        return entrusted_payments(trace, self.steps.classes, money.ledger, threshold, money.entrusted, money.papers)

    @cached_property
    def returned_fen(self) -> Ints:
        """What came back to the borrower's own accounts, last in, first out; one value a drawdown."""
        return self._returned(self.money.ledger, self.main_stack)

    @cached_property
    def base_rate(self) -> ChanceReturn:
        """The return to the borrower's own accounts that chance alone would give, one value a drawdown."""
        rule = figures(self.rules.findings.permutations)
        return chance_return(
            self.money.ledger, self.drawdowns, self.follows, self.bounds, self._returned,
            self.returned_fen, int(rule["permutations"]), rule["block_days"],
        )  # fmt: skip

    @cached_property
    def main_stack(self) -> Trace:
        return self.main if self.options.rule == "lifo" else self.trace("lifo")

    def _returned(self, ledger: Ledger, trace: Trace) -> Ints:
        """Money of each drawdown that came back to accounts of the borrower from somebody else's."""
        holder = self.money.accounts.holder
        borrower = self.money.loans.borrower[self.money.drawdown_loan[trace.drawdown]]
        own = holder[ledger.target[trace.row]] == borrower
        back = own & (trace.hop > 1) & (holder[ledger.source[trace.row]] != borrower)
        found = np.zeros(len(self.drawdowns.row), np.int64)
        np.add.at(found, trace.drawdown[back], trace.fen[back])
        return np.minimum(found, self.money.ledger.fen[self.drawdowns.row])


def replace_classes(steps: Steps, kept: Flags) -> Steps:
    """Steps that are not kept count as reaching nothing of interest."""
    return replace(steps, classes=np.where(kept, steps.classes, CLASS["unknown"]))


def _payment_kind(product: str | None) -> str | None:
    if product is None:
        return None
    return "fixed_asset" if product == "fixed_asset" else "working_capital"
