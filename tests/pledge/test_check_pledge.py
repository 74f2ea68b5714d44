"""The check on facts: each thing that can be the matter gives its reason, in order of precedence, as of the day."""

from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from pledge_workspace import BEIJING, DAY, OTHER, OWNER, PARENT, RING_A

from kejin.errors import InputError, KejinError, UseError
from kejin.journal import Journal
from kejin.units import round_cny
from kejin.valuation.pledge_reasons import BY_CODE, CHECKS, EFFECTS, PLACE, REASONS
from kejin.workflows.check_pledge import GivenValue, PledgeCheck, PledgeQuestion, check_pledge_of, replay
from kejin.workflows.pledge_values import OwnValue, OwnValues
from kejin.workflows.value_patents import Valuer
from kejin.workflows.workspace import Workspace

VALUE = GivenValue(Decimal(10_000_000), date(2026, 6, 1))


def ask(
    path: Path, *patents: str, day: date = DAY, own: dict[str, OwnValue] | None = None, **changed: Any
) -> PledgeCheck:
    words: dict[str, Any] = {
        "loan_cny": Decimal(1_000_000),
        "term_months": 36,
        "route": "negotiated",
        "pledgor": OWNER,
        "given": dict.fromkeys(patents, VALUE),
    }
    question = PledgeQuestion(patents=patents, **(words | changed))
    return check_pledge_of(
        _open(path), question, day, "tester", record=False, values=lambda *_: OwnValues(own or {}, None)
    )


@cache
def _open(path: Path) -> Workspace:
    """Opened once: opening takes longer than a check."""
    return Workspace.open(path)


def codes(check: PledgeCheck) -> list[str | None]:
    return [one.code for one in check.answer.reasons]


CASES = [
    ("CN1B", "yes", []),
    ("CN3B", "no", ["owned_by_other"]),
    ("CN4B", "no", ["owned_by_group"]),
    ("CN5B", "open", ["ownership_circular"]),
    ("CN6A", "no", ["not_granted"]),
    ("CN7B", "no", ["not_in_force"]),
    ("CN8B", "no", ["pledged_already"]),
    ("CN9B", "no", ["pledged_twice"]),
    ("CN10B", "no", ["disputed"]),
    ("CN11B", "no", ["invalidity_pending"]),
    ("CN12B", "no", ["fee_overdue"]),
    ("CN13B", "open", ["fee_unproven"]),
    ("CN14B", "no", ["co_owner_consent_missing"]),
    ("CN15B", "open", ["holders_unknown"]),
    ("CN16U", "no", ["life_too_short"]),
    ("CN17B", "yes", ["licensed_out", "suit_pending"]),
    ("CN18S", "no", ["kind_without_ratio"]),
    ("CN20B", "yes", []),
]


@pytest.fixture(scope="module")
def all_at_once(pledge_home: Path) -> PledgeCheck:
    """Every patent in one question: each gets the reasons that it would get alone."""
    return ask(pledge_home, *(patent for patent, _, _ in CASES))


@pytest.mark.parametrize(("patent", "answer", "reasons"), CASES)
def test_what_is_the_matter_is_said(all_at_once: PledgeCheck, patent: str, answer: str, reasons: list[str]) -> None:
    found = [one for one in all_at_once.answer.reasons if one.publication_number == patent]
    assert [one.code for one in found] == reasons
    results = {one.result for one in all_at_once.answer.results if one.publication_number == patent}
    assert ("no" if "fail" in results else "open" if "open" in results else "yes") == answer
    # 10 million x 0.5 x 0.3; a patent that is barred counts nothing.
    value = all_at_once.answer.values.get(patent)
    bars = any(BY_CODE[code].effect == "bars" for code in reasons)
    assert (None if value is None else value.pledge_cny) == (None if bars else 1_500_000)
    assert all_at_once.answer.answer == "no"


def test_every_check_is_answered_once_a_patent(pledge_home: Path) -> None:
    answer = ask(pledge_home, "CN1B", "CN8B").answer
    for number in ("CN1B", "CN8B"):
        of_patent = [one.check for one in answer.results if one.publication_number == number]
        assert of_patent == [check for check in CHECKS if check not in ("route", "amount")]
    assert [one.check for one in answer.results if one.publication_number is None] == ["route", "amount"]
    assert answer.values.keys() == {"CN1B"}


def test_reasons_stand_in_order_of_precedence(pledge_home: Path) -> None:
    check = ask(pledge_home, "CN17B", "CN16U", "CN14B", "CN8B", "CN3B")
    places = [PLACE[code] for code in codes(check) if code]
    assert places == sorted(places)
    assert codes(check)[0] == "owned_by_other"


