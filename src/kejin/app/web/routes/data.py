"""Data: templates, uploads with mapping and preview, findings by row, history of loads, quality over time."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Form, UploadFile
from fastapi.responses import Response

from kejin.app.web.charts_data import rejected_chart
from kejin.app.web.excel_bytes import XLSX, template_bytes
from kejin.app.web.site import Ask, Site
from kejin.app.web.uploads import FILE_BYTES_MAX, Upload, chosen_columns, fitting_mappings
from kejin.dates import parse_day
from kejin.errors import InputError
from kejin.facts.bind_columns import plain_header
from kejin.facts.tables import ALL_TABLES
from kejin.schemes.scheme import Label

SITE = Site()
_FINDINGS_SHOWN = 300
_SEVERITIES = {"error": Label("错误", "error"), "warning": Label("警告", "warning"), "note": Label("提示", "note")}
_HISTORY = "SELECT * FROM load_log ORDER BY load_id DESC LIMIT $most"
_QUALITY = """
SELECT table_name, CAST(loaded_at + INTERVAL 8 HOUR AS DATE) AS day, count(*) AS loads, sum(rows_read) AS rows_read,
       sum(rows_loaded) AS rows_loaded, sum(rows_rejected) AS rows_rejected
FROM load_log GROUP BY 1, 2 ORDER BY 2, 1
"""


@SITE.get("/data", "data.see")
def data(ask: Ask) -> Response:
    """Templates, the way to upload, and what was loaded before."""
    rows = ask.serving.rows("load_history", _HISTORY, most=100)
    return ask.page("data.html", rows=rows, tables=_tables(ask), title_of=lambda name: _title(ask, name))


@SITE.get("/data/template", "data.see")
def template(ask: Ask, table: str = "") -> Response:
    """A workbook to fill in: of one table, or of all."""
    name = f"{_title(ask, table)}.xlsx" if table in ALL_TABLES else "kejin_template.xlsx"
    return ask.file(template_bytes([table] if table else None), name, XLSX)


@SITE.post("/data/uploads", "data.upload")
def upload(ask: Ask, file: UploadFile, table: Annotated[str, Form(max_length=60)] = "") -> Response:
    """Keeps a file and shows what is in it; nothing is loaded yet."""
    content = file.file.read(FILE_BYTES_MAX + 1)
    kept = Upload.keep(ask.serving.path, file.filename or "", content, ask.person.person_id, table or None)
    return ask.go(f"/data/uploads/{kept.upload_id}")


@SITE.get("/data/uploads/{upload_id}", "data.upload")
def uploaded(ask: Ask, upload_id: str) -> Response:
    """Preview and mapping before the load, findings by row after it."""
    kept = _upload(ask, upload_id)
    report = kept.report(ask.lang)
    job_id = kept.said.get("job")
    if report is None and job_id is not None:
        job = ask.serving.jobs.find(job_id)
        if job is not None and not job.over:
            return ask.go(f"/jobs/{job_id}")
    if report is not None:
        view: dict[str, Any] = {
            "upload": kept,
            "report": report,
            "findings": report["findings"][:_FINDINGS_SHOWN],
            "more": max(0, len(report["findings"]) - _FINDINGS_SHOWN),
            "has_rejected": kept.rejected(ask.lang) is not None,
            "job_id": job_id,
            "title_of": lambda name: _title(ask, name),
            "column_of": _column_title(ask),
            "severity_of": lambda name: _SEVERITIES[name].of(ask.lang),
        }
        return ask.page("upload_findings.html", **view)
    return ask.page("upload_preview.html", **_preview(ask, kept))


@SITE.post("/data/uploads/{upload_id}/mapping", "data.upload")
def choose_mapping(
    ask: Ask,
    upload_id: str,
    table: Annotated[str, Form(max_length=60)] = "",
    mapping: Annotated[str, Form(max_length=80)] = "",
    known_on: Annotated[str, Form(max_length=10)] = "",
    strict: Annotated[str, Form(max_length=10)] = "",
    feeds: Annotated[list[str] | None, Form()] = None,
    own: UploadFile | None = None,
) -> Response:
    """Says which table, which mapping or columns, and from which day the rows could be known."""
    kept = _upload(ask, upload_id)
    if table and table not in ALL_TABLES:
        raise InputError("facts.table_undeclared", table=table, tables=", ".join(ALL_TABLES))
    said: dict[str, Any] = {
        "known_on": parse_day(known_on).isoformat() if known_on else None,
        "strict": bool(strict),
        "table": table or kept.said.get("table"),
        "mapping": None,
        "columns": {},
    }
    if mapping == "own":
        if own is not None and own.filename:
            kept.keep_mapping(own.file.read(2**20 + 1))
        elif kept.said.get("mapping") != "own":
            raise InputError("app.field_wrong", field="own", said=ask.t("choose the mapping file"))
        said["mapping"] = "own"
    elif mapping in fitting_mappings():
        said["mapping"] = mapping
    elif mapping in ("", "columns") and table and feeds and (mapping or _by_hand(table, kept.columns()[0], feeds)):
        headers = kept.columns()[0]
        said |= {"mapping": "columns", "columns": chosen_columns(table, list(zip(headers, feeds, strict=False)))}
    elif mapping:
        raise InputError("facts.mapping_unknown", mapping=mapping, known=", ".join(fitting_mappings()))
    kept.say(**said)
    return ask.go(f"/data/uploads/{upload_id}")


@SITE.post("/data/uploads/{upload_id}/load", "data.upload")
def load(ask: Ask, upload_id: str) -> Response:
    """Puts the load into the queue."""
    kept = _upload(ask, upload_id)
    if kept.mapping is None and kept.table_guess() is None:
        raise InputError("app.upload_not_ready")
    job_id = ask.serving.jobs.start("load", ask.person, None, {"upload": upload_id})
    kept.say(job=job_id)
    return ask.go(f"/jobs/{job_id}", ask.t("The work is in the queue."))


@SITE.get("/data/uploads/{upload_id}/rejected", "data.upload")
def rejected(ask: Ask, upload_id: str) -> Response:
    """The rows that did not load with their reasons, to correct and upload again."""
    content = _upload(ask, upload_id).rejected(ask.lang)
    if content is None:
        raise InputError("app.upload_unknown")
    return ask.file(content, f"rejected_{upload_id}.xlsx", XLSX)


@SITE.get("/data/quality", "data.see")
def quality(ask: Ask) -> Response:
    """Rows, rejected rows and missing values by table: over time, and as they stand."""
    rows = ask.serving.rows("load_quality", _QUALITY)
    shares = ask.serving.kept(("missing_shares",), lambda reader: _missing_shares(reader.workspace))
    view = {"rows": rows, "shares": shares, "title_of": lambda name: _title(ask, name), "column_of": _column_title(ask)}
    return ask.page("data_quality.html", **view, chart=rejected_chart(rows, ask.lang))


# ── what the routes share ────────────────────────────────────────────────────────────────────────────────────────────


def _upload(ask: Ask, upload_id: str) -> Upload:
    """An upload of one's own; administrators see all."""
    kept = Upload.find(ask.serving.path, upload_id)
    if kept.said["person"] != ask.person.person_id and ask.person.role != "administrator":
        raise InputError("app.upload_unknown")
    return kept


