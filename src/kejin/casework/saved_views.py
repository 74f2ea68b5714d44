"""Which views of a list did somebody keep? Filters, columns and order under a name, each person's own."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, func, select

from kejin.casework.people import Person
from kejin.casework.store import CaseStore, now
from kejin.casework.tables import saved_view_table
from kejin.errors import InputError

_V = saved_view_table.c
NAME_LENGTH_MAX, QUERY_LENGTH_MAX, VIEWS_MAX = 60, 2_000, 100


class SavedViews:
    """The saved views of a store."""

    def __init__(self, store: CaseStore) -> None:
        self.store = store

    def of(self, person: Person, page: str) -> list[Mapping[str, Any]]:
        query = select(saved_view_table).where(_V.person_id == person.person_id, _V.page == page).order_by(_V.name)
        return self.store.rows(query)

    def save(self, person: Person, page: str, name: str, query: str) -> None:
        """Keeps a view; one of the same name gives way. Raises InputError casework.view_wrong."""
        name = name.strip()
        if not 0 < len(name) <= NAME_LENGTH_MAX or len(query) > QUERY_LENGTH_MAX:
            raise InputError("casework.view_wrong", most=NAME_LENGTH_MAX, views=VIEWS_MAX)
        own = (_V.person_id == person.person_id) & (_V.page == page)
        with self.store.writing() as connection:
            connection.execute(delete(saved_view_table).where(own, _V.name == name))
            count = connection.scalar(select(func.count()).select_from(saved_view_table).where(own)) or 0
            if count >= VIEWS_MAX:
                raise InputError("casework.view_wrong", most=NAME_LENGTH_MAX, views=VIEWS_MAX)
            row = {
                "view_id": secrets.token_hex(8),
                "person_id": person.person_id,
                "page": page,
                "name": name,
                "query": query,
                "made_at": now(),
            }
            connection.execute(saved_view_table.insert().values(**row))

    def remove(self, person: Person, view_id: str) -> None:
        """Takes a view of one's own away; nothing happens to one of somebody else."""
        with self.store.writing() as connection:
            own = (_V.view_id == view_id) & (_V.person_id == person.person_id)
            connection.execute(delete(saved_view_table).where(own))