def test_papers_that_are_shown_close_what_was_open(pledge_home: Path) -> None:
    assert ask(pledge_home, "CN13B", fee_receipts=("CN13B",)).answer.answer == "yes"
    assert ask(pledge_home, "CN14B", consents=("CN14B",)).answer.answer == "yes"
    assert ask(pledge_home, "CN15B", consents=("CN15B",)).answer.answer == "yes"
    assert ask(pledge_home, "CN12B", fee_receipts=("CN12B",)).answer.answer == "no", "a receipt undoes no overdue fee"


def test_the_owner_pledges_and_the_owner_of_the_first_patent_by_default(pledge_home: Path) -> None:
    assert ask(pledge_home, "CN4B", pledgor=PARENT).answer.answer == "yes"
    assert ask(pledge_home, "CN3B", pledgor=None).request.pledgor_id == OTHER
    assert codes(ask(pledge_home, "CN5B", pledgor=RING_A)) == [], "one's own patent asks for no chain of owners"


def test_a_region_outside_the_pilot_needs_an_appraisal(pledge_home: Path) -> None:
    assert codes(ask(pledge_home, "CN19B", pledgor=BEIJING)) == ["route_not_allowed"]
    assert codes(ask(pledge_home, "CN19B", pledgor=BEIJING, route="external")) == []


def test_days_decide(pledge_home: Path) -> None:
    before, lapse = ask(pledge_home, "CN7B", day=date(2026, 4, 30)), ask(pledge_home, "CN7B", day=date(2026, 5, 1))
    assert before.answer.answer == "yes"
    assert codes(lapse)[0] == "not_in_force"
    assert lapse.answer.pledge_cny == 0
    # 2018-03-01 + 10 years; the loan's last day and a year more must not be later.
    ends = ask(pledge_home, "CN16U", day=date(2026, 3, 1), term_months=12)
    assert codes(ends) == []
    assert codes(ask(pledge_home, "CN16U", day=date(2026, 3, 2), term_months=12))[0] == "life_too_short"


def test_an_old_or_undated_value_and_one_above_our_range(pledge_home: Path) -> None:
    def valued(day: date | None) -> dict[str, Any]:
        return {"given": {"CN1B": GivenValue(Decimal(10_000_000), day)}, "route": "external"}

    assert codes(ask(pledge_home, "CN1B", **valued(date(2025, 6, 30)))) == []
    assert codes(ask(pledge_home, "CN1B", **valued(date(2025, 6, 29))))[0] == "value_too_old"
    assert codes(ask(pledge_home, "CN1B", **valued(None))) == ["value_undated"]
    own = {"CN1B": OwnValue(Decimal(1_000_000), Decimal(9_999_999))}
    noted = ask(pledge_home, "CN1B", own=own, **valued(DAY))
    assert codes(noted) == ["value_above_range"]
    assert noted.answer.answer == "yes"


def test_our_own_low_value_and_the_lower_of_two(pledge_home: Path) -> None:
    own = {"CN1B": OwnValue(Decimal(8_000_000), Decimal(20_000_000))}
    internal = ask(pledge_home, "CN1B", own=own, route="internal", given={})
    assert internal.answer.pledge_cny == Decimal(1_200_000)
    assert ask(pledge_home, "CN1B", own=own, route="mixed").answer.pledge_cny == Decimal(1_200_000)
    missing = ask(pledge_home, "CN1B", route="internal", given={})
    assert codes(missing) == ["value_absent"]
    assert missing.answer.answer == "open", "a missing value is not 0"
    assert "amount" not in [one.check for one in missing.answer.results]


def test_a_fact_known_later_changes_nothing(pledge_home: Path) -> None:
    with pytest.raises(InputError, match=r"patent_unknown"):
        ask(pledge_home, "CN1B", day=date(2026, 1, 4))
    before = ask(pledge_home, "CN11B", day=date(2026, 1, 31))
    assert "invalidity_pending" not in codes(before)


