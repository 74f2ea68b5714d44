"""知识产权质押贷款: what may be lent on patents and other rights, and who has to value them?

The pledge counts at the low end of its value. Up to an amount the bank may value it itself or agree on a value with the
company; above, an outside valuation is needed. Before that simplification every loan needs one.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from kejin.credit.products.joint import JointRules, application_gates, borrower_gates
from kejin.credit.products.product import (
    FEN_PER_CNY,
    MONTHS_PER_YEAR,
    Cap,
    Product,
    loan_product,
    part_of,
    purpose_gate,
)
from kejin.rule_values import CodeSet, Figure, RowTable, from_rule
from kejin.schemes.expressions import MISSING_NUMBER, Column, Expression, If, lift
from kejin.schemes.scheme import Gate, Label, Lever

ID = "ip_pledge"
OUTSIDE = ("external", "mixed")  # valuations in which an outside valuer has part


@dataclass(frozen=True, slots=True)
class IpPledgeRules:
    """The product's figures on a day."""

    purposes: CodeSet = from_rule("loans/ip_pledge/purposes")
    term_years_max: Figure = from_rule("loans/ip_pledge/term_years_max")
    pledge_ratio_max: RowTable = from_rule("loans/ip_pledge/pledge_ratio_max")


@dataclass(frozen=True, slots=True)
class InternalValueRules:
    """From when a bank may value a pledge itself, and up to which loan."""

    internal_value_loan_cny_max: Figure = from_rule("loans/ip_pledge/internal_value_loan_cny_max")


def ip_pledge(joint: JointRules, rules: IpPledgeRules, later: InternalValueRules | None = None) -> Product:
    """Secured by rights; the low end of their value times the pledge ratio of their kind is the cap."""
    low = Column("pledge_value_fen_low")
    has_pledge = Gate(
        "pledge",
        Label("有可质押的知识产权", "Rights to pledge, with a value"),
        low > 0.0,
        (),
        low,
        "fen",
        0.0,
        ">",
    )
    return loan_product(
        ID,
        Label("知识产权质押贷款", "IP pledge loan"),
        borrower=(*borrower_gates(joint), has_pledge),
        application=(*application_gates(joint), purpose_gate(rules.purposes), _valuation(later)),
        caps=(
            Cap(
                "pledge",
                Label("质押物价值低端乘质押率", "Low end of the pledge's value times pledge ratio"),
                _carried(low, rules.pledge_ratio_max),
                (rules.pledge_ratio_max.cite,),
            ),
        ),
        term_months_max=lift(rules.term_years_max.number * MONTHS_PER_YEAR),
        term_cites=(rules.term_years_max.cite,),
    )


def _carried(low: Column, ratios: RowTable) -> Expression:
    """Low end of the value times the ratio of the kind of right; missing for a kind that is not known or has none."""
    kind = Column("pledge_right_kind")
    found: Expression = MISSING_NUMBER
    for name in sorted(ratios.rows):
        found = If(kind.one_of([name]), part_of(low, Decimal(ratios.rows[name]["value"])), found)
    return found


def _valuation(rules: InternalValueRules | None) -> Gate:
    """Was the pledge valued by whoever has to value it?"""
    label = Label("质押物定值方式符合规定", "The pledge was valued as it has to be")
    outside = Column("pledge_valuation").one_of(OUTSIDE)
    if rules is None:
        return Gate("valuation", label, outside, (), Column("pledge_valuation"), "text")
    amount, edge = Column("amount_fen"), rules.internal_value_loan_cny_max.number * FEN_PER_CNY
    known = ~Column("pledge_valuation").is_missing()
    passes = outside | ((amount <= edge) & known)
    cites = (rules.internal_value_loan_cny_max.cite,)
    return Gate("valuation", label, passes, cites, amount, "fen", edge, "<=", (Lever("amount_fen"),))
