"""Small rule books for the tests: files written to a folder, read as the shipped ones are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kejin.policy import RuleBook
from kejin.policy.check_rules import check_rules

SOURCES = {
    "old_notice": """\
title: {zh: 旧通知, en: Old notice}
issued_on: 2019-12-01
effective_from: 2020-01-01
confidence: text_seen
""",
    "new_notice": """\
title: {zh: 新通知, en: New notice}
number: 测试〔2023〕1号
issued_on: 2023-03-15
effective_from: 2023-07-01
confidence: text_seen
""",
}

TWO_VALUES = """\
title: {zh: 上限, en: Limit}
kind: value
unit: CNY
values:
  - from: 2020-01-01
    until: 2023-06-30
    value: "100"
    printed: 100元
    document: old_notice
    article: 第一条
    confidence: text_seen
  - from: 2023-07-01
    until: open
    value: "200"
    printed: 200元
    document: new_notice
    article: 第一条
    confidence: unverified
"""

EXCEPTIONS = """\
title: {zh: 比例, en: Ratio}
kind: value
unit: ratio
values:
  - {from: 2020-01-01, until: open, value: "0.5",
     printed: 50%, document: old_notice, article: 一, confidence: text_seen}
exceptions:
  pilot_city:
    title: {zh: 试点城市, en: Pilot city}
    where: city in ["深圳", "苏州"]
    overrides: [base]
    values:
      - {from: 2020-01-01, until: open, value: "0.8",
         printed: 80%, document: old_notice, article: 二, confidence: text_seen}
  small_loan:
    title: {zh: 小额, en: Small loan}
    where: loan_cny <= 1000
    overrides: [pilot_city]
    values:
      - {from: 2020-01-01, until: open, value: "0.9",
         printed: 90%, document: new_notice, article: 三, confidence: text_seen}
"""


def write_tree(folder: Path, rules: Mapping[str, str], sources: Mapping[str, str] | None = None) -> Path:
    """The folder with rules/ and sources/ in it."""
    for group, files in (("rules", rules), ("sources", SOURCES if sources is None else sources)):
        (folder / group).mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            path = folder / group / f"{name}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    return folder


def book_of(folder: Path, rules: Mapping[str, str], sources: Mapping[str, str] | None = None) -> RuleBook:
    """A book of these rules."""
    return RuleBook(write_tree(folder, rules, sources))


def codes_found(folder: Path, rules: Mapping[str, str], sources: Mapping[str, str] | None = None) -> list[str]:
    """The error codes that a check of these rules gives, sources that nothing cites left aside."""
    findings = check_rules(book_of(folder, rules, sources))
    return [one.code for one in findings if one.code != "policy.source_unused"]
