"""What did a company agree to, and who looked? Consents and looks in words."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from kejin.app.web.company_rows import code_word, house_name
from kejin.app.web.render import local_time
from kejin.casework.store import now
from kejin.errors import InputError
from kejin.facts.table_groups import GROUPS, groups_touched, tables_of

if TYPE_CHECKING:
    from kejin.app.web.site import Ask

View = dict[str, Any]
_HOUSES = """
SELECT id, name, kind FROM (
    SELECT institution_id AS id, name, institution_kind AS kind,
           row_number() OVER (PARTITION BY institution_id ORDER BY known_on DESC) AS newest
    FROM institution WHERE known_on <= $as_of AND coalesce(parent_id, '') = ''
    UNION ALL
    SELECT park_id, name, 'park', row_number() OVER (PARTITION BY park_id ORDER BY known_on DESC)
    FROM park WHERE known_on <= $as_of
) WHERE newest = 1 ORDER BY kind, name, id
"""


def consent_rows(ask: Ask, company_id: str) -> list[View]:
    """Every consent of a company: to whom, for what, until when, and who says so."""
    today = now().date()
    return [
        {
            "institution_id": one.institution_id,
            "house": house_name(ask, one.institution_id),
            "purpose": one.purpose,
            "purpose_word": code_word("consent", "purpose", one.purpose, ask.lang),
            "given": one.given,
            "empty": not one.tables,
            "holds": one.holds(today),
            "valid_until": one.valid_until,
            "groups": covered_words(one.tables, ask),
            "source_word": ask.t("consent register") if one.source == "facts" else ask.t("recorded here"),
            "happened": local_time(one.happened, "minutes") if isinstance(one.happened, datetime) else one.happened,
        }
        for one in ask.serving.consents_of(company_id)
    ]


def covered_words(tables: frozenset[str], ask: Ask) -> str:
    """What a consent covers: groups in words, those that it covers in part marked so."""
    found = groups_touched(tables)
    if len(found) == len(GROUPS) and all(whole for _, whole in found):
        return ask.t("all data")
    names = [
        GROUPS[code].of(ask.lang) if whole else ask.t("{group} (in part)", group=GROUPS[code].of(ask.lang))
        for code, whole in found
    ]
    return ("、" if ask.lang == "zh" else ", ").join(names) or ask.t("no data at all")


def groups(ask: Ask) -> list[tuple[str, str]]:
    """The groups of data that a consent may cover, in words."""
    return [(code, group.of(ask.lang)) for code, group in GROUPS.items()]


def tables_ticked(ask: Ask, codes: list[str]) -> frozenset[str]:
    """The tables of the groups that a form ticks. Raises InputError casework.object_not_found for an unknown one."""
    for code in codes:
        if code not in GROUPS:
            ask.no_object(code)
    return tables_of(codes)


def check_end(valid_until: date | None) -> None:
    """Raises InputError casework.consent_end_past for a last day that is over."""
    today = now().date()
    if valid_until is not None and valid_until < today:
        raise InputError("casework.consent_end_past", day=valid_until, today=today)


def houses(ask: Ask) -> list[View]:
    """Institutions and parks that a consent may be given to: head offices, by kind and name."""
    return ask.serving.rows("houses", _HOUSES, as_of=now().date())
