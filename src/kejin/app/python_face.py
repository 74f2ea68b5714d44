"""Kejin from Python: `ws = kejin.open("dir"); ws.evaluate(as_of="2026-09-30")`, the same acts as the command."""

from __future__ import annotations

import getpass
from datetime import date
from decimal import Decimal
from html import escape
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from kejin.dates import parse_day

if TYPE_CHECKING:
    from kejin.evaluation.profile import Profile
    from kejin.workflows.fit_default import FitRun
    from kejin.workflows.load_facts import LoadReport
    from kejin.workflows.loan_decision import LoanDecision

ROWS_SHOWN = 10
COLUMNS_SHOWN = 8
_OF_APPLICATION = ("bank", "sharing", "pool_left_cny", "repayment", "grace_months")


class ResultTable:
    """Rows of a result; prints itself, and goes to pandas, Polars or Arrow.

    `notes` are sentences that belong beside the figures: rules that are unverified or not in force.
    """

    def __init__(self, rows: Any, notes: tuple[str, ...] = ()) -> None:
        self.query = rows
        self.notes = notes

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.query.columns)

    def __len__(self) -> int:
        return int(self.query.count().to_pyarrow().as_py())

    def to_arrow(self) -> Any:
        """All rows as a pyarrow.Table."""
        return self.query.to_pyarrow()

    def to_pandas(self) -> Any:
        """All rows as a pandas.DataFrame."""
        return self.to_arrow().to_pandas()

    def to_polars(self) -> Any:
        """All rows as a polars.DataFrame; Polars has to be installed."""
        import polars

        return polars.from_arrow(self.to_arrow())

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def _first(self) -> tuple[list[str], list[list[str]]]:
        names = list(self.columns[:COLUMNS_SHOWN])
        rows = self.query.select(*names).limit(ROWS_SHOWN).to_pyarrow().to_pylist()
        return names, [["missing" if row[name] is None else str(row[name]) for name in names] for row in rows]

    def __repr__(self) -> str:
        names, rows = self._first()
        widths = [max(len(cell) for cell in column) for column in zip(names, *rows, strict=True)]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (names, *rows)
        ]
        size = f"{len(self):,} rows × {len(self.columns)} columns"
        return "\n".join([*lines, size, *self.notes])

    def _repr_html_(self) -> str:
        names, rows = self._first()
        head = "".join(f"<th>{escape(name)}</th>" for name in names)
        body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        size = f"<p>{len(self):,} rows × {len(self.columns)} columns</p>"
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{size}{notes}"


