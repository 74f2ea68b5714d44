"""Who lives in the city? Companies with hidden quality, birth, trouble and end, and the register's rows on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from kejin.city import names, values
from kejin.city.days import as_years, year_start
from kejin.city.industries import CLUSTERS, CODES, WEIGHTS, WORDS, in_trade, trade_values
from kejin.city.parts import NEVER, Part
from kejin.city.streams import Flags, Floats, Ints, chance, logistic, rounded, weighted, weighted_rows
from kejin.city.values import Rows

FIRST_BIRTH_YEAR = 2000
STATUSES = ("active", "deregistered", "revoked", "bankrupt")
OWNERSHIP_KINDS = ("private", "state", "foreign", "collective", "other")


@dataclass(frozen=True, slots=True)
class Strength:
    """How much each hidden quality weighs in what keeps a company out of trouble; the weights are ours."""

    management: float = 0.6
    luck: float = 0.5
    research: float = 0.3

    def of(self, research: Floats, management: Floats, luck: Floats) -> Floats:
        return self.management * management + self.luck * luck + self.research * research


STRENGTH = Strength()


@dataclass(frozen=True, slots=True)
class Companies:
    """One value a company. Days are since 1970 and NEVER stands for what has not happened by the last day.

    research, management, luck   hidden quality, standard normal
    distressed, recovered        first and last day of a time of trouble
    leader                       place in the part of the head of its group; itself when alone
    shell                        a company on paper only, kept by the company at `leader`
    """

    research: Floats
    management: Floats
    luck: Floats
    industry: Ints
    born: Ints
    ended: Ints
    end_status: Ints
    distressed: Ints
    recovered: Ints
    mature_staff: Floats
    without_rd: Flags
    ownership: Ints
    district: Ints
    place: Ints
    leader: Ints
    shell: Flags
    nominee: Flags
    listed: Ints
    capital: Floats
    paid_share: Floats
    park: Ints

    @property
    def strength(self) -> Floats:
        """What keeps a company out of trouble, mostly management."""
        return STRENGTH.of(self.research, self.management, self.luck)

    def alive(self, day: Ints | int) -> Flags:
        return (self.born <= day) & (self.ended > day)


def park_count(companies: int) -> int:
    """Parks grow with the city."""
    return int(min(400, 8 + companies // 500))


def make_companies(part: Part) -> Companies:
    """The companies of one part, drawn from its stream `companies`."""
    rng, n, until = part.stream("companies"), part.count, part.until
    research, management, luck = _quality(rng.standard_normal((4, n)))
    industry = weighted(rng, WEIGHTS, n)
    born = _births(rng.random((3, n)), until)
    leader, shell, nominee = _ties(part)
    staff = trade_values("staff", industry) * np.exp(1.15 * rng.standard_normal(n) + 0.3 * management + 0.15 * research)
    without = trade_values("without_rd", industry)
    without_rd = chance(rng, logistic(np.log(without / (1 - without)) - 0.7 * research), n) | shell
    distressed, recovered, ended, end_status = _trouble(part, born, STRENGTH.of(research, management, luck))
    district = _districts(part, industry)
    mature = staff > trade_values("staff", industry) * 5
    listed = np.where(mature & chance(rng, 0.12, n), born + ((5 + 9 * rng.random(n)) * 365).astype(np.int64), NEVER)
    capital = np.exp(rng.normal(np.log(3e6), 1.25, n)) * np.sqrt(np.maximum(staff, 4) / 25)
    parks = rng.integers(0, park_count(part.city.companies), n)
    return Companies(
        research=research,
        management=management,
        luck=luck,
        industry=industry,
        born=born,
        ended=ended,
        end_status=end_status,
        distressed=distressed,
        recovered=recovered,
        mature_staff=np.where(shell, 0.8, staff),
        without_rd=without_rd,
        ownership=weighted(rng, [0.86, 0.03, 0.08, 0.01, 0.02], n),
        district=np.where(shell, district[leader], district),
        place=rng.integers(0, len(names.PLACES), n),
        leader=leader,
        shell=shell,
        nominee=nominee,
        listed=np.where((listed < ended) & (listed <= until - 30), listed, NEVER),
        capital=np.clip(np.where(shell, 5e5, rounded(capital, -4)), 3e4, 5e9),
        paid_share=np.where(chance(rng, 0.35, n), 1.0, rng.beta(1.2, 1.6, n)),
        park=np.where(chance(rng, 0.35, n) & ~shell, parks, -1),
    )


def _quality(z: Floats) -> tuple[Floats, Floats, Floats]:
    """Research ability and management go together a little; luck is on its own."""
    return 0.95 * z[0] + 0.3 * z[3], 0.95 * z[1] + 0.3 * z[3], z[2]


def _births(u: Floats, until: int) -> Ints:
    """Days of birth from 2000 to two months before the last day, more of them lately."""
    first = int(year_start(FIRST_BIRTH_YEAR))
    rising = np.where(u[2] < 0.3, u[0], np.sqrt(u[1]))
    return np.asarray(first + (rising * (until - 60 - first)).astype(np.int64))


def _ties(part: Part) -> tuple[Ints, Flags, Flags]:
    """Groups of neighbours, and shell companies kept by a larger company elsewhere in the part."""
    rng, n = part.stream("ties"), part.count
    own = np.arange(n, dtype=np.int64)
    block = own // 25
    blocks = n // 25 + 1
    members = np.where(rng.random(blocks) < 0.45, rng.integers(2, 6, blocks), 1)
    leader = np.where(own % 25 < members[block], block * 25, own)
    shell = chance(rng, 0.05, n) & (leader == own) & (own % 25 >= 6)
    keeper = np.minimum(rng.integers(0, n, n), rng.integers(0, n, n))
    keeper = leader[np.where(shell[keeper], own, keeper)]
    shell &= ~shell[keeper]
    return np.where(shell, keeper, leader), shell, chance(rng, 0.4, n) & shell


def _trouble(part: Part, born: Ints, strength: Floats) -> tuple[Ints, Ints, Ints, Ints]:
    """Times of trouble come sooner to the weak; more than half end the company, the rest pass."""
    rng, n, until = part.stream("trouble"), part.count, part.until
    hazard = 0.045 * np.exp(-0.65 * strength)
    distressed = born + 200 + (rng.exponential(1.0, n) / hazard * 365).astype(np.int64)
    lasts = (365 * rng.uniform(0.6, 2.3, n)).astype(np.int64)
    fails = chance(rng, 0.55, n)
    closing = born + 300 + (rng.exponential(1.0, n) / 0.012 * 365).astype(np.int64)
    ended = np.minimum(np.where(fails, distressed + lasts, NEVER), closing)
    status = np.where(closing <= ended, 1, 1 + weighted(rng, [0.62, 0.2, 0.18], n))
    over = ended > until
    return (
        np.minimum(distressed, NEVER),
        np.minimum(distressed + lasts, NEVER),
        np.where(over, NEVER, ended),
        np.where(over, 0, status),
    )


def _districts(part: Part, industry: Ints) -> Ints:
    rng = part.stream("district")
    weights = np.array(names.DISTRICT_WEIGHTS)
    offices = in_trade(industry, "software", "service", "creative", "dealer", "chip")
    tilt = np.where(offices[:, None], np.array(names.OFFICE_TILT), np.array(names.FACTORY_TILT))
    return weighted_rows(rng, weights * tilt)


def company_rows(part: Part) -> Rows:
    """Rows of `company`: as registered, as changed since, and as ended, each known from its own day."""
    block, rng, n, until = part.companies, part.stream("company rows"), part.count, part.until
    changed = np.minimum(
        block.born + 120 + (rng.random(n) * np.maximum(until - block.born - 150, 1)).astype(np.int64), until
    )
    changed = np.where(block.listed < NEVER, block.listed, changed)
    has_change = (chance(rng, 0.4, n) | (block.listed < NEVER) | (block.park >= 0)) & (
        changed < np.minimum(block.ended, until) - 5
    )
    has_change &= changed > block.born + 20
    ends = block.ended < NEVER
    fixed_columns = _fixed_company_columns(part, rng)
    troubled = (block.distressed < changed) & (changed < block.recovered)
    abnormal = chance(rng, np.where(troubled, 0.22, 0.015) + 0.2 * block.shell, n)
    pieces = [
        _version(part, fixed_columns, 0, block.born + 6, abnormal),
        values.take(_version(part, fixed_columns, 1, changed + 3, abnormal), has_change),
        values.take(_version(part, fixed_columns, 2, np.where(ends, block.ended + 4, 0), abnormal), ends),
    ]
    return values.stacked(*pieces)


def _fixed_company_columns(part: Part, rng: np.random.Generator) -> Rows:
    """What stays the same in every version of a company's row."""
    block, n = part.companies, part.count
    shell, lead = block.shell, block.leader
    street, house = rng.integers(1, 400, n), rng.integers(101, 3999, n)
    number = rng.integers(0, 1_000_000, n)
    shares_seat = shell & chance(rng, 0.6, n)
    street, house, number = (np.where(shares_seat, x[lead], x) for x in (street, house, number))
    boss = part.first + np.where(block.nominee, np.arange(n), lead)
    legal = part.first + np.arange(n)
    clusters = values.picked(CLUSTERS, block.industry)
    no_cluster = np.array([not cluster for cluster in CLUSTERS])[block.industry] | chance(rng, 0.08, n)
    return {
        "company_id": part.ids(),
        "name": names.company_names(block.place, values.picked(WORDS, block.industry), part.index),
        "established_on": values.days(block.born),
        "ownership_kind": values.picked(OWNERSHIP_KINDS, block.ownership, chance(rng, 0.01, n)),
        "mainland_resident": values.flags(rng.random(n) > 0.004),
        "district": values.picked(names.DISTRICTS, block.district, chance(rng, 0.003, n)),
        "registered_address": values.hidden(names.address(block.district, street, house), chance(rng, 0.02, n)),
        "phone": values.hidden(names.phone(number), chance(rng, 0.12, n)),
        "industry_code": values.picked(CODES, block.industry, chance(rng, 0.01, n)),
        "cluster_code": values.hidden(clusters, no_cluster),
        "legal_representative": values.hidden(names.person(legal, np.zeros(n, dtype=np.int64)), chance(rng, 0.01, n)),
        "actual_controller": values.hidden(names.person(boss, np.ones(n, dtype=np.int64)), chance(rng, 0.06, n)),
        "source": values.same("synthetic: company register", n),
    }


