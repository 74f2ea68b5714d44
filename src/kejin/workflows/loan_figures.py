"""Need, limit, loss, price of a loan: the models of `credit` and `sharing` put together, for one company or a million.

Everything is an array with one value a company; NaN is missing. In order:

1. how much the borrower needs: the regulation's formula with its cash as own funds, and where it gives no answer to
   a company that lives on research, the months that its cash lasts;
2. what is lost if it fails, and who bears it;
3. the rate, at the amount that is asked for or at most allowed;
4. how much its cash flow carries at that rate, and the limit: the least of all caps, named;
5. the rate again, at the amount that can be lent; where that is nothing or open, at the amount of step 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kejin.credit.capital import standard_capital, standard_class
from kejin.credit.cash_runway import RunwayNeed, cash_runway_need
from kejin.credit.debt_service import debt_service_capacity
from kejin.credit.limit import Limit, concentration_caps, set_limit
from kejin.credit.loss_given_default import LossGivenDefault, collateral_terms, loss_given_default
from kejin.credit.price import Price, PriceFigures, curve_of, funding_rate, price_loans
from kejin.credit.products.product import FEN_PER_CNY, Product
from kejin.credit.working_capital import OperatingFigures, WorkingCapitalNeed, working_capital_need
from kejin.sharing.bearer_cost import RiskyLoans, loan_dues
from kejin.workflows.lending_rules import LendingRules
from kejin.workflows.loan_sharing import Sharing

Floats = NDArray[np.float64]
PLEDGE_COLUMNS = ("pledge_value_fen_low", "pledge_value_fen_mid", "pledge_value_fen_high", "pledge_right_kind")
TEXT_COLUMNS = ("pledge_right_kind",)
Row = Mapping[str, Any]
FIGURES_READ = (
    *("revenue_fen_y0", "revenue_fen_y1", "cost_of_sales_fen_y0", "receivables_fen_y0", "inventory_fen_y0"),
    *("payables_fen_y0", "prepayments_fen_y0", "advance_receipts_fen_y0", "operating_profit_fen_y0"),
    *("depreciation_fen_y0", "interest_expense_fen_y0", "short_term_loans_fen_y0", "long_term_loans_fen_y0"),
    *("current_assets_fen_y0", "current_liabilities_fen_y0", "cash_fen_y0", "operating_cash_flow_fen_y0"),
    *("rd_expense_fen_y0", "total_assets_fen_y0", "total_liabilities_fen_y0", "net_profit_fen_y0", "staff_total_y0"),
)
NEED_READS = FIGURES_READ[:9]
SERVICE_READS = ("operating_profit_fen_y0", "interest_expense_fen_y0", "long_term_loans_fen_y0", "stage_code")
STAGE_NAMES = {1.0: "start_up", 2.0: "growth", 3.0: "mature"}
DISCOUNT_MONTHS = 36.0
SMALLEST_CNY = 1.0  # an exposure must be positive for its ratios to exist


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: CNY (+inf: as much as possible), months, the bank's net tier-1 capital (NaN: not named)."""

    amount_cny: Floats
    term_months: Floats
    tier1_cny: float = np.nan


@dataclass(frozen=True, slots=True)
class LoanFigures:
    """The figures of each loan.

    need_method   working_capital | cash_runway | none (the product does not pay running costs) | open.
    lent_cny      the limit; NaN where it is open.
    exposure_cny  that amount, or where nothing is lent the one of step 3; loss: shares of it.
    dues          bearer -> CNY of the loss if it fails.
    """

    need: WorkingCapitalNeed
    runway: RunwayNeed
    need_cny: Floats
    need_method: NDArray[np.str_]
    capacity_cny: Floats
    limit: Limit
    lent_cny: Floats
    exposure_cny: Floats
    loss: LossGivenDefault
    dues_cny: Mapping[str, Floats]
    expected_loss: Floats
    capital: Floats
    price: Price


