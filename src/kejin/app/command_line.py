"""The command `kejin`: one sub-command an act. Results go to stdout, everything else to stderr."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from kejin import __version__
from kejin.errors import KejinError

app = typer.Typer(
    name="kejin",
    help="Kejin (科金): evaluate technology companies from facts and dated rules, so that anyone can replay it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


# Queries are built of millions of small objects that stay; looking for garbage among them so often as Python does by
# itself takes a fifth of an evaluation's time, and frees nothing.
GARBAGE_THRESHOLDS = (200_000, 50, 100)


# Each sub-command is imported when it is asked for: engines and databases take a second or two to import, and
# `kejin rules show` needs none of them.
def _add_demo() -> None:
    from kejin.app import demo_command

    app.command("demo")(demo_command.demo)


def _add_city() -> None:
    from kejin.app import city_command

    app.command("city")(city_command.city)


def _add_load() -> None:
    from kejin.app import load_command

    app.command("load")(load_command.load)


def _add_evaluate() -> None:
    from kejin.app import evaluate_command

    app.command("evaluate")(evaluate_command.evaluate)


def _add_fit_renewal() -> None:
    from kejin.app import fit_renewal_command

    app.command("fit-renewal")(fit_renewal_command.fit_renewal)


def _add_value_patents() -> None:
    from kejin.app import value_patents_command

    app.command("value-patents")(value_patents_command.value_patents)


def _add_pledge() -> None:
    from kejin.app import pledge_command

    app.add_typer(pledge_command.app, name="pledge")


def _add_assess_loan() -> None:
    from kejin.app import assess_loan_command

    app.command("assess-loan")(assess_loan_command.assess_loan)


def _add_preapprove() -> None:
    from kejin.app import assess_loan_command

    app.command("preapprove")(assess_loan_command.preapprove)


def _add_fit_default() -> None:
    from kejin.app import fit_default_command

    app.command("fit-default")(fit_default_command.fit_default)


def _add_score_default() -> None:
    from kejin.app import score_default_command

    app.command("score-default")(score_default_command.score_default)


def _add_models() -> None:
    from kejin.app import fit_default_command

    app.add_typer(fit_default_command.app, name="models")


def _add_serve() -> None:
    from kejin.app import serve_command

    app.command("serve")(serve_command.serve)


def _add_backup() -> None:
    from kejin.app import backup_command

    app.command("backup")(backup_command.backup)


def _add_restore() -> None:
    from kejin.app import backup_command

    app.command("restore")(backup_command.restore)


def _add_classify() -> None:
    from kejin.app import classify_command

    app.command("classify")(classify_command.classify)


def _add_watch() -> None:
    from kejin.app import watch_command

    app.command("watch")(watch_command.watch)


def _add_trace_funds() -> None:
    from kejin.app import trace_command

    app.command("trace-funds")(trace_command.trace_funds)


def _add_rules() -> None:
    from kejin.app import rules_command

    app.add_typer(rules_command.app, name="rules")


def _add_journal() -> None:
    from kejin.app import journal_command

    app.add_typer(journal_command.app, name="journal")


_ADDING: dict[str, Callable[[], None]] = {
    "demo": _add_demo,
    "city": _add_city,
    "load": _add_load,
    "evaluate": _add_evaluate,
    "value-patents": _add_value_patents,
    "fit-renewal": _add_fit_renewal,
    "pledge": _add_pledge,
    "assess-loan": _add_assess_loan,
    "preapprove": _add_preapprove,
    "fit-default": _add_fit_default,
    "score-default": _add_score_default,
    "models": _add_models,
    "classify": _add_classify,
    "serve": _add_serve,
    "backup": _add_backup,
    "restore": _add_restore,
    "watch": _add_watch,
    "trace-funds": _add_trace_funds,
    "rules": _add_rules,
    "journal": _add_journal,
}
_added: set[str] = set()


def whole_app() -> typer.Typer:
    """The command with every sub-command."""
    for name, add in _ADDING.items():
        if name not in _added:
            _added.add(name)
            add()
    return app


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
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    try:
        _app_for(sys.argv[1:])()
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


def _app_for(words: list[str]) -> typer.Typer:
    """The command with the sub-command that the words name; with all of them when they name none."""
    first = next((word for word in words if not word.startswith("-")), None)
    if first is None and "--version" in words:
        return app
    if first not in _ADDING or first in _added:
        return whole_app()
    _added.add(first)
    _ADDING[first]()
    # With a single command Typer would take its name for an argument; a group keeps `kejin NAME`.
    return app


def _language() -> str:
    """The language asked for on the command line, for errors that end the command early."""
    words = sys.argv
    for place, word in enumerate(words):
        if word == "--lang" and place + 1 < len(words):
            return "zh" if words[place + 1] == "zh" else "en"
        if word.startswith("--lang="):
            return "zh" if word.endswith("zh") else "en"
    return "zh" if os.environ.get("LANG", "").startswith("zh") else "en"
