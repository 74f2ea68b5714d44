"""Which figures does the valuation of patents take from the rules of the day? One record, filled by a workflow."""

from __future__ import annotations

from dataclasses import dataclass

from kejin.rule_values import CodeMap, Figure, RowTable, from_rule


@dataclass(frozen=True, slots=True)
class ValuationRules:
    """Every figure that a law, a survey, a study or a profile of ours sets."""

    royalty_range: RowTable = from_rule("valuation/royalty_range")
    royalty_group_by_industry: CodeMap = from_rule("valuation/royalty_group_by_industry")
    obsolescence_range: RowTable = from_rule("valuation/obsolescence_range")
    obsolescence_group_by_field: CodeMap = from_rule("valuation/obsolescence_group_by_field")
    discount_rate: RowTable = from_rule("valuation/discount_rate")
    tax_rate: Figure = from_rule("valuation/tax_rate")
    patent_share: RowTable = from_rule("valuation/patent_share")
    forecast_sigma: Figure = from_rule("valuation/forecast_sigma")
    kind_weight: RowTable = from_rule("valuation/kind_weight")
    use_weight: RowTable = from_rule("valuation/use_weight")
    right_stands: RowTable = from_rule("valuation/right_stands")
    licensed_out_share: Figure = from_rule("valuation/licensed_out_share")
    licence_statistics: RowTable = from_rule("valuation/licence_statistics")
    deal_prior: RowTable = from_rule("valuation/deal_prior")
    method_reliability: RowTable = from_rule("valuation/method_reliability")
    methods_correlation: Figure = from_rule("valuation/methods_correlation")
    disagreement_factor: Figure = from_rule("valuation/disagreement_factor")
    deals_min: Figure = from_rule("valuation/deals_min")
    portfolio_correlation: RowTable = from_rule("valuation/portfolio_correlation")
    real_option: RowTable = from_rule("valuation/real_option")
    replacement_cost: RowTable = from_rule("valuation/replacement_cost")
    expiry_soon_years: Figure = from_rule("valuation/expiry_soon_years")
    cover_ratio_min: Figure = from_rule("valuation/cover_ratio_min")
    open_licence_caps: RowTable = from_rule("valuation/open_licence_caps")