def loan_figures(
    columns: Row, product: Product, steps: Row, wanted: Wanted, default_probability: Floats, sharing: Sharing,
    rules: LendingRules,
) -> LoanFigures:  # fmt: skip
    """All figures of loans of one product.

    columns   borrowers' columns as arrays (FIGURES_READ and those of the products).
    steps     the product's own steps as arrays (`<id>__cap__<name>` in fen).
    default_probability   one year; NaN where there is none, and then rate and loss are NaN too.
    """
    need, runway, need_cny, method = _need(columns, product, rules)
    caps = _product_caps(product, steps, wanted)
    first = np.minimum(wanted.amount_cny, _least(caps))
    first = np.where(np.isfinite(first), first, 0.0)
    price = _priced(columns, product, first, wanted.term_months, default_probability, sharing, rules)[-1]
    rate = np.where(np.isnan(price.rate), rules.figures.price.rate_max.number, price.rate)
    capacity = _capacity(columns, rate, wanted.term_months, rules)
    limit = set_limit(
        {
            "asked": wanted.amount_cny,
            "need": need_cny,
            "debt_service": capacity,
            **caps,
            **_concentration(columns, wanted, rules),
        },
        rules.figures.concentration.limit_step_cny.number,
    )
    lent = np.where(np.isfinite(limit.limit_cny), limit.limit_cny, np.nan)
    # Where nothing may be lent, or it is open, loss and price are those of the amount that was looked at first.
    looked_at = np.where(lent > 0, lent, first)
    loss, dues, expected, capital, price = _priced(
        columns, product, looked_at, wanted.term_months, default_probability, sharing, rules
    )
    return LoanFigures(
        need, runway, need_cny, method, capacity, limit, lent, looked_at, loss, dues, expected, capital, price
    )


def columns_of(rows: Any) -> dict[str, Any]:
    """Columns of an Arrow table as arrays: numbers float64 with NaN for missing, flags 1 or 0 in the same way.

    Texts are left out but for TEXT_COLUMNS, which stay objects.
    """
    found: dict[str, Any] = {}
    for name in rows.column_names:
        column, kind = rows[name], str(rows[name].type)
        if name in TEXT_COLUMNS:
            found[name] = np.array(column.to_pylist(), dtype=object)
        elif kind in ("bool", "double", "int64"):
            cast = column.cast("int8") if kind == "bool" else column
            found[name] = np.asarray(cast.cast("float64").to_numpy(), dtype=np.float64)
    return found


def amount(columns: Row, name: str) -> Floats:
    """A column of fen as CNY."""
    return np.asarray(columns[name], dtype=np.float64) / FEN_PER_CNY


def _reported_or_known(columns: Row, name: str) -> Floats:
    """Loans as the report has them; where it does not say, the balance that the banks' books show."""
    reported = amount(columns, name)
    return np.where(np.isnan(reported), amount(columns, "loan_balance_fen"), reported)


