"""Which of the five classes does each loan fall into, and why?

Every reason calls for a grade "at least"; a loan's grade is the strictest that any reason calls for. Own reasons come
first, then the debtor's debts at all banks, then its claims at the same bank, then its state at other banks; so no
reason depends on one that comes later. Days and fen are whole numbers and shares are compared as fractions, so an edge
is met exactly. A loan of which something is not known keeps what its known reasons call for as `grade_at_least`, and
its `grade` stays open: missing is not normal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir

from kejin.rule_values import CodeMap, Figure, RowTable, Wording, from_rule

GRADES = ("normal", "special_mention", "substandard", "doubtful", "loss")
BAD = GRADES.index("substandard")  # non-performing from here on
EVENTS = (
    "misuse_confirmed",
    "misuse_dismissed",  # calls for nothing: a person has looked at what tracing found up to that day
    "refinanced",
    "restructured",
    "credit_impaired",
    "bad_at_other_bank",
    "expected_credit_loss",
)
EVENT_SCHEMA = {"loan_id": "string", "event": "string", "since_on": "date", "share": "float64"}


@dataclass(frozen=True, slots=True)
class FiveClassRules:
    """What the measures say; the model looks nothing up."""

    overdue_days_above: RowTable = from_rule("monitoring/five_class/overdue_days_above")
    bad_share_at_bank_above: Figure = from_rule("monitoring/five_class/bad_share_at_bank_above")
    overdue_share_all_banks_above: Figure = from_rule("monitoring/five_class/overdue_share_all_banks_above")
    credit_loss_share_from: RowTable = from_rule("monitoring/five_class/credit_loss_share_from")
    event_at_least: CodeMap = from_rule("monitoring/five_class/event_at_least")
    misuse_at_least: Wording = from_rule("monitoring/grades/misuse_at_least")
    observation_days_min: Figure = from_rule("monitoring/five_class/observation_days_min")
    state_age_days_max: Figure = from_rule("monitoring/five_class/state_age_days_max")

    def days_above(self, grade: str) -> int:
        """Overdue by more than these days: at least this grade."""
        return int(self.overdue_days_above.rows[grade]["value"])

    def event_rank(self, event: str) -> int:
        return GRADES.index(self.event_at_least.entries[event])


Rank = Callable[[Any, FiveClassRules], Any]


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: the rule that it rests on, the rank that it calls for (0 where it does not apply), its sentences.

    A sentence may name columns of the loan and figures of the rules in braces; see `sentence_values`.
    """

    code: str
    rule: str
    rank: Rank
    zh: str
    en: str


def _when(condition: Any, rank: int) -> Any:
    return ibis.ifelse(condition.fill_null(False), rank, 0)


def _overdue(loans: ir.Table, rules: FiveClassRules) -> Any:
    steps = [(loans.overdue_days > rules.days_above(grade), GRADES.index(grade)) for grade in reversed(GRADES[1:])]
    return ibis.cases(*steps, else_=0)


def _overdue_amount(loans: ir.Table, _: FiveClassRules) -> Any:
    amount = (loans.overdue_principal_fen > 0).fill_null(False) | (loans.overdue_interest_fen > 0).fill_null(False)
    return _when(amount & (loans.overdue_days.fill_null(0) == 0), GRADES.index("special_mention"))


def _credit_loss(loans: ir.Table, rules: FiveClassRules) -> Any:
    table = rules.credit_loss_share_from
    steps = [(loans.credit_loss_share >= table.number(grade, "value"), GRADES.index(grade)) for grade in
             ("loss", "doubtful")]  # fmt: skip
    return ibis.cases(*steps, else_=0)


def _event(name: str) -> Rank:
    return lambda loans, rules: _when(loans[f"{name}_on"].notnull(), rules.event_rank(name))


def _misuse(loans: ir.Table, rules: FiveClassRules) -> Any:
    return _when(loans.misuse_confirmed_on.notnull(), GRADES.index(rules.misuse_at_least.code))


def _restructured(loans: ir.Table, rules: FiveClassRules) -> Any:
    flag_only = loans.restructured.fill_null(False) & loans.restructured_on.isnull()
    return _when(flag_only | loans.under_observation, rules.event_rank("restructured"))


def _restructured_again(loans: ir.Table, rules: FiveClassRules) -> Any:
    return _when(loans.under_observation & loans.restructured_again, rules.event_rank("restructured_again"))


def _all_banks(loans: ir.Table, rules: FiveClassRules) -> Any:
    share = rules.overdue_share_all_banks_above
    return _when(_above(loans.debtor_overdue_fen, loans.debtor_fen, share), BAD)


