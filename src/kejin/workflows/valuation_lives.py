"""What do renewals say of each patent: its worth, and how long it will be in force? Fitted models on rows of facts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kejin.errors import InputError
from kejin.valuation.life_curve import LifeModel, life_model_from_json
from kejin.valuation.opinion import Opinion
from kejin.valuation.patent_columns import MAX_YEARS, Floats, PatentColumns
from kejin.valuation.renewal_fees import FeeSchedule, RenewalRules
from kejin.valuation.renewal_model import RenewalModel, renewal_model_from_json
from kejin.valuation.renewal_state import current_state
from kejin.valuation.shipped_model import shipped_life, shipped_renewal
from kejin.workflows.valuation_arrays import DAYS_PER_YEAR, numbers

if TYPE_CHECKING:
    import pyarrow as pa


SHIPPED = "shipped"


@dataclass(frozen=True, slots=True)
class Lives:
    """The models and what they need from the rules."""

    renewal: RenewalModel
    life: LifeModel
    fees: FeeSchedule
    discount_rate: float


def lives_of(rules: RenewalRules, renewal: RenewalModel | None = None, life: LifeModel | None = None) -> Lives:
    """The models given, or those that come along."""
    return Lives(
        shipped_renewal() if renewal is None else renewal,
        shipped_life() if life is None else life,
        rules.schedule(),
        float(rules.discount_rate.value),
    )


def lives_of_workspace(rules: RenewalRules, path: Path, as_of: date, version: str | None = None) -> tuple[Lives, str]:
    """The models fitted in a workspace on facts of the day or earlier, and their version; else those that come along.

    version   of the models to take, as a journal entry stores it: the beginning of their hash, or "shipped".
    Raises    valuation.model_file_wrong; valuation.model_file_missing where that version is not there.
    """
    found: list[tuple[str, str, RenewalModel, LifeModel]] = []
    for file in sorted((path / "models").glob("renewal-*.json")):
        try:
            loaded = json.loads(file.read_text("utf-8"))
            day, digest = str(loaded["renewal"]["about"]["as_of"]), str(loaded["hash"])[:16]
            models = renewal_model_from_json(loaded["renewal"]), life_model_from_json(loaded["life"])
        except (ValueError, KeyError, TypeError) as error:
            raise InputError("valuation.model_file_wrong", said=f"{file.name}: {error}") from error
        if digest == version or (version is None and day <= str(as_of)):
            found.append((day, digest, *models))
    if found:
        _, digest, renewal, life = max(found, key=lambda one: one[:2])
        return lives_of(rules, renewal, life), digest
    if version not in (None, SHIPPED):
        raise InputError("valuation.model_file_missing", version=version, path=path / "models")
    return lives_of(rules), SHIPPED


def renewal_and_life(table: pa.Table, patents: PatentColumns, lives: Lives) -> tuple[Opinion, Floats]:
    """The renewal method's opinion, and the chance of being in force in the middle of each coming year.

    Only live patents are asked. An application is taken as if it were granted today; the chance that it is stands
    with the rights (see rights.py).
    """
    size = len(patents)
    mu, sigma, survival = np.full(size, np.nan), np.full(size, np.nan), np.zeros((size, MAX_YEARS))
    live = np.flatnonzero(patents.alive & (patents.left_years > 0))
    if not len(live):
        return Opinion(mu, sigma), survival
    age = patents.age_years[live]
    granted = numbers(table, "granted_age_days")[live] / DAYS_PER_YEAR
    granted = np.where(patents.in_force[live], np.clip(granted, 0.0, age), np.nan)
    field = patents.field[live]
    names = np.array(["", *map(str, range(1, 36))], dtype=object)
    columns = {
        "field": names[field],
        "owner_kind": np.full(len(live), "company", dtype=object),
        "claims": np.where(numbers(table, "claims")[live] >= 1, numbers(table, "claims")[live], np.nan),
    }
    state = current_state(patents.kind[live], age, np.ones(len(live), dtype=bool), granted)
    worth = lives.renewal.value(columns, state, lives.fees, lives.discount_rate)
    mu[live], sigma[live] = worth.mean_log, worth.sd_log
    ends = lives.life.in_force(columns, state, lives.fees, MAX_YEARS)
    starts = np.concatenate((np.ones((len(live), 1)), ends[:, :-1]), axis=1)
    survival[live] = np.where(
        patents.left_years[live][:, None] > np.arange(MAX_YEARS)[None, :], np.maximum((starts + ends) / 2, 0.0), 0.0
    )
    heard = np.isfinite(mu) & (sigma > 0)
    return Opinion(np.where(heard, mu, np.nan), np.where(heard, sigma, np.nan)), survival
