"""Rules: what they say beside their text, what changed between two days, and an institution's own by two people."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import Form
from fastapi.responses import Response

from kejin.app.web.matter_view import answer_matter, in_scope, matter_view, matters_of, propose_about
from kejin.app.web.rule_folders import folder_word
from kejin.app.web.site import Ask, Site
from kejin.casework.rule_overlay import changed_answers, check_text, publish
from kejin.dates import OPEN, parse_day
from kejin.errors import InputError
from kejin.policy.compare_rules import differences, entries_of, entries_on
from kejin.policy.rule_book import RuleBook
from kejin.policy.show_value import unit_word, value_lines
from kejin.schemes.scheme import Label
from kejin.workflows.workspace import Workspace

SITE = Site()
FOUND_MAX = 200
CONFIDENCE = {
    "text_seen": Label("见原文", "text seen"),
    "secondary": Label("转述", "secondary"),
    "unverified": Label("待核", "UNVERIFIED"),
}
KINDS = {
    "value": Label("数值", "value"),
    "list": Label("清单", "list"),
    "choice": Label("选项", "choice"),
    "table": Label("表", "table"),
    "bands": Label("分段", "bands"),
    "anchors": Label("锚点", "anchors"),
    "mapping": Label("对照", "mapping"),
}


def _book(ask: Ask) -> RuleBook:
    return ask.serving.kept(("rule_book",), lambda reader: RuleBook.shipped(reader.workspace.overlay_path))


def _titles(ask: Ask) -> dict[str, str]:
    book = _book(ask)
    return ask.serving.kept(
        ("rule_titles", ask.lang), lambda _: {name: book.rule(name).title.names().of(ask.lang) for name in book.names}
    )


@SITE.get("/rules", "rule.see")
def rules(ask: Ask, at: str = "", q: str = "") -> Response:
    """A folder of the tree, or what a search finds."""
    book, words, titles = _book(ask), q.strip().lower()[:80], _titles(ask)
    at = at.strip("/")[:200]
    if words:
        found = [name for name in book.names if words in name or words in titles[name].lower()]
        folders: list[tuple[str, int]] = []
    else:
        inside = [name for name in book.names if not at or name.startswith(at + "/")]
        deep = len(at) + 1 if at else 0
        counts: dict[str, int] = {}
        for name in inside:
            if "/" in name[deep:]:
                folder = name[:deep] + name[deep:].split("/", 1)[0]
                counts[folder] = counts.get(folder, 0) + 1
        folders = list(counts.items())
        found = [name for name in inside if "/" not in name[deep:]]
    own = {*book.overridden, *book.added}
    rows = [(name, titles[name], name in own) for name in found[:FOUND_MAX]]
    waiting = matters_of(ask).rows("rule", states=("open", "proposed", "returned"))
    parts = at.split("/") if at else []
    crumbs = [(part, "/".join(parts[: number + 1])) for number, part in enumerate(parts)]
    return ask.page(
        "rules.html",
        at=at,
        q=words,
        folders=[(folder, folder_word(folder, ask.lang), n) for folder, n in folders],
        rows=rows,
        more=len(found) - len(rows),
        edition=book.edition,
        count=len(book.names),
        own=len(own),
        waiting=waiting,
        crumbs=crumbs,
    )


@SITE.get("/rules/show/{name:path}", "rule.see")
def rule(ask: Ask, name: str) -> Response:
    """One rule: every dated value beside its text and document."""
    book = _book(ask)
    found = book.rule(name)
    values = [("", one) for one in found.values]
    for label, exception in found.exceptions.items():
        values += [
            (f"{label}: {exception.title.names().of(ask.lang)} ({exception.where})", one) for one in exception.values
        ]
    return ask.page(
        "rule.html",
        name=name,
        title=found.title.names().of(ask.lang),
        kind=KINDS[found.kind].of(ask.lang),
        unit=unit_word(found.unit, ask.lang),
        own=name in book.overridden or name in book.added,
        note=found.note.names().of(ask.lang) if found.note else None,
        values=[_shown_value(ask, book, found, label, one) for label, one in values],
        text=book.text_of(book.file_of(name)),
        may_propose=ask.may("rule.propose"),
    )


def _shown_value(ask: Ask, book: RuleBook, found: Any, label: str, one: Any) -> dict[str, Any]:
    document = book.document(one.document)
    return {
        "exception": label,
        "from": one.from_,
        "until": None if one.last_day == OPEN else one.last_day,
        "now": one.from_ <= ask.as_of <= one.last_day,
        "lines": value_lines(found, one.value, ask.lang),
        "printed": one.printed,
        "document": " ".join(filter(None, (document.title.of(ask.lang), document.number))),
        "article": one.article,
        "confidence": CONFIDENCE[one.confidence].of(ask.lang),
        "unverified": one.confidence == "unverified",
        "note": one.note.names().of(ask.lang) if one.note else None,
    }


@SITE.get("/rules/diff", "rule.see")
def diff(ask: Ask, left: str = "", right: str = "") -> Response:
    """What changed between two days, or between the shipped edition and the institution's."""
    book = _book(ask)
    if left and left != "shipped":
        days = (parse_day(left), parse_day(right) if right else ask.as_of)
        found = ask.serving.kept(("rule_diff", days), lambda _: _between(book, days))
    else:
        found = differences(entries_of(RuleBook.shipped()), entries_of(book))
    return ask.page("rule_diff.html", left=left, right=right or str(ask.as_of), found=found, titles=_titles(ask))


