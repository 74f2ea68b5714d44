"""科技信用贷: may a technology company borrow working capital on its own name?"""

from __future__ import annotations

from dataclasses import dataclass

from kejin.credit.products.joint import JointRules, application_gates, borrower_gates, by_stage, stage_cap
from kejin.credit.products.product import Product, loan_product, months_in_case, purpose_gate
from kejin.rule_values import CaseFigure, CodeSet, Figure, from_rule
from kejin.schemes.expressions import Column, If
from kejin.schemes.scheme import Label, compared

ID = "technology_credit"


@dataclass(frozen=True, slots=True)
class TechnologyCreditRules:
    """The product's figures on a day."""

    purposes: CodeSet = from_rule("loans/technology_credit/purposes")
    age_years_min: Figure = from_rule("loans/technology_credit/age_years_min")
    term_years_max: CaseFigure = from_rule("loans/working_capital/term_years_max")


def technology_credit(joint: JointRules, rules: TechnologyCreditRules) -> Product:
    """Unsecured, for running costs; three years, five where cash comes back slowly; limit by stage."""
    by_rule, usual = months_in_case(rules.term_years_max), by_stage(joint.term_months_max)
    # The stage's usual term gives way where the rule allows more because cash comes back slowly.
    term = If(Column("slow_cash_recovery").or_else(False), by_rule, If(by_rule <= usual, by_rule, usual))
    age = compared(
        "age_min", Label("成立年数", "Years since founding"), Column("age_years"), ">=", rules.age_years_min, "year"
    )
    return loan_product(
        ID,
        Label("科技信用贷", "Technology credit loan"),
        borrower=(*borrower_gates(joint), age),
        application=(*application_gates(joint), purpose_gate(rules.purposes)),
        caps=(stage_cap(joint),),
        term_months_max=term,
        term_cites=(*rules.term_years_max.cites, joint.term_months_max.cite),
    )
