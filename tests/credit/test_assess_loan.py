"""Decisions on a workspace made by hand: advice, reasons, figures, and what is refused before it is assessed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from statistics import NormalDist
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from loan_workspace import BANK, DAY, company_id, make_workspace, register
from typer.testing import CliRunner

import kejin
from kejin.app.command_line import whole_app
from kejin.credit.borrower_facts import TABLES_READ as BORROWER_TABLES
from kejin.credit.borrower_facts import borrower_facts
from kejin.errors import InputError, UseError
from kejin.journal import Journal
from kejin.units import percent_text
from kejin.workflows.assess_loan import assess_loan, replay
from kejin.workflows.lending_desk import LendingDesk
from kejin.workflows.lending_rules import lending_rules
from kejin.workflows.load_facts import load_facts
from kejin.workflows.loan_application import Application
from kejin.workflows.loan_case import conditions_open, judge
from kejin.workflows.loan_decision import LoanDecision, decided
from kejin.workflows.loan_provision import loan_provision, relent_rate
from kejin.workflows.preapprove import preapprove
from kejin.workflows.preapprove import replay as replay_list
from kejin.workflows.workspace import Workspace, use_overlay


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lending")
    return make_workspace(folder / "workspace", folder / "facts")


@pytest.fixture(scope="module")
def desk(home: Path) -> Iterator[LendingDesk]:
    with Workspace.open(home) as opened:
        yield LendingDesk(opened, DAY)


def application(name: str = "good", **changes: Any) -> Application:
    asked = Application(company_id(name), "technology_credit", Decimal(5_000_000), 24, "wages")
    return replace(asked, **changes)


def decide(desk: LendingDesk, name: str = "good", **changes: Any) -> LoanDecision:
    return assess_loan(desk, application(name, **changes), write=False)


def codes(decision: LoanDecision) -> list[str]:
    return [one.code for one in decision.reasons]


def test_a_good_company_is_advised_with_the_figures_of_a_pencil(desk: LendingDesk) -> None:
    """Days of the cycle: 360 × (10/40 + 15/60 − 5/40) = 135, so the money turns over 2.667 times a year. Margin 10 %,
    growth 20 %: need 60 × 0.9 × 1.2 / 2.667 = 24.3 million, less 5 million of cash: 19.3 million.
    """
    decision = decide(desk)
    plain = decision.as_plain()
    assert (decision.advice, codes(decision)) == ("approve", [])
    assert plain["caps_cny"]["need"] == Decimal("19300000.00")
    assert plain["caps_cny"]["stage"] == Decimal("20000000.00")  # growth stage, nothing unsecured yet
    assert (plain["limit_cny"], plain["limit_set_by"]) == (Decimal("5000000.00"), "asked")
    assert plain["default_probability"] == Decimal("0.020000")
    assert plain["term_months_max"] == 60  # 91 days of receivables and 91 of inventory: cash comes back slowly
    # (6 + 1) million of cash / 1.2 is 486,111 a month, which 24 instalments repay at about 4.2 %
    assert Decimal(11_000_000) < plain["caps_cny"]["debt_service"] < Decimal("486111.12") * 24
    # 55 % is lost, the pool bears half of it with 95 % certainty: 2 % × 55 % × (1 − 0.5 × 0.95)
    assert plain["expected_loss"] == Decimal("0.005775")
    assert plain["shares_cny"] == {"compensation_pool": Decimal("1375000.00"), "bank": Decimal("1375000.00")}
    assert decision.schedule is not None
    assert int(decision.schedule.principal_fen.sum()) == 500_000_000
    assert plain["relending"] is True
    assert {one.code for one in decision.conditions} >= {"use_of_funds", "sharing_registered", "person_decides"}
    assert decision.checks[0].first_on == date(2026, 10, 30)  # growth stage: within 30 days
    assert next(code for code, _ in decision.looked_at) == "revenue_growth"


def test_loss_of_a_year_and_of_the_life_with_the_stage_by_a_pencil(desk: LendingDesk) -> None:
    """Twelve times 208,333.33 are repaid in the first year. The bank loses 55 % × (1 − 0.5 × 0.95) of what is owed, in
    the middle of a year. The scenarios of the rule (weight, factor) move the first year's 2 %, correlation 0.10.
    """
    decision, normal = decide(desk), NormalDist()
    assert decision.provision is not None
    assert decision.cost is not None
    scenarios = ((0.50, 0.0), (0.20, 0.84), (0.25, -1.0), (0.05, -2.0))
    first = [
        (weight, normal.cdf((normal.inv_cdf(0.02) - 0.1**0.5 * factor) / 0.9**0.5)) for weight, factor in scenarios
    ]
    lost, discount = 0.55 * (1 - 0.5 * 0.95), 1 + decision.cost.effective
    year = sum(weight * p for weight, p in first) * 5_000_000 * lost / discount**0.5
    later = sum(weight * (1 - p) for weight, p in first) * 0.02 * 2_500_000.04 * lost / discount**1.5
    assert decision.provision.stage == 1
    assert decision.provision.year_cny == pytest.approx(year, rel=1e-9)
    assert decision.provision.lifetime_cny == pytest.approx(year + later, rel=1e-9)
    assert decision.provision.set_aside_cny == decision.provision.year_cny
    assert decision.as_plain()["loss_rate_bank"] == Decimal("0.288750")
    late = replace(decision.case, row={**decision.case.row, "overdue_days": 31.0})
    second = loan_provision(late, decision.schedule, decision.cost)
    assert second is not None
    assert (second.stage, second.set_aside_cny) == (2, second.lifetime_cny)
    unknown = replace(decision.case, row={**decision.case.row, "overdue_days": None})
    third = loan_provision(unknown, decision.schedule, decision.cost)
    assert third is not None
    assert (third.stage, third.set_aside_cny) == (None, None)


def test_a_bad_year_is_that_of_the_rules(desk: LendingDesk) -> None:
    """At 99 % the common factor with a correlation of 0.14 turns 2 % into Φ((Φ⁻¹(0.02) + √0.14 × 2.326) / √0.86)."""
    normal = NormalDist()
    bad = normal.cdf((normal.inv_cdf(0.02) + 0.14**0.5 * normal.inv_cdf(0.99)) / 0.86**0.5)
    (bank,) = (one for one in decide(desk).shares if one.bearer == "bank")
    assert bank.stressed_cny == pytest.approx(1_375_000 * bad, rel=2e-3)


def test_relending_lowers_the_rate_that_is_shown_beside_the_price(desk: LendingDesk) -> None:
    """60 % of the loan at 1.25 % instead of the bank's own funding at two years; nothing where it is not eligible."""
    likely = decide(desk)
    assert likely.rate is not None
    assert likely.relent_rate is not None
    assert likely.case.figures is not None
    saved = 0.60 * (float(likely.case.figures.price.funding[0]) - 0.0125)
    assert saved > 0
    assert likely.relent_rate == pytest.approx(likely.rate - saved, abs=1e-12)
    assert (relent_rate(likely.case, False), relent_rate(likely.case, None)) == (None, None)


