"""What holds for every scheme: missing is never zero, more research never costs points, levers reach their edges."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kejin.evaluation.inputs import input_of
from kejin.evaluation.schemes.catalogue import SCHEMES
from kejin.policy.lookups import Lookups
from kejin.policy.rule_book import RuleBook
from kejin.schemes.compile_arrays import CodedText, compile_arrays
from kejin.schemes.compile_row import compile_row
from kejin.schemes.expressions import Column, If, lift
from kejin.schemes.scheme import Gate, Item, Label, Scheme
from kejin.workflows.fill_rules import fill_rules

Row = dict[str, Any]
NAMES = [(scheme, version) for scheme, versions in SCHEMES.items() for version in versions]
every_scheme = pytest.mark.parametrize(("code", "version"), NAMES, ids=lambda part: part)
WAN_FEN = 1_000_000

AMOUNTS = [0, 1, *(wan * WAN_FEN for wan in (50, 99, 100, 150, 300, 500, 1000, 1100, 2000, 5000, 10_000, 30_000))]
BY_UNIT: dict[str, list[Any]] = {
    "fen": AMOUNTS,
    "person": [0, 1, 3, 10, 20, 30, 100, 600],
    "count": [0, 1, 2, 4, 5, 7, 50, 365],
    "year": [0, 1, 2, 3, 5, 10],
    "ratio": [0, 0.0999, 0.1, 0.5],
    "rank": [1, 3, 4],
    "level": [0, 1, 2, 3],
    "month": [0, 10, 50],
    "point": [0, 1, 5, 50, 60],
    "flag": [True, False],
}
TEXTS = {
    "high_tech_field": ["energy", "none"],
    "product_position": ["fills_gap", "chain_supplier", "none"],
    "industry_digits": ["3511", "6510", "4710", "0111"],
    "latest_equity_round": ["seed", "b", "d_or_later", "strategic"],
}
SIGNED = {"net_profit", "net_assets"}


@cache
def scheme_of(code: str, version: str) -> Scheme:
    day = date(2026, 3, 31) if version == "2022" else date(2026, 4, 1)
    made = SCHEMES[code][version]
    return made.build(fill_rules(made.rules, Lookups(RuleBook.shipped(), day)))


def choices(name: str) -> list[Any]:
    entry = input_of(name)
    if entry.unit == "text":
        return [*TEXTS[name], None]
    signed = [-3 * WAN_FEN * 100] if name.rsplit("_fen_", 1)[0] in SIGNED else []
    return [*BY_UNIT[entry.unit], *signed, None]


@st.composite
def companies(draw: st.DrawFn, scheme: Scheme) -> Row:
    """A company whose counts are in order and whose judged points lie where its facts allow them."""
    names = scheme.detail.inputs
    row = {name: draw(st.sampled_from(choices(name))) for name in names}
    for name in names:
        if name.startswith("expert__"):
            row[name] = None
        if name.endswith("_low"):
            ends = sorted(value for value in (row[name], row[f"{name[:-4]}_high"]) if value is not None)
            if len(ends) == 2:
                row[name], row[f"{name[:-4]}_high"] = ends
    allowed = scheme.evaluate_row(row)
    for name in names:
        if name.startswith("expert__") and draw(st.booleans()):
            item = name.rsplit("__", 1)[1]
            low = allowed.get(f"{scheme.id}__{item}__low", 0.0)
            high = allowed.get(f"{scheme.id}__{item}__high", 100.0)
            row[name] = draw(st.sampled_from([low, high, (low + high) / 2]))
    return row


def parts_of(scheme: Scheme) -> tuple[list[tuple[str, str]], list[str]]:
    """The intervals (low and high column) and the answers of a scheme."""
    outputs = scheme.program.outputs
    ends = [(name, f"{name[:-3]}high") for name in outputs if name.endswith(("__low", "__block_low"))]
    plain = {name for pair in ends for name in pair}
    return ends, [name for name in outputs if name not in plain]


@every_scheme
@settings(max_examples=60)
@given(data=st.data())
def test_a_value_less_only_widens(code: str, version: str, data: st.DataObject) -> None:
    """Taking any value away widens intervals and opens answers; it never moves one the other way."""
    scheme = scheme_of(code, version)
    assert moved_by_a_loss(scheme, data.draw(companies(scheme))) == []


def moved_by_a_loss(scheme: Scheme, row: Row) -> list[tuple[str, str]]:
    """(value lost, output) for every output that did not widen or open when the value was lost."""
    before = scheme.evaluate_row(row)
    intervals, answers = parts_of(scheme)
    found = []
    for lost in (name for name in scheme.detail.inputs if row[name] is not None):
        after = scheme.evaluate_row(row | {lost: None})
        found += [
            (lost, low) for low, high in intervals if not after[low] <= before[low] <= before[high] <= after[high]
        ]
        found += [(lost, name) for name in answers if after[name] is not None and after[name] != before[name]]
    return found


def test_a_scheme_that_takes_missing_for_zero_is_noticed() -> None:
    label, spent = Label("研发", "R&D"), Column("rd_expense_fen_y0").or_else(0.0)
    points = If(spent >= 100.0, lift(5.0), lift(0.0))
    planted = Scheme(
        "planted",
        "0",
        label,
        (Gate("enough", label, spent >= 100.0, ()),),
        (Item("rd", label, "all", 5.0, points, points, ()),),
        Column("planted__enough"),
    )
    assert moved_by_a_loss(planted, {"rd_expense_fen_y0": 100}) == [
        ("rd_expense_fen_y0", "planted__rd__low"),
        ("rd_expense_fen_y0", "planted__score__low"),
        ("rd_expense_fen_y0", "planted__enough"),
        ("rd_expense_fen_y0", "planted__qualifies"),
    ]


# More research money lowers the domestic share unless it is spent at home: that gate, and with it the answer, may turn.
EXCEPT = {"high_tech": {"rd_domestic_share", "qualifies"}}


@every_scheme
@settings(max_examples=60)
@given(data=st.data())
def test_more_research_never_costs_points(code: str, version: str, data: st.DataObject) -> None:
    scheme, spent = scheme_of(code, version), "rd_expense_fen_y0"
    if spent not in scheme.detail.inputs:
        assert code == "life_cycle"
        return
    row = data.draw(companies(scheme))
    assume(row[spent] is not None)
    more = row | {spent: row[spent] + data.draw(st.sampled_from([1, WAN_FEN, 300 * WAN_FEN]))}
    before, after = scheme.evaluate_row(row), scheme.evaluate_row(more)
    intervals, answers = parts_of(scheme)
    for low, high in intervals:
        assert before[low] <= after[low], low
        assert before[high] <= after[high], high
    for name in answers:
        if name.removeprefix(f"{code}__") in EXCEPT.get(code, set()) or name.endswith("stage_code"):
            continue
        order = {False: 0, None: 1, True: 2}
        assert order[before[name]] <= order[after[name]], name


@every_scheme
@settings(max_examples=40)
@given(data=st.data())
def test_a_lever_reaches_its_gate(code: str, version: str, data: st.DataObject) -> None:
    """Where a gate is not passed and a lever gives a target, moving the input there passes the gate."""
    scheme = scheme_of(code, version)
    row = data.draw(companies(scheme))
    result = scheme.evaluate_row(row)
    for gate in scheme.gates:
        for place, lever in enumerate(gate.levers):
            target = result[f"{code}__{gate.name}__target__{place}"]
            if target is None or result[f"{code}__{gate.name}"] is not False or not _alone(gate, row, result, code):
                continue
            moved = row | {lever.column: _whole(lever.column, target, gate.comparison)}
            partner = f"{lever.column[:-4]}_high"
            if lever.column.endswith("_low") and (row[partner] or 0) < moved[lever.column]:
                moved[partner] = moved[lever.column]
            assert scheme.evaluate_row(moved)[f"{code}__{gate.name}"] is True, (gate.name, target)


def _alone(gate: Gate, row: Mapping[str, Any], result: Mapping[str, Any], code: str) -> bool:
    """Can the lever alone pass the gate? Not where another year may fail too, or the gate is for other companies."""
    if gate.name in {"rd_cny", "rd_to_revenue"} and "rd_expense_fen_y1" in row and code != "high_tech":
        return False
    return not (code == "star_board" and gate.name == "rd_total") and result[f"{code}__{gate.name}__value"] is not None


def _whole(column: str, target: float, comparison: str) -> float:
    if input_of(column).unit in ("ratio", "point"):
        return target
    return float(math.floor(target + 1e-6) if comparison.startswith("<") else math.ceil(target - 1e-6))


def test_41_wan_more() -> None:
    """Worked by hand: sales of CNY 140 million, R&D of 3.78 million is 2.7%; 3% is 4.2 million, 420,000 more."""
    scheme = scheme_of("specialised_sme", "2022")
    row: Row = dict.fromkeys(scheme.detail.inputs) | {
        "revenue_fen_y0": 14_000 * WAN_FEN,
        "rd_expense_fen_y0": 378 * WAN_FEN,
    }
    result = scheme.evaluate_row(row)
    assert result["specialised_sme__rd_to_revenue"] is False
    assert result["specialised_sme__rd_to_revenue__value"] == pytest.approx(0.027, abs=1e-15)
    assert result["specialised_sme__rd_to_revenue__target__0"] - row["rd_expense_fen_y0"] == pytest.approx(42 * WAN_FEN)


@every_scheme
def test_items_stay_within_their_full_marks(code: str, version: str) -> None:
    scheme = scheme_of(code, version)
    nothing = scheme.evaluate_row(dict.fromkeys(scheme.detail.inputs))
    for item in scheme.items:
        low, high = (nothing[f"{code}__{item.name}__{end}"] for end in ("low", "high"))
        assert 0 <= low <= high == item.maximum, item.name
    if scheme.items:
        full = {"beijing_rd_centre": 75.0}.get(code, 100.0)  # the Beijing copy is cut off at 75 points
        assert nothing[f"{code}__score__high"] == full
    assert nothing[f"{code}__qualifies"] is None


@every_scheme
def test_gates_and_items_are_named_in_both_languages_and_cited(code: str, version: str) -> None:
    scheme = scheme_of(code, version)
    names = [gate.name for gate in scheme.gates] + [m.name for item in scheme.items for m in item.measures]
    assert len(names) == len(set(names))
    for part in (*scheme.gates, *scheme.items, *scheme.blocks):
        assert part.label.zh != part.label.en
        assert part.label.of("zh") == part.label.zh
    for item in scheme.items:
        assert item.cites, item.name
    figures = {gate.name for gate in scheme.gates if gate.threshold is not None or gate.edge is not None}
    uncited = {gate.name for gate in scheme.gates if not gate.cites}
    # "At least one" is the only edge that no rule sets.
    assert {gate.name for gate in scheme.gates if gate.name in figures & uncited and gate.threshold != 1.0} == set()
    for name in scheme.detail.inputs:
        assert input_of(name).name == name


ALLOWED = {0, 1, 2, 3, 100, 1e-14}
SCHEME_FILES = sorted((Path(__file__).parents[2] / "src" / "kejin" / "evaluation" / "schemes").glob("*.py"))


def figures_in(source: str) -> set[float]:
    """The numbers written in a source, but for positions and the few that arithmetic needs."""
    constants = [node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)]
    return {value for value in constants if isinstance(value, int | float) and value not in ALLOWED}


def test_no_official_figure_stands_in_a_scheme() -> None:
    assert len(SCHEME_FILES) >= 12
    assert {path.name: found for path in SCHEME_FILES if (found := figures_in(path.read_text("utf-8")))} == {}
    assert figures_in("edge = 60\nshare = 0.03\n") == {60, 0.03}


@pytest.mark.parametrize(("code", "version"), [("tech_sme", "2017"), ("star_board", "figures")])
def test_arrays_of_companies_have_the_answers_of_single_ones(code: str, version: str) -> None:
    """Companies drawn from values at the edges, a fifth of them missing, through the compiled loop."""
    program = scheme_of(code, version).program
    drawn = np.random.default_rng(5)
    rows = [
        {
            name: None if drawn.random() < 0.2 else (pick := choices(name))[drawn.integers(len(pick))]
            for name in program.inputs
        }
        for _ in range(400)
    ]
    columns: dict[str, Any] = {}
    for name in program.inputs:
        values = [row[name] for row in rows]
        if name in TEXTS:
            words = tuple(sorted({value for value in values if value is not None}))
            columns[name] = CodedText(np.array([-1 if v is None else words.index(v) for v in values], np.int32), words)
        else:
            columns[name] = np.array([math.nan if value is None else float(value) for value in values])
    found = compile_arrays(program, TEXTS)(columns)
    evaluate = compile_row(program)
    expected = [evaluate(row) for row in rows]
    for name, values in found.items():
        assert [None if math.isnan(value) else value for value in values] == [row[name] for row in expected], name
    answers = found[f"{code}__qualifies"]
    assert {0.0, 1.0} <= set(answers[~np.isnan(answers)].tolist()) or np.isnan(answers).any()
