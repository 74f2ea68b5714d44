"""The national guarantee plan, pools, levels and parks as contracts, by hand, on the days their rules change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from statistics import NormalDist

import numpy as np
import pytest

from kejin.errors import InputError
from kejin.policy import Lookups, RuleBook
from kejin.sharing.bearer_cost import RiskyLoans, StressRules, loan_cost, loan_dues, loan_stressed_cost, portfolio_cost
from kejin.sharing.compensation_pool import (
    LevelRules,
    PartnerRules,
    PingshanPoolRules,
    ShenzhenPoolRules,
    excluded,
    park_contract,
    pool_with_levels,
    require_money,
    shenzhen_pool,
    standing,
)
from kejin.sharing.contract import LossShare, SharingContract
from kejin.sharing.guarantee_plan import (
    CityFundRules,
    GuaranteePlanRules,
    PlanShares,
    city_reguarantee,
    compensation_rate,
    guarantee_plan,
    plan_fees,
    room_in_plan,
)
from kejin.sharing.layer_cost import capped_rate_cost, mean_layer, tranche_cost
from kejin.sharing.settle_claims import KINDS, Events, Loans, settle_claims
from kejin.sharing.split_loss import split_loss
from kejin.workflows.fill_rules import fill_rules

BOOK = RuleBook.shipped()
TODAY = date(2026, 6, 30)
D = Decimal
# 5% in a year as bad as one in a hundred, correlation 0.2: N((G(0.05) + sqrt(0.2) G(0.99)) / sqrt(0.8))
NORMAL = NormalDist()
BAD_YEAR = NORMAL.cdf((NORMAL.inv_cdf(0.05) + 0.2**0.5 * NORMAL.inv_cdf(0.99)) / 0.8**0.5)


def rules(record: type, day: date = TODAY) -> object:
    return fill_rules(record, Lookups(BOOK, as_of=day))


PLAN: GuaranteePlanRules = rules(GuaranteePlanRules)  # type: ignore[assignment]
POOL: ShenzhenPoolRules = rules(ShenzhenPoolRules)  # type: ignore[assignment]
PARTNERS: PartnerRules = rules(PartnerRules)  # type: ignore[assignment]
LEVELS: LevelRules = rules(LevelRules)  # type: ignore[assignment]


def of_class(contract: SharingContract, name: str, count: int = 1) -> Loans:
    alike = Loans.alike(count)
    number = np.full(count, contract.class_number(name), np.int64)
    return Loans(number, alike.overdue_days, alike.granted_day)


@pytest.mark.parametrize(
    ("name", "fund", "local"), [("specialised", 40, 20), ("high_tech", 35, 25), ("tech_sme", 30, 30)]
)
def test_the_plan_shares_a_loss_of_100(name: str, fund: int, local: int) -> None:
    contract = guarantee_plan(PLAN, D(10**9))
    paid = split_loss(np.array([10_000]), contract, of_class(contract, name))
    assert {who: int(fen[0]) // 100 for who, fen in paid.items()} == {
        "national_fund": fund,
        "provincial_reguarantor": 20,
        "local_guarantor": local,
        "bank": 20,
    }


def test_the_plan_stops_at_its_compensation_rate() -> None:
    # 100 million guaranteed, 5%: the fund pays 5% of its 40% at most, 2 million; the rest stays with the bank.
    contract = guarantee_plan(PLAN, D(10**8))
    paid = split_loss(np.full(4, 300_000_000), contract, of_class(contract, "specialised", 4))
    assert paid["national_fund"].tolist() == [120_000_000, 80_000_000, 0, 0]
    assert paid["provincial_reguarantor"].sum() == 100_000_000
    assert paid["local_guarantor"].sum() == 240_000_000
    assert sum(int(part.sum()) for part in paid.values()) == 1_200_000_000


def test_beyond_the_cap_the_local_guarantor_may_bear_the_rest() -> None:
    contract = guarantee_plan(PLAN, D(10**8), PlanShares(beyond_cap="local_guarantor"))
    paid = split_loss(np.full(4, 300_000_000), contract, of_class(contract, "specialised", 4))
    assert paid["national_fund"].sum() == 200_000_000
    assert paid["bank"].tolist() == [60_000_000] * 4
    assert paid["local_guarantor"].tolist() == [60_000_000, 120_000_000, 240_000_000, 240_000_000]


def test_the_cap_of_a_mixed_portfolio_counts_each_class_with_its_share() -> None:
    balances = {"specialised": D(10**8), "tech_sme": D(10**8)}
    contract = guarantee_plan(PLAN, balances)
    assert contract.shares[0].total_fen_max == 350_000_000  # 5% x (40 + 30) million
    assert contract.shares[1].total_fen_max == 200_000_000
    with pytest.raises(InputError) as caught:
        guarantee_plan(PLAN, {"unknown": D(1)})
    assert caught.value.code == "sharing.class_unknown"


def test_the_city_fund_takes_over_from_the_guarantor() -> None:
    city: CityFundRules = rules(CityFundRules)  # type: ignore[assignment]
    paid = split_loss(np.array([10_000]), city_reguarantee(city, D("0.8"), D("0.5")))
    assert {who: int(part[0]) for who, part in paid.items()} == {
        "city_guarantee_fund": 4_000,
        "local_guarantor": 4_000,
        "bank": 2_000,
    }
    with pytest.raises(InputError) as caught:
        city_reguarantee(city, D("0.8"), D("0.51"))
    assert caught.value.code == "sharing.share_outside_range"


def test_agreed_shares_of_the_plan() -> None:
    contract = guarantee_plan(PLAN, D(10**9), PlanShares(bank=D("0.30"), province=D("0.25")))
    paid = split_loss(np.array([10_000]), contract, of_class(contract, "specialised"))
    assert [int(part[0]) for part in paid.values()] == [4_000, 2_500, 500, 3_000]


def test_fees_room_and_rate_of_the_plan() -> None:
    assert plan_fees(D(5_000_000), PLAN).reguarantee_cny_max == D(15_000)
    assert plan_fees(D("5000000.01"), PLAN).reguarantee_cny_max == D("25000.00005")
    assert plan_fees(D(1), PLAN).guarantee_rate_below == D("0.01")
    assert room_in_plan(D(28_000_000), PLAN) == D(2_000_000)
    assert room_in_plan(D(31_000_000), PLAN) == 0
    assert compensation_rate(D(3), D(100)) == D("0.03")


def test_before_the_plan_there_is_none() -> None:
    with pytest.raises(InputError) as caught:
        rules(GuaranteePlanRules, date(2024, 7, 23))
    assert caught.value.code == "policy.nothing_in_force"
    assert rules(GuaranteePlanRules, date(2024, 7, 24)) is not None


def test_the_pool_pays_when_a_loan_is_non_performing() -> None:
    contract = shenzhen_pool(POOL)
    number = contract.class_number("technology")
    days = np.array([90, 91], np.int64)
    loans = Loans(np.full(2, number), days, np.zeros(2, np.int64))
    assert split_loss(np.array([1_000, 1_000]), contract, loans)["compensation_pool"].tolist() == [0, 500]


def test_an_exhausted_pool_leaves_the_loss_with_the_bank() -> None:
    contract = shenzhen_pool(POOL, remaining_cny=D("2.50"))
    loans = of_class(contract, "first_loan", 3)
    paid = split_loss(np.array([400, 400, 400]), contract, loans)
    assert paid["compensation_pool"].tolist() == [200, 50, 0]
    assert paid["bank"].tolist() == [200, 350, 400]
    empty = shenzhen_pool(POOL, remaining_cny=D(0))
    assert split_loss(np.array([400]), empty, of_class(empty, "first_loan"))["bank"].tolist() == [400]


def test_the_pool_favours_technology_from_its_new_rules_on() -> None:
    for day, share in ((date(2024, 3, 26), 300), (date(2024, 3, 27), 500)):
        contract = shenzhen_pool(rules(ShenzhenPoolRules, day))  # type: ignore[arg-type]
        assert (
            split_loss(np.array([1_000]), contract, of_class(contract, "technology"))["compensation_pool"][0] == share
        )
    assert POOL.share_by_class.cite.confidence == "unverified"


def test_levels_warn_and_stop() -> None:
    """A balance of 1,000.00: warns at 50.00 paid, stops new loans at 80.00; older loans are still shared."""
    contract = pool_with_levels(D("0.5"), D(1_000), LEVELS)
    loans = Loans(np.zeros(4, np.int64), np.full(4, 999), np.array([0, 0, 25, 0], np.int64))
    events = Events(
        np.arange(4), np.zeros(4, np.int64), np.array([10_000, 6_000, 4_000, 4_000]), np.array([10, 20, 30, 40])
    )
    settled = settle_claims(events, contract, loans)
    assert settled.flows_fen[:, 0].tolist() == [5_000, 3_000, 0, 2_000]
    assert settled.warned_on == {"compensation_pool": 10}
    assert settled.stopped_on == {"compensation_pool": 20}
    for paid, wanted in (("49.99", "open"), ("50", "warning"), ("79.99", "warning"), ("80", "stopped")):
        assert standing(D(paid), D(1_000), LEVELS) == wanted


def test_park_insurer_and_pool_by_hand() -> None:
    # Park 10% after 0.5% of 100 million x 10% = 50,000; insurer 30% of what exceeds 50,000; pool 50% of the rest.
    contract = park_contract(PARTNERS, POOL, "technology", D(10**8))
    paid = split_loss(np.array([100_000_000, 100_000_000]), contract)
    assert paid["park"].tolist() == [5_000_000, 10_000_000]
    assert paid["insurer"].tolist() == [28_500_000, 28_500_000]
    assert paid["compensation_pool"].tolist() == [30_750_000, 30_750_000]  # half of 1,000,000 - 100,000 - 285,000
    assert paid["bank"].tolist() == [35_750_000, 30_750_000]
    assert "insurer" not in park_contract(PARTNERS, POOL, "ordinary", D(10**8), with_insurer=False).bearers


def test_the_district_leaves_sectors_out() -> None:
    district: PingshanPoolRules = rules(PingshanPoolRules)  # type: ignore[assignment]
    assert excluded({"finance": True, "real_estate": False, "robot": True}, district) == ("finance",)


def test_recovery_goes_to_those_who_bore() -> None:
    contract = guarantee_plan(PLAN, D(10**9))
    events = Events(np.zeros(3, np.int64), np.array([0, 1, 2]), np.array([10_000, 5_000, 1_000]), np.array([1, 2, 3]))
    settled = settle_claims(events, contract, of_class(contract, "specialised"))
    assert settled.flows_fen.tolist() == [
        [4_000, 2_000, 2_000, 2_000],
        [-2_000, -1_000, -1_000, -1_000],
        [-400, -200, -200, 800],
    ]
    assert settled.total_fen() == {
        "national_fund": 1_600,
        "provincial_reguarantor": 800,
        "local_guarantor": 800,
        "bank": 1_800,
    }


def test_a_recovery_may_go_to_the_keeper_first_or_last() -> None:
    share = (LossShare("fund", (D("0.8"),)),)
    events = Events(np.zeros(2, np.int64), np.array([0, 1]), np.array([10_000, 3_000]), np.array([1, 2]))
    for order, wanted in (
        ("keeper_first", [-1_000, -2_000]),
        ("keeper_last", [-3_000, 0]),
        ("proportional", [-2_400, -600]),
    ):
        contract = SharingContract(share, recovery=order)  # type: ignore[arg-type]
        assert settle_claims(events, contract, Loans.alike(1)).flows_fen[1].tolist() == wanted


def test_cost_of_the_plan_by_hand() -> None:
    """One loan of 10 million, 40% lost, 3% probable: 120,000 a year, shared 40/20/20/20."""
    contract = guarantee_plan(PLAN, D(10**9))
    loans = RiskyLoans(
        np.array([1e7]), np.array([0.4]), np.array([0.03]), np.array([contract.class_number("specialised")])
    )
    assert {who: cost[0] for who, cost in loan_cost(loans, contract).items()} == pytest.approx(
        {"national_fund": 48_000, "provincial_reguarantor": 24_000, "local_guarantor": 24_000, "bank": 24_000}
    )
    assert loan_dues(loans, contract)["bank"][0] == 800_000


def test_cost_of_one_loan_is_exact_with_first_loss_and_cap() -> None:
    share = LossShare("fund", (D("0.5"),), first_loss_fen=50_000_00, total_fen_max=100_000_00)
    loans = RiskyLoans(np.array([1e6]), np.array([0.4]), np.array([0.05]), ONE)
    cost = portfolio_cost(loans, SharingContract((share,)), 0.2, 0.99)
    assert cost["fund"].uncapped == pytest.approx(0.05 * 200_000, rel=1e-6)
    assert cost["fund"].expected == pytest.approx(0.05 * 100_000, rel=1e-6)  # 200,000 less 50,000, 100,000 at most
    assert cost["bank"].expected == pytest.approx(0.05 * 300_000, rel=1e-6)
    assert cost["fund"].stressed == pytest.approx(BAD_YEAR * 100_000, rel=1e-6)


def test_the_bad_year_is_a_profile() -> None:
    stress: StressRules = rules(StressRules)  # type: ignore[assignment]
    assert (stress.correlation.number, stress.level.number) == (0.14, 0.99)
    assert not stress.level.cite.verified


def test_stressed_cost_of_each_loan() -> None:
    loans = RiskyLoans(np.array([1e6, 2e6]), np.array([0.4, 0.5]), np.array([0.05, 0.05]), TWO)
    stressed = loan_stressed_cost(loans, BASE, 0.2, 0.99)
    assert stressed["fund"] == pytest.approx([BAD_YEAR * 200_000, BAD_YEAR * 500_000], rel=1e-9)
    whole = portfolio_cost(loans, BASE, 0.2, 0.99)
    assert whole["fund"].stressed == pytest.approx(stressed["fund"].sum(), rel=1e-6)


def test_cost_of_capped_bearers_against_tranches() -> None:
    """Very many equal loans: a bearer with a cap is a tranche, whose cost has a closed form."""
    n, p, rho, rate = 200_000, 0.03, 0.1, 0.5
    owed = 1e9 / n
    cap = LossShare("first", (D(1),), total_fen_max=round(0.02 * 1e9 * 100))
    loans = RiskyLoans(np.full(n, owed), np.full(n, rate), np.full(n, p), np.zeros(n, np.int64))
    cost = portfolio_cost(loans, SharingContract((cap,)), rho, 0.999)
    assert cost["first"].expected == pytest.approx(1e9 * tranche_cost(p, rho, rate, 0.0, 0.02), rel=1e-4)
    assert cost["bank"].expected == pytest.approx(1e9 * tranche_cost(p, rho, rate, 0.02, 1.0), rel=1e-3)
    assert cost["first"].stressed == pytest.approx(2e7, rel=1e-6)
    later = LossShare("later", (D(1),), first_loss_fen=round(0.02e9 * 100), total_fen_max=round(0.03e9 * 100))
    second = portfolio_cost(loans, SharingContract((later,)), rho)
    assert second["later"].expected == pytest.approx(1e9 * tranche_cost(p, rho, rate, 0.02, 0.05), rel=1e-3)


ONE, TWO = np.array([0]), np.array([0, 0])
BASE = SharingContract((LossShare("fund", (D("0.5"),)),))


def settle(kind: list[int], fen: list[int], loan: list[int] | None = None, day: list[int] | None = None) -> object:
    count = len(kind)
    arrays = (loan or [0] * count, kind, fen, day or list(range(count)))
    return settle_claims(Events(*(np.array(one, np.int64) for one in arrays)), BASE, Loans.alike(1))


CASES: list[tuple[Callable[[], object], str]] = [
    (lambda: SharingContract((LossShare("a", (D("0.8"),)), LossShare("b", (D("0.3"),)))), "sharing.shares_over_one"),
    (lambda: SharingContract((LossShare("a", (D("1.2"),)),)), "sharing.ratio_outside"),
    (lambda: SharingContract((LossShare("a", (D("NaN"),)),)), "sharing.ratio_outside"),
    (lambda: SharingContract((LossShare("a", (D("-0.1"),)),)), "sharing.ratio_outside"),
    (lambda: SharingContract((LossShare("a", (D("0.1234567891"),)),)), "sharing.ratio_digits"),
    (lambda: SharingContract((LossShare("a", ()),)), "sharing.ratios_missing"),
    (lambda: SharingContract((LossShare("a", (D("0.1"),)), LossShare("a", (D("0.1"),)))), "sharing.bearer_repeated"),
    (lambda: SharingContract((LossShare("bank", (D("0.1"),)),)), "sharing.bearer_repeated"),
    (lambda: SharingContract((LossShare("a", (D("0.1"),), total_fen_max=-1),)), "sharing.bound_negative"),
    (lambda: SharingContract((LossShare("a", (D("0.1"),), warning_fen=9, stop_fen=8),)), "sharing.stop_below_warning"),
    (lambda: BASE.class_number("unknown"), "sharing.class_unknown"),
    (lambda: split_loss(np.array([-1]), BASE), "sharing.loss_negative"),
    (lambda: split_loss(np.array([float("nan")]), BASE), "sharing.loss_negative"),
    (lambda: split_loss(np.array([0.5]), BASE), "sharing.loss_negative"),
    (lambda: settle([0], [0]), "sharing.amount_not_positive"),
    (lambda: settle([0], [5], [3]), "sharing.loan_unknown"),
    (lambda: settle([7], [5]), "sharing.kind_unknown"),
    (lambda: settle([0, 1], [5, 1], day=[2, 1]), "sharing.days_fall"),
    (lambda: settle([0, 0], [5, 5]), "sharing.claim_repeated"),
    (lambda: settle([1], [5]), "sharing.claim_missing"),
    (lambda: settle([0, 1], [5, 6]), "sharing.returned_too_much"),
    (lambda: guarantee_plan(PLAN, D(0)), "sharing.balance_not_positive"),
    (lambda: guarantee_plan(PLAN, D(1), PlanShares(bank=D("0.19"))), "sharing.bank_share_low"),
    (lambda: guarantee_plan(PLAN, D(1), PlanShares(province=D("0.1"))), "sharing.province_share_low"),
    (lambda: guarantee_plan(PLAN, D(1), PlanShares(bank=D("0.5"))), "sharing.plan_over_one"),
    (lambda: plan_fees(D(-1), PLAN), "sharing.balance_not_positive"),
    (lambda: shenzhen_pool(POOL, D(-1)), "sharing.pool_negative"),
    (lambda: shenzhen_pool(POOL, D(10) ** 11), "sharing.pool_negative"),
    (lambda: require_money(D(1), D(2)), "sharing.pool_exhausted"),
    (lambda: park_contract(PARTNERS, POOL, "unknown", D(1)), "sharing.class_unknown"),
    (
        lambda: portfolio_cost(RiskyLoans(np.ones(1), np.ones(1), np.zeros(1), ONE), BASE, 0.1),
        "sharing.probability_outside",
    ),
    (
        lambda: portfolio_cost(RiskyLoans(-np.ones(1), np.ones(1), np.full(1, 0.1), ONE), BASE, 0.1),
        "sharing.loss_negative",
    ),
    (
        lambda: portfolio_cost(RiskyLoans(np.ones(1), np.ones(1), np.full(1, 0.1), ONE), BASE, 1.0),
        "sharing.correlation_outside",
    ),
    (
        lambda: portfolio_cost(RiskyLoans(np.ones(1), np.ones(1), np.full(1, 0.1), ONE), BASE, 0.1, 1.0),
        "sharing.level_outside",
    ),
    (lambda: mean_layer(np.ones(2), np.array([0.5, 0.6]), 0.0), "sharing.probabilities_not_one"),
    (lambda: mean_layer(np.ones(1), np.ones(1), -1.0), "sharing.layer_wrong"),
    (lambda: tranche_cost(0.1, 0.1, 0.4, 0.5, 0.4), "sharing.layer_wrong"),
    (lambda: capped_rate_cost(10, 0.0, 0.1, 0.8), "sharing.probability_outside"),
]


@pytest.mark.parametrize(("call", "code"), CASES, ids=[f"{n}-{code}" for n, (_, code) in enumerate(CASES)])
def test_refused_with_a_sentence(call: Callable[[], object], code: str) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.code == code
    for lang in ("en", "zh"):
        assert "{" not in caught.value.text(lang)


def test_kinds_are_named() -> None:
    assert KINDS == {"claim": 0, "recovery": 1, "refund": 2}
