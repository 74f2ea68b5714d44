"""Models: the register as it is, and retirement by two people."""

from __future__ import annotations

import json
from datetime import date

from fastapi import FastAPI
from served_city import LogIn

from kejin.credit.registered_model import RegisteredModel
from kejin.workflows.default_models import VALIDATION, register_folder, registered_models, write_record


def _registered(served: FastAPI) -> str:
    model = RegisteredModel(
        "default", "v1", "credit", "high", "owner", date(2026, 1, 1), "d" * 64, "m" * 64, "c" * 64, "r" * 64
    )
    with served.state.serving.pool.reader() as reader:
        write_record(reader.workspace, model)
        figures = {"score_stability": {"index": 0.15}, "<script>": "x"}
        (register_folder(reader.workspace) / "v1" / VALIDATION).write_text(json.dumps(figures), "utf-8")
    return model.version


def test_a_register_without_models_says_what_to_do(served_for_reading: FastAPI, log_in: LogIn) -> None:
    answer = log_in(served_for_reading, "risk").get("/models?lang=en")
    assert "No model is registered." in answer.text
    assert log_in(served_for_reading, "company").get("/models").status_code == 403
    assert log_in(served_for_reading, "risk").get("/models/v9").status_code == 404


def test_a_model_is_retired_by_two_people(served: FastAPI, log_in: LogIn) -> None:
    version = _registered(served)
    risk, approver = log_in(served, "risk"), log_in(served, "approver")
    page = risk.get(f"/models/{version}").text
    assert "score_stability.index" in page
    assert "<script>" not in page.split("score_stability")[0].split("<main")[1]
    assert approver.post(f"/models/{version}/propose", data={"comment": "too old"}).status_code == 403
    assert risk.post(f"/models/{version}/propose", data={"comment": "too old", "version": 0}).status_code == 303
    matter = approver.get(f"/models/{version}").text.split("/models/matters/")[1].split("/")[0]
    answer = {"answer": "confirm", "comment": "agreed", "version": 2}
    assert risk.post(f"/models/matters/{matter}/answer", data=answer).status_code == 403
    assert approver.post(f"/models/matters/{matter}/answer", data=answer | {"version": 1}).status_code in (400, 409)
    assert approver.post(f"/models/matters/{matter}/answer", data=answer).status_code == 303
    with served.state.serving.pool.reader() as reader:
        assert registered_models(reader.workspace)[0].retired_on is not None
    assert risk.post(f"/models/{version}/propose", data={"comment": "again so"}).status_code == 400
