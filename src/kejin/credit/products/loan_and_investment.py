"""贷款+外部直投: may a company borrow beside an outside investor's equity?

The bank lends and an outside institution invests; each decides on its own. No document caps the loan, so the cap here
is a figure of our own.
"""

from __future__ import annotations

from dataclasses import dataclass

from kejin.credit.products.joint import JointRules, application_gates, borrower_gates
from kejin.credit.products.product import MONTHS_PER_YEAR, Cap, Product, loan_product, part_of, purpose_gate
from kejin.rule_values import CodeSet, Figure, from_rule
from kejin.schemes.expressions import Column, If, larger, lift
from kejin.schemes.scheme import Gate, Label

ID = "loan_and_investment"


@dataclass(frozen=True, slots=True)
class LoanAndInvestmentRules:
    """The product's figures on a day."""

    purposes: CodeSet = from_rule("loans/loan_and_investment/purposes")
    round_months_max: Figure = from_rule("loans/loan_and_investment/round_months_max")
    loan_to_equity_max: Figure = from_rule("loans/loan_and_investment/loan_to_equity_max")
    term_years_max: Figure = from_rule("loans/loan_and_investment/term_years_max")


def loan_and_investment(joint: JointRules, rules: LoanAndInvestmentRules) -> Product:
    """For companies with a fresh equity round, or with an investor who has committed."""
    months, ratio = Column("months_since_round"), rules.loan_to_equity_max
    committed = Column("investor_commitment_fen").or_else(0.0)
    never = Column("equity_rounds").equals(0)
    fresh = If(never, lift(False), months <= rules.round_months_max.number)
    raised = If(never, lift(0.0), Column("latest_round_fen"))
    invested = Gate(
        "invested",
        Label("近期获得股权融资或外部机构承诺投资", "Fresh equity, or an investor has committed"),
        fresh | (committed > 0.0),
        (rules.round_months_max.cite,),
        months,
        "month",
        rules.round_months_max.number,
        "<=",
    )
    return loan_product(
        ID,
        Label("贷款+外部直投", "Loan with external investment"),
        borrower=(*borrower_gates(joint), invested),
        application=(*application_gates(joint), purpose_gate(rules.purposes)),
        caps=(
            Cap(
                "equity",
                Label("最近一轮融资或承诺投资的比例", "Share of the last round, or of what is committed"),
                part_of(larger(raised, committed), ratio.value),
                (ratio.cite,),
            ),
        ),
        term_months_max=lift(rules.term_years_max.number * MONTHS_PER_YEAR),
        term_cites=(rules.term_years_max.cite,),
        notes=(
            Label(
                "贷款与投资须分别审批；银行不持有股权。",
                "Loan and investment are approved apart; the bank holds no equity.",
            ),
        ),
    )
