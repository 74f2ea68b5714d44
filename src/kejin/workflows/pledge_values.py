"""What are these patents worth by our own valuation? Low and high of a day, from the valuation workflow.

Routes that rest on our own value need the valuation of the day: it is made, and recorded, when it is not there. Other
routes only compare with it where it is there already. Which of the two it was, and which models were used, goes into
the journal with the check, so that doing the check again asks for the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from kejin.engines.run_query import read_parquet, to_arrow
from kejin.units import round_cny
from kejin.workflows.valuation_result import patent_table
from kejin.workflows.value_patents import Valuer, value_patents
from kejin.workflows.workspace import Workspace

if TYPE_CHECKING:
    import pyarrow as pa

OWN_ROUTES = ("internal", "mixed")
_COLUMNS = ("publication_number", "value_cny_low", "value_cny_high")


@dataclass(frozen=True, slots=True)
class OwnValue:
    """The range of one patent's value, CNY: low and high are the 10% and 90% quantiles."""

    low_cny: Decimal
    high_cny: Decimal


@dataclass(frozen=True, slots=True)
class OwnValues:
    """Patent -> its range; a patent without a valuation is left out, never 0.

    models       version of the renewal models used; None where no valuation was looked at.
    unverified   rules of the valuation that nobody has checked against an official text.
    """

    ranges: Mapping[str, OwnValue]
    models: str | None
    unverified: tuple[str, ...] = ()


Values = Callable[[Workspace, Sequence[str], date, date, str, str], OwnValues]
NONE_ASKED = OwnValues({}, None)


def own_values(
    workspace: Workspace, numbers: Sequence[str], as_of: date, known_on: date, route: str, actor: str
) -> OwnValues:
    """The ranges of a day for a route; makes and records the valuation where the route rests on it.

    Raises as `value_patents`.
    """
    valuer = Valuer(workspace, as_of, known_on)
    assert valuer.rules  # looked up now, so that what is unverified is the same whether the run is there or made
    path = valuer.folder / "patent_values.parquet"
    if not path.exists():
        if route not in OWN_ROUTES:
            return NONE_ASKED
        path = value_patents(workspace, as_of, actor, known_on=known_on).patents
    return _found(valuer, numbers)


def values_again(models: str | None) -> Values:
    """The same for a replay, with the models of then; writes nothing. None: no valuation was looked at."""

    def again(
        workspace: Workspace, numbers: Sequence[str], as_of: date, known_on: date, _route: str, _actor: str
    ) -> OwnValues:
        if models is None:
            return NONE_ASKED
        valuer = Valuer(workspace, as_of, known_on, models)
        assert valuer.rules
        return _found(valuer, numbers)

    return again


def _found(valuer: Valuer, numbers: Sequence[str]) -> OwnValues:
    models = valuer.lives[1]
    unverified = tuple(sorted({found.name for found in valuer.lookups.unverified()}))
    return OwnValues(_ranges(_stored(valuer, numbers)), models, unverified)


def _stored(valuer: Valuer, numbers: Sequence[str]) -> pa.Table:
    """The rows of some patents from the run that is kept, else from one made in memory."""
    path = valuer.folder / "patent_values.parquet"
    if path.exists():
        table = read_parquet(valuer.workspace.backend, path)
        return to_arrow(table.filter(table.publication_number.isin(list(numbers))).select(*_COLUMNS))
    valuer.check()
    with valuer.parts() as keep:
        return patent_table(valuer.values(keep)).select(list(_COLUMNS))


def _ranges(table: pa.Table) -> dict[str, OwnValue]:
    found = {}
    for row in table.to_pylist():
        low, high = row["value_cny_low"], row["value_cny_high"]
        if low is not None and high is not None and low == low and high == high:  # NaN is missing  # noqa: PLR0124
            found[row["publication_number"]] = OwnValue(_cny(low), _cny(high))
    return found


def _cny(amount: float) -> Decimal:
    return round_cny(Decimal(repr(amount)))
