"""Who lends, insures, guarantees and manages? Invented institutions, the same for the whole city, and its parks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from kejin.city import names, values
from kejin.city.companies import park_count, park_ids
from kejin.city.days import day_number
from kejin.city.parts import City, Part
from kejin.city.streams import Ints, chance, rounded, weighted
from kejin.city.values import Rows

_BANKS = (
    ("云海虚拟银行", "big", 2.4e13), ("星岩虚拟银行", "big", 2.1e13), ("北麓虚拟银行", "big", 1.6e13),
    ("远帆虚拟银行", "joint_stock", 6.2e12), ("木棉虚拟银行", "joint_stock", 5.1e12),
    ("澄川虚拟银行", "joint_stock", 3.4e12), ("青汐虚拟城市银行", "city", 7.8e11), ("榕荫虚拟城市银行", "city", 4.2e11),
    ("晴野虚拟农商银行", "rural", 5.6e11), ("蓝屿虚拟村镇银行", "village", 2.3e10),
    ("望山虚拟政策银行", "policy", 8.8e12), ("海角虚拟外资银行", "foreign", 9.1e10),
)  # fmt: skip
_OTHERS = (
    ("insurer", 9, "虚拟财产保险", 2.5e10), ("guarantor", 7, "虚拟融资担保", 6e9),
    ("re_guarantor", 1, "虚拟再担保", 9e9),
    ("guarantee_fund", 1, "虚拟融资担保基金", 3e10), ("aic", 5, "虚拟金融资产投资", 1.2e11),
    ("fund_manager", 12, "虚拟基金管理", 4e8), ("micro_lender", 6, "虚拟小额贷款", 8e8),
    ("compensation_pool", 1, "虚拟风险补偿资金池", 2e9), ("securities", 4, "虚拟证券", 9e10),
    ("payment", 3, "虚拟支付", 5e9),
)  # fmt: skip
BRANCHES_A_BANK = 6


@dataclass(frozen=True, slots=True)
class Institution:
    """One institution as written to facts."""

    institution_id: str
    name: str
    kind: str
    bank_class: str | None
    parent_id: str | None
    technology_unit: bool
    technology_since: int | None
    district: str
    assets: float


@dataclass(frozen=True, slots=True)
class Institutions:
    """All institutions; branches are those that lend."""

    everyone: tuple[Institution, ...]
    branches: tuple[str, ...]

    def ids_of(self, *kinds: str) -> tuple[str, ...]:
        """Identifiers of head offices of some kinds."""
        return tuple(one.institution_id for one in self.everyone if one.kind in kinds and one.parent_id is None)

    def manager_ids(self, number: Ints, by_aic: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> pa.Array:
        """Managers of funds: investment companies of banks for their own funds, fund managers for the rest."""
        managers, aics = self.ids_of("fund_manager"), self.ids_of("aic")
        which = np.where(by_aic, len(managers) + number % len(aics), number % len(managers))
        return values.picked(managers + aics, which)


def bank_of_branch(branch: Ints) -> Ints:
    """Which bank a branch belongs to."""
    return branch // BRANCHES_A_BANK


def bank_ids() -> tuple[str, ...]:
    """Identifiers of the banks' head offices."""
    return tuple(f"BANK{number:02d}" for number in range(len(_BANKS)))


