"""研发贷款: may a company borrow for research, over several years?"""

from __future__ import annotations

from dataclasses import dataclass

from kejin.credit.products.joint import JointRules, application_gates, borrower_gates, stage_cap
from kejin.credit.products.product import (
    MONTHS_PER_YEAR,
    Cap,
    Product,
    loan_product,
    purpose_gate,
    research_gate,
    term_at_least,
)
from kejin.rule_values import CodeSet, Figure, from_rule
from kejin.schemes.expressions import Column, lift
from kejin.schemes.scheme import Label

ID = "research"


@dataclass(frozen=True, slots=True)
class ResearchLoanRules:
    """The product's figures on a day."""

    purposes: CodeSet = from_rule("loans/research/purposes")
    term_years_min: Figure = from_rule("loans/research/term_years_min")
    term_years_max: Figure = from_rule("loans/research/term_years_max")
    rd_to_revenue_min: Figure = from_rule("loans/research/rd_to_revenue_min")
    rd_years_covered_max: Figure = from_rule("loans/research/rd_years_covered_max")


def research(joint: JointRules, rules: ResearchLoanRules) -> Product:
    """Medium-term, for R&D and bringing patents into production; not more than some years of R&D expense."""
    years = rules.rd_years_covered_max
    covered = Column("rd_expense_fen_y0") * years.number
    return loan_product(
        ID,
        Label("研发贷款", "R&D loan"),
        borrower=(
            *borrower_gates(joint),
            research_gate("rd_to_revenue_min", rules.rd_to_revenue_min.number, (rules.rd_to_revenue_min.cite,)),
        ),
        application=(
            *application_gates(joint),
            purpose_gate(rules.purposes),
            term_at_least(rules.term_years_min.number, (rules.term_years_min.cite,)),
        ),
        caps=(
            stage_cap(joint),
            Cap("rd_expense", Label("研发费用的倍数", "Multiple of R&D expense"), covered, (years.cite,)),
        ),
        term_months_max=lift(rules.term_years_max.number * MONTHS_PER_YEAR),
        term_cites=(rules.term_years_max.cite,),
        running_costs=False,
    )
