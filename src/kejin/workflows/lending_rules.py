"""Everything that the rules of a day say about lending, looked up once a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from kejin.credit.capital import CapitalRules
from kejin.credit.cash_runway import CashRunwayRules
from kejin.credit.debt_service import DebtServiceRules
from kejin.credit.expected_loss import StageRules
from kejin.credit.limit import ConcentrationRules
from kejin.credit.loss_given_default import LossRules
from kejin.credit.price import PriceRules
from kejin.credit.products.borrower import BorrowerRules, PilotCityRules, borrower_program
from kejin.credit.products.catalogue import PRODUCTS
from kejin.credit.products.joint import EntrustedRules, JointRules
from kejin.credit.products.product import Product
from kejin.credit.products.relending import RelendingRules, relending
from kejin.credit.reasons import DecisionRules
from kejin.credit.working_capital import WorkingCapitalRules
from kejin.errors import InputError
from kejin.policy.lookups import Lookups
from kejin.policy.rule_book import RuleBook
from kejin.rule_values import Figure, RowTable, from_rule
from kejin.schemes.expressions import Program, combined
from kejin.schemes.scheme import Label, Scheme
from kejin.sharing.bearer_cost import StressRules
from kejin.sharing.compensation_pool import PartnerRules, ShenzhenPoolRules
from kejin.sharing.guarantee_plan import GuaranteePlanRules
from kejin.workflows.fill_rules import fill_rules

Record = TypeVar("Record")
_SILENT = ("policy.nothing_in_force", "policy.nothing_known")
STAGES = ("start_up", "growth", "mature")
Named = tuple[tuple[str, Label], ...]


@dataclass(frozen=True, slots=True)
class NeedRules:
    """How need and debt service are worked out from yearly figures."""

    sales_growth_max: Figure = from_rule("loans/need/sales_growth_max")
    long_loans_repaid_years: Figure = from_rule("loans/need/long_loans_repaid_years")
    milestone_months: Figure = from_rule("loans/need/milestone_months")
    small_micro_staff_max: Figure = from_rule("loans/small_micro/staff_max")
    small_micro_revenue_cny_max: Figure = from_rule("loans/small_micro/revenue_cny_max")


@dataclass(frozen=True, slots=True)
class MonitoringRules:
    """When a loan is looked at again, by stage."""

    review_months: RowTable = from_rule("loans/stages/review_months")
    first_use_check_days: RowTable = from_rule("loans/stages/first_use_check_days")


@dataclass(frozen=True, slots=True)
class FigureRules:
    """The figures of need, loss, capital, limit, price, provision and a bad year."""

    need: NeedRules
    working_capital: WorkingCapitalRules
    runway: CashRunwayRules
    debt_service: DebtServiceRules
    concentration: ConcentrationRules
    loss: LossRules
    price: PriceRules
    capital: CapitalRules
    provision: StageRules
    stress: StressRules


@dataclass(frozen=True)
class LendingRules:
    """The rules of one day, ready for the models.

    products    in force on the day, in catalogue order.
    absent      products that nothing was in force for, with the reason.
    relending   scheme and figures of re-lending; None where there was none.
    purposes    code of a purpose -> its name.
    looked_at   stage -> what is looked at; checks: product or `every_loan` -> what is checked after the loan.
    used        every value looked up, as the journal stores it.
    """

    as_of: date
    known_on: date
    edition: str
    joint: JointRules
    entrusted: EntrustedRules | None
    borrower: Program
    products: Mapping[str, Product]
    absent: Mapping[str, InputError]
    decision: DecisionRules
    figures: FigureRules
    monitoring: MonitoringRules
    relending: Scheme | None
    relending_rules: RelendingRules | None
    guarantee: GuaranteePlanRules | None
    pool: ShenzhenPoolRules | None
    partners: PartnerRules | None
    purposes: Mapping[str, Label]
    looked_at: Mapping[str, Named]
    checks: Mapping[str, Named]
    used: tuple[Mapping[str, Any], ...]
    unverified: tuple[str, ...]

    def used_for(self, product: str) -> frozenset[str]:
        """Names of the rules that a loan of one product rests on: all but those of other products."""
        others = tuple(
            f"loans/{place}{other}" for other in PRODUCTS if other != product for place in ("", "monitoring/")
        )
        names = frozenset(str(used["rule"]) for used in self.used)
        return frozenset(name for name in names if not any(name == one or name.startswith(f"{one}/") for one in others))

    @cached_property
    def program(self) -> Program:
        """What the borrower is, then every product in force and re-lending, as one program."""
        schemes = [product.scheme.program for product in self.products.values()]
        if self.relending is not None:
            schemes.append(self.relending.program)
        return combined((self.borrower, *schemes))


def lending_rules(as_of: date, known_on: date | None = None, overlay: Path | None = None) -> LendingRules:
    """Look everything up for a day, as known on a day (the same one when not given).

    A product for which nothing is in force is left out and named in `absent`. Raises InputError policy.nothing_in_force
    where the joint rules of all products say nothing on the day.
    """
    rules = Lookups(RuleBook.shipped(overlay), as_of, known_on)
    joint = fill_rules(JointRules, rules)
    products: dict[str, Product] = {}
    absent: dict[str, InputError] = {}
    for name, maker in PRODUCTS.items():
        try:
            record: Any = fill_rules(maker.rules, rules)
        except InputError as error:
            if error.code not in _SILENT:
                raise
            absent[name] = error
            continue
        later = (maker.later,) if maker.later else ()
        products[name] = maker.build(joint, record, *(_if_in_force(one, rules) for one in later))
    relending_rules = _if_in_force(RelendingRules, rules)
    return LendingRules(
        as_of=as_of,
        known_on=rules.known_on,
        edition=rules.edition,
        joint=joint,
        entrusted=_if_in_force(EntrustedRules, rules),
        borrower=borrower_program(fill_rules(BorrowerRules, rules), _if_in_force(PilotCityRules, rules)),
        products=products,
        absent=absent,
        decision=fill_rules(DecisionRules, rules),
        figures=_figures(rules),
        monitoring=fill_rules(MonitoringRules, rules),
        relending=None if relending_rules is None else relending(relending_rules),
        relending_rules=relending_rules,
        guarantee=_if_in_force(GuaranteePlanRules, rules),
        pool=_if_in_force(ShenzhenPoolRules, rules),
        partners=_if_in_force(PartnerRules, rules),
        purposes=_purposes(rules, products),
        looked_at={stage: _named(rules, f"loans/stages/looked_at_{stage}") for stage in STAGES},
        checks={name: _named(rules, f"loans/monitoring/{name}") for name in ("every_loan", *PRODUCTS)},
        used=tuple(rules.records()),
        unverified=tuple(sorted({found.name for found in rules.unverified()})),
    )


def check_day(product: str | None, as_of: date, known_on: date | None = None, overlay: Path | None = None) -> None:
    """Is there anything that says on which terms a loan of this product may be made on the day?

    Raises InputError workflows.product_day_early with the product's own rule, on days before its first one.
    """
    maker = PRODUCTS.get(product or "")
    if maker is None:
        return
    try:
        fill_rules(maker.rules, Lookups(RuleBook.shipped(overlay), as_of, known_on))
    except InputError as error:
        if error.code not in _SILENT:
            raise
        raise InputError(
            "workflows.product_day_early", product=product, as_of=as_of, rule=error.details["rule"]
        ) from error


def _figures(rules: Lookups) -> FigureRules:
    return FigureRules(
        fill_rules(NeedRules, rules),
        fill_rules(WorkingCapitalRules, rules),
        fill_rules(CashRunwayRules, rules),
        fill_rules(DebtServiceRules, rules),
        fill_rules(ConcentrationRules, rules),
        fill_rules(LossRules, rules),
        fill_rules(PriceRules, rules),
        fill_rules(CapitalRules, rules),
        fill_rules(StageRules, rules),
        fill_rules(StressRules, rules),
    )


def _if_in_force(record: type[Record], rules: Lookups) -> Record | None:
    """The record, or None on days on which one of its rules says nothing."""
    try:
        return fill_rules(record, rules)
    except InputError as error:
        if error.code not in _SILENT:
            raise
        return None


def _purposes(rules: Lookups, products: Iterable[str]) -> Mapping[str, Label]:
    """Every purpose that a product in force serves, and those that none may serve."""
    lists = (*(f"loans/{name}/purposes" for name in products), "loans/joint/purposes_barred")
    return {code: label for name in lists for code, label in _named(rules, name)}


def _named(rules: Lookups, name: str) -> Named:
    return tuple((one.code, Label(one.names.zh, one.names.en)) for one in rules.named_codes(name))