def make_institutions(city: City) -> Institutions:
    """The institutions of the city."""
    rng = city.stream("institutions")
    everyone: list[Institution] = []
    branches: list[str] = []
    for number, (name, bank_class, assets) in enumerate(_BANKS):
        head = bank_ids()[number]
        everyone.append(Institution(head, f"{name}(演示)", "bank", bank_class, None, False, None, "440304", assets))
        for branch in range(BRANCHES_A_BANK):
            branches.append(f"{head}-{branch + 1:02d}")
            special = bool(branch < 3 and rng.random() < 0.75)
            since = _day(2019) + int(rng.integers(0, 365 * 6)) if special else None
            district = names.DISTRICTS[int(weighted(rng, names.DISTRICT_WEIGHTS[:-1], 1)[0])]
            title = f"{name}(演示)第{branch + 1}{'科技支行' if special else '支行'}"
            everyone.append(Institution(branches[-1], title, "bank", bank_class, head, special, since, district, 0.0))
    for kind, amount, name, assets in _OTHERS:
        for number in range(amount):
            size = assets * float(np.exp(rng.normal(0.0, 0.5)))
            special = kind == "insurer" and number < 4
            since = _day(2023) + 30 * number if special else None
            title = f"{names.PLACES[number % len(names.PLACES)]}{name}(演示)"
            words = kind.upper().split("_")
            code = (words[0][:6] if len(words) == 1 else "".join(word[:3] for word in words)) + f"{number:02d}"
            everyone.append(Institution(code, title, kind, None, None, special, since, "440304", round(size, -4)))
    return Institutions(tuple(everyone), tuple(branches))


def _day(year: int) -> int:
    from datetime import date

    return day_number(date(year, 1, 1))


def institution_rows(part: Part) -> Rows:
    """Rows of `institution`, written with the first part."""
    if part.number:
        return {}
    everyone, rng = part.institutions.everyone, part.city.stream("institution rows")
    n = len(everyone)
    assets = np.array([one.assets for one in everyone])
    branch = np.array([one.parent_id is not None for one in everyone])
    bank = np.array([one.kind == "bank" for one in everyone])
    insurer = np.array([one.kind == "insurer" for one in everyone])
    tier1 = rounded(assets * rng.uniform(0.06, 0.1, n), -4)
    since = np.array([one.technology_since or 0 for one in everyone], dtype=np.int64)
    first: Rows = {
        "institution_id": values.texts([one.institution_id for one in everyone]),
        "name": values.texts([one.name for one in everyone]),
        "institution_kind": values.texts([one.kind for one in everyone]),
        "bank_class": values.texts([one.bank_class for one in everyone]),
        "parent_id": values.texts([one.parent_id for one in everyone]),
        "technology_unit": values.flags(np.zeros(n, dtype=bool)),
        "technology_unit_since_on": values.no_day(n),
        "district": values.texts([one.district for one in everyone]),
        "total_assets_cny": values.money(values.fen(assets / 100) * 100, branch),
        "tier1_capital_cny": values.money(values.fen(tier1 / 100) * 100, branch | ~bank),
        "solvency_ratio": values.number(rounded(rng.uniform(1.3, 3.2, n), 3), ~insurer),
        "known_on": values.days(np.full(n, _day(2000))),
        "source": values.same("synthetic: licence register", n),
    }
    recognised = first | {
        "technology_unit": values.flags(np.ones(n, dtype=bool)),
        "technology_unit_since_on": values.days(since),
        "known_on": values.days(since + 5),
    }
    return values.stacked(first, values.take(recognised, since > 0))


def park_rows(part: Part) -> Rows:
    """Rows of `park`, written with the first part."""
    if part.number:
        return {}
    rng, n = part.city.stream("parks"), park_count(part.city.companies)
    own = np.arange(n, dtype=np.int64)
    numbers = values.fixed(values.digits(own, 4))
    branches = part.institutions.branches
    return {
        "park_id": park_ids(own),
        "name": values.joined(
            values.picked(names.PLACES, rng.integers(0, len(names.PLACES), n)), "虚拟科技园(演示) ", numbers
        ),
        "district": values.picked(names.DISTRICTS, weighted(rng, names.DISTRICT_WEIGHTS[:-1], n)),
        "operator": values.joined("虚拟园区运营(演示)公司 ", values.fixed(values.digits(own % 60, 3))),
        "paired_bank_id": values.picked(branches, rng.integers(0, len(branches), n), chance(rng, 0.3, n)),
        "area_m2": values.number(rounded(np.exp(rng.normal(np.log(60_000), 0.8, n))), chance(rng, 0.1, n)),
        "known_on": values.days(np.full(n, _day(2000))),
        "source": values.same("synthetic: park list", n),
    }
