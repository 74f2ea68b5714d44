"""Data pages: templates, uploads that are not what they say, mapping with preview, findings by row."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from fastapi import FastAPI
from served_city import LogIn

from kejin.app.web.excel_bytes import excel_bytes
from kejin.app.web.uploads import Upload, safe_name
from kejin.errors import InputError

BAD_ROWS = (
    "institution_id,institution_kind,name,known_on\n"
    "GOODBANK,bank,好银行,2026-01-05\n"
    "BADBANK1,no_such_kind,=cmd|' /C calc'!A0,2026-01-05\n"
    "BADBANK2,bank,坏银行,2026-13-45\n"
)


def upload(served: FastAPI, log_in: LogIn, content: bytes, name: str = "institution.csv", table: str = ""):
    client = log_in(served, "risk")
    return client, client.post("/data/uploads", files={"file": (name, content)}, data={"table": table})


def test_a_template_has_a_sheet_of_its_table(served_for_reading: FastAPI, log_in: LogIn) -> None:
    answer = log_in(served_for_reading, "risk").get("/data/template?table=institution")
    assert answer.status_code == 200
    sheets = openpyxl.load_workbook(io.BytesIO(answer.content)).sheetnames
    assert len(sheets) == 2
    assert log_in(served_for_reading, "risk").get("/data/template?table=nothing").status_code == 400


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("../../etc/passwd.csv", "passwd.csv"),
        ("C:\\secret\\公司.XLSX", "公司.xlsx"),
        ("a/../..//x\x00y.csv", "x_y.csv"),
        ("<img src=x>.csv", "_img src_x_.csv"),
        ("." * 300 + "a" * 300 + ".csv", "a" * 60 + ".csv"),
    ],
)
def test_names_of_files_lead_nowhere(said: str, kept: str) -> None:
    assert safe_name(said) == kept


@pytest.mark.parametrize("name", ["facts.zip", "x.exe", "x", ".csv", "x.csv.gz", "", "x.svg"])
def test_other_kinds_of_files_are_refused(served: FastAPI, log_in: LogIn, name: str) -> None:
    _, answer = upload(served, log_in, b"a,b\n1,2\n", name or " ")
    assert answer.status_code in (400, 422)
    assert not list((served.state.serving.path / "uploads").glob("*"))


def test_an_archive_under_the_name_of_a_table_is_refused(served: FastAPI, log_in: LogIn) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("institution.csv", BAD_ROWS)
    for name in ("institution.csv", "institution.parquet"):
        assert upload(served, log_in, packed.getvalue(), name)[1].status_code == 400


def test_a_preview_shows_rows_and_what_each_column_feeds(served: FastAPI, log_in: LogIn) -> None:
    content = "机构代号,名字,类型\nX1,<script>alert(1)</script>,bank\n".encode("gb18030")
    client, answer = upload(served, log_in, content, "names.csv", "institution")
    page = client.get(f"{answer.headers['location']}?lang=en").text
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    assert "No column of the file feeds" in page
    chosen = {"table": "institution", "mapping": "columns", "known_on": "2026-01-05",
              "feeds": ["institution_id", "name", "institution_kind"]}  # fmt: skip
    assert client.post(f"{answer.headers['location']}/mapping", data=chosen).status_code == 303
    kept = Upload.find(served.state.serving.path, answer.headers["location"].rpartition("/")[2])
    report = kept.load_aside(served.state.serving.path, lambda *_: None)
    assert report.rows_loaded == 1
    twice = chosen | {"feeds": ["name", "name", ""]}
    assert client.post(f"{answer.headers['location']}/mapping", data=twice).status_code == 400


def test_rejected_rows_come_back_with_reasons_and_without_formulas(served: FastAPI, log_in: LogIn) -> None:
    client, answer = upload(served, log_in, BAD_ROWS.encode())
    to = answer.headers["location"]
    kept = Upload.find(served.state.serving.path, to.rpartition("/")[2])
    report = kept.load_aside(served.state.serving.path, lambda *_: None)
    assert (report.rows_loaded, report.rows_rejected) == (1, 2)
    page = client.get(f"{to}?lang=en").text
    assert "Findings by row" in page
    workbook = client.get(f"{to}/rejected").content
    cells = [cell for row in openpyxl.load_workbook(io.BytesIO(workbook)).worksheets[0].iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert any(str(cell.value).startswith("'=cmd") for cell in cells)


def test_uploads_of_others_are_not_there(served: FastAPI, log_in: LogIn) -> None:
    _, answer = upload(served, log_in, BAD_ROWS.encode())
    to = answer.headers["location"]
    assert log_in(served, "officer").get(to).status_code == 404
    assert log_in(served, "admin").get(to).status_code == 200
    assert log_in(served, "risk").get("/data/uploads/..%2f..%2fkejin.toml").status_code == 404


@pytest.mark.parametrize("name", ["auditor", "supervisor", "company"])
def test_who_may_not_upload(served_for_reading: FastAPI, log_in: LogIn, name: str) -> None:
    answer = log_in(served_for_reading, name).post("/data/uploads", files={"file": ("institution.csv", b"a\n")})
    assert answer.status_code == 403


def test_a_mapping_may_not_read_other_files(served: FastAPI, log_in: LogIn) -> None:
    client, answer = upload(served, log_in, BAD_ROWS.encode())
    own = b"targets:\n  - table: institution\n    file: ../../cases.sqlite\n    columns: {name: name}\n"
    data = {"table": "institution", "mapping": "own"}
    to = f"{answer.headers['location']}/mapping"
    assert client.post(to, data=data, files={"own": ("m.yaml", own)}).status_code == 400
    assert client.post(to, data={"mapping": "/etc/passwd"}).status_code == 400
    assert client.post(to, data={"mapping": "cumcm_labelled"}).status_code == 400  # it is about a whole folder


def test_history_and_quality_are_shown(served_for_reading: FastAPI, log_in: LogIn) -> None:
    client = log_in(served_for_reading, "risk")
    shown = client.get("/data?lang=en").text
    assert "company" in shown
    loaded = served_for_reading.state.serving.rows("newest_load", "SELECT max(loaded_at) AS at FROM load_log")[0]["at"]
    assert f"{loaded + timedelta(hours=8):%Y-%m-%d %H:%M}" in shown  # as the clock in Shenzhen shows it
    assert "UTC" not in shown
    page = client.get("/data/quality?lang=en").text
    assert "Missing values" in page
    chart = page.split('id="rejected">')[1].split("</script>")[0]
    assert json.loads(chart)["option"]["series"][0]["data"]


def test_an_export_holds_no_formula() -> None:
    rows = [["=1+1", "+1", "-x", "@SUM(A1)", "\t=1", 5, None, True, "-1.5"]]
    sheet = openpyxl.load_workbook(io.BytesIO(excel_bytes("a/b", ["=h"] * 9, rows))).worksheets[0]
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert sheet["A2"].value == "'=1+1"


def test_an_unknown_number_is_no_upload(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="upload_unknown"):
        Upload.find(tmp_path, "../x")
