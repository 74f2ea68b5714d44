"""Value patents: facts of a day, rules of the day, one row a patent and one a company, one journal entry a run.

The procedure, in order:
1. look up every rule that the valuation needs, for the day;
2. state, quality, rights, family and owner's report of every patent, and the recorded deals, in queries;
3. the methods, the pool, rights and floor over arrays; then the portfolios;
4. two Parquet files in the workspace: patents and portfolios, with content hashes of the rows read and of the result;
5. an entry in the journal: who, when, which day, which rows, which rule values, which result.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import ibis
import pyarrow.compute as pc

from kejin import __version__
from kejin.engines.content_hash import content_hash
from kejin.engines.result_hash import result_hash
from kejin.engines.run_query import read_parquet, to_arrow, to_parquet
from kejin.errors import InputError
from kejin.evaluation.patent_states import superseded_publications
from kejin.facts.keep import Keep
from kejin.facts.view import FactsView
from kejin.journal import Entry, Journal, Record
from kejin.policy.lookups import Lookups
from kejin.policy.rule_book import RuleBook
from kejin.valuation.figures import ValuationRules
from kejin.valuation.relief_from_royalty import check_amortisation_years
from kejin.valuation.renewal_fees import RenewalRules
from kejin.workflows.evaluate_companies import rule_use
from kejin.workflows.fill_rules import fill_rules
from kejin.workflows.patent_quality_query import patent_quality_table
from kejin.workflows.valuation_lives import Lives, lives_of_workspace
from kejin.workflows.valuation_query import (
    PATENT_COLUMNS_READ,
    deal_rows,
    hazard_rows,
    ownership_rows,
    valuation_inputs,
)
from kejin.workflows.valuation_result import Valued, patent_table, portfolio_table, value_rows
from kejin.workflows.workspace import Workspace

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

ACT = "value_patents"
TABLES_READ = (
    "company",
    "annual_report",
    "ownership",
    "patent",
    "patent_citation",
    "patent_event",
    "patent_expert_score",
    "patent_cohort",
)
Progress = Callable[[str, int, int], None]
PATENTS, PORTFOLIOS, SUMMARY = "patent_values.parquet", "portfolio_values.parquet", "valuation.json"
STEPS = ("rules", "patents", "values", "hashes", "journal")


@dataclass(frozen=True)
class ValuationRun:
    """A finished run.

    patents, portfolios   Parquet files: one row a patent, one row a company.
    findings              what contradicts itself in the inputs; nothing was changed for it.
    entry                 the journal entry; None where the same run stood in the journal already.
    """

    patents: Path
    portfolios: Path
    as_of: date
    rows: int
    companies: int
    result_hash: str
    edition: str
    unverified: tuple[str, ...]
    findings: tuple[InputError, ...]
    entry: Entry | None


class Valuer:
    """The valuation of a workspace on a day. The workspace may be open for reading only."""

    def __init__(
        self,
        workspace: Workspace,
        as_of: date,
        known_on: date | None = None,
        models: str | None = None,
        amortisation_years: int | None = None,
    ) -> None:
        """amortisation_years   see royalty_income.amortisation; Raises valuation.amortisation_years_wrong."""
        self.amortisation_years = check_amortisation_years(amortisation_years)
        self.models = models
        self.workspace = workspace
        self.as_of = as_of
        self.known_on = as_of if known_on is None else known_on
        self.lookups = Lookups(RuleBook.shipped(workspace.overlay_path), as_of, self.known_on)

    @cached_property
    def rules(self) -> ValuationRules:
        return fill_rules(ValuationRules, self.lookups)

    @cached_property
    def lives(self) -> tuple[Lives, str]:
        """Renewal and life models, and their version: see lives_of_workspace."""
        return lives_of_workspace(fill_rules(RenewalRules, self.lookups), self.workspace.path, self.as_of, self.models)

    @cached_property
    def facts(self) -> FactsView:
        return self.workspace.facts(self.as_of)

    @cached_property
    def loaded(self) -> frozenset[str]:
        """Tables that hold rows on the day."""
        return self.facts.with_rows(TABLES_READ)

    @cached_property
    def folder(self) -> Path:
        """Where results of this day, these rules and these facts are kept."""
        state = json.dumps(
            [
                ACT,
                __version__,
                str(self.as_of),
                str(self.known_on),
                self.lookups.edition,
                self.workspace.store.state(),
                self.lives[1],
                *([] if self.amortisation_years is None else [self.amortisation_years]),
            ]
        )
        return self.workspace.path / "results" / f"{self.as_of}-{hashlib.sha256(state.encode()).hexdigest()[:16]}"

    def check(self) -> None:
        """Raises InputError valuation.nothing_to_value where no patent was known on the day."""
        if "patent" not in self.loaded:
            raise InputError("valuation.nothing_to_value", workspace=self.workspace.path, as_of=self.as_of)

    @contextmanager
    def parts(self) -> Iterator[Keep]:
        """A store for what several parts of the queries read, taken away at the end."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix="parts-", dir=self.folder) as folder:

            def keep(name: str, table: ir.Table) -> ir.Table:
                path = Path(folder) / f"{name}.parquet"
                if not path.exists():
                    to_parquet(table, path)
                return read_parquet(self.workspace.backend, path)

            yield keep

    def values(self, keep: Keep) -> Valued:
        """The valuation itself: the same for a run and for its replay."""
        rows = rows_of_day(self.facts, self.lookups, keep, self.loaded)
        return value_rows(
            *rows,
            rules=self.rules,
            as_of=self.as_of,
            lives=self.lives[0],
            amortisation_years=self.amortisation_years,
        )


