"""What does the borrower ask for? The application, checked before anything is worked out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from kejin.credit.products.catalogue import PRODUCTS
from kejin.credit.products.inputs import INPUTS
from kejin.errors import InputError
from kejin.workflows.lending_rules import LendingRules

SharingChoice = Literal["usual", "none", "pool", "guarantee", "park"]
SHARING_CHOICES: tuple[SharingChoice, ...] = ("usual", "none", "pool", "guarantee", "park")
Repayment = Literal["equal_principal", "equal_instalment", "bullet", "step_up"]
REPAYMENTS: tuple[Repayment, ...] = ("equal_principal", "equal_instalment", "bullet", "step_up")
_FROM_ELSEWHERE = {"amount_fen", "term_months", "purpose_code", "product"}
_AMOUNT_MAX = Decimal(10) ** 13  # more than any bank lends to one company
_TERM_MAX = 600


@dataclass(frozen=True, slots=True)
class Application:
    """One application for one loan.

    bank            the lending bank (institution.institution_id of facts), for its own conditions and concentrations.
    sharing         who shares the loss; `usual` takes what is usual for the product.
    pool_left_cny   money left in the compensation pool; None: all of it.
    repayment       None: what is usual for the term.
    given           further facts of the application or borrower, by input name (credit/products/inputs.py): price of a
                    deal, cost of a project, value of a pledge ... Amounts are whole fen.
    """

    company_id: str
    product: str
    amount_cny: Decimal
    term_months: int
    purpose: str
    bank: str | None = None
    sharing: SharingChoice = "usual"
    pool_left_cny: Decimal | None = None
    repayment: Repayment | None = None
    grace_months: int = 0
    given: Mapping[str, Any] = field(default_factory=dict)

    @property
    def amount_fen(self) -> int:
        return int(self.amount_cny * 100)

    def as_plain(self) -> dict[str, Any]:
        """For the journal: everything that is needed to assess it again."""
        return {
            "company": self.company_id,
            "product": self.product,
            "amount_cny": self.amount_cny,
            "term_months": self.term_months,
            "purpose": self.purpose,
            "bank": self.bank,
            "sharing": self.sharing,
            "pool_left_cny": self.pool_left_cny,
            "repayment": self.repayment,
            "grace_months": self.grace_months,
            "given": dict(self.given),
        }

    @classmethod
    def from_plain(cls, content: Mapping[str, Any]) -> Application:
        """The application of a journal entry."""
        fields = dict(content)
        return cls(company_id=fields.pop("company"), **fields)


def check_application(application: Application, rules: LendingRules) -> None:
    """Refuses what cannot be assessed, each with a sentence.

    Raises   workflows.amount_wrong, workflows.term_wrong, workflows.product_unknown, workflows.purpose_unknown,
             workflows.given_unknown, workflows.sharing_unknown, workflows.repayment_unknown, workflows.grace_wrong,
             workflows.pool_left_wrong.
    """
    amount = application.amount_cny
    if not (amount.is_finite() and 0 < amount <= _AMOUNT_MAX and amount * 100 == (amount * 100).to_integral_value()):
        raise InputError("workflows.amount_wrong", amount=amount)
    if not 1 <= application.term_months <= _TERM_MAX:
        raise InputError("workflows.term_wrong", term=application.term_months)
    if application.product not in PRODUCTS:
        raise InputError("workflows.product_unknown", product=application.product, products=", ".join(PRODUCTS))
    known = rules.purposes
    if application.purpose not in known:
        raise InputError("workflows.purpose_unknown", purpose=application.purpose, purposes=", ".join(sorted(known)))
    if application.sharing not in SHARING_CHOICES:
        raise InputError("workflows.sharing_unknown", sharing=application.sharing, known=", ".join(SHARING_CHOICES))
    if application.repayment is not None and application.repayment not in REPAYMENTS:
        raise InputError("workflows.repayment_unknown", repayment=application.repayment, known=", ".join(REPAYMENTS))
    if not 0 <= application.grace_months < application.term_months:
        raise InputError("workflows.grace_wrong", grace=application.grace_months, term=application.term_months)
    if application.pool_left_cny is not None and not application.pool_left_cny >= 0:
        raise InputError("workflows.pool_left_wrong", left=application.pool_left_cny)
    for name in application.given:
        if name not in INPUTS or name in _FROM_ELSEWHERE:
            wanted = ", ".join(sorted(set(INPUTS) - _FROM_ELSEWHERE))
            raise InputError("workflows.given_unknown", name=name, names=wanted)


def given_value(name: str, text: str) -> Any:
    """A value of `given` from its text, by the input's unit: yes/no, text, CNY (kept as whole fen), or a number.

    Raises   workflows.given_unknown, workflows.given_wrong.
    """
    if name not in INPUTS or name in _FROM_ELSEWHERE:
        raise InputError("workflows.given_unknown", name=name, names=", ".join(sorted(set(INPUTS) - _FROM_ELSEWHERE)))
    unit = INPUTS[name].unit
    if unit == "text":
        return text
    words = {"yes": True, "true": True, "no": False, "false": False}
    if unit == "flag" and text.lower() in words:
        return words[text.lower()]
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if unit == "flag" or not number.is_finite() or number < 0:
        raise InputError("workflows.given_wrong", name=name, text=text, unit="CNY" if unit == "fen" else unit)
    return float(int(number * 100)) if unit == "fen" else float(number)
