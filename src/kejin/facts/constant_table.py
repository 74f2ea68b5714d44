"""How does a short list of rule values become a table inside a query?

The rows are written into the query's own text, so that compiled SQL can be stored and run again: an in-memory table
would have to be registered with the engine each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import ibis

_BETWEEN_ROWS, _BETWEEN_VALUES = ",", ":"


def constant_table(columns: Mapping[str, str], rows: Iterable[Sequence[object]]) -> ibis.Table:
    """A table of the rows given, at least one; values are whole numbers or texts without comma and colon.

    columns  name -> Ibis type, in the order of the values.
    """
    lines = [_BETWEEN_VALUES.join(str(value) for value in row) for row in rows]
    assert lines, "a constant table needs a row"
    assert all(line.count(_BETWEEN_VALUES) == len(columns) - 1 and _BETWEEN_ROWS not in line for line in lines)
    table = ibis.literal(_BETWEEN_ROWS.join(lines)).split(_BETWEEN_ROWS).unnest().name("line").as_table()
    table = table.select(parts=table.line.split(_BETWEEN_VALUES))
    return table.select(**{name: table.parts[place].cast(kind) for place, (name, kind) in enumerate(columns.items())})
