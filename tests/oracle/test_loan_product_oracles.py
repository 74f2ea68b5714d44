"""Every loan product at every edge and on the days on which rules change, against the second derivation in decimals."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from datetime import date, timedelta
from decimal import Decimal as Dec
from functools import cache
from pathlib import Path
from typing import Any

import loan_products_oracle as oracle
import pyarrow as pa
import pytest

from kejin.credit.products.catalogue import PRODUCTS
from kejin.credit.products.product import Product
from kejin.engines.on_duckdb import connect_memory, ibis_over
from kejin.engines.run_query import to_arrow
from kejin.errors import InputError
from kejin.policy.lookups import Lookups
from kejin.policy.rule_book import RuleBook
from kejin.rule_values import CaseFigure, CodeSet, Figure, RowTable
from kejin.schemes.compile_table import compile_table
from kejin.schemes.scheme import Input
from kejin.workflows.fill_rules import fill_rules
from kejin.workflows.lending_rules import LendingRules, lending_rules
from kejin.workflows.loan_case import loan_input

Row = dict[str, Any]
DAY = date(2026, 9, 30)
CHANGES = (
    *(date(2024, 7, 1), date(2025, 3, 5), date(2025, 4, 1), date(2025, 5, 7), date(2025, 5, 27), date(2025, 12, 31)),
    *(date(2026, 1, 15), date(2026, 1, 19)),
)
DAYS = sorted({DAY, *CHANGES, *(day - timedelta(days=1) for day in CHANGES)})
GOOD: Row = {
    "is_active": True,
    "on_serious_breach_list": False,
    "on_abnormal_list": False,
    "overdue_days": 0,
    "enforcement_cases": 0,
    "technology_company": True,
    "private_company": True,
    "pilot_city": True,
    "stage_code": 2,
    "age_years": 4,
    "unsecured_balance": Dec(1_000_000),
    "slow_cash_recovery": False,
    "revenue": Dec(50_000_000),
    "rd_expense": Dec(5_000_000),
    "degree_share": Dec("0.5"),
    "equity_rounds": 1,
    "latest_round": Dec(20_000_000),
    "months_since_round": 10,
    "investor_commitment": Dec(0),
    "in_park": True,
    "park_paired": True,
    "tenancy_months": 12,
    "rent_year": Dec(600_000),
    "rent_overdue": False,
    "pledge_value_low": Dec(10_000_000),
    "pledge_right_kind": "invention",
    "pledge_valuation": "internal",
    "project_cost": Dec(10_000_000),
    "amount": Dec(3_000_000),
    "term_months": 24,
    "purpose_code": "wages",
    "deal_kind": "control",
    "deal_price": Dec(100_000_000),
    "own_funds": Dec(40_000_000),
    "stake": Dec("0.6"),
    "stake_before": Dec(0),
    "in_control_before": False,
    "months_since_paid": 3,
    "replaces_merger_loan": False,
    "team_lead_years": 6,
    "bank_assets": Dec(200_000_000_000),
    "bank_tier1": Dec(20_000_000_000),
    "bank_merger": Dec(1_000_000_000),
    "bank_participation": Dec(100_000_000),
    "borrower_merger": Dec(0),
}
PURPOSE = {"research": "research", "fixed_asset": "equipment", "merger": "merger"}
FEN = Dec("0.01")


def around(*edges: Dec | int, step: Dec | int = FEN) -> tuple[Any, ...]:
    """Each edge, a step below and a step above, and a missing value."""
    return (*(value for edge in edges for value in (edge - step, edge, edge + step)), None)


MONTHS = around(12, 36, 60, 84, 120, step=1)
ALL_PURPOSES = (*oracle.PURPOSES["ip_pledge"], "plant", "merger", "merger_refinancing", *oracle.BARRED, None)
FLAGS = (True, False, None)
VARIED: dict[str, tuple[Any, ...]] = {
    "is_active": FLAGS,
    "on_serious_breach_list": FLAGS,
    "on_abnormal_list": FLAGS,
    "overdue_days": (0, 1, None),
    "enforcement_cases": (0, 1, None),
    "technology_company": FLAGS,
    "slow_cash_recovery": FLAGS,
    "stage_code": (1, 2, 3, None),
    "age_years": (0, 1, 5, 6, None),
    "unsecured_balance": around(Dec(17_000_000), Dec(20_000_000)),
    "revenue": (Dec(0), *around(Dec(100_000_000), step=Dec(1))),
    "rd_expense": (Dec(0), *around(Dec(1_500_000), Dec(2_500_000))),
    "degree_share": around(Dec("0.30"), step=Dec("0.001")),
    "equity_rounds": (0, 1, None),
    "latest_round": (Dec(0), *around(Dec(6_000_000))),
    "months_since_round": (24, 25, None),
    "investor_commitment": (None, Dec(0), *around(Dec(6_000_000))),
    "in_park": FLAGS,
    "park_paired": FLAGS,
    "tenancy_months": (5, 6, None),
    "rent_year": around(Dec(300_000)),
    "rent_overdue": FLAGS,
    "pledge_value_low": (Dec(0), *around(Dec(6_000_000), Dec(7_500_000), Dec(10_000_000))),
    "pledge_right_kind": (*oracle.PLEDGE_RATIO, None),
    "pledge_valuation": ("internal", "agreed", "external", "mixed", None),
    "project_cost": around((Dec(3_000_000) / Dec("0.7")).quantize(FEN), Dec(5_000_000)),
    "amount": around(
        Dec(100_000), Dec(4_000_000), Dec(5_000_000), Dec(10_000_000), Dec(60_000_000), Dec(70_000_000), Dec(80_000_000)
    ),
    "term_months": MONTHS,
    "purpose_code": ALL_PURPOSES,
    "deal_kind": ("control", "participation", "assets", None),
    "pilot_city": FLAGS,
    "deal_price": around(Dec(5_000_000), Dec(50_000_000), step=Dec(1)),
    "own_funds": around(Dec(20_000_000), Dec(30_000_000), Dec(40_000_000)),
    "stake": around(Dec("0.05"), Dec("0.20"), step=Dec("0.001")),
    "stake_before": around(Dec("0.20"), step=Dec("0.001")),
    "in_control_before": FLAGS,
    "months_since_paid": (12, 13, None),
    "replaces_merger_loan": FLAGS,
    "team_lead_years": (2, 3, 4, 5, None),
    "bank_assets": around(Dec(50_000_000_000), Dec(100_000_000_000)),
    "bank_tier1": around(Dec(60_000_000), Dec(120_000_000), step=Dec(1)),
    "bank_merger": around(Dec(9_997_000_000), Dec(340_333_333), step=Dec(1)),
    "bank_participation": around(Dec(297_900_000), step=Dec(1)),
    "borrower_merger": around(Dec(497_000_000), Dec(997_000_000), step=Dec(1)),
}
# Some edges are only met together with another value.
TOGETHER: tuple[Row, ...] = (
    {},
    {"deal_kind": "participation"},
    {"deal_kind": "participation", "stake_before": Dec("0.25")},
    {"in_control_before": True},
    {"technology_company": False},
    {"slow_cash_recovery": True},
    {"technology_company": False, "slow_cash_recovery": True},
    {"purpose_code": "merger_refinancing"},
    {"pledge_valuation": "external", "amount": Dec(12_000_000)},
    {"revenue": Dec(0)},
    {"equity_rounds": 0, "investor_commitment": Dec(6_000_000)},
)


def rows_of(name: str, whole: bool = True) -> Iterator[Row]:
    """Rows at every edge; not whole: without the pairs of values, for days beside the last."""
    base = GOOD | {"purpose_code": PURPOSE.get(name, "wages")}
    pairs = TOGETHER if name == "merger" else (*TOGETHER[:1], *TOGETHER[4:])
    for extra in pairs if whole else pairs[: 2 if name == "merger" else 1]:
        for column, values in VARIED.items():
            for value in values:
                if column != "amount" or value is not None:
                    yield base | dict(extra) | {column: value}


_MONEY = {
    "unsecured_balance": "unsecured_balance_fen", "revenue": "revenue_fen_y0", "rd_expense": "rd_expense_fen_y0",
    "latest_round": "latest_round_fen", "investor_commitment": "investor_commitment_fen", "rent_year": "rent_fen_year",
    "pledge_value_low": "pledge_value_fen_low", "project_cost": "project_cost_fen", "amount": "amount_fen",
    "deal_price": "deal_price_fen", "own_funds": "own_funds_fen", "bank_assets": "bank_assets_fen",
    "bank_tier1": "bank_tier1_fen", "bank_merger": "bank_merger_fen", "bank_participation": "bank_participation_fen",
    "borrower_merger": "borrower_merger_fen",
}  # fmt: skip


def as_inputs(row: Mapping[str, Any]) -> Row:
    """The oracle's row as the product's inputs: amounts in whole fen, everything a float, a flag or a text."""
    found: Row = {}
    for name, value in row.items():
        if name in _MONEY:
            found[_MONEY[name]] = None if value is None else float(int(value * 100))
        else:
            found[name] = value if value is None or isinstance(value, bool | str) else float(value)
    return found


@cache
def rules_on(day: date) -> LendingRules:
    return lending_rules(day)


def answers(product: Product, row: Mapping[str, Any]) -> dict[str, bool | None]:
    inputs = as_inputs(row)
    result = product.scheme.evaluate_row({name: inputs.get(name) for name in product.scheme.detail.inputs})
    return {gate.name: result[product.step(gate.name)] for gate in product.scheme.gates}


@pytest.mark.parametrize("name", PRODUCTS)
def test_every_condition_on_every_day_is_that_of_the_second_derivation(name: str) -> None:
    wrong = []
    for day in DAYS:
        product = rules_on(day).products.get(name)
        assert (product is not None) == (day >= oracle.FIRST_DAY[name]), day
        if product is None:
            continue
        for row in rows_of(name, whole=day == DAY):
            expected, got = oracle.PRODUCTS[name](row, day), answers(product, row)
            if expected != got:
                different = {key: (expected.get(key), got.get(key)) for key in {*expected, *got}}
                wrong.append((day, {key: pair for key, pair in different.items() if pair[0] != pair[1]}))
    assert wrong[:5] == []


@pytest.mark.parametrize("name", PRODUCTS)
def test_edges_are_reached_from_all_three_sides(name: str) -> None:
    seen: dict[str, set[bool | None]] = {}
    for row in rows_of(name):
        for gate, answer in oracle.PRODUCTS[name](row, DAY).items():
            seen.setdefault(gate, set()).add(answer)
    thin = {gate for gate, found in seen.items() if not {True, False} <= found}
    assert thin == set()
    never_open = {gate for gate, found in seen.items() if None not in found}
    assert never_open <= {"amount_min", "within_product"}


def test_tables_give_the_answers_of_single_rows() -> None:
    rules = rules_on(DAY)
    for name, product in rules.products.items():
        rows = [as_inputs(row) for row in rows_of(name, whole=False)]
        table = on_duckdb(product, rows)
        for row, got in zip(rows, table, strict=True):
            one = product.scheme.evaluate_row({column: row.get(column) for column in product.scheme.detail.inputs})
            assert {key: got[key] for key in product.scheme.program.outputs} == {
                key: one[key] for key in product.scheme.program.outputs
            }, name


def on_duckdb(product: Product, rows: list[Row]) -> list[Row]:
    kinds = {"flag": pa.bool_(), "text": pa.string()}
    columns = {"place": pa.array(range(len(rows)), pa.int64())}
    for column in product.scheme.program.inputs:
        entry: Input = loan_input(column)
        columns[column] = pa.array([row.get(column) for row in rows], kinds.get(entry.unit, pa.float64()))
    backend = ibis_over(connect_memory())
    table = backend.create_table("borrowers", pa.table(columns))
    result: list[Row] = to_arrow(compile_table(product.scheme.program, table, ("place",))).to_pylist()
    backend.disconnect()
    return sorted(result, key=lambda row: row["place"])


def test_relending_scope_rate_and_quota_by_day() -> None:
    for day in DAYS:
        rules = rules_on(day)
        assert rules.relending is not None
        assert rules.relending_rules is not None
        assert rules.relending_rules.rate.value == oracle.relending_rate(day)
        assert rules.relending_rules.quota_cny.value == oracle.relending_quota(day)
        for stage in (1, 2, 3, None):
            for technology in (True, False, None):
                for private in (True, False, None):
                    for spent in (Dec(0), Dec(2_500_000) - FEN, Dec(2_500_000), None):
                        row = GOOD | {"stage_code": stage, "technology_company": technology, "rd_expense": spent}
                        row |= {"private_company": private}
                        inputs = as_inputs(row)
                        names = rules.relending.detail.inputs
                        got = rules.relending.evaluate_row({name: inputs.get(name) for name in names})
                        assert got["relending__qualifies"] == oracle.relending(row, day), (day, row)


def test_nothing_was_in_force_before_the_first_rules() -> None:
    with pytest.raises(InputError) as caught:
        lending_rules(date(2023, 12, 31))
    assert caught.value.code == "policy.nothing_in_force"
    assert set(rules_on(date(2024, 6, 30)).absent) == {"technology_credit", "research", "fixed_asset", "park"}


# Planted faults: every figure of every product, moved, must be noticed.


def moved(value: Any) -> list[Any]:
    """The rule value with each of its figures or codes changed."""
    match value:
        case Figure():
            return [replace(value, value=value.value * Dec("1.5") + 1)]
        case CaseFigure():
            changed = [replace(value, otherwise=moved(value.otherwise)[0])]
            for place, (condition, figure) in enumerate(value.cases):
                cases = list(value.cases)
                cases[place] = (condition, moved(figure)[0])
                changed.append(replace(value, cases=tuple(cases)))
            return changed
        case CodeSet():
            return [replace(value, codes=value.codes - {min(value.codes)})] if value.codes else []
        case RowTable():
            return [
                replace(value, rows={**value.rows, key: {"value": cells["value"] * Dec("1.5") + 1}})
                for key, cells in value.rows.items()
                if isinstance(cells["value"], Dec)
            ]
        case _:
            return []


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_wrong_figure_would_be_noticed(name: str) -> None:
    maker = PRODUCTS[name]
    rules = rules_on(DAY)
    lookups = Lookups(RuleBook.shipped(), DAY)
    own = fill_rules(maker.rules, lookups)
    later = None if maker.later is None else fill_rules(maker.later, lookups)
    rows = list(rows_of(name))
    expected = [oracle.PRODUCTS[name](row, DAY) for row in rows]
    unnoticed = []
    for record in (own, later):
        for entry in fields(record) if record is not None else ():
            for wrong in moved(getattr(record, entry.name)):
                changed = replace(record, **{entry.name: wrong})
                pair = (changed, later) if record is own else (own, changed)
                product = maker.build(rules.joint, pair[0], *((pair[1],) if maker.later else ()))
                if all(answers(product, row) == found for row, found in zip(rows, expected, strict=True)):
                    unnoticed.append(entry.name)
    assert unnoticed == []


def test_the_second_derivation_does_not_import_the_package() -> None:
    source = Path(oracle.__file__).read_text("utf-8")
    imported = {
        alias.name if isinstance(node, ast.Import) else node.module or ""
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert not {name for name in imported if name.startswith("kejin")}
