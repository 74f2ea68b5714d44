"""What does a company's portrait show? Profile, events, loans, policies, warnings, for the templates."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kejin.app.monitoring_labels import INDICATOR_NAMES
from kejin.app.report_view import report_view
from kejin.app.web.charts_company import radar_option, timeline_option, trend_option
from kejin.app.web.company_rows import code_word, house_name, known_rows
from kejin.app.web.readers import was_evaluated
from kejin.app.web.sections import PORTRAIT, PROFILE, covered_profile, not_covered
from kejin.engines.run_query import rows_of
from kejin.errors import InputError
from kejin.evaluation.profile import Profile
from kejin.workflows.watch_companies import CompanyWatch

if TYPE_CHECKING:
    from kejin.app.web.readers import Reader
    from kejin.app.web.site import Ask

View = dict[str, Any]
KINDS = ("equity_round", "title", "patent_filed", "patent_granted", "loan", "penalty")


# ── the profile of a day ─────────────────────────────────────────────────────────────────────────────────────────────


def is_evaluated(ask: Ask, day: date) -> bool:
    """Whether an evaluation of the day is there, of the facts as they are now."""
    folder: Path = ask.serving.kept(("evaluation_folder", day), lambda reader: reader.evaluator(day).folder)
    return was_evaluated(folder)


def evaluated_days(ask: Ask) -> list[date]:
    """The days that a portrait can be shown for, newest first."""
    return [day for day in ask.serving.days() if is_evaluated(ask, day)]


def whole_profile(ask: Ask, company_id: str, day: date) -> Profile | None:
    """The profile of a day, whatever the consent covers: for names of figures, never for their values.

    None where nobody evaluated the day. A page never starts that long work by itself.

    Raises InputError workflows.company_unknown where the company was not known on the day.
    """
    if not is_evaluated(ask, day):
        return None
    return ask.serving.kept(("profile", company_id, day), lambda reader: reader.profiler(day).profile(company_id))


def profile_of(ask: Ask, company_id: str, day: date) -> Profile | None:
    """The profile of a day without what the consent does not cover. None and errors as `whole_profile`."""
    profile = whole_profile(ask, company_id, day)
    return None if profile is None else covered_profile(profile, ask.covered(company_id))


def profile_view(ask: Ask, company_id: str, day: date) -> View | None:
    """The covered profile as the report page shows it; None where the day is not evaluated."""
    profile, covered = whole_profile(ask, company_id, day), ask.covered(company_id)
    if profile is None:
        return None

    def made(_: Reader) -> View:
        view = report_view(covered_profile(profile, covered), ask.lang)
        # Tiles count titles and stand for the whole: they are shown with all that they are made of, or not.
        return view if not not_covered(PROFILE, covered) else view | {"tiles": []}

    view: View = ask.serving.kept(("profile_view", company_id, day, ask.lang, covered), made)
    return view


# ── what happened ────────────────────────────────────────────────────────────────────────────────────────────────────


def kind_words(ask: Ask) -> dict[str, str]:
    """The kinds of events of a timeline in words."""
    words = ("Equity round", "Title", "Patents filed", "Patents granted", "Loan", "Penalty")
    return {kind: ask.t(word) for kind, word in zip(KINDS, words, strict=True)}


def events_of_company(ask: Ask, company_id: str, hidden: Collection[str] = ()) -> list[View]:
    """What happened to a company until the day, oldest first; patents are counted by year.

    hidden   sections that the consent does not cover: their events are left out.
    """
    lang = ask.lang

    def rows_of_table(table: str) -> list[View]:
        return [] if f"event_{table}" in hidden else known_rows(ask, table, company_id)

    found = [
        _event("equity_round", row["closed_on"], code_word("equity_round", "round", row["round"], lang), row)
        for row in rows_of_table("equity_round")
    ]
    for row in rows_of_table("title"):
        name = code_word("title", "title_code", row["title_code"], lang)
        found.append(_event("title", row["granted_on"], name, row))
        if row["revoked_on"] is not None:
            found.append(_event("title", row["revoked_on"], ask.t("{title} revoked", title=name), row))
    for row in rows_of_table("loan"):
        words = (code_word("loan", "product", row["product"], lang), house_name(ask, row["institution_id"]))
        name = " · ".join(one for one in words if one)
        found.append(_event("loan", row["granted_on"], name, row))
    for row in rows_of_table("penalty"):
        name = code_word("penalty", "penalty_kind", row["penalty_kind"], lang)
        found.append(_event("penalty", row["decided_on"], name, row, row["fine_cny"]))
    patents = rows_of_table("patent")
    for kind, column in (("patent_filed", "filed_on"), ("patent_granted", "granted_on")):
        years: dict[int, list[View]] = {}
        for row in patents:
            if row[column] is not None and row[column] <= ask.as_of:
                years.setdefault(row[column].year, []).append(row)
        for rows in years.values():
            last = max(rows, key=lambda row: row[column])
            found.append(_event(kind, last[column], ask.t("{n} patents", n=len(rows)), last))
    known = [one for one in found if one["day"] is not None and one["day"] <= ask.as_of]
    return sorted(known, key=lambda one: (one["day"], one["kind"], one["text"]))


def _event(kind: str, day: date | None, text: str | None, row: View, amount: Any = None) -> View:
    """One event; what it cost or brought, where the row says so."""
    return {
        "kind": kind,
        "day": day,
        "text": text or "-",
        "amount": row.get("amount_cny") if amount is None else amount,
        "source": row["source"],
        "known_on": row["known_on"],
    }


# ── contracts ────────────────────────────────────────────────────────────────────────────────────────────────────────


def loans_of(ask: Ask, company_id: str) -> list[View]:
    """Loans known on the day with their newest state, newest first."""
    states: dict[str, View] = {}
    for row in ask.serving.rows("loan_states", _LOAN_STATES, company=company_id, as_of=ask.as_of):
        states[row["loan_id"]] = row
    loans = [
        row
        | {
            "house": house_name(ask, row["institution_id"]),
            "product_word": code_word("loan", "product", row["product"], ask.lang),
            "security_word": code_word("loan", "security", row["security"], ask.lang),
            "state": states.get(row["loan_id"]),
        }
        for row in known_rows(ask, "loan", company_id)
    ]
    return sorted(loans, key=lambda row: (row["granted_on"] or date.min, row["loan_id"]), reverse=True)


_LOAN_STATES = """
SELECT * EXCLUDE (newest) FROM (
    SELECT loan_state.*, row_number() OVER (PARTITION BY loan_id ORDER BY month_end DESC, known_on DESC) AS newest
    FROM loan_state WHERE known_on <= $as_of AND loan_id IN (SELECT loan_id FROM loan WHERE company_id = $company)
) WHERE newest = 1
"""


def policies_of(ask: Ask, company_id: str) -> list[View]:
    """Insurance policies known on the day, newest first."""
    rows = [
        row
        | {
            "house": house_name(ask, row["institution_id"]),
            "product_word": code_word("insurance_policy", "product", row["product"], ask.lang),
            "runs": row["starts_on"] <= ask.as_of and (row["ends_on"] is None or row["ends_on"] >= ask.as_of),
        }
        for row in known_rows(ask, "insurance_policy", company_id)
    ]
    return sorted(rows, key=lambda row: (row["starts_on"], row["policy_id"]), reverse=True)


# ── warnings ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def warning_of(ask: Ask, company_id: str) -> View:
    """What the watch of the day saw: `there` says whether it was run, `row` is None for a company without a loan."""
    day = ask.as_of
    folder: Path = ask.serving.kept(("watch_folder", day), lambda reader: CompanyWatch(reader.workspace, day).folder)
    companies, signals = folder / "companies.parquet", folder / "signals.parquet"
    if not (companies.is_file() and signals.is_file()):
        return {"there": False, "row": None, "signals": []}

    def read(reader: Reader) -> View:
        values = {"company": company_id}
        rows = [
            rows_of(
                reader.workspace.backend,
                f"SELECT * FROM read_parquet('{_quoted(path)}') WHERE company_id = $company",
                values,
            )
            for path in (companies, signals)
        ]
        return {"there": True, "row": rows[0][0] if rows[0] else None, "signals": rows[1]}

    view: View = ask.serving.kept(("watch", company_id, day), read)
    named = [row | {"name": _indicator(row["indicator"], ask.lang)} for row in view["signals"]]
    return view | {"signals": sorted(named, key=lambda row: (row["colour"] != "red", row["indicator"]))}


def _indicator(name: str, lang: str) -> str:
    label = INDICATOR_NAMES.get(name)
    return name if label is None else label.of(lang)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


# ── the whole page ───────────────────────────────────────────────────────────────────────────────────────────────────


def portrait(ask: Ask, company_id: str) -> View:
    """Everything that the portrait shows; `profile` is None on a day that was not evaluated.

    hidden   the sections that the consent does not cover; none of their figures is here.
    """
    try:
        profile = profile_view(ask, company_id, ask.as_of)
    except InputError as error:
        if error.code != "workflows.company_unknown":
            raise
        profile = None
    hidden = not_covered(PORTRAIT, ask.covered(company_id))
    events = events_of_company(ask, company_id, hidden)
    kinds = kind_words(ask)
    return {
        "view": profile,
        "radar": None if profile is None else radar_option({"": profile["standings"]}, ask.t),
        "trend": None if profile is None or profile["trend"] is None else trend_option(profile["charts"]["trend"]),
        "events": list(reversed(events)),
        "kinds": kinds,
        "timeline": timeline_option(events, kinds) if events else None,
        "loans": [] if "loans" in hidden else loans_of(ask, company_id),
        "policies": [] if "policies" in hidden else policies_of(ask, company_id),
        "warning": None if "warning" in hidden else warning_of(ask, company_id),
        "hidden": hidden,
        "hidden_events": [one for name, one in hidden.items() if name.startswith("event_")],
        "evaluated": evaluated_days(ask) if profile is None else [],
    }
