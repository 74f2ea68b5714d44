"""The three levels of truth about misused loans agree with each other and with the transfers."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kejin.city import write_city
from kejin.city.innocent_patterns import FAMILIES
from kejin.city.misuse import TYPOLOGIES

from .test_accounts_agree import columns


def test_paths_name_real_transfers_and_add_up(facts: dict[str, pa.Table], truth: dict[str, pa.Table]) -> None:
    transfers = {row[0]: row[1:] for row in columns(facts["transfer"], "transfer_id", "from_account_id", "amount_cny")}
    label = {row[0]: row[1:] for row in columns(truth["loan_label"], "loan_id", "misused_cny", "lending_account_id")}
    left: dict[str, object] = defaultdict(int)
    for loan, hop, transfer, amount in columns(truth["misuse_path"], "loan_id", "hop", "transfer_id", "amount_cny"):
        source, moved = transfers[transfer]
        assert moved == amount
        misused, account = label[loan]
        assert misused > 0
        if hop == 0 and source == account:
            left[loan] += amount
    for loan, (misused, _) in label.items():
        assert left[loan] >= misused, loan  # an equal deposit moves more than the part that counts
        assert left[loan] <= 2 * misused + 1, loan


def test_honest_loans_have_no_path(truth: dict[str, pa.Table]) -> None:
    misused = {loan for loan, bad in columns(truth["loan_label"], "loan_id", "misused") if bad}
    assert {loan for (loan,) in columns(truth["misuse_path"], "loan_id")} == misused


def test_misuse_is_never_more_than_the_loan(facts: dict[str, pa.Table], truth: dict[str, pa.Table]) -> None:
    lent = dict(columns(facts["loan"], "loan_id", "amount_cny"))
    for loan, fen in columns(truth["loan_label"], "loan_id", "misused_cny"):
        assert 0 <= fen <= lent[loan]


@pytest.mark.slow
def test_all_ways_and_all_innocent_patterns_occur(tmp_path: Path) -> None:
    write_city(tmp_path / "city", 10_000, 11)
    label = pq.read_table(tmp_path / "city/truth/loan_label")
    assert set(label["typology"].drop_null().to_pylist()) == set(TYPOLOGIES)
    assert set(label["innocent_pattern"].drop_null().to_pylist()) == set(FAMILIES)
