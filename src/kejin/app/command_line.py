"""The command `kejin`: one sub-command an act. Results go to stdout, everything else to stderr."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from kejin import __version__
from kejin.app import (
    city_command,
    demo_command,
    evaluate_command,
    journal_command,
    load_command,
    rules_command,
)
from kejin.errors import KejinError

app = typer.Typer(
    name="kejin",
    help="Kejin (科金): evaluate technology companies from facts and dated rules, so that anyone can replay it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("demo")(demo_command.demo)
app.command("city")(city_command.city)
app.command("load")(load_command.load)
app.command("evaluate")(evaluate_command.evaluate)
app.add_typer(rules_command.app, name="rules")
app.add_typer(journal_command.app, name="journal")


@app.callback(invoke_without_command=True)
def entry(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """Shown by --help; the sub-commands do the work."""
    if version:
        typer.echo(f"kejin {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main() -> None:
    """Run the command; an error of ours is a sentence and an exit status, never a stack trace."""
    try:
        app()
    except KejinError as error:
        sys.stderr.write(error.text(_language()) + "\n")
        raise SystemExit(error.exit_status) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except Exception as error:
        if os.environ.get("KEJIN_TRACE"):
            raise
        unexpected = KejinError("app.unexpected", kind=type(error).__name__, said=str(error)[:300])
        sys.stderr.write(unexpected.text(_language()) + "\n")
        raise SystemExit(1) from None


def _language() -> str:
    """The language asked for on the command line, for errors that end the command early."""
    words = sys.argv
    for place, word in enumerate(words):
        if word == "--lang" and place + 1 < len(words):
            return "zh" if words[place + 1] == "zh" else "en"
        if word.startswith("--lang="):
            return "zh" if word.endswith("zh") else "en"
    return "zh" if os.environ.get("LANG", "").startswith("zh") else "en"
