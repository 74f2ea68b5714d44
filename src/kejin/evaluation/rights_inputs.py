"""How many rights of which class does a company hold on a day? The counts that the official schemes read.

Which kinds are class I and class II is a rule value and comes as an argument. A right counts when it is valid on the
day (a patent in force; another right registered, not ended and not past its last day) and not disputed; a right of
which nobody says whether it is disputed counts as undisputed.

A count that hangs on a fact which may be missing is an interval: `_low` counts rights for which every condition is
known to hold, `_high` those for which none is known to fail.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import ibis

from kejin.dates import add_years
from kejin.evaluation.company_inputs import STALE_AFTER_YEARS, within
from kejin.evaluation.patent_states import BOUGHT, PatentTerm, patent_states
from kejin.facts.view import Facts

REGISTERS = ("patent", "other_ip")
INTERVALS = (
    "class_one_main",
    "class_two_main",
    "class_one_own_main",
    "class_one_high_value_main",
    "class_one_own_in_use",
    "class_one_main_in_use",
    "invention_main",
    "own_right",
    "bought_right",
)
COUNTS = (
    "valid_right_count",
    "valid_invention_count",
    "patents_filed_1y",
    "inventions_filed_1y",
    "inventions_filed_main",
    "pct_filed_main",
)
_OF_PATENTS_ONLY = {"invention_main", *COUNTS} - {"valid_right_count"}


@dataclass(frozen=True, slots=True)
class HighValueRules:
    """When is an invention patent of high value? Any one of the criteria (CNIPA's).

    criteria                of strategic_industry, overseas_family, long_maintained, pledge_finance, award.
    maintained_years_above  full years from filing that the right must have passed.
    pledge_cny_min          the smallest pledge loan that is sizeable; None where nobody has set it: then a pledge
                            leaves the answer open.
    home_office             a family member granted by another office is an overseas one.
    """

    criteria: frozenset[str]
    maintained_years_above: int
    pledge_cny_min: Decimal | None = None
    home_office: str = "CN"


def rights_inputs(
    facts: Facts,
    as_of: date,
    class_one_kinds: Collection[str],
    class_two_kinds: Collection[str],
    terms: Iterable[PatentTerm],
    *,
    high_value: HighValueRules | None = None,
    holder_rank_max: int = 3,
    loaded: Collection[str] = (*REGISTERS, "patent_event", "award"),
    patents: ibis.Table | None = None,
) -> ibis.Table:
    """One row a company of the register with the counts of its rights.

    class_one_kinds, class_two_kinds  codes of patent.patent_kind and other_ip.right_kind.
    high_value       None leaves open for every right whether it is of high value.
    holder_rank_max  "among the first holders" of class_one_own_in_use; the input is defined with the first three.
    loaded           tables that hold rows on the day. Without a register the counts over it are unknown: a lower bound
                     counts what is loaded, an upper bound is missing.
    patents          the table of patents_with_standing or patent_states where the caller has stored it already.
    Returns          company_id; for each of INTERVALS `_low` and `_high`; each of COUNTS; all int64.
                     inventions_filed_main and pct_filed_main are missing where a flag of one of them is missing.
    Limits           Other rights have no rank of holders on file, so they are in the upper bound of
                     class_one_own_in_use only. An overseas family member counts when the same company holds it.
    """
    if patents is None:
        patents = patent_states(facts, as_of, terms)
    kinds = {"one": sorted(class_one_kinds), "two": sorted(class_two_kinds)}
    rights = _patent_rights(facts, as_of, patents, kinds, high_value, holder_rank_max, loaded)
    rights = rights.union(_other_rights(facts, as_of, kinds, high_value))
    table = facts.table("company").select("company_id")
    for part in (_counted(rights), _filings(patents, as_of), _international_filings(patents)):
        table = table.left_join(part, "company_id").drop("company_id_right")
    return table.select("company_id", **_finished(table, loaded))


def _finished(table: ibis.Table, loaded: Collection[str]) -> dict[str, Any]:
    """0 where a company has no row in a loaded register; missing where the register was never loaded."""
    missing = ibis.null("int64")

    def known(name: str) -> Any:
        return ibis.coalesce(table[name], 0).cast("int64")

    columns: dict[str, Any] = {}
    for name in INTERVALS:
        needed = {"patent"} if name in _OF_PATENTS_ONLY else set(REGISTERS)
        columns[f"{name}_low"] = known(f"{name}_low") if needed & set(loaded) else missing
        columns[f"{name}_high"] = known(f"{name}_high") if needed <= set(loaded) else missing
    for name in COUNTS:
        needed = {"patent"} if name in _OF_PATENTS_ONLY else set(REGISTERS)
        column = known(name)
        if name in {"inventions_filed_main", "pct_filed_main"}:
            column = ibis.cases((ibis.coalesce(table[f"{name}_unknown"], 0) == 0, column))
        columns[name] = column if needed <= set(loaded) else missing
    return columns


def _number(condition: Any) -> Any:
    return ibis.ifelse(condition, 1, 0).sum().cast("int64")


def _class_of(kind: Any, kinds: Mapping[str, list[str]]) -> Any:
    return ibis.cases((kind.isin(kinds["one"]), "one"), (kind.isin(kinds["two"]), "two"))


def _patent_rights(
    facts: Facts,
    as_of: date,
    patents: ibis.Table,
    kinds: Mapping[str, list[str]],
    high_value: HighValueRules | None,
    holder_rank_max: int,
    loaded: Collection[str],
) -> ibis.Table:
    """Valid patents with what the counts ask of a right."""
    valid = patents.filter(patents.in_force & ~ibis.coalesce(patents.disputed, False))
    valid = valid.mutate(right_class=_class_of(valid.patent_kind, kinds))
    valid = valid.filter(valid.right_class.notnull())
    if high_value is None:
        judged = valid.mutate(high_value=ibis.null("boolean"))
    else:
        judged = _with_high_value(valid, facts, as_of, patents, high_value, loaded)
    return judged.select(
        "company_id",
        "right_class",
        invention=judged.patent_kind == "invention",
        main=judged.serves_main_product,
        own=judged.own_filed,
        bought=judged.bought,
        first_holder=judged.holder_rank <= holder_rank_max,
        in_use=judged.in_use,
        high_value=judged.high_value,
    )


def _other_rights(
    facts: Facts, as_of: date, kinds: Mapping[str, list[str]], high_value: HighValueRules | None
) -> ibis.Table:
    """Valid rights other than patents with what the counts ask of a right."""
    table, today = facts.table("other_ip"), ibis.literal(as_of)
    table = table.mutate(right_class=_class_of(table.right_kind, kinds))
    valid = table.filter(
        table.right_class.notnull(),
        table.granted_on <= today,
        table.valid_until.isnull() | (table.valid_until >= today),
        table.ended_on.isnull() | (table.ended_on > today),
        ~ibis.coalesce(table.disputed, False),
    )
    judged: Any = ibis.null("boolean")
    if high_value is not None and "long_maintained" in high_value.criteria:
        before = ibis.literal(add_years(as_of, -high_value.maintained_years_above))
        judged = ibis.cases((valid.granted_on < before, True))
    return valid.select(
        "company_id",
        "right_class",
        invention=ibis.literal(False),
        main=valid.serves_main_product,
        own=valid.how_obtained == "own",
        bought=valid.how_obtained.isin(list(BOUGHT)),
        first_holder=ibis.null("boolean"),
        in_use=valid.in_use,
        high_value=judged,
    )


def _counted(rights: ibis.Table) -> ibis.Table:
    one, two = rights.right_class == "one", rights.right_class == "two"
    conditions = {
        "class_one_main": one & rights.main,
        "class_two_main": two & rights.main,
        "class_one_own_main": one & rights.main & rights.own,
        "class_one_high_value_main": one & rights.main & rights.high_value,
        "class_one_own_in_use": one & rights.own & rights.first_holder & rights.in_use,
        "class_one_main_in_use": one & rights.main & rights.in_use,
        "invention_main": rights.invention & rights.main,
        "own_right": rights.own,
        "bought_right": rights.bought,
    }
    counts: dict[str, Any] = {"valid_right_count": rights.count(), "valid_invention_count": _number(rights.invention)}
    for name, condition in conditions.items():
        counts[f"{name}_low"] = _number(condition)
        counts[f"{name}_high"] = _number(ibis.coalesce(condition, True))
    return rights.group_by("company_id").agg(**counts)


def _filings(patents: ibis.Table, as_of: date) -> ibis.Table:
    national = patents.filter(~patents.is_international)
    recent = within(national.filed_on, as_of, 1)
    invention = national.patent_kind == "invention"
    return national.group_by("company_id").agg(
        patents_filed_1y=_number(recent),
        inventions_filed_1y=_number(recent & invention),
        inventions_filed_main=_number(invention & national.serves_main_product),
        inventions_filed_main_unknown=_number(invention & national.serves_main_product.isnull()),
    )


def _international_filings(patents: ibis.Table) -> ibis.Table:
    """PCT applications; the publications of one family are one application. Unflagged, only an invention may be one."""
    unflagged = ibis.cases((patents.patent_kind == "invention", ibis.null("boolean")), else_=False)
    pct = ibis.cases((patents.is_international, True), (patents.is_pct.isnull(), unflagged), else_=patents.is_pct)
    table = patents.mutate(is_pct=pct, filing=ibis.coalesce(patents.family_id, patents.publication_number))
    table = table.filter(ibis.coalesce(table.is_pct, True))
    main = ibis.cases(
        (table.is_pct & table.serves_main_product, 2), (~ibis.coalesce(table.serves_main_product, True), 0), else_=1
    )
    filings = table.group_by("company_id", "filing").agg(is_main=main.max())
    return filings.group_by("company_id").agg(
        pct_filed_main=_number(filings.is_main == 2), pct_filed_main_unknown=_number(filings.is_main == 1)
    )


def _with_high_value(
    valid: ibis.Table,
    facts: Facts,
    as_of: date,
    patents: ibis.Table,
    rules: HighValueRules,
    loaded: Collection[str],
) -> ibis.Table:
    """The table with `high_value`: yes where a criterion is known to hold, no where all are known to fail."""
    abroad = patents.filter(patents.in_force & (patents.office != rules.home_office) & patents.family_id.notnull())
    abroad = abroad.select("company_id", "family_id", has_abroad=ibis.literal(True)).distinct()
    table = valid.left_join(abroad, ["company_id", "family_id"]).drop("company_id_right", "family_id_right")
    table = table.left_join(_strategic(facts, as_of), "company_id").drop("company_id_right")
    for part in (_pledges(facts, as_of), _awards(facts, as_of)):
        table = table.left_join(part, "publication_number").drop("publication_number_right")
    before = ibis.literal(add_years(as_of, -rules.maintained_years_above))
    sizeable = ibis.null("boolean") if rules.pledge_cny_min is None else table.pledge_cny >= rules.pledge_cny_min
    criteria = {
        "strategic_industry": table.strategic_industry & table.serves_main_product,
        "overseas_family": ibis.cases((table.has_abroad, True), (table.family_size == 1, False)),
        "long_maintained": table.filed_on < before,
        "pledge_finance": ibis.cases(
            (table.pledges.isnull(), _no_if("patent_event" in loaded)),
            (sizeable, True),
            (table.unpriced > 0, None),
            else_=sizeable,
        ),
        "award": ibis.cases((table.awards > 0, True), else_=_no_if("award" in loaded)),
    }
    chosen = [criteria[name] for name in sorted(rules.criteria)]
    return table.mutate(high_value=ibis.or_(*chosen))


def _no_if(loaded: bool) -> Any:
    """Without a row in a loaded register the answer is no; in one that was never loaded it is missing."""
    return ibis.literal(False) if loaded else ibis.null("boolean")


def _strategic(facts: Facts, as_of: date) -> ibis.Table:
    profile = facts.table("business_profile")
    fresh = profile.filter(profile.fiscal_year.between(as_of.year - STALE_AFTER_YEARS, as_of.year))
    newest = fresh.group_by("company_id").agg(newest_year=fresh.fiscal_year.max())
    row = fresh.join(newest, "company_id")
    return row.filter(row.fiscal_year == row.newest_year).select("company_id", "strategic_industry")


def _pledges(facts: Facts, as_of: date) -> ibis.Table:
    events = facts.table("patent_event")
    events = events.filter((events.event_kind == "pledge") & (events.happened_on <= ibis.literal(as_of)))
    other = events.currency.fill_null("CNY") != "CNY"  # cannot be compared with a limit in CNY
    return events.group_by("publication_number").agg(
        pledges=events.count(),
        pledge_cny=ibis.ifelse(other, ibis.null(events.amount_cny.type()), events.amount_cny).max(),
        unpriced=_number(other | events.amount_cny.isnull()),
    )


def _awards(facts: Facts, as_of: date) -> ibis.Table:
    awards = facts.table("award")
    national = (awards.award_kind == "science_technology") & (awards.level == "national")
    counts = (awards.award_kind == "patent_award") | national
    awards = awards.filter(counts & awards.publication_number.notnull() & (awards.awarded_on <= ibis.literal(as_of)))
    return awards.group_by("publication_number").agg(awards=awards.count())
