"""Where is a pledge entered? The registration office as this project sees it, and a local one that follows the states.

A pluggable office is any class with these two methods; a package offers one under the entry point group
`kejin.registration_offices`. The local office keeps a register of its own beside the cases. It enters what is filed
whole, refuses a second pledge on a patent that is pledged in its register, and answers as soon as it is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.metadata import entry_points
from typing import Any, Protocol

from sqlalchemy import Column, Connection, Date, Integer, LargeBinary, MetaData, Table, Text, func, select

from kejin.errors import UseError
from kejin.journal import Journal
from kejin.journal.canonical import decode, encode

GROUP = "kejin.registration_offices"
LOCAL = "local"
NEEDED = ("pledgor_id", "pledgor_name", "pledgee_name", "loan_cny", "loan_from", "loan_until", "contract_hash")


@dataclass(frozen=True, slots=True)
class Filing:
    """What is sent to the office.

    key      the same for every attempt to send the same thing: sending it again changes nothing.
    step     file, change or release.
    patents  publication numbers.
    form     the registration form's data.
    """

    key: str
    step: str
    case_id: str
    patents: tuple[str, ...]
    form: Mapping[str, Any]
    filed_on: date


@dataclass(frozen=True, slots=True)
class OfficeAnswer:
    """What the office says; a number where it entered a pledge, a reason where it did not."""

    accepted: bool
    registration_number: str | None
    reason: str | None


class RegistrationOffice(Protocol):
    """An office that enters pledges."""

    name: str

    def send(self, filing: Filing) -> str:
        """Hands a filing in; the receipt. A filing with a key that is known gives the receipt it got before."""

    def answer(self, receipt: str) -> OfficeAnswer | None:
        """What the office says to a filing; None while it has not decided."""


metadata = MetaData()
_filing = Table(
    "pledge_office_filing",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("key", Text, nullable=False, unique=True),
    Column("step", Text, nullable=False),
    Column("case_id", Text, nullable=False),
    Column("patents", LargeBinary, nullable=False),
    Column("form", LargeBinary, nullable=False),
    Column("filed_on", Date, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("reason", Text),
)
# Who holds which patent: the key refuses a second holder, whatever a program does.
_held = Table(
    "pledge_office_held",
    metadata,
    Column("publication_number", Text, primary_key=True),
    Column("case_id", Text, nullable=False),
)


class LocalOffice:
    """The office of a workspace: a register in the same store as the cases, for trying out and for closed networks."""

    name = LOCAL

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        with journal.transaction() as connection:
            metadata.create_all(connection)

    def send(self, filing: Filing) -> str:
        with self._journal.transaction() as connection:
            known = connection.scalar(select(_filing.c.number).where(_filing.c.key == filing.key))
            if known is not None:
                return _receipt(known)
            number = (connection.scalar(select(func.max(_filing.c.number))) or 0) + 1
            reason = self._decide(connection, filing)
            connection.execute(
                _filing.insert().values(
                    number=number,
                    key=filing.key,
                    step=filing.step,
                    case_id=filing.case_id,
                    patents=encode(list(filing.patents)),
                    form=encode(dict(filing.form)),
                    filed_on=filing.filed_on,
                    accepted=int(reason is None),
                    reason=reason,
                )
            )
        return _receipt(number)

    def answer(self, receipt: str) -> OfficeAnswer | None:
        with self._journal.reading() as connection:
            number = int(receipt.rpartition("-")[2])
            row = connection.execute(select(_filing).where(_filing.c.number == number)).one()
        if not row.accepted:
            return OfficeAnswer(False, None, row.reason)
        return OfficeAnswer(True, f"ZY-{row.filed_on.year}-{row.number:06d}" if row.step == "file" else None, None)

    def _decide(self, connection: Connection, filing: Filing) -> str | None:
        """None to enter it, else why not; what is entered moves the register."""
        if filing.step == "file":
            if lacking := [name for name in NEEDED if filing.form.get(name) in (None, "")]:
                return f"incomplete: {', '.join(lacking)}"
            query = select(_held.c.publication_number).where(_held.c.publication_number.in_(filing.patents))
            if held := sorted(connection.execute(query).scalars()):
                return f"pledged: {', '.join(held)}"
            rows = [{"publication_number": number, "case_id": filing.case_id} for number in filing.patents]
            connection.execute(_held.insert(), rows)
            return None
        mine = select(_held.c.publication_number).where(_held.c.case_id == filing.case_id)
        if not connection.execute(mine).scalars().all():
            return "not registered"
        if filing.step == "release":
            connection.execute(_held.delete().where(_held.c.case_id == filing.case_id))
        return self._change(connection, filing) if filing.step == "change" else None

    def _change(self, connection: Connection, filing: Filing) -> str | None:
        """The patents that a changed pledge now holds: those taken off are free, those added must not be another's."""
        query = select(_held.c.publication_number).where(
            _held.c.publication_number.in_(filing.patents), _held.c.case_id != filing.case_id
        )
        if held := sorted(connection.execute(query).scalars()):
            return f"pledged: {', '.join(held)}"
        connection.execute(_held.delete().where(_held.c.case_id == filing.case_id))
        rows = [{"publication_number": number, "case_id": filing.case_id} for number in filing.patents]
        connection.execute(_held.insert(), rows)
        return None

    def filings(self) -> list[dict[str, Any]]:
        """Everything that was handed in, in order."""
        with self._journal.reading() as connection:
            rows = connection.execute(select(_filing).order_by(_filing.c.number)).mappings().all()
        return [dict(row) | {"patents": decode(row["patents"]), "form": decode(row["form"])} for row in rows]


def _receipt(number: int) -> str:
    return f"LOCAL-{number:06d}"


def office_named(name: str, journal: Journal) -> RegistrationOffice:
    """The office of this name: `local`, or one that an installed package offers.

    Raises UseError workflows.office_unknown.
    """
    if name == LOCAL:
        return LocalOffice(journal)
    found = {point.name: point for point in entry_points(group=GROUP)}
    if name not in found:
        raise UseError("workflows.office_unknown", office=name, offices=", ".join([LOCAL, *sorted(found)]))
    office: RegistrationOffice = found[name].load()()
    return office
