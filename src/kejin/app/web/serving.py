"""What the server holds while it runs: the workspace's readers, the cases, the people, and answers worth keeping."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from kejin.app.web.jobs import Jobs
from kejin.app.web.readers import Reader, ReaderPool
from kejin.casework.access import AccessLog
from kejin.casework.consents import Consent, Consents, covered_tables
from kejin.casework.people import People, Person, head_office
from kejin.casework.sessions import Sessions
from kejin.casework.store import CaseStore, database_of, now
from kejin.casework.webhooks import KEY_FILE, Webhooks
from kejin.engines.run_query import rows_of
from kejin.errors import Lang
from kejin.workflows.workspace import Workspace, read_settings

T = TypeVar("T")
_ANSWERS_KEPT = 4_000
_CONSENTS = (
    "SELECT consent_id, company_id, institution_id, purpose, tables, given_on, valid_until, withdrawn_on, known_on "
    "FROM consent WHERE known_on <= $today"
)


class Serving:
    """One workspace, served."""

    def __init__(self, path: Path, *, warm: bool = False) -> None:
        self.path = path
        self._warm, self._made_ready = warm, threading.Event()
        if not warm:
            self._made_ready.set()
        self.language: Lang = read_settings(path).language
        Workspace.open(path).close()  # says plainly what is wrong, and brings an older schema up to date
        self.store = CaseStore.open(database_of(path))
        self.people = People(self.store)
        self.sessions = Sessions(self.store)
        self.consents = Consents(self.store)
        self.log = AccessLog(self.store)
        self.webhooks = Webhooks(self.store, path / KEY_FILE)
        self.pool = ReaderPool(path, after_change=self.make_ready)
        self.jobs = Jobs(path)
        self._answers: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
        self._answers_lock = threading.Lock()

    def close(self) -> None:
        self.jobs.close()
        self.pool.close()
        self.store.close()

    def make_ready(self) -> None:
        """Warms the readers beside the first requests, where the server was asked to."""
        if self._warm:
            threading.Thread(target=self._make_ready, name="kejin-warm", daemon=True).start()

    def _make_ready(self) -> None:
        try:
            self.pool.warm(self.default_day())
        finally:
            self._made_ready.set()

    @property
    def is_ready(self) -> bool:
        """Whether a request would get a reader soon; at the start, one that answers as fast as later ones.

        After a load the readers are cold again but serve: an only server must not be taken away for that.
        """
        return self._made_ready.is_set() and self.pool.one_is_free()

    # ── days ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def days(self) -> list[date]:
        """Days on which companies were evaluated, newest first."""
        found = {folder.name[:10] for folder in (self.path / "results").glob("????-??-??-*") if folder.is_dir()}
        return sorted((date.fromisoformat(day) for day in found), reverse=True)

    def default_day(self) -> date:
        """The newest evaluated day that is not ahead; today where there is none."""
        today = now().date()
        return next((day for day in self.days() if day <= today), today)

    # ── answers worth keeping ────────────────────────────────────────────────────────────────────────────────────────

    def kept(self, key: tuple[Any, ...], make: Callable[[Reader], T]) -> T:
        """An answer made from facts by a reader, kept until facts change. The key must name all it depends on.

        The value is shared by requests: nobody may change it.
        """
        whole = (self.pool.generation, *key)
        with self._answers_lock:
            if whole in self._answers:
                self._answers.move_to_end(whole)
                found: T = self._answers[whole]
                return found
        with self.pool.reader() as reader:
            made = make(reader)
        with self._answers_lock:
            self._answers[whole] = made
            while len(self._answers) > _ANSWERS_KEPT:
                self._answers.popitem(last=False)
        return made

    def rows(self, key: str, sql: str, **values: Any) -> list[dict[str, Any]]:
        """The rows of a query of ours on the facts, kept; values are bound, never pasted."""
        return self.kept(
            ("rows", key, *sorted(values.items())), lambda reader: rows_of(reader.workspace.backend, sql, values)
        )

    # ── names ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def company_name(self, company_id: str, as_of: date) -> str | None:
        """The newest name known on the day; None for a company that is not known."""
        sql = (
            "SELECT arg_max(name, known_on) AS name FROM company WHERE company_id = $company AND known_on <= $as_of "
            "HAVING count(*) > 0"
        )
        rows = self.rows("company_name", sql, company=company_id, as_of=as_of)
        return str(rows[0]["name"]) if rows else None

    def institution_name(self, institution_id: str | None) -> str:
        """The name of a bank, park or other institution; its code where it is not in the facts."""
        if institution_id is None:
            return "-"
        sql = (
            "SELECT name FROM (SELECT institution_id AS id, name, known_on FROM institution "
            "UNION ALL SELECT park_id, name, known_on FROM park) WHERE id = $id ORDER BY known_on DESC LIMIT 1"
        )
        rows = self.rows("institution_name", sql, id=institution_id)
        return str(rows[0]["name"]) if rows else institution_id

    def consents_of(self, company_id: str) -> list[Consent]:
        """Every consent of a company as it stands now: the facts' register, and what was said here since."""
        sql = f"{_CONSENTS} AND company_id = $company ORDER BY given_on, consent_id"
        rows = self.rows("consents", sql, company=company_id, today=now().date())
        return self.consents.of_company(company_id, rows)

    def coverage(self, institution_id: str, purpose: str) -> Mapping[str, frozenset[str]]:
        """Company -> the tables that its consents to an institution and purpose cover today; kept until one changes."""
        head, today = head_office(institution_id), now().date()

        def made(reader: Reader) -> dict[str, frozenset[str]]:
            sql = f"{_CONSENTS} AND split_part(institution_id, '-', 1) = $head AND purpose = $purpose ORDER BY given_on"
            rows = rows_of(reader.workspace.backend, sql, {"today": today, "head": head, "purpose": purpose})
            standing = self.consents.to_institution(head, purpose, rows)
            return {name: frozenset(one) for name, one in covered_tables(standing, head, purpose, today).items()}

        return self.kept(("coverage", head, purpose, today, self.consents.newest(head, purpose)), made)

    def dealt_with(self, institution_id: str) -> frozenset[str]:
        """Companies that an institution, with all its branches, ever lent to or insured."""
        sql = (
            "SELECT DISTINCT company_id FROM (SELECT company_id, institution_id, known_on FROM loan "
            "UNION ALL SELECT company_id, institution_id, known_on FROM insurance_policy) "
            "WHERE split_part(institution_id, '-', 1) = $head AND known_on <= $today"
        )
        rows = self.rows("dealt_with", sql, head=head_office(institution_id), today=now().date())
        return frozenset(str(row["company_id"]) for row in rows)

    def place_of(self, person: Person) -> str:
        """Where somebody works, as shown beside their name."""
        if person.company_id is not None:
            return self.company_name(person.company_id, now().date()) or person.company_id
        return self.institution_name(person.institution_id) if person.institution_id else ""

    def head_name(self, institution_id: str) -> str:
        return self.institution_name(head_office(institution_id))