def _version(part: Part, fixed_columns: Rows, version: int, known: Ints, abnormal: Flags) -> Rows:
    """The register at one of three times: 0 at birth, 1 after a change, 2 at the end."""
    block, n = part.companies, part.count
    none = np.zeros(n, dtype=bool)
    capital = rounded(block.capital * (0.6 if version == 0 else 1.0), -4) + 1e4
    paid = rounded(capital * block.paid_share * (0.5 if version == 0 else 1.0), -3)
    ended = version == 2
    return fixed_columns | {
        "status": values.picked(STATUSES, block.end_status if ended else np.zeros(n, dtype=np.int64)),
        "ended_on": values.days(block.ended, None if ended else ~none),
        "registered_capital_cny": values.money(values.fen(capital)),
        "paid_in_capital_cny": values.money(values.fen(paid), (np.arange(n) % 17 == 3)),
        "listed": values.flags((block.listed < NEVER) if version else none),
        "on_abnormal_list": values.flags(abnormal if version else none),
        "on_serious_breach_list": values.flags(
            (block.end_status >= 2) if ended else abnormal & block.shell & (version > 0)
        ),
        "park_id": park_ids(block.park, none if version else ~none),
        "known_on": values.days(known),
    }


def park_ids(park: Ints, hide: Flags | None = None) -> pa.Array:
    """Identifiers of parks; missing where the number is negative."""
    missing = (park < 0) if hide is None else (park < 0) | hide
    return values.fixed("PARK", values.digits(np.maximum(park, 0), 4), missing=missing)


def quality_rows(part: Part) -> Rows:
    """Truth: the hidden quality of every company."""
    block = part.companies
    never = block.distressed > part.until
    return {
        "company_id": part.ids(),
        "research_ability": values.number(block.research),
        "management_ability": values.number(block.management),
        "luck": values.number(block.luck),
        "shell": values.flags(block.shell),
        "distressed_from": values.days(block.distressed, never),
        "distressed_until": values.days(block.recovered, never | (block.recovered > part.until)),
        "group_leader_id": part.ids(block.leader),
        "age_years": values.number(as_years(part.until - block.born)),
    }
