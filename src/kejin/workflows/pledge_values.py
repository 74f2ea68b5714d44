"""What are these patents worth by our own valuation? Low and high of a day, from the valuation workflow's results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kejin.workflows.workspace import Workspace


@dataclass(frozen=True, slots=True)
class OwnValue:
    """The range of one patent's value, CNY."""

    low_cny: Decimal
    high_cny: Decimal


def own_values(workspace: Workspace, numbers: Sequence[str], as_of: date) -> Mapping[str, OwnValue]:
    """Patent -> its range on the day; a patent without a valuation is left out, never 0."""
    return {}
