"""Reads a rule file: a strict part of YAML 1.2, fast, with the line of every node.

Rule files use block mappings and sequences, flow mappings and sequences, quoted and plain scalars on one line, and
comments. Anchors, aliases, tags, block scalars, tabs and scalars over several lines are refused, so that a rule
means one thing only. A complete YAML reader takes 3 ms a file; some hundred files at every start would be noticed.
`kejin rules check` reads each file a second time with ruamel.yaml and refuses any difference.
"""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

from kejin.errors import InputError

Path = tuple[str | int, ...]
Lines = dict[Path, int]

CHARACTERS_MAX = 1_000_000
DEPTH_MAX = 12

_QUOTED = r"""\"(?:[^"\\]|\\.)*\"|'(?:[^']|'')*'"""
_COMMENT = re.compile(rf"""(?:{_QUOTED}|[^"'#]|(?<=\S)["'])*""")
_KEY = re.compile(rf"""({_QUOTED}|[A-Za-z_][\w.-]*)\s*:(?:\s+|$)""", re.ASCII)
_PLAIN_KEY = re.compile(r"[A-Za-z_][\w.-]*\Z", re.ASCII)
_TOKEN = re.compile(
    rf"""\s*(?:([\[\]{{}},])|({_QUOTED})|(:(?=[\s,\]}}]|$))|([^\s\[\]{{}},"'&*!|>%@`#:?-](?:(?!:\s|\s\#)[^\[\]{{}},\n])*))"""
)
_UNPRINTABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_WHOLE_QUOTED = re.compile(rf"(?:{_QUOTED})\Z")
_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?\Z")
_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z")
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "~": None}
_REFUSED = "&*!|>%@`[]{},\"'#:?-"


def read_yaml(text: str, where: str, lines: Lines | None = None) -> Any:
    """What the text says, as plain Python values; keys keep their order.

    where   the file, for errors. `lines` is filled with the line of every node, by path.
    Raises  InputError policy.yaml_not_understood, with the line.
    """
    if len(text) > CHARACTERS_MAX:
        raise InputError("policy.yaml_not_understood", file=where, line=1, problem=f"longer than {CHARACTERS_MAX:,}")
    reader = _Reader(where, _content_lines(text, where), lines)
    if not reader.rows:
        return None
    found = reader.block(reader.rows[0][0], ())
    if reader.at < len(reader.rows):
        reader.refuse("a line that belongs to nothing above it")
    return found


def _content_lines(text: str, where: str) -> list[tuple[int, str, int]]:
    """Lines with something on them: indent, text without comment, line number."""
    text = text.replace("\r\n", "\n")
    if found := _UNPRINTABLE.search(text):
        at = text.count("\n", 0, found.start()) + 1
        raise InputError("policy.yaml_not_understood", file=where, line=at, problem=f"character {found[0]!a}")
    rows = []
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.rstrip()
        if "#" in line:
            match = _COMMENT.match(line)
            end = match.end() if match else 0
            if end < len(line) and (line[end] != "#" or (end and line[end - 1] != " ")):
                raise InputError("policy.yaml_not_understood", file=where, line=number, problem="# or a quotation mark")
            line = line[:end].rstrip()
        if line:
            body = line.lstrip(" ")
            if body == line and body.startswith(("---", "...")):
                raise InputError(
                    "policy.yaml_not_understood", file=where, line=number, problem="more than one document"
                )
            rows.append((len(line) - len(body), body, number))
    return rows


