"""Write the migration from the newest stored tables to those declared: `write_migration.py 0002 "why"`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command

from kejin.casework.store import alembic_config
from kejin.journal import Journal


def main() -> int:
    number, why = sys.argv[1:3]
    with (
        tempfile.TemporaryDirectory() as folder,
        Journal.open(Path(folder) / "cases.sqlite") as journal,
        journal.transaction() as connection,
    ):
        config = alembic_config(connection)
        command.upgrade(config, "heads")
        command.revision(config, message=why, autogenerate=True, rev_id=number)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
