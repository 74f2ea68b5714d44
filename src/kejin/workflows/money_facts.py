"""Accounts, transfers, loans and ties as of a day, read from the facts and numbered for tracing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kejin.facts.view import FactsView
from kejin.monitoring.account_ends import AccountFacts
from kejin.monitoring.ledger import Finding, GivenRows, Ledger, StatedBalances, order_transfers, reconcile
from kejin.monitoring.loan_payments import DAY, TracedLoans
from kejin.monitoring.related_parties import TIE_KINDS, Ties
from kejin.monitoring.trace import Drawdowns

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
TABLES_READ = ("account", "transfer", "loan", "institution", "company", "ownership", "social_insurance_month")
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class MoneyFacts:
    """What tracing reads, numbered.

    ledger, given  transfers in order, and the row of `transfers` behind each
    accounts       one row an account number; unlisted: not in the table of accounts
    holders        names of holder numbers (company codes, persons' tokens)
    opening_known  the table of accounts gives an opening balance
    weak           the account's holder looks like a company on paper: young, without insured staff, or listed abnormal
    findings       about rows, with the transfer they begin at
    """

    as_of: date
    ledger: Ledger
    given: Ints
    transfers: pa.Table
    memo: Ints
    memos: tuple[str | None, ...]
    entrusted: Flags
    papers: Flags
    accounts: AccountFacts
    unlisted: Flags
    opening_known: Flags
    opening_implied: Flags
    first_break: Ints
    weak: Flags
    person: Flags
    holders: tuple[str, ...]
    ties: Ties
    banks: tuple[str, ...]
    loan_ids: tuple[str, ...]
    company_ids: tuple[str, ...]
    loans: TracedLoans
    products: tuple[str | None, ...]
    drawdowns: Drawdowns
    drawdown_loan: Ints
    findings: tuple[tuple[Finding, str], ...]

    def transfer_id(self, row: int) -> str:
        """The number of a transfer by its row in the ledger."""
        return str(self.transfers["transfer_id"][int(self.given[row])].as_py())


def read_money_facts(facts: FactsView, loan: str | None = None, since: date | None = None) -> MoneyFacts:
    """Everything known on the facts' day.

    loan   one loan only; since: loans granted on that day or later.
    Raises monitoring.transfers_too_many, monitoring.amount_too_large.
    """
    transfers, account_rows, loan_rows = _transfers(facts), _accounts(facts), _loans(facts, loan, since)
    ids, unlisted = _account_ids(account_rows, transfers)
    banks = _heads(facts)
    numbers = {name: number for number, name in enumerate(sorted(set(banks.values())))}
    holders = sorted(
        {*_known(account_rows["holder_id"]), *_known(loan_rows["company_id"]), *_known(_company_ids(facts))}
    )
    accounts = _account_facts(account_rows, ids, holders, banks, numbers)
    opening, opening_known = _openings(account_rows, len(ids))
    source, target = (_index(transfers[name], ids) for name in ("from_account_id", "to_account_id"))
    rows = GivenRows(
        source, target, transfers["fen"].to_numpy(), _moments(transfers["happened_at"]),
        transfers["sequence"].fill_null(0).to_numpy(), np.arange(len(transfers), dtype=np.int64),
        pc.equal(transfers["currency"].fill_null("CNY"), "CNY").to_numpy(),
    )  # fmt: skip
    last = int((datetime.combine(facts.as_of, datetime.min.time(), UTC) + timedelta(days=1) - _EPOCH) / _US)
    ordered = order_transfers(rows, opening, opening_known, int((EARLIEST - _EPOCH) / _US), last - 1)
    checked = reconcile(ordered.ledger, opening_known, _stated(transfers, ordered.given))
    ledger = checked.ledger
    findings = [
        (
            one,
            str((transfers["transfer_id"] if one.code != "monitoring.opening_overdrawn" else pa.array(ids))[one.first]),
        )
        for one in ordered.findings
    ]
    findings += _break_findings(checked.first_break, checked.breaks, transfers, ordered.given, ledger)
    findings += _unlisted_finding(unlisted, ledger, transfers, ordered.given)
    loans, products, drawdowns, drawdown_loan = _drawdowns(loan_rows, transfers, ordered.given, ledger, accounts, ids,
                                                           holders, banks, numbers)  # fmt: skip
    memo, memos = _encoded(transfers["memo"], ordered.given)
    return MoneyFacts(
        facts.as_of, ledger, ordered.given, transfers, memo, memos,
        _flags(transfers["entrusted"])[ordered.given],
        (_present(transfers["contract_id"]) | _present(transfers["invoice_id"]))[ordered.given],
        accounts, unlisted, opening_known, checked.implied, checked.first_break,
        _weak(facts, holders, accounts), np.array([kind == "person" for kind in accounts.holder_kind]),
        tuple(holders), _ties(facts, holders), tuple(numbers), tuple(loan_rows["loan_id"].to_pylist()),
        tuple(loan_rows["company_id"].to_pylist()), loans, products, drawdowns, drawdown_loan, tuple(findings),
    )  # fmt: skip


_US = timedelta(microseconds=1)


def _transfers(facts: FactsView) -> pa.Table:
    t = facts.table("transfer")
    wanted = t.select(
        "transfer_id", "from_account_id", "to_account_id", "happened_at", "sequence", "currency", "memo", "contract_id",
        "invoice_id", "loan_id", "entrusted",
        fen=_fen(t.amount_cny), from_fen=_fen(t.from_balance_cny), to_fen=_fen(t.to_balance_cny),
    )  # fmt: skip
    return wanted.order_by("happened_at", "sequence", "transfer_id").to_pyarrow().combine_chunks()


def _fen(amount: ibis.Value) -> ibis.Value:
    return (amount * ibis.literal(100, "int64")).cast("int64")


def _accounts(facts: FactsView) -> pa.Table:
    t = facts.table("account")
    return t.mutate(opening_fen=_fen(t.opening_balance_cny)).order_by("account_id").to_pyarrow()


def _loans(facts: FactsView, loan: str | None, since: date | None) -> pa.Table:
    t = facts.table("loan")
    t = t if loan is None else t.filter(t.loan_id == loan)
    t = t if since is None else t.filter(t.granted_on >= ibis.literal(since))
    return t.mutate(fen=_fen(t.amount_cny)).order_by("loan_id").to_pyarrow()


def _company_ids(facts: FactsView) -> pa.ChunkedArray:
    return facts.table("company").select("company_id").to_pyarrow()["company_id"]


def _heads(facts: FactsView) -> dict[str, str]:
    """institution -> head office."""
    rows = facts.table("institution").select("institution_id", "parent_id").to_pyarrow().to_pylist()
    parents = {row["institution_id"]: row["parent_id"] for row in rows}
    heads = {}
    for one in parents:
        head, seen = one, {one}
        while (above := parents.get(head)) is not None and above not in seen:
            head = above
            seen.add(head)
        heads[one] = head
    return heads


def _known(column: pa.ChunkedArray) -> set[str]:
    return set(column.drop_null().to_pylist())


def _account_ids(rows: pa.Table, transfers: pa.Table) -> tuple[list[str], Flags]:
    listed = rows["account_id"].to_pylist()
    found = pa.concat_arrays(
        [chunk for name in ("from_account_id", "to_account_id") for chunk in transfers[name].chunks]
        or [pa.array([], pa.string())]
    )
    used = pc.unique(found).drop_null()
    extra = sorted(pc.filter(used, pc.invert(pc.is_in(used, pa.array(listed, pa.string())))).to_pylist())
    return listed + extra, np.arange(len(listed) + len(extra)) >= len(listed)


def _index(column: pa.ChunkedArray, names: Sequence[str]) -> Ints:
    found = pc.index_in(column, pa.array(names, pa.string()))
    return np.asarray(found.fill_null(-1).to_numpy().astype(np.int64))


def _moments(column: pa.ChunkedArray) -> Ints:
    return np.asarray(column.cast(pa.timestamp("us")).cast(pa.int64()).to_numpy())


def _days(column: pa.ChunkedArray) -> Ints:
    return np.asarray(column.cast(pa.int32()).fill_null(-(2**31)).to_numpy().astype(np.int64))


def _flags(column: pa.ChunkedArray) -> Flags:
    return np.asarray(column.fill_null(False).to_numpy())


def _present(column: pa.ChunkedArray) -> Flags:
    return np.asarray(pc.is_valid(column).to_numpy())


def _encoded(column: pa.ChunkedArray, given: Ints) -> tuple[Ints, tuple[str | None, ...]]:
    coded = column.combine_chunks().dictionary_encode() if isinstance(column, pa.ChunkedArray) else column
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    words = (*coded.dictionary.to_pylist(), None)
    codes = coded.indices.fill_null(len(words) - 1).to_numpy().astype(np.int64)
    return codes[given], words


def _openings(rows: pa.Table, accounts: int) -> tuple[Ints, Flags]:
    opening, known = np.zeros(accounts, np.int64), np.zeros(accounts, dtype=bool)
    opening[: len(rows)] = rows["opening_fen"].fill_null(0).to_numpy()
    known[: len(rows)] = _present(rows["opening_fen"])
    return opening, known


def _account_facts(
    rows: pa.Table, ids: list[str], holders: list[str], banks: dict[str, str], numbers: dict[str, int]
) -> AccountFacts:
    more = len(ids) - len(rows)
    columns = {name: [*rows[name].to_pylist(), *[None] * more] for name in
               ("holder_kind", "account_kind", "industry_code", "institution_id")}  # fmt: skip
    holder = np.concatenate([_index(rows["holder_id"], holders), np.full(more, -1, np.int64)])
    bank = np.array([numbers.get(banks.get(one or "", one or ""), -1) for one in columns["institution_id"]], np.int64)
    return AccountFacts(ids, holder, columns["holder_kind"], columns["account_kind"], columns["industry_code"], bank)


def _stated(transfers: pa.Table, given: Ints) -> StatedBalances:
    columns = []
    for name in ("from_fen", "to_fen"):
        columns += [transfers[name].fill_null(0).to_numpy()[given], _present(transfers[name])[given]]
    return StatedBalances(*columns)


def _break_findings(
    first: Ints, breaks: Ints, transfers: pa.Table, given: Ints, ledger: Ledger
) -> list[tuple[Finding, str]]:
    broken = np.flatnonzero(first >= 0)
    if not len(broken):
        return []
    row = int(first[broken].min())
    one = Finding("monitoring.balance_breaks", row, int(breaks.sum()), int(ledger.fen[row]))
    return [(one, str(transfers["transfer_id"][int(given[row])]))]


def _unlisted_finding(unlisted: Flags, ledger: Ledger, transfers: pa.Table, given: Ints) -> list[tuple[Finding, str]]:
    hit = np.flatnonzero(unlisted[ledger.source] | unlisted[ledger.target])
    if not len(hit):
        return []
    one = Finding("monitoring.account_unlisted", int(hit[0]), len(hit), int(ledger.fen[hit].sum()))
    return [(one, str(transfers["transfer_id"][int(given[hit[0]])]))]


def _drawdowns(
    rows: pa.Table, transfers: pa.Table, given: Ints, ledger: Ledger, accounts: AccountFacts, ids: list[str],
    holders: list[str], banks: dict[str, str], numbers: dict[str, int],
) -> tuple[TracedLoans, tuple[str | None, ...], Drawdowns, Ints]:  # fmt: skip
    """Payments out of each loan: transfers that name the loan and reach its account from an account of kind loan.

    A payer of whom no kind is known counts too: one bank may see no more of its own lending account.
    """
    loan_ids = rows["loan_id"].to_pylist()
    named = _index(transfers["loan_id"], loan_ids)[given]
    account = _index(rows["account_id"], ids)
    pays_out = np.array([kind is None or kind == "loan" for kind in accounts.kind], dtype=bool)
    # A place more, for transfers that name none of the loans.
    reaches = (named >= 0) & (ledger.target == np.append(account, -1)[named])
    reaches &= pays_out[ledger.source]
    row = np.flatnonzero(reaches)
    row = row[np.argsort(named[row], kind="stable")]
    loan = named[row]
    granted = _days(rows["granted_on"]) * DAY
    first_at = granted.copy()
    np.minimum.at(first_at, loan, np.maximum(ledger.time[row], granted[loan]))
    seen = np.zeros(len(rows), np.int64)
    np.add.at(seen, loan, ledger.fen[row])
    earliest = np.full(len(rows), np.iinfo(np.int64).max)
    np.minimum.at(earliest, loan, ledger.time[row])
    lender = np.array([numbers.get(banks.get(one, one), -1) for one in rows["institution_id"].to_pylist()], np.int64)
    at = np.where(earliest == np.iinfo(np.int64).max, granted, earliest)
    loans = TracedLoans(
        _index(rows["company_id"], holders), lender, account, at, seen, rows["fen"].fill_null(0).to_numpy()
    )
    return loans, tuple(rows["product"].to_pylist()), Drawdowns(row, np.zeros(len(row), np.int64)), loan


def with_windows(money: MoneyFacts, window_days: int, until: int | None = None) -> Drawdowns:
    """The drawdowns, each followed for so many days, but not beyond a moment."""
    end = money.ledger.time[money.drawdowns.row] + window_days * DAY
    if until is not None:
        end = np.minimum(end, until)
    last = np.searchsorted(money.ledger.time, end, side="right").astype(np.int64)
    return replace(money.drawdowns, row_end=last)


def _ties(facts: FactsView, holders: list[str]) -> Ties:
    """(holder, key) of owners, controllers, legal representatives, addresses and telephones, current on the day."""
    company = facts.table("company").select(
        "company_id", "registered_address", "phone", "legal_representative", "actual_controller"
    ).to_pyarrow()  # fmt: skip
    owned = facts.table("ownership")
    owned = owned.filter(owned.until_on.isnull() | (owned.until_on > ibis.literal(facts.as_of)))
    owner = owned.filter(owned.owner_kind.isin(["person", "company"])).select("owner_id", "company_id").to_pyarrow()
    who: list[tuple[Any, Any, str]] = [
        (company["company_id"], company["actual_controller"], "controller"),
        (company["company_id"], company["legal_representative"], "legal_representative"),
        (company["company_id"], company["registered_address"], "address"),
        (company["company_id"], company["phone"], "phone"),
        (owner["company_id"], owner["owner_id"], "ownership"),
    ]
    texts: dict[tuple[str, str], int] = {}
    holder, key, kind = [], [], []
    for companies, values, name in who:
        space = "party" if name in ("controller", "legal_representative", "ownership") else name
        numbers = _index(companies, holders)
        for number, value in zip(numbers.tolist(), values.to_pylist(), strict=True):
            if value is not None and number >= 0:
                holder.append(number)
                key.append(texts.setdefault((space, value), len(texts)))
                kind.append(TIE_KINDS.index(name))
    stands_for = np.array([texts.get(("party", name), -1) for name in holders], np.int64)
    return Ties(np.array(holder, np.int64), np.array(key, np.int64), np.array(kind, np.int64), stands_for)


def _weak(facts: FactsView, holders: list[str], accounts: AccountFacts) -> Flags:
    """Companies on the list of abnormal operations, or that had nobody insured in the last month known."""
    company = facts.table("company").select("company_id", "on_abnormal_list").to_pyarrow()
    weak = np.zeros(len(holders) + 1, dtype=bool)
    abnormal = _flags(company["on_abnormal_list"])
    weak[_index(company["company_id"], holders)[abnormal]] = True
    s = facts.table("social_insurance_month")
    newest = s.group_by("company_id").agg(month=s.month.max())
    nobody = s.join(newest, ["company_id", "month"]).filter(lambda t: t.insured_persons == 0)
    weak[_index(nobody.select("company_id").to_pyarrow()["company_id"], holders)] = True
    weak[-1] = False
    return np.asarray(weak[accounts.holder])
