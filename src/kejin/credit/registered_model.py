"""May this model be used today? The record that a model has in the register, and what must be said about its use.

Credit approval is a high-risk use of a model: a person decides, the model is validated, re-validated in time and
retired in the end. A use without a valid validation is not stopped here; it says so, every time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

from kejin.dates import add_months
from kejin.errors import InputError, KejinError


@dataclass(frozen=True, slots=True)
class RegisteredModel:
    """One version of a model in the register.

    fitted_as_of     facts up to this day went into it.
    data_hash        SHA-256 of the rows it was fitted on; model_hash of the scorecard; challenger_hash of the trees.
    owner            who answers for it; validator is another person.
    validated_on     day of the validation; None while there is none.
    valid_until      last day on which the validation holds.
    retired_on       from this day on it is not to be used.
    unverified       names of rules it was fitted under that nobody checked against an official text.
    """

    name: str
    version: str
    purpose: str
    risk_grade: str
    owner: str
    fitted_as_of: date
    data_hash: str
    model_hash: str
    challenger_hash: str
    rule_edition: str
    validated_on: date | None = None
    validator: str | None = None
    valid_until: date | None = None
    retired_on: date | None = None
    unverified: tuple[str, ...] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)

    def notices(self, as_of: date) -> tuple[KejinError, ...]:
        """What every output that uses the model on a day must say; the first is the gravest."""
        found: list[KejinError] = []
        details = {"model": f"{self.name} {self.version}", "as_of": as_of}
        if self.retired_on is not None and as_of >= self.retired_on:
            found.append(InputError("credit.model_retired", **details, retired_on=self.retired_on))
        if self.fitted_as_of > as_of:
            found.append(InputError("credit.model_later_than_day", **details, fitted_as_of=self.fitted_as_of))
        if self.validated_on is None or self.valid_until is None or as_of < self.validated_on:
            found.append(InputError("credit.model_not_validated", **details))
        elif as_of > self.valid_until:
            found.append(InputError("credit.model_validation_ended", **details, valid_until=self.valid_until))
        if self.risk_grade == "high":
            found.append(InputError("credit.model_person_decides", **details))
        return tuple(found)

    def usable(self, as_of: date) -> bool:
        """Fitted before the day, validated, the validation still holding, not retired."""
        return (
            self.fitted_as_of <= as_of
            and self.validated_on is not None
            and self.valid_until is not None
            and self.validated_on <= as_of <= self.valid_until
            and (self.retired_on is None or as_of < self.retired_on)
        )

    def validated(self, on: date, validator: str, months: int) -> RegisteredModel:
        """The record after a validation. Raises credit.validator_is_owner."""
        if validator == self.owner:
            raise InputError("credit.validator_is_owner", person=validator)
        return replace(self, validated_on=on, validator=validator, valid_until=add_months(on, months))

    def retired(self, on: date) -> RegisteredModel:
        """The record after retirement."""
        return replace(self, retired_on=on)

    def as_dict(self) -> dict[str, Any]:
        """For JSON: days as text."""
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(self).items()}

    @staticmethod
    def from_dict(content: Mapping[str, Any]) -> RegisteredModel:
        """Raises TypeError, ValueError for a record that is not one."""
        days = ("fitted_as_of", "validated_on", "valid_until", "retired_on")
        read = {name: date.fromisoformat(content[name]) if content[name] else None for name in days}
        return RegisteredModel(**{**content, **read, "unverified": tuple(content["unverified"])})
