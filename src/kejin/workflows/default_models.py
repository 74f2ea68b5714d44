"""The register of default models of a workspace: one folder a version, with scorecard, challenger, validation and
record.

`models/default/<version>/`: scorecard.json (a rule-like file with its content hash), challenger.json (trees),
validation.json, record.json. Fitting, validating and retiring each write a journal entry; a validator is another
person than the owner.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from kejin.credit.calibration import Calibration
from kejin.credit.challenger import Challenger
from kejin.credit.default_rules import DefaultModelRules
from kejin.credit.registered_model import RegisteredModel
from kejin.credit.scorecard import Scorecard, content_hash_of, read_scorecard
from kejin.errors import InputError
from kejin.journal import Journal, Record
from kejin.workflows.workspace import Workspace

NAME = "default"
SCORECARD, CHALLENGER, VALIDATION, RECORD = "scorecard.json", "challenger.json", "validation.json", "record.json"
VALIDATE_ACT, RETIRE_ACT = "validate_default_model", "retire_default_model"


def register_folder(workspace: Workspace) -> Path:
    """Where the versions of the default model lie."""
    return workspace.path / "models" / NAME


def registered_models(workspace: Workspace) -> tuple[RegisteredModel, ...]:
    """Every version, oldest first. Raises credit.register_unreadable."""
    return tuple(
        sorted(
            (_record(path) for path in register_folder(workspace).glob(f"*/{RECORD}")),
            key=lambda one: (one.fitted_as_of, one.version),
        )
    )


def model_in_use(workspace: Workspace, as_of: date, version: str | None = None) -> RegisteredModel:
    """The version to use on a day: the newest that is usable, else the newest fitted by then, else the newest.

    What has to be said about it stands in its notices(as_of). Raises credit.model_missing.
    """
    known = registered_models(workspace)
    if version is not None:
        known = tuple(one for one in known if one.version == version)
    if not known:
        raise InputError("credit.model_missing", workspace=workspace.path, version=version or "-")
    for fits in (
        [one for one in known if one.usable(as_of)],
        [one for one in known if one.fitted_as_of <= as_of and not (one.retired_on and one.retired_on <= as_of)],
    ):
        if fits:
            return fits[-1]
    return known[-1]


def scorecard_of(workspace: Workspace, model: RegisteredModel) -> Scorecard:
    """The scorecard of a version. Raises credit.scorecard_changed where it is not the one that was registered."""
    path = register_folder(workspace) / model.version / SCORECARD
    scorecard = read_scorecard(path)
    if scorecard.content_hash != model.model_hash:
        raise InputError(
            "credit.scorecard_changed", path=path, claimed=model.model_hash[:12], found=scorecard.content_hash[:12]
        )
    return scorecard


def challenger_of(workspace: Workspace, model: RegisteredModel) -> Challenger:
    """The challenger of a version. Raises credit.register_unreadable, credit.scorecard_changed."""
    path = register_folder(workspace) / model.version / CHALLENGER
    content = _read(path)
    found = content_hash_of(content)
    if found != model.challenger_hash:
        raise InputError("credit.scorecard_changed", path=path, claimed=model.challenger_hash[:12], found=found[:12])
    return challenger_from(content)


def challenger_content(challenger: Challenger) -> dict[str, Any]:
    """The challenger as JSON."""
    return {
        "name": challenger.name,
        "version": challenger.version,
        "features": list(challenger.features),
        "categories": {name: list(codes) for name, codes in challenger.categories.items()},
        "monotone": dict(challenger.monotone),
        "calibration": challenger.calibration.as_dict(),
        "trees": challenger.trees,
    }


def challenger_from(content: dict[str, Any]) -> Challenger:
    """The challenger of its JSON."""
    return Challenger(
        content["name"],
        content["version"],
        tuple(content["features"]),
        {name: tuple(codes) for name, codes in content["categories"].items()},
        content["monotone"],
        content["trees"],
        Calibration.from_dict(content["calibration"]),
    )


def validation_of(workspace: Workspace, model: RegisteredModel) -> dict[str, Any]:
    """The figures of the validation report of a version."""
    return _read(register_folder(workspace) / model.version / VALIDATION)


def write_record(workspace: Workspace, model: RegisteredModel) -> None:
    """Written beside first, so that an interruption leaves the old record whole."""
    path = register_folder(workspace) / model.version / RECORD
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    beside.write_text(json.dumps(model.as_dict(), ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")
    beside.replace(path)


def validate_model(
    workspace: Workspace, version: str, on: date, validator: str, rules: DefaultModelRules
) -> RegisteredModel:
    """A person who is not the owner has read the validation report and stands for it.

    Raises credit.model_missing, credit.validator_is_owner, credit.model_retired.
    """
    model = model_in_use(workspace, on, version)
    if model.retired_on is not None and on >= model.retired_on:
        raise InputError("credit.model_retired", model=f"{NAME} {version}", as_of=on, retired_on=model.retired_on)
    changed = model.validated(on, validator, int(rules.validity_months.value))
    _note(workspace, VALIDATE_ACT, validator, "validator", changed, on)
    write_record(workspace, changed)
    return changed


def retire_model(workspace: Workspace, version: str, on: date, actor: str) -> RegisteredModel:
    """From this day on the version is not to be used. Raises credit.model_missing."""
    changed = model_in_use(workspace, on, version).retired(on)
    _note(workspace, RETIRE_ACT, actor, "owner", changed, on)
    write_record(workspace, changed)
    return changed


def _note(workspace: Workspace, act: str, actor: str, role: str, model: RegisteredModel, on: date) -> None:
    content = model.as_dict()
    with Journal.open(workspace.cases_path) as journal:
        journal.append(
            Record(
                act=act,
                actor=actor,
                role=role,
                inputs={"model": model.name, "version": model.version},
                result={"valid_until": content["valid_until"], "retired_on": content["retired_on"]},
                result_hash=content_hash_of(content),
                as_of=on,
                known_on=on,
            )
        )


def _record(path: Path) -> RegisteredModel:
    try:
        return RegisteredModel.from_dict(_read(path))
    except (TypeError, ValueError, KeyError) as error:
        raise InputError("credit.register_unreadable", path=path, said=str(error)[:80]) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError("credit.register_unreadable", path=path, said=type(error).__name__) from error
    return content
