"""Companies: searched before created, shown only with their consent."""

from __future__ import annotations

from fastapi import FastAPI
from served_city import LogIn

from kejin.casework.store import now


def _own_company(served: FastAPI) -> str:
    found = served.state.serving.people.find("company")
    assert found is not None
    return str(found.company_id)


def test_search_finds_a_company_by_its_code(served_for_reading: FastAPI, log_in: LogIn) -> None:
    company = _own_company(served_for_reading)
    answer = log_in(served_for_reading, "officer").get(f"/companies?q={company}")
    assert answer.status_code == 200
    assert f"/companies/{company}" in answer.text


def test_a_portrait_needs_the_companys_consent(served: FastAPI, log_in: LogIn) -> None:
    company = _own_company(served)
    owner, insurer = log_in(served, "company"), log_in(served, "insurer")
    assert insurer.get(f"/companies/{company}").status_code == 403
    serving = served.state.serving
    serving.consents.say(serving.people.find("company"), company, "INSURE00", "insurance", given=True)
    assert insurer.get(f"/companies/{company}").status_code == 200
    serving.consents.say(serving.people.find("company"), company, "INSURE00", "insurance", given=False)
    assert insurer.get(f"/companies/{company}").status_code == 403
    assert owner.get(f"/companies/{company}").status_code == 200
    kinds = [row["kind"] for row in serving.log.find(company_id=company)]
    assert kinds.count("refused") == 2


def test_a_company_sees_no_other_company(served_for_reading: FastAPI, log_in: LogIn) -> None:
    serving = served_for_reading.state.serving
    other = serving.rows(
        "other", "SELECT max(company_id) AS id FROM company WHERE company_id <> $c", c=_own_company(served_for_reading)
    )[0]["id"]
    assert log_in(served_for_reading, "company").get(f"/companies/{other}").status_code == 404


def test_a_consent_that_covers_no_table_opens_nothing(served_for_reading: FastAPI, log_in: LogIn) -> None:
    serving = served_for_reading.state.serving
    sql = """SELECT company_id, institution_id FROM consent WHERE purpose = 'credit' AND withdrawn_on IS NULL
             AND valid_until > DATE '2027-01-01' AND coalesce(tables, '') = '' ORDER BY 1 LIMIT 1"""
    (row,) = serving.rows("covers_none", sql)
    others = [
        one
        for one in serving.consents_of(row["company_id"])
        if one.institution_id == row["institution_id"].split("-")[0] and one.purpose == "credit"
    ]
    assert [(one.tables, one.holds(now().date())) for one in others] == [(frozenset(), False)]
    serving.people.add(
        "covers.none",
        "Officer",
        "relationship_manager",
        "a-password-1",
        institution_id=row["institution_id"],
        must_change=False,
    )
    assert log_in(served_for_reading, "covers.none").get(f"/companies/{row['company_id']}").status_code == 403
