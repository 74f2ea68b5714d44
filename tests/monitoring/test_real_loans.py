"""Real loans (Berka): what transfers before the grant say, and that nothing after it is looked at."""

from __future__ import annotations

import csv
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def folder(shared_data: Path) -> Path:
    if not (shared_data / "berka/transfers_before_loan.csv").is_file():
        pytest.skip("the Berka loans are not beside the project")
    return shared_data / "berka"


def test_loans_and_their_ends_are_those_of_the_files(folder: Path) -> None:
    from early_warning import berka_rows

    rows, bad = berka_rows(folder)
    with (folder / "transfers_before_loan.csv").open(encoding="utf-8") as file:
        accounts = {row["account_id"] for row in csv.DictReader(file, delimiter=";")}
    with (folder / "loan.csv").open(encoding="utf-8") as file:
        ends = [row["status"] for row in csv.DictReader(file) if row["account_id"] in accounts]
    assert len(rows) == len(ends)
    assert int(bad.sum()) == sum(end in "BD" for end in ends)
    assert np.isfinite(rows).all()


def test_transfers_after_the_grant_change_no_feature(folder: Path, tmp_path: Path) -> None:
    from early_warning import berka_rows

    shutil.copytree(folder, tmp_path / "berka")
    path = tmp_path / "berka/transfers_before_loan.csv"
    with path.open(encoding="utf-8") as file:
        reader = csv.DictReader(file, delimiter=";")
        names = list(reader.fieldnames or [])
        account = next(reader)["account_id"]
    row = dict.fromkeys(names, "") | {
        "account_id": account, "date": "991230", "amount": "999999", "balance": "-999999", "type": "credit",
    }  # fmt: skip
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.DictWriter(file, names, delimiter=";").writerow(row)
    before, after = berka_rows(folder)[0], berka_rows(tmp_path / "berka")[0]
    assert np.array_equal(before, after)


def test_they_tell_bad_loans_better_than_chance_and_shuffled_ends_are_chance(folder: Path) -> None:
    from early_warning import berka_rows, repeated_auc

    rows, bad = berka_rows(folder)
    real = repeated_auc(rows, bad, repeats=4)
    chance = repeated_auc(rows, np.random.default_rng(3).permutation(bad), repeats=4)
    assert real.low > 0.6
    assert chance.low < 0.5
    assert chance.mean < real.low
    assert real.high - real.low > 0.05  # thirty bad loans cannot give a narrow interval
