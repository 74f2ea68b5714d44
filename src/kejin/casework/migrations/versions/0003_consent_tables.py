"""A consent names the tables it covers; what was said before covers all that there were."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003_consent_tables"
down_revision = "0002_looks"
branch_labels = None
depends_on = None
_ALL = (
    "company;title;business_profile;expert_score;ownership;penalty;court_case;annual_report;staffing;"
    "social_insurance_month;tax_month;utility_month;invoice;equity_round;technology_contract;patent;"
    "patent_inventor;patent_citation;patent_event;patent_expert_score;other_ip;research_project;award;"
    "standard;research_unit;loan;loan_state;account;transfer;insurance_policy;insurance_claim;fund_investment;"
    "park_tenancy"
)


def upgrade() -> None:
    """Adds the column by its default: rows of what happened are never changed."""
    op.add_column("consent_event", sa.Column("tables", sa.Text(), nullable=False, server_default=_ALL))
