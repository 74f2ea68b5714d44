"""Rules: shown beside their text, compared, tried, and published by two people."""

from __future__ import annotations

from fastapi import FastAPI
from served_city import DAY, LogIn

from kejin.policy.rule_book import RuleBook

NAME = "titles/star_board/rd_total_cny_min"
TEXT = RuleBook.shipped().text_of(RuleBook.shipped().file_of(NAME))
LOWER = TEXT.replace('"80000000"', '"8000000"')


def test_a_rule_stands_beside_its_text_and_days(served_for_reading: FastAPI, log_in: LogIn) -> None:
    answer = log_in(served_for_reading, "auditor").get(f"/rules/show/{NAME}?as_of={DAY}")
    assert answer.status_code == 200
    assert "或最近三年研发投入金额累计在8000万元以上" in answer.text
    assert "2024-04-30" in answer.text


def test_two_days_are_compared(served_for_reading: FastAPI, log_in: LogIn) -> None:
    client = log_in(served_for_reading, "auditor")
    assert NAME in client.get("/rules/diff?left=2024-04-29&right=2024-04-30").text
    assert NAME not in client.get("/rules/diff?left=2024-04-30&right=2024-05-01").text


def test_a_trial_counts_answers_and_publishes_nothing(served_for_reading: FastAPI, log_in: LogIn) -> None:
    client = log_in(served_for_reading, "risk")
    answer = client.post(f"/rules/what-if?as_of={DAY}", data={"name": NAME, "text": LOWER})
    assert answer.status_code == 200
    same = client.post(f"/rules/what-if?as_of={DAY}&lang=en", data={"name": NAME, "text": TEXT})
    assert "No company would be answered otherwise." in same.text
    assert not (served_for_reading.state.serving.path / "overlay").exists()


def test_a_rule_is_published_by_somebody_else_than_its_maker(served: FastAPI, log_in: LogIn) -> None:
    risk, approver, officer = (log_in(served, name) for name in ("risk", "approver", "officer"))
    form = {"name": NAME, "text": LOWER, "comment": "our own line"}
    assert officer.post("/rules/propose", data=form).status_code == 403
    assert approver.post("/rules/propose", data=form).status_code == 403
    place = risk.post("/rules/propose", data=form).headers["location"]
    own = served.state.serving.path / "overlay" / "rules" / f"{NAME}.yaml"
    assert not own.exists()
    answer = {"answer": "confirm", "comment": "agreed", "version": 2}
    assert risk.post(f"{place}/answer", data=answer).status_code == 403
    assert not own.exists()
    assert approver.post(f"{place}/answer", data=answer).status_code == 303
    assert own.read_text("utf-8") == LOWER
    with served.state.serving.pool.reader() as reader:
        assert NAME in RuleBook.shipped(reader.workspace.overlay_path).overridden
    acts = [entry.act for entry in served.state.serving.store.journal.find(subject=NAME)]
    assert acts == ["matter_open", "matter_propose", "matter_confirm"]
    own.unlink()
    assert approver.post(f"{place}/write").status_code == 303
    assert own.read_text("utf-8") == LOWER


def test_a_text_that_is_not_right_is_refused_before_anybody_sees_it(served: FastAPI, log_in: LogIn) -> None:
    risk = log_in(served, "risk")
    for name, text in (
        (NAME, TEXT.replace("value:", "valu:")),
        (NAME, TEXT.replace("2024-04-30", "2024-06-30")),
        (NAME, "x: ["),
        ("../../kejin", TEXT),
        ("titles/not/there", TEXT),
    ):
        answer = risk.post("/rules/propose", data={"name": name, "text": text, "comment": "our own line"})
        assert answer.status_code in (400, 404), name
    assert served.state.serving.store.journal.head().sequence <= 1