def rows_of_day(
    facts: FactsView, lookups: Lookups, keep: Keep, loaded: frozenset[str]
) -> tuple[pa.Table, pa.Table, pa.Table, pa.Table]:
    """Rows of patents, deals, hazards and owners, as value_rows takes them."""
    quality = patent_quality_table(facts, lookups, keep, loaded=loaded).select(*PATENT_COLUMNS_READ)
    quality = keep("patents_with_quality", quality)  # only what is read: the engine leaves the other columns out
    others = keep("patent_publications_superseded", superseded_publications(facts, lookups.as_of))
    patents = to_arrow(valuation_inputs(facts, lookups.as_of, quality, others, keep))
    deals = to_arrow(deal_rows(facts, lookups.as_of, others))
    return patents, deals, to_arrow(hazard_rows(quality)), to_arrow(ownership_rows(facts))


def value_patents(
    workspace: Workspace,
    as_of: date,
    actor: str = "-",
    progress: Progress | None = None,
    known_on: date | None = None,
    amortisation_years: int | None = None,
) -> ValuationRun:
    """Value every patent known on a day and write the run into the journal.

    actor               who asked for it.
    progress            called with (step, done, of) before each step.
    amortisation_years  a buyer may write the price off against tax over so many years; None leaves it out.
    Raises              valuation.nothing_to_value, valuation.amortisation_years_wrong; policy errors where a rule that
                        it needs is not in force.
    """
    valuer = Valuer(workspace, as_of, known_on, amortisation_years=amortisation_years)

    def step(name: str) -> None:
        if progress is not None:
            progress(name, STEPS.index(name), len(STEPS))

    valuer.check()
    step("rules")
    assert valuer.rules
    with valuer.parts() as keep:
        step("patents")
        valued = valuer.values(keep)
    step("values")
    patents, portfolios = valuer.folder / PATENTS, valuer.folder / PORTFOLIOS
    _write(patent_table(valued), patents)
    _write(portfolio_table(valued), portfolios)
    step("hashes")
    rows = content_hash(valuer.facts, sorted(valuer.loaded))
    digest = _hash_of(workspace, patents, portfolios)
    step("journal")
    entry = _journal_entry(workspace, valuer, actor, rows, valued, digest)
    unverified = tuple(sorted({found.name for found in valuer.lookups.unverified()}))
    run = ValuationRun(
        patents, portfolios, as_of, len(valued.patents), len(valued.portfolios.company), digest,
        valuer.lookups.edition, unverified, valued.findings, entry,
    )  # fmt: skip
    _keep_summary(run, valuer.folder)
    return run


def value_or_recall(
    workspace: Workspace,
    as_of: date,
    actor: str = "-",
    progress: Progress | None = None,
    known_on: date | None = None,
    amortisation_years: int | None = None,
) -> ValuationRun:
    """The run of the day that is kept in the workspace, else a new one: for questions about one company or patent."""
    valuer = Valuer(workspace, as_of, known_on, amortisation_years=amortisation_years)
    kept = valuer.folder / SUMMARY
    if not kept.is_file():
        return value_patents(workspace, as_of, actor, progress, known_on, amortisation_years)
    said = json.loads(kept.read_text("utf-8"))
    findings = tuple(InputError(code, **details) for code, details in said["findings"])
    return ValuationRun(
        valuer.folder / PATENTS, valuer.folder / PORTFOLIOS, as_of, said["rows"], said["companies"],
        said["result_hash"], valuer.lookups.edition, tuple(said["unverified"]), findings, None,
    )  # fmt: skip