def _same_bank(loans: ir.Table, rules: FiveClassRules) -> Any:
    return _when(_above(loans.bank_bad_fen, loans.bank_fen, rules.bad_share_at_bank_above), BAD)


def _other_bank(loans: ir.Table, rules: FiveClassRules) -> Any:
    known = loans.bad_at_other_bank_on.notnull()
    return _when(known | (loans.bad_elsewhere > 0), rules.event_rank("bad_at_other_bank"))


OWN_REASONS = (
    Reason("overdue", "overdue_days_above", _overdue,
           "逾期{overdue_days}天", "overdue by {overdue_days} days"),
    Reason("overdue_amount", "overdue_days_above", _overdue_amount,
           "有逾期金额而无逾期天数", "an amount is overdue and no days are given"),
    Reason("expected_credit_loss", "credit_loss_share_from", _credit_loss,
           "预期信用损失占余额的比例达到界限", "expected credit loss has reached the share set"),
    Reason("credit_impaired", "event_at_least", _event("credit_impaired"),
           "已发生信用减值（{credit_impaired_on}）", "credit-impaired since {credit_impaired_on}"),
    Reason("restructured_again", "event_at_least", _restructured_again,
           "观察期内再次重组（{restructured_on}）", "restructured again under observation, on {restructured_on}"),
    Reason("restructured", "observation_days_min", _restructured,
           "重组资产，观察期内或起始日不明", "restructured: under observation, or since an unknown day"),
    Reason("misuse_confirmed", "misuse_at_least", _misuse,
           "确认擅自改变资金用途（{misuse_confirmed_on}）", "misuse confirmed on {misuse_confirmed_on}"),
    Reason("refinanced", "event_at_least", _event("refinanced"),
           "借新还旧（{refinanced_on}）", "repaid by new borrowing on {refinanced_on}"),
)  # fmt: skip
DEBTOR_REASONS = (
    Reason("overdue_at_all_banks", "overdue_share_all_banks_above", _all_banks,
           "该债务人在所有银行的债务中逾期超过次级界限的占比超限",
           "too large a share of the debtor's debts at all banks is long overdue"),
    Reason("bad_at_this_bank", "bad_share_at_bank_above", _same_bank,
           "该债务人在本行的债权不良占比超限",
           "too large a share of the debtor's claims at this bank is non-performing"),
    Reason("bad_at_other_bank", "event_at_least", _other_bank,
           "该债务人在其他银行的债务出现不良", "a debt of the debtor at another bank is non-performing"),
)  # fmt: skip
REASONS = (*OWN_REASONS, *DEBTOR_REASONS)

OPEN_INPUTS: Mapping[str, tuple[str, str]] = {
    "state": ("没有月末状态，缺失不等于正常", "no month-end state is known: missing is not normal"),
    "state_age": ("月末状态已陈旧", "the last month-end state is too old"),
    "overdue_days": ("逾期天数缺失", "the days overdue are missing"),
    "balance": ("本金余额缺失", "the balance is missing"),
    "debtor": ("同一债务人另有贷款状态不明", "the state of another loan of the debtor is not known"),
}


def grade_loans(loans: ir.Table, events: ir.Table, as_of: date, rules: FiveClassRules) -> ir.Table:
    """One row a loan: status, grade, the grade at least, reasons with their rules and sentences, what is not known.

    loans   loan_id, company_id, bank_id, restructured, granted_on, state_on, balance_fen, overdue_principal_fen,
            overdue_interest_fen, overdue_days, bank_grade; state columns missing where no state is known.
    events  loan_id, event (see EVENTS), since_on, share (of the balance, for expected_credit_loss).
    status  graded; open (something is not known); settled (nothing is owed any more).
    Source  商业银行金融资产风险分类办法（2023年第1号）, by the rules of monitoring/five_class.
    """
    known = _with_events(loans, events, as_of, rules)
    known = known.mutate(settled=_settled(known))
    known = known.mutate(own_open=_own_open(known, as_of, rules))
    ranked = known.mutate(**{f"rank_{one.code}": one.rank(known, rules) for one in OWN_REASONS})
    ranked = ranked.mutate(rank=_greatest(ranked, OWN_REASONS))
    ranked = _across_banks(ranked, as_of, rules)
    for reason in DEBTOR_REASONS:
        ranked = _SUMS[reason.code](ranked)
        ranked = ranked.mutate(**{f"rank_{reason.code}": ibis.ifelse(ranked.settled, 0, reason.rank(ranked, rules))})
        ranked = ranked.mutate(rank=ibis.greatest(ranked["rank"], ranked[f"rank_{reason.code}"]))
    return _shown(ranked, rules)


