"""Money is conserved: balances follow from transfers to the fen, loans from their states, sums from their parts."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc


def columns(rows: pa.Table, *names: str) -> list[tuple]:
    return list(zip(*(rows[name].to_pylist() for name in names), strict=True))


def balance_breaks(account: pa.Table, transfer: pa.Table) -> list[str]:
    """Transfers whose stated balances do not follow from the opening balance and all movements before."""
    running = {one: value for one, value in columns(account, "account_id", "opening_balance_cny") if value is not None}
    found = []
    ordered = transfer.sort_by([("happened_at", "ascending"), ("sequence", "ascending"), ("transfer_id", "ascending")])
    names = ("transfer_id", "from_account_id", "to_account_id", "amount_cny", "from_balance_cny", "to_balance_cny")
    for number, source, target, amount, source_after, target_after in columns(ordered, *names):
        for one, change, stated in ((source, -amount, source_after), (target, amount, target_after)):
            if (one in running) != (stated is not None):
                found.append(f"{number}: {one} is modelled or not, but not both")
            if one in running:
                running[one] += change
                if running[one] != stated:
                    found.append(f"{number}: {one} has {stated}, follows {running[one]}")
                if running[one] < 0:
                    found.append(f"{number}: {one} is overdrawn")
    return found


def test_balances_follow_from_transfers(facts: dict[str, pa.Table]) -> None:
    assert balance_breaks(facts["account"], facts["transfer"])[:3] == []
    stated = facts["transfer"]["from_balance_cny"]
    assert len(stated) - stated.null_count > 10_000


def test_a_planted_jump_is_seen(facts: dict[str, pa.Table]) -> None:
    transfer = facts["transfer"]
    amounts = transfer["amount_cny"].to_pylist()
    amounts[5_000] += Decimal("0.01")
    place = transfer.schema.get_field_index("amount_cny")
    broken = transfer.set_column(place, "amount_cny", pa.array(amounts, pa.decimal128(18, 2)))
    assert balance_breaks(facts["account"], broken)


def test_every_transfer_has_two_known_accounts(facts: dict[str, pa.Table]) -> None:
    known = facts["account"]["account_id"].combine_chunks()
    for side in ("from_account_id", "to_account_id"):
        assert pc.all(pc.is_in(facts["transfer"][side], known)).as_py()
    assert not pc.any(pc.equal(facts["transfer"]["from_account_id"], facts["transfer"]["to_account_id"])).as_py()
    assert pc.min(facts["transfer"]["amount_cny"]).as_py() > 0


def test_loan_balances_follow_from_payments(facts: dict[str, pa.Table]) -> None:
    amount = dict(columns(facts["loan"], "loan_id", "amount_cny"))
    left = dict(amount)
    states = facts["loan_state"].sort_by([("loan_id", "ascending"), ("month_end", "ascending")])
    for loan, balance, repaid, recovered, lost, overdue in columns(
        states, "loan_id", "balance_cny", "repaid_cny", "recovered_cny", "written_off_cny", "overdue_principal_cny"
    ):
        left[loan] -= repaid + recovered + lost
        assert left[loan] == balance, loan
        assert 0 <= overdue <= balance, loan
    assert left != amount


def test_disbursed_is_what_was_lent(facts: dict[str, pa.Table]) -> None:
    lent = dict(columns(facts["loan"], "loan_id", "amount_cny"))
    account = dict(columns(facts["loan"], "loan_id", "account_id"))
    paid = defaultdict(list)
    banks = {one for one, kind in columns(facts["account"], "account_id", "account_kind") if kind == "loan"}
    for loan, source, target, amount in columns(
        facts["transfer"], "loan_id", "from_account_id", "to_account_id", "amount_cny"
    ):
        if source in banks:
            paid[loan].append((target, amount))
    assert {loan: [(account[loan], amount)] for loan, amount in lent.items()} == dict(paid)


def test_annual_accounts_agree(facts: dict[str, pa.Table]) -> None:
    names = ("total_assets_cny", "total_liabilities_cny", "net_assets_cny")
    rows = [row for row in columns(facts["annual_report"], *names) if None not in row]
    assert len(rows) > 3_000
    assert all(assets == owed + own for assets, owed, own in rows)
    names = ("operating_profit_cny", "total_income_cny", "total_cost_cny")
    rows = [row for row in columns(facts["annual_report"], *names) if None not in row]
    assert all(profit == income - cost for profit, income, cost in rows)


def test_cash_follows_from_the_cash_flows(facts: dict[str, pa.Table]) -> None:
    names = (
        "company_id", "fiscal_year", "cash_cny", "operating_cash_flow_cny", "investing_cash_flow_cny",
        "financing_cash_flow_cny",
    )  # fmt: skip
    rows = {(one, year): rest for one, year, *rest in columns(facts["annual_report"], *names)}
    pairs = [(rows[one, year - 1][0], rest) for (one, year), rest in rows.items() if (one, year - 1) in rows]
    full = [(before, rest) for before, rest in pairs if before is not None and None not in rest]
    assert len(full) > 500
    assert all(rest[0] - before == sum(rest[1:]) for before, rest in full)


def test_a_months_sales_invoices_add_up_to_its_sales(facts: dict[str, pa.Table]) -> None:
    invoiced: dict[tuple, Decimal] = defaultdict(Decimal)
    names = ("company_id", "direction", "status", "issued_on", "amount_cny")
    for company, direction, status, day, amount in columns(facts["invoice"], *names):
        if direction == "issued" and status == "valid" and amount > 0:
            invoiced[company, day.replace(day=1)] += amount
    declared = {
        (company, month): sales
        for company, month, sales in columns(facts["tax_month"], "company_id", "month", "vat_sales_cny")
    }
    both = [(total, declared[key]) for key, total in invoiced.items() if declared.get(key) is not None]
    assert len(both) > 1_000
    assert all(total == sales for total, sales in both)


def test_forward_citations_are_those_listed(facts: dict[str, pa.Table]) -> None:
    received: dict[str, list] = defaultdict(list)
    for cited, known in columns(facts["patent_citation"], "cited_number", "known_on"):
        received[cited].append(known)
    names = ("publication_number", "known_on", "forward_citations")
    for number, known, counted in columns(facts["patent"], *names):
        if counted is not None:
            assert counted == sum(day <= known for day in received[number]), number


def sector_nets(account: pa.Table, transfer: pa.Table) -> dict[tuple, Decimal]:
    """What each complete month left on each of the city's own accounts, the households' account apart."""
    kinds = ("payroll", "tax", "social_insurance", "cash", "loan", "loan_repayment", "third_party_payment", "property",
             "securities", "wealth")  # fmt: skip
    own = {one for one, kind in columns(account, "account_id", "account_kind") if kind in kinds}
    net: dict[tuple, Decimal] = defaultdict(Decimal)
    for source, target, moment, amount in columns(
        transfer, "from_account_id", "to_account_id", "happened_at", "amount_cny"
    ):
        month = (moment.year, moment.month)
        if source in own:
            net[source, month] -= amount
        if target in own:
            net[target, month] += amount
    last = max(month for _, month in net)
    return {key: left for key, left in net.items() if key[1] < last}


def test_wages_taxes_and_deposits_go_round(facts: dict[str, pa.Table]) -> None:
    nets = sector_nets(facts["account"], facts["transfer"])
    assert len(nets) > 500
    assert not any(nets.values())
    without = facts["transfer"].filter(pc.not_equal(facts["transfer"]["memo"].fill_null(""), "往来款"))
    assert any(sector_nets(facts["account"], without).values())