def test_what_binds_is_named_and_a_smaller_loan_is_offered(desk: LendingDesk) -> None:
    far = decide(desk, amount_cny=Decimal(60_000_000))
    assert codes(far) == ["gate.within_stage", "limit_far_below_amount"]
    some = decide(desk, amount_cny=Decimal(19_900_000))
    assert (some.advice, codes(some)) == ("approve", ["limit_below_amount"])
    assert (some.lent_cny, some.as_plain()["limit_set_by"]) == (11_170_000.0, "debt_service")
    rent = decide(desk, name="tenant", product="park", amount_cny=Decimal(9_000_000), term_months=24)
    assert codes(rent) == ["gate.within_rent", "limit_below_amount"]  # ten years' rent of 600,000 is 6 million
    assert (rent.advice, rent.as_plain()["limit_set_by"]) == ("decline", "rent")
    assert next((one.advice, one.lent_cny) for one in rent.alternatives) == ("approve", 6_000_000.0)


@pytest.mark.parametrize(
    ("name", "changes", "advice", "first"),
    [
        ("struck_off", {}, "decline", "gate.active"),
        ("overdue", {}, "decline", "gate.not_overdue"),
        ("enforced", {}, "decline", "gate.not_enforced"),
        ("no_title", {}, "decline", "gate.technology"),
        ("no_statements", {}, "refer", "statements_missing"),
        ("middle", {}, "refer", "default_probability_middle"),
        ("risky", {}, "decline", "default_probability_high"),
        ("good", {"purpose": "securities"}, "decline", "gate.purpose_not_barred"),
        ("good", {"term_months": 61}, "decline", "gate.term_max"),
        ("good", {"amount_cny": Decimal(50_000)}, "decline", "gate.amount_min"),
        ("good", {"product": "start_up"}, "decline", "gate.age_max"),
        ("good", {"product": "ip_pledge"}, "refer", "gate_open.pledge"),
        ("good", {"sharing": "pool", "pool_left_cny": Decimal(0)}, "approve", "pool_exhausted"),
    ],
)
def test_each_flaw_has_its_reason(
    desk: LendingDesk, name: str, changes: dict[str, Any], advice: str, first: str
) -> None:
    decision = decide(desk, name, **changes)
    assert (decision.advice, codes(decision)[0]) == (advice, first)


