"""What are districts and clusters called? The facts' own words and those of the rules of the day."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from kejin.facts.tables import ALL_TABLES
from kejin.schemes.scheme import Label

if TYPE_CHECKING:
    from kejin.app.web.site import Ask


@cache
def district_labels() -> Mapping[str, Label]:
    """District code -> its name, as the table of companies declares it."""
    choices = ALL_TABLES["company"].column("district").choices or ()
    return {one.code: Label(one.zh, one.en) for one in choices}


def district_name(code: str | None, lang: str) -> str | None:
    """The name of a district; the code itself where it is not declared, None where it is missing."""
    found = district_labels().get(code or "")
    return code if found is None else found.of(lang)


def cluster_labels(ask: Ask) -> Mapping[str, Label]:
    """Cluster code -> its name in the rules of the page's day."""
    return ask.serving.kept(
        ("cluster_labels", ask.as_of), lambda reader: dict(reader.evaluator(ask.as_of).rules.clusters)
    )
