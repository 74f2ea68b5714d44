"""Putting a page together: template, style and scripts, inside the file or beside it; nothing is fetched."""

from __future__ import annotations

import base64
import hashlib
import shutil
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from kejin.errors import InputError

HERE = Path(__file__).parent
TEMPLATES = HERE / "templates"
CHARTS = HERE / "assets" / "echarts.min.js"
LICENCES = ("echarts.LICENSE.txt", "echarts.NOTICE.txt", "zrender.LICENSE.txt")
ASSETS = "assets"  # the folder beside the pages that share their files


@cache
def template_of(name: str) -> Template:
    """A template, compiled once; everything put into it is escaped."""
    loader = FileSystemLoader(TEMPLATES, encoding="utf-8")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template(name)


@cache
def _text(path: Path) -> str:
    return path.read_text("utf-8")


def chart_library(path: Path | None = None) -> Path | None:
    """The chart library; None where set-up could not get it. Then pages show their tables only."""
    found = CHARTS if path is None else path
    return found if found.is_file() else None


@dataclass(frozen=True, slots=True)
class Shared:
    """Data that several pages share as a script which sets `window.kejinLineage`: file name and JSON text."""

    name: str
    text: str

    @property
    def script(self) -> str:
        return f"window.kejinLineage={self.text};"


def write_page(
    template: str, script: str, view: dict[str, Any], path: Path, single_file: bool, shared: Shared | None = None
) -> None:
    """Write a page. A single file holds everything; otherwise style, scripts and charts lie in assets/ beside it.

    The page appears whole or not at all: it is written beside its place and then renamed.
    Raises InputError app.file_not_written.
    """
    charts = chart_library()
    beside = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if single_file:
            parts = _inside(script, charts, shared)
        else:
            parts = _beside(script, charts, shared, path.parent / ASSETS)
        beside.write_text(template_of(template).render(**view, **parts, has_charts=charts is not None), "utf-8")
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise InputError("app.file_not_written", path=path, said=error.strerror or str(error)) from error


@lru_cache(maxsize=16)
def _inside(script: str, charts: Path | None, shared: Shared | None) -> dict[str, Markup]:
    """Everything in the page; the browser is told to run these scripts only, and to fetch nothing."""
    scripts = [_text(charts)] if charts else []
    scripts += [shared.script] if shared else []
    scripts.append(_text(TEMPLATES / script))
    hashes = " ".join(f"'sha256-{_sha256(text)}'" for text in scripts)
    rules = f"default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; script-src {hashes}"
    return {
        "policy": Markup('<meta http-equiv="Content-Security-Policy" content="{}">').format(rules),
        # Our own files and the chart library, not text of anybody else; in the lineage every < is escaped.
        "style": Markup("<style>" + _text(TEMPLATES / "page.css") + "</style>"),  # noqa: S704
        "scripts": Markup("".join(f"<script>{text}</script>" for text in scripts)),  # noqa: S704
    }


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


@lru_cache(maxsize=16)
def _beside(script: str, charts: Path | None, shared: Shared | None, folder: Path) -> dict[str, Markup]:
    """Shared files beside the pages, copied once a run."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [TEMPLATES / "page.css", TEMPLATES / script]
    if charts is not None:
        files += [charts, *(path for name in LICENCES if (path := charts.parent / name).is_file())]
    for file in files:
        shutil.copyfile(file, folder / file.name)
    if shared is not None:
        (folder / shared.name).write_text(shared.script, "utf-8")
    names = [*([charts.name] if charts else []), *([shared.name] if shared else []), script]
    return {
        "policy": Markup(),
        "style": Markup('<link rel="stylesheet" href="{}/page.css">').format(ASSETS),
        "scripts": Markup().join(Markup('<script src="{}/{}"></script>').format(ASSETS, name) for name in names),
    }
