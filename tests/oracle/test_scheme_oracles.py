"""Every scheme agrees with its second derivation, company by company, on both compilers; moved figures are noticed."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import edge_companies as edge
import edge_ladder as ladder
import edge_research as research
import pyarrow as pa
import pytest
from beijing_rd_centre_oracle import beijing_rd_centre
from high_tech_oracle import high_tech
from innovation_points_oracle import innovation_points
from innovative_sme_oracle import innovative_sme
from life_cycle_oracle import life_cycle
from little_giant_oracle import little_giant_2022, little_giant_2026
from specialised_sme_oracle import specialised_sme_2022, specialised_sme_2026
from star_board_oracle import star_board_2022, star_board_2024
from tech_sme_oracle import tech_sme

from kejin.engines.on_duckdb import connect_memory, ibis_over
from kejin.engines.run_query import to_arrow
from kejin.evaluation.inputs import input_of
from kejin.evaluation.schemes.catalogue import SCHEMES, SchemeVersion
from kejin.policy.lookups import Lookups
from kejin.policy.rule_book import RuleBook
from kejin.rule_values import (
    Anchor,
    AnchorTable,
    BandTable,
    CaseFigure,
    CodeMap,
    CodeSet,
    Figure,
    RowTable,
)
from kejin.schemes.compile_table import compile_table
from kejin.schemes.scheme import Scheme
from kejin.workflows.fill_rules import fill_rules

# Ibis asks DuckDB for a schema by an older name.
pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
ON_A_LINE = 1e-9  # points along a line are not whole; everything else must be equal
OLD, NEW = date(2026, 3, 31), date(2026, 4, 1)


@dataclass(frozen=True)
class Case:
    """One scheme on a day, its second derivation, and the companies to try."""

    scheme: str
    version: str
    day: date
    oracle: Callable[[Mapping[str, Any]], dict[str, Any]]
    around: tuple[edge.Row, edge.Choices]
    more: Sequence[edge.Row] = ()


CASES = {
    "tech_sme": Case("tech_sme", "2017", NEW, tech_sme, edge.TECH_SME, edge.TECH_SME_MORE),
    "high_tech": Case("high_tech", "2016", NEW, high_tech, edge.HIGH_TECH, edge.HIGH_TECH_MORE),
    "innovative_sme": Case(
        "innovative_sme", "2022", OLD, innovative_sme, edge.INNOVATIVE_SME, edge.INNOVATIVE_SME_MORE
    ),
    "specialised_sme_2022": Case(
        "specialised_sme", "2022", OLD, specialised_sme_2022, ladder.SPECIALISED_SME_2022, ladder.SPECIALISED_SMALL
    ),
    "specialised_sme_2026": Case(
        "specialised_sme", "2026", NEW, specialised_sme_2026, ladder.SPECIALISED_SME_2026, ladder.SPECIALISED_2026_SMALL
    ),
    "little_giant_2022": Case(
        "little_giant", "2022", OLD, little_giant_2022, ladder.LITTLE_GIANT_2022, ladder.LITTLE_GIANT_SMALLER
    ),
    "little_giant_2026": Case(
        "little_giant", "2026", NEW, little_giant_2026, ladder.LITTLE_GIANT_2026, ladder.LITTLE_GIANT_2026_SMALLER
    ),
    "star_board_2022": Case(
        "star_board", "figures", date(2024, 4, 29), star_board_2022, research.STAR_BOARD, research.STAR_BOARD_MORE
    ),
    "star_board_2024": Case(
        "star_board", "figures", date(2024, 4, 30), star_board_2024, research.STAR_BOARD, research.STAR_BOARD_MORE
    ),
    "beijing_rd_centre": Case(
        "beijing_rd_centre", "2020", NEW, beijing_rd_centre, research.BEIJING, research.BEIJING_SECTORS
    ),
    "life_cycle": Case("life_cycle", "2025", NEW, life_cycle, research.LIFE_CYCLE, research.LIFE_CYCLE_MORE),
    "innovation_points": Case(
        "innovation_points", "2024", NEW, innovation_points, research.INNOVATION_POINTS, research.INNOVATION_STAGES
    ),
}
every_case = pytest.mark.parametrize("name", CASES)


def version_of(case: Case) -> SchemeVersion:
    return SCHEMES[case.scheme][case.version]


@cache
def rules_of(name: str) -> Any:
    case = CASES[name]
    return fill_rules(version_of(case).rules, Lookups(RuleBook.shipped(), case.day))


def scheme_of(name: str) -> Scheme:
    return version_of(CASES[name]).build(rules_of(name))


@cache
def rows_of(name: str) -> list[edge.Row]:
    case = CASES[name]
    return [*edge.companies(*case.around, count=420, seed=20260401), *case.more]


@cache
def expected_of(name: str) -> list[dict[str, Any]]:
    return [CASES[name].oracle(row) for row in rows_of(name)]


def differences(scheme: Scheme, expected: Mapping[str, Any], got: Mapping[str, Any]) -> list[str]:
    """Everything that the second derivation says and the scheme does not."""
    found = []
    for part, wanted in expected.items():
        if isinstance(wanted, tuple):
            stem = f"{scheme.id}__{part}_" if part.endswith("__block") else f"{scheme.id}__{part}__"
            ends = [got[f"{stem}{end}"] for end in ("low", "high")]
            if any(
                have is None or abs(have - float(want)) > ON_A_LINE for have, want in zip(ends, wanted, strict=True)
            ):
                found.append(f"{part}: {ends} instead of {[float(want) for want in wanted]}")
        elif got[f"{scheme.id}__{part}"] != wanted:
            found.append(f"{part}: {got[f'{scheme.id}__{part}']} instead of {wanted}")
    return found


def disagreements(scheme: Scheme, name: str, at_most: int = 5) -> list[str]:
    """The first companies on which the scheme and its second derivation differ."""
    found: list[str] = []
    for row, expected in zip(rows_of(name), expected_of(name), strict=True):
        got = scheme.evaluate_row({column: row.get(column) for column in scheme.detail.inputs})
        if problems := differences(scheme, expected, got):
            centre = CASES[name].around[0]
            changed = {column: value for column, value in row.items() if value != centre[column]}
            found.append(f"{changed}: {'; '.join(problems)}")
            if len(found) == at_most:
                break
    return found


@every_case
def test_one_company_at_a_time_agrees_with_the_second_derivation(name: str) -> None:
    scheme = scheme_of(name)
    assert len(rows_of(name)) >= 200
    assert set(scheme.detail.inputs) == set(CASES[name].around[0])
    assert disagreements(scheme, name) == []


@every_case
def test_whole_tables_agree_with_the_second_derivation(name: str) -> None:
    scheme = scheme_of(name)
    found = []
    for row, expected, got in zip(rows_of(name), expected_of(name), on_duckdb(scheme, rows_of(name)), strict=True):
        found += [f"{row}: {problem}" for problem in differences(scheme, expected, got)]
    assert found[:5] == []


@every_case
def test_the_second_derivation_speaks_of_every_gate_and_item(name: str) -> None:
    scheme, parts = scheme_of(name), set(expected_of(name)[0])
    gates, items = {gate.name for gate in scheme.gates}, {item.name for item in scheme.items}
    blocks = {f"{block.name}__block" for block in scheme.blocks}
    assert parts == gates | items | blocks | {"qualifies"} | ({"score"} if items else set()) | (parts & {"stage_code"})


@every_case
def test_companies_lie_on_both_sides_of_every_gate(name: str) -> None:
    for gate in scheme_of(name).gates:
        assert {expected[gate.name] for expected in expected_of(name)} == {True, False, None}, gate.name


def on_duckdb(scheme: Scheme, rows: Sequence[edge.Row]) -> list[dict[str, Any]]:
    kinds = {"flag": pa.bool_(), "text": pa.string()}
    columns = {"company": pa.array(range(len(rows)), pa.int64())}
    for column in scheme.detail.inputs:
        kind = kinds.get(input_of(column).unit, pa.float64())
        values = [row.get(column) for row in rows]
        columns[column] = pa.array(values if kind in kinds.values() else _floats(values), kind)
    backend = ibis_over(connect_memory())
    table = backend.create_table("companies", pa.table(columns))
    result: list[dict[str, Any]] = to_arrow(compile_table(scheme.detail, table, ("company",))).to_pylist()
    backend.disconnect()
    return sorted(result, key=lambda row: row["company"])


def _floats(values: Sequence[Any]) -> list[float | None]:
    return [None if value is None else float(value) for value in values]


# Planted faults: every single figure of every scheme, moved, must be noticed.


def moved_figures(value: Any) -> list[tuple[str, Any]]:
    """The rule value with one of its figures changed, once for each figure."""
    match value:
        case Figure():
            return [("value", replace(value, value=_nudged(value.value)))]
        case CaseFigure():
            first = [("otherwise", replace(value, otherwise=moved_figures(value.otherwise)[0][1]))]
            return first + [
                (f"case {place}", replace(value, cases=_changed(value.cases, place, (tree, moved_figures(one)[0][1]))))
                for place, (tree, one) in enumerate(value.cases)
            ]
        case BandTable():
            found = [("below", replace(value, below_low=value.below_low + 1, below_high=value.below_high + 1))]
            for place, band in enumerate(value.bands):
                for what, other in (
                    ("edge", replace(band, edge=_nudged(band.edge))),
                    ("side", replace(band, open=not band.open)),
                    ("points", replace(band, points_low=band.points_low + 1, points_high=band.points_high + 1)),
                ):
                    found.append((f"{what} {band.edge}", replace(value, bands=_changed(value.bands, place, other))))
            return found
        case CodeSet():
            return [(code, replace(value, codes=value.codes - {code})) for code in sorted(value.codes)]
        case RowTable():
            return [
                # A full mark is met only from below: raised, it would still hold every sum of its items.
                (
                    f"{key}.{column}",
                    replace(value, rows={**value.rows, key: {**row, column: cell + (-1 if column == FULL else 1)}}),
                )
                for key, row in value.rows.items()
                for column, cell in row.items()
                if isinstance(cell, Decimal)
            ]
        case AnchorTable():
            found = []
            for key, pair in value.anchors.items():
                others = [Anchor(_nudged(pair.floor), pair.full)]
                others += [Anchor(pair.floor, _nudged(pair.full))] if pair.full is not None else []
                found += [(key, replace(value, anchors={**value.anchors, key: other})) for other in others]
            return found
        case CodeMap():
            return [
                (code, replace(value, entries={key: to for key, to in value.entries.items() if to != code}))
                for code in sorted(set(value.entries.values()))
            ]
        case _:
            return []


def _nudged(figure: Decimal) -> Decimal:
    return figure + (Decimal(1) if figure == figure.to_integral_value() else Decimal("0.001"))


def _changed(sequence: Sequence[Any], place: int, other: Any) -> tuple[Any, ...]:
    return tuple(other if index == place else one for index, one in enumerate(sequence))


FULL = "points_max"
# Figures whose change cannot show in an answer, with the reason.
UNSEEN: dict[str, dict[str, str]] = {
    "tech_sme": {"tech_staff_points_above value": "points are 0, 4, 8 ...: above 0 and above 1 are the same"},
    "high_tech": dict.fromkeys(
        (
            *(f"points_max {item}.points_max" for item in ("ip_quantity", "ip_obtained", "ip_standard_bonus")),
            *(f"points_max {item}.points_max" for item in ("net_asset_growth", "sales_growth")),
        ),
        "the item's own table of points says the same",
    )
    | {"standard_bonus none.points_high": "without a standard, methods and specifications may still earn the bonus"},
    "specialised_sme_2022": dict.fromkeys(
        (
            f"points_max {item}.points_max"
            for item in (
                *("main_share", "main_growth", "niche_years", "product_field", "digital_level", "quality", "ip", "rd"),
                *("net_profit_rate", "debt_ratio", "provincial", "rd_staff", "rd_institution"),
            )
        ),
        "the item's own table of points says the same",
    ),
    "beijing_rd_centre": {"sector_by_industry manufacturing": "manufacturing and other have the same anchors"},
    "innovation_points": dict.fromkeys(
        (
            "growth_revenue_growth_min value",
            *(f"growth_equity_rounds {code}" for code in ("b", "c")),
        ),
        "signs of growth are shown and do not decide the stage",
    ),
}


@pytest.mark.slow
@every_case
def test_every_moved_figure_is_noticed(name: str) -> None:
    rules, build = rules_of(name), version_of(CASES[name]).build
    unnoticed = []
    for entry in fields(rules):
        for what, other in moved_figures(getattr(rules, entry.name)):
            label = f"{entry.name} {what}"
            if label in UNSEEN.get(name, set()):
                continue
            try:
                noticed = bool(disagreements(build(replace(rules, **{entry.name: other})), name, at_most=1))
            except (KeyError, AssertionError):
                noticed = True  # the scheme cannot even be built or asked
            if not noticed:
                unnoticed.append(label)
    assert unnoticed == []


def test_second_derivations_do_not_import_the_package() -> None:
    folder = Path(__file__).parent
    derivations = (path for path in folder.glob("*_oracle.py") if not path.name.startswith("test_"))
    plain = [*derivations, folder / "three_values.py", folder / "edge_companies.py"]
    assert len(plain) >= 11
    assert [str(path) for path in plain if imports_kejin(path.read_text("utf-8"))] == []
    assert imports_kejin("import kejin.units\n")
    assert imports_kejin("from kejin.evaluation import scheme\n")


def imports_kejin(source: str) -> bool:
    for node in ast.walk(ast.parse(source)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        if any(one.split(".")[0] == "kejin" for one in names):
            return True
    return False


def test_the_day_decides_the_version() -> None:
    """On 2026-03-31 the measures of 2022 hold, on 2026-04-01 those of 2026; the same company gets both answers."""
    for scheme in ("specialised_sme", "little_giant"):
        choices = [Lookups(RuleBook.shipped(), day).choice(f"titles/{scheme}/version") for day in (OLD, NEW)]
        assert choices == ["2022", "2026"]
        old, new = scheme_of(f"{scheme}_2022"), scheme_of(f"{scheme}_2026")
        centre = CASES[f"{scheme}_2026"].around[0] | CASES[f"{scheme}_2022"].around[0]
        answers = [
            one.evaluate_row({column: centre.get(column) for column in one.detail.inputs})[f"{scheme}__qualifies"]
            for one in (old, new)
        ]
        assert answers == [True, False]