def _preview(ask: Ask, kept: Upload) -> dict[str, Any]:
    headers: list[str] = []
    rows: list[list[str]] = []
    problem: InputError | None = None
    table = None
    try:
        headers, rows = kept.columns()
        table = kept.table_guess()
    except InputError as error:
        problem = error
    declared = ALL_TABLES.get(table or "")
    chosen = {foreign: name for name, foreign in (kept.said.get("columns") or {}).items()}
    by_name = {} if table is None else _by_name(table)
    options: list[tuple[str, str]] = []
    if declared is not None:
        zh = ask.lang == "zh"
        options = [
            (one.name, (one.zh if zh else one.name.replace("_", " ")) + (" *" if one.required else ""))
            for one in declared.columns
        ]
    columns = [(head, chosen.get(head) or by_name.get(plain_header(head), "")) for head in headers]
    required = (
        []
        if declared is None
        else [
            one.zh if ask.lang == "zh" else one.name.replace("_", " ")
            for one in declared.columns
            if one.required and one.name not in {name for _, name in columns} | {"source", "known_on"}
        ]
    )
    return {
        "upload": kept,
        "columns": columns,
        "rows": rows,
        "problem": problem,
        "table": table,
        "tables": _tables(ask),
        "options": options,
        "lacking": required,
        "mappings": fitting_mappings(),
        "title_of": lambda name: _title(ask, name),
    }


def _missing_shares(workspace: Any) -> list[tuple[str, int, list[tuple[str, float]]]]:
    """Table, rows, and the columns that are partly empty with the share of rows without a value, emptiest first."""
    found = []
    for table in ALL_TABLES.values():
        counts = ", ".join(f'count("{column.name}")' for column in table.columns)
        rows = workspace.store.connection.execute(f'SELECT count(*), {counts} FROM "{table.name}"').fetchall()[0]
        if rows[0]:
            shares = [(column.name, 1 - n / rows[0]) for column, n in zip(table.columns, rows[1:], strict=True)]
            found.append((table.name, rows[0], sorted((one for one in shares if one[1] > 0), key=lambda one: -one[1])))
    return found


def _tables(ask: Ask) -> list[tuple[str, str]]:
    return [(name, _title(ask, name)) for name in ALL_TABLES]


def _title(ask: Ask, name: str) -> str:
    declared = ALL_TABLES.get(name)
    return name.replace("_", " ") if declared is None or ask.lang != "zh" else declared.zh


def _column_title(ask: Ask) -> Any:
    def title(table: str | None, column: str | None) -> str:
        declared = ALL_TABLES.get(table or "")
        if column is None or declared is None or column not in declared.column_names or ask.lang != "zh":
            return (column or "–").replace("_", " ")
        return declared.column(column).zh

    return title


def _by_hand(table: str, headers: list[str], feeds: list[str]) -> bool:
    """Whether somebody chose other columns than those that their names would feed."""
    names = _by_name(table)
    return any(chosen != names.get(plain_header(head), "") for head, chosen in zip(headers, feeds, strict=False))


def _by_name(table: str) -> dict[str, str]:
    """Header as compared -> declared column."""
    columns = ALL_TABLES[table].columns
    return {plain_header(one.zh): one.name for one in columns} | {plain_header(one.name): one.name for one in columns}
