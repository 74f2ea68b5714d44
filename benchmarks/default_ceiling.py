"""How much could research ability, known without noise, tell of default? From the blocks of the city, no model.

    python benchmarks/default_ceiling.py [--companies 100000] [--seeds 1 2 3 4 5 6] [--strength 0.6 0.5 0.3]

Borrowers with a live loan and none in default on the judging day; default within a year. The hidden qualities, which
no model sees, are put together by logistic regression on all borrowers; so this is what the best ranking could be.
"""

from __future__ import annotations

import argparse
import time
from datetime import date
from typing import Any

import numpy as np

from kejin.city import companies
from kejin.city.days import day_number
from kejin.city.parts import City, Part
from kejin.credit.discrimination import auc_delong, auc_difference
from kejin.credit.fit_logistic import fit_on_columns

DAY, LATE = day_number(date(2025, 8, 31)), 91
QUALITIES = ("research", "management", "luck", "in_trouble")
SETS = {
    "research ability": ("research",),
    "management and luck": ("management", "luck"),
    "management, luck, research ability": ("management", "luck", "research"),
    "in trouble already, management, luck": ("in_trouble", "management", "luck"),
    "in trouble already, management, luck, research ability": ("in_trouble", "management", "luck", "research"),
}
GAINS = (
    ("management, luck, research ability", "management and luck"),
    ("in trouble already, management, luck, research ability", "in trouble already, management, luck"),
)


def borrowers(part: Part) -> tuple[Any, Any]:
    """Hidden qualities, shape (borrower, quality), and whether each defaults within a year of the day."""
    block, loans = part.companies, part.loans
    closed, failed = np.minimum(loans.due, loans.prepaid), loans.defaulted + LATE
    live = (loans.granted <= DAY) & (closed > DAY) & (failed > DAY)
    own, hit = (np.zeros(part.count, dtype=bool) for _ in range(2))
    own[loans.company[live]] = True
    own[loans.company[(loans.granted <= DAY) & (failed <= DAY)]] = False
    hit[loans.company[live & (failed <= DAY + 365)]] = True
    trouble = (block.distressed <= DAY) & (block.recovered > DAY)
    columns = np.column_stack([block.research, block.management, block.luck, trouble])
    return columns[own], hit[own].astype(np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--companies", type=int, default=100_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5, 6])
    parser.add_argument("--strength", type=float, nargs=3, default=[0.6, 0.5, 0.3])
    asked = parser.parse_args()
    companies.STRENGTH = companies.Strength(*asked.strength)
    start = time.process_time()
    cities = [City(asked.companies, seed) for seed in asked.seeds]
    found = [borrowers(Part(city, number)) for city in cities for number in range(city.parts)]
    columns, hits = (np.concatenate(one) for one in zip(*found, strict=True))
    scores = {}
    print(f"{len(hits):,} borrowers, {int(hits.sum()):,} defaults\n\n| known without noise | AUC |\n|---|---:|")
    for name, chosen in SETS.items():
        x = columns[:, [QUALITIES.index(one) for one in chosen]]
        scores[name] = x @ fit_on_columns(x, hits).weights[1:]
        area = auc_delong(hits, scores[name])
        print(f"| {name} | {area.value:.3f} ({area.low:.3f} to {area.high:.3f}) |")
    for more, less in GAINS:
        gain = auc_difference(hits, scores[more], scores[less])
        print(f"| gain of research ability over {less} | {gain.value:+.4f} ({gain.low:+.4f} to {gain.high:+.4f}) |")
    print(f"\nProcessor seconds: {time.process_time() - start:.0f}.")


if __name__ == "__main__":
    main()
