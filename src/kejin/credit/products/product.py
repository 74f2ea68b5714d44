"""What is a loan product? Gates on the borrower, gates on the application, caps on amount and term; one scheme.

The borrower's gates say who may have the product at all (a list for a bank or a park needs no more); the application's
gates say whether this loan may be made. Caps are amounts that the loan must not exceed; the smallest binds, and is
named.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from kejin.rule_values import CaseFigure, Citation, CodeSet
from kejin.schemes.expressions import Column, Constant, Expression, If, all_of, lift
from kejin.schemes.rule_expressions import condition, in_case, number_in_case
from kejin.schemes.scheme import Gate, Label, Lever, Scheme, Sign, held, step

FEN_PER_CNY = 100.0
MONTHS_PER_YEAR = 12.0
MISSING_TEXT = Constant(None, "text")


@dataclass(frozen=True, slots=True)
class Cap:
    """An amount in fen that the loan must not exceed; missing where it cannot be computed.

    of_application  it hangs on the application (price of a deal, cost of a project), so a list of offers has no figure.
    """

    name: str
    label: Label
    amount: Expression
    cites: tuple[Citation, ...]
    of_application: bool = False


@dataclass(frozen=True)
class Product:
    """A loan product on a day.

    scheme         its gates: `qualifies` says whether this application may be granted under the rules.
                   Steps: <id>__eligible, <id>__refused_by and <id>__open_at (the borrower's first gate that says no, or
                   nothing), <id>__cap__<name> in fen, <id>__term_months_max, <id>__<gate>.
    borrower       names of the gates that ask about the borrower alone.
    running_costs  it pays running costs, so that it must not exceed the need for working capital.
    """

    scheme: Scheme
    borrower: tuple[str, ...]
    caps: tuple[Cap, ...]
    running_costs: bool
    term_cites: tuple[Citation, ...]

    @property
    def id(self) -> str:
        return self.scheme.id

    @property
    def label(self) -> Label:
        return self.scheme.label

    def step(self, *parts: str) -> str:
        """The column name of one of the product's steps."""
        return step(self.scheme.id, *parts)

    def citations(self) -> tuple[Citation, ...]:
        """Every rule value that the product uses, each once."""
        found = {cite.rule: cite for cite in self.scheme.citations()}
        for cite in (*self.term_cites, *(cite for cap in self.caps for cite in cap.cites)):
            found.setdefault(cite.rule, cite)
        return tuple(found.values())


def loan_product(
    code: str,
    label: Label,
    *,
    borrower: Sequence[Gate],
    application: Sequence[Gate],
    caps: Sequence[Cap],
    term_months_max: Expression,
    term_cites: tuple[Citation, ...],
    running_costs: bool = True,
    notes: tuple[Label, ...] = (),
) -> Product:
    """The product as one scheme; an application may be granted when every gate is passed."""
    gates = (*borrower, *application, *(_cap_gate(code, cap) for cap in caps), term_gate(code, term_cites))
    names = [gate.name for gate in borrower]
    scheme = Scheme(
        code,
        "loans",
        label,
        gates,
        (),
        all_of(Column(step(code, gate.name)) for gate in gates),
        before=(
            (step(code, "term_months_max"), term_months_max),
            *((step(code, "cap", cap.name), cap.amount) for cap in caps),
        ),
        after=(
            (step(code, "eligible"), all_of(Column(step(code, name)) for name in names)),
            (step(code, "refused_by"), _first(code, names, lambda gate: ~gate)),
            (step(code, "open_at"), _first(code, names, lambda gate: gate.is_missing())),
        ),
        notes=notes,
    )
    return Product(scheme, tuple(names), tuple(caps), running_costs, term_cites)


def _first(product: str, gates: Sequence[str], asks: Callable[[Expression], Expression]) -> Expression:
    """The name of the first gate of which something is so; missing where of none."""
    named: Expression = MISSING_TEXT
    for gate in reversed(gates):
        named = If(asks(Column(step(product, gate))).or_else(False), lift(gate), named)
    return named


def _cap_gate(product: str, cap: Cap) -> Gate:
    edge = Column(step(product, "cap", cap.name))
    amount = Column("amount_fen")
    return Gate(
        f"within_{cap.name}",
        cap.label,
        amount <= edge,
        cap.cites,
        amount,
        "fen",
        None,
        "<=",
        (Lever("amount_fen"),),
        edge,
    )


def term_gate(product: str, cites: tuple[Citation, ...]) -> Gate:
    """Is the term not longer than the product allows?"""
    term, edge = Column("term_months"), Column(step(product, "term_months_max"))
    label = Label("期限不超过上限", "Term not above the maximum")
    return Gate("term_max", label, term <= edge, cites, term, "month", None, "<=", (Lever("term_months"),), edge)


def term_at_least(years: float, cites: tuple[Citation, ...]) -> Gate:
    """Is the term not shorter than the product allows?"""
    term, months = Column("term_months"), years * MONTHS_PER_YEAR
    label = Label("期限不短于下限", "Term not below the minimum")
    return Gate("term_min", label, term >= months, cites, term, "month", months, ">=", (Lever("term_months"),))


def purpose_gate(purposes: CodeSet) -> Gate:
    """Is the purpose one of those that the product serves?"""
    label = Label("用途在产品范围内", "Purpose is one that the product serves")
    purpose = Column("purpose_code")
    return Gate("purpose", label, purpose.one_of(purposes.codes), (purposes.cite,), purpose, "text")


def months_in_case(years: CaseFigure) -> Expression:
    """A term in years that differs by case, in months; missing where the case is not known."""
    return number_in_case(years) * MONTHS_PER_YEAR


def ratio_gate(name: str, label: Label, part: str, whole: Expression, limit: CaseFigure, sign: Sign) -> Gate:
    """Does part / whole stand as asked to a ratio that differs by case? No whole, no answer."""
    share = Column(part) / whole
    return Gate(
        name,
        label,
        in_case(limit, lambda figure: held(share, sign, figure.number)),
        limit.cites,
        share,
        "ratio",
        None,
        sign,
        (Lever(part, whole),),
        number_in_case(limit),
    )


def research_gate(name: str, edge: float, cites: tuple[Citation, ...]) -> Gate:
    """Is R&D large enough beside revenue? A company without revenue that spends on R&D passes."""
    spent, revenue = Column("rd_expense_fen_y0"), Column("revenue_fen_y0")
    share = spent / revenue
    passes = If(revenue.equals(0), spent > 0.0, share >= edge)
    label = Label("研发费用占营业收入", "R&D to revenue")
    return Gate(name, label, passes, cites, share, "ratio", edge, ">=", (Lever("rd_expense_fen_y0", revenue),))


def part_of(amount: Expression, ratio: Decimal) -> Expression:
    """A share of an amount in whole fen: one product of whole numbers and one division, so that an edge is exact."""
    whole, of = ratio.as_integer_ratio()
    return amount * float(whole) / float(of)


def part_in_case(amount: Expression, ratio: CaseFigure) -> Expression:
    """The same where the ratio differs by case; missing where the case is not known."""
    part = part_of(amount, ratio.otherwise.value)
    for tree, figure in reversed(ratio.cases):
        part = If(condition(tree), part_of(amount, figure.value), part)
    return part
