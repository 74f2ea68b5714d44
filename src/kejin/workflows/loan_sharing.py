"""Who shares the loss of this loan? The contract that is usual for the product, or the one asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kejin.sharing.compensation_pool import park_contract, shenzhen_pool
from kejin.sharing.contract import SharingContract
from kejin.sharing.guarantee_plan import guarantee_plan
from kejin.workflows.lending_rules import LendingRules

Row = Mapping[str, Any]
# What is usual: a park's loans are shared with park and insurer, unsecured and pledge loans with the pool.
USUAL = {
    "technology_credit": "pool",
    "research": "pool",
    "ip_pledge": "pool",
    "park": "park",
    "start_up": "pool",
    "loan_and_investment": "pool",
}
# Classes of the national plan by title, the one with the largest share of the fund first.
PLAN_TITLES = (
    ("little_giant", "specialised"),
    ("specialised_sme", "specialised"),
    ("high_tech", "high_tech"),
    ("tech_sme", "tech_sme"),
)


@dataclass(frozen=True, slots=True)
class Sharing:
    """Who bears losses of these loans.

    kind           none | pool | guarantee | park.
    contract       None: the bank alone.
    class_number   place of each loan in the contract's classes; -1: the loan is not under the contract.
    exhausted      a pool was meant, and its money is used up.
    """

    kind: str
    contract: SharingContract | None
    class_number: NDArray[np.int64]
    exhausted: bool = False

    @property
    def is_shared(self) -> bool:
        return self.contract is not None and bool((self.class_number >= 0).any())


def usual_sharing(product: str) -> str:
    """The way of sharing that is usual for a product."""
    return USUAL.get(product, "none")


def share_losses(
    kind: str, product: str, columns: Row, rules: LendingRules, amount_cny: Decimal, left_cny: Decimal | None = None
) -> Sharing:
    """The contract for loans of one product, and which class each borrower is in.

    columns      technology_company, in_shenzhen, in_park, loan_balance_fen and the titles, as arrays.
    amount_cny   of all these loans together: caps of the plan are rates of it.
    left_cny     money left in the pool; None: all of it.
    """
    outside = np.full(len(columns["technology_company"]), -1, np.int64)
    if kind == "pool" and rules.pool is not None:
        if left_cny is not None and left_cny <= 0:
            return Sharing("none", None, outside, exhausted=True)
        left = None if left_cny is None else min(left_cny, rules.pool.pool_cny.value)
        contract = shenzhen_pool(rules.pool, left)
        return Sharing("pool", contract, _pool_classes(product, columns, contract))
    if kind == "guarantee" and rules.guarantee is not None:
        contract = guarantee_plan(rules.guarantee, amount_cny)
        return Sharing("guarantee", contract, _plan_classes(columns, contract))
    if kind == "park" and rules.partners is not None and rules.pool is not None:
        contract = park_contract(rules.partners, rules.pool, "technology", amount_cny)
        return Sharing("park", contract, np.where(columns["in_park"] == 1, 0, -1))
    return Sharing("none", None, outside)


def _pool_classes(product: str, columns: Row, contract: SharingContract) -> NDArray[np.int64]:
    """Companies of the city; pledge loans, technology companies, first loans and others have classes of their own."""
    number = {name: place for place, name in enumerate(contract.classes)}
    technology, first = columns["technology_company"] == 1, columns["loan_balance_fen"] == 0
    usual = np.select([technology, first], [number["technology"], number["first_loan"]], number["ordinary"])
    chosen = np.full_like(usual, number["ip_pledge"]) if product == "ip_pledge" else usual
    return np.where(columns["in_shenzhen"] == 1, chosen, -1)


def _plan_classes(columns: Row, contract: SharingContract) -> NDArray[np.int64]:
    """Companies that hold a title which the plan names; the one with the largest share of the fund counts."""
    chosen = np.full(len(columns["technology_company"]), -1, np.int64)
    for title, name in reversed(PLAN_TITLES):
        if name in contract.classes and f"holds__{title}" in columns:
            chosen = np.where(columns[f"holds__{title}"] == 1, contract.class_number(name), chosen)
    return chosen
