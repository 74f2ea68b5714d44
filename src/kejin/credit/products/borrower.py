"""What is the borrower, in the words of the loan rules? A technology company, slow to collect, in a pilot city.

Steps over the columns of the facts, written once for tables and for one company; the products read them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kejin.rule_values import CodeSet, Figure, from_rule
from kejin.schemes.expressions import Column, Expression, If, Program, any_of, columns_of, lift

SHENZHEN_DISTRICTS = "4403"  # every district code of the city begins with it
YEAR_DAYS = 365.0


@dataclass(frozen=True, slots=True)
class BorrowerRules:
    """What makes a technology company, and slow collection."""

    technology_titles: CodeSet = from_rule("loans/joint/technology_titles")
    slow_cash_cycle_days_min: Figure = from_rule("loans/working_capital/slow_cash_cycle_days_min")
    slow_rd_to_revenue_min: Figure = from_rule("loans/working_capital/slow_rd_to_revenue_min")


@dataclass(frozen=True, slots=True)
class PilotCityRules:
    """Cities of the pilot for M&A loans; nothing before it began."""

    pilot_cities: CodeSet = from_rule("loans/merger/pilot_cities")


def title_column(code: str) -> str:
    """Does the company hold this title on the day?"""
    return f"holds__{code}"


def borrower_program(rules: BorrowerRules, pilot: PilotCityRules | None) -> Program:
    """The steps technology_company, operating_cycle_days, slow_cash_recovery, degree_share and the like."""
    revenue, spent = Column("revenue_fen_y0"), Column("rd_expense_fen_y0")
    titles = any_of(Column(title_column(code)) for code in sorted(rules.technology_titles.codes))
    cycle = (
        Column("receivables_fen_y0") / revenue + Column("inventory_fen_y0") / Column("cost_of_sales_fen_y0")
    ) * YEAR_DAYS
    slow = (
        (revenue.equals(0) & (spent > 0.0))
        | (Column("operating_cycle_days") >= rules.slow_cash_cycle_days_min.number)
        | (spent / revenue >= rules.slow_rd_to_revenue_min.number)
    )
    people = Column("doctors_y0") + Column("masters_y0") + Column("bachelors_y0")
    cities = frozenset() if pilot is None else pilot.pilot_cities.codes
    in_city = Column("own_district").begins_with([SHENZHEN_DISTRICTS])
    steps: tuple[tuple[str, Expression], ...] = (
        ("technology_company", titles),
        ("operating_cycle_days", cycle),
        ("slow_cash_recovery", slow),
        ("degree_share", people / Column("staff_total_y0")),
        ("private_company", Column("ownership_kind").one_of(["private"])),
        ("in_shenzhen", in_city),
        ("pilot_city", If(in_city, lift("shenzhen" in cities), lift(False))),
    )
    return Program(_inputs(steps), steps)


def _inputs(steps: Iterable[tuple[str, Expression]]) -> tuple[str, ...]:
    made: set[str] = set()
    read: set[str] = set()
    for name, expression in steps:
        read |= columns_of(expression) - made
        made.add(name)
    return tuple(sorted(read))
