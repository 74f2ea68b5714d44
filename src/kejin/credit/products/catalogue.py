"""Which loan products are there? Every product by its code; a workflow fills the rules of the day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kejin.credit.products.fixed_asset import FixedAssetRules, fixed_asset
from kejin.credit.products.ip_pledge import InternalValueRules, IpPledgeRules, ip_pledge
from kejin.credit.products.loan_and_investment import LoanAndInvestmentRules, loan_and_investment
from kejin.credit.products.merger import Merger2025Rules, MergerRules, merger
from kejin.credit.products.park import ParkRules, park
from kejin.credit.products.product import Product
from kejin.credit.products.research import ResearchLoanRules, research
from kejin.credit.products.start_up import StartUpRules, start_up
from kejin.credit.products.technology_credit import TechnologyCreditRules, technology_credit


@dataclass(frozen=True, slots=True)
class ProductMaker:
    """The record of rule values that a product cannot do without, one that it takes where in force, and its function.

    build   (joint rules, rules[, later rules or None]) -> Product; the third only where `later` is named.
    """

    rules: type
    build: Callable[..., Product]
    later: type | None = None


# In the order in which they are shown; the codes are those of loan.product in facts.
PRODUCTS: Mapping[str, ProductMaker] = {
    "technology_credit": ProductMaker(TechnologyCreditRules, technology_credit),
    "research": ProductMaker(ResearchLoanRules, research),
    "fixed_asset": ProductMaker(FixedAssetRules, fixed_asset),
    "ip_pledge": ProductMaker(IpPledgeRules, ip_pledge, InternalValueRules),
    "merger": ProductMaker(MergerRules, merger, Merger2025Rules),
    "park": ProductMaker(ParkRules, park),
    "start_up": ProductMaker(StartUpRules, start_up),
    "loan_and_investment": ProductMaker(LoanAndInvestmentRules, loan_and_investment),
}
