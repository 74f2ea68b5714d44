"""The log of looks can only be added to either; on PostgreSQL no event table can be emptied."""

from __future__ import annotations

from alembic import op

revision = "0002_looks"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Puts the guards on the tables."""
    if op.get_bind().dialect.name == "sqlite":
        for act in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER access_no_{act} BEFORE {act.upper()} ON access "
                "BEGIN SELECT RAISE(ABORT, 'access is append-only'); END"
            )
        return
    op.execute(
        "CREATE TRIGGER access_no_change BEFORE UPDATE OR DELETE ON access "
        "FOR EACH ROW EXECUTE FUNCTION journal_refuse()"
    )
    for table in ("access", "loan_case_event", "matter_event", "consent_event"):
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse()"
        )
