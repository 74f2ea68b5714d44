"""Texts of the pages in Chinese and English: English in the templates and code, Chinese from gettext catalogues.

There is one catalogue an area, `locale/zh/<area>.po`, so that a translator finds a page's texts together. A text may
stand in several; it must then be translated alike.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

LOCALE = Path(__file__).parent / "locale"
Translate = Callable[..., str]


@cache
def catalogue(lang: str) -> dict[str, str]:
    """English text -> text in the language; empty for English."""
    found: dict[str, str] = {}
    for path in sorted((LOCALE / lang).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=lang):
                if isinstance(message.id, str) and message.id and isinstance(message.string, str) and message.string:
                    found[message.id] = message.string
    return found


@cache
def translator(lang: str) -> Translate:
    """`_("{n} cases", n=3)`: the text in the language with its values filled in."""
    texts = catalogue(lang)

    def translate(text: str, **values: object) -> str:
        said = texts.get(text, text)
        return said.format(**values) if values else said

    return translate
