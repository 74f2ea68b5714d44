"""`kejin serve`: the web application over a workspace."""

from __future__ import annotations

import logging
import socket
import sys
from pathlib import Path
from typing import Annotated

import typer

from kejin.errors import InputError


def serve(
    workspace: Annotated[Path, typer.Argument(help="Workspace directory.")],
    host: Annotated[str, typer.Option("--host", help="Address to listen on; 127.0.0.1 is this computer only.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port to listen on.")] = 8080,
    secure: Annotated[
        bool, typer.Option("--secure/--plain", help="Behind HTTPS: cookies are then sent over HTTPS only.")
    ] = False,
) -> None:
    """Serve the web application until it is stopped; the first start makes an administrator."""
    from kejin.app.web.logs import log_as_json
    from kejin.app.web.server import create_app

    # For machines every answer is a line; a person at a terminal sees what went wrong only.
    log_as_json(logging.WARNING if sys.stderr.isatty() else logging.INFO)
    listening = listen(host, port)
    application = create_app(workspace, secure=secure, warm=True)
    if password := application.state.serving.people.first_administrator():
        typer.echo(f"The first administrator: log in as admin with the one-time password {password}", err=True)
    typer.echo(f"Kejin 科金: http://{host}:{port}  (Ctrl+C to stop)", err=True)
    run_server(application, listening)


def run_server(application: object, listening: socket.socket) -> None:
    """Serves until a signal asks for an end; requests being answered are finished first."""
    import uvicorn

    config = uvicorn.Config(
        application,  # type: ignore[arg-type]
        log_level="warning",
        log_config=None,
        access_log=False,  # addresses and names of people do not belong in a log
        timeout_graceful_shutdown=20,
        server_header=False,
    )
    uvicorn.Server(config).run(sockets=[listening])


def listen(host: str, port: int) -> socket.socket:
    """The port, taken before anything else is made ready. Raises InputError app.port_taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise InputError("app.port_taken", host=host, port=port, said=error.strerror or str(error)) from error
    return listening
