"""并购贷款: which deal may be financed, up to which share of its price, for how long?

Control deals and, since the measures of 2025-12-31, participation deals; technology companies in pilot cities have
wider bounds for control deals. The bank's own conditions and concentrations are gates too.
"""

from __future__ import annotations

from dataclasses import dataclass

from kejin.credit.products.joint import JointRules, application_gates, borrower_gates
from kejin.credit.products.product import (
    FEN_PER_CNY,
    MONTHS_PER_YEAR,
    Cap,
    Product,
    loan_product,
    months_in_case,
    part_in_case,
    purpose_gate,
    ratio_gate,
)
from kejin.rule_values import CaseFigure, CodeSet, Figure, Wording, from_rule
from kejin.schemes.expressions import Column, Expression, If, lift
from kejin.schemes.rule_expressions import in_case, number_in_case
from kejin.schemes.scheme import Gate, Label, Lever, held

ID = "merger"
CONTROL, PARTICIPATION = "control", "participation"
REFINANCING = "merger_refinancing"


@dataclass(frozen=True, slots=True)
class MergerRules:
    """What holds for M&A loans since the guide of 2015."""

    purposes: CodeSet = from_rule("loans/merger/purposes")
    loan_to_price_max: CaseFigure = from_rule("loans/merger/loan_to_price_max")
    own_funds_to_price_min: CaseFigure = from_rule("loans/merger/own_funds_to_price_min")
    term_years_max: CaseFigure = from_rule("loans/merger/term_years_max")
    participation_allowed: Wording = from_rule("loans/merger/participation_allowed")
    borrower_to_tier1_max: Figure = from_rule("loans/merger/borrower_to_tier1_max")
    all_to_tier1_max: Figure = from_rule("loans/merger/all_to_tier1_max")


@dataclass(frozen=True, slots=True)
class Merger2025Rules:
    """What the measures of 2025-12-31 ask in addition."""

    participation_stake_min: Figure = from_rule("loans/merger/participation_stake_min")
    add_on_stake_min: Figure = from_rule("loans/merger/add_on_stake_min")
    bank_assets_cny_min: CaseFigure = from_rule("loans/merger/bank_assets_cny_min")
    team_lead_years_min: CaseFigure = from_rule("loans/merger/team_lead_years_min")
    participation_share_max: Figure = from_rule("loans/merger/participation_share_max")
    refinancing_years_max: Figure = from_rule("loans/merger/refinancing_years_max")


def merger(joint: JointRules, rules: MergerRules, later: Merger2025Rules | None = None) -> Product:
    """Financing of a merger; every bound depends on the kind of deal and on the day."""
    price = Column("deal_price_fen")
    gates = [
        *application_gates(joint),
        purpose_gate(rules.purposes),
        _kind(rules.participation_allowed),
        ratio_gate(
            "own_funds",
            Label("权益性资金占交易价款", "Equity funds to the price"),
            "own_funds_fen",
            price,
            rules.own_funds_to_price_min,
            ">=",
        ),
        *_concentration(rules),
    ]
    if later is not None:
        gates += [_stake(later), *_bank(later), _refinancing(later), _participation_share(later)]
    return loan_product(
        ID,
        Label("并购贷款", "M&A loan"),
        borrower=borrower_gates(joint, technology=False),
        application=gates,
        caps=(
            Cap(
                "deal_price",
                Label("交易价款的比例", "Share of the price of the deal"),
                part_in_case(price, rules.loan_to_price_max),
                rules.loan_to_price_max.cites,
                of_application=True,
            ),
        ),
        term_months_max=months_in_case(rules.term_years_max),
        term_cites=rules.term_years_max.cites,
        running_costs=False,
    )


def _kind(allowed: Wording) -> Gate:
    kind = Column("deal_kind")
    passes = kind.one_of([CONTROL, PARTICIPATION] if allowed.code == "yes" else [CONTROL])
    label = Label("并购类型可以融资", "Kind of deal may be financed")
    return Gate("deal_kind", label, passes, (allowed.cite,), kind, "text")


