"""Which accounts are there? Their codes, holders and kinds; a code is a pure function of holder and slot.

An account is a whole number, holder * 100 + slot. Holders 0 .. N-1 are the companies of the city; the city's own
accounts (tax office, banks, escrow ...) have holders from CITY_HOLDER on. Slot 1 is a company's main account, which any
part of the city may pay to or from without knowing its balance. Accounts from slot 3 on belong to one part and are
modelled in full: all their movements are in `transfer`, and their balances agree with them to the fen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kejin.city import names, values
from kejin.city.industries import CODES
from kejin.city.institutions import bank_ids
from kejin.city.parts import City, Part
from kejin.city.streams import Flags, Ints, chance, stream
from kejin.city.values import Rows, Text

MAIN, VISIBLE, SECOND, AFFILIATE, CONTROLLER, TIME_DEPOSIT, MARGIN, RELATIVE, LENDING = 1, 3, 4, 5, 6, 7, 8, 9, 10
CITY_HOLDER = 9_000_000
# Multiplying modulo a prime larger than every code gives each account one number and each number one account.
_MODULUS, _STRIDE, _SHIFT = 1_000_000_007, 618_033_989, 271_828_183
KINDS = (
    "current", "loan", "margin", "time_deposit", "structured_deposit", "wealth", "securities", "property", "payroll",
    "tax", "social_insurance", "cash", "third_party_payment", "loan_repayment", "other",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CityAccount:
    """One account that the whole city pays to or from; its balance is not known."""

    kind: str
    holder_kind: str
    holder_id: str | None
    institution_id: str
    industry: str | None = None


def city_accounts() -> tuple[CityAccount, ...]:
    """The accounts of offices, banks, developers, brokers and of cash; the place gives the code."""
    banks = bank_ids()
    listed = [
        CityAccount("tax", "government", "GOV-TAX", banks[0]),
        CityAccount("social_insurance", "government", "GOV-SI", banks[0]),
        CityAccount("payroll", "institution", banks[1], banks[1]),
        CityAccount("cash", "other", None, banks[0]),
    ]
    listed += [CityAccount("loan", "institution", bank, bank) for bank in banks]
    listed += [CityAccount("loan_repayment", "institution", bank, bank) for bank in banks]
    listed += [CityAccount("third_party_payment", "institution", f"PAYMEN{n:02d}", banks[n]) for n in range(3)]
    listed += [CityAccount("property", "other", f"DEVELOPER-{n:02d}", banks[n % 10], "K7010") for n in range(20)]
    listed += [CityAccount("securities", "institution", f"SECURI{n:02d}", banks[n % 10], "J6712") for n in range(4)]
    listed += [CityAccount("wealth", "institution", banks[n % 12], banks[n % 12]) for n in range(8)]
    listed += [CityAccount("current", "institution", f"MICLEN{n:02d}", banks[n % 10], "J6635") for n in range(6)]
    listed += [CityAccount("other", "other", f"CONSUMER-{n:02d}", banks[n % 10]) for n in range(10)]
    listed += [CityAccount("other", "other", f"LEISURE-{n:02d}", banks[n % 10], "O8010") for n in range(6)]
    return tuple(listed)


CITY_ACCOUNTS = city_accounts()


def codes_of(kind: str, holder_mark: str = "") -> Ints:
    """Codes of the city's accounts of a kind (and of holders whose identifier begins with a mark)."""
    places = [
        place
        for place, one in enumerate(CITY_ACCOUNTS)
        if one.kind == kind and (one.holder_id or "").startswith(holder_mark)
    ]
    return (CITY_HOLDER + np.array(places, dtype=np.int64)) * 100


def account_ids(account: Ints) -> Text:
    """Identifiers of accounts: opaque, so that a number does not give away what the account is for."""
    opaque = (account * _STRIDE + _SHIFT) % _MODULUS
    return values.fixed("A", values.digits(opaque, 10))


def lending_code(holder: Ints, bank: Ints) -> Ints:
    """The account of a borrower with a lending bank."""
    return holder * 100 + LENDING + bank


def modelled(account: Ints) -> Flags:
    """Accounts whose every movement is known."""
    return np.asarray((account % 100 >= VISIBLE) & (account < CITY_HOLDER * 100))


def house_bank(city: City, holder: Ints) -> Ints:
    """The bank of a company's main account: a pure function, so that every part of the city agrees."""
    weights = np.array([5, 5, 4, 3, 3, 2, 1, 1, 2, 0, 0, 1])
    table = np.repeat(np.arange(len(weights)), weights)
    shift = int(stream(city.seed, 0, "house bank").integers(0, 1_000))
    return np.asarray(table[(holder * 7_919 + shift) % 1_000_003 % len(table)])