def test_a_company_without_patents_gets_a_decision(desk: LendingDesk) -> None:
    assert decide(desk, "no_patent").advice == "approve"


def test_an_exhausted_pool_leaves_the_loss_with_the_bank_and_raises_the_price(desk: LendingDesk) -> None:
    shared, alone = decide(desk), decide(desk, pool_left_cny=Decimal(0))
    assert {one.bearer for one in alone.shares} == {"bank"}
    assert shared.rate is not None
    assert alone.rate is not None
    assert alone.rate > shared.rate


def test_a_pledge_given_counts_at_its_low_end(desk: LendingDesk) -> None:
    given = {"pledge_value_fen_low": 1_000_000_000.0, "pledge_right_kind": "invention", "pledge_valuation": "internal"}
    decision = decide(desk, product="ip_pledge", purpose="research", amount_cny=Decimal(4_000_000), given=given)
    assert (decision.advice, decision.as_plain()["caps_cny"]["pledge"]) == ("approve", Decimal("4000000.00"))
    more = decide(desk, product="ip_pledge", purpose="research", amount_cny=Decimal("4000000.01"), given=given)
    assert codes(more)[0] == "gate.within_pledge"


def test_without_a_limit_loss_and_price_are_those_of_the_amount_asked_for(desk: LendingDesk) -> None:
    """Of 1 million 40 % may be lent against; what is left after haircut and sale does not cover all of it."""
    given = {"pledge_value_fen_low": 100_000_000.0, "pledge_right_kind": "invention", "pledge_valuation": "internal"}
    asked = {"product": "ip_pledge", "purpose": "research", "amount_cny": Decimal(4_000_000), "given": given}
    lent, open_ = decide(desk, **asked), decide(desk, "no_statements", **asked)
    assert (lent.lent_cny, open_.lent_cny) == (400_000.0, None)
    recovered = lent.as_plain()["recovered_from_pledge"]
    assert 0 < recovered < 1
    assert open_.as_plain()["recovered_from_pledge"] == recovered


