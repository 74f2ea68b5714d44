"""What the interface for programs takes and gives, as its OpenAPI says it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field


class Shape(BaseModel):
    """A shape of ours: names that are not declared are refused."""

    model_config = ConfigDict(extra="forbid")


class Problem(Shape):
    """An error: its code, which never changes its meaning, and sentences."""

    code: str
    what: str
    where: str
    why: str
    do: str


class CompanyFound(Shape):
    """A company as searching shows it: what is public, and whether its data may be read."""

    company_id: str
    name: str
    district: str | None
    industry_code: str | None
    established_on: date | None
    may_read: bool


class CompaniesFound(Shape):
    """Companies by name or code, and whether there are more than are given."""

    companies: list[CompanyFound]
    more: bool


class EntrySummary(Shape):
    """An entry of the journal in short, as `kejin journal list --json`."""

    sequence: int
    time: datetime
    act: str
    actor: str
    role: str
    subject: str | None
    as_of: date | None
    refers_to: list[int]
    result_hash: str
    entry_hash: str


class EntryWhole(Shape):
    """An entry, whole, as `kejin journal show --json`."""

    previous_hash: str
    entry_hash: str
    body: dict[str, Any]


class CaseRow(Shape):
    """A loan case as the list shows it."""

    case_id: str
    institution_id: str
    company_id: str
    company_name: str
    product: str
    amount_cny: str
    term_months: int
    as_of: date
    state: str
    maker: str
    checker: str | None
    advice: str | None
    version: int
    due_on: date | None
    changed_at: datetime


class CaseShown(CaseRow):
    """A loan case as it stands: what was approved and paid, and the steps that may come next."""

    approved_cny: str | None
    paid_cny: str | None
    conditions: list[str]
    steps_open: list[str]


Amount = Annotated[str, Field(max_length=40, description="CNY with at most two decimals, as text.")]
Said = Annotated[str, Field(max_length=4_000)]
Word = Annotated[str, Field(max_length=80)]


class CaseWanted(Shape):
    """An application for a loan, as the form of the page asks it.

    given    further facts, a line each: NAME=VALUE.
    branch   where a company applies for itself; an officer applies at the own branch.
    """

    company_id: Word
    product: Word
    amount_cny: Amount
    term_months: Annotated[int, Field(ge=1, le=600)]
    purpose: Word
    comment: Said
    sharing: Word = "usual"
    repayment: Word = ""
    grace_months: Annotated[int, Field(ge=0, le=600)] = 0
    pledge_value: Word = ""
    given: Said = ""
    branch: Word = ""


class Seen(Shape):
    """A step of a case; `version` is the one that was seen, so that nobody decides on what has changed since."""

    version: Annotated[int, Field(ge=0, lt=2**31)]


class Proposal(Seen):
    """What the maker proposes: approve or decline."""

    recommendation: Word
    comment: Said
    amount_cny: Amount = ""
    override_reason: Said = ""


class Decision(Seen):
    """What the checker decides: approved, declined or returned."""

    decision: Word
    comment: Said
    amount_cny: Amount = ""
    override_reason: Said = ""
    told: Said = ""


class Withdrawal(Seen):
    """Why an application is taken back."""

    comment: Said


class ConditionsMet(Seen):
    """Condition -> its proof."""

    proofs: Annotated[dict[Word, Said], Field(max_length=100)]
    comment: Said


class Contract(Seen):
    """Data of the signed contract; the rate is a year's, 0.0345 for 3.45%."""

    number: Word
    signed_on: date
    rate: Word


class Payment(Seen):
    """A payment of the loan. Entrusted: the bank pays the company's counterparty, the payee."""

    amount_cny: Amount
    paid_on: date
    payee: Word
    reference: Word
    entrusted: bool = False


class CheckMade(Seen):
    """A check after payment: in_order or concern."""

    check: Word
    finding: Word
    comment: Said
    next_on: date | None = None


class Ending(Seen):
    """How a case ends: repaid, written_off or transferred."""

    how: Word
    comment: Said


class Offer(Shape):
    """One company and product of the pre-approved list."""

    company_id: str
    name: str | None
    product: str
    offer: str
    reason: str | None
    limit_cny: float | None
    rate: float | None
    term_months_max: float | None
    default_probability: float | None


class Offers(Shape):
    """A page of the list; `after` asks for the next one. Companies whose consent does not cover it are named only."""

    as_of: date
    offers: list[Offer]
    after: int | None
    not_covered: list[str]


class JobWanted(Shape):
    """Work to be done."""

    kind: str = Field(max_length=40)
    as_of: date


class JobShown(Shape):
    """A job: how far it is, what it gave, what was wrong."""

    job_id: str
    kind: str
    state: str
    actor: str
    as_of: date | None
    made_at: datetime
    changed_at: datetime
    step: str | None
    percent: int | None
    result: dict[str, Any] | None
    error: Problem | None


PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": said}
    for status, said in {
        400: "The request cannot be used as it is.",
        401: "No valid token or session.",
        403: "The role may not do this, or the company has not consented.",
        404: "There is no such thing, or it is not in your scope.",
        409: "Somebody was quicker, or what is asked for was not made yet.",
        413: "The request is too large.",
        422: "A parameter cannot be read.",
        503: "The server is busy.",
    }.items()
}
