"""The demonstration's last step: a person a role, the web application, and the long work while one looks around."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from kejin.app.serve_command import listen, run_server
from kejin.casework.permissions import ROLES
from kejin.city import LAST_DAY
from kejin.errors import InputError, Lang

if TYPE_CHECKING:
    from kejin.casework.people import Person

HOST, PORT, PORTS_TRIED = "127.0.0.1", 8080, 20
# In the order in which pages ask for them; the default model comes before the lists that use it.
WORK = ("value_patents", "trace_funds", "classify", "watch", "fit_default", "preapprove")
_TEXTS = {
    "en": {
        "people": "One person a role; every password is {password}:",
        "work": "Patent values, money trails, grades, warnings, a default model and offers are made while you look "
        "around (some minutes; see the page Jobs).",
        "open": "Kejin: {address}  (Ctrl+C to stop)",
    },
    "zh": {
        "people": "每个角色一个演示用户，密码均为 {password}：",
        "work": "专利估值、资金追踪、五级分类、预警、违约模型和预授信名单在后台陆续生成（约几分钟，见“任务”页）。",
        "open": "科金：{address}  （按 Ctrl+C 停止）",
    },
}


def serve_demo(workspace: Path, lang: Lang) -> None:
    """Serve the demonstration until it is stopped. Raises InputError app.port_taken where no port is free."""
    from kejin.app.web.demo_people import DEMO_PASSWORD, add_demo_people
    from kejin.app.web.server import create_app

    texts = _TEXTS[lang]
    people = add_demo_people(workspace, datetime.now(UTC).date())
    listening = _free_port()
    application = create_app(workspace, warm=True)
    _start_work(application.state.serving, people)
    typer.echo("\n" + texts["people"].format(password=DEMO_PASSWORD))
    for person in people:
        place = application.state.serving.place_of(person)
        typer.echo(f"  {person.person_id:<11}{ROLES[person.role].of(lang)}{f' · {place}' if place else ''}")
    typer.echo("\n" + texts["work"])
    typer.echo(texts["open"].format(address=f"http://{HOST}:{listening.getsockname()[1]}"))
    run_server(application, listening)


def _start_work(serving: Any, people: list[Person]) -> None:
    """Puts the work into the queue that no earlier demonstration has done."""
    asking = next(person for person in people if person.role == "administrator")
    there = {job.kind for job in serving.jobs.newest() if job.state in ("waiting", "running", "done")}
    for kind in WORK:
        if kind not in there:
            serving.jobs.start(kind, asking, LAST_DAY)


def _free_port() -> socket.socket:
    """The first free port from PORT on: a demonstration should not stop because something else is served there."""
    for port in range(PORT, PORT + PORTS_TRIED):
        try:
            return listen(HOST, port)
        except InputError as error:
            taken = error
    raise taken