def _between(book: RuleBook, days: tuple[date, date]) -> Any:
    return differences(entries_on(book, days[0]), entries_on(book, days[1]))


@SITE.post("/rules/what-if", "rule.propose")
def what_if(
    ask: Ask, name: Annotated[str, Form(max_length=200)], text: Annotated[str, Form(max_length=60_000)]
) -> Response:
    """How many companies would be answered otherwise; nothing is changed."""
    text = text.replace("\r\n", "\n")
    _check(ask, name, text)
    with ask.serving.pool.reader() as reader:
        moved = changed_answers(reader.evaluator(ask.as_of), name, text)
    return ask.page(
        "rule_try.html", name=name, text=text, moved=[one | {"label": one["label"].of(ask.lang)} for one in moved]
    )


def _check(ask: Ask, name: str, text: str) -> None:
    """Raises InputError casework.rule_not_right with the first finding in plain words."""
    with Workspace.open(ask.serving.path) as workspace:
        overlay = workspace.overlay_path
    if findings := check_text(overlay, name, text):
        said = "; ".join(one.part("what", ask.lang) or one.code for one in findings[:3])
        raise InputError("casework.rule_not_right", rule=name, said=said)


@SITE.post("/rules/propose", "rule.propose")
def propose(
    ask: Ask,
    name: Annotated[str, Form(max_length=200)],
    text: Annotated[str, Form(max_length=60_000)],
    comment: Annotated[str, Form(max_length=8000)],
    version: Annotated[int, Form()] = 0,
) -> Response:
    """The institution's own value for a rule, checked as every rule file is."""
    text = text.replace("\r\n", "\n")
    _check(ask, name, text)
    matter = propose_about(
        ask,
        "rule",
        name,
        institution_id=ask.person.head_office,
        company_id=None,
        about={"edition": _book(ask).edition, "before": _book(ask).text_of(_book(ask).file_of(name))},
        comment=comment,
        proposal={"text": text},
        seen_version=version,
    )
    return ask.go(f"/rules/proposals/{matter.matter_id}", ask.t("The proposal waits for a checker."))


@SITE.get("/rules/proposals/{matter_id}", "rule.see")
def proposal(ask: Ask, matter_id: str) -> Response:
    """A proposed text beside the one in use, with its history."""
    matter = matters_of(ask).find(matter_id)
    if matter is None or matter.kind != "rule":
        ask.no_object(matter_id)
    book = _book(ask)
    view = matter_view(ask, matter, "rule.propose", "rule.publish", {})
    for step in view["steps"]:
        step["proposal"] = []
    path = book.file_of(matter.subject)
    in_use = matter.proposal.get("text") == book.text_of(path)
    return ask.page(
        "rule_proposal.html",
        matter=matter,
        view=view,
        before=matter.about.get("before", ""),
        after=matter.proposal.get("text", ""),
        in_use=in_use,
        unpublished=matter.state == "closed" and not in_use and ask.may("rule.publish"),
    )


@SITE.post("/rules/proposals/{matter_id}/answer", "rule.publish")
def answer(
    ask: Ask,
    matter_id: str,
    answer: Annotated[str, Form(max_length=20)],
    comment: Annotated[str, Form(max_length=8000)],
    version: Annotated[int, Form()],
) -> Response:
    """Another person publishes the rule, or sends it back. Confirmed first, then written."""
    matter = in_scope(ask, matter_id, "rule")
    if answer == "confirm":
        _check(ask, matter.subject, str(matter.proposal.get("text", "")))
    matter = answer_matter(ask, matter, version, answer, comment)
    if matter.state != "closed":
        return ask.go(f"/rules/proposals/{matter_id}", ask.t("Your answer is recorded."))
    _publish(ask, matter.subject, str(matter.proposal["text"]))
    said = ask.t("The rule is published. Results made under the old rules are kept apart: evaluate this day again.")
    return ask.go(f"/rules/show/{matter.subject}", said)


@SITE.post("/rules/proposals/{matter_id}/write", "rule.publish")
def write_again(ask: Ask, matter_id: str) -> Response:
    """Writes a confirmed rule whose file was lost, for instance by a stop between confirming and writing."""
    matter = in_scope(ask, matter_id, "rule")
    newest = matters_of(ask).of_subject("rule", matter.subject, matter.institution_id)
    if matter.state != "closed" or newest is None or newest.matter_id != matter_id:
        raise InputError("casework.matter_state_wrong", subject=matter.subject, state=matter.state)
    _publish(ask, matter.subject, str(matter.proposal["text"]))
    return ask.go(f"/rules/show/{matter.subject}", ask.t("The rule is published."))


def _publish(ask: Ask, name: str, text: str) -> None:
    with ask.serving.pool.nobody_reads():
        publish(ask.serving.path, name, text)
