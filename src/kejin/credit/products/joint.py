"""What does every loan product ask? A borrower in being and in good record, an honest purpose, a least amount."""

from __future__ import annotations

from dataclasses import dataclass

from kejin.credit.products.product import FEN_PER_CNY, Cap
from kejin.rule_values import CaseFigure, CodeSet, Figure, RowTable, from_rule
from kejin.schemes.expressions import MISSING_NUMBER, Column, Expression, If, lift
from kejin.schemes.rule_expressions import in_case, number_in_case
from kejin.schemes.scheme import Gate, Label, Lever, held

STAGES = {1.0: "start_up", 2.0: "growth", 3.0: "mature"}


@dataclass(frozen=True, slots=True)
class JointRules:
    """What holds for every product on a day."""

    technology_titles: CodeSet = from_rule("loans/joint/technology_titles")
    purposes_barred: CodeSet = from_rule("loans/joint/purposes_barred")
    overdue_days_max: Figure = from_rule("loans/joint/overdue_days_max")
    enforcement_cases_max: Figure = from_rule("loans/joint/enforcement_cases_max")
    amount_cny_min: Figure = from_rule("loans/joint/amount_cny_min")
    credit_cny_max: RowTable = from_rule("loans/stages/credit_cny_max")
    term_months_max: RowTable = from_rule("loans/stages/term_months_max")


@dataclass(frozen=True, slots=True)
class EntrustedRules:
    """From which payment on the bank pays the payee itself."""

    entrusted_payment_cny_above: CaseFigure = from_rule("loans/joint/entrusted_payment_cny_above")


def borrower_gates(rules: JointRules, technology: bool = True) -> tuple[Gate, ...]:
    """Gates on the borrower that every product shares, the gravest first.

    technology   the product is for technology companies, those that hold a title.
    """
    overdue, cases = Column("overdue_days"), Column("enforcement_cases")
    gates = [
        Gate("active", Label("企业存续", "In operation"), Column("is_active"), ()),
        Gate(
            "no_breach",
            Label("未列入严重违法失信名单", "Not on the list of serious breaches"),
            ~Column("on_serious_breach_list"),
            (),
        ),
        Gate("no_abnormal", Label("未列入经营异常名录", "Not on the abnormal list"), ~Column("on_abnormal_list"), ()),
        Gate(
            "not_overdue",
            Label("现有贷款无逾期", "Nothing overdue on present loans"),
            overdue <= rules.overdue_days_max.number,
            (rules.overdue_days_max.cite,),
            overdue,
            "count",
            rules.overdue_days_max.number,
            "<=",
        ),
        Gate(
            "not_enforced",
            Label("无未结被执行案件", "No open enforcement case"),
            cases <= rules.enforcement_cases_max.number,
            (rules.enforcement_cases_max.cite,),
            cases,
            "count",
            rules.enforcement_cases_max.number,
            "<=",
        ),
    ]
    if technology:
        label = Label("科技型企业", "Technology company")
        gates.append(Gate("technology", label, Column("technology_company"), (rules.technology_titles.cite,)))
    return tuple(gates)


def application_gates(rules: JointRules) -> tuple[Gate, ...]:
    """Gates on the application that every product shares."""
    purpose, amount = Column("purpose_code"), Column("amount_fen")
    least = rules.amount_cny_min.number * FEN_PER_CNY
    return (
        Gate(
            "purpose_not_barred",
            Label("用途不在禁止之列", "Purpose is not barred"),
            ~purpose.one_of(rules.purposes_barred.codes),
            (rules.purposes_barred.cite,),
            purpose,
            "text",
        ),
        Gate(
            "amount_min",
            Label("金额不低于下限", "Amount not below the minimum"),
            amount >= least,
            (rules.amount_cny_min.cite,),
            amount,
            "fen",
            least,
            ">=",
            (Lever("amount_fen"),),
        ),
    )


def entrusted_payment(rules: EntrustedRules) -> Expression:
    """Must the bank pay the payee itself? Yes where a single payment of the whole amount would be above the edge."""
    amount = Column("amount_fen")
    return in_case(rules.entrusted_payment_cny_above, lambda figure: held(amount, ">", figure.number * FEN_PER_CNY))


def entrusted_edge(rules: EntrustedRules) -> Expression:
    """The edge above which a payment is entrusted, in fen."""
    return number_in_case(rules.entrusted_payment_cny_above) * FEN_PER_CNY


def stage_cap(rules: JointRules) -> Cap:
    """Unsecured credit of the borrower's stage, less the unsecured loans that it has already; at least 0."""
    room = by_stage(rules.credit_cny_max, FEN_PER_CNY) - Column("unsecured_balance_fen")
    label = Label("阶段信用上限减已有信用贷款", "Unsecured credit of the stage, less unsecured loans")
    return Cap("stage", label, If(room > 0.0, room, lift(0.0)), (rules.credit_cny_max.cite,))


def by_stage(table: RowTable, scale: float = 1.0) -> Expression:
    """The table's figure for the borrower's stage; missing where the stage is open."""
    stage = Column("stage_code")
    figure: Expression = MISSING_NUMBER
    for code, name in STAGES.items():
        figure = If(stage.equals(code), lift(table.number(name, "value") * scale), figure)
    return figure
