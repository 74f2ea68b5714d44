"""What is a patent of an owner worth that sells nothing yet? The option on its research project, shared by its patents.

The owner spends on research what its last report says; some years of it are still to come; a finished project earns a
multiple of a year's spending until the patent ends (figures of the rule valuation/real_option). The value of the
project (schwartz_option) is shared among the owner's patents as income is. The spread is one figure of the rule: nobody
knows what a product that is not there will sell.
Silent where the owner sells already, or its spending on research is missing or 0.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from kejin.rule_values import RowTable
from kejin.valuation.opinion import Opinion, silent
from kejin.valuation.patent_columns import MAX_YEARS, Floats, PatentColumns
from kejin.valuation.schwartz_option import Grid, OptionTable, ProjectDynamics, option_table

_CASH_RANGE = (0.01, 100.0)


@lru_cache(maxsize=8)
def _table(dynamics: ProjectDynamics, research_years: float) -> OptionTable:
    return option_table(dynamics, MAX_YEARS, _CASH_RANGE, 4.0 * research_years, Grid(91, 161, 24))


def option_opinion(patents: PatentColumns, part: Floats, figures: RowTable) -> Opinion:
    """The option value of each patent of an owner before revenue; log of CNY.

    part   each patent's part of what its owner earns by patents (royalty_income.part_of_owner).
    """
    value = {key: float(row["value"]) for key, row in figures.rows.items()}
    speaks = patents.alive & (patents.revenue_cny == 0) & (patents.research_cny > 0) & (patents.left_years > 0)
    if not speaks.any():
        return silent(len(patents))
    dynamics = ProjectDynamics(
        value["drift"], value["risk_premium"], value["cash_volatility"], value["cost_uncertainty"],
        value["correlation"], value["failure_rate"], value["interest_rate"], value["multiple"],
    )  # fmt: skip
    table = _table(dynamics, value["research_years"])
    spending = np.where(speaks, patents.research_cny, 1.0)
    project = table.value(
        value["cash_per_spending"] * spending, value["research_years"] * spending, spending, patents.left_years
    )
    worth = project * part
    speaks &= worth > 0
    mu = np.log(np.where(speaks, worth, 1.0))
    return Opinion(np.where(speaks, mu, np.nan), np.where(speaks, value["log_sigma"], np.nan))
