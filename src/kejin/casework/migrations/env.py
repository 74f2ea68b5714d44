"""Alembic's way in: always over a connection that the store has open, in the store's own transaction."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from kejin.casework.tables import Moment, metadata


def _render(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """A migration must stay what it was, so it names the database's type and not ours."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Moment) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table="casework_version",
    include_name=lambda name, kind, _: kind != "table" or name in metadata.tables,
    render_as_batch=True,
    render_item=_render,
    transactional_ddl=False,
)
context.run_migrations()
