"""The case file of one loan: everything that a reviewer, an inspector or a court needs to follow a finding back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow.parquet as pq

from kejin.monitoring.account_ends import CLASSES
from kejin.monitoring.entrusted_payments import VERDICTS
from kejin.monitoring.misuse_findings import Raised
from kejin.monitoring.money_picture import money_picture
from kejin.monitoring.related_parties import TIE_KINDS
from kejin.monitoring.trace import RULES, unexplained_fen
from kejin.workflows.trace_funds import FundTracing, TraceRun

FORMAT = 1


def case_file(tracing: FundTracing, run: TraceRun) -> dict[str, Any]:
    """The case as plain values; amounts in whole fen. For a run that asked for one loan."""
    tracer, money = tracing.tracer, tracing.money
    row = pq.read_table(run.path).to_pylist()[0]
    unexplained = int(np.abs(unexplained_fen(tracer.main, money.ledger, tracer.drawdowns)).sum())
    return {
        "format": FORMAT,
        "act": "trace_funds",
        "loan": row,
        "as_of": str(tracing.as_of),
        "known_on": str(run.rules.known_on),
        "rule": tracing.options.rule,
        "hops_max": tracer.bounds.hops_max,
        "window_days": tracer.window_days,
        "dust_fen": tracer.bounds.dust_fen,
        "unexplained_fen": unexplained,
        "conservation": _conservation(row),
        "band": _band(tracing),
        "typologies": _raised(tracer.typologies, {code: names for code, (names, _) in run.rules.typologies.items()}),
        "flags": _raised(tracer.flags, {code: names for code, (names, _) in run.rules.flags.items()}),
        "entrusted_payments": _entrusted(tracing),
        "related_accounts": _related(tracing),
        "steps": [_plain(step) for step in pq.read_table(run.steps_path).to_pylist()],
        "picture": _picture(tracing),
        "row_findings": [{"zh": one.as_json("zh"), "en": one.as_json("en")} for one in run.findings],
        "rule_edition": run.rules.edition,
        "rules_used": [_plain(dict(used)) for used in run.rules.used],
        "unverified": list(run.rules.unverified),
        "result_hash": run.result_hash,
        "journal_entry": None if run.entry is None else run.entry.sequence,
    }


def _conservation(row: dict[str, Any]) -> dict[str, int | None]:
    """What was paid out = what stayed in each place + dust, to the fen."""
    parts: dict[str, int | None] = {name: row[f"{name}_stayed_fen"] for name in CLASSES if row[f"{name}_stayed_fen"]}
    whole: dict[str, int | None] = {"paid_out": row["paid_out_fen"], **parts, "dust": row["dust_fen"]}
    return whole


def _band(tracing: FundTracing) -> list[dict[str, Any]]:
    """For each place that any rule of attribution shows: what each rule gives, the least and the most."""
    found = []
    for place, name in enumerate(CLASSES):
        by_rule = {rule: int(tracing.tracer.by_rule[rule].reached[0, place]) for rule in RULES}
        if any(by_rule.values()):
            band: dict[str, Any] = {"place": name, "least": min(by_rule.values()), "most": max(by_rule.values())}
            found.append(band | {str(rule): fen for rule, fen in by_rule.items()})
    return found


def _raised(raised: tuple[Raised, ...], names: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "code": one.code, "zh": names[one.code]["zh"], "en": names[one.code]["en"],
            "share": round(float(one.share[0]), 6), "needed": one.needed, "raised": bool(one.raised[0]),
        }
        for one in raised
    ]  # fmt: skip


def _entrusted(tracing: FundTracing) -> list[dict[str, Any]]:
    tracer, money = tracing.tracer, tracing.money
    found = []
    for step, verdict in zip(tracer.entrusted.step.tolist(), tracer.entrusted.verdict.tolist(), strict=True):
        row = int(tracer.main.row[step])
        found.append(
            {"transfer_id": money.transfer_id(row), "fen": int(money.ledger.fen[row]), "verdict": VERDICTS[verdict]}
        )
    return found


def _related(tracing: FundTracing) -> list[dict[str, Any]]:
    """Accounts on the trail whose holder is related to the borrower, and by what."""
    tracer, money = tracing.tracer, tracing.money
    borrower = int(money.loans.borrower[0])
    found = []
    for account in np.unique(money.ledger.target[tracer.main.row]).tolist():
        holder = int(money.accounts.holder[account])
        wanted = borrower * tracer.relations.holders + holder
        place = int(np.searchsorted(tracer.relations.pair, wanted))
        if holder < 0 or place >= len(tracer.relations.pair) or tracer.relations.pair[place] != wanted:
            continue
        bits = int(tracer.relations.why[place])
        ties = [name for number, name in enumerate(TIE_KINDS) if bits >> number & 1]
        found.append({"account_id": money.accounts.account_id[account], "holder": money.holders[holder], "ties": ties})
    return found


def _picture(tracing: FundTracing) -> dict[str, Any]:
    tracer, money = tracing.tracer, tracing.money
    trace = tracer.main
    picture = money_picture(
        money.ledger.target[trace.row].astype(np.int64), trace.hop.astype(np.int64), trace.parent.astype(np.int64),
        tracer.steps.classes, trace.fen, trace.kept_fen,
    )  # fmt: skip
    nodes = [
        {
            "hop": one.hop, "place": one.end_class, "accounts": one.accounts, "fen": one.fen, "kept_fen": one.kept_fen,
            "account_id": None if one.account is None else money.accounts.account_id[one.account],
        }
        for one in picture.nodes
    ]  # fmt: skip
    links = [{"source": one.source, "target": one.target, "fen": one.fen} for one in picture.links]
    return {"nodes": nodes, "links": links}


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Values that JSON has; days, times and decimals as their text."""
    kept = (bool, int, float, str, list, dict, type(None))
    return {name: value if isinstance(value, kept) else str(value) for name, value in row.items()}
