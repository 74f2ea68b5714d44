"""Who bears a loan of the national guarantee plan for technology? 支持科技创新专项担保计划, 财金〔2024〕60号.

The bank bears at least a fifth, the government guarantee system the rest; in the system the national fund bears up to a
share that hangs on the company's class, the provincial re-guarantor at least its share, and the local guarantor what is
left. Fees and the balance of a borrower are bounded; the fund pays up to a compensation rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from kejin.errors import InputError
from kejin.rule_values import BandTable, Figure, RowTable, from_rule
from kejin.sharing.contract import LossShare, SharingContract
from kejin.units import to_fen

FUND, PROVINCE, LOCAL, BANK = "national_fund", "provincial_reguarantor", "local_guarantor", "bank"


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
class PlanShares:
    """Shares that the parties agreed, or None for the plan's own bound; ratios of the loan."""

    bank: Decimal | None = None
    province: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PlanFees:
    """Fees of a year in CNY, at most; and the mean rate the guarantor's fees stay below."""

    reguarantee_cny_max: Decimal
    guarantee_rate_below: Decimal


def guarantee_plan(
    rules: GuaranteePlanRules, guaranteed_balance_cny: Decimal, agreed: PlanShares | None = None
) -> SharingContract:
    """The plan as a sharing contract, with the classes of companies of the rule.

    guaranteed_balance_cny   of all loans of the contract: the fund's and the province's compensation stop at the
                             compensation rate times their part of it.
    Raises   sharing.bank_share_low, sharing.province_share_low, sharing.plan_over_one, sharing.balance_not_positive.
    """
    if not guaranteed_balance_cny > 0:
        raise InputError("sharing.balance_not_positive", balance=guaranteed_balance_cny)
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
    cap = rules.compensation_rate_max.value * guaranteed_balance_cny
    shares = (
        LossShare(FUND, fund, total_fen_max=to_fen(cap * max(fund))),
        LossShare(PROVINCE, (province,) * len(classes), total_fen_max=to_fen(cap * province)),
        LossShare(LOCAL, local),
    )
    return SharingContract(shares, BANK, classes)


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
