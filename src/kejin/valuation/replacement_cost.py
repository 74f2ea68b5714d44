"""What would it cost to obtain the right anew? A floor under the value of a patent, never an estimate of it.

Official fees and attorneys' fees of obtaining a right of the kind (a range of the rules), less what has become
obsolete: the
cost falls with technical decay over the age, and with the part of the term that is used up. What was spent on
research is sunk and says nothing of the worth, so it is not part of the floor.

The low end of the range is the floor; the whole range is shown as the method's interval.
"""

from __future__ import annotations

import numpy as np

from kejin.numerics.lognormal import Z80
from kejin.rule_values import RowTable
from kejin.valuation.opinion import Opinion
from kejin.valuation.patent_columns import KINDS, Floats, PatentColumns


def cost_opinion(patents: PatentColumns, cost: RowTable, obsolescence: Floats) -> Opinion:
    """The cost of obtaining each right anew, less obsolescence: log of CNY.

    cost           low and high in CNY by kind.
    obsolescence   shape (group, 2), rates a year.
    """
    low = np.array([cost.number(kind, "low") for kind in KINDS])[patents.kind]
    high = np.array([cost.number(kind, "high") for kind in KINDS])[patents.kind]
    fading = -np.log1p(-obsolescence.mean(axis=1))[patents.obsolescence_group]
    term = patents.age_years + patents.left_years
    left = np.divide(patents.left_years, term, out=np.zeros(len(patents)), where=term > 0)
    speaks = patents.alive & (left > 0)
    with np.errstate(divide="ignore"):
        mu = (np.log(low) + np.log(high)) / 2 - fading * patents.age_years + np.log(left)
    return Opinion(np.where(speaks, mu, np.nan), np.where(speaks, np.log(high / low) / (2 * Z80), np.nan))


def floor_cny(opinion: Opinion) -> Floats:
    """The floor: the low end, and 0 where the right has ended."""
    return np.where(opinion.heard, opinion.low, 0.0)
