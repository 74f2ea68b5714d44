"""Which tables of facts does a loan decision read? Those of the evaluation, of the books, and of the default model.

A company that applies for a loan must have consented to all of them; the value of its patents is read where a pledge
is offered, from tables that stand among these.
"""

from __future__ import annotations

from kejin.credit.borrower_facts import TABLES_READ as BOOK_TABLES
from kejin.credit.default_features import TABLES_READ as FEATURE_TABLES
from kejin.workflows.evaluate_companies import TABLES_READ as EVALUATION_TABLES

TABLES_READ: tuple[str, ...] = tuple(dict.fromkeys((*EVALUATION_TABLES, *BOOK_TABLES, *FEATURE_TABLES)))
