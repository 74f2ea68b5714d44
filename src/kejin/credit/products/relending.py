"""科技创新和技术改造再贷款: may the bank fund this loan by re-lending, and at which rate?"""

from __future__ import annotations

from dataclasses import dataclass

from kejin.rule_values import CodeSet, Figure, Wording, from_rule
from kejin.schemes.expressions import Column, If, lift
from kejin.schemes.scheme import Gate, Label, Lever, Scheme, step

ID = "relending"
START_UP, GROWTH = 1.0, 2.0


@dataclass(frozen=True, slots=True)
class RelendingRules:
    """Quota, rate and scope on a day."""

    quota_cny: Figure = from_rule("loans/relending/quota_cny")
    rate: Figure = from_rule("loans/relending/rate")
    term_years: Figure = from_rule("loans/relending/term_years")
    extensions_max: Figure = from_rule("loans/relending/extensions_max")
    funded_share: Figure = from_rule("loans/relending/funded_share")
    private_research_sme: Wording = from_rule("loans/relending/private_research_sme")
    private_rd_to_revenue_min: Figure = from_rule("loans/relending/private_rd_to_revenue_min")
    technology_titles: CodeSet = from_rule("loans/joint/technology_titles")


def relending(rules: RelendingRules) -> Scheme:
    """Start-up and growing technology companies; from the day it was widened also private companies with much R&D.

    The central bank's list decides; this says who is likely to be on it.
    """
    stage, spent, revenue = Column("stage_code"), Column("rd_expense_fen_y0"), Column("revenue_fen_y0")
    young = (stage.equals(START_UP) | stage.equals(GROWTH)) & Column("technology_company")
    edge = rules.private_rd_to_revenue_min.number
    share = spent / revenue
    much = If(revenue.equals(0), spent > 0.0, share >= edge)
    private = (Column("private_company") & much) if rules.private_research_sme.code == "yes" else lift(False)
    gates = (
        Gate(
            "technology_sme",
            Label("初创期、成长期科技型企业", "Technology company at the start or growing"),
            young,
            (rules.technology_titles.cite,),
        ),
        Gate(
            "private_research",
            Label("研发投入水平较高的民营企业", "Private company with high R&D"),
            private,
            (rules.private_research_sme.cite, rules.private_rd_to_revenue_min.cite),
            share,
            "ratio",
            edge,
            ">=",
            (Lever("rd_expense_fen_y0", revenue),),
        ),
    )
    return Scheme(
        ID,
        "2024",
        Label("科技创新和技术改造再贷款", "Re-lending for technology"),
        gates,
        (),
        Column(step(ID, "technology_sme")) | Column(step(ID, "private_research")),
        notes=(Label("以人民银行名单为准。", "The central bank's list decides."),),
    )
