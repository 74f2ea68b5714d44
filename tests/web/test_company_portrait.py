"""The portrait of a company: what it shows, where its figures come from, other days, others beside it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from fastapi import FastAPI
from served_city import DAY, GROUPS, LogIn

from kejin.app.web.charts_company import radar_option
from kejin.app.web.company_rows import known_rows
from kejin.app.web.translate import translator


def _own_company(served: FastAPI) -> str:
    return str(served.state.serving.people.find("company").company_id)


def test_a_portrait_shows_titles_events_loans_and_what_is_not_there_yet(
    served_for_reading: FastAPI, log_in: LogIn
) -> None:
    company = _own_company(served_for_reading)
    text = log_in(served_for_reading, "officer").get(f"/companies/{company}?lang=en").text
    for part in ('data-chart="timeline"', "Titles and scores", "What would change it", "Loans", "Consent"):
        assert part in text
    # Nobody valued patents or ran the watch: the page says so and what to do.
    assert "kejin value-patents" in text
    assert "kejin watch" in text


def test_every_figure_of_a_portrait_opens_its_lineage(served_for_reading: FastAPI, log_in: LogIn) -> None:
    client, company = log_in(served_for_reading, "officer"), _own_company(served_for_reading)
    links = sorted(
        set(re.findall(r'hx-get="(/companies/[^"]+/lineage/[^"]+)"', client.get(f"/companies/{company}").text))
    )
    assert len(links) > 60
    for link in links[::15]:
        answer = client.get(link, headers={"hx-request": "true"})
        assert answer.status_code == 200, link
        assert "kejin-error" not in answer.text
        assert "<html" not in answer.text


def test_lineage_names_rows_rule_and_formula(served_for_reading: FastAPI, log_in: LogIn) -> None:
    client, company = log_in(served_for_reading, "officer"), _own_company(served_for_reading)
    figure = client.get(f"/companies/{company}/lineage/rd_intensity_1y?lang=en").text
    assert "Formula" in figure
    assert "synthetic: annual filing" in figure
    gate = client.get(f"/companies/{company}/lineage/high_tech.1?lang=en").text
    assert "kejin-cite" in gate
    assert client.get(f"/companies/{company}/lineage/no_such_figure").status_code == 404


def test_lineage_needs_consent_as_the_portrait_does(served_for_reading: FastAPI, log_in: LogIn) -> None:
    company = _own_company(served_for_reading)
    answer = log_in(served_for_reading, "insurer").get(f"/companies/{company}/lineage/rd_intensity_1y")
    assert answer.status_code == 403


def test_a_day_without_evaluation_says_so_and_starts_no_long_work(served: FastAPI, log_in: LogIn) -> None:
    company = _own_company(served)
    before = sorted(path.name for path in (served.state.serving.path / "results").iterdir())
    answer = log_in(served, "officer").get(f"/companies/{company}?as_of={DAY - timedelta(days=1)}&lang=en")
    assert answer.status_code == 200
    assert "Companies were not evaluated as of" in answer.text
    assert sorted(path.name for path in (served.state.serving.path / "results").iterdir()) == before


def test_a_lender_is_named_to_its_own_people_only(served_for_reading: FastAPI, log_in: LogIn) -> None:
    serving = served_for_reading.state.serving
    sql = "SELECT company_id, institution_id FROM loan WHERE known_on <= $day ORDER BY loan_id LIMIT 400"
    branch = serving.people.find("officer").head_office
    other = next(
        row for row in serving.rows("loans", sql, day=DAY) if not row["institution_id"].startswith(str(branch))
    )
    serving.consents.say(
        serving.people.find("officer"), other["company_id"], branch, "credit", given=True, reference="F-1"
    )
    name = serving.institution_name(other["institution_id"])
    path = f"/companies/{other['company_id']}"
    assert name not in log_in(served_for_reading, "officer").get(path).text
    assert name in log_in(served_for_reading, "supervisor").get(path).text


def test_a_signed_form_is_recorded_and_opens_the_portrait(served: FastAPI, log_in: LogIn) -> None:
    client, company = log_in(served, "insurer"), _own_company(served)
    refused = client.get(f"/companies/{company}")
    assert refused.status_code == 403
    assert f"/companies/{company}/consent" in refused.text
    past = client.post(
        f"/companies/{company}/consent", data={"reference": "F-2026-1", "group": GROUPS, "until": "2020-01-01"}
    )
    assert past.status_code == 400
    assert client.post(f"/companies/{company}/consent", data={"reference": "  "}).status_code in (400, 422)
    assert client.get(f"/companies/{company}").status_code == 403
    assert (
        client.post(f"/companies/{company}/consent", data={"reference": "F-2026-1", "group": GROUPS}).status_code == 303
    )
    assert client.get(f"/companies/{company}").status_code == 200
    assert next(iter(served.state.serving.store.journal.find(act="consent"))).actor == "insurer"


def test_companies_stand_beside_each_other(served_for_reading: FastAPI, log_in: LogIn) -> None:
    serving, client = served_for_reading.state.serving, log_in(served_for_reading, "supervisor")
    rows = serving.rows("some", "SELECT DISTINCT company_id FROM company ORDER BY 1 LIMIT 6")
    asked = "&".join(f"company={row['company_id']}" for row in rows)
    text = client.get(f"/compare?{asked}&lang=en").text
    assert "No more than five companies" in text
    two = "&".join(f"company={row['company_id']}" for row in rows[:2])
    page = client.get(f"/compare?{two}").text
    assert all(row["company_id"] in page for row in rows[:2])
    book = client.get(f"/compare?{two}&form=xlsx")
    assert book.content[:2] == b"PK"


def test_comparing_leaves_out_whom_the_consent_does_not_cover(served_for_reading: FastAPI, log_in: LogIn) -> None:
    company = _own_company(served_for_reading)
    answer = log_in(served_for_reading, "insurer").get(f"/compare?company={company}&company={company}X")
    assert answer.status_code == 200
    assert "alert-warning" in answer.text
    assert "/lineage/" not in answer.text


def test_history_without_a_second_day_says_what_to_do(served_for_reading: FastAPI, log_in: LogIn) -> None:
    company = _own_company(served_for_reading)
    answer = log_in(served_for_reading, "officer").get(f"/companies/{company}/history?lang=en")
    assert "no two evaluated days" in answer.text


@pytest.mark.parametrize("shared", [2, 3])
def test_a_radar_needs_three_axes_that_all_have(shared: int) -> None:
    first = [{"label": str(place), "standing": 10.0 * place} for place in range(5)]
    option = radar_option({"A": first, "B": first[:shared]}, translator("en"))
    assert (option is None) == (shared < 3)
    if option is not None:
        assert [one["name"] for one in option["radar"]["indicator"]] == ["0", "1", "2"]


def test_rows_of_a_company_are_the_newest_known_on_the_day(served_for_reading: FastAPI) -> None:
    from types import SimpleNamespace
    from typing import Any, cast

    company = _own_company(served_for_reading)
    ask = cast(Any, SimpleNamespace(serving=served_for_reading.state.serving, as_of=DAY))
    rows = known_rows(ask, "loan", company)
    assert rows
    assert all(row["known_on"] <= DAY and row["company_id"] == company for row in rows)
    first = min(row["known_on"] for row in rows)
    assert known_rows(ask, "loan", company, first - timedelta(days=1)) == []
