"""What can be said without data of one's own? The renewal and life models that come along.

Fitted on Chinese invention patents filed about 1999 to 2002 in fields of human necessities (IPC section A), followed to
2017: the only public Chinese event table at hand. `about` in each file says rows, lapses, days and what is uncertain.
For other fields and for utility models they are an extrapolation; fit your own with `kejin fit-renewal`.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

from kejin.valuation.life_curve import LifeModel, life_model_from_json
from kejin.valuation.renewal_model import RenewalModel, renewal_model_from_json


@cache
def shipped_renewal() -> RenewalModel:
    """The renewal model that comes along."""
    return renewal_model_from_json(_loaded("renewal_cn_2002.json"))


@cache
def shipped_life() -> LifeModel:
    """The life model that comes along; utility models and designs follow the renewal model with their own fees."""
    return life_model_from_json(_loaded("life_cn_2002.json"))


def _loaded(name: str) -> dict[str, Any]:
    path = resources.files("kejin") / "valuation" / "fitted" / name
    loaded: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return loaded