def _need(
    columns: Row, product: Product, rules: LendingRules
) -> tuple[WorkingCapitalNeed, RunwayNeed, Floats, NDArray[np.str_]]:
    """Need by the regulation, or by cash runway for a company that lives on research; +inf where it does not bind."""
    figures = rules.figures
    sales, before = amount(columns, "revenue_fen_y0"), amount(columns, "revenue_fen_y1")
    with np.errstate(divide="ignore", invalid="ignore"):
        margin = amount(columns, "operating_profit_fen_y0") / sales
        growth = np.where(before > 0, sales / before - 1.0, 0.0)
        to_revenue = amount(columns, "rd_expense_fen_y0") / sales
    growth = np.clip(np.nan_to_num(growth), 0.0, figures.need.sales_growth_max.number)
    zeros = np.zeros_like(sales)
    need = working_capital_need(
        OperatingFigures(
            sales,
            amount(columns, "cost_of_sales_fen_y0"),
            amount(columns, "receivables_fen_y0"),
            amount(columns, "inventory_fen_y0"),
            amount(columns, "payables_fen_y0"),
            amount(columns, "prepayments_fen_y0"),
            amount(columns, "advance_receipts_fen_y0"),
            margin,
            growth,
        ),
        amount(columns, "cash_fen_y0"),
        _reported_or_known(columns, "short_term_loans_fen_y0"),
        zeros,
        figures.working_capital.year_days.number,
    )
    runway = cash_runway_need(
        amount(columns, "operating_cash_flow_fen_y0"),
        amount(columns, "cash_fen_y0"),
        zeros,
        to_revenue,
        np.full_like(sales, figures.need.milestone_months.number),
        figures.runway,
    )
    if not product.running_costs:
        return need, runway, np.full_like(sales, np.inf), np.full(sales.shape, "none")
    formula, other = ~np.isnan(need.new_loan_cny), ~np.isnan(runway.need_cny)
    both = np.where(formula & other, np.maximum(need.new_loan_cny, runway.need_cny), need.new_loan_cny)
    chosen = np.where(formula, both, runway.need_cny)
    by_runway = other & (~formula | (runway.need_cny > need.new_loan_cny))
    method = np.select([by_runway, formula], ["cash_runway", "working_capital"], "open")
    return need, runway, chosen, method


def _product_caps(product: Product, steps: Row, wanted: Wanted) -> dict[str, Floats]:
    """The product's caps in CNY; one that hangs on a deal is left out of a list of offers."""
    offered = bool(np.isposinf(wanted.amount_cny).all())
    bound = [cap.name for cap in product.caps if not (offered and cap.of_application)]
    return {name: amount(steps, product.step("cap", name)) for name in bound}


def _least(caps: Mapping[str, Floats]) -> Floats:
    known = [np.nan_to_num(cap, nan=np.inf) for cap in caps.values()]
    return np.min(np.stack(known), axis=0) if known else np.array(np.inf)


def _concentration(columns: Row, wanted: Wanted, rules: LendingRules) -> dict[str, Floats]:
    """Room for borrower and group under the bank's capital, where the bank is named; tier 1 stands for all capital."""
    if not wanted.tier1_cny > 0:
        return {}
    return concentration_caps(
        wanted.tier1_cny,
        wanted.tier1_cny,
        amount(columns, "loan_balance_fen"),
        amount(columns, "group_balance_fen"),
        rules.figures.concentration,
    )


def _capacity(columns: Row, rate: Floats, term_months: Floats, rules: LendingRules) -> Floats:
    """What the cash flow carries; +inf for stages that are not bounded by it, NaN where the stage is open."""
    reported = amount(columns, "interest_expense_fen_y0")
    # A company that no bank lends to pays no interest, whether its report says so or not.
    interest = np.where(np.isnan(reported) & (amount(columns, "loan_balance_fen") == 0), 0.0, reported)
    cash = amount(columns, "operating_profit_fen_y0") + np.nan_to_num(amount(columns, "depreciation_fen_y0")) + interest
    years = rules.figures.need.long_loans_repaid_years.number
    service = interest + _reported_or_known(columns, "long_term_loans_fen_y0") / years
    carried = debt_service_capacity(cash, service, rate, term_months, rules.figures.debt_service.coverage_min.number)
    stage = np.asarray(columns["stage_code"], dtype=np.float64)
    table = rules.decision.debt_service
    free = [code for code, name in STAGE_NAMES.items() if table.rows[name]["value"] == "no"]
    return np.where(np.isin(stage, free), np.inf, np.where(np.isnan(stage), np.nan, carried))


