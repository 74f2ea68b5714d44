"""Which grade would a loan need if a person confirmed what tracing found?

A finding of tracing proposes a grade; it never sets one. So proposals stand in columns of their own, beside the grade
that confirmed reasons call for, and each says what it rests on and what a person has made of it.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from kejin.monitoring.five_classes import GRADES, FiveClassRules

STATES = ("proposed", "confirmed", "dismissed", "nothing_found", "not_traced")
FINDING_SCHEMA = {
    "loan_id": "string",
    "misuse_proposed": "boolean",
    "typologies": "string",
    "flags": "string",
    "evidence_strength": "float64",
    "traced_on": "date",
    "trace_entry": "int64",
}


def propose_grades(
    graded: ir.Table, findings: ir.Table, events: ir.Table, as_of: date, rules: FiveClassRules
) -> ir.Table:
    """The graded loans with what tracing proposes for each of them.

    findings        FINDING_SCHEMA, one row a loan at most: the newest tracing of it that was known on the day.
    events          those of five_classes: misuse_confirmed; misuse_dismissed, which speaks of tracings up to its day.
    finding         one of STATES; missing for a settled loan. A loan that was not traced, or whose payment out was not
                    seen, is not_traced: that is not the same as nothing found.
    grade_proposed  the stricter of grade_at_least and the rule's grade, where the state is proposed; else missing.
                    What it would do to other loans of the debtor is not worked out before a person confirms it.
    """
    past = events.filter(events.since_on <= ibis.literal(as_of))
    said = past.group_by("loan_id").agg(
        confirmed_on=past.since_on.max(where=past.event == "misuse_confirmed"),
        dismissed_on=past.since_on.max(where=past.event == "misuse_dismissed"),
    )
    joined = graded.left_join(findings, "loan_id").drop("loan_id_right")
    joined = joined.left_join(said, "loan_id").drop("loan_id_right")
    dismissed = joined.dismissed_on >= ibis.coalesce(joined.traced_on, joined.dismissed_on)
    state = ibis.cases(
        (joined.status == "settled", ibis.null("string")),
        (joined.confirmed_on.notnull(), "confirmed"),
        (dismissed.fill_null(False), "dismissed"),
        (joined.misuse_proposed.isnull(), "not_traced"),
        (joined.misuse_proposed, "proposed"),
        else_="nothing_found",
    )
    stated = joined.mutate(finding=state)
    proposed = (stated.finding == "proposed").fill_null(False)
    rank = ibis.cases(*((stated.grade_at_least == name, place) for place, name in enumerate(GRADES)), else_=0)
    stricter = ibis.greatest(rank, GRADES.index(rules.misuse_at_least.code))
    grade = ibis.cases(*((stricter == place, name) for place, name in enumerate(GRADES)))
    return stated.mutate(
        grade_proposed=ibis.ifelse(proposed, grade, ibis.null("string")),
        proposal_rule=ibis.ifelse(proposed, ibis.literal(rules.misuse_at_least.cite.rule), ibis.null("string")),
        proposal_zh=ibis.ifelse(proposed, _sentence(stated, "zh"), ibis.null("string")),
        proposal_en=ibis.ifelse(proposed, _sentence(stated, "en"), ibis.null("string")),
    ).select(
        *graded.columns, "finding", "grade_proposed", "proposal_rule", "proposal_zh", "proposal_en", "traced_on",
        "trace_entry",
    )  # fmt: skip


def _sentence(loans: ir.Table, lang: str) -> Any:
    """What was found, on which day, and that it waits for a person."""
    day, entry = loans.traced_on.cast("string"), loans.trace_entry.cast("string")
    kinds, flags = loans.typologies.upper(), loans.flags.upper()
    nothing = ibis.literal("无" if lang == "zh" else "none")
    kinds, flags = (ibis.ifelse(one == "", nothing, one) for one in (kinds, flags))
    if lang == "zh":
        return (
            ibis.literal("资金追踪疑似挪用（") + day + "，日志第" + entry + "条；类型" + kinds + "；标志" + flags
            + "）：待人确认"
        )  # fmt: skip
    return (
        ibis.literal("tracing suspects misuse (") + day + ", journal entry " + entry + "; typologies " + kinds
        + "; flags " + flags + "): for a person to confirm"
    )  # fmt: skip
