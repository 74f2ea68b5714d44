"""Rights by class as intervals: counted by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from patent_tables import AS_OF, TERMS, application, facts, patent, rows_of

from kejin.evaluation.inputs import INPUTS
from kejin.evaluation.rights_inputs import COUNTS, INTERVALS, HighValueRules, rights_inputs
from kejin.facts.view import FactsView

CLASS_ONE = ["invention", "ic_layout"]
CLASS_TWO = ["utility_model", "design", "software_copyright"]
ALL_LOADED = ("patent", "other_ip", "patent_event", "award")


def counts(view: FactsView, company: str = "A", **more: Any) -> dict[str, Any]:
    table = rights_inputs(view, AS_OF, CLASS_ONE, CLASS_TWO, TERMS, **more)
    (row,) = [row for row in rows_of(view, table, "company_id") if row["company_id"] == company]
    return row


def interval(row: dict[str, Any], name: str) -> tuple[Any, Any]:
    return row[f"{name}_low"], row[f"{name}_high"]


def test_it_gives_the_declared_inputs() -> None:
    row = counts(facts(company=[{"company_id": "A"}]))
    names = {f"{name}_{end}" for name in INTERVALS for end in ("low", "high")} | set(COUNTS)
    assert set(row) == {"company_id"} | names
    assert names <= set(INPUTS)


def test_known_and_possible() -> None:
    yes: dict[str, Any] = {"serves_main_product": True}
    view = facts(
        company=[{"company_id": "A"}],
        patent=[
            patent("own, in use", in_use=True, **yes),
            patent("relation unknown", in_use=True),
            patent("bought", how_obtained="assigned", in_use=True, **yes),
            patent("way unknown", how_obtained=None, in_use=None, **yes),
            patent("fourth holder", holder_rank=4, in_use=True, **yes),
            patent("unrelated", serves_main_product=False, in_use=False),
            patent("disputed", disputed=True, in_use=True, **yes),
            patent("ended", ended_on=date(2024, 1, 1), end_reason="fee_unpaid", **yes),
            application("pending", **yes),
            patent("model", patent_kind="utility_model", **yes),
            patent("design", patent_kind="design", serves_main_product=None),
        ],
    )
    row = counts(view)
    assert interval(row, "class_one_main") == (4, 5)
    assert interval(row, "class_two_main") == (1, 2)
    assert interval(row, "class_one_own_main") == (2, 4)  # own, fourth; possibly: relation unknown, way unknown
    assert interval(row, "class_one_own_in_use") == (2, 3)  # own, relation unknown; possibly: way unknown
    assert interval(row, "class_one_main_in_use") == (3, 5)
    assert interval(row, "invention_main") == (4, 5)
    assert interval(row, "own_right") == (6, 7)
    assert interval(row, "bought_right") == (1, 2)
    assert (row["valid_right_count"], row["valid_invention_count"]) == (8, 6)


def test_other_rights() -> None:
    def right(number: str, kind: str = "ic_layout", **more: Any) -> dict[str, Any]:
        base = {"right_number": number, "company_id": "A", "right_kind": kind, "granted_on": date(2020, 1, 1)}
        return base | {"serves_main_product": True, "how_obtained": "own", "in_use": True} | more

    view = facts(
        company=[{"company_id": "A"}, {"company_id": "B"}],
        other_ip=[
            right("valid"),
            right("last day", valid_until=AS_OF),
            right("over", valid_until=date(2026, 3, 30)),
            right("ended", ended_on=AS_OF),
            right("later", granted_on=date(2026, 4, 1)),
            right("disputed", disputed=True),
            right("software", "software_copyright"),
            right("in neither class", "trademark"),
        ],
    )
    row = counts(view)
    assert interval(row, "class_one_main") == (2, 2)
    assert interval(row, "class_two_main") == (1, 1)
    assert interval(row, "class_one_own_in_use") == (0, 2), "no rank of holders is on file"
    assert row["valid_right_count"] == 3
    assert interval(row, "invention_main") == (0, 0)
    assert interval(counts(view, "B"), "class_one_main") == (0, 0)


def test_a_register_that_was_never_loaded() -> None:
    view = facts(company=[{"company_id": "A"}], patent=[patent("P", serves_main_product=True)])
    only_patents = counts(view, loaded=["patent"])
    assert interval(only_patents, "class_one_main") == (1, None)
    assert interval(only_patents, "invention_main") == (1, 1)
    assert (only_patents["valid_right_count"], only_patents["valid_invention_count"]) == (None, 1)
    nothing = counts(view, loaded=[])
    assert {value for name, value in nothing.items() if name != "company_id"} == {None}


def test_filings() -> None:
    view = facts(
        company=[{"company_id": "A"}, {"company_id": "B"}],
        patent=[
            application("a year ago", filed_on=date(2025, 3, 31), serves_main_product=True, is_pct=False),
            application("within", filed_on=date(2025, 4, 1), serves_main_product=True, is_pct=False),
            patent("model", patent_kind="utility_model", filed_on=date(2025, 6, 1), granted_on=AS_OF),
            application("pct 1", office="WO", family_id="F", serves_main_product=True),
            application("pct 1, again", office="US", family_id="F", is_pct=True, serves_main_product=True),
            application("pct 2", office="WO", serves_main_product=False),
            application("unknown", company_id="B", serves_main_product=None, is_pct=True),
        ],
    )
    row = counts(view)
    assert (row["patents_filed_1y"], row["inventions_filed_1y"]) == (2, 1)
    assert row["inventions_filed_main"] == 3  # both applications at home and the one in the US
    assert row["pct_filed_main"] == 1
    unknown = counts(view, "B")
    assert (unknown["inventions_filed_main"], unknown["pct_filed_main"]) == (None, None)


def _judged(criteria: set[str], pledge: Decimal | None = Decimal(100), **tables: Any) -> tuple[Any, Any]:
    rules = HighValueRules(frozenset(criteria), 10, pledge)
    loaded = tables.pop("loaded", ALL_LOADED)
    view = facts(company=[{"company_id": "A"}], **tables)
    return interval(counts(view, high_value=rules, loaded=loaded), "class_one_high_value_main")


def test_high_value_criteria() -> None:
    yes: dict[str, Any] = {"serves_main_product": True}
    here = [patent("P", family_id="F", **yes)]
    assert _judged({"long_maintained"}, patent=here) == (0, 0)
    assert _judged({"long_maintained"}, patent=[patent("P", filed_on=date(2016, 3, 30), **yes)]) == (1, 1)
    assert _judged({"long_maintained"}, patent=[patent("P", filed_on=date(2016, 3, 31), **yes)]) == (0, 0)
    assert _judged({"overseas_family"}, patent=here) == (0, 1), "nobody says how large the family is"
    assert _judged({"overseas_family"}, patent=[patent("P", family_size=1, **yes)]) == (0, 0)
    abroad = [*here, patent("U", office="US", family_id="F", serves_main_product=False)]
    assert _judged({"overseas_family"}, patent=abroad) == (1, 1)
    pending = [*here, application("U", office="US", family_id="F", serves_main_product=False)]
    assert _judged({"overseas_family"}, patent=pending) == (0, 1)
    profile = [{"company_id": "A", "fiscal_year": 2025, "strategic_industry": True}]
    assert _judged({"strategic_industry"}, patent=here, business_profile=profile) == (1, 1)
    assert _judged({"strategic_industry"}, patent=here) == (0, 1)


def test_high_value_by_pledge_or_award() -> None:
    here = [patent("P", serves_main_product=True)]

    def pledge(amount: Decimal | None) -> list[dict[str, Any]]:
        what = {"publication_number": "P", "event_kind": "pledge", "happened_on": date(2024, 1, 1), "reference": "1"}
        return [what | {"amount_cny": amount}]

    assert _judged({"pledge_finance"}, patent=here, patent_event=pledge(Decimal(100))) == (1, 1)
    assert _judged({"pledge_finance"}, patent=here, patent_event=pledge(Decimal(99))) == (0, 0)
    assert _judged({"pledge_finance"}, patent=here, patent_event=pledge(None)) == (0, 1)
    dollars = [pledge(Decimal(10**9))[0] | {"currency": "USD"}]
    assert _judged({"pledge_finance"}, patent=here, patent_event=dollars) == (0, 1)
    assert _judged({"pledge_finance"}, None, patent=here, patent_event=pledge(Decimal(10**9))) == (0, 1)
    assert _judged({"pledge_finance"}, patent=here) == (0, 0)
    assert _judged({"pledge_finance"}, patent=here, loaded=["patent", "other_ip"]) == (0, 1)
    prize = {"award_id": "1", "company_id": "A", "awarded_on": date(2024, 1, 1), "publication_number": "P"}
    national = [prize | {"award_kind": "patent_award", "level": "national"}]
    assert _judged({"award"}, patent=here, award=national) == (1, 1)
    assert _judged({"award"}, patent=here, award=[prize | {"award_kind": "quality", "level": "national"}]) == (0, 0)
    assert _judged({"award", "pledge_finance"}, patent=here, award=national, loaded=["patent", "other_ip"]) == (1, 1)


def test_high_value_without_criteria_stays_open() -> None:
    view = facts(company=[{"company_id": "A"}], patent=[patent("P", serves_main_product=True)])
    assert interval(counts(view), "class_one_high_value_main") == (0, 1)
