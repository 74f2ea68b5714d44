"""Warnings: the alerts of the day on own borrowers, closed by somebody else, counted in the model's record."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq
from fastapi import FastAPI
from openpyxl import load_workbook
from served_city import DAY, LogIn

from kejin.workflows.watch_companies import CompanyWatch


def _watched(served: FastAPI) -> tuple[str, str]:
    """A run's file with an alert on a borrower of the bank and one on another's: the companies' codes."""
    serving = served.state.serving
    head = serving.people.find("risk").head_office
    sql = """SELECT company_id, bool_or(split_part(institution_id, '-', 1) = $head) AS own FROM loan
             GROUP BY 1 ORDER BY 1"""
    rows = serving.rows("w", sql, head=head)
    own, other = (next(row["company_id"] for row in rows if row["own"] is wanted) for wanted in (True, False))
    with serving.pool.reader() as reader:
        folder = CompanyWatch(reader.workspace, DAY).folder
    folder.mkdir(parents=True)
    table = pa.table(
        {
            "company_id": [own, other],
            "as_of": [DAY, DAY],
            "stage": ["growth", "mature"],
            "default_probability_1m": [0.031, 0.02],
            "alert_line": [0.011, 0.01],
            "alert": [True, True],
            "causes": ["sales_change_3m", ""],
            "signals_red": [1, 0],
            "signals_amber": [2, 0],
            "indicators_missing": [3, 0],
        }
    )
    pq.write_table(table, folder / "companies.parquet")
    owner = serving.people.add("owner", "O", "company", "demo-pass-2026", company_id=own)
    for purpose in ("monitoring", "credit"):
        serving.consents.say(owner, own, head, purpose, given=True)
    return own, other


def test_a_warning_is_triaged_and_closed_by_two_people(served: FastAPI, log_in: LogIn) -> None:
    own, other = _watched(served)
    risk, approver = log_in(served, "risk"), log_in(served, "approver")
    queue = risk.get(f"/warnings?as_of={DAY}").text
    assert own in queue
    assert other not in queue
    assert risk.get(f"/warnings/{other}?as_of={DAY}").status_code == 404
    form = {"outcome": "act", "comment": "limit is cut", "version": 0}
    assert approver.post(f"/warnings/{own}/propose?as_of={DAY}", data=form).status_code == 403
    assert risk.post(f"/warnings/{own}/propose?as_of={DAY}", data=form | {"outcome": "x"}).status_code == 400
    assert risk.post(f"/warnings/{own}/propose?as_of={DAY}", data=form).status_code == 303
    page = approver.get(f"/warnings/{own}?as_of={DAY}").text
    matter = page.split("/warnings/matters/")[1].split("/")[0]
    assert f"/warnings/{own}" in approver.get("/").text  # waits on the checker's home page
    answer = {"answer": "confirm", "comment": "agreed", "version": 2}
    assert risk.post(f"/warnings/matters/{matter}/answer", data=answer).status_code == 403
    assert approver.post(f"/warnings/matters/{matter}/answer", data=answer).status_code == 303
    assert "1 acted on of 1 judged" in approver.get("/models?lang=en").text
    assert risk.get(f"/warnings/export?as_of={DAY}").status_code == 200


def test_a_day_without_a_watch_says_what_to_do(served_for_reading: FastAPI, log_in: LogIn) -> None:
    answer = log_in(served_for_reading, "risk").get("/warnings?lang=en&as_of=2026-01-31")
    assert answer.status_code == 200
    assert "There was no watch as of this day" in answer.text


def test_figures_of_a_warning_need_a_consent_that_covers_them(served: FastAPI, log_in: LogIn) -> None:
    own, _ = _watched(served)
    serving = served.state.serving
    owner, head = serving.people.find("owner"), serving.people.find("risk").head_office
    risk, at = log_in(served, "risk"), f"as_of={DAY}&lang=en"
    figures = ("3.1%", "Sales")
    assert all(one in risk.get(f"/warnings?{at}").text for one in figures)
    serving.consents.say(owner, own, head, "monitoring", given=False)
    serving.consents.say(owner, own, head, "monitoring", given=True, tables=["patent"])
    page = risk.get(f"/warnings?{at}").text
    assert own in page
    assert "not covered by the consent" in page
    assert not any(one in page for one in figures)
    assert own not in risk.get(f"/warnings?stage=growth&{at}").text
    sheet = load_workbook(io.BytesIO(risk.get(f"/warnings/export?{at}").content)).active
    row = next(row for row in sheet.iter_rows(values_only=True) if own in row)
    assert [one for one in row if one is not None] == [row[0], own]
    assert risk.get(f"/warnings/{own}?{at}").status_code == 403