def _concentration(rules: MergerRules) -> tuple[Gate, ...]:
    """The borrower's and all M&A loans of the bank, this one included, beside its tier-1 capital."""
    tier1, amount = Column("bank_tier1_fen"), Column("amount_fen")
    found = []
    for name, label, used, figure in (
        (
            "borrower_concentration",
            Label("单一借款人并购贷款占一级资本净额", "M&A loans of one borrower to tier-1 capital"),
            "borrower_merger_fen",
            rules.borrower_to_tier1_max,
        ),
        (
            "all_concentration",
            Label("全部并购贷款占一级资本净额", "All M&A loans to tier-1 capital"),
            "bank_merger_fen",
            rules.all_to_tier1_max,
        ),
    ):
        share = (Column(used) + amount) / tier1
        lever = Lever("amount_fen", tier1, Column(used))
        found.append(
            Gate(name, label, share <= figure.number, (figure.cite,), share, "ratio", figure.number, "<=", (lever,))
        )
    return tuple(found)


def _stake(rules: Merger2025Rules) -> Gate:
    """How large a stake must one deal bring? It differs by kind and by what the acquirer holds already."""
    kind, stake, before = Column("deal_kind"), Column("stake"), Column("stake_before")
    large, small = rules.participation_stake_min, rules.add_on_stake_min
    part: Expression = If(before >= large.number, lift(small.number), lift(large.number))
    control: Expression = If(Column("in_control_before"), lift(small.number), lift(0.0))
    least = If(kind.one_of([PARTICIPATION]), part, control)
    label = Label("本次取得股权比例", "Stake taken in this deal")
    cites = (large.cite, small.cite)
    return Gate("stake", label, stake >= least, cites, stake, "ratio", None, ">=", (Lever("stake"),), least)


def _bank(rules: Merger2025Rules) -> tuple[Gate, ...]:
    """Is the bank large enough, and its team experienced enough, for this kind of deal?"""
    assets, years = Column("bank_assets_fen"), Column("team_lead_years")
    size, lead = rules.bank_assets_cny_min, rules.team_lead_years_min
    return (
        Gate(
            "bank_assets",
            Label("银行资产余额", "Bank's assets"),
            in_case(size, lambda figure: held(assets, ">=", figure.number * FEN_PER_CNY)),
            size.cites,
            assets,
            "fen",
            None,
            ">=",
            (),
            number_in_case(size) * FEN_PER_CNY,
        ),
        Gate(
            "team_lead",
            Label("并购团队负责人从业年数", "Experience of the deal team's lead"),
            in_case(lead, lambda figure: held(years, ">=", figure.number)),
            lead.cites,
            years,
            "year",
            None,
            ">=",
            (),
            number_in_case(lead),
        ),
    )


def _refinancing(rules: Merger2025Rules) -> Gate:
    """A price already paid may be refinanced for a year, and never another M&A loan."""
    months, edge = Column("months_since_paid"), rules.refinancing_years_max.number * MONTHS_PER_YEAR
    other = ~Column("purpose_code").one_of([REFINANCING])
    passes = other | ((months <= edge) & ~Column("replaces_merger_loan"))
    label = Label("置换已付价款的时限", "Time in which a price paid may be refinanced")
    return Gate("refinancing", label, passes, (rules.refinancing_years_max.cite,), months, "month", edge, "<=")


def _participation_share(rules: Merger2025Rules) -> Gate:
    """Participation loans beside all M&A loans of the bank, this one included."""
    figure = rules.participation_share_max
    part, everything, amount = Column("bank_participation_fen"), Column("bank_merger_fen"), Column("amount_fen")
    share = (part + amount) / (everything + amount)
    passes = ~Column("deal_kind").one_of([PARTICIPATION]) | (share <= figure.number)
    label = Label("参股型占全部并购贷款", "Participation loans to all M&A loans")
    return Gate("participation_share", label, passes, (figure.cite,), share, "ratio", figure.number, "<=")
