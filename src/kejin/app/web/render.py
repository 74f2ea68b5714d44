"""Putting a page together: its template, the frame around it, and what every page shows."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from kejin import __version__
from kejin.app.web.act_words import act_word, area_word, role_word
from kejin.app.web.assets import asset_path
from kejin.app.web.translate import translator
from kejin.casework.permissions import ROLES
from kejin.units import money_text, percent_text, value_text

if TYPE_CHECKING:
    from kejin.app.web.site import Ask

SAID_COOKIE = "kejin_said"  # a sentence after a form, shown once; not in the address, where anybody could put words
TEMPLATES = Path(__file__).parent / "templates"
_SHENZHEN = ZoneInfo("Asia/Shanghai")
# Address, text and action of what the menu offers, in its order; those whose role may not do it do not see it.
MENU = (
    ("/", "Home", "home.see"),
    ("/self", "My company", "self.see"),
    ("/companies", "Companies", "company.search"),
    ("/lists", "Lists", "list.see"),
    ("/cases", "Loan cases", "case.see"),
    ("/patents", "Patents", "patents.see"),
    ("/pledges", "Pledges", "pledge.see"),
    ("/trails", "Money trails", "trail.see"),
    ("/warnings", "Warnings", "warning.see"),
    ("/objections", "Objections", "objection.see"),
    ("/city", "City", "city.see"),
    ("/rules", "Rules", "rule.see"),
    ("/models", "Models", "model.see"),
    ("/data", "Data", "data.see"),
    ("/jobs", "Jobs", "work.start"),
    ("/audit", "Audit", "audit.see"),
    ("/people", "People", "people.manage"),
    ("/tokens", "Programs", "api.tokens"),
)


@cache
def environment() -> Environment:
    """The templates; everything put into them is escaped."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"asset": asset_path, "version": __version__, "data_block": data_block}
    return made


def page(ask: Ask, template: str, status: int, view: dict[str, Any]) -> HTMLResponse:
    """A page for somebody who is logged in; a sentence left by the form before is shown once."""
    person = ask.person
    path = ask.request.url.path
    frame = {
        "person": person,
        "role": ROLES[person.role].of(ask.lang),
        "place": ask.serving.place_of(person),
        "csrf": ask.session.csrf if ask.session else "",
        "as_of": ask.as_of,
        "days": ask.serving.days(),
        "menu": [(to, ask.t(text), _is_here(path, to)) for to, text, action in MENU if ask.may(action)],
        "may": ask.may,
        "said": unquote(said) if (said := ask.request.cookies.get(SAID_COOKIE)) else None,
        "path": path,
        "watermark": f"{person.name} {person.person_id} {local_time(datetime.now(_SHENZHEN), 'minutes')}",
    }
    answer = HTMLResponse(render(template, ask.lang, frame | view), status_code=status)
    if said is not None and not ask.wants_part:
        answer.delete_cookie(SAID_COOKIE)
    return answer


def render(template: str, lang: str, view: dict[str, Any]) -> str:
    """The text of a page or part."""
    shown = {
        "_": translator(lang),
        "lang": lang,
        "money": lambda value: _missing(value, lang) or money_text(value, lang),
        "percent": lambda value, decimals=1: _missing(value, lang) or percent_text(value, decimals, lang),
        "shown": lambda value, unit="text": value_text(value, unit, lang),
        "day": lambda value: _missing(value, lang) or str(value),
        "act_word": lambda act: act_word(act, lang),
        "role_word": lambda role: role_word(role, lang),
        "area_word": lambda page: area_word(page, lang),
        "time": lambda value: _missing(value, lang) or local_time(value, "minutes"),
    }
    return environment().get_template(template).render(**shown | view)


def _missing(value: object, lang: str) -> str | None:
    """The word for a missing value; never an empty cell, never 0."""
    return value_text(None, "text", lang) if value is None else None


def _is_here(path: str, to: str) -> bool:
    return path == to or (to != "/" and path.startswith(to + "/"))


def local_time(moment: datetime, timespec: str = "seconds") -> str:
    """A moment as people in Shenzhen read it; a stored one without a zone is UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(_SHENZHEN).replace(tzinfo=None).isoformat(sep=" ", timespec=timespec)


def data_block(name: str, value: Any) -> Markup:
    """Data for a script of ours: a block that browsers never run, whatever it holds."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=_plain)
    safe = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return Markup('<script type="application/json" id="{}">{}</script>').format(name, Markup(safe))  # noqa: S704


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return float(value)
