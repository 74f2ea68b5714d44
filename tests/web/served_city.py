"""What tests of the web application know of the served city; not in conftest, of which every folder has its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from fastapi import FastAPI
from fastapi.testclient import TestClient

from kejin.facts.table_groups import GROUPS as TABLE_GROUPS

COMPANIES, SEED = 400, 5
DAY = date(2026, 9, 30)
GROUPS = list(TABLE_GROUPS)  # every group of data, as a form ticks them
LogIn = Callable[[FastAPI, str], TestClient]
