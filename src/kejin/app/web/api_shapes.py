"""What the interface for programs takes and gives, as its OpenAPI says it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

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
