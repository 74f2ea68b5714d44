"""固定资产贷款: may a company borrow for equipment, plant and laboratories, over the long term?"""

from __future__ import annotations

from dataclasses import dataclass

from kejin.credit.products.joint import JointRules, application_gates, borrower_gates
from kejin.credit.products.product import (
    MONTHS_PER_YEAR,
    Cap,
    Product,
    loan_product,
    part_of,
    purpose_gate,
    term_at_least,
)
from kejin.rule_values import CodeSet, Figure, from_rule
from kejin.schemes.expressions import Column, lift
from kejin.schemes.scheme import Label

ID = "fixed_asset"


@dataclass(frozen=True, slots=True)
class FixedAssetRules:
    """The product's figures on a day."""

    purposes: CodeSet = from_rule("loans/fixed_asset/purposes")
    term_years_min: Figure = from_rule("loans/fixed_asset/term_years_min")
    term_years_max: Figure = from_rule("loans/fixed_asset/term_years_max")
    loan_to_project_max: Figure = from_rule("loans/fixed_asset/loan_to_project_max")


def fixed_asset(joint: JointRules, rules: FixedAssetRules) -> Product:
    """Medium and long-term; the company puts its own part into the project."""
    share = rules.loan_to_project_max
    return loan_product(
        ID,
        Label("固定资产贷款", "Fixed-asset loan"),
        borrower=borrower_gates(joint),
        application=(
            *application_gates(joint),
            purpose_gate(rules.purposes),
            term_at_least(rules.term_years_min.number, (rules.term_years_min.cite,)),
        ),
        caps=(
            Cap(
                "project",
                Label("项目投资的比例", "Share of the project's cost"),
                part_of(Column("project_cost_fen"), share.value),
                (share.cite,),
                of_application=True,
            ),
        ),
        term_months_max=lift(rules.term_years_max.number * MONTHS_PER_YEAR),
        term_cites=(rules.term_years_max.cite,),
        running_costs=False,
    )
