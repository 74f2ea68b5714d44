"""Why this answer, and what would change it? One company's scheme, line by line: rule, value, points, levers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import ceil, floor
from typing import Any

from kejin.rule_values import Citation
from kejin.schemes.expressions import Expression
from kejin.schemes.scheme import Gate, Input, Item, Label, Scheme, Unit, step

Row = Mapping[str, Any]
InputOf = Callable[[str], Input]


@dataclass(frozen=True, slots=True)
class Change:
    """Moving one input from what it is to what is needed.

    gains      points gained by this change (of the item it belongs to), 0 for a gate.
    decides    this change alone turns the answer of the scheme to yes.
    """

    column: str
    label: Label
    unit: Unit
    now: float | None
    needed: float
    gains: float = 0.0
    decides: bool = False

    @property
    def more(self) -> float | None:
        return None if self.now is None else self.needed - self.now


@dataclass(frozen=True, slots=True)
class Line:
    """One gate or one measure of an item.

    reads    the input columns that it rests on.
    formula  how the value is made of them; for a gate without a value, how it is decided.
    """

    name: str
    label: Label
    kind: str  # gate | item | measure
    value: float | str | bool | None
    unit: Unit
    threshold: float | None
    comparison: str
    passes: bool | None
    points_low: float | None
    points_high: float | None
    maximum: float | None
    cites: tuple[Citation, ...]
    missing: tuple[str, ...]
    changes: tuple[Change, ...]
    reads: tuple[str, ...] = ()
    formula: Expression | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A scheme's whole answer for one company; qualifies None is open.

    logic   how the answer follows from the gates, over the steps of the scheme.
    """

    scheme: str
    version: str
    label: Label
    qualifies: bool | None
    score_low: float | None
    score_high: float | None
    lines: tuple[Line, ...]
    missing: tuple[str, ...]
    notes: tuple[Label, ...] = ()
    kind: str = "answer"
    stage_code: float | None = None
    logic: Expression | None = None

    @property
    def decisive(self) -> tuple[Change, ...]:
        """Single changes that would turn the answer to yes, smallest relative change first."""
        found = [change for line in self.lines for change in line.changes if change.decides]
        return tuple(sorted(found, key=lambda change: (change.more or 0) / (abs(change.now or 0) + 1)))

    @property
    def unverified(self) -> tuple[str, ...]:
        """Rules used that nobody has checked against an official text."""
        rules = {cite.rule for line in self.lines for cite in line.cites if not cite.verified}
        return tuple(sorted(rules))


@dataclass(frozen=True, slots=True)
class _Case:
    """One company before a scheme: its inputs, every step's result, and what the inputs are called."""

    scheme: Scheme
    inputs: Row
    result: Row
    input_of: InputOf


def explain(scheme: Scheme, row: Row, input_of: InputOf) -> Answer:
    """The scheme's answer for the inputs of one company (missing inputs as None or absent).

    input_of   the declaration of an input column: its unit and its name in words.
    """
    inputs = {name: row.get(name) for name in scheme.detail.inputs}
    result = scheme.evaluate_row(inputs)
    case = _Case(scheme, inputs, result, input_of)
    gates = tuple(_gate_line(case, gate) for gate in scheme.gates)
    items = tuple(line for item in scheme.items for line in _item_lines(case, item))
    return Answer(
        scheme.id,
        scheme.version,
        scheme.label,
        result[step(scheme.id, "qualifies")],
        result.get(step(scheme.id, "score", "low")),
        result.get(step(scheme.id, "score", "high")),
        (*items, *gates),
        _gaps(scheme, inputs, result),
        scheme.notes,
        scheme.kind,
        result.get(step(scheme.id, "stage_code")),
        scheme.qualifies,
    )


def what_if(scheme: Scheme, row: Row, changes: Mapping[str, float | bool | str | None]) -> dict[str, Any]:
    """The scheme's program for the row with some inputs changed; an interval's high end moves with its low end."""
    inputs = {name: row.get(name) for name in scheme.detail.inputs}
    return scheme.evaluate_row(moved(inputs, changes))


