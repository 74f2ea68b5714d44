"""What do the rules of the day say about default and its model? Frozen records that a workflow fills."""

from __future__ import annotations

from dataclasses import dataclass

from scipy import stats

from kejin.credit.bin_feature import BinningSettings
from kejin.credit.fit_scorecard import FitSettings
from kejin.credit.scorecard import Scaling
from kejin.rule_values import CodeSet, Figure, RowTable, Wording, from_rule


@dataclass(frozen=True, slots=True)
class DefaultDefinition:
    """When has a company defaulted, and within how many months does it count?"""

    overdue_days_above: Figure = from_rule("credit/default_definition/overdue_days_above")
    five_classes: CodeSet = from_rule("credit/default_definition/five_classes")
    horizon_months: Figure = from_rule("credit/default_definition/horizon_months")


@dataclass(frozen=True, slots=True)
class DefaultModelRules:
    """How is the model fitted, how risky is its use, how long does a validation hold?"""

    settings: RowTable = from_rule("credit/default_model/settings")
    risk_grade: Wording = from_rule("credit/default_model/risk_grade")
    validity_months: Figure = from_rule("credit/default_model/validity_months")

    def figure(self, name: str) -> float:
        return self.settings.number(name, "figure")

    def fit_settings(self) -> FitSettings:
        """The settings of the scorecard's fit."""
        level = self.figure("interval_level")
        return FitSettings(
            BinningSettings(
                bins_max=int(self.figure("bins_max")),
                share_min=self.figure("bin_share_min"),
                defaults_min=int(self.figure("bin_defaults_min")),
            ),
            iv_min=self.figure("information_value_min"),
            iv_noise=self.figure("information_value_noise"),
            features_max=int(self.figure("features_max")),
            ridge=self.figure("ridge_rows"),
            scaling=Scaling(self.figure("base_points"), self.figure("base_odds"), self.figure("points_to_double")),
            interval=level,
            interval_z=float(stats.norm.ppf((1 + level) / 2)),
            reasons_max=int(self.figure("reasons_max")),
        )
