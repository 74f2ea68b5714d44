"""Does quality that was known early rank patents by the citations that came later, and what does it cost?

    python benchmarks/patent_quality.py real ../shared/data/patstat_cn
    python benchmarks/patent_quality.py city CITY 2018-12-31 2026-09-30
    python benchmarks/patent_quality.py speed CITY 2026-09-30

`real` prints figures of the extract, never a row. `city` computes quality as of the first day and counts the citations
after it, up to the second. `speed` prints clock and processor seconds of every stored step.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

from kejin.engines.parquet_facts import facts_from_parquet
from kejin.engines.run_query import read_parquet, to_arrow, to_parquet
from kejin.evaluation.patent_cohorts import with_cohort_percentile
from kejin.policy import Lookups, RuleBook
from kejin.workflows.load_facts import load_facts
from kejin.workflows.patent_quality_query import patent_quality_table
from kejin.workflows.workspace import Workspace

EXTRACT_DAY = date(2026, 3, 31)  # any day after the extract was known; rules of that day
RESAMPLES = 2_000
PATENTS_MIN = 50
Floats = NDArray[np.float64]
Keep = Callable[[str, ir.Table], ir.Table]


@contextmanager
def stored(backend: Any, show: bool = False) -> Iterator[Keep]:
    """A store of intermediate results; with `show` it prints what each one took."""
    with tempfile.TemporaryDirectory() as folder:

        def keep(name: str, table: ir.Table) -> ir.Table:
            path = Path(folder) / f"{name}.parquet"
            if not path.exists():
                clock, processor = time.perf_counter(), time.process_time()
                to_parquet(table, path)
                if show:
                    took = time.perf_counter() - clock, time.process_time() - processor
                    print(f"| `{name}` | {took[0]:.2f} | {took[1]:.2f} |", flush=True)
            return read_parquet(backend, path)

        yield keep


def correlation(x: Floats, y: Floats, cluster: NDArray[Any], rng: np.random.Generator) -> tuple[float, float, float]:
    """Correlation of two columns of within-cohort percentiles, and its 90% interval by resampling whole clusters."""
    _, place = np.unique(cluster, return_inverse=True)
    sums = np.stack([np.bincount(place, part) for part in (np.ones_like(x), x, y, x * x, y * y, x * y)])

    def of(total: Floats) -> Any:
        n, sx, sy, sxx, syy, sxy = total
        return (n * sxy - sx * sy) / np.sqrt((n * sxx - sx**2) * (n * syy - sy**2))

    clusters = sums.shape[1]
    weights = rng.multinomial(clusters, np.full(clusters, 1 / clusters), size=RESAMPLES)
    low, high = np.quantile(of(sums @ weights.T), [0.05, 0.95])
    return float(of(sums.sum(axis=1))), float(low), float(high)


def percentiles(table: ir.Table, columns: list[str], keep: Keep) -> ir.Table:
    """Within field and filing year, for each column, as `<column>_place` in 0..1."""
    for column in columns:
        table = with_cohort_percentile(
            table,
            column,
            keep=lambda name, made, column=column: keep(f"bench_{name}_{column}", made),  # type: ignore[misc]
            size=f"{column}_size",
            percentile=f"{column}_ppm",
        )
        table = keep(f"bench_{column}", table.mutate(**{f"{column}_place": table[f"{column}_ppm"] / 1e6}))
    return table


def real(directory: Path) -> None:
    """The extract: what is known at filing against the citations that came afterwards."""
    rules = Lookups(RuleBook.shipped(), EXTRACT_DAY)
    rng = np.random.default_rng(1)
    predictors = ["early_quality", "family_size", "classes", "inventor_count"]
    with tempfile.TemporaryDirectory() as folder, Workspace.create(Path(folder, "china")) as workspace:
        load_facts(workspace, [directory], mapping="patstat_cn")
        load_facts(workspace, [directory], mapping="oecd_patent_quality_epo")
        view = workspace.facts(EXTRACT_DAY)
        with stored(workspace.backend) as keep:
            table = keep("quality", patent_quality_table(view, rules, keep, of_office="EP"))
            shenzhen = _shenzhen(workspace, directory)
            table = table.mutate(in_shenzhen=table.publication_number.isin(shenzhen))
            found = to_arrow(percentiles(table, [*predictors, "forward_citations"], keep)).to_pandas()
    found = found[found.forward_citations_place.notna() & found.early_quality_place.notna()]
    print(f"{len(found):,} patents of {found.company_id.nunique():,} first applicants, filed {found.filing_year.min()}"
          f" to {found.filing_year.max()}.\n")  # fmt: skip
    print("| ranked by | patents | correlation of ranks | 90% interval |\n|---|---:|---:|---|")
    for name in predictors:
        _line(f"`{name}`, all", found, f"{name}_place", rng)
    groups = {
        "filed up to 2004": found.filing_year <= 2004,
        "filed 2005 to 2010": found.filing_year >= 2005,
        "inventor in Shenzhen": found.in_shenzhen,
        "electrical engineering": found.field <= 8,
        "instruments": (found.field >= 9) & (found.field <= 13),
        "chemistry": (found.field >= 14) & (found.field <= 24),
        "mechanical engineering": (found.field >= 25) & (found.field <= 32),
    }
    for name, chosen in groups.items():
        _line(f"`early_quality`, {name}", found[chosen], "early_quality_place", rng)
    _tenths(found)
    _companies(found[found.in_shenzhen])
    known = found.family_size_office_percentile_ppm.dropna()
    print(f"\nFamily size against the OECD's EPO cohorts: {len(known):,} patents placed, mean {known.mean() / 1e6:.1%},"
          f" {(known >= 9e5).mean():.1%} in the top tenth.")  # fmt: skip


def _shenzhen(workspace: Workspace, directory: Path) -> list[str]:
    city = workspace.backend.read_parquet(directory / "patent_inventor_city.parquet")
    rows = city.filter(city.city.startswith("shenzhen")).select("appln_id").distinct()
    return [f"PATSTAT-{row}" for row in to_arrow(rows)["appln_id"].to_pylist()]


def _line(name: str, rows: Any, column: str, rng: np.random.Generator) -> None:
    rows = rows[rows[column].notna()]
    value, low, high = correlation(
        rows[column].to_numpy(float), rows.forward_citations_place.to_numpy(float), rows.company_id.to_numpy(), rng
    )
    print(f"| {name} | {len(rows):,} | {value:.3f} | {low:.3f} to {high:.3f} |")


def _tenths(found: Any) -> None:
    place = np.minimum((found.early_quality_place.to_numpy(float) * 5).astype(int), 4)
    top = found.forward_citations_ppm.to_numpy(float) >= 9e5
    print("\n| fifth by `early_quality` | patents | mean citation percentile | in the top tenth by citations |")
    print("|---|---:|---:|---:|")
    for number in range(5):
        of_fifth = place == number
        mean = found.forward_citations_place.to_numpy(float)[of_fifth].mean()
        print(f"| {number + 1} | {of_fifth.sum():,} | {mean:.1%} | {top[of_fifth].mean():.1%} |")


def _companies(found: Any) -> None:
    """Shenzhen's companies with enough patents, best mean early quality first; places instead of names."""
    grouped = found.groupby("company_id").agg(
        patents=("publication_number", "size"),
        early=("early_quality_place", "mean"),
        cited=("forward_citations_place", "mean"),
        top=("forward_citations_ppm", lambda ppm: (ppm >= 9e5).mean()),
        field=("field", lambda field: field.mode().iloc[0]),
    )
    grouped = grouped[grouped.patents >= PATENTS_MIN].sort_values("early", ascending=False)
    print(f"\n{len(grouped)} applicants with {PATENTS_MIN} or more of these patents and an inventor in Shenzhen.\n")
    print("| place | patents | field most often | mean early quality percentile | mean citation percentile | in the top"
          " tenth |\n|---:|---:|---:|---:|---:|---:|")  # fmt: skip
    for place, row in enumerate(grouped.head(10).itertuples(), 1):
        print(f"| {place} | {row.patents:,} | {row.field:.0f} | {row.early:.1%} | {row.cited:.1%} | {row.top:.1%} |")
    value = np.corrcoef(grouped.early.rank(), grouped.cited.rank())[0, 1]
    print(f"\nRank correlation of the two means over these applicants: {value:.2f}.")


