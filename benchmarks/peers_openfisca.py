"""What would the same rule cost in OpenFisca? 科技型中小企业 as its country template would write it.

OpenFisca-core is under the AGPL: it is no dependency; this file runs in an interpreter that has it, which evaluate.py
looks for. It has no missing value and computes in float32, so it is right only where every figure is known.

    python peers_openfisca.py INPUTS.npz REPEATS     prints seconds of each repeat and the answers' digest as JSON
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import numpy as np
from openfisca_core.entities import build_entity
from openfisca_core.parameters import ParameterNode
from openfisca_core.periods import DateUnit
from openfisca_core.simulation_builder import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

YEAR, START = "2025", "2017-05-03"
Company = build_entity(key="company", plural="companies", label="A company", is_person=True)


def parameter(value: float) -> dict[str, Any]:
    return {"values": {START: {"value": value}}}


def scale(*brackets: tuple[float, float]) -> dict[str, Any]:
    """A scale of single amounts: (threshold, points), thresholds rising."""
    return {
        "metadata": {"type": "single_amount"},
        "brackets": [
            {"threshold": {START: {"value": at}}, "amount": {START: {"value": given}}} for at, given in brackets
        ],
    }


PARAMETERS = {
    "tech_sme": {
        "staff_max": parameter(500),
        "sales_max": parameter(200_000_000),
        "assets_max": parameter(200_000_000),
        "score_min": parameter(60),
        "tech_staff_points": scale((0, 0), (0.10, 4), (0.15, 8), (0.20, 12), (0.25, 16), (0.30, 20)),
        "rd_to_sales_points": scale((0, 0), (0.02, 10), (0.03, 20), (0.04, 30), (0.05, 40), (0.06, 50)),
        "rd_to_cost_points": scale((0, 0), (0.10, 10), (0.15, 20), (0.20, 30), (0.25, 40), (0.30, 50)),
        "class_one_points": scale((0, 0), (1, 30)),
        "class_two_points": scale((0, 0), (1, 6), (2, 12), (3, 18), (4, 24)),
    }
}
FIGURES = ("staff_total", "tech_staff", "revenue", "rd_expense", "total_cost", "total_assets")
COUNTS = ("class_one_rights", "class_two_rights", "national_awards", "research_units", "standards_led")
FLAGS = (
    "mainland_resident",
    "restricted_product",
    "serious_failing",
    "on_abnormal_list",
    "on_serious_breach_list",
    "holds_high_tech",
)


def input_variable(name: str, kind: type) -> type[Variable]:
    body = {"value_type": kind, "entity": Company, "definition_period": DateUnit.YEAR, "label": name}
    return type(name, (Variable,), body)


def share(part: Any, whole: Any) -> Any:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole != 0)


class tech_staff_points(Variable):  # noqa: N801 (OpenFisca names variables after their class)
    value_type = float
    entity = Company
    definition_period = DateUnit.YEAR
    label = "Points for the share of technology staff"

    def formula(company, period, parameters):  # noqa: N805
        ratio = share(company("tech_staff", period), company("staff_total", period))
        return parameters(period).tech_sme.tech_staff_points.calc(ratio)


class rd_points(Variable):  # noqa: N801
    value_type = float
    entity = Company
    definition_period = DateUnit.YEAR
    label = "Points for R&D, the better of two measures"

    def formula(company, period, parameters):  # noqa: N805
        rules, spent = parameters(period).tech_sme, company("rd_expense", period)
        to_sales = rules.rd_to_sales_points.calc(share(spent, company("revenue", period)))
        to_cost = rules.rd_to_cost_points.calc(share(spent, company("total_cost", period)))
        return np.maximum(to_sales, to_cost)


class rights_points(Variable):  # noqa: N801
    value_type = float
    entity = Company
    definition_period = DateUnit.YEAR
    label = "Points for rights, the better of two classes"

    def formula(company, period, parameters):  # noqa: N805
        rules = parameters(period).tech_sme
        class_one = rules.class_one_points.calc(company("class_one_rights", period))
        return np.maximum(class_one, rules.class_two_points.calc(company("class_two_rights", period)))


class tech_sme_score(Variable):  # noqa: N801
    value_type = float
    entity = Company
    definition_period = DateUnit.YEAR
    label = "Score of 100"

    def formula(company, period, parameters):  # noqa: ARG002, N805
        points = company("tech_staff_points", period) + company("rd_points", period)
        return points + company("rights_points", period)


class size_within_limits(Variable):  # noqa: N801
    value_type = bool
    entity = Company
    definition_period = DateUnit.YEAR
    label = "Staff, sales and assets within their limits"

    def formula(company, period, parameters):  # noqa: N805
        rules = parameters(period).tech_sme
        return (
            (company("staff_total", period) <= rules.staff_max)
            * (company("revenue", period) <= rules.sales_max)
            * (company("total_assets", period) <= rules.assets_max)
        )


class record_clean(Variable):  # noqa: N801
    value_type = bool
    entity = Company
    definition_period = DateUnit.YEAR
    label = "Resident, no barred product, no failing"

    def formula(company, period, parameters):  # noqa: ARG002, N805
        listed = company("on_abnormal_list", period) + company("on_serious_breach_list", period)
        failed = company("serious_failing", period) + listed + company("restricted_product", period)
        return company("mainland_resident", period) * np.logical_not(failed)


class direct_way(Variable):  # noqa: N801
    value_type = bool
    entity = Company
    definition_period = DateUnit.YEAR
    label = "A direct way in place of the score"

    def formula(company, period, parameters):  # noqa: ARG002, N805
        named = (company("national_awards", period) > 0) + (company("research_units", period) > 0)
        return company("holds_high_tech", period) + named + (company("standards_led", period) > 0)


class tech_sme(Variable):  # noqa: N801
    value_type = bool
    entity = Company
    definition_period = DateUnit.YEAR
    label = "Technology SME"

    def formula(company, period, parameters):  # noqa: N805
        scored = (company("tech_sme_score", period) >= parameters(period).tech_sme.score_min) * (
            company("tech_staff_points", period) > 0
        )
        ways = scored + company("direct_way", period)
        return company("record_clean", period) * company("size_within_limits", period) * ways


def tax_benefit_system() -> TaxBenefitSystem:
    """The rule as OpenFisca wants it: one entity, dated parameters, variables with formulas."""
    system = TaxBenefitSystem([Company])
    for name in FIGURES:
        system.add_variable(input_variable(name, float))
    for name in COUNTS:
        system.add_variable(input_variable(name, int))
    for name in FLAGS:
        system.add_variable(input_variable(name, bool))
    for variable in (
        tech_staff_points,
        rd_points,
        rights_points,
        tech_sme_score,
        size_within_limits,
        record_clean,
        direct_way,
        tech_sme,
    ):
        system.add_variable(variable)
    system.parameters = ParameterNode("", data=PARAMETERS)
    return system


def measured(arrays: dict[str, Any], repeats: int) -> dict[str, Any]:
    """Seconds to compute answer and score, inputs set before the clock starts; and with setting them."""
    system = tax_benefit_system()
    count = len(arrays["staff_total"])
    calculating, with_inputs = [], []
    answer = score = None
    for _ in range(repeats):
        simulation = SimulationBuilder().build_default_simulation(system, count=count)
        began = time.perf_counter()
        for name in (*FIGURES, *COUNTS, *FLAGS):
            simulation.set_input(name, YEAR, arrays[name])
        ready = time.perf_counter()
        answer = simulation.calculate("tech_sme", YEAR)
        score = simulation.calculate("tech_sme_score", YEAR)
        done = time.perf_counter()
        calculating.append(done - ready)
        with_inputs.append(done - began)
    return {"calculate_s": calculating, "set_and_calculate_s": with_inputs, "answer": answer, "score": score}


if __name__ == "__main__":
    with np.load(sys.argv[1]) as stored:
        figures = {name: stored[name] for name in (*FIGURES, *COUNTS, *FLAGS)}
    found = measured(figures, int(sys.argv[2]))
    np.savez(sys.argv[1].replace(".npz", "-answers.npz"), answer=found.pop("answer"), score=found.pop("score"))
    print(json.dumps(found))
