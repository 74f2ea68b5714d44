"""One company's page: titles with reasons, standing, years, gaps and sources; opens offline, prints on A4."""

from __future__ import annotations

from pathlib import Path

from kejin.app.lineage import lineage_json, lineage_name
from kejin.app.page_files import Shared, write_page
from kejin.app.report_view import report_view
from kejin.evaluation.profile import Profile


def write_report(profile: Profile, path: Path, lang: str, single_file: bool = True) -> None:
    """Write the page of one company.

    single_file  true: the page holds everything. False: pages of one folder share `assets/` beside them.
    Where the chart library is missing the page says so and shows its tables.
    """
    lineage = lineage_json(profile, lang)
    shared = Shared(lineage_name(lineage, lang), lineage)
    write_page("report.html", "report.js", report_view(profile, lang), Path(path), single_file, shared)
