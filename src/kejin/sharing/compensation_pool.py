"""What does a risk-compensation pool take over, and when does it warn or stop? Government pools, parks, insurers.

A pool pays a share of the bank's loss once a loan is non-performing, up to its money. Where it is run by levels, a
compensation rate makes it warn, and a higher one stops new loans. Parks and insurers come before it with shares of
their own; the pool then takes its share of what they leave.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from kejin.errors import InputError
from kejin.rule_values import CodeSet, Figure, RowTable, from_rule
from kejin.sharing.contract import LossShare, SharingContract
from kejin.units import to_fen

POOL, INSURER, PARK, BANK = "compensation_pool", "insurer", "park", "bank"
Standing = Literal["open", "warning", "stopped"]


@dataclass(frozen=True, slots=True)
class ShenzhenPoolRules:
    """The Shenzhen pool: share by class of loan, money, trigger."""

    share_by_class: RowTable = from_rule("sharing/shenzhen_pool/share_by_class")
    pool_cny: Figure = from_rule("sharing/shenzhen_pool/pool_cny")
    trigger_overdue_days: Figure = from_rule("sharing/shenzhen_pool/trigger_overdue_days")
    share_max: Figure = from_rule("sharing/shenzhen_pool/share_max")


@dataclass(frozen=True, slots=True)
class PingshanPoolRules:
    """The district's pool: its money and whom it leaves out."""

    pool_cny: Figure = from_rule("sharing/pingshan_pool/pool_cny")
    excluded_sectors: CodeSet = from_rule("sharing/pingshan_pool/excluded_sectors")


@dataclass(frozen=True, slots=True)
class LevelRules:
    """Compensation rates at which a scheme warns and stops (as in Hubei)."""

    warning_rate: Figure = from_rule("sharing/levels/warning_rate")
    stop_rate: Figure = from_rule("sharing/levels/stop_rate")


@dataclass(frozen=True, slots=True)
class PartnerRules:
    """Shares of a park and of an insurer in loans of parks."""

    park_share: Figure = from_rule("sharing/partners/park_share")
    park_first_loss_rate: Figure = from_rule("sharing/partners/park_first_loss_rate")
    insurer_share: Figure = from_rule("sharing/partners/insurer_share")
    insurer_deductible_cny: Figure = from_rule("sharing/partners/insurer_deductible_cny")


def shenzhen_pool(rules: ShenzhenPoolRules, remaining_cny: Decimal | None = None) -> SharingContract:
    """The pool as a sharing contract, with the classes of loans of the rule.

    remaining_cny   what is left of the pool's money; None: all of it. 0 is an exhausted pool: the bank bears all.
    Raises   sharing.pool_negative, sharing.share_above_most.
    """
    money = rules.pool_cny.value if remaining_cny is None else remaining_cny
    if not 0 <= money <= rules.pool_cny.value:
        raise InputError("sharing.pool_negative", remaining=money, pool=rules.pool_cny.value)
    classes = tuple(rules.share_by_class.rows)
    ratios = tuple(Decimal(rules.share_by_class.rows[name]["share"]) for name in classes)
    if max(ratios) > rules.share_max.value:
        raise InputError("sharing.share_above_most", share=max(ratios), most=rules.share_max.value)
    share = LossShare(POOL, ratios, total_fen_max=to_fen(money), overdue_days_min=int(rules.trigger_overdue_days.value))
    return SharingContract((share,), BANK, classes)


def require_money(remaining_cny: Decimal, wanted_cny: Decimal) -> None:
    """A pool that must pay this now can. Raises sharing.pool_exhausted, which says how much is missing."""
    if not remaining_cny >= wanted_cny:
        raise InputError("sharing.pool_exhausted", remaining=remaining_cny, wanted=wanted_cny)


def pool_with_levels(ratio: Decimal, balance_cny: Decimal, rules: LevelRules, bearer: str = POOL) -> SharingContract:
    """A pool that warns and stops by its compensation rate on the balance of its loans.

    Raises   sharing.balance_not_positive and those of `SharingContract`.
    """
    if not balance_cny > 0:
        raise InputError("sharing.balance_not_positive", balance=balance_cny)
    share = LossShare(
        bearer,
        (ratio,),
        warning_fen=to_fen(balance_cny * rules.warning_rate.value),
        stop_fen=to_fen(balance_cny * rules.stop_rate.value),
    )
    return SharingContract((share,), BANK)


def standing(compensated_cny: Decimal, balance_cny: Decimal, rules: LevelRules) -> Standing:
    """Whether a scheme is open, warns, or has stopped taking new loans. Raises sharing.balance_not_positive."""
    if not balance_cny > 0:
        raise InputError("sharing.balance_not_positive", balance=balance_cny)
    rate = compensated_cny / balance_cny
    if rate >= rules.stop_rate.value:
        return "stopped"
    return "warning" if rate >= rules.warning_rate.value else "open"


def park_contract(
    partners: PartnerRules, pool: ShenzhenPoolRules, pool_class: str, balance_cny: Decimal, with_insurer: bool = True
) -> SharingContract:
    """A loan of a park: the park's share after its bank's first loss, the insurer's after a deductible, then the pool.

    pool_class   class of the pool's rule; the pool takes its share of what park and insurer leave.
    balance_cny  of the park's loans: the first loss is a rate of it.
    Raises   sharing.class_unknown, sharing.balance_not_positive.
    """
    if pool_class not in pool.share_by_class.rows:
        raise InputError("sharing.class_unknown", name=pool_class, known=", ".join(pool.share_by_class.rows))
    if not balance_cny > 0:
        raise InputError("sharing.balance_not_positive", balance=balance_cny)
    first_loss = balance_cny * partners.park_first_loss_rate.value * partners.park_share.value
    shares = [LossShare(PARK, (partners.park_share.value,), first_loss_fen=to_fen(first_loss))]
    if with_insurer:
        deductible = to_fen(partners.insurer_deductible_cny.value)
        shares.append(LossShare(INSURER, (partners.insurer_share.value,), deductible_fen=deductible))
    trigger = int(pool.trigger_overdue_days.value)
    ratio = Decimal(pool.share_by_class.rows[pool_class]["share"])
    shares.append(
        LossShare(POOL, (ratio,), "rest", total_fen_max=to_fen(pool.pool_cny.value), overdue_days_min=trigger)
    )
    return SharingContract(tuple(shares), BANK)


def excluded(sectors: Mapping[str, bool], rules: PingshanPoolRules) -> tuple[str, ...]:
    """Sectors of a company that the district's pool leaves out: code -> whether the company is in it."""
    return tuple(sorted(code for code, inside in sectors.items() if inside and code in rules.excluded_sectors.codes))
