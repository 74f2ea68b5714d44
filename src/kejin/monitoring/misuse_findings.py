"""Which findings does a loan's trail raise? Typologies T1 to T13 and flags R1 to R10, each where its figure is reached.

A finding is advice for a person: it names the figure that was reached and the one that was needed. It is no verdict,
and no finding is no proof that all is well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kejin.monitoring.arrays import Flags, Floats

# Which figure each flag looks at.
SIGNAL_OF_FLAG = {
    "r1": "misuse_places", "r2": "passed_through", "r3": "split", "r4": "weak_payee", "r5": "return",
    "r6": "repaid_first", "r7": "idle", "r8": "round_trip", "r9": "round_sums", "r10": "unmatched",
}  # fmt: skip
# Flags that only tell a reviewer where to look: alone they propose nothing.
WEAK_FLAGS = frozenset({"r7", "r9", "r10"})
WEAK_TYPOLOGIES = frozenset({"t13"})  # spending without research is common and honest


@dataclass(frozen=True, slots=True)
class Raised:
    """One kind of finding over all loans: its code, the share found, the share needed, and where it is raised."""

    code: str
    share: Floats
    needed: float
    raised: Flags


def evidence_share(signals: Mapping[str, Floats], code: str) -> Floats:
    """What speaks for one kind of evidence of a typology: a signal, or an end class by new routes and beyond habit."""
    if f"{code}_new" in signals and f"{code}_more" in signals:
        return np.minimum(signals[f"{code}_new"] + signals[f"{code}_more"], 1.0)
    return signals[f"{code}_new"] if f"{code}_new" in signals else signals[code]


def typologies_raised(
    signals: Mapping[str, Floats], evidence: Mapping[str, Sequence[str]], share_min: Mapping[str, float]
) -> tuple[Raised, ...]:
    """For each typology the largest share among the kinds of evidence that its rule names."""
    found = []
    for code, kinds in evidence.items():
        share = np.max(np.stack([evidence_share(signals, kind) for kind in kinds]), axis=0)
        found.append(Raised(code, share, share_min[code], share >= share_min[code]))
    return tuple(found)


def flags_raised(signals: Mapping[str, Floats], share_min: Mapping[str, float]) -> tuple[Raised, ...]:
    """Each flag where its figure reaches the rule's."""
    return tuple(
        Raised(code, signals[name], share_min[code], signals[name] >= share_min[code])
        for code, name in SIGNAL_OF_FLAG.items()
    )


def misuse_proposed(typologies: Sequence[Raised], flags: Sequence[Raised]) -> Flags:
    """Loans for which a person should decide whether money was misused.

    Two typologies are raised, or one and a strong flag with it; spending without research alone is neither.
    """
    kinds = np.sum([one.raised for one in typologies if one.code not in WEAK_TYPOLOGIES], axis=0)
    strong = np.sum([one.raised for one in flags if one.code not in WEAK_FLAGS], axis=0)
    return np.asarray((kinds >= 2) | ((kinds >= 1) & (strong >= 1)))
