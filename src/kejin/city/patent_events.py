"""What happened to the patents? Licences, assignments, pledges for loans, fees, ends, challenges, suits, awards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kejin.city import values
from kejin.city.days import add_months, as_years
from kejin.city.loans import SECURITIES
from kejin.city.parts import NEVER, Part
from kejin.city.patents import INVENTION, worth_cny
from kejin.city.streams import Flags, Floats, Ints, chance, repeat_index, rounded
from kejin.city.values import Rows

FEE_CNY = (0, *(900,) * 3, *(1200,) * 3, *(2000,) * 3, *(4000,) * 3, *(6000,) * 3, *(8000,) * 5)  # by year of the right
FEE_YEARS_KEPT = 3  # fee payments of the last years only: older ones tell nothing that the status does not
PRICE_NOISE = 0.9  # log spread of prices: 8 in 10 within a factor of 10, as far as valuers of one patent differ
LICENCE_PART = 0.4  # of the worth, for a licence that is neither exclusive nor for the whole life


@dataclass(frozen=True, slots=True)
class _Batch:
    """Some events of one kind; -1 in money and until means missing."""

    patent: Ints
    kind: str
    day: Ints
    party: str | None = None
    money_fen: Ints | None = None
    until: Ints | None = None
    fee_year: Ints | None = None
    royalty: np.ndarray[tuple[int, ...], np.dtype[np.float64]] | None = None
    loan: Ints | None = None


def patent_event_rows(part: Part) -> Rows:
    """Rows of `patent_event`, each known a few days after it happened."""
    batches = [*_deals(part), *_pledges(part), *_fees(part), *_challenges(part), *_use(part)]
    return values.stacked(*[_rows(part, number, batch) for number, batch in enumerate(batches)])


def _in_force(part: Part, patent: Ints, day: Ints) -> Flags:
    """Granted before a day and not ended on it, and the day itself has come."""
    block = part.patents
    return (block.granted[patent] < day) & (block.ended[patent] > day) & (day <= part.until - 15)


def _drawn(part: Part, rng: np.random.Generator, often: float, slope: float) -> tuple[Ints, Ints]:
    """Patents to which something happens at some time after grant, the better the likelier for slope > 0."""
    block = part.patents
    chosen = np.flatnonzero(chance(rng, np.clip(often * np.exp(slope * block.quality), 0, 0.9), len(block.company)))
    day = block.granted[chosen] + rng.integers(40, 2_600, len(chosen))
    kept = _in_force(part, chosen, day)
    return chosen[kept], day[kept]


def _deals(part: Part) -> list[_Batch]:
    """Licences and assignments at prices around the worth on the day; some patents are licensed or sold again."""
    rng = part.stream("patent deals")
    patent, day = _with_later(part, rng, *_drawn(part, rng, 0.012, 0.7), 0.4)
    m = len(patent)
    price = _prices_fen(part, rng, patent, day, LICENCE_PART)
    running = chance(rng, 0.2, m)
    free = chance(rng, 0.35, m)
    royalty = np.where(running, rounded(np.clip(rng.lognormal(np.log(0.04), 0.5, m), 0.002, 0.2), 4), np.nan)
    end = add_months(day, 12 * rng.integers(1, 8, m))
    licences = _Batch(patent, "licence", day, "演示被许可方", np.where(running | free, -1, price), end, royalty=royalty)
    patent, day = _with_later(part, rng, *_drawn(part, rng, 0.014, 0.3), 0.1)
    price = _prices_fen(part, rng, patent, day, 1.0)
    bought = _Batch(patent, "assignment", day, "演示转让相对方", np.where(chance(rng, 0.3, len(patent)), -1, price))
    return [licences, bought]


def _with_later(part: Part, rng: np.random.Generator, patent: Ints, day: Ints, often: float) -> tuple[Ints, Ints]:
    """The deals given, and for some of them another one on the same patent later."""
    again = chance(rng, often, len(patent))
    later = day + rng.integers(90, 900, len(patent))
    again &= _in_force(part, patent, later)
    return np.concatenate([patent, patent[again]]), np.concatenate([day, later[again]])


def _prices_fen(part: Part, rng: np.random.Generator, patent: Ints, day: Ints, of_worth: float) -> Ints:
    """Prices in whole hundreds of CNY: a part of the worth on the day, with the noise of bargaining."""
    price: Floats = of_worth * worth_cny(part, patent, day) * np.exp(PRICE_NOISE * rng.standard_normal(len(patent)))
    return np.maximum(np.rint(price / 100), 1).astype(np.int64) * 10_000


def _pledges(part: Part) -> list[_Batch]:
    """Pledges for the loans that are secured by patents, and their release when the loan is repaid."""
    rng, loans, block = part.stream("pledges"), part.loans, part.patents
    secured = np.flatnonzero(loans.security == SECURITIES.index("ip_pledge"))
    first = np.searchsorted(block.company, loans.company[secured], side="left")
    last = np.searchsorted(block.company, loans.company[secured], side="right")
    whose, place = repeat_index(np.minimum(last - first, rng.integers(1, 6, len(secured))))
    patent, loan = first[whose] + place, secured[whose]
    day = loans.granted[loan] - rng.integers(0, 20, len(loan))
    kept = _in_force(part, patent, day)
    patent, loan, day = patent[kept], loan[kept], day[kept]
    amount = loans.amount_fen[loan] // np.maximum(np.bincount(loan, minlength=len(loans.company))[loan], 1)
    pledged = _Batch(patent, "pledge", day, "演示质权人", amount, loans.due[loan], loan=loan)
    end = loans.closed[loan] + rng.integers(5, 40, len(loan))
    free = (loans.defaulted[loan] == NEVER) & (end <= part.until - 15)
    return [pledged, _Batch(patent[free], "pledge_release", end[free], "演示质权人", loan=loan[free])]


def _fees(part: Part) -> list[_Batch]:
    """Yearly fees: paid while the right is kept, overdue before it lapses, and the lapse."""
    rng, block = part.stream("fees"), part.patents
    own = np.arange(len(block.company), dtype=np.int64)
    local = own[block.granted < NEVER]
    patent = np.repeat(local, FEE_YEARS_KEPT + 1)
    back = np.tile(np.arange(FEE_YEARS_KEPT + 1), len(local))
    age_now = np.floor(as_years(part.until - block.filed[patent])).astype(np.int64)
    year = age_now + 1 - back  # the fee of year n is due when n - 1 years have passed
    due = add_months(block.filed[patent], 12 * np.maximum(year - 1, 0)) - rng.integers(0, 30, len(patent))
    paid = (
        (year >= 1)
        & (year <= 20)
        & (due > block.granted[patent])
        & (due < block.ended[patent] - 60)
        & (due < part.until - 15)
    )
    fee = np.array(FEE_CNY)[np.clip(year, 0, 20)] * np.where(block.kind[patent] == INVENTION, 100, 60)
    lapsed = own[(block.ended < NEVER) & (block.granted < NEVER) & (block.end_reason == 0)]
    lapsed = lapsed[block.ended[lapsed] <= part.until - 15]
    overdue_day = np.maximum(block.ended[lapsed] - 170, block.granted[lapsed])
    slow = own[(block.granted < part.until - 500) & (block.ended == NEVER) & chance(rng, 0.02, len(own))]
    slow_day = block.granted[slow] + rng.integers(100, 480, len(slow))
    return [
        _Batch(patent[paid], "fee_paid", due[paid], money_fen=fee[paid], fee_year=year[paid]),
        _Batch(np.concatenate([lapsed, slow]), "fee_overdue", np.concatenate([overdue_day, slow_day])),
        _Batch(lapsed, "lapse", block.ended[lapsed]),
        _Batch(slow[::3], "restoration", slow_day[::3] + 80),
    ]


def _challenges(part: Part) -> list[_Batch]:
    """Requests for invalidity with their outcome, and suits."""
    rng, block = part.stream("challenges"), part.patents
    own = np.arange(len(block.company), dtype=np.int64)
    fallen = own[
        (block.ended < NEVER) & (block.end_reason == 2) & (block.granted < NEVER) & (block.ended <= part.until - 15)
    ]
    asked = np.maximum(block.ended[fallen] - rng.integers(150, 400, len(fallen)), block.granted[fallen] + 1)
    upheld, asked_day = _drawn(part, rng, 0.004, 0.5)
    decided = asked_day + rng.integers(150, 400, len(upheld))
    over = decided <= part.until - 15
    suit, suit_day = _drawn(part, rng, 0.004, 0.6)
    closed = suit_day + rng.integers(120, 800, len(suit))
    done = closed <= part.until - 15
    amount = np.rint(np.exp(rng.normal(13.0, 1.0, len(suit)))).astype(np.int64) * 100
    return [
        _Batch(
            np.concatenate([fallen, upheld]), "invalidity_request", np.concatenate([asked, asked_day]), "演示请求人"
        ),
        _Batch(fallen, "invalidated", block.ended[fallen]),
        _Batch(upheld[over], "invalidity_rejected", decided[over], "演示请求人"),
        _Batch(suit, "suit", suit_day, "演示诉讼相对方", amount),
        _Batch(suit[done], "suit_closed", closed[done], "演示诉讼相对方"),
    ]


def _use(part: Part) -> list[_Batch]:
    """Put into production, and awards."""
    rng = part.stream("patent use")
    patent, day = _drawn(part, rng, 0.08, 0.5)
    amount = np.rint(np.exp(rng.normal(14.0, 1.2, len(patent)))).astype(np.int64) * 100
    awarded, award_day = _drawn(part, rng, 0.003, 0.9)
    return [
        _Batch(patent, "industrialised", day, money_fen=amount),
        _Batch(awarded, "award", award_day, "演示授奖机构"),
    ]


def _rows(part: Part, number: int, batch: _Batch) -> Rows:
    rng, m = part.stream(f"event rows {number}"), len(batch.patent)
    reference = values.fixed(
        "DJ", values.digits(np.full(m, part.number * 100 + number), 6), values.digits(np.arange(m, dtype=np.int64), 7)
    )
    none, zero = np.ones(m, dtype=bool), np.zeros(m, dtype=np.int64)
    money, until, royalty, fee_year = batch.money_fen, batch.until, batch.royalty, batch.fee_year
    terms = chance(rng, 0.3, m) if batch.kind == "licence" else none
    party = values.no_text(m) if batch.party is None else values.joined(
        batch.party, " ", values.fixed(values.digits(rng.integers(0, 9_999, m), 4))
    )  # fmt: skip
    fees = batch.kind in {"fee_paid", "fee_overdue", "lapse", "industrialised"}
    return {
        "publication_number": part.patents.numbers(part, batch.patent),
        "event_kind": values.same(batch.kind, m),
        "happened_on": values.days(batch.day),
        "reference": values.same("-", m) if fees else reference,
        "counterparty": values.hidden(party, chance(rng, 0.08, m)),
        "amount_cny": values.money(zero, none) if money is None else values.money(np.maximum(money, 0), money < 0),
        "currency": values.hidden(values.same("CNY", m), none if money is None else money < 0),
        "royalty_rate": values.number(np.zeros(m), none)
        if royalty is None
        else values.number(royalty, np.isnan(royalty)),
        "fee_year": values.whole(zero, none) if fee_year is None else values.whole(fee_year),
        "until_on": values.days(zero, none) if until is None else values.days(until),
        "product_revenue_basis": values.hidden(values.same("演示许可产品", m), terms),
        "known_on": values.days(batch.day + rng.integers(2, 14, m)),
        "source": values.same("synthetic: patent office", m),
    }
