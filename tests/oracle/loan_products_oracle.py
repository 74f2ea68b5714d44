"""Every loan product a second time, in plain decimals and days; nothing of the package is imported here.

The figures are typed from the fact sheets and, where they are provisional, from the profile. A gate is True,
False or None (a fact is missing). Amounts are CNY as Decimal, days are dates.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal as Dec
from typing import Any

from three_values import turned as negated
from three_values import yes_all as both
from three_values import yes_any as either

Row = Mapping[str, Any]
Answer = bool | None

BARRED = {"securities", "housing", "wealth_product", "lending_on", "equity_stake"}
PURPOSES = {
    "technology_credit": {"materials", "wages", "research", "operation"},
    "research": {"research", "wages", "equipment", "patent_industrialisation"},
    "fixed_asset": {"equipment", "plant", "patent_industrialisation"},
    "ip_pledge": {"materials", "wages", "research", "operation", "equipment", "patent_industrialisation"},
    "park": {"materials", "wages", "research", "operation", "equipment"},
    "start_up": {"materials", "wages", "research", "operation"},
    "loan_and_investment": {"materials", "wages", "research", "operation", "equipment"},
}
STAGE_CREDIT = {1: Dec(5_000_000), 2: Dec(20_000_000), 3: Dec(50_000_000)}
PLEDGE_RATIO = {
    "invention": Dec("0.40"),
    "utility_model": Dec("0.30"),
    "trademark": Dec("0.50"),
    "software": Dec("0.30"),
}
MEASURES = date(2025, 12, 31)  # 金规〔2025〕27号
PILOT = date(2025, 3, 5)
FIVE_YEARS = date(2025, 4, 1)  # 金办发〔2025〕31号
INTERNAL_VALUE = date(2025, 5, 27)


def at_most(value: Any, edge: Any) -> Answer:
    return None if value is None or edge is None else value <= edge


def at_least(value: Any, edge: Any) -> Answer:
    return None if value is None or edge is None else value >= edge


def among(value: Any, codes: set[str]) -> Answer:
    return None if value is None else value in codes


def borrower(row: Row, technology: bool = True) -> dict[str, Answer]:
    gates: dict[str, Answer] = {
        "active": row["is_active"],
        "no_breach": negated(row["on_serious_breach_list"]),
        "no_abnormal": negated(row["on_abnormal_list"]),
        "not_overdue": at_most(row["overdue_days"], 0),
        "not_enforced": at_most(row["enforcement_cases"], 0),
    }
    if technology:
        gates["technology"] = row["technology_company"]
    return gates


def application(row: Row) -> dict[str, Answer]:
    return {
        "purpose_not_barred": negated(among(row["purpose_code"], BARRED)),
        "amount_min": at_least(row["amount"], Dec(100_000)),
    }


def research_share(row: Row, least: Dec) -> Answer:
    """R&Dec to revenue; a company known to have no revenue passes when it spends anything on R&Dec."""
    revenue, spent = row["revenue"], row["rd_expense"]
    if revenue is None:
        return None
    if revenue == 0:
        return None if spent is None else spent > 0
    return None if spent is None else spent / revenue >= least


def stage_room(row: Row) -> Dec | None:
    stage, used = row["stage_code"], row["unsecured_balance"]
    if stage is None or used is None:
        return None
    return max(STAGE_CREDIT[stage] - used, Dec(0))


def technology_credit(row: Row, day: date) -> dict[str, Answer]:
    years = Dec(3)
    if day >= FIVE_YEARS:
        slow = both(row["technology_company"], row["slow_cash_recovery"])
        years = None if slow is None else Dec(5) if slow else Dec(3)
    if row["slow_cash_recovery"] is True:
        months = None if years is None else years * 12
    else:  # the stage's usual term is three years
        months = None if years is None or row["stage_code"] is None else min(years * 12, Dec(36))
    return {
        **borrower(row),
        "age_min": at_least(row["age_years"], 1),
        **application(row),
        "purpose": among(row["purpose_code"], PURPOSES["technology_credit"]),
        "within_stage": at_most(row["amount"], stage_room(row)),
        "term_max": at_most(row["term_months"], months),
    }


def research(row: Row, day: date) -> dict[str, Answer]:
    del day
    covered = None if row["rd_expense"] is None else row["rd_expense"] * 2
    return {
        **borrower(row),
        "rd_to_revenue_min": research_share(row, Dec("0.05")),
        **application(row),
        "purpose": among(row["purpose_code"], PURPOSES["research"]),
        "term_min": at_least(row["term_months"], 12),
        "within_stage": at_most(row["amount"], stage_room(row)),
        "within_rd_expense": at_most(row["amount"], covered),
        "term_max": at_most(row["term_months"], 60),
    }


def fixed_asset(row: Row, day: date) -> dict[str, Answer]:
    del day
    most = None if row["project_cost"] is None else row["project_cost"] * Dec("0.70")
    return {
        **borrower(row),
        **application(row),
        "purpose": among(row["purpose_code"], PURPOSES["fixed_asset"]),
        "term_min": at_least(row["term_months"], 12),
        "within_project": at_most(row["amount"], most),
        "term_max": at_most(row["term_months"], 120),
    }


def ip_pledge(row: Row, day: date) -> dict[str, Answer]:
    low, kind = row["pledge_value_low"], row["pledge_right_kind"]
    outside = among(row["pledge_valuation"], {"external", "mixed"})
    inside = both(at_most(row["amount"], Dec(10_000_000)), row["pledge_valuation"] is not None)
    return {
        **borrower(row),
        "pledge": None if low is None else low > 0,
        **application(row),
        "purpose": among(row["purpose_code"], PURPOSES["ip_pledge"]),
        "valuation": either(outside, inside) if day >= INTERNAL_VALUE else outside,
        "within_pledge": at_most(row["amount"], None if low is None or kind is None else low * PLEDGE_RATIO[kind]),
        "term_max": at_most(row["term_months"], 36),
    }


def merger_bounds(row: Row, day: date) -> tuple[Dec, Dec, int] | None:
    """Loan to price, own funds to price, years; None where the kind of deal is not known and would matter."""
    control, part = among(row["deal_kind"], {"control"}), among(row["deal_kind"], {"participation"})
    pilot = both(both(control, row["technology_company"]), row["pilot_city"]) if day >= PILOT else False
    if pilot is None:
        return None
    if pilot:
        return Dec("0.80"), Dec("0.20"), 10
    if day < MEASURES:
        return Dec("0.60"), Dec("0.40"), 7
    if part is None:
        return None
    return (Dec("0.60"), Dec("0.40"), 7) if part else (Dec("0.70"), Dec("0.30"), 10)


def by_every_case(row: Row, asked: Callable[[Row], Answer]) -> Answer:
    """Where the case is not known: yes if every possible case says yes, no if every one says no, else open."""
    kinds = [row["deal_kind"]] if row["deal_kind"] is not None else ["control", "participation"]
    flags = [[row[name]] if row[name] is not None else [True, False] for name in ("technology_company", "pilot_city")]
    found = {
        asked(dict(row) | {"deal_kind": kind, "technology_company": technology, "pilot_city": pilot})
        for kind in kinds
        for technology in flags[0]
        for pilot in flags[1]
    }
    return found.pop() if len(found) == 1 else None


def own_funds(row: Row, day: date) -> Answer:
    bounds, price = merger_bounds(row, day), row["deal_price"]
    own = None if row["own_funds"] is None or not price else row["own_funds"] / price
    return at_least(own, None if bounds is None else bounds[1])


def bank_assets(row: Row) -> Answer:
    least = Dec(100_000_000_000) if row["deal_kind"] == "participation" else Dec(50_000_000_000)
    return at_least(row["bank_assets"], least)


def team_lead(row: Row) -> Answer:
    return at_least(row["team_lead_years"], 5 if row["deal_kind"] == "participation" else 3)


def merger(row: Row, day: date) -> dict[str, Answer]:
    kind, amount, price = row["deal_kind"], row["amount"], row["deal_price"]
    bounds = merger_bounds(row, day)
    new = day >= MEASURES
    tier1 = row["bank_tier1"]
    alone = None if row["borrower_merger"] is None or not tier1 else (row["borrower_merger"] + amount) / tier1
    every = None if row["bank_merger"] is None or not tier1 else (row["bank_merger"] + amount) / tier1
    gates: dict[str, Answer] = {
        **borrower(row, technology=False),
        **application(row),
        "purpose": among(row["purpose_code"], {"merger", "merger_refinancing"} if new else {"merger"}),
        "deal_kind": among(kind, {"control", "participation"} if new else {"control"}),
        "own_funds": by_every_case(row, lambda one: own_funds(one, day)),
        "borrower_concentration": at_most(alone, Dec("0.025") if new else Dec("0.05")),
        "all_concentration": at_most(every, Dec("0.50")),
        "within_deal_price": at_most(amount, None if bounds is None or price is None else price * bounds[0]),
        "term_max": at_most(row["term_months"], None if bounds is None else bounds[2] * 12),
    }
    return gates | (_measures(row) if new else {})


def _measures(row: Row) -> dict[str, Answer]:
    """What the measures of 2025-12-31 ask in addition."""
    part, amount = among(row["deal_kind"], {"participation"}), row["amount"]
    least: Dec | None = None
    if part:
        before = row["stake_before"]
        least = None if before is None else Dec("0.05") if before >= Dec("0.20") else Dec("0.20")
    elif part is False and row["in_control_before"] is not None:
        least = Dec("0.05") if row["in_control_before"] else Dec(0)
    balances = row["bank_participation"], row["bank_merger"]
    share = None if None in balances else (balances[0] + amount) / (balances[1] + amount)
    refinancing = among(row["purpose_code"], {"merger_refinancing"})
    in_time = both(at_most(row["months_since_paid"], 12), negated(row["replaces_merger_loan"]))
    return {
        "stake": at_least(row["stake"], least),
        "bank_assets": by_every_case(row, bank_assets),
        "team_lead": by_every_case(row, team_lead),
        "refinancing": either(negated(refinancing), in_time),
        "participation_share": either(negated(part), at_most(share, Dec("0.30"))),
    }


def park(row: Row, day: date) -> dict[str, Answer]:
    del day
    rent = None if row["rent_year"] is None else row["rent_year"] * 10
    return {
        **borrower(row, technology=False),
        "in_park": row["in_park"],
        "park_paired": row["park_paired"],
        "tenancy_min": at_least(row["tenancy_months"], 6),
        "rent_paid": negated(row["rent_overdue"]),
        **application(row),
        "purpose": among(row["purpose_code"], PURPOSES["park"]),
        "term_min": at_least(row["term_months"], 12),
        "within_product": at_most(row["amount"], Dec(10_000_000)),
        "within_rent": at_most(row["amount"], rent),
        "term_max": at_most(row["term_months"], 36),
    }


def start_up(row: Row, day: date) -> dict[str, Answer]:
    del day
    return {
        **borrower(row, technology=False),
        "age_max": at_most(row["age_years"], 5),
        "degree_share_min": at_least(row["degree_share"], Dec("0.30")),
        "rd_to_revenue_min": research_share(row, Dec("0.05")),
        **application(row),
        "purpose": among(row["purpose_code"], PURPOSES["start_up"]),
        "within_product": at_most(row["amount"], Dec(5_000_000)),
        "term_max": at_most(row["term_months"], 36),
    }


def loan_and_investment(row: Row, day: date) -> dict[str, Answer]:
    del day
    committed, rounds = row["investor_commitment"] or Dec(0), row["equity_rounds"]
    if rounds is None:
        fresh, raised = None, None
    elif rounds == 0:
        fresh, raised = False, Dec(0)
    else:
        fresh, raised = at_most(row["months_since_round"], 24), row["latest_round"]
    most = None if raised is None else max(raised, committed) * Dec("0.50")
    return {
        **borrower(row),
        "invested": either(fresh, committed > 0),
        **application(row),
        "purpose": among(row["purpose_code"], PURPOSES["loan_and_investment"]),
        "within_equity": at_most(row["amount"], most),
        "term_max": at_most(row["term_months"], 60),
    }


def relending(row: Row, day: date) -> Answer:
    """Is the loan likely to be funded by re-lending?"""
    young = None if row["stage_code"] is None else row["stage_code"] in (1, 2)
    technology = both(young, row["technology_company"])
    if day < date(2026, 1, 15):
        return technology
    return either(technology, both(row["private_company"], research_share(row, Dec("0.05"))))


def relending_rate(day: date) -> Dec:
    return Dec("0.0175") if day < date(2025, 5, 7) else Dec("0.015") if day < date(2026, 1, 19) else Dec("0.0125")


def relending_quota(day: date) -> Dec:
    yi = Dec(100_000_000)
    return (5_000 if day < date(2025, 5, 7) else 8_000 if day < date(2026, 1, 15) else 12_000) * yi


PRODUCTS = {
    "technology_credit": technology_credit,
    "research": research,
    "fixed_asset": fixed_asset,
    "ip_pledge": ip_pledge,
    "merger": merger,
    "park": park,
    "start_up": start_up,
    "loan_and_investment": loan_and_investment,
}
FIRST_DAY = {
    "technology_credit": date(2024, 7, 1),
    "research": date(2025, 4, 1),
    "fixed_asset": date(2024, 7, 1),
    "ip_pledge": date(2024, 1, 1),
    "merger": date(2024, 1, 1),
    "park": date(2024, 7, 1),
    "start_up": date(2024, 1, 1),
    "loan_and_investment": date(2024, 1, 1),
}
