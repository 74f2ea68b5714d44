"""On the Chinese sample: the renewal model foretells lapses better than a constant hazard and Kaplan-Meier by field."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from cohorts import benchmark

from kejin.valuation.renewal_fit import fit_renewal


@pytest.mark.real_data
def test_the_sample_is_read_as_it_is_described(shared_data: Path) -> None:
    events = benchmark("sipo_sample").read_sample(shared_data)
    assert len(events) == 1_423
    assert 950 < events.lapsed.sum() < 1_030  # of 1,028 terminations a few came at other times of the year
    assert (events.paid_year >= events.first_year).all()


@pytest.mark.real_data
def test_held_out_lapses_are_foretold(shared_data: Path) -> None:
    real = benchmark("renewal_real")
    events = benchmark("sipo_sample").read_sample(shared_data)
    order = np.random.default_rng(4).permutation(len(events))
    train, test = events.chosen(order[:711]), events.chosen(order[711:])
    renewal = real.renewal(train, test, real.PRIOR).sum()
    assert renewal > real.constant(train, test).sum() + 10
    assert renewal > real.kaplan_meier(train, test).sum() + 10
    model = fit_renewal(train, real.FEES, counts=real.COUNTS, prior=real.PRIOR)
    told, seen = real.expected_lapses(model, test), real.counts(test)[1]
    assert told.sum() == pytest.approx(
        seen.sum(), rel=0.12
    )  # one split; the mean of many is in docs/evidence/renewal.md
    for ages in (slice(2, 5), slice(5, 8), slice(8, 12), slice(12, 16)):
        assert told[ages].sum() == pytest.approx(seen[ages].sum(), rel=0.3)