def _with_events(loans: ir.Table, events: ir.Table, as_of: date, rules: FiveClassRules) -> ir.Table:
    """Loans with the last day of each event, and whether a restructured one is under observation."""
    days = int(rules.observation_days_min.value)
    past = events.filter(events.since_on <= ibis.literal(as_of))
    repeated = past.filter(past.event == "restructured")
    order = ibis.window(group_by=repeated.loan_id, order_by=repeated.since_on)
    repeated = repeated.mutate(before=repeated.since_on.lag().over(order))
    last = ibis.window(group_by=repeated.loan_id, order_by=ibis.desc(repeated.since_on))
    repeated = repeated.mutate(place=ibis.row_number().over(last))
    repeated = repeated.filter(repeated.place == 0)
    again = repeated.select(
        "loan_id", restructured_again=(repeated.since_on.delta(repeated.before, unit="day") < days).fill_null(False)
    )
    latest = past.group_by("loan_id").agg(
        **{f"{name}_on": past.since_on.max(where=past.event == name) for name in EVENTS},
        credit_loss_share=past.share.max(where=past.event == "expected_credit_loss"),
    )
    joined = loans.left_join(latest, "loan_id").drop("loan_id_right").left_join(again, "loan_id").drop("loan_id_right")
    since = ibis.literal(as_of - timedelta(days=days))
    return joined.mutate(
        restructured_again=joined.restructured_again.fill_null(False),
        under_observation=(joined.restructured_on > since).fill_null(False),
    )


def _settled(loans: ir.Table) -> Any:
    """Nothing is owed: a state is known, with balance 0 and nothing overdue."""
    owed = (loans.overdue_principal_fen > 0).fill_null(False) | (loans.overdue_interest_fen > 0).fill_null(False)
    return loans.state_on.notnull() & (loans.balance_fen == 0).fill_null(False) & ~owed


def _own_open(loans: ir.Table, as_of: date, rules: FiveClassRules) -> Any:
    oldest = ibis.literal(as_of - timedelta(days=int(rules.state_age_days_max.value)))
    missing = {
        "state": loans.state_on.isnull(),
        "state_age": (loans.state_on < oldest).fill_null(False),
        "overdue_days": loans.state_on.notnull() & loans.overdue_days.isnull(),
        "balance": loans.state_on.notnull() & loans.balance_fen.isnull(),
    }
    codes = _joined([(condition, name) for name, condition in missing.items()], ",")
    return ibis.ifelse(loans.settled, "", codes)


def _across_banks(loans: ir.Table, as_of: date, rules: FiveClassRules) -> ir.Table:
    """What the debtor owes at all banks, what of it is overdue beyond the edge of substandard, what is not known.

    A loan granted so lately that no state can be expected yet leaves the debtor's other loans alone.
    """
    long_overdue = (loans.overdue_days > rules.days_above("substandard")).fill_null(False)
    recent = loans.granted_on >= ibis.literal(as_of - timedelta(days=int(rules.state_age_days_max.value)))
    unknown = (loans.own_open != "") & ~(recent.fill_null(False) & loans.state_on.isnull())
    owed = loans.mutate(fen=loans.balance_fen.fill_null(0), long_overdue=long_overdue, unknown=unknown)
    sums = owed.group_by("company_id").agg(
        debtor_fen=owed.fen.sum().cast("int64"),
        debtor_overdue_fen=owed.fen.sum(where=owed.long_overdue).fill_null(0).cast("int64"),
        debtor_unknown=ibis.ifelse(owed.unknown, 1, 0).sum().cast("int64"),
    )
    return _joined_on(owed, sums, ["company_id"])


def _within_bank(loans: ir.Table) -> ir.Table:
    sums = loans.group_by("company_id", "bank_id").agg(
        bank_fen=loans.fen.sum().cast("int64"),
        bank_bad_fen=loans.fen.sum(where=loans["rank"] >= BAD).fill_null(0).cast("int64"),
    )
    return _joined_on(loans, sums, ["company_id", "bank_id"])


def _elsewhere(loans: ir.Table) -> ir.Table:
    """How many bad loans the debtor has at other banks."""
    bad = ibis.ifelse((loans["rank"] >= BAD) & ~loans.settled, 1, 0)
    counted = loans.mutate(bad=bad)
    here = counted.group_by("company_id", "bank_id").agg(bad_here=counted.bad.sum().cast("int64"))
    everywhere = counted.group_by("company_id").agg(bad_everywhere=counted.bad.sum().cast("int64"))
    joined = _joined_on(_joined_on(counted, here, ["company_id", "bank_id"]), everywhere, ["company_id"])
    return joined.mutate(bad_elsewhere=joined.bad_everywhere - joined.bad_here)