def city(directory: Path, early: date, late: date) -> None:
    """The synthetic city: quality as of an early day against the citations between the days."""
    rng = np.random.default_rng(1)
    view = facts_from_parquet(directory, early, memory_limit="4GB", threads=2)
    backend = view.table("company").get_backend()
    with stored(backend) as keep:
        table = keep("quality", patent_quality_table(view, Lookups(RuleBook.shipped(), early), keep))
        citation = facts_from_parquet(directory, late, memory_limit="4GB", threads=2).table("patent_citation")
        citation = citation.filter(citation.cited_on > early)
        later = to_arrow(citation.group_by("cited_number").agg(later=citation.count())).to_pandas()
        table = table.filter(table.in_force | table.pending)
        columns = [
            "publication_number", "company_id", "field", "filing_year", "quality_4", "quality_6", "early_quality",
            "forward_citations_5y", "forward_citations_5y_scaled", "technology_relevance",
        ]  # fmt: skip
        found = to_arrow(table.select(*columns)).to_pandas()
        found["later"] = found.publication_number.map(later.set_index("cited_number").later).fillna(0.0)
        path = Path(tempfile.mkdtemp()) / "found.parquet"
        found.to_parquet(path)
        made = read_parquet(backend, path)
        names = [*columns[4:], "later"]
        ranked = to_arrow(percentiles(made, names, keep)).to_pandas()
    print(
        "| ranked by, as known on the first day | patents | correlation of ranks | 90% interval |\n|---|---:|---:|---|"
    )
    for name in names[:-1]:
        rows = ranked[ranked[f"{name}_place"].notna() & ranked.later_place.notna()]
        value, low, high = correlation(
            rows[f"{name}_place"].to_numpy(float), rows.later_place.to_numpy(float), rows.company_id.to_numpy(), rng
        )
        print(f"| `{name}` | {len(rows):,} | {value:.3f} | {low:.3f} to {high:.3f} |")


def speed(directory: Path, as_of: date) -> None:
    """Clock and processor seconds of every stored step, Parquet in, Parquet out."""
    view = facts_from_parquet(directory, as_of, memory_limit="4GB", threads=2)
    with stored(view.table("company").get_backend(), show=True) as keep:
        print("| step | seconds | processor seconds |\n|---|---:|---:|")
        clock, processor = time.perf_counter(), time.process_time()
        table = keep("patent_quality", patent_quality_table(view, Lookups(RuleBook.shipped(), as_of), keep))
        took = time.perf_counter() - clock, time.process_time() - processor
        print(f"| all, {to_arrow(table.count().name('n').as_table())['n'][0].as_py():,} patents |"
              f" {took[0]:.1f} | {took[1]:.1f} |")  # fmt: skip
    print(f"\nPeak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.1f} GB.")


if __name__ == "__main__":
    act, *rest = sys.argv[1:]
    if act == "real":
        real(Path(rest[0]))
    elif act == "city":
        city(Path(rest[0]), date.fromisoformat(rest[1]), date.fromisoformat(rest[2]))
    else:
        speed(Path(rest[0]), date.fromisoformat(rest[1]))
