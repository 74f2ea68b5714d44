"""What does a layer of the loss cost on average? Exact for a loss whose values and probabilities are known.

    layer   part of the loss between where it attaches and where it ends, times a share
    tranche layer of the loss rate of very many equal loans that one factor moves

Evidence  tests/published/vasicek_2002 (tranches, discrete losses, a compensation rate with a cap).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from kejin.errors import InputError
from kejin.numerics.one_factor import mean_excess

Floats = NDArray[np.float64]


def layer(loss: Floats, attach: float, width: float = np.inf, share: float = 1.0) -> Floats:
    """The part of each loss that a layer pays: share x min(max(loss - attach, 0), width).

    Raises   sharing.layer_wrong for a negative bound, or a share outside 0 to 1.
    """
    if not (attach >= 0 and width >= 0 and 0 <= share <= 1):
        raise InputError("sharing.layer_wrong", attach=attach, width=width, share=share)
    return share * np.clip(np.asarray(loss, dtype=np.float64) - attach, 0.0, width)


def mean_layer(loss: Floats, probabilities: Floats, attach: float, width: float = np.inf, share: float = 1.0) -> float:
    """Average cost of a layer; probabilities add up to 1.

    Raises   sharing.probabilities_not_one, sharing.layer_wrong.
    """
    chances = np.asarray(probabilities, dtype=np.float64)
    if not ((chances >= 0).all() and abs(chances.sum() - 1.0) <= 1e-9):
        raise InputError("sharing.probabilities_not_one", total=float(chances.sum()))
    return float(layer(loss, attach, width, share) @ chances)


def tranche_cost(
    default_probability: float, correlation: float, loss_rate: float, attach: float, detach: float
) -> float:
    """Average loss of a tranche of a large portfolio, as a share of the whole portfolio.

    attach, detach   shares of the portfolio's exposure, 0 <= attach <= detach <= 1.
    Raises   sharing.layer_wrong.
    """
    if not (0 <= attach <= detach <= 1 and 0 < loss_rate <= 1):
        raise InputError("sharing.layer_wrong", attach=attach, width=detach - attach, share=loss_rate)
    above = [mean_excess(default_probability, correlation, edge / loss_rate) for edge in (attach, detach)]
    return loss_rate * (above[0] - above[1])


def capped_rate_cost(
    count: int, default_probability: float, cap_rate: float, share: float, loss_rate: float = 1.0
) -> float:
    """Average compensation for so many equal independent loans when the loss rate that counts is capped.

    Formula  share x min(loss rate of the portfolio, cap rate), as a share of the balance.

    Raises   sharing.layer_wrong, sharing.probability_outside.
    """
    if not (0 < default_probability < 1 and count >= 1):
        raise InputError("sharing.probability_outside", count=1, first=0)
    defaults = np.arange(count + 1)
    chances = binom.pmf(defaults, count, default_probability)
    return mean_layer(defaults / count * loss_rate, chances / chances.sum(), 0.0, cap_rate, share)
