"""What does a due-diligence report of a loan say? Sections of paragraphs and tables, every figure with its source.

One content in two languages; `write_word.py` and `loan_report.typ` set it on paper, the command prints a part of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from kejin.app.loan_loss_rows import cites_text, loss_basis
from kejin.app.loan_words import DECIDED, WORDS
from kejin.app.shown import MARKS, STAGES, document_text, rule_title, table_label
from kejin.credit.products.inputs import APPLICATION_INPUTS
from kejin.errors import Lang
from kejin.evaluation.patent_portfolio import COLUMNS as PORTFOLIO
from kejin.evaluation.research_indicators import RESEARCH_INDICATORS
from kejin.schemes.explain import Line
from kejin.units import money_text, percent_text, value_text
from kejin.workflows.loan_case import cap_label, conditions_open, gate_text, loan_input, yearly_label
from kejin.workflows.loan_decision import LoanDecision, bearer_label

Sources = Mapping[str, str]
SCHEDULE_ROWS_MAX = 60
FIGURES = (
    *("revenue_fen_y0", "revenue_fen_y1", "operating_profit_fen_y0", "net_profit_fen_y0", "rd_expense_fen_y0"),
    *("total_assets_fen_y0", "total_liabilities_fen_y0", "current_assets_fen_y0", "current_liabilities_fen_y0"),
    *("cash_fen_y0", "receivables_fen_y0", "inventory_fen_y0", "payables_fen_y0", "short_term_loans_fen_y0"),
    *("long_term_loans_fen_y0", "interest_expense_fen_y0", "operating_cash_flow_fen_y0"),
)
PEOPLE = ("staff_total_y0", "doctors_y0", "masters_y0", "bachelors_y0", "degree_share")
BOOKS = ("loan_balance_fen", "unsecured_balance_fen", "group_balance_fen", "overdue_days", "enforcement_cases")


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a report; wide says which columns may take the room that is left; one to write in has high rows."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    wide: tuple[int, ...] = (0,)
    to_write_in: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A chapter: paragraphs, then tables with what they show."""

    title: str
    paragraphs: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    on_screen: bool = True


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report.

    head    label and text of what identifies it.
    advice  the code of the advice, for a colour; advice_text in words.
    """

    title: str
    subject: str
    advice: str
    advice_text: str
    head: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    footer: str


def loan_report(
    decision: LoanDecision, source_rows: Sequence[Mapping[str, Any]], standing: Mapping[str, Any], lang: Lang
) -> Report:
    """The report of one decision.

    source_rows   the rows of facts behind the company's figures.
    standing      research and patents of the company as the evaluation of the day has them, by column.
    """
    words, sources = WORDS[lang], _sources(source_rows, lang)
    case = decision.case
    product = words["no_product"] if case.product is None else case.product.label.of(lang)
    synthetic = any(str(row["source"]).startswith("synthetic") for row in source_rows)
    sections = (
        _summary(decision, lang),
        _company(decision, sources, lang),
        _conditions(decision, lang),
        _finance(decision, sources, lang),
        _research(standing, decision, sources, lang),
        _default(decision, lang),
        _limit(decision, lang),
        _loss(decision, lang),
        _price(decision, lang),
        _schedule(decision, lang),
        _before_and_after(decision, lang),
        _changes(decision, lang),
        _source_list(source_rows, lang),
        _rules(decision, lang),
        _signatures(lang),
    )
    head = (
        (words["company"], f"{case.row.get('name')}（{case.application.company_id}）"),
        (words["product"], product),
        (words["asked"], _asked(decision, lang)),
        (words["as_of"], str(case.rules.as_of)),
        (words["edition"], case.rules.edition[:12]),
        (words["entry"], "–" if decision.entry is None else str(decision.entry)),
    )
    notes = [words["advice_note"], *([words["synthetic"]] if synthetic else [])]
    kept = tuple(section for section in sections if section.paragraphs or section.tables)
    return Report(
        words["title"], str(case.row.get("name")), decision.advice, DECIDED[decision.advice].of(lang), head, kept,
        " ".join(notes),
    )  # fmt: skip


def _asked(decision: LoanDecision, lang: Lang) -> str:
    asked, words = decision.case.application, WORDS[lang]
    purpose = decision.rules.purposes[asked.purpose].of(lang)
    return words["asked_text"].format(
        amount=money_text(asked.amount_cny, lang), months=asked.term_months, purpose=purpose
    )


def _summary(decision: LoanDecision, lang: Lang) -> Section:
    words, case = WORDS[lang], decision.case
    lent = words["open"] if decision.lent_cny is None else money_text(round(decision.lent_cny, 2), lang)
    binding = "" if case.figures is None or case.product is None else cap_label(
        case.product, str(case.figures.limit.binding[0])
    ).of(lang)  # fmt: skip
    longest = "–" if decision.term_months_max is None else value_text(decision.term_months_max, "month", lang)
    rows = (
        (words["advice"], DECIDED[decision.advice].of(lang), ""),
        (words["limit"], lent, words["set_by"].format(binding) if binding else ""),
        (words["rate"], percent_text(decision.rate, 2, lang) if decision.rate is not None else words["open"], ""),
        (words["term"], value_text(decision.term_months, "month", lang), f"{words['term_max']} {longest}"),
        (words["relending"], value_text(decision.relending, "flag", lang), _relending(decision, lang)),
    )
    reasons = tuple(
        (words[one.severity], one.label.of(lang), one.detail.of(lang), cites_text(one.cites, lang))
        for one in decision.reasons
    )
    tables = [Table((words["item"], words["result"], words["remark"]), rows, (2,))]
    if reasons:
        head = (words["weight"], words["reason"], words["detail"], words["basis"])
        tables.append(Table(head, reasons, (1, 2, 3)))
    text = words["no_reason"] if not reasons else words["reasons_order"]
    return Section(words["summary"], (text,), tuple(tables))


def _relending(decision: LoanDecision, lang: Lang) -> str:
    rules = decision.rules.relending_rules
    if rules is None:
        return ""
    rate, quota = percent_text(rules.rate.number, 2), money_text(rules.quota_cny.value, lang)
    return WORDS[lang]["relending_text"].format(rate=rate, quota=quota)


def _company(decision: LoanDecision, sources: Sources, lang: Lang) -> Section:
    words, row = WORDS[lang], decision.case.row
    stage = STAGES.get(row.get("stage_code") or 0.0)
    held = [name for name in row if name.startswith("holds__") and row[name] is True]
    titles = "、".join(loan_input(name).label.of(lang).removeprefix("持有资质") for name in held) or words["none"]
    rows = [
        (words["stage"], words["open"] if stage is None else stage.of(lang), words["by_evaluation"]),
        (words["titles"], titles, sources.get("title", "–")),
        (words["age"], value_text(row.get("age_years"), "year", lang), sources.get("company", "–")),
        (words["active"], value_text(row.get("is_active"), "flag", lang), sources.get("company", "–")),
    ]
    rows += [_figure(name, row, sources, lang) for name in PEOPLE]
    rows += [_figure(name, row, sources, lang) for name in BOOKS]
    looked_at = ("；" if lang == "zh" else "; ").join(label.of(lang) for _, label in decision.looked_at)
    text = (words["looked_at"].format(looked_at),) if looked_at else ()
    return Section(
        words["about"], text, (Table((words["item"], words["figure"], words["source"]), tuple(rows), (1, 2)),)
    )


def _figure(name: str, row: Mapping[str, Any], sources: Sources, lang: Lang) -> tuple[str, str, str]:
    entry = _declared(name)
    if entry is None:
        return name, value_text(row.get(name), "text", lang), ""
    label, unit, table = entry
    return label.of(lang), value_text(row.get(name), unit, lang), _source(name, table, sources, lang)


def _declared(name: str) -> Any:
    """Label, unit and tables of a column: declared by a model, or a yearly figure of the report."""
    try:
        entry = loan_input(name)
    except KeyError:
        return yearly_label(name), "fen", "annual_report"
    return entry.label, entry.unit, entry.table


def _source(name: str, table: str, sources: Sources, lang: Lang) -> str:
    if name in APPLICATION_INPUTS:
        return WORDS[lang]["from_application"]
    found = [sources[part.strip()] for part in table.split(",") if part.strip() in sources]
    return (
        ("；" if lang == "zh" else "; ").join(found)
        if found
        else f"{_table_name(table, lang)}{'：' if lang == 'zh' else ': '}{WORDS[lang]['no_rows']}"
    )


def _conditions(decision: LoanDecision, lang: Lang) -> Section:
    words, answer = WORDS[lang], decision.case.answer
    if answer is None:
        return Section(words["conditions"], (decision.reasons[0].detail.of(lang),))
    rows = tuple(
        (MARKS[line.passes], line.label.of(lang), _condition_value(line, decision, lang), cites_text(line.cites, lang))
        for line in answer.lines
        if line.kind == "gate"
    )
    head = (words["met"], words["condition"], words["value"], words["basis"])
    notes = tuple(note.of(lang) for note in answer.notes)
    return Section(words["conditions"], notes, (Table(head, rows, (1, 2, 3)),))


def _condition_value(line: Line, decision: LoanDecision, lang: Lang) -> str:
    if line.unit == "text" and line.value in decision.rules.purposes:
        return decision.rules.purposes[str(line.value)].of(lang)
    return gate_text(line, lang) or value_text(line.passes, "flag", lang)


def _finance(decision: LoanDecision, sources: Sources, lang: Lang) -> Section:
    words, row = WORDS[lang], decision.case.row
    rows = tuple(_figure(name, row, sources, lang) for name in FIGURES)
    year = row.get("report_year")
    text = words["no_report"] if year is None else words["report_year"].format(int(year))
    return Section(words["finance"], (text,), (Table((words["item"], words["figure"], words["source"]), rows, (2,)),))


def _research(standing: Mapping[str, Any], decision: LoanDecision, sources: Sources, lang: Lang) -> Section:
    """What research and patents say; a company without patents shows so."""
    words = WORDS[lang]
    rows = [_figure("rd_expense_fen_y0", decision.case.row, sources, lang)]
    day = words["by_evaluation_of_day"]
    rows += [
        (one.label.of(lang), value_text(standing[one.name], one.unit, lang), day)
        for one in RESEARCH_INDICATORS
        if one.name in standing
    ]
    rows += [
        (label.of(lang), value_text(standing[name], unit, lang), day)
        for name, (unit, label) in PORTFOLIO.items()
        if name in standing
    ]
    rows += [
        (words[name], percent_text(standing.get(name), 0, lang), words["among_peers"])
        for name in ("research_standing", "patent_standing")
    ]
    head = (words["item"], words["figure"], words["source"])
    return Section(words["research"], (), (Table(head, tuple(rows), (0, 2)),))


def _default(decision: LoanDecision, lang: Lang) -> Section:
    words, score = WORDS[lang], decision.case.score
    if score is None:
        return Section(words["default"], (words["model_absent"],))
    span = f"{percent_text(score.probability_low, 2)} – {percent_text(score.probability_high, 2)}"
    rows = (
        (words["default_probability"], percent_text(score.probability, 2), words["interval"].format(span)),
        (words["points"], str(score.points), words["model"].format(score.model)),
    )
    lost = words["comma"].join(label.of(lang) for label in score.reasons) or words["none"]
    notices = tuple(notice.part("what", lang) for notice in score.notices)
    text = (words["points_lost"].format(lost), *notices)
    return Section(words["default"], text, (Table((words["item"], words["figure"], words["remark"]), rows, (2,)),))


def _limit(decision: LoanDecision, lang: Lang) -> Section:
    words, case = WORDS[lang], decision.case
    if case.figures is None or case.product is None:
        return Section(words["limit_section"])
    figures = case.figures
    rows = tuple(
        (
            "◀" if name == str(figures.limit.binding[0]) else "",
            cap_label(case.product, name).of(lang),
            _cap_text(float(cap[0]), lang),
            words.get(f"cap_{name}", ""),
        )
        for name, cap in figures.limit.caps_cny.items()
    )
    method = words[f"need_{figures.need_method[0]}"]
    reason = str(figures.need.reason[0])
    text = [method, *([words[f"why_{reason}"]] if reason and str(figures.need_method[0]) != "none" else [])]
    return Section(
        words["limit_section"],
        tuple(text),
        (Table((words["binds"], words["cap"], words["amount"], words["how"]), rows, (1, 3)),),
    )


def _cap_text(cap: float, lang: Lang) -> str:
    words = WORDS[lang]
    if cap != cap:  # noqa: PLR0124 NaN
        return words["open"]
    return words["does_not_apply"] if cap == float("inf") else money_text(round(cap, 2), lang)


def _loss(decision: LoanDecision, lang: Lang) -> Section:
    words, figures = WORDS[lang], decision.case.figures
    if figures is None:
        return Section(words["loss"])
    rows = tuple(
        (
            bearer_label(one.bearer).of(lang),
            money_text(round(one.due_cny, 2), lang),
            _share_text(one.expected_cny, lang),
            _share_text(one.stressed_cny, lang),
        )
        for one in decision.shares
    )
    whole = percent_text(float(figures.loss.whole[0]), 1)
    text = words["loss_text"].format(whole=whole, sharing=words[f"sharing_{decision.case.sharing.kind}"])  # type: ignore[union-attr]
    shared = Table((words["bearer"], words["if_fails"], words["a_year"], words["bad_year"]), rows)
    basis = Table((words["item"], words["figure"], words["basis"]), loss_basis(decision, lang), (0, 2))
    return Section(words["loss"], (text,), (basis, shared) if rows else (basis,))


def _share_text(amount: float, lang: Lang) -> str:
    return WORDS[lang]["open"] if amount != amount else money_text(round(amount, 2), lang)  # noqa: PLR0124 NaN


def _price(decision: LoanDecision, lang: Lang) -> Section:
    words, figures = WORDS[lang], decision.case.figures
    if figures is None or decision.rate is None:
        return Section(words["price"])
    parts = {name: float(values[0]) for name, values in figures.price.parts().items()}
    rows = [(words[f"part_{name}"], percent_text(value, 2), words[f"how_{name}"]) for name, value in parts.items()]
    rows.append((words["rate"], percent_text(decision.rate, 2), words["after_bounds"]))
    rows.append((words["raroc"], percent_text(float(figures.price.raroc[0]), 1), words["after_tax"]))
    if decision.relent_rate is not None:
        rows.append((words["rate_if_relent"], percent_text(decision.relent_rate, 2), words["how_relent"]))
    if decision.cost is not None:
        rows.append((words["effective"], percent_text(decision.cost.effective, 2), words["compounded"]))
    return Section(
        words["price"], (), (Table((words["part"], words["a_year_rate"], words["remark"]), tuple(rows), (2,)),)
    )


def _schedule(decision: LoanDecision, lang: Lang) -> Section:
    words, schedule = WORDS[lang], decision.schedule
    if schedule is None:
        return Section(words["schedule"])
    lines = list(zip(schedule.month, schedule.principal_fen, schedule.interest_fen, schedule.balance_fen, strict=True))
    rows = tuple(
        (str(month), *(f"{int(fen) / 100:,.2f}" for fen in (principal, interest, balance)))
        for month, principal, interest, balance in lines[:SCHEDULE_ROWS_MAX]
    )
    interest = money_text(int(schedule.interest_fen.sum()) / 100, lang)
    text = words["schedule_text"].format(kind=words[f"repay_{schedule.terms.kind}"], interest=interest)
    more = (words["rows_left_out"].format(len(lines) - SCHEDULE_ROWS_MAX),) if len(lines) > SCHEDULE_ROWS_MAX else ()
    head = (words["month"], words["principal"], words["interest"], words["balance"])
    return Section(words["schedule"], (text, *more), (Table(head, rows, ()),), on_screen=False)


def _before_and_after(decision: LoanDecision, lang: Lang) -> Section:
    words = WORDS[lang]
    conditions = tuple((one.label.of(lang), cites_text(one.cites, lang)) for one in decision.conditions)
    checks = tuple(
        (one.label.of(lang), str(one.first_on), words["every"].format(one.every_months)) for one in decision.checks
    )
    return Section(
        words["plan"],
        (),
        (
            Table((words["loan_condition"], words["basis"]), conditions, (0, 1)),
            Table((words["check"], words["first_on"], words["how_often"]), checks, (0,)),
        ),
    )


def _changes(decision: LoanDecision, lang: Lang) -> Section:
    words = WORDS[lang]
    rows = [
        (
            one.label.of(lang),
            DECIDED[one.advice].of(lang),
            words["open"] if one.lent_cny is None else money_text(round(one.lent_cny, 2), lang),
            words["open"] if one.rate is None else percent_text(one.rate, 2),
        )
        for one in decision.alternatives
    ]
    levers = [change for change in conditions_open(decision.case) if change.now is not None or change.decides]
    text = tuple(
        words["lever"].format(
            label=change.label.of(lang), needed=value_text(change.needed, change.unit, lang),
            now=value_text(change.now, change.unit, lang),
        )
        for change in levers
    )  # fmt: skip
    head = (words["if"], words["advice"], words["limit"], words["rate"])
    tables = (Table(head, tuple(rows)),) if rows else ()
    return Section(words["changes"], text if text or rows else (words["no_change"],), tables)


def _source_list(rows: Sequence[Mapping[str, Any]], lang: Lang) -> Section:
    words = WORDS[lang]
    listed = tuple(
        (
            _table_name(str(row["table_name"]), lang),
            " ".join(str(part) for part in row["key"]),
            str(row["known_on"]),
            str(row["source"]),
        )
        for row in rows[:200]
    )
    head = (words["table"], words["key"], words["known_on"], words["source"])
    return Section(words["sources"], (words["sources_text"],), (Table(head, listed, (1, 3)),), on_screen=False)


def _rules(decision: LoanDecision, lang: Lang) -> Section:
    words, names = WORDS[lang], decision.rules.used_for(decision.case.application.product)
    rows = tuple(
        (
            rule_title(str(used["rule"]), lang),
            document_text(str(used["document"]), lang),
            words[str(used["confidence"])],
        )
        for used in decision.rules.used
        if used["rule"] in names
    )
    head = (words["rule"], words["document"], words["sure"])
    text = words["unverified_text"].format(len(decision.unverified))
    return Section(words["rules"], (text,), (Table(head, rows, (0, 1)),), on_screen=False)


def _signatures(lang: Lang) -> Section:
    words = WORDS[lang]
    rows = tuple((words[name], "", "", "") for name in ("maker", "checker", "approver"))
    head = (words["role"], words["opinion"], words["signature"], words["date"])
    return Section(
        words["signatures"],
        (words["signatures_text"],),
        (Table(head, rows, (1, 2), to_write_in=True),),
        on_screen=False,
    )


def _sources(rows: Sequence[Mapping[str, Any]], lang: Lang) -> dict[str, str]:
    """Table -> who says so and when it was last known, for the column of sources."""
    found: dict[str, tuple[Any, str]] = {}
    for row in rows:
        table = str(row["table_name"])
        newest = found.get(table)
        if newest is None or row["known_on"] > newest[0]:
            found[table] = (row["known_on"], str(row["source"]))
    known = "获知" if lang == "zh" else "known"
    return {
        table: f"{_table_name(table, lang)}：{source}（{day} {known}）"
        if lang == "zh"
        else f"{_table_name(table, lang)}: {source} ({known} {day})"
        for table, (day, source) in found.items()
    }


def _table_name(table: str, lang: Lang) -> str:
    """Tables of facts by names that a reader knows: no underscores."""
    return (table_label(table, lang) or table) if lang == "zh" else table.replace("_", " ").capitalize()


def column_widths(table: Table, room: float) -> list[float]:
    """Widths in cm: narrow columns by their longest text, the wide ones share the rest."""
    longest = [max(_breadth(row[place]) for row in (table.head, *table.rows)) for place in range(len(table.head))]
    narrow = {place: min(0.19 * breadth + 0.5, 4.6) for place, breadth in enumerate(longest) if place not in table.wide}
    if not table.wide:
        return [room / len(table.head)] * len(table.head)
    left = room - sum(narrow.values())
    weights = {place: max(min(longest[place], 60), 8) for place in table.wide}
    return [narrow.get(place, left * weights.get(place, 0) / sum(weights.values())) for place in range(len(table.head))]


def _breadth(text: str) -> int:
    """How broad a text is; a Chinese character is two letters."""
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in text)


def as_data(report: Report, room_cm: float = 17.0) -> dict[str, Any]:
    """The report as plain values for a template, each table with the widths of its columns."""
    data = asdict(report)
    for section, plain in zip(report.sections, data["sections"], strict=True):
        for table, one in zip(section.tables, plain["tables"], strict=True):
            one["widths_cm"] = column_widths(table, room_cm)
    return data
