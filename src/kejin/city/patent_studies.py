"""Who studied the patents? Valuers' judgements of some of them, and an office's table of cohorts for comparison."""

from __future__ import annotations

from datetime import date

import numpy as np

from kejin.city import values
from kejin.city.days import day_number
from kejin.city.parts import NEVER, Part
from kejin.city.streams import Ints, chance, rounded
from kejin.city.values import Rows

# What valuers are asked: the form, and its items that nobody can read off a register.
JUDGED_ITEMS = {
    "gbt_42748": ("stability", "detectability", "dependence", "substitutability", "independence", "field_trend",
                  "competition"),
    "handbook_2012": ("stability", "avoidability", "dependence", "detectability", "field_trend", "complements",
                      "substitutability", "market_prospect", "market_share", "competition", "policy_fit"),
}  # fmt: skip
_EXPERTS = ("EX*1", "EX*2", "EX*3")
_SHARE_JUDGED = 0.02
_COHORT_YEARS = range(2004, 2025)
_COHORT_FIELDS = range(1, 36)
_QUANTILES = (1, 10, 25, 50, 75, 90, 99)


def patent_expert_score_rows(part: Part) -> Rows:
    """Rows of `patent_expert_score`: patents that a valuer looked at under one form; some items stay open."""
    block, rng = part.patents, part.stream("patent judgements")
    m = len(block.company)
    day = np.maximum(block.granted, day_number(date(2023, 9, 1))) + rng.integers(30, 900, m)
    which = np.flatnonzero(
        chance(rng, _SHARE_JUDGED, m) & (block.granted < NEVER) & (block.kind != 2) & (day + 5 <= part.until)
    )
    form = chance(rng, 0.3, len(which)).astype(np.int64)
    parts = [_judged(part, which[form == number], day, name) for number, name in enumerate(JUDGED_ITEMS)]
    return values.stacked(*parts)


def _judged(part: Part, which: Ints, day: Ints, form: str) -> Rows:
    block, rng, items = part.patents, part.stream(f"patent judgements {form}"), JUDGED_ITEMS[form]
    whose, item = np.repeat(which, len(items)), np.tile(np.arange(len(items)), len(which))
    m = len(whose)
    share = np.clip(0.55 + 0.14 * block.quality[whose] + rng.normal(0, 0.16, m), 0, 1)
    expert = np.repeat(rng.integers(0, len(_EXPERTS), len(which)), len(items))
    rows = {
        "publication_number": block.numbers(part, whose),
        "profile": values.same(form, m),
        "item": values.picked(items, item),
        "expert": values.picked(_EXPERTS, expert),
        "scored_on": values.days(day[whose]),
        "score": values.number(rounded(share, 1)),
        "known_on": values.days(day[whose] + 2),
        "source": values.same("synthetic: valuer", m),
    }
    return values.take(rows, np.flatnonzero(~chance(rng, 0.1, m)))


def patent_cohort_rows(part: Part) -> Rows:
    """Rows of `patent_cohort`, written with the first part: what an office might publish of its inventions."""
    if part.number:
        return {}
    rng = part.city.stream("patent cohorts")
    keys = [(year, field) for year in _COHORT_YEARS for field in _COHORT_FIELDS]
    shape = (len(keys), 400)
    claims = np.clip(1 + rng.negative_binomial(4, 0.36, shape), 1, 60)
    family = np.minimum(rng.geometric(0.75, shape), 12)
    sample = np.concatenate([claims, family]).astype(np.float64)
    year, field = np.tile(np.array(keys).T, 2)
    n = len(sample)
    indicator = np.repeat([0, 1], len(keys))
    known = np.array([day_number(date(int(one) + 2, 3, 31)) for one in year])
    return {
        "office": values.same("CN", n),
        "filing_year": values.whole(year),
        "field": values.whole(field),
        "indicator": values.picked(("claims", "family_size"), indicator),
        "patents": values.whole(rng.integers(400, 30_000, n)),
        "mean": values.number(rounded(sample.mean(axis=1), 4)),
        **{
            f"p{level}": values.number(np.quantile(sample, level / 100, axis=1, method="lower")) for level in _QUANTILES
        },
        "max": values.number(sample.max(axis=1)),
        "known_on": values.days(np.minimum(known, part.until)),
        "source": values.same("synthetic: patent office", n),
    }