def moved(inputs: Row, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Inputs with changes made; what is surely there is possibly there too."""
    after = dict(inputs) | dict(changes)
    for name, value in changes.items():
        partner = f"{name[:-4]}_high" if name.endswith("_low") else ""
        known = after.get(partner)
        if partner in after and value is not None and (known is None or known < value):
            after[partner] = value
    return after


def _gaps(scheme: Scheme, inputs: Row, result: Row) -> tuple[str, ...]:
    """Missing inputs of the scheme, those that leave the answer open first."""
    lacking = [name for name in scheme.program.inputs if inputs.get(name) is None]
    if result[step(scheme.id, "qualifies")] is not None:
        return tuple(lacking)
    open_gates = [gate for gate in scheme.gates if result[step(scheme.id, gate.name)] is None]
    first = [name for gate in open_gates for name in scheme.inputs_of(gate.name) if name in lacking]
    return tuple(dict.fromkeys([*first, *lacking]))


def _gate_line(case: _Case, gate: Gate) -> Line:
    scheme, inputs, result = case.scheme, case.inputs, case.result
    passes = result[step(scheme.id, gate.name)]
    changes: tuple[Change, ...] = ()
    threshold = gate.threshold if gate.edge is None else result[step(scheme.id, gate.name, "edge")]
    if passes is not True and threshold is not None:
        targets = [
            (lever.column, result[step(scheme.id, gate.name, "target", str(number))])
            for number, lever in enumerate(gate.levers)
        ]
        changes = tuple(change for column, target in targets if (change := _change(case, column, target)) is not None)
    return Line(
        gate.name,
        gate.label,
        "gate",
        result.get(step(scheme.id, gate.name, "value")),
        gate.unit,
        threshold,
        gate.comparison,
        passes,
        None,
        None,
        None,
        gate.cites,
        tuple(name for name in scheme.inputs_of(gate.name) if inputs.get(name) is None),
        changes,
        scheme.inputs_of(gate.name),
        gate.passes if gate.value is None else gate.value,
    )


def _item_lines(case: _Case, item: Item) -> list[Line]:
    """The item's line, and a line for each of its measures where it has several."""
    scheme, inputs, result = case.scheme, case.inputs, case.result
    low, high = (result[step(scheme.id, item.name, end)] for end in ("low", "high"))
    missing = tuple(name for name in scheme.inputs_of(item.name) if inputs.get(name) is None)
    lines = []
    for measure in item.measures:
        changes: list[Change] = []
        if low < item.maximum:
            for number, lever in enumerate(measure.levers):
                for place in range(len(measure.edges)):
                    target = result[step(scheme.id, measure.name, "target", str(number), str(place))]
                    change = _change(case, lever.column, target, item)
                    if change is not None and change.gains > 0:
                        changes.append(change)
        lines.append(
            Line(
                measure.name,
                measure.label,
                "item" if measure is item else "measure",
                result.get(step(scheme.id, measure.name, "value")),
                measure.unit,
                None,
                ">=",
                None,
                low if measure is item else None,
                high if measure is item else None,
                measure.maximum,
                measure.cites,
                missing if measure is item else (),
                tuple(changes),
                tuple(sorted(scheme.reads.get(step(scheme.id, measure.name, "value"), ()))),
                measure.value,
            )
        )
    if item.options:
        whole = Line(
            item.name,
            item.label,
            "item",
            None,
            item.unit,
            None,
            ">=",
            None,
            low,
            high,
            item.maximum,
            item.cites,
            missing,
            (),
            scheme.inputs_of(item.name),
        )
        lines.insert(0, whole)
    return lines


def _change(case: _Case, column: str, target: float | None, item: Item | None = None) -> Change | None:
    """The change of one input to its target, tried out; None where the target is unknown or the input is there."""
    if target is None:
        return None
    scheme, result = case.scheme, case.result
    entry = case.input_of(column)
    now = case.inputs.get(column)
    # Whole units, rounded to the side that is passed: up when more is needed, down when less.
    less = now is not None and target < now
    whole = float(floor(target + 1e-9) if less else ceil(target - 1e-9))
    needed = whole if entry.unit in _WHOLE else target
    if now is not None and now == needed:
        return None
    after = scheme.evaluate_row(moved(case.inputs, {column: needed}))
    gains = 0.0
    if item is not None:
        gains = after[step(scheme.id, item.name, "low")] - result[step(scheme.id, item.name, "low")]
    answer = step(scheme.id, "qualifies")
    decides = result[answer] is not True and after[answer] is True
    return Change(column, entry.label, entry.unit, now, needed, gains, decides)


_WHOLE = frozenset({"fen", "person", "count", "rank", "level"})


def without_levers(answer: Answer) -> Answer:
    """The answer without its changes, for short output."""
    return replace(answer, lines=tuple(replace(line, changes=()) for line in answer.lines))