WRONG: list[tuple[str, dict[str, Any], type[KejinError], str]] = [
    ("CN404B", {}, InputError, "workflows.patent_unknown"),
    ("CN1B", {"loan_cny": Decimal(0)}, InputError, "valuation.loan_not_positive"),
    ("CN1B", {"loan_cny": Decimal("NaN")}, InputError, "valuation.loan_not_positive"),
    ("CN1B", {"term_months": 0}, InputError, "valuation.term_not_positive"),
    ("CN1B", {"route": "guess"}, InputError, "valuation.route_unknown"),
    ("CN1B", {"given": {"CN1B": GivenValue(Decimal(-1), DAY)}}, InputError, "valuation.pledge_value_negative"),
    ("CN1B", {"given": {"CN2B": VALUE}}, UseError, "workflows.pledge_patent_unasked"),
    ("CN1B", {"route": "internal"}, UseError, "workflows.pledge_value_unasked"),
    ("CN1B", {"pledgor": "91440300MA9999999X"}, InputError, "workflows.company_unknown"),
]


@pytest.mark.parametrize(("patent", "changed", "kind", "code"), WRONG)
def test_wrong_questions_are_sentences(
    pledge_home: Path, patent: str, changed: dict[str, Any], kind: type[KejinError], code: str
) -> None:
    with pytest.raises(kind) as caught:
        ask(pledge_home, patent, **changed)
    assert caught.value.code == code
    assert all("{" not in caught.value.text(lang) for lang in ("zh", "en"))


def test_an_application_stands_for_its_grant(pledge_home: Path) -> None:
    check = ask(pledge_home, "CN21A")
    assert list(check.answer.values) == ["CN21B"]
    assert check.answer.answer == "yes", "the fee is recorded under the application's number"
    with pytest.raises(InputError, match=r"patent_asked_twice"):
        ask(pledge_home, "CN21A", "CN21B")


def test_a_patent_named_twice_is_refused(pledge_home: Path) -> None:
    with pytest.raises(InputError, match=r"patent_asked_twice"):
        ask(pledge_home, "CN1B", "CN1B")


def test_the_journal_keeps_the_check_and_replays_it(pledge_path: Path) -> None:
    question = PledgeQuestion(("CN1B",), Decimal(1_000_000), 36, "negotiated", given={"CN1B": VALUE})
    with Workspace.open(pledge_path) as workspace:
        check = check_pledge_of(workspace, question, DAY, "tester")
        with Journal.open(workspace.cases_path) as journal:
            (entry,) = journal.entries()
            assert journal.verify().ok
    assert check.entry is not None
    assert entry.entry_hash == check.entry.entry_hash
    assert entry.subject == OWNER
    assert {used.name for used in entry.rules_used} >= {"patents/pledge/ratio", "patents/pledge/disposal_factor"}
    assert replay(pledge_path, entry) == entry.result_hash


@pytest.mark.slow
def test_our_own_low_value_comes_from_the_valuation_of_the_day(pledge_path: Path) -> None:
    question = PledgeQuestion(("CN1B", "CN7B"), Decimal(1_000), 36, "internal")
    with Workspace.open(pledge_path) as workspace:
        check = check_pledge_of(workspace, question, DAY, "tester")
        path = Valuer(workspace, DAY).folder / "patent_values.parquet"
        low = {row["publication_number"]: row["value_cny_low"] for row in pq.read_table(path).to_pylist()}
        given = PledgeQuestion(("CN1B",), Decimal(1_000), 36, "negotiated", given={"CN1B": VALUE})
        compared = check_pledge_of(workspace, given, DAY, "tester")
        with Journal.open(workspace.cases_path) as journal:
            entries = list(journal.entries())
    value = check.answer.values["CN1B"]
    assert value.basis_cny == round_cny(Decimal(repr(low["CN1B"])))
    assert value.pledge_cny == round_cny(value.basis_cny * Decimal("0.15"))
    assert value.basis_cny > 0
    assert low["CN7B"] == 0, "a patent that lapsed is worth nothing"
    assert "CN7B" not in check.answer.values
    assert [entry.act for entry in entries] == ["value_patents", "check_pledge", "check_pledge"]
    assert "value_above_range" in codes(compared), "10 million lies above what we think of a patent without revenue"
    assert set(check.unverified) > {"patents/pledge/ratio"}
    for entry in entries[1:]:
        assert replay(pledge_path, entry) == entry.result_hash
    shutil.rmtree(pledge_path / "results")
    assert replay(pledge_path, entries[1]) == entries[1].result_hash, "the valuation is made again when it is gone"


def test_the_list_of_reasons_is_sound() -> None:
    assert len(BY_CODE) == len(REASONS), "no code twice"
    for reason in REASONS:
        assert reason.effect in EFFECTS
        assert reason.check in CHECKS
        fields = [{part.split("}")[0] for part in text.split("{")[1:]} for text in (reason.zh, reason.en)]
        assert fields[0] == fields[1], f"{reason.code}: both languages tell the same details"
