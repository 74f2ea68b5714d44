"""Which technology risks are insured, and what was claimed? Policies and claims driven by hidden quality."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kejin.city import values
from kejin.city.parts import Part
from kejin.city.streams import Floats, Ints, chance, logistic, repeat_index, rounded, weighted_rows
from kejin.city.values import Rows, Text


@dataclass(frozen=True, slots=True)
class Product:
    """One product of the technology insurance statistics: how it is sold and how it fails."""

    code: str
    weight: float
    rate: float  # premium over sum insured
    claims: float  # claims a policy-year at middling quality
    severity: float  # median claim over sum insured
    cause: str


PRODUCTS = (
    Product("rd_expense_loss", 1.6, 0.020, 0.060, 0.12, "研发项目失败"),
    Product("product_rd_liability", 0.6, 0.012, 0.030, 0.10, "研发产品致损"),
    Product("key_rd_equipment", 1.4, 0.004, 0.050, 0.05, "设备损坏"),
    Product("rd_interruption", 0.4, 0.010, 0.040, 0.08, "研发中断"),
    Product("conversion_expense_loss", 0.5, 0.018, 0.060, 0.10, "转化失败"),
    Product("first_equipment", 0.5, 0.025, 0.070, 0.06, "首台套质量问题"),
    Product("first_material", 0.3, 0.022, 0.060, 0.06, "首批次质量问题"),
    Product("first_software", 0.4, 0.018, 0.060, 0.06, "首版次软件缺陷"),
    Product("ip_application_expense", 0.8, 0.030, 0.180, 0.25, "申请被驳回"),
    Product("ip_enforcement", 1.0, 0.035, 0.070, 0.30, "维权费用"),
    Product("ip_infringed_loss", 0.8, 0.020, 0.040, 0.20, "被侵权"),
    Product("ip_infringement_liability", 0.8, 0.018, 0.030, 0.25, "侵权被诉"),
    Product("ip_pledge_guarantee", 0.4, 0.015, 0.025, 0.60, "借款未还"),
    Product("ip_professional_liability", 0.1, 0.008, 0.020, 0.15, "职业过失"),
    Product("cyber", 1.4, 0.009, 0.070, 0.06, "网络攻击"),
    Product("talent_start_up", 0.5, 0.020, 0.080, 0.20, "创业失败"),
)


@dataclass(frozen=True, slots=True)
class Policies:
    """One value a policy-year; money in whole fen. frequency is the true number of claims expected in a year."""

    company: Ints
    number: Ints
    product: Ints
    insurer: Ints
    starts: Ints
    insured_fen: Ints
    premium_fen: Ints
    deductible_fen: Ints
    exposure_fen: Ints
    frequency: Floats


def make_policies(part: Part) -> Policies:
    """The policies of one part: a company that insures renews for some years."""
    rng, block, n = part.stream("policies"), part.companies, part.count
    size = np.log(np.maximum(part.activity.staff.max(axis=1), 1))
    insures = (
        chance(rng, logistic(-4.0 + 0.5 * size + 0.2 * block.management - 1.5 * block.without_rd), n) & ~block.shell
    )
    buyer, _ = repeat_index(np.where(insures, 1 + rng.poisson(0.5, n), 0))
    product = weighted_rows(rng, np.tile([one.weight for one in PRODUCTS], (len(buyer), 1)))
    first = np.maximum(part.until - rng.integers(100, 1_900, len(buyer)), block.born[buyer] + 200)
    last = np.minimum(
        np.minimum(block.ended[buyer] - 100, part.until - 30), first + 365 * rng.geometric(0.4, len(buyer))
    )
    whose, year = repeat_index(np.maximum(-(-(last - first) // 365), 0))
    company, product, m = buyer[whose], product[whose], len(whose)
    budget = part.activity.rd_expense.max(axis=1)[company]
    sales = part.activity.revenue.max(axis=1)[company]
    basis = np.maximum(np.where(product < 8, budget * 0.6, budget * 0.25 + sales * 0.02), 1e5)
    lasting = np.exp(rng.normal(0.0, 0.5, len(buyer)))[whose]
    insured = np.clip(rounded(basis * lasting, -4), 5e4, 2e8)
    rate = np.array([one.rate for one in PRODUCTS])[product] * np.exp(rng.normal(0, 0.3, len(buyer)))[whose]
    skill = np.where(product < 8, block.research[company], 0.6 * block.management[company] + 0.4 * block.luck[company])
    frequency = np.array([one.claims for one in PRODUCTS])[product] * np.exp(-0.45 * skill) * (insured / 1e6) ** 0.15
    premium = values.fen(np.maximum(insured * rate, 800))
    order = np.lexsort((product, whose, first[whose] + 365 * year, company))
    company_sorted = company[order]
    number = np.arange(m) - np.searchsorted(company_sorted, company_sorted)
    insurer = rng.integers(0, len(part.institutions.ids_of("insurer")), len(buyer))[whose]
    deductible = values.fen(rounded(insured * rng.choice([0, 0.05, 0.1, 0.1, 0.2], len(buyer))[whose], -2))
    return Policies(
        company_sorted, number, product[order], insurer[order], (first[whose] + 365 * year)[order],
        values.fen(insured)[order], premium[order], deductible[order], values.fen(rounded(basis, -2))[order],
        frequency[order],
    )  # fmt: skip


def _policy_ids(part: Part, policy: Ints) -> Text:
    block = part.policies
    return values.fixed(
        "BX", values.digits(part.first + block.company[policy], 7), values.digits(block.number[policy], 3)
    )


def insurance_policy_rows(part: Part) -> Rows:
    """Rows of `insurance_policy`."""
    block, rng = part.policies, part.stream("policy rows")
    m, own = len(block.company), np.arange(len(block.company), dtype=np.int64)
    pooled = np.array([one.code.startswith("ip_") for one in PRODUCTS])[block.product] & chance(rng, 0.4, m)
    return {
        "policy_id": _policy_ids(part, own),
        "company_id": part.ids(block.company),
        "institution_id": values.picked(part.institutions.ids_of("insurer"), block.insurer),
        "product": values.picked([one.code for one in PRODUCTS], block.product),
        "starts_on": values.days(block.starts),
        "ends_on": values.days(block.starts + 364),
        "sum_insured_cny": values.money(block.insured_fen, chance(rng, 0.01, m)),
        "premium_cny": values.money(block.premium_fen, chance(rng, 0.01, m)),
        "deductible_cny": values.money(block.deductible_fen, chance(rng, 0.06, m)),
        "exposure_cny": values.money(block.exposure_fen, chance(rng, 0.15, m)),
        "subsidy_share": values.number(rng.choice([0.0, 0.3, 0.5, 0.6], m), chance(rng, 0.12, m)),
        "pool_id": values.picked(("POOL-IP-01",), np.zeros(m, dtype=np.int64), ~pooled),
        "known_on": values.days(block.starts + rng.integers(0, 8, m)),
        "source": values.same("synthetic: insurer ledger", m),
    }


def insurance_claim_rows(part: Part) -> Rows:
    """Rows of `insurance_claim`: one when reported, one when settled, so that development can be seen."""
    block, rng = part.policies, part.stream("claims")
    policy, number = repeat_index(np.minimum(rng.poisson(block.frequency), 5))
    m = len(policy)
    occurred = block.starts[policy] + rng.integers(0, 365, m)
    reported = occurred + np.rint(rng.gamma(1.2, 18, m)).astype(np.int64)
    settled = reported + np.rint(rng.gamma(1.5, 90, m)).astype(np.int64) + 5
    kept = reported <= part.until - 6
    middling = np.array([one.severity for one in PRODUCTS])[block.product[policy]]
    loss = np.minimum(middling * np.exp(rng.normal(0, 1.0, m)), 1.6)
    claimed = np.rint(block.insured_fen[policy] * loss).astype(np.int64)
    due = np.minimum(np.maximum(claimed - block.deductible_fen[policy], 0), block.insured_fen[policy])
    refused = chance(rng, 0.18, m)
    paid = np.where(refused, 0, np.rint(due * np.where(chance(rng, 0.6, m), 1.0, rng.uniform(0.4, 1.0, m)))).astype(
        np.int64
    )
    guess = np.rint(due * np.exp(rng.normal(0.0, 0.35, m))).astype(np.int64)
    cause = [one.cause for one in PRODUCTS]
    none = np.ones(m, dtype=bool)
    first = {
        "claim_id": values.fixed(
            "PA",
            values.digits(part.first + block.company[policy], 7),
            values.digits(block.number[policy], 3),
            values.digits(number, 1),
        ),
        "policy_id": _policy_ids(part, policy),
        "occurred_on": values.days(occurred),
        "reported_on": values.days(reported, chance(rng, 0.01, m)),
        "settled_on": values.days(settled, none),
        "cause": values.picked(cause, block.product[policy], chance(rng, 0.1, m)),
        "claimed_cny": values.money(claimed, chance(rng, 0.05, m)),
        "reserved_cny": values.money(guess),
        "paid_cny": values.money(np.zeros(m, dtype=np.int64)),
        "known_on": values.days(reported + rng.integers(0, 5, m)),
        "source": values.same("synthetic: insurer ledger", m),
    }
    later = first | {
        "settled_on": values.days(settled),
        "reserved_cny": values.money(np.zeros(m, dtype=np.int64)),
        "paid_cny": values.money(paid),
        "known_on": values.days(settled + 5),
    }
    return values.stacked(values.take(first, kept), values.take(later, kept & (settled + 5 <= part.until)))


def claim_truth_rows(part: Part) -> Rows:
    """Truth: the number of claims expected in the year of each policy."""
    block = part.policies
    return {
        "policy_id": _policy_ids(part, np.arange(len(block.company), dtype=np.int64)),
        "expected_claims_1y": values.number(block.frequency),
    }
