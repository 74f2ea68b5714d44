"""Errors are sentences with a place: what is wrong, where, why it matters, what to do.

A code is `folder.noun_problem` and is never reused. The sentences of a code, English and Chinese, stand in
`error_texts/<folder>.yaml`; the places and numbers of one occurrence are passed as named details.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Literal

Lang = Literal["en", "zh"]
PARTS = ("what", "where", "why", "do")
_LABELS = {
    "en": {"where": "where", "why": "why  ", "do": "do   "},
    "zh": {"where": "位置", "why": "原因", "do": "办法"},
}


@cache
def texts_of(folder: str) -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """The sentences of every code of one folder: code -> language -> part -> template."""
    from ruamel.yaml import YAML

    path = resources.files("kejin") / "error_texts" / f"{folder}.yaml"
    loaded = YAML(typ="safe").load(path.read_text("utf-8"))
    return dict(loaded or {})


def sentence(code: str, part: str, lang: str, details: Mapping[str, object]) -> str:
    """One part of a code's text with the details filled in; empty when the code has no such part."""
    folder, _, _ = code.partition(".")
    template = texts_of(folder)[code][lang].get(part, "")
    return template.format_map(_Shown(details))


class _Shown(dict[str, object]):
    """Details for a template; one that was not given shows as its name, so that a sentence never fails."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


class KejinError(Exception):
    """Any problem that a user can do something about. `details` fill the sentences of the code."""

    exit_status = 1

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(code)
        self.code = code
        self.details = details

    def part(self, part: str, lang: str = "en") -> str:
        return sentence(self.code, part, lang, self.details)

    def text(self, lang: str = "en") -> str:
        """The whole error as printed: the sentence, then where, why and what to do on lines of their own."""
        lines = [f"error[{self.code}]: {self.part('what', lang)}"]
        bodies = {part: self.part(part, lang) for part in ("where", "why", "do")}
        lines += [f"  {_LABELS[lang][part]}  {body}" for part, body in bodies.items() if body]
        return "\n".join(lines)

    def as_json(self, lang: str = "en") -> dict[str, str]:
        """The one shape of an error for programs: code and the four parts."""
        return {"code": self.code} | {part: self.part(part, lang) for part in PARTS}

    def __str__(self) -> str:
        return self.text("en")


class InputError(KejinError):
    """The user's data or request cannot be used as it is."""


class UseError(KejinError):
    """The command was called in a wrong way."""

    exit_status = 2