def _as_is(loans: ir.Table) -> ir.Table:
    return loans


# What each of the debtor's reasons reads, summed when the reasons before it are known.
_SUMS: Mapping[str, Callable[[ir.Table], ir.Table]] = {
    "overdue_at_all_banks": _as_is,
    "bad_at_this_bank": _within_bank,
    "bad_at_other_bank": _elsewhere,
}


def _joined_on(loans: ir.Table, sums: ir.Table, keys: list[str]) -> ir.Table:
    joined = loans.left_join(sums, keys)
    return joined.drop(*(name for name in joined.columns if name.endswith("_right")))


def _shown(loans: ir.Table, rules: FiveClassRules) -> ir.Table:
    """The result's columns, in order."""
    names = _joined([(loans[f"rank_{one.code}"] > 0, one.code) for one in REASONS], ",")
    cited = {one.rule: getattr(rules, one.rule).cite.rule for one in REASONS}
    used = [
        (_any([loans[f"rank_{one.code}"] > 0 for one in REASONS if one.rule == field]), rule)
        for field, rule in cited.items()
    ]
    others = loans.debtor_unknown - ibis.ifelse(loans.unknown, 1, 0)
    pieces = [(loans.own_open != "", loans.own_open), ((others > 0) & ~loans.settled, ibis.literal("debtor"))]
    shown = loans.mutate(reasons=names, rules=_joined(used, ","), open_inputs=_joined(pieces, ","))
    complete = (shown.open_inputs == "") | (shown["rank"] == len(GRADES) - 1)
    code = ibis.cases(*((shown["rank"] == place, name) for place, name in enumerate(GRADES)))
    nothing = ibis.null("string")
    graded = shown.mutate(
        status=ibis.cases((shown.settled, "settled"), (complete, "graded"), else_="open"),
        grade=ibis.cases((shown.settled, nothing), (complete, code), else_=nothing),
        grade_at_least=ibis.ifelse(shown.settled, nothing, code),
        reason_zh=_sentences(shown, "zh"),
        reason_en=_sentences(shown, "en"),
    )
    bank_rank = ibis.cases(*((graded.bank_grade == name, place) for place, name in enumerate(GRADES)))
    stricter = ibis.ifelse(graded.settled, ibis.null("int64"), graded["rank"].cast("int64") - bank_rank)
    return graded.select(
        "loan_id", "company_id", "bank_id", "status", "grade", "grade_at_least", "reasons", "rules", "open_inputs",
        "reason_zh", "reason_en", "state_on", "balance_fen", "overdue_days", "bank_grade", steps_below_bank=stricter,
    )  # fmt: skip


def _sentences(loans: ir.Table, lang: str) -> Any:
    """The reasons and what is not known, as one text."""
    between = "；" if lang == "zh" else "; "
    pieces = [
        (loans[f"rank_{one.code}"] > 0, _filled(loans, one.zh if lang == "zh" else one.en)) for one in REASONS
    ]  # fmt: skip
    for code, texts in OPEN_INPUTS.items():
        text = texts[0] if lang == "zh" else texts[1]
        pieces.append((("," + loans.open_inputs + ",").contains(f",{code},"), ibis.literal(text)))
    return _joined(pieces, between)


def _filled(loans: ir.Table, text: str) -> Any:
    """A sentence with the loan's own values in place of the names in braces."""
    parts: list[Any] = []
    for number, part in enumerate(text.replace("}", "{").split("{")):
        parts.append(loans[part].cast("string").fill_null("") if number % 2 else ibis.literal(part))
    whole = parts[0]
    for part in parts[1:]:
        whole = whole + part
    return whole


def _above(part: Any, whole: Any, share: Figure) -> Any:
    """part / whole > share, in whole numbers."""
    top, bottom = share.value.as_integer_ratio()
    return part.cast("decimal(38, 0)") * bottom > whole.cast("decimal(38, 0)") * top


def _greatest(loans: ir.Table, reasons: tuple[Reason, ...]) -> Any:
    return ibis.ifelse(loans.settled, 0, ibis.greatest(*(loans[f"rank_{one.code}"] for one in reasons)))


def _any(conditions: list[Any]) -> Any:
    found = conditions[0]
    for one in conditions[1:]:
        found = found | one
    return found


def _joined(pieces: list[tuple[Any, Any]], between: str) -> Any:
    """The texts whose condition holds, with a mark between them; nothing is an empty text."""
    text: Any = ibis.literal("")
    for condition, piece in pieces:
        value = ibis.literal(piece) if isinstance(piece, str) else piece
        text = text + ibis.ifelse(condition.fill_null(False), ibis.literal(between) + value, ibis.literal(""))
    return text.substr(len(between))
