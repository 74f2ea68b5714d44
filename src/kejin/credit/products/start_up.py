"""初创贷: may a young company without titles, profits or collateral borrow on its people and its research?"""

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
    research_gate,
)
from kejin.rule_values import CodeSet, Figure, from_rule
from kejin.schemes.expressions import Column, lift
from kejin.schemes.scheme import Gate, Label, compared

ID = "start_up"


@dataclass(frozen=True, slots=True)
class StartUpRules:
    """The product's figures on a day."""

    purposes: CodeSet = from_rule("loans/start_up/purposes")
    amount_cny_max: Figure = from_rule("loans/start_up/amount_cny_max")
    term_years_max: Figure = from_rule("loans/start_up/term_years_max")
    age_years_max: Figure = from_rule("loans/start_up/age_years_max")
    bachelors_share_min: Figure = from_rule("loans/start_up/bachelors_share_min")
    rd_to_revenue_min: Figure = from_rule("loans/start_up/rd_to_revenue_min")


def start_up(joint: JointRules, rules: StartUpRules) -> Product:
    """Small and unsecured, for companies outside the official lists: people with degrees, money put into research."""
    amount = rules.amount_cny_max
    age = compared(
        "age_max", Label("成立年数", "Years since founding"), Column("age_years"), "<=", rules.age_years_max, "year"
    )
    share = Column("degree_share")
    degrees = Gate(
        "degree_share_min",
        Label("本科及以上人员占比", "Staff with a degree"),
        share >= rules.bachelors_share_min.number,
        (rules.bachelors_share_min.cite,),
        share,
        "ratio",
        rules.bachelors_share_min.number,
    )
    return loan_product(
        ID,
        Label("初创贷", "Start-up loan"),
        borrower=(
            *borrower_gates(joint, technology=False),
            age,
            degrees,
            research_gate("rd_to_revenue_min", rules.rd_to_revenue_min.number, (rules.rd_to_revenue_min.cite,)),
        ),
        application=(*application_gates(joint), purpose_gate(rules.purposes)),
        caps=(
            Cap(
                "product",
                Label("初创贷上限", "Limit of the product"),
                lift(amount.number * FEN_PER_CNY),
                (amount.cite,),
            ),
        ),
        term_months_max=lift(rules.term_years_max.number * MONTHS_PER_YEAR),
        term_cites=(rules.term_years_max.cite,),
    )
