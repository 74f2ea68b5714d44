"""How each act of the journal is done again: act -> a function of workspace and entry that gives the result's hash."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kejin.journal import Entry
from kejin.workflows import (
    assess_loan,
    check_pledge,
    classify_loans,
    evaluate_companies,
    fit_default,
    fit_renewal,
    pledge_flow,
    preapprove,
    score_default,
    trace_funds,
    value_patents,
    watch_companies,
    watch_pledges,
)

REPLAYERS: dict[str, Callable[[Path, Entry], str]] = {
    evaluate_companies.ACT: evaluate_companies.replay,
    fit_default.ACT: fit_default.replay,
    fit_renewal.ACT: fit_renewal.replay,
    value_patents.ACT: value_patents.replay,
    check_pledge.ACT: check_pledge.replay,
    watch_pledges.ACT: watch_pledges.replay,
    **dict.fromkeys(pledge_flow.ACTS.values(), pledge_flow.replay),
    assess_loan.ACT: assess_loan.replay,
    preapprove.ACT: preapprove.replay,
    score_default.ACT: score_default.replay,
    classify_loans.ACT: classify_loans.replay,
    watch_companies.ACT: watch_companies.replay,
    trace_funds.ACT: trace_funds.replay,
}