def _keep_summary(run: ValuationRun, folder: Path) -> None:
    said = {
        "rows": run.rows,
        "companies": run.companies,
        "result_hash": run.result_hash,
        "unverified": run.unverified,
        "findings": [(one.code, one.details) for one in run.findings],
    }
    beside = folder / f"{SUMMARY}.part"
    beside.write_text(json.dumps(said, ensure_ascii=False, default=str), "utf-8")
    beside.replace(folder / SUMMARY)


def replay(workspace: Path, entry: Entry) -> str:
    """Do the run of an entry again, from facts and rules as of its day; the hash of the result."""
    with Workspace.open(workspace) as opened:
        assert entry.as_of is not None
        years = entry.inputs.get("amortisation_years")
        assert years is None or isinstance(years, int)
        valuer = Valuer(opened, entry.as_of, entry.known_on, str(entry.model_versions["renewal"]), years)
        valuer.check()
        with valuer.parts() as keep:
            valued = valuer.values(keep)
        with TemporaryDirectory(prefix="replay-", dir=valuer.folder) as folder:
            patents, portfolios = Path(folder) / "patents.parquet", Path(folder) / "portfolios.parquet"
            _write(patent_table(valued), patents)
            _write(portfolio_table(valued), portfolios)
            return _hash_of(opened, patents, portfolios)


def _hash_of(workspace: Workspace, patents: Path, portfolios: Path) -> str:
    """One hash of both tables."""
    digests = [result_hash(read_parquet(workspace.backend, path), ACT)[1] for path in (patents, portfolios)]
    return hashlib.sha256("".join(f"{digest}\n" for digest in digests).encode()).hexdigest()


def _journal_entry(
    workspace: Workspace, valuer: Valuer, actor: str, rows: dict[str, tuple[int, str]], valued: Valued, digest: str
) -> Entry:
    together = hashlib.sha256("".join(f"{name}:{hashed}\n" for name, (_, hashed) in sorted(rows.items())).encode())
    lookups = valuer.lookups
    record = Record(
        act=ACT,
        actor=actor,
        role="valuer",
        inputs={"patents": "all"}
        | ({} if valuer.amortisation_years is None else {"amortisation_years": valuer.amortisation_years}),
        result={
            "patents": len(valued.patents),
            "companies": len(valued.portfolios.company),
            "methods": list(valued.methods),
            "deals": valued.appraisal.frame.market.deals,
            "findings": [finding.code for finding in valued.findings],
            "unverified": sorted({found.name for found in lookups.unverified()}),
        },
        result_hash=digest,
        as_of=valuer.as_of,
        known_on=valuer.known_on,
        rows_hash=together.hexdigest(),
        row_counts={name: count for name, (count, _) in rows.items()},
        rule_edition=lookups.edition,
        rules_used=tuple(rule_use(used) for used in lookups.records()),
        model_versions={"renewal": valuer.lives[1]},
    )
    with Journal.open(workspace.cases_path) as journal:
        return journal.append(record)


def _write(table: pa.Table, path: Path) -> None:
    """Written beside first and then renamed, so that an interrupted run leaves no half file."""
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    pq.write_table(table, beside)
    beside.replace(path)


def values_of(
    workspace: Workspace, run: ValuationRun, company: str | None = None, patent: str | None = None
) -> tuple[pa.Table, pa.Table]:
    """The rows of patents and portfolios of a run: all, one company's, or one patent's and its owner's.

    Raises  valuation.company_without_patents, valuation.patent_unknown, valuation.patent_of_another.
    """
    rows, whole = (to_arrow(read_parquet(workspace.backend, path)) for path in (run.patents, run.portfolios))
    if company is None and patent is None:
        return rows, whole
    rows = rows_asked(rows, company, patent, run.as_of)
    owners = rows["company_id"].unique()
    return rows, whole.filter(pc.is_in(whole["company_id"], owners))


def rows_asked(rows: pa.Table, company: str | None, patent: str | None, as_of: date) -> pa.Table:
    """The rows of one company, or of one patent. Raises as values_of."""
    if patent is not None:
        rows = rows.filter(pc.equal(rows["publication_number"], patent))
        if not len(rows):
            raise InputError("valuation.patent_unknown", patent=patent, as_of=as_of)
        (owner,) = rows["company_id"].to_pylist()
        if company not in (None, owner):
            raise InputError("valuation.patent_of_another", patent=patent, owner=owner, company=company)
    elif company is not None:
        rows = rows.filter(pc.equal(rows["company_id"], company))
        if not len(rows):
            raise InputError("valuation.company_without_patents", company=company, as_of=as_of)
    return rows


def as_query(rows: pa.Table) -> ir.Table:
    """Rows as a query, for those who go on asking."""
    return ibis.memtable(rows)
