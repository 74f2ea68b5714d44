"""A profile in the terminal and as JSON: complete, in both languages, nothing read as markup, missing never 0."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from rich.console import Console
from sample_profiles import SHORT_OF_RD, sample

from kejin.app.formula_text import formula_text
from kejin.app.profile_text import print_profile, profile_json, profile_lines
from kejin.app.shown import needed_gates
from kejin.schemes.expressions import Column, If, lift, smaller


def printed(lang: str, name: str = "云海") -> str:
    out = StringIO()
    print_profile(sample(name=name), lang, Console(file=out, width=160, color_system=None))
    return out.getvalue()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_gate_and_item_has_its_line(lang: str) -> None:
    profile = sample()
    text = "\n".join(profile_lines(profile, lang))
    table = printed(lang)
    for answer in profile.answers:
        assert answer.label.of(lang) in text
        for line in answer.lines:
            assert line.label.of(lang) in text, line.name
            assert line.label.of(lang)[:12] in table, line.name


def test_lines_say_value_threshold_rule_and_change() -> None:
    lines = profile_lines(sample(), "zh")
    assert "  ✓ 职工总数：120人；需 ≤ 500人" in lines
    place = lines.index("  ✓ 职工总数：120人；需 ≤ 500人")
    assert "国科发政〔2017〕115号 评价条件：“职工总数不超过500人”" in lines[place + 1]
    assert "titles/tech_sme/employees_max" in lines[place + 1]
    assert any("上年度研发费用再增加45.00万元（仅此一项即可符合）" in line for line in lines)
    assert any("life_cycle/start_up_age_years_max" in line and "未核实" in line for line in lines)
    assert "虚构数据：来自模拟城市，企业并不存在。" in lines


def test_missing_is_said() -> None:
    inputs = {name: value for name, value in SHORT_OF_RD.items() if name != "staff_total_y0"}
    lines = profile_lines(sample(inputs=inputs), "zh")
    assert "  ? 职工总数：缺失；需 ≤ 500人" in lines


def test_a_name_is_never_markup() -> None:
    assert "[red]不是标记[/red]" in printed("zh", "[red]不是标记[/red]")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_json_is_whole(lang: str) -> None:
    profile = sample()
    said = json.loads(json.dumps(profile_json(profile, lang), allow_nan=False))
    assert said["synthetic"] is True
    assert [one["scheme"] for one in said["answers"]] == [answer.scheme for answer in profile.answers]
    for shown, answer in zip(said["answers"], profile.answers, strict=True):
        assert [line["name"] for line in shown["lines"]] == [line.name for line in answer.lines]
        for line, own in zip(shown["lines"], answer.lines, strict=True):
            assert [cite["rule"] for cite in line["cites"]] == [cite.rule for cite in own.cites]
            assert len(line["changes"]) == len(own.changes)
    assert {one["name"] for one in said["inputs"]} == set(profile.inputs)
    staff = next(line for line in said["answers"][0]["lines"] if line["name"] == "staff_max")
    assert (staff["value"], staff["threshold"], staff["comparison"], staff["passes"]) == (120.0, 500.0, "<=", True)
    assert staff["reads"] == ["staff_total_y0"]
    absent = next(one for one in said["inputs"] if one["name"] == "net_assets_fen_y0")
    assert absent["value"] is None


def test_needed_gates_are_told_from_other_ways() -> None:
    answer = next(one for one in sample().answers if one.scheme == "tech_sme")
    # 国科发政〔2017〕115号: the general conditions are all needed; a score or one direct condition is enough.
    assert needed_gates(answer) == {"resident", "product", "clean_record", "staff_max", "sales_max", "assets_max"}


def test_formulas_read_as_on_paper() -> None:
    revenue, spent = Column("revenue_fen_y0"), Column("rd_expense_fen_y0")
    assert formula_text(spent / revenue, "en") == "R&D expense, last year ÷ Revenue, last year"
    assert formula_text((spent + revenue) / (revenue - spent), "zh") == (
        "(上年度研发费用 + 上年度营业收入) ÷ (上年度营业收入 − 上年度研发费用)"
    )
    assert formula_text(spent - (revenue - spent), "zh") == "上年度研发费用 − (上年度营业收入 − 上年度研发费用)"
    assert formula_text(smaller(spent, revenue), "zh") == "取小（上年度研发费用，上年度营业收入）"
    assert formula_text(~((spent > 0) | (revenue > 0)), "zh") == "非 (上年度研发费用 > 0 或 上年度营业收入 > 0)"
    assert formula_text(If(spent > 0, lift(1.0), lift(0.0)) + 2, "en").startswith("(if R&D expense, last year > 0 then")


def test_a_district_is_named_in_one_language() -> None:
    zh, en = ("\n".join(profile_lines(sample(), lang)) for lang in ("zh", "en"))
    assert "南山区" in zh
    assert "Nanshan" not in zh
    assert "Nanshan" in en
    assert "南山区" not in en
    shown = {one["name"]: one["value"] for one in profile_json(sample(), "zh")["identity"]}
    assert shown["district"] == "南山区"
