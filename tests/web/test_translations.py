"""Every text of the pages is there in Chinese, with the same values, and nothing is translated that no page shows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from jinja2 import nodes

from kejin.app.web.render import MENU, TEMPLATES, environment
from kejin.app.web.translate import LOCALE
from kejin.casework import permissions

WEB = TEMPLATES.parent
CASEWORK = Path(permissions.__file__).parent
_CALLS = {"t", "_"}
_FIELD = re.compile(r"\{(\w*)[^}]*\}")


def texts_of_templates(folder: Path) -> Iterator[tuple[str, str]]:
    """(file, text) of every `_("...")` in the templates."""
    for path in sorted(folder.glob("**/*.html")):
        tree = environment().parse(path.read_text("utf-8"))
        for call in tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "_" and isinstance(call.args[0], nodes.Const):
                yield path.name, str(call.args[0].value)


def texts_of_code(folder: Path) -> Iterator[tuple[str, str]]:
    """(file, text) of every `ask.t("...")`, `_("...")` and menu line in the code."""
    for path in sorted(folder.glob("**/*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", None))
            first = node.args[0]
            if name in _CALLS and isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield path.name, first.value
    yield from (("render.py", text) for _, text, _ in MENU)


def all_texts() -> list[tuple[str, str]]:
    return [*texts_of_templates(TEMPLATES), *texts_of_code(WEB)]


def translations(folder: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for path in sorted(folder.glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file):
                if message.id:
                    found.setdefault(str(message.id), set()).add(str(message.string))
    return found


def missing(texts: list[tuple[str, str]], known: dict[str, set[str]]) -> list[str]:
    return sorted({f"{file}: {text}" for file, text in texts if not any(known.get(text, ()))})


def test_every_text_has_a_chinese_one() -> None:
    assert missing(all_texts(), translations(LOCALE / "zh")) == []


def test_a_text_without_a_chinese_one_is_found(tmp_path: Path) -> None:
    (tmp_path / "planted.html").write_text('{{ _("A planted text") }}', "utf-8")
    (tmp_path / "planted.py").write_text('ask.t("Another {n} planted", n=1)', "utf-8")
    texts = [*texts_of_templates(tmp_path), *texts_of_code(tmp_path)]
    found = missing(texts, translations(LOCALE / "zh"))
    assert "planted.html: A planted text" in found
    assert "planted.py: Another {n} planted" in found


@pytest.mark.parametrize("text", sorted(translations(LOCALE / "zh")))
def test_a_translation_keeps_its_values_and_is_one(text: str) -> None:
    said = translations(LOCALE / "zh")[text]
    assert len(said) == 1, f"{text} is translated in several ways: {said}"
    assert all(sorted(_FIELD.findall(one)) == sorted(_FIELD.findall(text)) for one in said)


def test_nothing_is_translated_that_no_page_shows() -> None:
    # Names of states and kinds stand in tables of code and reach the page by a variable.
    written = {
        node.value
        for folder in (WEB, CASEWORK)
        for path in folder.glob("**/*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    templates = "".join(path.read_text("utf-8") for path in TEMPLATES.glob("*.html"))
    used = {text for _, text in all_texts()} | written
    used |= {text for text in translations(LOCALE / "zh") if f'"{text}"' in templates}
    assert sorted(set(translations(LOCALE / "zh")) - used) == []
