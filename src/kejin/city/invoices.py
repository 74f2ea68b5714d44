"""Who bought from whom? VAT invoices of a sample of companies; a month's valid sales invoices add up to its sales."""

from __future__ import annotations

import numpy as np

from kejin.city import values
from kejin.city.days import month_end, month_start
from kejin.city.industries import WORDS, trade_values
from kejin.city.parts import Part
from kejin.city.streams import Flags, Floats, Ints, chance, repeat_index
from kejin.city.uscc import uscc
from kejin.city.values import Rows


def sampled(part: Part) -> Flags:
    """Companies whose invoices are in the data: all borrowers, and one in fourteen of the others."""
    rng = part.stream("invoice sample")
    chosen = chance(rng, 0.07, part.count)
    chosen[np.unique(part.loans.company)] = True
    return chosen


def partners(part: Part, subject: str, company: Ints, partners_of_each: int = 12) -> Ints:
    """A counterparty anywhere in the city for each row: mostly one of the company's regular ones."""
    rng, total = part.stream(f"partners {subject}"), part.city.companies
    regular = rng.integers(0, total, (part.count, partners_of_each))
    place = np.floor(partners_of_each * rng.random(len(company)) ** 2).astype(np.int64)
    once = rng.integers(0, total, len(company))
    found = np.where(chance(rng, 0.85, len(company)), regular[company, place], once)
    return np.where(found == part.first + company, (found + 1) % total, found)


def invoice_rows(part: Part) -> Rows:
    """Rows of `invoice`, issued and received."""
    sales = part.months.sales
    margin = trade_values("gross_margin", part.companies.industry)
    return values.stacked(
        _direction(part, "issued", sales), _direction(part, "received", sales * (1 - margin)[:, None] * 0.85)
    )


def _direction(part: Part, direction: str, monthly: Floats) -> Rows:
    rng, block = part.stream(f"invoices {direction}"), part.months
    usual = np.clip(np.rint(np.exp(rng.normal(0.6, 0.7, part.count))), 1, 12)
    wanted = sampled(part)[:, None] & (monthly > 100) & (block.months < block.months[-1] + 1)
    company, place = np.nonzero(wanted)
    cell, which = repeat_index(np.maximum(rng.poisson(usual[company]), 1))
    m = len(cell)
    company, place = company[cell], place[cell]
    weight = rng.gamma(0.8, 1.0, m) + 0.02
    total = np.bincount(cell, weights=weight)
    fen = np.floor(values.fen(monthly[company, place]) * weight / total[cell]).astype(np.int64)
    # The last invoice of a cell takes what rounding left, so that the month adds up to the fen.
    last = np.concatenate((cell[1:] != cell[:-1], [True])) if m else np.zeros(0, dtype=bool)
    sums = np.bincount(cell, weights=fen).astype(np.int64)
    fen = np.where(last, fen + values.fen(monthly[company, place]) - sums[cell], fen)
    day = month_start(block.months[place]) + rng.integers(0, 28, m)
    day = np.minimum(day, month_end(block.months[place]))
    extra = chance(rng, 0.05, m)  # void or red-letter copies stand beside the valid ones
    red = extra & chance(rng, 0.35, m)
    partner = partners(part, direction, company)
    valid = _rows(part, rng, direction, company, place, which, day, fen, np.zeros(m, dtype=bool), partner)
    odd = np.flatnonzero(extra)
    refund = np.where(red[odd], -np.floor(fen[odd] * 0.1), fen[odd]).astype(np.int64)
    beside = _rows(
        part, rng, direction, company[odd], place[odd], which[odd] + 50, day[odd], refund, ~red[odd], partner[odd]
    )
    return values.stacked(valid, beside)


def _rows(
    part: Part, rng: np.random.Generator, direction: str, company: Ints, place: Ints, which: Ints, day: Ints, fen: Ints,
    void: Flags, everyone: Ints,
) -> Rows:  # fmt: skip
    m = len(company)
    tax = np.rint(fen * np.where(chance(rng, 0.3, m), 0.06, 0.13)).astype(np.int64)
    number = values.fixed(
        "IV" if direction == "issued" else "RV",
        values.digits(part.first + company, 7), values.digits(part.months.months[place], 4), values.digits(which, 3),
    )  # fmt: skip
    return {
        "company_id": part.ids(company),
        "direction": values.same(direction, m),
        "invoice_id": number,
        "counterparty_id": values.hidden(uscc(everyone, part.city.seed), chance(rng, 0.04, m)),
        "counterparty_name": values.hidden(
            values.joined("演示交易方 ", values.fixed(values.digits(everyone, 7))), chance(rng, 0.02, m)
        ),
        "issued_on": values.days(day),
        "amount_cny": values.money(fen),
        "tax_cny": values.money(tax),
        "total_cny": values.money(fen + tax),
        "status": values.picked(("valid", "void"), void.astype(np.int64)),
        "goods": values.joined("演示", values.picked(WORDS, part.companies.industry[company]), "款"),
        "contract_id": values.fixed(
            "C", values.digits(part.first + company, 7), values.digits(everyone % 1000, 3), missing=chance(rng, 0.5, m)
        ),
        "known_on": values.days(day + rng.integers(1, 9, m)),
        "source": values.same("synthetic: tax office", m),
    }
