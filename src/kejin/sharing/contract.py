"""Who has promised to bear which part of a loss? A contract: shares in order, and who keeps what nobody else bears.

Two steps, so that the answer can be checked by hand. First the *due* of each bearer on each loan, from that loan alone:
ratio, deductible, most on one loan. Then the *payment*, in order of claims: what the bearer's first loss, cap and stop
leave of the due. What a bearer owes under the contract but does not pay, its cap being used up, stays with the
keeper and does not pass to the next bearer. So the order of claims moves money between loans, never between bearers.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from kejin.errors import InputError

BILLION = 1_000_000_000
FEN_MAX = 4_000_000_000_000_000_000  # 40 million billion CNY: sums stay inside 64 bits
Basis = Literal["loss", "rest"]
Recovery = Literal["proportional", "keeper_first", "keeper_last"]
RECOVERY_CODES = {"proportional": 0, "keeper_first": 1, "keeper_last": 2}


@dataclass(frozen=True, slots=True)
class LossShare:
    """One bearer's promise.

    ratios            part of the basis, one for each class of loans of the contract; at most nine decimals.
    basis             `loss`: the whole loss; `rest`: what the dues of the shares before it leave.
    deductible_fen    of each loan: only the basis above it is shared.
    loan_fen_max      most due on one loan; None: without such a bound.
    first_loss_fen    of all loans together: dues up to this sum are not paid (the level at which sharing begins).
    total_fen_max     most paid on all loans together (a cap, a pool's money, a compensation rate); None: without.
    overdue_days_min  a claim counts from so many days overdue on (the event that triggers it).
    warning_fen       payments of all loans together from which the bearer warns.
    stop_fen          payments of all loans together from which loans granted later are not shared any more.
    """

    bearer: str
    ratios: tuple[Decimal, ...]
    basis: Basis = "loss"
    deductible_fen: int = 0
    loan_fen_max: int | None = None
    first_loss_fen: int = 0
    total_fen_max: int | None = None
    overdue_days_min: int = 0
    warning_fen: int | None = None
    stop_fen: int | None = None


@dataclass(frozen=True, slots=True)
class SharingContract:
    """Shares in contract order, the keeper of the rest, and the classes of loans that have ratios of their own.

    recovery   who gets money that comes back: everybody in proportion, the keeper first, or the keeper last.
    Raises     sharing.bearer_repeated, sharing.ratio_outside, sharing.ratio_digits, sharing.ratios_missing,
               sharing.shares_over_one, sharing.bound_negative, sharing.stop_below_warning.
    """

    shares: tuple[LossShare, ...]
    keeper: str = "bank"
    classes: tuple[str, ...] = ("all",)
    recovery: Recovery = "proportional"

    def __post_init__(self) -> None:
        names = [share.bearer for share in self.shares]
        repeated = sorted({name for name in (*names, self.keeper) if (*names, self.keeper).count(name) > 1})
        if repeated:
            raise InputError("sharing.bearer_repeated", bearer=repeated[0])
        for share in self.shares:
            _check_share(share, self.classes)
        for number, name in enumerate(self.classes):
            _check_sum(self.shares, number, name)

    @property
    def bearers(self) -> tuple[str, ...]:
        """Everybody who can bear a part, the keeper last."""
        return (*(share.bearer for share in self.shares), self.keeper)

    def class_number(self, name: str) -> int:
        """Place of a class of loans in `classes`. Raises sharing.class_unknown."""
        if name not in self.classes:
            raise InputError("sharing.class_unknown", name=name, known=", ".join(self.classes))
        return self.classes.index(name)


def billionths(ratio: Decimal) -> int:
    """A ratio as whole billionths. Raises sharing.ratio_digits where it has more than nine decimals."""
    scaled = ratio * BILLION
    if scaled != scaled.to_integral_value():
        raise InputError("sharing.ratio_digits", ratio=ratio)
    return int(scaled)


def _check_share(share: LossShare, classes: tuple[str, ...]) -> None:
    if len(share.ratios) != len(classes):
        raise InputError("sharing.ratios_missing", bearer=share.bearer, given=len(share.ratios), wanted=len(classes))
    for ratio in share.ratios:
        if not (ratio.is_finite() and 0 <= ratio <= 1):
            raise InputError("sharing.ratio_outside", bearer=share.bearer, ratio=ratio)
        billionths(ratio)
    bounds = {
        "deductible_fen": share.deductible_fen,
        "loan_fen_max": share.loan_fen_max,
        "first_loss_fen": share.first_loss_fen,
        "total_fen_max": share.total_fen_max,
        "overdue_days_min": share.overdue_days_min,
        "warning_fen": share.warning_fen,
        "stop_fen": share.stop_fen,
    }
    for name, bound in bounds.items():
        if bound is not None and not 0 <= bound <= FEN_MAX:
            raise InputError("sharing.bound_negative", bearer=share.bearer, name=name, bound=bound)
    if share.warning_fen is not None and share.stop_fen is not None and share.warning_fen > share.stop_fen:
        raise InputError("sharing.stop_below_warning", bearer=share.bearer)


def _check_sum(shares: tuple[LossShare, ...], number: int, name: str) -> None:
    """Shares of the whole loss add up to 1 at most, in every class."""
    total = sum((share.ratios[number] for share in shares if share.basis == "loss"), Decimal(0))
    if total > 1:
        raise InputError("sharing.shares_over_one", name=name, total=f"{float(total):.4%}")
