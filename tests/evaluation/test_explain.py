"""Reasons and levers, against sums done by hand."""

from __future__ import annotations

from datetime import date

import pytest

from kejin.evaluation.inputs import input_of
from kejin.evaluation.profile import (
    FigureShown,
    change_text,
    missing_sentences,
    strengths_and_weaknesses,
    title_sentences,
)
from kejin.schemes.explain import Answer, explain, moved, what_if
from kejin.schemes.scheme import Label
from kejin.workflows.evaluation_rules import rules_of_day

RULES = rules_of_day(date(2026, 6, 30))
# 60 of 100 points are needed. This company: staff 10 of 100 → 4 points; R&D 2.7 % of sales → 10; no class-I right and
# two of class II → 12. Together 26.
ROW = {
    "staff_total_y0": 100.0,
    "tech_staff_y0": 10.0,
    "revenue_fen_y0": 10_000_000_00.0,
    "total_assets_fen_y0": 5_000_000_00.0,
    "total_cost_fen_y0": 9_000_000_00.0,
    "rd_expense_fen_y0": 270_000_00.0,
    "class_one_main_low": 0.0,
    "class_one_main_high": 0.0,
    "class_two_main_low": 2.0,
    "class_two_main_high": 2.0,
    "mainland_resident": True,
    "restricted_product": False,
    "serious_failing_2y": False,
    "on_abnormal_list": False,
    "on_serious_breach_list": False,
}


def _answer(**changes: object) -> Answer:
    scheme = RULES.scheme("tech_sme")
    assert scheme is not None
    row = dict.fromkeys(scheme.detail.inputs) | ROW
    row |= {name: 0.0 for name in scheme.detail.inputs if name not in ROW and "__" in name and "holds" not in name}
    row |= {name: False for name in scheme.detail.inputs if name.startswith("holds__")}
    row |= {"units_national": 0.0, "units_provincial": 0.0}
    return explain(scheme, row | changes, input_of)


def test_points_and_answer_by_hand() -> None:
    answer = _answer()
    assert answer.qualifies is False
    assert (answer.score_low, answer.score_high) == (26.0, 26.0)


def test_a_lever_says_how_much_more_is_needed() -> None:
    """3 % of 1,000万 sales is 30万: 3万 more than the 27万 spent, for 10 more points."""
    changes = [change for line in _answer().lines if line.name == "rd_to_sales" for change in line.changes]
    first = min(changes, key=lambda change: change.needed)
    assert first.needed == 300_000_00.0
    assert first.more == 30_000_00.0
    assert first.gains == 10.0
    assert not first.decides
    assert change_text(first, "zh") == "上年度研发费用再增加3.00万元"


def test_a_decisive_change_is_one_that_turns_the_answer() -> None:
    """50 points for R&D instead of 10 make 66: 6 % of sales, 60万, alone is enough."""
    decisive = {(change.column, change.needed) for change in _answer().decisive}
    assert ("rd_expense_fen_y0", 600_000_00.0) in decisive
    assert ("tech_staff_y0", 30.0) not in decisive  # 20 points instead of 4 make 42 only


def test_missing_staff_widens_the_score_and_is_named() -> None:
    answer = _answer(tech_staff_y0=None)
    assert (answer.score_low, answer.score_high) == (22.0, 42.0)
    assert "tech_staff_y0" in answer.missing


def test_open_answers_name_what_would_decide_them() -> None:
    answer = _answer(rd_expense_fen_y0=None)
    assert (answer.score_low, answer.score_high) == (16.0, 66.0)
    assert answer.qualifies is None
    sentences = missing_sentences([answer], {"annual_report"})
    assert any("rd_expense_fen_y0" in sentence.rests_on for sentence in sentences)


def test_what_if_gives_the_answer_after_the_change() -> None:
    scheme = RULES.scheme("tech_sme")
    assert scheme is not None
    row = dict.fromkeys(scheme.detail.inputs) | ROW
    before, after = what_if(scheme, row, {}), what_if(scheme, row, {"rd_expense_fen_y0": 600_000_00.0})
    assert before["tech_sme__rd_input__low"] == 10.0
    assert after["tech_sme__rd_input__low"] == 50.0


def test_what_is_surely_there_is_possibly_there() -> None:
    after = moved({"class_one_main_low": 0.0, "class_one_main_high": 1.0}, {"class_one_main_low": 3.0})
    assert after == {"class_one_main_low": 3.0, "class_one_main_high": 3.0}


def test_title_sentence_says_why_not() -> None:
    (sentence,) = title_sentences([_answer()])
    assert sentence.text.zh.startswith("科技型中小企业：不符合（得分26")
    assert "does not qualify (score 26" in sentence.text.en


@pytest.mark.parametrize(
    ("percentile", "higher_is_better", "strong", "weak"),
    [
        (0.8, True, 1, 0),
        (0.2, True, 0, 1),
        (0.8, False, 0, 1),
        (0.5, True, 0, 0),
        (None, True, 0, 0),
        (0.9, None, 0, 0),
    ],
)
def test_quarters_make_strengths_and_weaknesses(
    percentile: float | None, higher_is_better: bool | None, strong: int, weak: int
) -> None:
    figure = FigureShown("x", Label("甲", "A"), "ratio", 0.1, "research", higher_is_better, percentile, 30)
    strengths, weaknesses = strengths_and_weaknesses([figure])
    assert (len(strengths), len(weaknesses)) == (strong, weak)


def test_every_line_cites_a_rule_or_reads_a_fact() -> None:
    for scheme in RULES.schemes:
        answer = explain(scheme, dict.fromkeys(scheme.detail.inputs), input_of)
        for line in answer.lines:
            assert line.cites or scheme.inputs_of(line.name), line.name
