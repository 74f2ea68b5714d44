"""Preapprove: which company could have which loan, how much, and why not? A list for a bank or a park.

The procedure, in order:
1. rules of the day and the borrowers' file, as for a single decision;
2. what each borrower is, the borrower's conditions and the caps of every product in force, in one query;
3. need, limit, loss and price of those who are not refused, with the same figures as a single decision, in batches;
4. one row a company and product in a Parquet file;
5. an entry in the journal.

Conditions on a deal or a project cannot be judged before there is one: such products are offered without a limit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kejin.credit.products.inputs import APPLICATION_INPUTS
from kejin.credit.products.product import Product
from kejin.journal import Entry, Journal, Record
from kejin.schemes.compile_table import compile_table
from kejin.schemes.expressions import Program, combined, needed_for
from kejin.schemes.rule_expressions import number_in_case
from kejin.workflows.assess_loan import rule_use
from kejin.workflows.lending_desk import LendingDesk, version_of
from kejin.workflows.lending_rules import LendingRules
from kejin.workflows.loan_figures import FIGURES_READ, PLEDGE_COLUMNS, Wanted, columns_of, loan_figures
from kejin.workflows.loan_sharing import share_losses, usual_sharing
from kejin.workflows.workspace import Workspace

if TYPE_CHECKING:
    import ibis.expr.types as ir

ACT = "preapprove"
BATCH_ROWS = 100_000
USUAL_TERM_MONTHS = 12.0
IDENTITY = ("company_id", "name", "district", "cluster_code", "park_id", "stage_code")
_SCORES = ("default_probability", "model_usable", "report_year")
_BORROWER_STEPS = ("technology_company", "in_shenzhen")
_APPROVE_MAX = "default_probability_approve_max"
Progress = Callable[[int, int], None]

SCHEMA = pa.schema(
    [
        *((name, pa.float64() if name == "stage_code" else pa.string()) for name in IDENTITY),
        ("product", pa.dictionary(pa.int8(), pa.string())),
        ("offer", pa.dictionary(pa.int8(), pa.string())),
        ("reason", pa.dictionary(pa.int16(), pa.string())),
        ("limit_cny", pa.float64()),
        ("limit_set_by", pa.dictionary(pa.int16(), pa.string())),
        ("rate", pa.float64()),
        ("term_months_max", pa.float64()),
        ("default_probability", pa.float64()),
    ]
)


@dataclass(frozen=True)
class Preapproval:
    """A finished list.

    path     Parquet file: one row a company and product, companies in order of their codes.
    counts   product -> offer (yes | no | open) -> companies.
    entry    the journal entry; None where none was asked for.
    """

    path: Path
    rules: LendingRules
    companies: int
    counts: Mapping[str, Mapping[str, int]]
    result_hash: str
    entry: Entry | None


def preapprove(
    desk: LendingDesk, actor: str = "-", progress: Progress | None = None, write: bool = True
) -> Preapproval:
    """Every company against every product in force.

    progress   called with (companies done, companies).
    Raises     workflows.nothing_to_evaluate; policy.nothing_in_force where no rule of lending was in force.
    """
    rules = desk.rules
    table = offers_query(desk)
    path = desk.evaluator.folder / "preapproval.parquet"
    counts: dict[str, dict[str, int]] = {name: dict.fromkeys(("yes", "no", "open"), 0) for name in rules.products}
    done, total, digest = 0, desk.companies, hashlib.sha256(ACT.encode())
    beside = path.with_suffix(".part")
    with pq.ParquetWriter(beside, SCHEMA, compression="zstd", compression_level=1) as writer:
        for batch in table.to_pyarrow_batches(chunk_size=BATCH_ROWS):
            for name, rows in _batch_offers(pa.Table.from_batches([batch]), rules):
                writer.write_table(rows)
                _count(counts[name], rows)
                _add(digest, rows)
            done += batch.num_rows
            if progress is not None:
                progress(done, total)
    beside.replace(path)
    entry = _journal_entry(desk, actor, done, counts, digest.hexdigest()) if write else None
    return Preapproval(path, rules, done, counts, digest.hexdigest(), entry)


def replay(workspace: Path, entry: Entry) -> str:
    """Make the list of an entry again, from facts and rules as of its day; the hash of the result."""
    with Workspace.open(workspace) as opened:
        assert entry.as_of is not None
        desk = LendingDesk(opened, entry.as_of, entry.known_on, model=version_of(entry))
        return preapprove(desk, write=False).result_hash


def offers_query(desk: LendingDesk) -> ir.Table:
    """One row a company: identity, figures, scores, and the steps of every product that need no application."""
    rules = desk.rules
    program = _program(rules)
    rows = desk.scored_borrowers()
    absent = [name for name in program.inputs if name not in rows.columns]
    rows = rows.mutate(**{name: ibis.null(_type_of(name)).name(name) for name in absent})
    wanted = (*IDENTITY, *FIGURES_READ, *PLEDGE_COLUMNS, *_SCORES, "loan_balance_fen", "group_balance_fen", "in_park")
    titles = [name for name in rows.columns if name.startswith("holds__")]
    return compile_table(program, rows, tuple(dict.fromkeys((*wanted, *titles))))


def _program(rules: LendingRules) -> Program:
    """What the borrower is, and of each product what needs no application."""
    approve = number_in_case(rules.decision.default_probability_approve_max)
    extra = Program(("stage_code",), ((_APPROVE_MAX, approve),))
    outputs = [*_BORROWER_STEPS, _APPROVE_MAX]
    for product in rules.products.values():
        outputs += [product.step(part) for part in ("eligible", "refused_by", "open_at", "term_months_max")]
        outputs += [product.step("cap", cap.name) for cap in product.caps if not cap.of_application]
    return needed_for(combined((rules.program, extra)), outputs)


def _type_of(name: str) -> str:
    unit = APPLICATION_INPUTS[name].unit
    return {"flag": "boolean", "text": "string"}.get(unit, "float64")


def _batch_offers(batch: pa.Table, rules: LendingRules) -> Iterator[tuple[str, pa.Table]]:
    """The rows of each product for one batch of companies."""
    columns = columns_of(batch)
    for name, product in rules.products.items():
        yield name, _product_offers(batch, columns, product, rules)


def _product_offers(batch: pa.Table, columns: Mapping[str, Any], product: Product, rules: LendingRules) -> pa.Table:
    """Offer, reason, limit and price of one product; figures are worked out for those who are not refused."""
    count = batch.num_rows
    eligible = columns[product.step("eligible")]
    kept = np.flatnonzero(eligible != 0)
    limit, rate, set_by = np.full(count, np.nan), np.full(count, np.nan), np.full(count, "", dtype=object)
    terms = columns[product.step("term_months_max")]
    if len(kept):
        part = {name: values[kept] for name, values in columns.items()}
        months = np.where(np.isnan(terms[kept]), USUAL_TERM_MONTHS, np.maximum(terms[kept], 1.0))
        sharing = share_losses(usual_sharing(product.id), product.id, part, rules, Decimal(1))
        wanted = Wanted(np.full(len(kept), np.inf), months)
        figures = loan_figures(part, product, part, wanted, part["default_probability"], sharing, rules)
        limit[kept], rate[kept] = figures.lent_cny, np.where(figures.lent_cny > 0, figures.price.rate, np.nan)
        set_by[kept] = figures.limit.binding
    offer, reason = _judged(batch, columns, product, limit, rules)
    values = [
        *(batch[name].combine_chunks() for name in IDENTITY),
        pa.array([product.id])
        .take(pa.array(np.zeros(count, np.int32)))
        .dictionary_encode()
        .cast(SCHEMA.field("product").type),
        _codes(offer, SCHEMA.field("offer").type),
        _codes(reason, SCHEMA.field("reason").type),
        _numbers(limit),
        _codes(set_by, SCHEMA.field("limit_set_by").type),
        _numbers(rate),
        _numbers(terms),
        _numbers(columns["default_probability"]),
    ]
    return pa.table(values, schema=SCHEMA)


def _judged(
    batch: pa.Table, columns: Mapping[str, Any], product: Product, limit: Any, rules: LendingRules
) -> tuple[Any, Any]:
    """yes, no or open, and the first reason in the precedence of credit/reasons.py; empty for yes."""
    eligible, p = columns[product.step("eligible")], columns["default_probability"]
    refused = np.array(batch[product.step("refused_by")].to_pylist(), dtype=object)
    undecided = np.array(batch[product.step("open_at")].to_pylist(), dtype=object)
    least = rules.joint.amount_cny_min.number
    year = columns["report_year"]
    oldest = rules.as_of.year - rules.decision.statement_years_max.number
    deal = all(cap.of_application for cap in product.caps)
    no_limit = np.zeros(len(limit), bool) if deal else np.isnan(limit)
    tests = (
        (eligible == 0, "no", "gate"),
        (p > rules.decision.default_probability_decline_above.number, "no", "default_probability_high"),
        (limit < least, "no", "limit_zero"),
        (~(year >= oldest), "open", "statements_missing"),
        (np.isnan(eligible), "open", "gate_open"),
        (no_limit, "open", "limit_open"),
        (np.isnan(p), "open", "model_absent"),
        (columns["model_usable"] == 0, "open", "model_expired"),
        (~(p <= columns[_APPROVE_MAX]), "open", "default_probability_middle"),
    )
    conditions = [np.asarray(test) for test, _, _ in tests]
    offer = np.select(conditions, [answer for _, answer, _ in tests], "yes")
    reason = np.select(conditions, [code for _, _, code in tests], "").astype(object)
    for code, names in (("gate", refused), ("gate_open", undecided)):
        here = reason == code
        reason[here] = [f"{code}.{name}" for name in names[here]]
    return offer, reason


def _codes(values: Any, kind: pa.DataType) -> pa.Array:
    """Texts as a dictionary column; empty is missing."""
    texts = pa.array([None if value == "" else str(value) for value in values], pa.string())
    return texts.dictionary_encode().cast(kind)


def _numbers(values: Any) -> pa.Array:
    return pa.array(values, pa.float64(), mask=~np.isfinite(values))


def _count(counts: dict[str, int], rows: pa.Table) -> None:
    for pair in rows["offer"].value_counts().to_pylist():
        counts[str(pair["values"])] += int(pair["counts"])


def _add(digest: Any, rows: pa.Table) -> None:
    """Adds the rows to the hash: companies in order, then each column's values."""
    for name in ("company_id", "product", "offer", "reason", "limit_set_by"):
        texts = rows[name].cast(pa.string()).to_pylist()
        digest.update("\n".join("" if text is None else text for text in texts).encode())
    for name in ("limit_cny", "rate", "term_months_max", "default_probability"):
        digest.update(np.nan_to_num(rows[name].to_numpy(), nan=-1.0).round(8).tobytes())


def _journal_entry(
    desk: LendingDesk, actor: str, companies: int, counts: Mapping[str, Mapping[str, int]], digest: str
) -> Entry:
    rules, model = desk.rules, desk.model_used
    record = Record(
        act=ACT,
        actor=actor,
        role="loan_officer",
        inputs={"companies": "all", "products": list(rules.products)},
        result={
            "companies": companies,
            "offers": {name: dict(found) for name, found in counts.items()},
            "not_in_force": list(rules.absent),
            "unverified": list(rules.unverified),
        },
        result_hash=digest,
        as_of=rules.as_of,
        known_on=rules.known_on,
        rule_edition=rules.edition,
        rules_used=tuple(rule_use(used) for used in rules.used),
        model_versions={} if model is None else {"default": model},
    )
    with Journal.open(desk.workspace.cases_path) as journal:
        return journal.append(record)
