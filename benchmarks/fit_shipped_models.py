"""Fit the renewal and life models that come along, on the Chinese sample, and write them into the package.

    python benchmarks/fit_shipped_models.py ../shared/data

Nothing of the rows enters the files: parameters, their covariance, counts and shares of the design, a hash of the data.
"""

from __future__ import annotations

import hashlib
import sys
from datetime import date
from pathlib import Path
from typing import Any

from sipo_sample import LAST_DAY, read_sample

from kejin.policy import Lookups, RuleBook
from kejin.valuation.life_fit import fit_life
from kejin.valuation.renewal_fees import RenewalRules
from kejin.valuation.renewal_fit import Prior, fit_renewal
from kejin.valuation.renewal_model import model_text
from kejin.workflows.fill_rules import fill_rules

PACKAGE = Path(__file__).parent.parent / "src" / "kejin" / "valuation" / "fitted"
COUNTS = ("claims",)


def main(folder: Path) -> None:
    data = (folder / "cn_patents_sipo_sample" / "applications.csv").read_bytes()
    rules = Lookups(RuleBook.shipped(), date(2026, 1, 1))
    figures = fill_rules(RenewalRules, rules)
    prior = Prior.of_rule(figures.prior)
    events = read_sample(folder)
    schedule = figures.schedule()
    about: dict[str, Any] = {
        "source": "Chinese invention applications published in 2002 (IPC section A), those granted, events to 2017",
        "data_sha256": hashlib.sha256(data).hexdigest(),
        "seen_until": str(LAST_DAY),
        "limits": "human necessities, filings of about 1999 to 2002; other fields and kinds are an extrapolation",
    }
    model = fit_renewal(events, schedule, counts=COUNTS, prior=prior, about=about)
    model.about["level_sd_log"] = model.level_sd_log(schedule, figures.discount_rate.number)
    PACKAGE.mkdir(exist_ok=True)
    (PACKAGE / "renewal_cn_2002.json").write_text(model_text(model.as_json()), "utf-8")
    life = fit_life(events, schedule, counts=COUNTS, renewal=model, about=about)
    (PACKAGE / "life_cn_2002.json").write_text(model_text(life.as_json()), "utf-8")
    for row in model.parameters():
        print(row)
    print(model.about, life.kinds, life.invalid_yearly)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
