"""What does each loan look like at each month end? Balance, overdue days, five-class grade, recoveries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kejin.city import values
from kejin.city.days import month_end, months_of
from kejin.city.loans import REPAYMENTS, Loans, loan_ids
from kejin.city.parts import NEVER, Part
from kejin.city.streams import Floats, Ints, chance, repeat_index
from kejin.city.values import Rows

FIVE_CLASSES = ("normal", "special_mention", "substandard", "doubtful", "loss")
RECOVERY_MONTHS = 18  # recoveries come in over this many months, from the third month after default


@dataclass(frozen=True, slots=True)
class Recovery:
    """One value a loan: the share that is recovered after default, and the month of write-off after default."""

    share: Floats
    write_off_month: Ints


@dataclass(frozen=True, slots=True)
class States:
    """One value a month of a loan; money in whole fen. month counts from January 1970."""

    loan: Ints
    month: Ints
    balance: Ints
    overdue_principal: Ints
    overdue_interest: Ints
    overdue_days: Ints
    repaid: Ints
    recovered: Ints
    written_off: Ints


def recovery(part: Part) -> Recovery:
    """What is recovered: more with a pledge of things, less where the company has ended."""
    rng, block = part.stream("recovery"), part.loans
    m = len(block.company)
    secured = np.isin(block.security, [1, 3, 5])
    share = np.clip(rng.beta(1.4, 2.4, m) + 0.25 * secured, 0.0, 0.95)
    month = np.where(chance(rng, 0.6, m), rng.integers(RECOVERY_MONTHS + 3, 34, m), NEVER)
    return Recovery(share, month)


def scheduled_share(loans: Loans, loan: Ints, month: Ints) -> Floats:
    """Share of the amount that should be outstanding at the end of a month, by the contract alone."""
    passed = month - months_of(loans.granted[loan])
    term = loans.term[loan].astype(np.float64)
    way, monthly = loans.repayment[loan], loans.rate[loan] / 12
    done = np.clip(passed / term, 0.0, 1.0)
    growth = (1 + monthly) ** term
    annuity = (growth - (1 + monthly) ** np.minimum(passed, term)) / (growth - 1)
    share = np.select(
        [way == REPAYMENTS.index(name) for name in ("equal_instalment", "equal_principal", "step_up")],
        [annuity, 1 - done, 1 - done**1.6],
        default=1.0,
    )
    over = month_end(month) >= np.minimum(loans.due, loans.prepaid)[loan]
    return np.where(over, 0.0, np.where(passed < 1, 1.0, share))


def balances(part: Part, loan: Ints, month: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Balance, repaid before default, recovered and written off up to the end of a month, in fen from the grant on."""
    loans, fate = part.loans, recovery(part)
    amount = loans.amount_fen[loan]
    default_month = months_of(np.minimum(loans.defaulted, part.until + 400))[loan]
    bad = (loans.defaulted[loan] < NEVER) & (month >= default_month)
    paying_month = np.where(bad, default_month - 1, month)
    owed = np.rint(amount * scheduled_share(loans, loan, np.maximum(paying_month, months_of(loans.granted)[loan])))
    frozen = owed.astype(np.int64)
    after = np.where(bad, month - default_month, 0)
    progress = np.clip((after - 2) / RECOVERY_MONTHS, 0.0, 1.0) ** 1.3
    recovered = np.where(bad, np.rint(frozen * fate.share[loan] * progress), 0).astype(np.int64)
    gone = bad & (after >= fate.write_off_month[loan])
    written_off = np.where(gone, frozen - recovered, 0)
    return frozen - recovered - written_off, amount - frozen, recovered, written_off


def make_states(part: Part) -> States:
    """All month-end states of the part's loans, from the month of grant to the month of closing or the last month."""
    loans, fate = part.loans, recovery(part)
    last = int(months_of(np.array([part.until + 1]))[0]) - 1  # the last month that is complete
    begin = months_of(loans.granted)
    good_end = months_of(loans.closed)
    bad_end = np.where(
        fate.write_off_month < NEVER, months_of(np.minimum(loans.defaulted, part.until)) + fate.write_off_month, NEVER
    )
    end = np.minimum(np.where(loans.defaulted < NEVER, bad_end, good_end), last)
    loan, step = repeat_index(np.maximum(end - begin + 1, 0))
    month = begin[loan] + step
    now = balances(part, loan, month)
    before = balances(part, loan, np.maximum(month - 1, begin[loan]))
    first = step == 0
    repaid, recovered, written_off = (
        np.where(first, new, new - old) for new, old in zip(now[1:], before[1:], strict=True)
    )
    day = month_end(month)
    late = np.where(loans.defaulted[loan] <= day, day - loans.defaulted[loan], 0)
    contract = np.rint(loans.amount_fen[loan] * scheduled_share(loans, loan, month)).astype(np.int64)
    missed = np.where(late > 90, now[0], np.clip(now[0] - contract, 0, now[0]))
    missed = np.where(late > 0, np.maximum(missed, np.minimum(now[0], loans.amount_fen[loan] // 100)), 0)
    interest = np.where(late > 0, np.rint(now[0] * loans.rate[loan] * late / 365), 0).astype(np.int64)
    return _with_slips(
        part, States(loan, month, now[0], missed, interest, late.astype(np.int64), repaid, recovered, written_off)
    )


def _with_slips(part: Part, states: States) -> States:
    """Payments that come some days late without any default; worse managers are late more often."""
    rng, loans = part.stream("slips"), part.loans
    management = part.companies.management[loans.company[states.loan]]
    slip = chance(rng, 0.008 * np.exp(-0.5 * management), len(states.loan))
    slip &= (states.overdue_days == 0) & (states.balance > 0)
    days = np.where(slip, rng.integers(1, 29, len(slip)), states.overdue_days)
    monthly = np.rint(states.balance * loans.rate[states.loan] / 12).astype(np.int64)
    return States(
        states.loan, states.month, states.balance, states.overdue_principal,
        np.where(slip, monthly, states.overdue_interest), days, states.repaid, states.recovered, states.written_off,
    )  # fmt: skip


def loan_state_rows(part: Part) -> Rows:
    """Rows of `loan_state`. The grade follows the overdue days, with some loans graded sooner or later by the bank."""
    block, rng = part.loan_states, part.stream("loan state rows")
    m = len(block.loan)
    grade = np.digitize(block.overdue_days, [10, 91, 271, 361])
    stricter = chance(rng, 0.5, len(part.loans.company))[block.loan] & (block.overdue_days > 60)
    grade = np.minimum(grade + (stricter & chance(rng, 0.3, m)), 4)
    trouble = part.companies.distressed[part.loans.company[block.loan]] + 200 < month_end(block.month)
    grade = np.where((grade == 0) & trouble & chance(rng, 0.15, m), 1, grade)
    return {
        "loan_id": loan_ids(part, block.loan),
        "month_end": values.days(month_end(block.month)),
        "balance_cny": values.money(block.balance),
        "overdue_principal_cny": values.money(block.overdue_principal),
        "overdue_interest_cny": values.money(block.overdue_interest),
        "overdue_days": values.whole(block.overdue_days),
        "five_class": values.picked(FIVE_CLASSES, grade, chance(rng, 0.004, m)),
        "repaid_cny": values.money(block.repaid),
        "recovered_cny": values.money(block.recovered),
        "written_off_cny": values.money(block.written_off),
        "known_on": values.days(month_end(block.month) + 3),
        "source": values.same("synthetic: bank ledger", m),
    }
