"""What is a research project worth before it earns anything, when it may be given up? Schwartz's real option.

The cost still to be spent K falls as money is spent and is uncertain: dK = -I dt + sigma sqrt(I K) dz. The cash flow
a finished project would earn C moves as dC = (alpha - eta) C dt + phi C dw (risk-adjusted). A catastrophe ends the
project at rate `failure_rate` while money is spent. Finished, it earns C until the patent ends, then `multiple` x C
once; unfinished when the patent ends, it is worth nothing. The owner may give up at any time.

The value solves a partial differential equation backwards in time, in ln C and sqrt K (in which the diffusion of K is
even), with both directions implicit (Douglas splitting). One solution holds every remaining life and, because the value
scales with money, every pair of cost and cash flow with the same I / K: see `OptionTable`.

Limits   The value of a project that is not given up may be negative; the one with the option never is.
Source   E. S. Schwartz, "Patents and R&D as Real Options", Economic Notes 33 (2004). Evidence:
         tests/published/schwartz_2004.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log, sqrt

import numba
import numpy as np
from numpy.typing import NDArray

from kejin.errors import InputError

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ProjectDynamics:
    """How cost and cash flow of a project move; rates a year.

    drift, risk_premium    alpha and eta of the cash flow
    cash_volatility        phi
    cost_uncertainty       sigma, technical uncertainty of the cost
    correlation            of cash flow and cost
    failure_rate           of catastrophes while money is spent
    interest_rate          free of risk
    multiple               M, terminal value in cash flows
    """

    drift: float
    risk_premium: float
    cash_volatility: float
    cost_uncertainty: float
    correlation: float
    failure_rate: float
    interest_rate: float
    multiple: float

    def __post_init__(self) -> None:
        good = (
            self.cash_volatility > 0
            and self.cost_uncertainty > 0
            and -1 < self.correlation < 1
            and self.failure_rate >= 0
            and self.multiple >= 0
            and self.interest_rate > self.drift - self.risk_premium - 1
        )
        if not good:
            raise InputError("valuation.option_parameter_wrong", parameters=self)


@dataclass(frozen=True, slots=True)
class Grid:
    """How fine the solution is: points of ln C and of sqrt K, steps a year."""

    cash_points: int = 121
    cost_points: int = 241
    steps_a_year: int = 40


def completed_value(cash_flow: Floats | float, years_left: float, dynamics: ProjectDynamics) -> Floats:
    """What is a finished project worth? Cash flow until the patent ends, then the terminal multiple."""
    rate = dynamics.interest_rate - dynamics.drift + dynamics.risk_premium
    gone = np.exp(-rate * years_left)
    stream = years_left if abs(rate) < 1e-12 else (1.0 - gone) / rate
    worth: Floats = np.asarray(cash_flow, dtype=np.float64) * (stream + dynamics.multiple * gone)
    return worth


@dataclass(frozen=True, slots=True)
class OptionTable:
    """The value of projects by remaining life, cash flow and cost, in units of the yearly spending.

    values     shape (year left 0..n, ln cash flow, sqrt cost)
    """

    log_cash: Floats
    root_cost: Floats
    values: Floats

    def value(self, cash_flow: Floats, cost: Floats, spending: Floats, years_left: Floats) -> Floats:
        """The value of each project, linear between the points of the table; shape (project,), in money.

        cash_flow, cost, spending   CNY, CNY and CNY a year, spending > 0; beyond the table the edge is taken.
        years_left                  0 gives 0.
        """
        found: Floats = _interpolated(
            self.log_cash, self.root_cost, self.values, cash_flow / spending, cost / spending, spending, years_left
        )
        return found


def option_table(
    dynamics: ProjectDynamics,
    years: int,
    cash_range: tuple[float, float],
    cost_max: float,
    grid: Grid | None = None,
    *,
    may_abandon: bool = True,
) -> OptionTable:
    """Solve once for every remaining life up to `years`, for one unit of spending a year.

    cash_range  smallest and largest cash flow, in years' spending; wide, because the edges are rough.
    cost_max    largest remaining cost, in years' spending.
    """
    chosen = Grid() if grid is None else grid
    low, high = cash_range
    if not (0 < low < high and cost_max > 0 and years >= 1):
        raise InputError("valuation.option_parameter_wrong", parameters=(years, cash_range, cost_max))
    log_cash = np.linspace(log(low), log(high), chosen.cash_points)
    root_cost = np.linspace(0.0, sqrt(cost_max), chosen.cost_points)
    yearly = np.stack([completed_value(np.exp(log_cash), year, dynamics) for year in range(years + 1)])
    rate = dynamics.interest_rate - dynamics.drift + dynamics.risk_premium
    values = _solve(
        log_cash, root_cost, years, chosen.steps_a_year, may_abandon, rate, dynamics.multiple,
        np.array([
            dynamics.drift - dynamics.risk_premium, dynamics.cash_volatility, dynamics.cost_uncertainty,
            dynamics.correlation, dynamics.interest_rate + dynamics.failure_rate,
        ]),
    )  # fmt: skip
    values[:, :, 0] = yearly
    return OptionTable(log_cash, root_cost, values)


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _solve(
    log_cash: Floats, root_cost: Floats, years: int, steps: int, may_abandon: bool, rate: float, multiple: float,
    p: Floats,
) -> Floats:  # fmt: skip
    """Backwards from the end of the patent, with spending 1; the value at each whole year left."""
    nx, ny, dt = len(log_cash), len(root_cost), 1.0 / steps
    in_x, in_y, mixed = _coefficients(log_cash, root_cost, p)
    cash = np.empty(nx)
    u, y0, y1 = np.zeros((nx, ny)), np.zeros((nx, ny)), np.zeros((nx, ny))
    out = np.zeros((years + 1, nx, ny))
    for i in range(nx):  # loops, here and below: Numba takes ten seconds more to compile what slices say
        cash[i] = np.exp(log_cash[i])
        u[i, 0] = multiple * cash[i]
    for step in range(years * steps):
        left = (step + 1) * dt
        theta = 1.0 if step < 8 else 0.5  # the first steps smooth the corner where the patent ends
        gone = np.exp(-rate * left)
        worth = multiple * gone + (left if abs(rate) < 1e-12 else (1.0 - gone) / rate)
        _explicit(u, y0, y1, in_x, in_y, mixed, dt, theta)
        _implicit_cash(y0, in_x, theta * dt)
        for i in range(nx):
            u[i, 0] = worth * cash[i]  # at K = 0 the project is finished
        _implicit_cost(u, y0, y1, in_y, theta * dt)
        whole_year, year = (step + 1) % steps == 0, (step + 1) // steps
        for i in range(nx):
            for j in range(ny):
                if may_abandon and j > 0 and u[i, j] < 0.0:
                    u[i, j] = 0.0
                if whole_year:
                    out[year, i, j] = u[i, j]
    return out


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _coefficients(log_cash: Floats, root_cost: Floats, p: Floats) -> tuple[Floats, Floats, float]:
    """The three diagonals in ln C (last: growth of the edge), in sqrt K (3 x points), and of the mixed derivative."""
    ny = len(root_cost)
    dx, dy = log_cash[1] - log_cash[0], root_cost[1] - root_cost[0]
    drift, phi, sigma, rho, kill = p[0], p[1], p[2], p[3], p[4]
    a = 0.5 * phi * phi / (dx * dx)
    b = (drift - 0.5 * phi * phi) / (2.0 * dx)
    in_x = np.array([a - b, -2.0 * a - 0.5 * kill, a + b, np.exp(dx)])
    in_y = np.zeros((3, ny))
    diffusion = sigma * sigma / 8.0
    second = diffusion / (dy * dy)
    for j in range(1, ny):
        push = (0.5 + diffusion) / root_cost[j]  # sqrt K moves down at this rate
        if push * dy <= 2.0 * diffusion:
            in_y[0, j], in_y[2, j] = second + push / (2.0 * dy), second - push / (2.0 * dy)
        else:
            in_y[0, j], in_y[2, j] = second + push / dy, second
        in_y[1, j] = -(in_y[0, j] + in_y[2, j]) - 0.5 * kill
    # At the largest cost the value runs on in a straight line: u[ny] = 2 u[ny - 1] - u[ny - 2].
    in_y[0, ny - 1], in_y[1, ny - 1] = in_y[0, ny - 1] - in_y[2, ny - 1], in_y[1, ny - 1] + 2.0 * in_y[2, ny - 1]
    in_y[2, ny - 1] = 0.0
    return in_x, in_y, rho * phi * sigma / 2.0 / (4.0 * dx * dy)


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _explicit(
    u: Floats, y0: Floats, y1: Floats, in_x: Floats, in_y: Floats, mixed: float, dt: float, theta: float
) -> None:
    """One explicit step into y0, without the part of ln C that is done implicitly; y1 holds the part of sqrt K."""
    nx, ny = u.shape
    for i in range(nx):
        for j in range(1, ny):
            # Beyond the edges in ln C: flat below, in proportion to C above.
            below = u[i - 1, j] if i > 0 else u[i, j]
            above = u[i + 1, j] if i < nx - 1 else u[i, j] + (u[i, j] - u[i - 1, j]) * in_x[3]
            along_x = in_x[0] * below + in_x[1] * u[i, j] + in_x[2] * above
            along_y = in_y[0, j] * u[i, j - 1] + in_y[1, j] * u[i, j]
            cross = 0.0
            if j < ny - 1:
                along_y += in_y[2, j] * u[i, j + 1]
                if 0 < i < nx - 1:
                    cross = mixed * (u[i + 1, j + 1] - u[i + 1, j - 1] - u[i - 1, j + 1] + u[i - 1, j - 1])
            y0[i, j] = u[i, j] + dt * (cross + along_x + along_y - 1.0) - theta * dt * along_x
            y1[i, j] = along_y


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _implicit_cash(y0: Floats, in_x: Floats, step: float) -> None:
    """Solve (1 - step A) y = y0 in ln C for every cost, in place."""
    nx, ny = y0.shape
    low, mid, high, grow = -step * in_x[0], 1.0 - step * in_x[1], -step * in_x[2], in_x[3]
    c = np.zeros(nx)
    c[0] = high / (mid + low)
    for j in range(1, ny):
        y0[0, j] /= mid + low
    for i in range(1, nx):
        below, middle, above = low, mid, high
        if i == nx - 1:
            below, middle, above = low - high * grow, mid + high * (1.0 + grow), 0.0
        m = middle - below * c[i - 1]
        c[i] = above / m
        for j in range(1, ny):
            y0[i, j] = (y0[i, j] - below * y0[i - 1, j]) / m
    for i in range(nx - 2, -1, -1):
        for j in range(1, ny):
            y0[i, j] -= c[i] * y0[i + 1, j]


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _implicit_cost(u: Floats, y0: Floats, y1: Floats, in_y: Floats, step: float) -> None:
    """Solve (1 - step A) u = y0 - step y1 in sqrt K for every cash flow; u[:, 0] is given."""
    nx, ny = u.shape
    c = np.zeros(ny)
    m = np.ones(ny)
    for j in range(1, ny):
        m[j] = 1.0 - step * in_y[1, j] + step * in_y[0, j] * c[j - 1]
        c[j] = -step * in_y[2, j] / m[j]
    for i in range(nx):
        for j in range(1, ny):
            u[i, j] = (y0[i, j] - step * y1[i, j] + step * in_y[0, j] * u[i, j - 1]) / m[j]
        for j in range(ny - 2, 0, -1):
            u[i, j] -= c[j] * u[i, j + 1]


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _interpolated(
    log_cash: Floats, root_cost: Floats, values: Floats, cash: Floats, cost: Floats, spending: Floats, years: Floats
) -> Floats:
    """Linear in ln C, sqrt K and years left; at the edges of the table the edge."""
    n, last = len(cash), values.shape[0] - 1
    out = np.zeros(n)
    x0, dx, y0, dy = log_cash[0], log_cash[1] - log_cash[0], root_cost[0], root_cost[1] - root_cost[0]
    for k in range(n):
        if np.isnan(cash[k]) or np.isnan(cost[k]) or np.isnan(spending[k]) or np.isnan(years[k]):
            out[k] = np.nan
            continue
        x = 0.0 if cash[k] <= 0 else min(max((np.log(cash[k]) - x0) / dx, 0.0), len(log_cash) - 1.000001)
        y = min(max((np.sqrt(max(cost[k], 0.0)) - y0) / dy, 0.0), len(root_cost) - 1.000001)
        t = min(max(years[k], 0.0), last - 1e-9)
        i, j, h = int(x), int(y), int(t)
        fx, fy, ft = x - i, y - j, t - h
        value = 0.0
        for a in range(2):
            wx = fx if a else 1.0 - fx
            for b in range(2):
                wy = fy if b else 1.0 - fy
                for e in range(2):
                    value += wx * wy * (ft if e else 1.0 - ft) * values[h + e, i + a, j + b]
        out[k] = value * spending[k]
    return out
