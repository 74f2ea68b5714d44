"""How does money move around the loans? Accounts and transfers of one part, and the truth about misused loans."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kejin.city import innocent_patterns, misuse, ordinary_payments, passing_on, sectors, values
from kejin.city.accounts import AFFILIATE, CONTROLLER, RELATIVE, account_ids, modelled
from kejin.city.ledger import CHANNELS, MEMOS, Draft, Ledger, balances
from kejin.city.loans import loan_ids
from kejin.city.misuse import TYPOLOGIES, Misuse
from kejin.city.ordinary_payments import Operating, lending_codes
from kejin.city.parts import NEVER, Part
from kejin.city.streams import Ints, chance, distinct, rounded
from kejin.city.values import Rows, Text


@dataclass(frozen=True, slots=True)
class Flows:
    """The part's transfers in order of time, its modelled accounts and their balances, and what was misused."""

    ledger: Ledger
    accounts: Ints
    opening: Ints
    opening_day: Ints
    source_after: Ints
    target_after: Ints
    misuse: Misuse
    innocent: Ints


def make_flows(part: Part) -> Flows:
    """All money flows of one part. Money is conserved: every transfer has two accounts."""
    draft, op = Draft(part.until), ordinary_payments.operating_accounts(part)
    ordinary_payments.add_business(part, draft, op)
    business = draft.gathered()
    misused = misuse.add_misuse(part, draft, op)
    innocent = innocent_patterns.add_innocent(part, draft, op)
    ordinary_payments.add_loans(part, draft, op, misused.fen)
    step = passing_on.arrivals(draft.gathered())
    for subject in ("first", "second"):
        step = passing_on.pass_on(part, draft, op, subject, step)
    passing_on.add_sweeps(part, draft, op, business, draft.gathered())
    sectors.add_sectors(draft, draft.gathered())
    ledger = draft.gathered()
    used = np.concatenate([ledger.source, ledger.target, lending_codes(part)])
    accounts = distinct(used[modelled(used)])
    book = balances(ledger, _drawn(part, op, accounts), accounts)
    return Flows(
        ledger, accounts, book.opening, book.opening_day, book.source_after, book.target_after, misused, innocent
    )


def _drawn(part: Part, op: Operating, accounts: Ints) -> Ints:
    """What each modelled account would like to begin with, in fen: some months of turnover, or pocket money."""
    rng, m = part.stream("opening balances"), len(accounts)
    months = np.exp(rng.normal(0.0, 0.7, m))
    at = np.minimum(np.searchsorted(op.account, accounts), max(len(op.account) - 1, 0))
    order = np.argsort(op.account)
    found = (
        order[np.minimum(np.searchsorted(op.account[order], accounts), max(len(order) - 1, 0))] if len(order) else at
    )
    operating = (op.account[found] == accounts) if len(order) else np.zeros(m, dtype=bool)
    turnover = op.turnover[found].mean(axis=1) if len(order) else np.zeros(m)
    slot = accounts % 100
    small = np.where(np.isin(slot, [CONTROLLER, RELATIVE]), 80_000.0, np.where(slot == AFFILIATE, 30_000.0, 5_000.0))
    level = np.where(operating, turnover, small) * months
    return values.fen(rounded(level, 2))


def transfer_ids(part: Part, row: Ints) -> Text:
    """Numbers of transfers: part and place in time within the part."""
    return values.fixed("T", values.digits(np.full(len(row), part.number), 4), values.digits(row, 9))


def transfer_rows(part: Part) -> Rows:
    """Rows of `transfer`. Balances are those of modelled accounts; some memos are missing as on real statements."""
    flows, rng = part.flows, part.stream("transfer rows")
    book = flows.ledger
    m, row = len(book.time), np.arange(len(book.time), dtype=np.int64)
    first_of_time = np.searchsorted(book.time, book.time)
    trade = np.isin(book.memo, [MEMOS.index(memo) for memo in ("货款", "采购款", "设备款", "研发材料款", "技术服务费")])
    named = trade & chance(rng, 0.45, m)
    billed = trade & chance(rng, 0.3, m)
    payer, payee = book.source // 100, book.target // 100
    channel = np.where(book.channel > 0, book.channel, rng.choice([0, 0, 0, 0, 1, 3], m))
    return {
        "transfer_id": transfer_ids(part, row),
        "from_account_id": account_ids(book.source),
        "to_account_id": account_ids(book.target),
        "happened_at": values.moments(book.time),
        "sequence": values.whole(row - first_of_time),
        "amount_cny": values.money(book.fen),
        "currency": values.same("CNY", m),
        "memo": values.picked(MEMOS, book.memo, chance(rng, 0.08, m)),
        "channel": values.picked(CHANNELS, channel, chance(rng, 0.03, m)),
        "from_balance_cny": values.money(flows.source_after, ~modelled(book.source)),
        "to_balance_cny": values.money(flows.target_after, ~modelled(book.target)),
        "contract_id": values.fixed("C", values.digits(payer, 7), values.digits(payee % 1000, 3), missing=~named),
        "invoice_id": values.fixed("RV", values.digits(payer, 7), values.digits(row % 10**7, 7), missing=~billed),
        "loan_id": values.hidden(loan_ids(part, np.maximum(book.loan, 0)), book.loan < 0),
        "entrusted": values.flags(book.entrusted > 0, chance(rng, 0.02, m) & (book.loan < 0)),
        "known_on": values.days(book.day + 1),
        "source": values.same("synthetic: bank ledger", m),
    }


def loan_label_rows(part: Part) -> Rows:
    """Truth of a loan: misused or not, how, how much; the innocent pattern beside it; default and its intensity."""
    flows, loans = part.flows, part.loans
    m, kind = len(loans.company), flows.misuse.typology
    return {
        "loan_id": loan_ids(part),
        "company_id": part.ids(loans.company),
        "misused": values.flags(kind >= 0),
        "typology": values.picked(TYPOLOGIES, np.maximum(kind, 0), kind < 0),
        "misused_cny": values.money(flows.misuse.fen),
        "misused_share": values.number(flows.misuse.fen / np.maximum(loans.amount_fen, 1)),
        "innocent_pattern": values.picked(
            innocent_patterns.FAMILIES, np.maximum(flows.innocent, 0), flows.innocent < 0
        ),
        "default_intensity_1y": values.number(loans.intensity),
        "defaulted_on": values.days(loans.defaulted, (loans.defaulted == NEVER) | (loans.defaulted > part.until)),
        "lending_account_id": account_ids(lending_codes(part)) if m else values.no_text(0),
    }


def misuse_path_rows(part: Part) -> Rows:
    """Truth of a transfer: which transfers carried the misused money of which loan, in order, with their hop."""
    book = part.flows.ledger
    row = np.flatnonzero(book.path_loan >= 0)
    row = row[np.lexsort((row, book.hop[row], book.path_loan[row]))]
    loan = book.path_loan[row]
    return {
        "loan_id": loan_ids(part, loan),
        "step": values.whole(np.arange(len(row)) - np.searchsorted(loan, loan)),
        "hop": values.whole(book.hop[row]),
        "transfer_id": transfer_ids(part, row),
        "amount_cny": values.money(book.fen[row]),
    }