class OpenWorkspace:
    """A workspace opened from Python; close it, or use it in a `with`."""

    def __init__(self, path: str | Path, write: bool = False) -> None:
        from kejin.workflows.workspace import Workspace

        self.workspace = Workspace.open(path, read_only=not write)

    def evaluate(self, as_of: date | str | None = None, *, actor: str | None = None) -> ResultTable:
        """Every company's evaluation on a day (today when not given); written into the journal."""
        from kejin.engines.run_query import read_parquet
        from kejin.workflows.evaluate_companies import evaluate_companies

        run = evaluate_companies(self.workspace, _day(as_of), actor or getpass.getuser())
        notes = [error.part("what") for _, error in run.rules.absent]
        if run.rules.unverified:
            notes.append("unverified rules used: " + ", ".join(run.rules.unverified))
        return ResultTable(read_parquet(self.workspace.backend, run.path), tuple(notes))

    def value_patents(
        self,
        as_of: date | str | None = None,
        *,
        company: str | None = None,
        patent: str | None = None,
        portfolios: bool = False,
        amortisation_years: int | None = None,
        actor: str | None = None,
    ) -> ResultTable:
        """Low, middle and high value of every patent on a day (today when not given); written into the journal.

        company, patent      only the patents of one company, or one patent.
        portfolios           one row a company instead.
        amortisation_years   a buyer may write the price off against tax over so many years; None leaves it out.
        """
        from kejin.workflows.value_patents import as_query, value_or_recall, value_patents, values_of

        act = value_patents if company is None and patent is None else value_or_recall
        who = actor or getpass.getuser()
        run = act(self.workspace, _day(as_of), who, amortisation_years=amortisation_years)
        rows, whole = values_of(self.workspace, run, company, patent)
        notes = [finding.part("what") for finding in run.findings]
        if run.unverified:
            notes.append("unverified rules used: " + ", ".join(run.unverified))
        return ResultTable(as_query(whole if portfolios else rows), tuple(notes))

    def trace_funds(
        self, as_of: date | str | None = None, *, loan: str | None = None, rule: str = "lifo", actor: str | None = None
    ) -> ResultTable:
        """Where the money of every loan went, or of one; written into the journal."""
        from kejin.engines.run_query import read_parquet
        from kejin.workflows.loan_tracing import TraceOptions
        from kejin.workflows.trace_funds import FundTracing, trace_funds

        tracing = FundTracing(self.workspace, _day(as_of), TraceOptions(rule), loan)  # type: ignore[arg-type]
        run = trace_funds(tracing, actor or getpass.getuser())
        notes = [error.part("what") for error in run.findings]
        if run.rules.unverified:
            notes.append("unverified rules used: " + ", ".join(run.rules.unverified))
        return ResultTable(read_parquet(self.workspace.backend, run.path), tuple(notes))

    def profile(self, company: str, as_of: date | str | None = None, **changes: Any) -> Profile:
        """One company's profile; keyword arguments set inputs to other values, to see what would follow."""
        from kejin.workflows.company_profile import Profiler
        from kejin.workflows.evaluate_companies import Evaluator

        evaluator = Evaluator(self.workspace, _day(as_of))
        evaluator.check()
        return Profiler(evaluator).profile(company, changes)

    def assess_loan(
        self, company: str, product: str, amount: Decimal | int | str, term_months: int, purpose: str,
        as_of: date | str | None = None, *, actor: str | None = None, **given: Any,
    ) -> LoanDecision:  # fmt: skip
        """The advice on one application, written into the journal.

        given   bank, sharing, pool_left_cny, repayment, grace_months of an Application; any other keyword is a fact of
                the application by its input name (amounts whole fen).
        """
        from kejin.workflows.assess_loan import assess_loan
        from kejin.workflows.lending_desk import LendingDesk
        from kejin.workflows.loan_application import Application

        own = {name: given.pop(name) for name in _OF_APPLICATION if name in given}
        asked = Application(company, product, Decimal(str(amount)), term_months, purpose, **own, given=given)
        return assess_loan(LendingDesk(self.workspace, _day(as_of)), asked, actor or getpass.getuser())

    def preapprove(self, as_of: date | str | None = None, *, actor: str | None = None) -> ResultTable:
        """Every company against every product on a day; written into the journal."""
        from kejin.engines.run_query import read_parquet
        from kejin.workflows.lending_desk import LendingDesk
        from kejin.workflows.preapprove import preapprove

        made = preapprove(LendingDesk(self.workspace, _day(as_of)), actor or getpass.getuser())
        notes = [error.part("what") for error in made.rules.absent.values()]
        notes.append("unverified rules used: " + ", ".join(made.rules.unverified))
        return ResultTable(read_parquet(self.workspace.backend, made.path), tuple(notes))

    def fit_default(self, as_of: date | str | None = None, *, owner: str | None = None, **more: Any) -> FitRun:
        """A default model fitted on a day, judged on later rows, registered as not validated."""
        from kejin.workflows.fit_default import fit_default

        return fit_default(self.workspace, _day(as_of), owner or getpass.getuser(), **more)

    def score_default(self, as_of: date | str | None = None, *, actor: str | None = None) -> ResultTable:
        """Every company's probability of default within a year; `notes` say what must be said about the model."""
        from kejin.engines.run_query import read_parquet
        from kejin.workflows.score_default import score_companies

        run = score_companies(self.workspace, _day(as_of), actor or getpass.getuser())
        notes = tuple(notice.part("what") for notice in run.notices)
        return ResultTable(read_parquet(self.workspace.backend, run.path), notes)

    def facts(self, table: str, as_of: date | str | None = None) -> ResultTable:
        """The rows of a table of facts that were known on a day."""
        return ResultTable(self.workspace.facts(_day(as_of)).table(table))

    def load(self, *paths: str | Path) -> LoadReport:
        """Check files and load the good rows; the workspace must be open for writing."""
        from kejin.workflows.load_facts import load_facts

        return load_facts(self.workspace, [Path(path) for path in paths])

    def close(self) -> None:
        self.workspace.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _day(day: date | str | None) -> date:
    if day is None:
        return date.today()  # noqa: DTZ011 — the user's own day is meant
    return parse_day(day) if isinstance(day, str) else day
