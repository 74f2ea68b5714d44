"""What kind of place is an account for a loan's money? Its end class, from kind, relation, industry, memo and holder.

In this order: the kind of the account where it says what the account is for (an escrow account, a margin account); a
relation to the borrower; the holder's trade; the memo of the transfer; who holds it. The lists stand in rule files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kejin.errors import InputError
from kejin.monitoring.arrays import Flags, Ints
from kejin.rule_values import CodeMap, CodeSet, from_rule

CLASSES = (
    "own_account", "related_company", "related_person", "individual", "property", "securities", "wealth",
    "time_deposit", "margin", "other_bank_loan", "own_bank_loan", "micro_lender", "cash", "off_purpose", "supplier",
    "rd_equipment", "payroll", "tax", "payment_platform", "institution", "unknown",
)  # fmt: skip
CLASS = {name: place for place, name in enumerate(CLASSES)}
OWN, RELATED_COMPANY, RELATED_PERSON = CLASS["own_account"], CLASS["related_company"], CLASS["related_person"]
UNKNOWN, SUPPLIER, INDIVIDUAL = CLASS["unknown"], CLASS["supplier"], CLASS["individual"]
REPAYMENT = "loan_repayment"  # becomes own_bank_loan or other_bank_loan when the lender is known
_REPAYMENT_CODE = len(CLASSES)
_NOTHING = -1


@dataclass(frozen=True, slots=True)
class EndRules:
    """Which account is what: each a list that an institution may replace."""

    by_account_kind: CodeMap = from_rule("monitoring/ends/by_account_kind")
    by_industry: CodeMap = from_rule("monitoring/ends/by_industry")
    by_memo: CodeMap = from_rule("monitoring/ends/by_memo")
    by_holder_kind: CodeMap = from_rule("monitoring/ends/by_holder_kind")
    stops: CodeSet = from_rule("monitoring/ends/stops")


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """One value an account; texts are None where missing, numbers -1.

    holder   number of the holder; institution: number of the bank (its head office) that keeps it
    """

    account_id: Sequence[str]
    holder: Ints
    holder_kind: Sequence[str | None]
    kind: Sequence[str | None]
    industry: Sequence[str | None]
    institution: Ints


@dataclass(frozen=True, slots=True)
class AccountClasses:
    """by_kind, by_trade, by_holder: class numbers of accounts, -1 where that says nothing; stops: money ends there."""

    by_kind: Ints
    by_trade: Ints
    by_holder: Ints
    stops: Flags


def account_classes(accounts: AccountFacts, rules: EndRules) -> AccountClasses:
    """What each account is by itself. Raises monitoring.end_class_unknown where a rule names no class of ours."""
    kinds, trades = _numbered(rules.by_account_kind), _numbered(rules.by_industry)
    holders = _numbered(rules.by_holder_kind)
    by_kind = _looked_up(accounts.kind, kinds)
    industries = [None if code is None else code.lstrip("ABCDEFGHIJKLMNOPQRST") for code in accounts.industry]
    by_trade = _looked_up(industries, {code: _by_prefix(code, trades) for code in set(industries) if code is not None})
    by_holder = _looked_up(accounts.holder_kind, holders)
    unknown = sorted(rules.stops.codes - set(CLASSES) - {REPAYMENT})
    if unknown:
        raise InputError("monitoring.end_class_unknown", rule=rules.stops.cite.rule, entry=unknown[0])
    ends = np.zeros(len(CLASSES) + 2, dtype=bool)
    for name in rules.stops.codes:
        ends[_REPAYMENT_CODE if name == REPAYMENT else CLASS[name]] = True
    by_trade_alone = np.where((by_kind < 0) & _is(accounts.holder_kind, "person"), _NOTHING, by_trade)
    stops = ends[by_kind] | ((by_kind < 0) & ends[by_trade_alone])
    return AccountClasses(by_kind, by_trade_alone, by_holder, stops)


def memo_classes(memos: Sequence[str | None], rules: EndRules) -> Ints:
    """The class that each distinct memo's words suggest, -1 where none; the longest word found decides."""
    words = sorted(_numbered(rules.by_memo).items(), key=lambda pair: -len(pair[0]))
    return np.array(
        [next((number for word, number in words if memo and word in memo), _NOTHING) for memo in memos], dtype=np.int64
    )


def step_classes(
    classes: AccountClasses, account: Ints, relation: Ints, memo_class: Ints, bank: Ints, lender: Ints
) -> Ints:
    """The class of the payee of each step.

    account     number of the payee's account; relation: OWN, RELATED_COMPANY, RELATED_PERSON or -1
    memo_class  of the transfer; bank: that keeps the account; lender: bank of the loan (numbers, -1 unknown)
    """
    kind = classes.by_kind[account]
    repaid = np.where((bank == lender) & (lender >= 0), CLASS["own_bank_loan"], CLASS["other_bank_loan"])
    kind = np.where(kind == _REPAYMENT_CODE, repaid, kind)
    memo_class = np.where(memo_class == _REPAYMENT_CODE, _NOTHING, memo_class)
    found = kind
    for column in (relation, classes.by_trade[account], memo_class, classes.by_holder[account]):
        found = np.where(found < 0, column, found)
    return np.where(found < 0, UNKNOWN, found)


def _numbered(rule: CodeMap) -> dict[str, int]:
    unknown = sorted(set(rule.entries.values()) - set(CLASSES) - {REPAYMENT})
    if unknown:
        raise InputError("monitoring.end_class_unknown", rule=rule.cite.rule, entry=unknown[0])
    return {key: _REPAYMENT_CODE if name == REPAYMENT else CLASS[name] for key, name in rule.entries.items()}


def _by_prefix(code: str, trades: Mapping[str, int]) -> int:
    return next((trades[code[:n]] for n in range(len(code), 0, -1) if code[:n] in trades), _NOTHING)


def _looked_up(texts: Sequence[str | None], table: Mapping[str, int]) -> Ints:
    return np.array([_NOTHING if text is None else table.get(text, _NOTHING) for text in texts], dtype=np.int64)


def _is(texts: Sequence[str | None], wanted: str) -> Flags:
    return np.array([text == wanted for text in texts], dtype=bool)