def test_nothing_is_offered_that_would_be_refused_too_or_moves_what_is_known(desk: LendingDesk) -> None:
    """How the pledge is valued is not known: no amount closes that. Cheaper and still refused is no way out."""
    given = {"pledge_value_fen_low": 1_000_000_000.0, "pledge_right_kind": "invention"}
    asked = {"product": "ip_pledge", "purpose": "research", "amount_cny": Decimal(1_000_000), "given": given}
    unknown, risky = decide(desk, **asked), decide(desk, "risky")
    assert codes(unknown)[0] == "gate_open.valuation"
    assert [change.column for change in conditions_open(unknown.case)] == []
    assert (risky.advice, risky.alternatives) == ("decline", ())
    assert percent_text(-0.0, 2) == "0.00%"


def test_values_of_a_valuation_of_the_day_are_used(desk: LendingDesk) -> None:
    """Written here as a valuation writes them: the portfolio's low end counts, at the ratio of its main kind."""
    folder = desk.workspace.path / "results" / f"{DAY}-valuation"
    folder.mkdir(parents=True)
    good = company_id("good")
    values = {"value_cny_low": 10_000_000.0, "value_cny_mid": 20_000_000.0, "value_cny_high": 50_000_000.0}
    pq.write_table(pa.Table.from_pylist([{"company_id": good} | values]), folder / "portfolio_values.parquet")
    patents = [
        {"company_id": good, "patent_kind": "utility_model", "value_cny_low": 9_000_000.0},
        {"company_id": good, "patent_kind": "invention", "value_cny_low": 2_000_000.0},
    ]
    pq.write_table(pa.Table.from_pylist(patents), folder / "patent_values.parquet")
    asked = {"product": "ip_pledge", "purpose": "research", "given": {"pledge_valuation": "external"}}
    try:
        decision = decide(desk, amount_cny=Decimal(3_000_000), **asked)
        assert (decision.advice, decision.as_plain()["caps_cny"]["pledge"]) == ("approve", Decimal("3000000.00"))
        assert codes(decide(desk, "no_patent", **asked))[0] == "gate_open.pledge"
    finally:
        shutil.rmtree(folder)


