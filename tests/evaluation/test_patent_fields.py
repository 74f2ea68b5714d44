"""The WIPO field of a patent is that of the longest IPC prefix."""

from __future__ import annotations

import ibis
import pytest
from patent_tables import FIELDS

from kejin.errors import InputError
from kejin.evaluation.technology_fields import with_field


def _fields(symbols: list[str | None], entries: dict[str, str]) -> list[int | None]:
    rows = [{"place": place, "ipc_main": symbol} for place, symbol in enumerate(symbols)]
    table = ibis.memtable(rows, schema=ibis.schema({"place": "int64", "ipc_main": "string"}))
    result = ibis.duckdb.connect().to_pyarrow(with_field(table, entries).order_by("place"))
    assert len(result) == len(symbols)
    return list(result["field"].to_pylist())


def test_the_longest_prefix_decides() -> None:
    cases = {
        "H04N21/23": 4,  # main group 21 is digital communication
        "H04N 21/23": 4,
        "H04N  21/00": 4,
        "h04n 21/00": 4,
        "H04N21": 4,  # a main group without its slash
        "H04N2/00": 2,  # not main group 21
        "H04N210/00": 2,  # nor is this
        "H04N": 2,
        "H10D1/00": 8,  # a whole class
        "H10": 8,
        "H01L21/00": None,  # not in this map
        "G06F3/00": 6,
    }
    assert _fields(list(cases), FIELDS) == list(cases.values())


def test_a_missing_or_odd_symbol_has_no_field() -> None:
    assert _fields([None, "", " ", "/", "G06F3/00", None], FIELDS) == [None, None, None, None, 6, None]


def test_every_row_stays_though_symbols_repeat() -> None:
    assert _fields(["A61B5/00"] * 3 + [None] * 2, FIELDS) == [13, 13, 13, None, None]


@pytest.mark.parametrize(
    "entries",
    [{}, {"H04L": "36"}, {"H04L": "0"}, {"H04L": "four"}, {"04L": "4"}, {"": "4"}, {"H04L,X": "4"}, {"H:": "4"}],
    ids=str,
)
def test_a_wrong_map_is_refused(entries: dict[str, str]) -> None:
    with pytest.raises(InputError) as caught:
        _fields(["H04L1/00"], entries)
    assert caught.value.code == "evaluation.field_map_wrong"
    assert caught.value.text("zh").count("\n") == 3
