"""The lending desk of a workspace on a day: rules, borrowers' figures, scores and values, made once and kept.

One row a company is stored beside the evaluation of the day; a decision reads one row of it, a list of offers all.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis

from kejin.credit.borrower_facts import TABLES_READ as BORROWER_TABLES
from kejin.credit.borrower_facts import borrower_facts
from kejin.credit.products.inputs import APPLICATION_INPUTS
from kejin.credit.registered_model import RegisteredModel
from kejin.credit.score_table import reason_columns
from kejin.engines.run_query import read_parquet, to_parquet
from kejin.engines.source_rows import source_rows
from kejin.engines.stored_rows import stored_row
from kejin.errors import InputError
from kejin.evaluation.company_inputs import company_inputs
from kejin.journal import Entry
from kejin.workflows.borrower_score import BorrowerScore, borrower_score
from kejin.workflows.default_models import model_in_use, scorecard_of
from kejin.workflows.evaluate_companies import Evaluator
from kejin.workflows.lending_rules import LendingRules, check_day, lending_rules
from kejin.workflows.loan_figures import FIGURES_READ, PLEDGE_COLUMNS
from kejin.workflows.score_default import scores_of_day
from kejin.workflows.workspace import FACTS_FILE, Workspace

if TYPE_CHECKING:
    import ibis.expr.types as ir

FILE = "borrowers.parquet"
# As a valuation of patents writes them, with value_cny_low, _mid and _high.
PORTFOLIO_VALUES, PATENT_VALUES = "portfolio_values.parquet", "patent_values.parquet"
_ENDS = ("low", "mid", "high")
STAGE_COLUMN = "life_cycle__stage_code"
REPORTED = (
    *("rd_intensity_1y", "rd_expense_growth_1y", "rd_staff_share", "research_standing", "patent_standing"),
    *("patents_in_force", "inventions_in_force", "citation_percentile_mean", "maintained_share"),
)
SOURCES_MAX = 50  # rows of a table that are listed
_KEPT = ("company_id", "name", "district", "cluster_code", "park_id", "report_year")


class LendingDesk:
    """What a decision needs beside the application. The workspace may be open for reading only.

    model   version of the default model to use; None: the one registered for the day.
    """

    def __init__(
        self, workspace: Workspace, as_of: date, known_on: date | None = None, model: str | None = None
    ) -> None:
        self.workspace = workspace
        self.as_of = as_of
        self.model = model
        self.evaluator = Evaluator(workspace, as_of, known_on)

    @cached_property
    def rules(self) -> LendingRules:
        return lending_rules(self.as_of, self.evaluator.known_on, self.workspace.overlay_path)

    def check_day(self, product: str | None) -> None:
        """Refuses a day before the first rules of lending, before anything is worked out.

        Raises   workflows.product_day_early, which names the product's own rule; policy.nothing_in_force with a rule
                 of all loans where no product is asked for.
        """
        try:
            _ = self.rules
        except InputError as error:
            if not error.code.startswith("policy.nothing_"):
                raise
            check_day(product, self.as_of, self.evaluator.known_on, self.workspace.overlay_path)
            raise

    @cached_property
    def loaded(self) -> frozenset[str]:
        """Tables of the evaluation and of the books that hold rows on the day."""
        return self.evaluator.loaded | self.evaluator.facts.with_rows(BORROWER_TABLES)

    def borrowers(self) -> Path:
        """The file with one row a company: identity, what the products read, what the figures read."""
        path = self.evaluator.folder / FILE
        if not path.exists():
            self.evaluator.check()
            beside = path.with_suffix(".part")
            to_parquet(self._borrower_table(), beside)
            beside.replace(path)
        return path

    @cached_property
    def columns(self) -> frozenset[str]:
        """The columns of the borrowers' file."""
        return frozenset(self.borrower_table().columns)

    @cached_property
    def registered(self) -> RegisteredModel | None:
        """The default model of the day; None where none is registered."""
        try:
            return model_in_use(self.workspace, self.as_of, self.model)
        except InputError as error:
            if error.code != "credit.model_missing":
                raise
            return None

    @property
    def model_used(self) -> str | None:
        """Version and hash of the default model, as the journal stores them; None without a model."""
        model = self.registered
        return None if model is None else f"{model.version}:{model.model_hash}"

    def scores(self) -> Path | None:
        """The file with one row a company of what the model says; None without a model."""
        model = self.registered
        if model is None:
            return None
        path = self.evaluator.folder / f"scores-{model.model_hash[:16]}.parquet"
        if not path.exists():
            scored = scores_of_day(self.evaluator, scorecard_of(self.workspace, model))
            beside = path.with_suffix(".part")
            to_parquet(scored.order_by("company_id"), beside)
            beside.replace(path)
        return path

    def score(self, company_id: str) -> BorrowerScore | None:
        """What the default model says of a company; None where no model is registered."""
        path, model = self.scores(), self.registered
        if path is None or model is None:
            return None
        return borrower_score(self._row(path, company_id), self._reason_columns, model, self.as_of)

    @cached_property
    def _reason_columns(self) -> tuple[str, ...]:
        assert self.registered is not None
        return reason_columns(scorecard_of(self.workspace, self.registered))

    def scored_borrowers(self) -> ir.Table:
        """The borrowers' rows with default_probability and model_usable, missing without a model."""
        path, model, rows = self.scores(), self.registered, self._with_pledges(self.borrower_table())
        if path is None or model is None:
            nothing = {name: ibis.null("float64") for name in ("default_probability", "model_usable")}
            return rows.mutate(**nothing).order_by("company_id")
        scored = read_parquet(self.workspace.backend, path)
        scored = scored.select("company_id", default_probability=scored.default_probability_1y)
        usable = ibis.literal(1.0 if model.usable(self.as_of) else 0.0)
        wide = rows.left_join(scored, "company_id").drop("company_id_right")
        return wide.mutate(model_usable=usable).order_by("company_id")

    def _with_pledges(self, rows: ir.Table) -> ir.Table:
        values = self.pledge_values()
        if values is None:
            kinds = {name: "string" if name == "pledge_right_kind" else "float64" for name in PLEDGE_COLUMNS}
            return rows.mutate(**{name: ibis.null(kind) for name, kind in kinds.items()})
        return rows.left_join(values, "company_id").drop("company_id_right")

    @cached_property
    def companies(self) -> int:
        """How many companies there are on the day."""
        return int(self.borrower_table().count().to_pyarrow().as_py())

    def borrower_table(self) -> ir.Table:
        return read_parquet(self.workspace.backend, self.borrowers())

    def borrower(self, company_id: str) -> dict[str, Any]:
        """One company's row. Raises InputError workflows.company_unknown."""
        row = self._row(self.borrowers(), company_id) | dict.fromkeys(PLEDGE_COLUMNS)
        values = self.pledge_values()
        if values is None:
            return row
        found = values.filter(values.company_id == company_id).to_pyarrow().to_pylist()
        return row | (found[0] if found else {})

    def pledge_values(self) -> ir.Table | None:
        """What a valuation of the same day and facts found: company_id and PLEDGE_COLUMNS; None where there is none.

        The portfolio's value counts; the kind of right is that of most of its value.
        """
        newest = _newest(self.workspace.path, self.as_of)
        if newest is None:
            return None
        backend = self.workspace.backend
        whole = read_parquet(backend, newest)
        patents = read_parquet(backend, newest.with_name(PATENT_VALUES))
        kinds = patents.group_by("company_id", "patent_kind").agg(worth=patents.value_cny_low.sum())
        kinds = kinds.group_by("company_id").agg(pledge_right_kind=kinds.patent_kind.argmax(kinds.worth))
        joined = whole.left_join(kinds, "company_id")
        fen = {f"pledge_value_fen_{end}": (joined[f"value_cny_{end}"] * 100).cast("float64") for end in _ENDS}
        return joined.select("company_id", "pledge_right_kind", **fen)

    def _row(self, path: Path, company_id: str, columns: str = ".*") -> dict[str, Any]:
        row = stored_row(path, company_id, columns)
        if row is None:
            raise InputError(
                "workflows.company_unknown", company=company_id, as_of=self.as_of, workspace=self.workspace.path
            )
        return row

    def look_up(self, company_id: str) -> None:
        """Reads everything that a decision on a company reads, so that the next one finds it at hand.

        Nothing where the day's borrowers were not put together yet: that is long work, which nobody asked for.
        """
        if (self.evaluator.folder / FILE).is_file():
            self.borrower(company_id)
            self.standing(company_id)
            self.score(company_id)

    def standing(self, company_id: str) -> dict[str, Any]:
        """Research and patents of a company as the evaluation of the day has them."""
        row = self._row(self.evaluator.results(), company_id, "|".join(("company_id", *REPORTED)))
        return {name: row[name] for name in REPORTED if name in row}

    def sources(self, company_id: str) -> list[dict[str, Any]]:
        """The rows of facts that stand behind a company's figures: table, key, day known, source."""
        return source_rows(self.workspace.backend, self.loaded, [company_id], self.as_of, SOURCES_MAX)

    def bank(self, institution_id: str) -> Mapping[str, float | None]:
        """A bank's assets, tier-1 capital and M&A loans, in fen. Raises workflows.bank_unknown."""
        institutions, loans = (self.evaluator.facts.table(name) for name in ("institution", "loan"))
        found = institutions.filter(
            institutions.institution_id == institution_id, institutions.institution_kind == "bank"
        )
        for row in found.to_pyarrow().to_pylist():
            branches = institutions.filter(institutions.parent_id == institution_id).institution_id
            lent = loans.filter(
                loans["product"] == "merger",
                loans.due_on > self.as_of,
                (loans.institution_id == institution_id) | loans.institution_id.isin(branches),
            )
            merger = lent.amount_cny.sum().to_pyarrow().as_py()
            return {
                "bank_assets_fen": _fen(row["total_assets_cny"]),
                "bank_tier1_fen": _fen(row["tier1_capital_cny"]),
                "bank_merger_fen": _fen(merger) or 0.0,
            }
        raise InputError("workflows.bank_unknown", bank=institution_id, as_of=self.as_of)

    def _borrower_table(self) -> ir.Table:
        facts, rules = self.evaluator.facts, self.rules
        books = borrower_facts(facts, self.as_of, self.loaded)
        wanted = {*rules.program.inputs, *FIGURES_READ} - set(APPLICATION_INPUTS) - set(books.columns)
        wanted -= {"stage_code", *PLEDGE_COLUMNS}
        figures = company_inputs(facts, self.as_of, wanted | {"report_year"}, self.loaded, None)
        evaluation = read_parquet(self.workspace.backend, self.evaluator.results())
        stage = ibis.null("float64")
        if STAGE_COLUMN in evaluation.columns:
            stage = evaluation[STAGE_COLUMN]
        stages = evaluation.select("company_id", stage_code=stage)
        wide: Any = figures.left_join(books, "company_id", rname="{name}_of_books")
        wide = wide.left_join(stages, "company_id", rname="{name}_of_stage")
        names = dict.fromkeys([*figures.columns, *books.columns, "stage_code"])
        # In order of companies: one company is found without reading all, and a list comes out in the same order.
        return wide.select(*names).order_by("company_id")


def _newest(workspace: Path, as_of: date) -> Path | None:
    """The newest valuation of the day that is not older than the facts; None where there is none."""
    loaded = (workspace / FACTS_FILE).stat().st_mtime
    made = [path for path in workspace.glob(f"results/{as_of}-*/{PORTFOLIO_VALUES}") if path.stat().st_mtime >= loaded]
    return max(made, key=lambda path: path.stat().st_mtime, default=None)


def _fen(amount: Any) -> float | None:
    return None if amount is None else float(int(amount * 100))


def version_of(entry: Entry) -> str | None:
    """Version of the default model that an entry of the journal used; None without one."""
    used = entry.model_versions.get("default")
    return None if used is None else used.partition(":")[0]