class _Reader:
    """One pass over the lines; `at` is the next line not yet used."""

    def __init__(self, where: str, rows: list[tuple[int, str, int]], lines: Lines | None) -> None:
        self.where, self.rows, self.lines, self.at = where, rows, lines, 0

    def refuse(self, problem: str, line: int | None = None) -> None:
        at = min(self.at, len(self.rows) - 1)
        line = self.rows[at][2] if line is None else line
        raise InputError("policy.yaml_not_understood", file=self.where, line=line, problem=problem)

    def block(self, indent: int, path: Path) -> Any:
        """The block that starts on the current line."""
        if len(path) > DEPTH_MAX:
            self.refuse(f"more than {DEPTH_MAX} levels")
        text = self.rows[self.at][1]
        if text == "-" or text.startswith("- "):
            return self.sequence(indent, path)
        if _KEY.match(text):
            return self.mapping(indent, path)
        line = self.rows[self.at][2]
        self.at += 1
        return self.inline(text, line, path)

    def sequence(self, indent: int, path: Path) -> list[Any]:
        items: list[Any] = []
        while self.at < len(self.rows) and self.rows[self.at][0] == indent:
            _, text, line = self.rows[self.at]
            if not text.startswith("- "):
                self.refuse("an item of a list begins with '- '")
            inner = (*path, len(items))
            self.note(inner, line)
            body = text[2:].lstrip(" ")
            deeper = indent + len(text) - len(body)
            self.rows[self.at] = (deeper, body, line)
            items.append(self.block(deeper, inner))
        return items

    def mapping(self, indent: int, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while self.at < len(self.rows) and self.rows[self.at][0] == indent:
            _, text, line = self.rows[self.at]
            match = _KEY.match(text)
            if not match:
                self.refuse("not written as 'key: value'")
                break
            key = self.key(match[1], line)
            inner = (*path, key)
            if key in found:
                self.refuse(f"the key {key!r} stands twice")
            self.note(inner, line)
            rest = text[match.end() :]
            self.at += 1
            if rest:
                found[key] = self.inline(rest, line, inner)
            elif self.at < len(self.rows) and self.rows[self.at][0] > indent:
                found[key] = self.block(self.rows[self.at][0], inner)
            else:
                self.refuse(f"the key {key!r} has no value", line)
        if self.at < len(self.rows) and self.rows[self.at][0] > indent:
            self.refuse("indented deeper than the line above allows")
        return found

    def inline(self, text: str, line: int, path: Path) -> Any:
        """A scalar, or a flow collection that may go on over the next lines."""
        if text[0] not in "[{":
            return self.scalar(text, line)
        while True:
            tokens = self.tokens(text, line)
            depth = sum((kind in ("[", "{")) - (kind in ("]", "}")) for kind, _, _ in tokens)
            if depth <= 0:
                break
            if self.at >= len(self.rows):
                self.refuse("a bracket is not closed", line)
            text += "\n" + self.rows[self.at][1]
            self.at += 1
        value, end = self.flow(tokens, 0, path)
        if end != len(tokens):
            self.refuse("something stands behind the closing bracket", line)
        return value

    def tokens(self, text: str, line: int) -> list[tuple[str, str, int]]:
        found: list[tuple[str, str, int]] = []
        at, end = 0, len(text.rstrip())
        more = text.count("\n")
        while at < end:
            match = _TOKEN.match(text, at)
            if not match:
                self.refuse(f"cannot read {text[at : at + 20]!r}", line)
                break
            start = match.start(match.lastindex or 0)
            if match[3] and "\n" in text[at:start]:
                self.refuse("a colon stands on the line of its key", line)
            here = self.rows[self.at - 1 - more + text.count("\n", 0, start)][2] if more else line
            kind = match[1] or ("q" if match[2] else ":" if match[3] else "p")
            found.append((kind, match[match.lastindex or 0].rstrip(), here))
            at = match.end()
        return found

    def flow(self, tokens: list[tuple[str, str, int]], at: int, path: Path) -> tuple[Any, int]:
        if at >= len(tokens):
            self.refuse("a bracket is not closed")
        if len(path) > DEPTH_MAX:
            self.refuse(f"more than {DEPTH_MAX} levels")
        kind, text, line = tokens[at]
        if kind == "[":
            return self.flow_sequence(tokens, at + 1, path)
        if kind == "{":
            return self.flow_mapping(tokens, at + 1, path)
        if kind in ("q", "p"):
            return self.scalar(text, line), at + 1
        self.refuse(f"{text!r} is not expected here", line)
        raise AssertionError

    def flow_sequence(self, tokens: list[tuple[str, str, int]], at: int, path: Path) -> tuple[list[Any], int]:
        items: list[Any] = []
        while tokens[at][0] != "]":
            inner = (*path, len(items))
            self.note(inner, tokens[at][2])
            value, at = self.flow(tokens, at, inner)
            items.append(value)
            at = self.separator(tokens, at, "]")
        return items, at + 1

    def flow_mapping(self, tokens: list[tuple[str, str, int]], at: int, path: Path) -> tuple[dict[str, Any], int]:
        found: dict[str, Any] = {}
        while tokens[at][0] != "}":
            kind, text, line = tokens[at]
            if kind not in ("q", "p") or at + 1 >= len(tokens) or tokens[at + 1][0] != ":":
                self.refuse("not written as 'key: value'", line)
            key = self.key(text, line)
            if key in found:
                self.refuse(f"the key {key!r} stands twice", line)
            inner = (*path, key)
            self.note(inner, line)
            found[key], at = self.flow(tokens, at + 2, inner)
            at = self.separator(tokens, at, "}")
        return found, at + 1

    def separator(self, tokens: list[tuple[str, str, int]], at: int, closing: str) -> int:
        """The place behind a comma, or of the closing bracket."""
        if at < len(tokens) and tokens[at][0] == "," and at + 1 < len(tokens):
            return at + 1
        if at >= len(tokens) or tokens[at][0] != closing:
            self.refuse(f"a comma or {closing!r} is missing", tokens[min(at, len(tokens) - 1)][2])
        return at

    def scalar(self, text: str, line: int) -> Any:
        first = text[0]
        if first in "\"'":
            return self.quoted(text, line)
        if first in _REFUSED or ": " in text or text.endswith(":"):
            self.refuse(f"{text[:20]!r} must be put in quotes", line)
        if text in _WORDS:
            return _WORDS[text]
        if _NUMBER.match(text):
            return float(text) if set(text) & set(".eE") else int(text)
        if _DAY.match(text):
            try:
                return date.fromisoformat(text)
            except ValueError:
                self.refuse(f"{text} is not a day", line)
        return text

    def key(self, text: str, line: int) -> str:
        if text[0] in "\"'":
            return self.quoted(text, line)
        if not _PLAIN_KEY.match(text) or text in _WORDS:
            self.refuse(f"the key {text[:20]!r} must be put in quotes", line)
        return text

    def quoted(self, text: str, line: int) -> str:
        if not _WHOLE_QUOTED.match(text):
            self.refuse("a quotation mark is not closed, or text stands behind it", line)
        if text[0] == "'":
            return text[1:-1].replace("''", "'")
        if "\\" not in text:
            return text[1:-1]
        try:
            plain = str(json.loads(text))
        except ValueError:
            plain = "\0"
        if _UNPRINTABLE.search(plain):
            self.refuse('an escape other than \\" \\\\ \\/ \\n \\uXXXX', line)
        return plain

    def note(self, path: Path, line: int) -> None:
        if self.lines is not None:
            self.lines[path] = line
