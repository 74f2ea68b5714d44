"""How much may a portfolio lose, counted in bands of money? CreditRisk+: default rates that move by sector (gamma).

Each loan's loss is put into a whole number of bands; a sector's default intensity is gamma distributed, sectors are
independent of each other, and given them defaults are Poisson. The distribution of the loss is the product over
sectors of

    G(z) = (1 + (mu / alpha) (1 - P(z)))^-alpha,  alpha = (mu / sigma)^2,  P(z) = sum over bands of share z^band

turned back into probabilities by a fast Fourier transform; nothing is simulated.

Banding      A loss falls into `ceil(loss / unit)` bands (`rounding="up"`) or the nearest (`"nearest"`, at least 1); its
             default intensity is multiplied by loss / (bands x unit), so that expected loss is kept exactly. The
             intensity's deviation is scaled alike. The unit of the original spreadsheet is the largest loss / 100,
             up to a whole unit of money: `spreadsheet_unit`. Quantiles are between bands, straight, as printed there.
Source       Credit Suisse First Boston, CreditRisk+, 1997, appendix A and B; evidence in tests/published/csfb_1997.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from kejin.credit.input_checks import Floats, not_negative, positive, probability, share
from kejin.errors import InputError

Rounding = Literal["up", "nearest"]
BANDS_MAX = 1 << 22
TAIL_DEVIATIONS = 45.0


@dataclass(frozen=True, slots=True)
class BandedLoss:
    """Probabilities of a loss of 0, 1, 2 ... units."""

    unit_cny: float
    probabilities: Floats

    @property
    def expected_cny(self) -> float:
        return float(self.probabilities @ np.arange(self.probabilities.size)) * self.unit_cny

    @property
    def deviation_cny(self) -> float:
        units = np.arange(self.probabilities.size, dtype=np.float64)
        mean = float(self.probabilities @ units)
        return math.sqrt(max(float(self.probabilities @ (units - mean) ** 2), 0.0)) * self.unit_cny

    def quantile(self, level: float) -> float:
        """Loss not exceeded with this probability, straight between bands."""
        wanted = float(probability("level", level))
        cumulative = np.cumsum(self.probabilities)
        band = int(np.searchsorted(cumulative, wanted))
        if band == 0:
            return 0.0
        if band >= cumulative.size:
            return (cumulative.size - 1) * self.unit_cny
        before = float(cumulative[band - 1])
        return (band - 1 + (wanted - before) / float(cumulative[band] - before)) * self.unit_cny


def spreadsheet_unit(loss_cny: Floats) -> float:
    """Unit of the bands in the original spreadsheet: a hundredth of the largest loss, up to a whole CNY."""
    return float(np.ceil(positive("loss_cny", loss_cny).max() / 100.0))


def banded_loss(
    loss_cny: Floats,
    default_rate: Floats,
    rate_deviation: Floats,
    unit_cny: float,
    sector_weights: Floats | None = None,
    rounding: Rounding = "up",
) -> BandedLoss:
    """Distribution of the yearly loss of all loans together.

    loss_cny         loss in default of each loan (exposure x loss rate), > 0.
    default_rate     mean rate a year, in (0, 1).
    rate_deviation   standard deviation of the rate, >= 0; 0 for all: Poisson.
    unit_cny         width of a band.
    sector_weights   shape (loan, sector), rows adding up to 1; None: one sector.
    Raises   credit.amount_not_positive, credit.probability_outside, credit.amount_negative, credit.share_outside,
             credit.weights_not_one, credit.bands_too_many.
    """
    loss, rate = positive("loss_cny", loss_cny), probability("default_rate", default_rate)
    moves, unit = not_negative("rate_deviation", rate_deviation), float(positive("unit_cny", unit_cny))
    weights = np.ones((loss.size, 1)) if sector_weights is None else share("sector_weights", sector_weights)
    if (abs(weights.sum(axis=1) - 1.0) > 1e-9).any():
        raise InputError("credit.weights_not_one", total=float(weights.sum(axis=1)[0]))
    exact = loss / unit
    if exact.max() > BANDS_MAX / 4:
        raise InputError("credit.bands_too_many", bands=int(exact.max()), most=BANDS_MAX // 4)
    bands = np.maximum(np.ceil(exact - 1e-12) if rounding == "up" else np.rint(exact), 1.0)
    kept = exact / bands
    intensity, spread = rate * kept, np.broadcast_to(moves, rate.shape) * kept
    size = _size(bands, intensity, weights.T @ spread, weights)
    band_numbers = bands.astype(np.int64)
    logarithm = np.zeros(size // 2 + 1, dtype=np.complex128)
    for sector in range(weights.shape[1]):
        mass = np.bincount(band_numbers, intensity * weights[:, sector], minlength=size)
        mu, sigma = float(mass.sum()), float((spread * weights[:, sector]).sum())
        if mu == 0.0:
            continue
        missing = mu - np.fft.rfft(mass)  # mu (1 - P(z)) on the circle
        if sigma > 0:
            alpha = (mu / sigma) ** 2
            logarithm -= alpha * np.log1p(missing / alpha)
        else:
            logarithm -= missing
    found = np.fft.irfft(np.exp(logarithm), size)
    return BandedLoss(unit, np.maximum(found, 0.0))


def _size(bands: Floats, intensity: Floats, sector_spread: Floats, weights: Floats) -> int:
    """Number of bands kept: the mean and many deviations beyond it, so that nothing comes round the circle."""
    mean = float(bands @ intensity)
    loads = weights.T @ (bands * intensity)
    mu = np.maximum(weights.T @ intensity, 1e-300)
    variance = float(bands**2 @ intensity) + float(((loads * sector_spread / mu) ** 2).sum())
    wanted = mean + TAIL_DEVIATIONS * math.sqrt(variance) + float(bands.max())
    size = 1 << max(math.ceil(math.log2(wanted + 1)), 4)
    if size > BANDS_MAX:
        raise InputError("credit.bands_too_many", bands=int(wanted), most=BANDS_MAX)
    return size
