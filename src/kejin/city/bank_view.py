"""What does one bank see of the city? Its own accounts' statements, with the noise that statements have.

A bank sees the transfers that touch its own accounts and the balances of these; of the other side it sees a number,
mostly a name, and nothing of what happens to money there. Registers of companies are public and are copied as they are.
Noise: some counterparties are missing (a number of their own for each transfer), some names of account holders
abroad of the bank are missing or spelt in another way, and in some hours everything is posted at one time, in the
true order.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kejin.city.streams import Flags, stream
from kejin.errors import InputError

MISSING_COUNTERPARTY, MISSING_NAME, VARIANT_NAME, BATCH_HOURS = 0.03, 0.04, 0.03, 0.3
_HOUR_US = 3_600_000_000
_FILTERED = ("account", "transfer", "loan", "loan_state")


@dataclass(frozen=True, slots=True)
class BankView:
    """What was written: the banks taken together as one, their share of accounts, rows of transfers kept and in all."""

    banks: tuple[str, ...]
    account_share: float
    transfers_seen: int
    transfers: int


def write_bank_view(city: Path, directory: Path, share: float, seed: int) -> BankView:
    """One bank's part of a written city: facts/<table>/part-00000.parquet in another directory.

    share  of the followed accounts that the bank should have: banks are joined until it does, in an order drawn by
    seed. Raises city.share_impossible, city.directory_not_empty.
    """
    if not 0 < share <= 1:
        raise InputError("city.share_impossible", share=share)
    if directory.exists() and any(directory.iterdir()):
        raise InputError("city.directory_not_empty", directory=str(directory))
    rng = stream(seed, 0, "bank view")
    account, transfer = (pq.read_table(city / "facts" / name) for name in ("account", "transfer"))
    banks, own_share = _banks(account, share, rng)
    own_ids = _own_accounts(account, banks)
    seen = _seen_transfers(transfer, own_ids, rng)
    _write(directory, "account", _seen_accounts(account, own_ids, rng))
    _write(directory, "transfer", seen)
    loan = pq.read_table(city / "facts/loan")
    loan = loan.filter(pc.is_in(loan["account_id"], own_ids))
    _write(directory, "loan", loan)
    for folder in sorted((city / "facts").iterdir()):
        if folder.name == "loan_state":
            state = pq.read_table(folder)
            _write(directory, "loan_state", state.filter(pc.is_in(state["loan_id"], loan["loan_id"].combine_chunks())))
        elif folder.name not in _FILTERED:
            shutil.copytree(folder, directory / "facts" / folder.name)
    view = BankView(tuple(banks), own_share, len(seen), len(transfer))
    page = {"what": "synthetic: what one bank sees of an invented city", "banks": banks, "account_share": own_share}
    (directory / "bank_view.json").write_text(json.dumps(page, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return view


def _banks(account: pa.Table, share: float, rng: np.random.Generator) -> tuple[list[str], float]:
    """Banks in an order of chance until they keep that share of the accounts whose movements are known."""
    followed = account.filter(pc.is_valid(account["opening_balance_cny"]))
    counts = {row["values"]: row["counts"] for row in pc.value_counts(followed["institution_id"]).to_pylist()}
    total, chosen, kept = sum(counts.values()), [], 0
    names = sorted(name for name in counts if name is not None)
    for place in rng.permutation(len(names)):
        if kept >= share * total:
            break
        chosen.append(names[place])
        kept += counts[names[place]]
    return sorted(chosen), kept / max(total, 1)


def _own_accounts(account: pa.Table, banks: list[str]) -> pa.Array:
    own = account.filter(pc.is_in(account["institution_id"], pa.array(banks, pa.string())))
    return pc.unique(own["account_id"].combine_chunks())


def _seen_transfers(transfer: pa.Table, own: pa.Array, rng: np.random.Generator) -> pa.Table:
    """Transfers with an own account, the balances of own accounts only, missing counterparties, batch times."""
    mine = {side: pc.is_in(transfer[f"{side}_account_id"], own) for side in ("from", "to")}
    kept = pc.or_(mine["from"], mine["to"])
    seen = transfer.filter(kept)
    for side in ("from", "to"):
        ours = pc.filter(mine[side], kept).combine_chunks()
        seen = _put(seen, f"{side}_balance_cny", pc.if_else(ours, seen[f"{side}_balance_cny"], None))
        lost = pa.array(~ours.to_numpy(zero_copy_only=False) & (rng.random(len(seen)) < MISSING_COUNTERPARTY))
        alone = pc.binary_join_element_wise("U", seen["transfer_id"], side, "-")
        seen = _put(seen, f"{side}_account_id", pc.if_else(lost, alone, seen[f"{side}_account_id"]))
    return _batched(seen, rng)


def _batched(seen: pa.Table, rng: np.random.Generator) -> pa.Table:
    """In some hours everything is posted at the full hour; the order among them is kept by `sequence`."""
    order = np.lexsort((seen["sequence"].to_numpy(), seen["happened_at"].cast(pa.int64()).to_numpy()))
    seen = seen.take(pa.array(order))
    time = seen["happened_at"].cast(pa.int64()).to_numpy()
    hour = time // _HOUR_US
    chosen = rng.random(int(hour.max(initial=0) - hour.min(initial=0)) + 1) < BATCH_HOURS
    batched = chosen[hour - hour.min(initial=0)] if len(hour) else np.zeros(0, dtype=bool)
    posted = np.where(batched, hour * _HOUR_US, time)
    place = np.arange(len(posted)) - np.searchsorted(posted, posted)
    seen = _put(seen, "happened_at", pa.array(posted).cast(pa.timestamp("us")))
    return _put(seen, "sequence", pa.array(place, pa.int64()))


def _seen_accounts(account: pa.Table, own: pa.Array, rng: np.random.Generator) -> pa.Table:
    """Own accounts whole; of others number and mostly holder, and the kind only where the name says it."""
    ours = pc.is_in(account["account_id"], own).combine_chunks()
    mine: Flags = ours.to_numpy(zero_copy_only=False)
    named = pc.is_in(account["holder_kind"], pa.array(["institution", "government"])).combine_chunks()
    shown = pc.or_(ours, named)
    for name in ("opening_balance_cny", "opening_balance_on", "opened_on", "closed_on"):
        account = _put(account, name, pc.if_else(ours, account[name], None))
    account = _put(account, "account_kind", pc.if_else(shown, account["account_kind"], None))
    lot = rng.random(len(account))
    missing = pa.array(~mine & (lot < MISSING_NAME))
    variant = pa.array(~mine & (lot >= MISSING_NAME) & (lot < MISSING_NAME + VARIANT_NAME))
    other = pc.binary_join_element_wise(account["holder_id"], "(variant)", "")
    holder = pc.if_else(variant, other, account["holder_id"])
    return _put(account, "holder_id", pc.if_else(missing, None, holder))


def _put(table: pa.Table, name: str, column: pa.ChunkedArray | pa.Array) -> pa.Table:
    place = table.schema.get_field_index(name)
    field = table.schema.field(name)
    return table.set_column(place, field, column.cast(field.type))


def _write(directory: Path, name: str, table: pa.Table) -> None:
    folder = directory / "facts" / name
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, folder / "part-00000.parquet", compression="zstd")
