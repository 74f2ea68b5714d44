"""How strongly does the trail of a loan speak of misuse? Signals put together, each with its weight, none from a label.

Each signal is a share from 0 to 1. Strength = 1 - product of (1 - weight * share): one strong signal is enough, weak
ones add up, and no signal takes from another. The weights are a reviewer's opinion in a rule file, to be replaced by an
institution's own; the figure orders loans for review and is no probability.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from kejin.errors import InputError
from kejin.monitoring.arrays import Floats


def evidence_strength(signals: Mapping[str, Floats], weights: Mapping[str, float]) -> Floats:
    """One figure a loan, 0 (nothing) to below 1.

    signals  name -> shape (loan,), 0 to 1. Raises monitoring.signal_unknown where a weight names no signal.
    """
    unknown = sorted(set(weights) - set(signals))
    if unknown:
        raise InputError("monitoring.signal_unknown", signal=unknown[0], known=", ".join(sorted(signals)))
    quiet = np.ones(len(next(iter(signals.values()))))
    for name, weight in weights.items():
        quiet *= 1.0 - weight * np.clip(signals[name], 0.0, 1.0)
    return np.asarray(1.0 - quiet)
