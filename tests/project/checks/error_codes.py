"""Every error that the code raises has its sentences in both languages, and no sentence is left over."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

from ruamel.yaml import YAML

from checks.tree import Module, modules

LANGUAGES = ("en", "zh")
NEEDED = ("what", "do")
ALLOWED = ("what", "where", "why", "do")
# A finding knows its place and fills these in for the errors of facts that it carries (facts/findings.py).
FILLED_BY_FINDINGS = {"file", "table", "column", "column_name", "row", "value"}
_CODE = re.compile(r"[a-z_]+\.[a-z0-9_]+")
_QUOTED = re.compile(r"'([a-z_]+\.[a-z0-9_]+)'")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
Texts = dict[str, dict[str, dict[str, str]]]


def error_texts(root: Path) -> dict[str, Texts]:
    """The sentences of every file: folder -> code -> language -> part -> template."""
    files = sorted((root / "src" / "kejin" / "error_texts").glob("*.yaml"))
    return {file.stem: YAML(typ="safe").load(file.read_text("utf-8")) or {} for file in files}


def faulty_texts(root: Path) -> list[str]:
    """Codes whose sentences are incomplete, in the wrong file, or differ in details between the languages."""
    problems = []
    for folder, texts in error_texts(root).items():
        for code, languages in texts.items():
            place = f"error_texts/{folder}.yaml: {code}"
            if not _CODE.fullmatch(code) or not code.startswith(f"{folder}."):
                problems.append(f"{place} is not of the form {folder}.noun_problem")
            for language in LANGUAGES:
                parts = languages.get(language, {})
                problems += [f"{place} has no {language} {part}" for part in NEEDED if not parts.get(part)]
                problems += [f"{place} has an unknown part {part}" for part in parts if part not in ALLOWED]
            if not _CHINESE.search("".join(languages.get("zh", {}).values())):
                problems.append(f"{place} has no Chinese in its zh text")
            if _own_names(languages, "en") != _own_names(languages, "zh"):
                problems.append(f"{place} names other details in Chinese than in English")
    return problems


def _own_names(languages: dict[str, dict[str, str]], language: str) -> set[str]:
    """The details of a language's sentences; a word of each language's own (role_zh, role_en) counts as one."""
    return {name.removesuffix(f"_{language}") for name in _details(languages.get(language, {}))}


def codes_without_texts(root: Path) -> list[str]:
    """Raised codes that have no sentences, are put together at run time, or leave a detail unfilled."""
    known = {code: parts for texts in error_texts(root).values() for code, parts in texts.items()}
    problems = []
    for module in modules(root, "src"):
        for call in _error_calls(module):
            place = f"{module.path}:{call.lineno}:"
            first = call.args[0]
            if isinstance(first, ast.JoinedStr | ast.BinOp):
                problems.append(f"{place} a code is written out, so that it can be searched for")
            elif isinstance(first, ast.Constant) and isinstance(first.value, str):
                if first.value not in known:
                    problems.append(f"{place} {first.value} has no sentences in error_texts")
                elif missing := _lacking(call, first.value, known[first.value]):
                    problems.append(f"{place} {first.value} is raised without {', '.join(sorted(missing))}")
    return problems


def unused_codes(root: Path) -> list[str]:
    """Codes with sentences that no line of the package names, alone or quoted in a query."""
    named = {word for text in _texts_in_code(root) for word in (text, *_QUOTED.findall(text))}
    return [
        f"error_texts/{folder}.yaml: {code} is used nowhere"
        for folder, texts in error_texts(root).items()
        for code in texts
        if code not in named
    ]


def quoted_codes_without_texts(root: Path) -> list[str]:
    """Codes quoted in a query that have no sentences."""
    texts = error_texts(root)
    quoted = sorted({code for text in _texts_in_code(root) for code in _QUOTED.findall(text)})
    return [
        f"{code} is named in a query and has no sentences in error_texts"
        for code in quoted
        if (folder := code.split(".")[0]) in texts and code not in texts[folder]
    ]


def _texts_in_code(root: Path) -> list[str]:
    return [
        node.value
        for module in modules(root, "src")
        for node in module.nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def _error_calls(module: Module) -> list[ast.Call]:
    calls = [node for node in module.nodes if isinstance(node, ast.Call) and node.args]
    return [call for call in calls if re.fullmatch(r"(Kejin|Input|Use|\w+Input|\w+Use)Error", _name(call))]


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _lacking(call: ast.Call, code: str, parts: dict[str, dict[str, str]]) -> set[str]:
    """The details that the sentences name and the call leaves out; a mapping passed with ** counts as all of them."""
    if any(keyword.arg is None for keyword in call.keywords):
        return set()
    given = {keyword.arg for keyword in call.keywords if keyword.arg}
    return (
        (_details(parts.get("en", {})) | _details(parts.get("zh", {})))
        - given
        - (FILLED_BY_FINDINGS if code.startswith("facts.") else set())
    )


def _details(parts: dict[str, str]) -> set[str]:
    fields = [field for text in parts.values() for _, field, _, _ in Formatter().parse(str(text)) if field]
    return {re.split(r"[.\[]", field, maxsplit=1)[0] for field in fields}
