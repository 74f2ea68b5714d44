"""Lists: who sees which company and column, filters, saved views, and a workbook without formulas."""

from __future__ import annotations

import io

import pytest
from fastapi import FastAPI
from openpyxl import load_workbook
from served_city import DAY, LogIn

from kejin.app.web.routes import lists
from kejin.casework.access import may_read


def _readable(application: FastAPI, name: str) -> set[str]:
    serving = application.state.serving
    person = serving.people.find(name)
    everyone = serving.rows("everyone", "SELECT DISTINCT company_id AS id FROM company")
    return {row["id"] for row in everyone if may_read(person, row["id"], serving.consents_of(row["id"]), _today())}


def _today():  # type: ignore[no-untyped-def]
    from kejin.casework.store import now

    return now().date()


def _exported(application: FastAPI, log_in: LogIn, name: str, query: str) -> list[tuple[object, ...]]:
    answer = log_in(application, name).get(f"/lists/export?{query}")
    assert answer.status_code == 200, answer.text
    rows = list(load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))
    return rows[1 : rows.index(next(row for row in rows[1:] if row[0] is None))] if len(rows) > 2 else []


def test_a_bank_sees_private_columns_of_companies_with_consent_only(served_for_reading: FastAPI, log_in: LogIn) -> None:
    readable = _readable(served_for_reading, "approver")
    query = f"as_of={DAY}&column=company_id&column=patents_in_force"
    assert {row[0] for row in _exported(served_for_reading, log_in, "approver", query)} == readable
    every = _exported(served_for_reading, log_in, "approver", query + "&all=1")
    assert len(every) > len(readable)
    assert all(row[1] is None for row in every if row[0] not in readable)
    assert any(row[1] is not None for row in every if row[0] in readable)


def test_a_filter_on_a_private_column_tells_nothing_of_others(served_for_reading: FastAPI, log_in: LogIn) -> None:
    readable = _readable(served_for_reading, "approver")
    found = _exported(served_for_reading, log_in, "approver", f"as_of={DAY}&column=company_id&all=1&stage=2")
    assert found
    assert {row[0] for row in found} <= readable


def test_a_park_sees_its_tenants_only(served_for_reading: FastAPI, log_in: LogIn) -> None:
    serving = served_for_reading.state.serving
    park = serving.people.find("park").institution_id
    rows = serving.rows("t", "SELECT company_id AS id FROM park_tenancy WHERE park_id = $p", p=park)
    found = _exported(served_for_reading, log_in, "park", f"as_of={DAY}&column=company_id&all=1")
    assert found
    assert {row[0] for row in found} <= {row["id"] for row in rows}


def test_a_withdrawn_consent_empties_the_private_columns_at_once(served: FastAPI, log_in: LogIn) -> None:
    serving = served.state.serving
    company = serving.people.find("company").company_id
    head = serving.people.find("approver").head_office
    query = f"as_of={DAY}&column=company_id&q={company}"
    assert _exported(served, log_in, "approver", query) == [(company,)]
    serving.consents.say(serving.people.find("company"), company, head, "credit", given=False)
    assert _exported(served, log_in, "approver", query) == []


def test_a_page_has_fifty_rows_and_the_next_has_others(served_for_reading: FastAPI, log_in: LogIn) -> None:
    client = log_in(served_for_reading, "supervisor")
    first, second = (client.get(f"/lists?as_of={DAY}&page={page}&sort=company_id").text for page in (1, 2))
    codes = [{part.split('"')[0] for part in text.split('href="/companies/')[1:]} for text in (first, second)]
    assert len(codes[0]) == len(codes[1]) == 50
    assert not codes[0] & codes[1]


def test_a_wish_that_the_list_does_not_know_is_refused(served_for_reading: FastAPI, log_in: LogIn) -> None:
    client = log_in(served_for_reading, "supervisor")
    for wish in ("sort=name;drop", "title=x", "product='", "column=total", "amount_min=-1", "amount_min=nan"):
        assert client.get(f"/lists?{wish}").status_code == 400, wish


def test_views_are_each_persons_own(served: FastAPI, log_in: LogIn) -> None:
    officer, head = log_in(served, "officer"), log_in(served, "head")
    assert officer.post("/lists/views", data={"name": "南山", "query": "district=南山区"}).status_code == 303
    assert "南山</a>" in officer.get("/lists").text
    assert "南山</a>" not in head.get("/lists").text
    view = served.state.serving.store.row(__import__("sqlalchemy").text("SELECT view_id FROM saved_view"))["view_id"]
    head.post(f"/lists/views/{view}/remove")
    assert "南山</a>" in officer.get("/lists").text


def test_a_text_that_looks_like_a_formula_stays_a_text() -> None:
    from kejin.app.web.excel_bytes import excel_bytes

    book = load_workbook(io.BytesIO(excel_bytes("t", ["=1+1"], [["=cmd|' /C calc'!A0"], ["@SUM(1)"], ["+1+1"]])))
    cells = [row[0] for row in book.active.iter_rows()]
    assert all(cell.data_type == "s" and not str(cell.value).startswith(("=", "@", "+")) for cell in cells)


def test_page_and_workbook_say_where_the_export_stops(
    served_for_reading: FastAPI, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = log_in(served_for_reading, "supervisor")
    words = "The workbook holds the first 7 of"
    assert words not in client.get("/lists?all=1&lang=en").text
    monkeypatch.setattr(lists, "EXPORT_ROWS_MAX", 7)
    assert words in client.get("/lists?all=1&lang=en").text
    sheet = load_workbook(io.BytesIO(client.get("/lists/export?all=1&lang=en").content)).worksheets[0]
    rows = [row[0].value for row in sheet.iter_rows()]
    assert len([one for one in rows[1:-1] if one]) == 7
    assert str(rows[-1]).startswith(words)