def test_the_banks_own_bounds_count_where_it_is_named(desk: LendingDesk) -> None:
    given = {
        "deal_kind": "control", "deal_price_fen": 10_000_000_000.0, "own_funds_fen": 4_000_000_000.0, "stake": 0.6,
        "stake_before": 0.0, "in_control_before": False, "team_lead_years": 6.0, "bank_participation_fen": 0.0,
    }  # fmt: skip
    asked = {"product": "merger", "purpose": "merger", "amount_cny": Decimal(20_000_000), "term_months": 120}
    without = decide(desk, given=given, **asked)
    assert without.advice == "refer"
    assert "gate_open.borrower_concentration" in codes(without)
    named = decide(desk, given=given, bank=BANK, **asked)
    assert not [code for code in codes(named) if code.startswith("gate")]
    with pytest.raises(InputError) as caught:
        decide(desk, bank="BANK99")
    assert caught.value.code == "workflows.bank_unknown"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount_cny": Decimal(0)}, "workflows.amount_wrong"),
        ({"amount_cny": Decimal(-5)}, "workflows.amount_wrong"),
        ({"amount_cny": Decimal("NaN")}, "workflows.amount_wrong"),
        ({"amount_cny": Decimal("100000.001")}, "workflows.amount_wrong"),
        ({"term_months": 0}, "workflows.term_wrong"),
        ({"product": "mortgage"}, "workflows.product_unknown"),
        ({"purpose": "yacht"}, "workflows.purpose_unknown"),
        ({"sharing": "luck"}, "workflows.sharing_unknown"),
        ({"repayment": "never"}, "workflows.repayment_unknown"),
        ({"grace_months": 24}, "workflows.grace_wrong"),
        ({"pool_left_cny": Decimal(-1)}, "workflows.pool_left_wrong"),
        ({"given": {"moon_phase": 1.0}}, "workflows.given_unknown"),
        ({"given": {"amount_fen": 1.0}}, "workflows.given_unknown"),
        ({"company_id": "91440300MA5000000X"}, "workflows.company_unknown"),
    ],
)
def test_what_cannot_be_assessed_is_refused_with_a_sentence(
    desk: LendingDesk, changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(InputError) as caught:
        decide(desk, **changes)
    assert caught.value.code == code
    assert all("{" not in caught.value.text(lang) for lang in ("en", "zh"))


def test_without_a_validated_model_a_person_judges(home: Path) -> None:
    with Workspace.open(home) as opened:
        none = assess_loan(LendingDesk(opened, DAY, model="absent"), application(), write=False)
        assert (none.advice, codes(none), none.rate) == ("refer", ["model_absent"], None)
        register(opened, date(2025, 6, 30), date(2025, 7, 1), date(2026, 7, 1), version="lapsed")
        lapsed = assess_loan(LendingDesk(opened, DAY, model="lapsed"), application(), write=False)
        assert (lapsed.advice, codes(lapsed)) == ("refer", ["model_expired"])
        assert lapsed.rate is not None


def test_a_product_without_rules_on_the_day_is_a_reason() -> None:
    rules = lending_rules(date(2025, 3, 1))
    asked = application(product="research", purpose="operation")
    case = judge(asked, {"company_id": asked.company_id, "stage_code": 2.0}, {}, None, rules)
    assert [one.code for one in case.reasons] == ["product_not_in_force"]
    assert decided(case, ()).advice == "decline"


def test_the_list_agrees_with_single_decisions(desk: LendingDesk) -> None:
    """Without a deal or a pledge in hand: what the list offers is what a decision on that amount advises."""
    made = preapprove(desk, write=False)
    rows = pq.read_table(made.path).to_pylist()
    assert made.companies == 12
    assert len(rows) == 12 * 8
    purposes = {"research": "research", "park": "wages", "start_up": "wages"}
    for row in rows:
        if row["product"] not in ("technology_credit", "research", "park", "start_up", "loan_and_investment"):
            continue
        limit = row["limit_cny"] or 1_000_000.0
        asked = Application(
            row["company_id"], row["product"], Decimal(str(max(round(limit, 2), 100_000.0))),
            int(row["term_months_max"] or 24), purposes.get(row["product"], "wages"),
        )  # fmt: skip
        decision = assess_loan(desk, asked, write=False)
        wanted = {"yes": "approve", "no": "decline", "open": "refer"}[row["offer"]]
        assert decision.advice == wanted, (row, codes(decision))
        if row["offer"] == "yes":
            assert decision.lent_cny == pytest.approx(row["limit_cny"])
            assert decision.rate == pytest.approx(row["rate"], abs=1e-9)
        elif row["reason"]:
            assert row["reason"] in codes(decision)


def test_decisions_and_lists_are_in_the_journal_and_replay_equal(home: Path) -> None:
    with Workspace.open(home) as opened:
        desk = LendingDesk(opened, DAY)
        decision = assess_loan(desk, application(bank=BANK, pool_left_cny=Decimal(1_000_000)), "tester")
        made = preapprove(desk, "tester")
    assert decision.entry is not None
    assert made.entry is not None
    with Journal.open(home / "cases.sqlite") as journal:
        entry, listed = journal.get(decision.entry), journal.get(made.entry.sequence)
    assert (entry.act, entry.subject, entry.actor) == ("assess_loan", company_id("good"), "tester")
    assert entry.model_versions["default"].startswith("by-hand:")
    assert replay(home, entry) == entry.result_hash
    assert replay_list(home, listed) == listed.result_hash


def test_a_fact_known_later_changes_no_earlier_row(home: Path, tmp_path: Path) -> None:
    copied = tmp_path / "workspace"
    shutil.copytree(home, copied)
    before = rows_at(copied)
    file = tmp_path / "facts" / "loan.csv"
    file.parent.mkdir()
    file.write_text(
        "loan_id,company_id,institution_id,product,security,amount_cny,granted_on,due_on,known_on,source\n"
        f"L2,{company_id('good')},{BANK},merger,unsecured,7000000,2026-09-01,2027-09-01,2026-10-15,by hand\n",
        "utf-8",
    )
    with Workspace.open(copied, read_only=False) as opened:
        assert load_facts(opened, [file]).rows_rejected == 0
    assert rows_at(copied) == before
    assert rows_at(copied, date(2026, 10, 15)) != before


def rows_at(home: Path, day: date = DAY) -> list[dict[str, Any]]:
    with Workspace.open(home) as opened:
        table = borrower_facts(opened.facts(day), DAY, frozenset(BORROWER_TABLES))
        found: list[dict[str, Any]] = table.order_by("company_id").to_pyarrow().to_pylist()
        return found


def run(*words: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(whole_app(), [str(word) for word in words], catch_exceptions=True)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def test_the_command_writes_json_word_and_pdf(home: Path, tmp_path: Path) -> None:
    code, out, _ = run(
        "assess-loan", home, "--company", company_id("good"), "--product", "ip_pledge", "--amount", "4,000,000",
        "--term-months", 24, "--purpose", "research", "--pledge-value", "10000000", "--as-of", DAY, "--json",
        "--report", tmp_path / "r.docx", "--report", tmp_path / "r.pdf", "--out", tmp_path / "r.json",
    )  # fmt: skip
    shown = json.loads(out)
    assert (code, shown["advice"], shown["limit_set_by"]) == (0, "approve", "asked")
    assert json.loads((tmp_path / "r.json").read_text("utf-8")) == shown
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF")
    from docx import Document

    document = Document(str(tmp_path / "r.docx"))
    text = "\n".join(cell.text for table in document.tables for row in table.rows for cell in row.cells)
    assert "CNY 4,000,000.00" in text
    assert "by hand" in text  # the source of the figures
    assert any(paragraph.text == "Approval advised" for paragraph in document.paragraphs)
    for table in document.tables:  # the grid says what the cells say, or a reader draws all columns alike
        assert [column.width for column in table.columns] == [cell.width for cell in table.rows[0].cells]
        assert all(row._tr.trPr is not None and row._tr.trPr.find("{*}cantSplit") is not None for row in table.rows)
    assert any(
        max(c.width for c in table.columns) > 2 * min(c.width for c in table.columns) for table in document.tables
    )
    assert "annual_report" not in text  # tables by names that a reader knows


def test_the_command_prints_chinese_and_refuses_wrong_words(home: Path, tmp_path: Path) -> None:
    words = (
        "assess-loan",
        home,
        "--company",
        company_id("risky"),
        "--product",
        "technology_credit",
        "--term-months",
        24,
    )
    words = (*words, "--purpose", "wages", "--as-of", DAY, "--lang", "zh", "--dry-run")
    code, out, _ = run(*words, "--amount", "5000000")
    assert code == 0
    assert "建议拒绝" in out
    assert "违约概率超过上限" in out
    for extra, expected in (
        (("--amount", "much"), "app.amount_unreadable"),
        (("--amount", "5000000", "--report", tmp_path / "r.odt"), "app.suffix_unknown"),
        (("--amount", "5000000", "--given", "stake"), "app.given_wrong"),
    ):
        with pytest.raises(UseError) as caught:
            run(*words, *extra)
        assert caught.value.code == expected
    with pytest.raises(InputError) as wrong:
        run(*words, "--amount", "5000000", "--given", "stake=lots")
    assert wrong.value.code == "workflows.given_wrong"


@pytest.mark.parametrize(
    ("name", "extra", "advice", "said"),
    [
        ("struck_off", (), "decline", "not met: in operation"),
        ("no_statements", (), "refer", "statements"),
        ("good", ("--term-months", 120), "decline", "term"),
        ("good", ("--sharing", "pool", "--pool-left", 0), "approve", "pool"),
        ("good", ("--as-of", "lapsed"), "refer", "valid"),
    ],
)
def test_what_stands_against_a_loan_is_a_sentence_at_the_command_line(
    home: Path, tmp_path: Path, name: str, extra: tuple[object, ...], advice: str, said: str
) -> None:
    if "lapsed" in extra:  # a copy whose model was valid until July
        home, extra = Path(shutil.copytree(home, tmp_path / "copy")), ()
        with Workspace.open(home) as opened:
            register(opened, date(2025, 6, 30), date(2025, 7, 1), date(2026, 7, 1))
    words = ("assess-loan", home, "--company", company_id(name), "--product", "technology_credit", "--as-of", DAY)
    asked = ("--amount", 1_000_000, "--purpose", "wages", "--term-months", 24, *extra)
    code, out, _ = run(*words, *asked, "--lang", "en", "--dry-run", "--json")
    shown = json.loads(out)
    assert (code, shown["advice"]) == (0, advice)
    assert said in json.dumps(shown["reasons"]).lower()


def test_a_day_before_any_rule_names_the_rule_of_the_product(home: Path) -> None:
    words = ("assess-loan", home, "--company", company_id("good"), "--term-months", 12, "--purpose", "wages")
    for product in ("technology_credit", "ip_pledge"):
        with pytest.raises(InputError) as caught:
            run(*words, "--product", product, "--amount", 1_000_000, "--as-of", "1999-09-30")
        assert caught.value.code == "workflows.product_day_early"
        assert str(caught.value.details["rule"]).startswith(f"loans/{product}/")
        assert all("{" not in caught.value.text(lang) for lang in ("en", "zh"))
    with pytest.raises(InputError) as caught:
        run("preapprove", home, "--as-of", "1999-09-30")
    assert str(caught.value.details["rule"]).startswith("loans/joint/")


@pytest.mark.slow
def test_shares_over_one_in_an_own_rule_are_a_sentence(home: Path, tmp_path: Path) -> None:
    """An institution that lets the bank bear 60 % of a plan whose fund and province bear 60 % is told so."""
    copy = Path(shutil.copytree(home, tmp_path / "copy"))
    name = Path("sharing") / "guarantee_plan" / "bank_share_min.yaml"
    shipped = (Path(kejin.__file__).parent / "policy" / "rules" / name).read_text("utf-8")
    own = use_overlay(copy) / "rules" / name
    own.parent.mkdir(parents=True)
    assert 'value: "0.20"' in shipped
    own.write_text(shipped.replace('value: "0.20"', 'value: "0.60"'), "utf-8")
    words = ("assess-loan", copy, "--company", company_id("good"), "--term-months", 12, "--purpose", "wages")
    with pytest.raises(InputError) as caught:
        run(*words, "--product", "technology_credit", "--amount", 1_000_000, "--as-of", DAY, "--sharing", "guarantee")
    assert caught.value.code == "sharing.plan_over_one"
    assert all("{" not in caught.value.text(lang) for lang in ("en", "zh"))


def test_the_list_as_a_command_and_from_python(home: Path, tmp_path: Path) -> None:
    code, out, _ = run("preapprove", home, "--as-of", DAY, "--json", "--out", tmp_path / "offers.csv", "--offers-only")
    shown = json.loads(out)
    assert (code, shown["companies"]) == (0, 12)
    offers = (tmp_path / "offers.csv").read_text("utf-8-sig").splitlines()
    assert len(offers) - 1 == sum(counts["yes"] for counts in shown["offers"].values()) > 0
    with kejin.open(home) as ws:
        assert len(ws.preapprove(DAY)) == 12 * 8
        made = ws.assess_loan(company_id("good"), "technology_credit", 5_000_000, 24, "wages", DAY, bank=BANK)
        assert made.advice == "approve"


def test_register_is_what_the_desk_reads(home: Path) -> None:
    with Workspace.open(home) as opened:
        assert register(opened, date(2026, 6, 30), date(2026, 7, 1), date(2027, 7, 1)).usable(DAY)