def account_rows(part: Part) -> Rows:
    """Rows of `account`: every company's main account, the modelled accounts, and with the first part the city's."""
    pieces = [_main_accounts(part), _modelled_accounts(part)]
    if part.number == 0:
        pieces.append(_city_accounts())
    return values.stacked(*pieces)


def _main_accounts(part: Part) -> Rows:
    block, rng, n = part.companies, part.stream("account rows"), part.count
    opened = np.minimum(block.born + rng.integers(10, 90, n), np.minimum(block.ended, part.until) - 1)
    closes = block.ended <= part.until
    none = np.ones(n, dtype=bool)
    first = {
        "account_id": account_ids(part.index * 100 + MAIN),
        "holder_id": part.ids(),
        "holder_kind": values.same("company", n),
        "account_kind": values.same("current", n),
        "institution_id": values.picked(bank_ids(), house_bank(part.city, part.index), chance(rng, 0.02, n)),
        "industry_code": values.picked(CODES, block.industry, chance(rng, 0.04, n)),
        "opened_on": values.days(opened, chance(rng, 0.05, n)),
        "closed_on": values.days(block.ended, none),
        "opening_balance_cny": values.money(np.zeros(n, dtype=np.int64), none),
        "opening_balance_on": values.days(np.zeros(n, dtype=np.int64), none),
        "currency": values.same("CNY", n),
        "known_on": values.days(opened),
        "source": values.same("synthetic: bank ledger", n),
    }
    later = first | {"closed_on": values.days(block.ended), "known_on": values.days(block.ended + 1)}
    return values.stacked(first, values.take(later, closes))


def _modelled_accounts(part: Part) -> Rows:
    book = part.flows
    account, opening, begins = book.accounts, book.opening, book.opening_day
    rng, m = part.stream("modelled account rows"), len(book.accounts)
    slot, local = account % 100, account // 100 - part.first
    person = np.isin(slot, [CONTROLLER, RELATIVE])
    leader = part.companies.leader[local]
    token = names.person(part.first + np.where(slot == CONTROLLER, leader, local), np.where(slot == CONTROLLER, 1, 90))
    holder = values.chosen((person), token, part.ids(account // 100 - part.first))
    bank = np.where(slot >= LENDING, slot - LENDING, (house_bank(part.city, account // 100) + slot) % 12)
    kind = np.select([slot == TIME_DEPOSIT, slot == MARGIN], [KINDS.index("time_deposit"), KINDS.index("margin")], 0)
    opened = np.minimum(begins - 1, part.companies.born[local] + rng.integers(20, 200, m))
    return {
        "account_id": account_ids(account),
        "holder_id": holder,
        "holder_kind": values.picked(("company", "person"), person.astype(np.int64)),
        "account_kind": values.picked(KINDS, kind),
        "institution_id": values.picked(bank_ids(), bank),
        "industry_code": values.picked(CODES, part.companies.industry[local], person | chance(rng, 0.03, m)),
        "opened_on": values.days(opened, chance(rng, 0.05, m)),
        "closed_on": values.no_day(m),
        "opening_balance_cny": values.money(opening),
        "opening_balance_on": values.days(begins),
        "currency": values.same("CNY", m),
        "known_on": values.days(begins),
        "source": values.same("synthetic: bank ledger", m),
    }


def _city_accounts() -> Rows:
    m = len(CITY_ACCOUNTS)
    account = (CITY_HOLDER + np.arange(m, dtype=np.int64)) * 100
    first = np.full(m, 10_957, dtype=np.int64)  # 2000-01-01
    return {
        "account_id": account_ids(account),
        "holder_id": values.texts([one.holder_id for one in CITY_ACCOUNTS]),
        "holder_kind": values.texts([one.holder_kind for one in CITY_ACCOUNTS]),
        "account_kind": values.texts([one.kind for one in CITY_ACCOUNTS]),
        "institution_id": values.texts([one.institution_id for one in CITY_ACCOUNTS]),
        "industry_code": values.texts([one.industry for one in CITY_ACCOUNTS]),
        "opened_on": values.days(first),
        "closed_on": values.no_day(m),
        "opening_balance_cny": values.no_money(m),
        "opening_balance_on": values.no_day(m),
        "currency": values.same("CNY", m),
        "known_on": values.days(first),
        "source": values.same("synthetic: bank ledger", m),
    }
