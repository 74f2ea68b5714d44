"""A company about itself: consents, looks, objections; and how an institution answers."""

from __future__ import annotations

from datetime import timedelta

from fastapi import FastAPI
from fastapi.testclient import TestClient
from served_city import GROUPS, LogIn

from kejin.app.journal_command import _replayers
from kejin.casework.objections import objections
from kejin.casework.store import now
from kejin.journal import replay


def _own_company(served: FastAPI) -> str:
    return str(served.state.serving.people.find("company").company_id)


def _bank(served: FastAPI) -> str:
    return str(served.state.serving.people.find("risk").head_office)


def _object(client: TestClient, bank: str, figure: str = "rd_intensity_1y") -> int:
    data = {"institution": bank, "figure": figure, "reason": "The filing of last year was corrected."}
    return client.post("/self/objection", data=data).status_code


def test_a_company_sees_itself_and_its_levers(served_for_reading: FastAPI, log_in: LogIn) -> None:
    text = log_in(served_for_reading, "company").get("/self?lang=en").text
    for part in ("How we are seen", "What would improve it", "Who looked at our data", "Object to a figure"):
        assert part in text
    assert log_in(served_for_reading, "officer").get("/self").status_code == 403


def test_consent_opens_and_withdrawal_closes_the_portrait(served: FastAPI, log_in: LogIn) -> None:
    owner, insurer, company = log_in(served, "company"), log_in(served, "insurer"), _own_company(served)
    house = served.state.serving.people.find("insurer").head_office
    data = {"institution": house, "purpose": "insurance", "group": GROUPS}
    assert insurer.get(f"/companies/{company}").status_code == 403
    until = str(now().date() + timedelta(days=30))
    assert owner.post("/self/consent", data=data | {"until": until}).status_code == 303
    assert insurer.get(f"/companies/{company}").status_code == 200
    assert until in owner.get("/self").text
    assert owner.post("/self/consent/withdraw", data=data).status_code == 303
    assert insurer.get(f"/companies/{company}").status_code == 403
    assert owner.post("/self/consent", data=data | {"until": "2020-01-01"}).status_code == 400
    assert owner.post("/self/consent", data=data | {"institution": "NOWHERE"}).status_code == 404
    assert owner.post("/self/consent", data=data | {"purpose": "curiosity"}).status_code == 404


def test_a_company_sees_who_looked_but_not_its_own_looks(served: FastAPI, log_in: LogIn) -> None:
    owner, company = log_in(served, "company"), _own_company(served)
    assert "Nobody looked yet." in owner.get("/self?lang=en").text
    log_in(served, "officer").get(f"/companies/{company}")
    log_in(served, "insurer").get(f"/companies/{company}")
    text = owner.get("/self?lang=en").text
    assert "Relationship manager" in text
    assert "refused" in text


def test_an_objection_is_answered_once_and_by_the_institution_it_went_to(served: FastAPI, log_in: LogIn) -> None:
    owner, risk, bank = log_in(served, "company"), log_in(served, "risk"), _bank(served)
    store = served.state.serving.store
    assert _object(owner, bank) == 303
    assert _object(owner, bank) == 400  # the first still waits
    assert _object(owner, bank, "no_such_figure") == 404
    (made,) = objections(store, head=bank)
    assert made.due_on == now().date() + timedelta(days=20)
    assert made.matter_id in risk.get("/").text
    path = f"/objections/{made.matter_id}"
    answer = {"version": "1", "verdict": "upheld", "reason": "The register agrees with the figure."}
    for name in ("company", "officer", "approver", "auditor", "supervisor"):
        assert log_in(served, name).post(path, data=answer).status_code == 403, name
    assert risk.post(path, data=answer | {"reason": "no"}).status_code == 400
    assert risk.post(path, data=answer | {"version": "2"}).status_code == 409
    assert risk.post(path, data=answer).status_code == 303
    assert risk.post(path, data=answer | {"version": "2"}).status_code == 400
    (done,) = objections(store, head=bank)
    assert done.state == "upheld"
    assert "The register agrees" in owner.get(path).text
    assert _object(owner, bank) == 303  # an answered one may be made anew


def test_an_objection_of_another_institution_is_not_there(served: FastAPI, log_in: LogIn) -> None:
    owner, risk = log_in(served, "company"), log_in(served, "risk")
    assert _object(owner, "INSURE00") == 303
    (made,) = objections(served.state.serving.store)
    assert risk.get(f"/objections/{made.matter_id}").status_code == 404
    answer = {"version": "1", "verdict": "upheld", "reason": "Not ours to answer."}
    assert risk.post(f"/objections/{made.matter_id}", data=answer).status_code == 404
    assert made.matter_id not in risk.get("/objections").text
    assert made.matter_id in log_in(served, "supervisor").get("/objections").text


def test_objections_replay_and_a_changed_history_is_found(served: FastAPI, log_in: LogIn) -> None:
    serving = served.state.serving
    assert _object(log_in(served, "company"), _bank(served)) == 303
    (made,) = objections(serving.store)
    answer = {"version": "1", "verdict": "corrected", "reason": "The filing was read wrongly."}
    assert log_in(served, "risk").post(f"/objections/{made.matter_id}", data=answer).status_code == 303
    acts = ("objection_open", "objection_answer")
    entries = [next(iter(serving.store.journal.find(act=act))) for act in acts]
    outcomes = [one.outcome for one in replay(entries, _replayers(serving.path))]
    assert outcomes == ["equal", "equal"]
    assert serving.store.journal.verify().ok
    from kejin.casework.tables import matter_event_table
    from kejin.journal.canonical import encode

    forged = encode({"state": "upheld", "reason": "The filing was read wrongly."})
    with serving.store.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER IF EXISTS matter_event_no_update")
        statement = matter_event_table.update().where(matter_event_table.c.version == 2).values(details=forged)
        connection.execute(statement)
    second = list(replay(entries, _replayers(serving.path)))[1]
    assert second.outcome != "equal"
    assert second.problem is not None
    assert second.problem.code == "casework.objection_differs"


def test_a_row_beside_an_objection_that_says_otherwise_is_found(served: FastAPI, log_in: LogIn) -> None:
    from kejin.casework.tables import matter_table

    serving = served.state.serving
    assert _object(log_in(served, "company"), _bank(served)) == 303
    entries = list(serving.store.journal.find(act="objection_open"))
    for wrong in ({"state": "upheld"}, {"due_on": None}, {"maker": "risk"}, {"institution_id": "BANK99"}):
        before = serving.store.row(matter_table.select())
        with serving.store.writing() as connection:
            connection.execute(matter_table.update().values(**wrong))
        assert [one.outcome for one in replay(entries, _replayers(serving.path))] != ["equal"], wrong
        with serving.store.writing() as connection:
            connection.execute(matter_table.update().values(**{name: before[name] for name in wrong}))
    assert [one.outcome for one in replay(entries, _replayers(serving.path))] == ["equal"]
