"""Who sits in which park, and who may use a company's data? Park tenancies and consents."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from kejin.city import values
from kejin.city.companies import park_count, park_ids
from kejin.city.parts import NEVER, Part
from kejin.city.streams import Flags, Ints, chance, rounded
from kejin.city.values import Rows
from kejin.facts.table_groups import COMPANY_TABLES, GROUPS, tables_of, tables_text

# What most consents to a purpose cover: for credit not the accounts at other banks; for monitoring everything.
_CREDIT = ("registry", "reports", "research", "tax", "loans", "investment", "park")
_USUAL: dict[str, tuple[str, ...]] = {
    "credit": _CREDIT,
    "monitoring": tuple(GROUPS),
    "insurance": ("registry", "reports", "research", "tax", "loans", "insurance", "investment"),
}
# Forms that were filled in by hand: some groups, or only some tables of one.
_IN_PART = (
    "annual_report;staffing;tax_month;social_insurance_month", "annual_report;account;transfer;invoice",
    "annual_report;patent;title", "company", "tax_month;utility_month;invoice",
)  # fmt: skip
PURPOSES = ("credit", "monitoring", "insurance", "investment", "statistics")


def park_tenancy_rows(part: Part) -> Rows:
    """Rows of `park_tenancy`; some companies moved between parks; unpaid rent shows trouble."""
    rng, block = part.stream("tenancies"), part.companies
    company = np.flatnonzero(block.park >= 0)
    now = _tenancy(
        part, rng, company, block.park[company], block.born[company] + rng.integers(10, 400, len(company)), NEVER
    )
    moved = company[chance(rng, 0.12, len(company))]
    earlier = (block.park[moved] + 1) % park_count(part.city.companies)
    left = block.born[moved] + 9
    before = _tenancy(part, rng, moved, earlier, block.born[moved] + rng.integers(0, 6, len(moved)), left)
    return values.stacked(now, before)


def _tenancy(part: Part, rng: np.random.Generator, company: Ints, park: Ints, since: Ints, until: Ints | int) -> Rows:
    """Rows of tenancies: at moving in, and as last seen (at the end, or lately)."""
    block, m = part.companies, len(company)
    since = np.minimum(since, np.minimum(block.ended[company], part.until) - 40)
    ends = np.minimum(np.maximum(until, since + 12), block.ended[company])
    gone = ends <= part.until
    area = rounded(np.maximum(part.activity.staff.max(axis=1)[company], 3) * np.exp(rng.normal(2.6, 0.4, m)))
    rent = rounded(area * np.exp(rng.normal(4.2, 0.3, m)), 0)
    trouble = (block.distressed[company] < part.until) & (block.recovered[company] > part.until - 200)
    endorsed = chance(rng, np.maximum(0.12 + 0.05 * block.management[company], 0.01), m)
    first = {
        "park_id": park_ids(park),
        "company_id": part.ids(company),
        "since_on": values.days(since),
        "until_on": values.days(ends, np.ones(m, dtype=bool)),
        "monthly_rent_cny": values.money(values.fen(rent), chance(rng, 0.15, m)),
        "area_m2": values.number(area, chance(rng, 0.1, m)),
        "rent_overdue": values.flags(np.zeros(m, dtype=bool), chance(rng, 0.1, m)),
        "endorsed": values.flags(np.zeros(m, dtype=bool), chance(rng, 0.2, m)),
        "known_on": values.days(since + 10),
        "source": values.same("synthetic: park operators", m),
    }
    seen = np.where(gone, ends + 10, np.maximum(since + 11, part.until - rng.integers(5, 300, m)))
    later = first | {
        "until_on": values.days(ends, ~gone),
        "rent_overdue": values.flags(chance(rng, np.where(trouble, 0.32, 0.02), m), chance(rng, 0.1, m)),
        "endorsed": values.flags(endorsed, chance(rng, 0.1, m)),
        "known_on": values.days(seen),
    }
    return values.stacked(first, later)


def consent_rows(part: Part) -> Rows:
    """Rows of `consent`: every borrower to its bank, some to insurers, some withdrawn."""
    rng, loans = part.stream("consents"), part.loans
    branch = np.asarray(part.institutions.branches)
    pair = np.unique(loans.company * 1_000 + loans.branch, return_index=True)[1]
    company, day = loans.company[pair], loans.granted[pair] - rng.integers(8, 60, len(pair))
    number = np.arange(len(pair)) - np.searchsorted(company, company)
    m = len(pair)
    later = chance(rng, 0.75, m)
    lender = branch[loans.branch[pair]] if m else branch[:0]
    credit = _consents(part, rng, company, number, lender, np.zeros(m, dtype=np.int64), day)
    watch = _consents(
        part,
        rng,
        company[later],
        number[later] + 50,
        lender[later],
        np.ones(later.sum(), dtype=np.int64),
        day[later] + 7,
    )
    policies = part.policies
    insured = np.unique(policies.company, return_index=True)[1]
    insurers = np.asarray(part.institutions.ids_of("insurer"))
    covered = _consents(
        part, rng, policies.company[insured], np.full(len(insured), 90), insurers[policies.insurer[insured]],
        np.full(len(insured), 2), policies.starts[insured] - 10,
    )  # fmt: skip
    return values.stacked(credit, watch, covered)


def _consents(
    part: Part, rng: np.random.Generator, company: Ints, number: Ints,
    institution: np.ndarray[tuple[int, ...], np.dtype[np.str_]], purpose: Ints, day: Ints,
) -> Rows:  # fmt: skip
    m = len(company)
    withdrawn = day + rng.integers(60, 900, m)
    drops = chance(rng, 0.06, m) & (withdrawn + 5 <= part.until)
    first = {
        "consent_id": values.fixed("SQ", values.digits(part.first + company, 7), values.digits(number, 2)),
        "company_id": part.ids(company),
        "institution_id": values.texts(institution.tolist()),
        "purpose": values.picked(PURPOSES, purpose),
        "tables": _tables(purpose, rng.integers(0, 5, m), company, chance(rng, 0.03, m)),
        "given_on": values.days(day),
        "valid_until": values.days(day + 365 * rng.integers(1, 5, m), chance(rng, 0.1, m)),
        "withdrawn_on": values.days(withdrawn, np.ones(m, dtype=bool)),
        "known_on": values.days(day),
        "source": values.same("synthetic: consent register", m),
    }
    return values.stacked(
        first,
        values.take(
            first
            | {
                "withdrawn_on": values.days(withdrawn),
                "known_on": values.days(withdrawn + 1),
            },
            drops,
        ),
    )


def _tables(purpose: Ints, kind: Ints, company: Ints, nothing: Flags) -> pa.Array:
    """What each consent covers: two in five everything, two what the purpose needs, one less; a few name no table."""
    usual = [tables_text(tables_of(_USUAL.get(one, tuple(GROUPS)))) for one in PURPOSES]
    texts = (tables_text(COMPANY_TABLES), *usual, *_IN_PART)
    in_part = 1 + len(usual) + company % len(_IN_PART)
    number = np.select([kind < 2, kind < 4], [np.zeros(len(kind), dtype=np.int64), 1 + purpose], in_part)
    return values.picked(texts, number, nothing)
