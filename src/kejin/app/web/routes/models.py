"""Models: the register, what their validation found, drift of inputs, precision of warnings, retirement."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import Form
from fastapi.responses import Response

from kejin.app.monitoring_labels import INDICATOR_NAMES
from kejin.app.web.matter_view import answer_matter, in_scope, matter_view, matters_of, propose_about
from kejin.app.web.site import Ask, Site
from kejin.casework.store import now
from kejin.credit.registered_model import RegisteredModel
from kejin.errors import InputError
from kejin.workflows.default_models import registered_models, retire_model, validation_of
from kejin.workflows.watch_companies import ACT as WATCH

SITE = Site()
ROWS_MAX = 400


def _register(ask: Ask) -> tuple[RegisteredModel, ...]:
    with ask.serving.pool.reader() as reader:
        return registered_models(reader.workspace)


def _find(ask: Ask, version: str) -> RegisteredModel:
    found = next((one for one in _register(ask) if one.version == version), None)
    if found is None:
        ask.no_object(version)
    return found


def warning_record(ask: Ask) -> dict[str, Any]:
    """How often closed warnings were right, as two people judged them; those still watched count for neither."""
    counts = {"act": 0, "watch": 0, "false_alarm": 0}
    head = None if ask.person.head_office is None else ask.person.head_office
    for row in matters_of(ask).rows("warning", head_office=head, states=("closed",), newest=10_000):
        matter = matters_of(ask).find(row["matter_id"])
        if matter is not None and matter.proposal.get("outcome") in counts:
            counts[str(matter.proposal["outcome"])] += 1
    judged = counts["act"] + counts["false_alarm"]
    return counts | {"precision": counts["act"] / judged if judged else None, "judged": judged}


@SITE.get("/models", "model.see")
def models(ask: Ask) -> Response:
    """The register, the drift of the last watch, and the precision of warnings so far."""
    entry = next(iter(ask.serving.store.journal.find(act=WATCH, newest=1)), None)
    drift = dict(entry.result.get("drift", {})) if entry is not None else {}
    rows = sorted(((name, float(value)) for name, value in drift.items()), key=lambda one: -_size(one[1]))
    return ask.page(
        "models.html",
        models=[(one, one.usable(ask.as_of)) for one in reversed(_register(ask))],
        drift=[
            (INDICATOR_NAMES[name].of(ask.lang) if name in INDICATOR_NAMES else name, value) for name, value in rows
        ],
        watch=entry,
        record=warning_record(ask),
    )


def _size(value: float) -> float:
    return value if value == value else -1.0  # noqa: PLR0124 — NaN is not known, and comes last


@SITE.get("/models/{version}", "model.see")
def model(ask: Ask, version: str) -> Response:
    """One version: its record, what must be said about its use, every figure of its validation, its retirement."""
    found = _find(ask, version)
    with ask.serving.pool.reader() as reader:
        figures = _flat(validation_of(reader.workspace, found))
    place = _place(ask)
    matter = matters_of(ask).of_subject("model", version, place)
    confirmed = matter is not None and matter.state == "closed"
    return ask.page(
        "model.html",
        model=found,
        notices=[one.part("what", ask.lang) for one in found.notices(ask.as_of)],
        figures=figures[:ROWS_MAX],
        more=len(figures) - ROWS_MAX,
        view=matter_view(ask, matter, "model.retire", "model.confirm", {}),
        unfinished=confirmed and found.retired_on is None and ask.may("model.confirm"),
    )


def _place(ask: Ask) -> str | None:
    """Retirements belong to an institution; offices that see everything look at the newest of any."""
    return ask.person.head_office


def _flat(value: Any, name: str = "") -> list[tuple[str, str]]:
    """Nested figures as lines; long rows of numbers are cut."""
    if isinstance(value, dict):
        return [line for key in sorted(value) for line in _flat(value[key], f"{name}.{key}" if name else key)]
    if isinstance(value, list) and len(value) > 12:
        return [(name, f"… {len(value)}")]
    return [(name, f"{value:.6g}" if isinstance(value, float) else str(value))]


@SITE.post("/models/{version}/propose", "model.retire")
def propose_retirement(
    ask: Ask,
    version: str,
    comment: Annotated[str, Form(max_length=8000)],
    seen: Annotated[int, Form(alias="version")] = 0,
) -> Response:
    """The risk manager proposes that a version is used no more."""
    found = _find(ask, version)
    if found.retired_on is not None:
        raise InputError("casework.matter_state_wrong", subject=version, state="retired")
    propose_about(
        ask,
        "model",
        version,
        institution_id=_place(ask),
        company_id=None,
        about={"model_hash": found.model_hash, "fitted_as_of": found.fitted_as_of},
        comment=comment,
        proposal={"act": "retire"},
        seen_version=seen,
    )
    return ask.go(f"/models/{version}", ask.t("The proposal waits for a checker."))


@SITE.post("/models/matters/{matter_id}/answer", "model.confirm")
def answer_retirement(
    ask: Ask,
    matter_id: str,
    answer: Annotated[str, Form(max_length=20)],
    comment: Annotated[str, Form(max_length=8000)],
    version: Annotated[int, Form()],
) -> Response:
    """Another person retires the version, or sends the proposal back."""
    matter = answer_matter(ask, in_scope(ask, matter_id, "model"), version, answer, comment)
    if matter.state == "closed":
        _retire(ask, matter.subject, now().date())
    return ask.go(f"/models/{matter.subject}", ask.t("Your answer is recorded."))


@SITE.post("/models/matters/{matter_id}/finish", "model.confirm")
def finish_retirement(ask: Ask, matter_id: str) -> Response:
    """Retires a version whose retirement was confirmed and then not carried out, for instance by a stop in between."""
    matter = in_scope(ask, matter_id, "model")
    if matter.state != "closed":
        raise InputError("casework.matter_state_wrong", subject=matter.subject, state=matter.state)
    if _find(ask, matter.subject).retired_on is None:
        _retire(ask, matter.subject, now().date())
    return ask.go(f"/models/{matter.subject}", ask.t("The version is retired."))


def _retire(ask: Ask, version: str, on: date) -> None:
    with ask.serving.pool.reader() as reader:
        retire_model(reader.workspace, version, on, ask.person.person_id)
    ask.serving.pool.renew()