def _priced(
    columns: Row, product: Product, lent_cny: Floats, term_months: Floats, default_probability: Floats,
    sharing: Sharing, rules: LendingRules,
) -> tuple[LossGivenDefault, Mapping[str, Floats], Floats, Floats, Price]:  # fmt: skip
    """Loss, dues of the bearers, yearly expected loss, capital and rate at an amount."""
    figures = rules.figures
    exposure = np.maximum(lent_cny, SMALLEST_CNY)
    curve = curve_of(figures.price.funding_rates)
    funding = funding_rate(term_months, curve)
    pledges = _pledges(columns, product)
    terms = collateral_terms(figures.loss.collateral)
    # One rate for the sale of pledges, whatever the term: a loan is worth the same alone and in a list.
    discount = float(funding_rate(np.array([DISCOUNT_MONTHS]), curve)[0])
    floor = figures.loss.loss_rate_floor.number
    unsecured = figures.loss.unsecured_loss_rate.number
    whole = loss_given_default(exposure, pledges, terms, unsecured, discount_rate=discount, loss_rate_floor=floor)
    dues = _dues(exposure, whole.whole, default_probability, sharing)
    surely = figures.loss.payer_reliability
    borne: dict[str, tuple[Floats | float, float]] = {
        bearer: (due / (exposure * whole.whole), surely.number(bearer, "share"))
        for bearer, due in dues.items()
        if sharing.contract is not None and bearer != sharing.contract.keeper
    }
    loss = loss_given_default(
        exposure, pledges, terms, unsecured, borne_by_others=borne, discount_rate=discount, loss_rate_floor=floor
    )
    expected = default_probability * loss.bank
    capital = standard_capital(_capital_class(columns, exposure, rules), figures.capital)
    price = price_loans(funding, np.nan_to_num(expected), capital, PriceFigures.of_rules(figures.price))
    return loss, dues, expected, capital, _missing_where(price, np.isnan(expected))


def _pledges(columns: Row, product: Product) -> dict[str, Floats]:
    """Low end of the pledge's value by kind of right, for products that rest on one."""
    if not any(cap.name == "pledge" for cap in product.caps):
        return {}
    low, kinds = amount(columns, "pledge_value_fen_low"), np.asarray(columns["pledge_right_kind"], dtype=object)
    found = sorted({str(kind) for kind in kinds if kind is not None})
    return {kind: np.where(kinds == kind, low, 0.0) for kind in found}


def _dues(exposure: Floats, whole: Floats, default_probability: Floats, sharing: Sharing) -> dict[str, Floats]:
    """What each bearer owes if the loan fails; the bank all of a loan that is not under the contract."""
    lost = exposure * whole
    if sharing.contract is None:
        return {"bank": lost}
    inside = sharing.class_number >= 0
    certain = np.clip(np.nan_to_num(default_probability, nan=0.5), 1e-9, 1 - 1e-9)
    loans = RiskyLoans(exposure, np.where(inside, whole, 0.0), certain, np.maximum(sharing.class_number, 0))
    dues = loan_dues(loans, sharing.contract)
    others = sum(due for bearer, due in dues.items() if bearer != sharing.contract.keeper)
    return {**dues, sharing.contract.keeper: lost - others}


def _capital_class(columns: Row, exposure: Floats, rules: LendingRules) -> NDArray[np.str_]:
    revenue, staff = amount(columns, "revenue_fen_y0"), np.asarray(columns["staff_total_y0"], dtype=np.float64)
    need = rules.figures.need
    small = (staff < need.small_micro_staff_max.number) & (revenue < need.small_micro_revenue_cny_max.number)
    return standard_class(small, exposure, revenue, rules.figures.capital)


def _missing_where(price: Price, missing: NDArray[np.bool_]) -> Price:
    """The price with rate, loss and return missing where no loss could be expected."""

    def hole(values: Floats) -> Floats:
        return np.where(missing, np.nan, values)

    return Price(
        hole(price.rate),
        hole(price.wanted),
        price.funding,
        price.cost,
        hole(price.expected_loss),
        price.capital_charge,
        price.subsidy,
        np.where(missing, "", price.bound),
        hole(price.raroc),
    )
