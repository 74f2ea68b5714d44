"""Staged rows against each other and against the store: keys, references, rows already there."""

from __future__ import annotations

from typing import Any

from kejin.engines.check_rows import value_name
from kejin.engines.fact_store import FactStore, quoted
from kejin.facts.bind_columns import Binding
from kejin.facts.tables import ALL_TABLES


class RowComparison:
    """Set checks of the rows in `stage`; wrong rows go to `refused`, rows already known to `passed_over`.

    repeated   rows that stood more than once in the source, each the same; one is kept.
    """

    def __init__(self, store: FactStore, binding: Binding) -> None:
        self.store = store
        self.table = binding.table
        self.fed = [feed.column.name for feed in binding.feeds]
        self.repeated = 0

    def _run(self, query: str) -> Any:
        return self.store.connection.execute(query)

    @property
    def _key(self) -> str:
        return ", ".join(value_name(name) for name in self.table.key)

    @property
    def _content(self) -> list[str]:
        """What a row says of its key: all columns but the key, the day it was known, and who said it."""
        apart = {*self.table.key, "known_on", "source"}
        return [name for name in self.table.column_names if name not in apart]

    def compare(self) -> None:
        self._references()
        versions = self._keys_within()
        if self.store.row_count(self.table.name):
            versions = self._rows_in_store() or versions
        self._run("DELETE FROM passed_over WHERE id IN (SELECT id FROM refused)")
        if versions and not self.store.has_versions(self.table.name):
            self.store.note_versions(self.table.name)

    def _references(self) -> None:
        for column in self.table.columns:
            if column.refers is None or column.name not in self.fed:
                continue
            other, _, other_column = column.refers.partition(".")
            assert other in ALL_TABLES, f"{self.table.name}.{column.name} refers to no table"
            value = value_name(column.name)
            self._run(
                f"INSERT INTO refused SELECT rowid, 'facts.reference_unknown', '{column.name}', {value}::VARCHAR"
                f" FROM stage WHERE NOT bad AND {value} IS NOT NULL AND NOT EXISTS"
                f" (FROM {quoted(other)} o WHERE o.{quoted(other_column)} = {value})"
            )

    def _keys_within(self) -> bool:
        """Keys that stand more than once: equal rows are kept once, different ones of one day are refused.

        Returns whether some key has rows of several days.
        """
        self._run(
            f"CREATE OR REPLACE TEMP TABLE several AS SELECT {self._key} FROM stage WHERE NOT bad"
            f" GROUP BY {self._key} HAVING count(*) > 1"
        )
        if not self.store.single("SELECT count(*) FROM several"):
            return False
        fed_content = [value_name(name) for name in self._content if name in self.fed]
        join = " AND ".join(f"stage.{value_name(name)} = several.{value_name(name)}" for name in self.table.key)
        day = value_name("known_on")
        own_key = ", ".join(f"stage.{value_name(name)}" for name in self.table.key)
        window = f"OVER (PARTITION BY {own_key}, {day})"
        self._run(
            f"CREATE OR REPLACE TEMP TABLE same_key AS SELECT stage.rowid AS id, {own_key}, {day},"
            f" row({', '.join([*fed_content, 'true'])}) AS content,"
            f" min(stage.rowid) {window} AS first_id FROM stage JOIN several ON {join} WHERE NOT stage.bad"
        )
        self._run(
            "CREATE OR REPLACE TEMP TABLE differing AS SELECT first_id FROM same_key"
            " GROUP BY first_id HAVING count(DISTINCT content) > 1"
        )
        shown = " || ' / ' || ".join(f"{value_name(name)}::VARCHAR" for name in self.table.key)
        self._run(
            f"INSERT INTO refused SELECT id, 'facts.key_repeated', '{self.table.key[0]}', {shown} FROM same_key"
            " WHERE first_id IN (FROM differing)"
        )
        self._run(
            "INSERT INTO passed_over SELECT id FROM same_key WHERE id <> first_id"
            " AND first_id NOT IN (FROM differing) AND id NOT IN (SELECT id FROM refused)"
        )
        self.repeated = self.store.single("SELECT count(*) FROM passed_over")
        several_days = f"SELECT 1 FROM same_key GROUP BY {self._key} HAVING count(DISTINCT {day}) > 1"
        return bool(self.store.single(f"SELECT count(*) FROM ({several_days})"))

    def _rows_in_store(self) -> bool:
        """Rows that the store has for the same key and day: equal ones are passed over, different ones refused.

        Returns whether some key is there with another day.
        """
        target = quoted(self.table.name)
        on_key = " AND ".join(f"t.{quoted(name)} = s.{value_name(name)}" for name in self.table.key)
        day = value_name("known_on")
        same = " AND ".join(self._same(name) for name in self._content) or "true"
        self._run(
            f"CREATE OR REPLACE TEMP TABLE there AS SELECT s.rowid AS id, t.known_on = s.{day} AS same_day,"
            f" t.known_on = s.{day} AND {same} AS same_row FROM stage s JOIN {target} t ON {on_key} WHERE NOT s.bad"
        )
        self._run(
            "INSERT INTO passed_over SELECT DISTINCT id FROM there WHERE same_row"
            " AND id NOT IN (SELECT id FROM passed_over) AND id NOT IN (SELECT id FROM refused)"
        )
        shown = " || ' / ' || ".join(f"{value_name(name)}::VARCHAR" for name in self.table.key)
        self._run(
            f"INSERT INTO refused SELECT rowid, 'facts.key_conflict', '{self.table.key[0]}', {shown} FROM stage"
            " WHERE rowid IN (SELECT id FROM there WHERE same_day AND NOT same_row)"
        )
        return bool(self.store.single("SELECT count(*) FROM there WHERE NOT same_day"))

    def _same(self, name: str) -> str:
        stored = f"t.{quoted(name)}"
        return f"{stored} IS NOT DISTINCT FROM s.{value_name(name)}" if name in self.fed else f"{stored} IS NULL"
