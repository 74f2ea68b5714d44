"""What tests of the web application know of the served city; not in conftest, of which every folder has its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from fastapi import FastAPI
from fastapi.testclient import TestClient

COMPANIES, SEED = 400, 5
DAY = date(2026, 9, 30)
LogIn = Callable[[FastAPI, str], TestClient]
