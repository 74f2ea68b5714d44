"""How acts of casework are done again: act -> a function of workspace and entry that gives the result's hash."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kejin.casework import consents, matters, objections, person_replay
from kejin.casework.case_record import act_of
from kejin.casework.case_replay import replay_case
from kejin.casework.case_states import STEPS
from kejin.journal import Entry

REPLAYERS: dict[str, Callable[[Path, Entry], str]] = {
    **{act_of(kind): replay_case for kind in STEPS},
    **matters.REPLAYERS,
    **dict.fromkeys(person_replay.ACTS, person_replay.replay_person),
    consents.ACT: consents.replay_consent,
    objections.OPEN_ACT: objections.replay,
    objections.ANSWER_ACT: objections.replay,
}
