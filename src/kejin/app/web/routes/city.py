"""The city on a map: companies, stages, clusters and flows of credit."""

from __future__ import annotations

from pathlib import Path

from fastapi.responses import Response

from kejin.app.page_words import words_of
from kejin.app.web.city_view import SMALLEST_SHOWN, city_view, count_option, flow_option, map_option
from kejin.app.web.company_view import evaluated_days, is_evaluated
from kejin.app.web.site import Ask, Site

SITE = Site()


@SITE.get("/city", "city.see")
def city(ask: Ask) -> Response:
    """Numbers by district; groups of one or two companies are shown to the supervisor only."""
    folder: Path | None = None
    if is_evaluated(ask, ask.as_of):
        folder = ask.serving.kept(("evaluation_folder", ask.as_of), lambda reader: reader.evaluator(ask.as_of).folder)
    view = city_view(ask, folder)
    t = words_of(ask.lang)
    return ask.page(
        "city.html",
        t=t,
        least=SMALLEST_SHOWN,
        evaluated=[] if folder is not None else evaluated_days(ask),
        there=folder is not None,
        map_chart={"option": map_option(view["districts"], t["companies"]), "map": view["map"]},
        flow=flow_option(view["flows"]),
        stage_chart=count_option(view["stages"], t["by_stage"]),
        cluster_chart=count_option(view["clusters"], t["by_cluster"]),
        **{name: view[name] for name in ("districts", "stages", "clusters", "credit", "flows", "hides")},
    )
