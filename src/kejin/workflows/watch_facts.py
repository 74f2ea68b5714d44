"""What early warning reads from the facts of a day: monthly matrices and things that happened, borrowers only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np

from kejin.facts.view import FactsView
from kejin.monitoring.early_warning_indicators import RUNWAY_MAX, Happened, Monthly, WatchFacts

TABLES_READ = (
    "company",
    "annual_report",
    "court_case",
    "equity_round",
    "loan",
    "loan_state",
    "patent",
    "social_insurance_month",
    "tax_month",
    "utility_month",
)
_EPOCH = date(1970, 1, 1)
HISTORY_MONTHS = 60


def read_watch_facts(facts: FactsView) -> tuple[list[str], WatchFacts]:
    """The borrowers' codes in order, and their facts; the last month is the one of the as-of day."""
    loans, companies = facts.table("loan"), facts.table("company")
    borrowers = companies.semi_join(loans, "company_id").select("company_id", "established_on").order_by("company_id")
    rows = borrowers.to_pyarrow()
    ids = rows["company_id"].to_pylist()
    number = {company: place for place, company in enumerate(ids)}
    established = np.array([np.nan if day is None else _days(day) for day in rows["established_on"].to_pylist()])
    review_on = _review_days(facts.as_of)
    reader = _Reader(facts, loans.select("company_id").distinct(), number, review_on)
    monthly = reader.monthly_tables() | reader.loan_months()
    happened = reader.happened()
    loaded = {name for name, one in happened.items() if len(one.company)}
    if facts.with_rows(("court_case",)):
        loaded |= {"sued", "enforced"}
    if facts.with_rows(("patent",)):
        loaded |= {"lapsed", "patents"}
    return ids, WatchFacts(review_on, established, monthly, happened, frozenset(loaded))


def _review_days(as_of: date) -> Any:
    """The last day of each month, the as-of day itself for the last one."""
    days, last = [_days(as_of)], as_of.replace(day=1)
    for _ in range(HISTORY_MONTHS - 1):
        end = last - timedelta(days=1)
        days.append(_days(end))
        last = end.replace(day=1)
    return np.array(days[::-1], np.int64)


class _Reader:
    """Reads tables of the borrowers into arrays."""

    def __init__(self, facts: FactsView, borrowers: ir.Table, number: dict[str, int], review_on: Any) -> None:
        self.facts = facts
        self.borrowers = borrowers
        self.number = number
        months = (np.datetime64("1970-01-01") + review_on.astype("timedelta64[D]")).astype("datetime64[M]")
        self.first = int(months[0].astype(np.int64))
        self.shape = (len(number), len(review_on))

    def monthly_tables(self) -> dict[str, Monthly]:
        """Sales, insured persons, electricity and what is overdue, by month."""
        sources: dict[str, tuple[str, Callable[[ir.Table], Any]]] = {
            "sales": ("tax_month", lambda t: t.vat_sales_cny),
            "tax_overdue": ("tax_month", lambda t: t.tax_overdue_cny),
            "insured": ("social_insurance_month", lambda t: t.insured_persons),
            "insurance_overdue": ("social_insurance_month", lambda t: t.overdue_cny),
            "electricity": ("utility_month", lambda t: t.electricity_kwh),
            "utility_overdue": ("utility_month", lambda t: t.overdue.cast("int64")),
        }
        found = {}
        for table in dict.fromkeys(name for name, _ in sources.values()):
            rows = self.facts.table(table).semi_join(self.borrowers, "company_id")
            columns = {name: read(rows).cast("float64") for name, (source, read) in sources.items() if source == table}
            given = rows.select("company_id", "month", "known_on", **columns).to_pyarrow()
            for name in columns:
                found[name] = self._matrix(given, "month", name)
        return found

    def loan_months(self) -> dict[str, Monthly]:
        """Balance, limits and the worst days overdue of each company at each month's end."""
        states = self.facts.table("loan_state").join(
            self.facts.table("loan").select("loan_id", "company_id", limit_cny=ibis.coalesce(
                self.facts.table("loan").approved_cny, self.facts.table("loan").amount_cny)), "loan_id"
        )  # fmt: skip
        live = (states.balance_cny > 0).fill_null(False)
        given = states.group_by("company_id", "month_end").agg(
            known_on=states.known_on.max(),
            balance=states.balance_cny.sum().cast("float64"),
            approved=states.limit_cny.sum(where=live).cast("float64"),
            overdue_days=states.overdue_days.max().cast("float64"),
        )
        rows = given.to_pyarrow()
        return {name: self._matrix(rows, "month_end", name) for name in ("balance", "approved", "overdue_days")}

    def happened(self) -> dict[str, Happened]:
        """Lapses, patents filed, cases, rounds, and yearly reports with the months that cash lasts."""
        cases, patents = self._of("court_case"), self._of("patent")
        rounds, reports = self._of("equity_round"), self._of("annual_report")
        burn = reports.operating_cash_flow_cny.cast("float64") / -12.0
        runway = ibis.ifelse(burn > 0, reports.cash_cny.cast("float64") / burn, RUNWAY_MAX)
        runway = ibis.ifelse(reports.cash_cny.isnull() | burn.isnull(), ibis.null("float64"),
                             ibis.least(runway, RUNWAY_MAX))  # fmt: skip
        closing = ibis.date(reports.fiscal_year.cast("int32"), 12, 31)
        return {
            "sued": self._events(cases.filter(cases.role == "defendant"), "filed_on"),
            "enforced": self._events(cases.filter(cases.role.isin(["enforced", "restricted"])), "filed_on"),
            "patents": self._events(patents, "filed_on"),
            "lapsed": self._events(patents.filter(patents.end_reason == "fee_unpaid"), "ended_on"),
            "rounds": self._events(rounds, "closed_on"),
            "reports": self._events(reports.mutate(closed_on=closing, amount=runway), "closed_on", "amount"),
        }

    def _of(self, table: str) -> ir.Table:
        return self.facts.table(table).semi_join(self.borrowers, "company_id")

    def _events(self, rows: ir.Table, day: str, amount: str | None = None) -> Happened:
        value = ibis.null("float64") if amount is None else rows[amount]
        given = rows.filter(rows[day].notnull()).select("company_id", "known_on", day=rows[day], value=value)
        found = given.order_by("company_id", "day", "known_on").to_pyarrow()
        company = np.array([self.number[one] for one in found["company_id"].to_pylist()], np.int64)
        return Happened(company, _day_numbers(found["day"]), _day_numbers(found["known_on"]), _floats(found["value"]))

    def _matrix(self, rows: Any, month: str, name: str) -> Monthly:
        value = np.full(self.shape, np.nan)
        known = np.zeros(self.shape, np.int64)
        if rows.num_rows:
            company = np.array([self.number.get(one, -1) for one in rows["company_id"].to_pylist()], np.int64)
            months = rows[month].to_numpy().astype("datetime64[M]").astype(np.int64) - self.first
            inside = (company >= 0) & (months >= 0) & (months < self.shape[1])
            at = (company[inside], months[inside])
            value[at] = _floats(rows[name])[inside]
            known[at] = _day_numbers(rows["known_on"])[inside]
        return Monthly(value, known)


def _days(day: date) -> int:
    return (day - _EPOCH).days


def _day_numbers(column: Any) -> Any:
    found = column.to_numpy().astype("datetime64[D]").astype(np.int64)
    return np.asarray(found, np.int64)


def _floats(column: Any) -> Any:
    return np.asarray(column.to_numpy(zero_copy_only=False), np.float64)
