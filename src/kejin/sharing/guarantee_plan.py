"""Who bears a loan of the national guarantee plan for technology? 支持科技创新专项担保计划, 财金〔2024〕60号.

The bank bears at least a fifth, the government guarantee system the rest; in the system the national fund bears up to a
share that hangs on the company's class, the provincial re-guarantor at least its share, and the local guarantor what is
left. Fees and the balance of a borrower are bounded; the fund pays up to a compensation rate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from kejin.errors import InputError
from kejin.rule_values import BandTable, Figure, RowTable, from_rule
from kejin.sharing.contract import LossShare, SharingContract
from kejin.units import to_fen

FUND, PROVINCE, LOCAL, BANK = "national_fund", "provincial_reguarantor", "local_guarantor", "bank"
CITY_FUND = "city_guarantee_fund"


@dataclass(frozen=True, slots=True)
class GuaranteePlanRules:
    """What the plan sets."""

    bank_share_min: Figure = from_rule("sharing/guarantee_plan/bank_share_min")
    fund_share_by_class: RowTable = from_rule("sharing/guarantee_plan/fund_share_by_class")
    province_share_min: Figure = from_rule("sharing/guarantee_plan/province_share_min")
    borrower_balance_cny_max: Figure = from_rule("sharing/guarantee_plan/borrower_balance_cny_max")
    compensation_rate_max: Figure = from_rule("sharing/guarantee_plan/compensation_rate_max")
    reguarantee_fee_max: BandTable = from_rule("sharing/guarantee_plan/reguarantee_fee_max")
    guarantee_fee_mean_below: Figure = from_rule("sharing/guarantee_plan/guarantee_fee_mean_below")


@dataclass(frozen=True, slots=True)
class CityFundRules:
    """What the Shenzhen guarantee fund takes over from guarantors."""

    reguarantee_share: BandTable = from_rule("sharing/shenzhen_guarantee_fund/reguarantee_share")


@dataclass(frozen=True, slots=True)
class PlanShares:
    """Shares that the parties agreed, or None for the plan's own bound; ratios of the loan.

    beyond_cap   who bears what the fund and the province leave beyond the compensation rate: the bank, as in batch
                 business, or the local guarantor that signed for the whole. The document as reported does not say.
    """

    bank: Decimal | None = None
    province: Decimal | None = None
    beyond_cap: Literal["bank", "local_guarantor"] = "bank"


@dataclass(frozen=True, slots=True)
class PlanFees:
    """Fees of a year in CNY, at most; and the mean rate the guarantor's fees stay below."""

    reguarantee_cny_max: Decimal
    guarantee_rate_below: Decimal


def guarantee_plan(
    rules: GuaranteePlanRules,
    guaranteed_balance_cny: Decimal | Mapping[str, Decimal],
    agreed: PlanShares | None = None,
) -> SharingContract:
    """The plan as a sharing contract, with the classes of companies of the rule.

    guaranteed_balance_cny   of all loans of the contract, or by class: the fund's and the province's compensation stop
                             at the compensation rate times their part of it. Of one sum without classes the fund's part
                             is taken with its largest share.
    Raises   sharing.bank_share_low, sharing.province_share_low, sharing.plan_over_one, sharing.balance_not_positive.
    """
    balances = guaranteed_balance_cny if isinstance(guaranteed_balance_cny, Mapping) else {"": guaranteed_balance_cny}
    total = sum(balances.values(), Decimal(0))
    if not total > 0:
        raise InputError("sharing.balance_not_positive", balance=total)
    agreed = PlanShares() if agreed is None else agreed
    bank = rules.bank_share_min.value if agreed.bank is None else agreed.bank
    province = rules.province_share_min.value if agreed.province is None else agreed.province
    if not rules.bank_share_min.value <= bank <= 1:
        raise InputError("sharing.bank_share_low", share=bank, least=rules.bank_share_min.value)
    if not rules.province_share_min.value <= province <= 1:
        raise InputError("sharing.province_share_low", share=province, least=rules.province_share_min.value)
    classes = tuple(rules.fund_share_by_class.rows)
    fund = tuple(Decimal(rules.fund_share_by_class.rows[name]["share"]) for name in classes)
    local = tuple(1 - bank - province - share for share in fund)
    if min(local) < 0:
        name = classes[local.index(min(local))]
        raise InputError("sharing.plan_over_one", name=name, total=bank + province + fund[classes.index(name)])
    rate = rules.compensation_rate_max.value
    parts = ((fund[_place(classes, name)] if name else max(fund)) * balance for name, balance in balances.items())
    fund_part = sum(parts, Decimal(0))
    shares = (
        LossShare(FUND, fund, total_fen_max=to_fen(rate * fund_part)),
        LossShare(PROVINCE, (province,) * len(classes), total_fen_max=to_fen(rate * province * total)),
    )
    if agreed.beyond_cap == LOCAL:
        return SharingContract((*shares, LossShare(BANK, (bank,) * len(classes))), LOCAL, classes)
    return SharingContract((*shares, LossShare(LOCAL, local)), BANK, classes)


def city_reguarantee(rules: CityFundRules, guarantor_share: Decimal, reguarantee_share: Decimal) -> SharingContract:
    """A loan under the city's guarantee fund: the fund takes a part of what the guarantor bears, the bank the rest.

    guarantor_share     of the loss, borne by guarantor and fund together.
    reguarantee_share   of the guarantor's part, inside the range of the rule. The rule says 20 to 50%; that it is
                        counted on the guarantor's part and not on the loan is our reading.
    Raises   sharing.share_outside_range and those of `SharingContract`.
    """
    low, high = rules.reguarantee_share.below_low, rules.reguarantee_share.below_high
    if not low <= reguarantee_share <= high:
        raise InputError("sharing.share_outside_range", share=reguarantee_share, low=low, high=high)
    fund = guarantor_share * reguarantee_share
    return SharingContract((LossShare(CITY_FUND, (fund,)), LossShare(LOCAL, (guarantor_share - fund,))), BANK)


def plan_fees(loan_cny: Decimal, rules: GuaranteePlanRules) -> PlanFees:
    """Re-guarantee fee of a year at most, by the size of the loan, and the bound of the mean guarantee fee.

    Raises   sharing.balance_not_positive.
    """
    if not loan_cny > 0:
        raise InputError("sharing.balance_not_positive", balance=loan_cny)
    rate = rules.reguarantee_fee_max.below_low
    for band in rules.reguarantee_fee_max.bands:
        if loan_cny > band.edge or (loan_cny == band.edge and not band.open):
            rate = band.points_low
    return PlanFees(loan_cny * rate, rules.guarantee_fee_mean_below.value)


def room_in_plan(balance_cny: Decimal, rules: GuaranteePlanRules) -> Decimal:
    """How much more of a borrower's loans the plan takes, at least 0."""
    return max(rules.borrower_balance_cny_max.value - balance_cny, Decimal(0))


def compensation_rate(compensated_cny: Decimal, released_cny: Decimal) -> Decimal:
    """Compensation paid to guaranteed loans released in a period (担保代偿率). Raises sharing.balance_not_positive."""
    if not released_cny > 0:
        raise InputError("sharing.balance_not_positive", balance=released_cny)
    return compensated_cny / released_cny


def _place(classes: tuple[str, ...], name: str) -> int:
    if name not in classes:
        raise InputError("sharing.class_unknown", name=name, known=", ".join(classes))
    return classes.index(name)
