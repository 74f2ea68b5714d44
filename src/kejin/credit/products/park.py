"""园区贷: may a company in a park borrow on what the park knows of it?"""

from __future__ import annotations

from dataclasses import dataclass

from kejin.credit.products.joint import JointRules, application_gates, borrower_gates
from kejin.credit.products.product import (
    FEN_PER_CNY,
    MONTHS_PER_YEAR,
    Cap,
    Product,
    loan_product,
    purpose_gate,
    term_at_least,
)
from kejin.rule_values import CodeSet, Figure, from_rule
from kejin.schemes.expressions import Column, lift
from kejin.schemes.scheme import Gate, Label, compared

ID = "park"


@dataclass(frozen=True, slots=True)
class ParkRules:
    """The product's figures on a day."""

    purposes: CodeSet = from_rule("loans/park/purposes")
    amount_cny_max: Figure = from_rule("loans/park/amount_cny_max")
    term_years_min: Figure = from_rule("loans/park/term_years_min")
    term_years_max: Figure = from_rule("loans/park/term_years_max")
    tenancy_months_min: Figure = from_rule("loans/park/tenancy_months_min")
    rent_years_max: Figure = from_rule("loans/park/rent_years_max")


def park(joint: JointRules, rules: ParkRules) -> Product:
    """Unsecured, for tenants of a park that is paired with a bank; rent paid is part of the evidence."""
    rent = rules.rent_years_max
    return loan_product(
        ID,
        Label("园区贷", "Park loan"),
        borrower=(
            *borrower_gates(joint, technology=False),
            Gate("in_park", Label("在园区内", "In a park"), Column("in_park"), ()),
            Gate("park_paired", Label("园区有结对银行", "Park is paired with a bank"), Column("park_paired"), ()),
            compared(
                "tenancy_min",
                Label("入驻月数", "Months in the park"),
                Column("tenancy_months"),
                ">=",
                rules.tenancy_months_min,
                "month",
            ),
            Gate("rent_paid", Label("无欠租", "No rent overdue"), ~Column("rent_overdue"), ()),
        ),
        application=(
            *application_gates(joint),
            purpose_gate(rules.purposes),
            term_at_least(rules.term_years_min.number, (rules.term_years_min.cite,)),
        ),
        caps=(
            Cap(
                "product",
                Label("园区贷单户上限", "Limit of a borrower"),
                lift(rules.amount_cny_max.number * FEN_PER_CNY),
                (rules.amount_cny_max.cite,),
            ),
            Cap(
                "rent",
                Label("年租金的倍数", "Multiple of a year's rent"),
                Column("rent_fen_year") * rent.number,
                (rent.cite,),
            ),
        ),
        term_months_max=lift(rules.term_years_max.number * MONTHS_PER_YEAR),
        term_cites=(rules.term_years_max.cite,),
    )
