"""Which companies stand in a list, for whom? One query over the day's results, read by column; what needs consent is
taken out of the rows of companies that gave none before anything is filtered or sorted by it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
from sqlalchemy import select

from kejin.app.loan_words import OFFERS
from kejin.app.shown import STAGES
from kejin.app.web.place_names import cluster_labels, district_labels, district_name
from kejin.app.web.sections import is_covered
from kejin.casework.access import purpose_of
from kejin.casework.permissions import BY_OFFICE, WITHOUT_CONSENT
from kejin.casework.store import now
from kejin.casework.tables import consent_event_table
from kejin.engines.run_query import rows_of
from kejin.errors import InputError
from kejin.facts.table_groups import COMPANY_TABLES
from kejin.schemes.scheme import Label

if TYPE_CHECKING:
    from kejin.app.web.readers import Reader
    from kejin.app.web.site import Ask

PAGE_ROWS, EXPORT_ROWS_MAX = 50, 50_000
TITLES = {
    "tech_sme": Label("科技型中小企业", "Technology SME"),
    "high_tech": Label("高新技术企业", "High-tech enterprise"),
    "specialised_sme": Label("专精特新中小企业", "Specialised SME"),
    "innovative_sme": Label("创新型中小企业", "Innovative SME"),
}
PRODUCTS = {
    "technology_credit": Label("科技信用贷", "Technology credit loan"),
    "research": Label("研发贷", "Research loan"),
    "fixed_asset": Label("固定资产贷", "Fixed-asset loan"),
    "ip_pledge": Label("知识产权质押贷", "IP-pledge loan"),
    "merger": Label("并购贷", "Merger loan"),
    "park": Label("园区贷", "Park loan"),
    "start_up": Label("初创贷", "Start-up loan"),
    "loan_and_investment": Label("贷投联动", "Loan and investment"),
}


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column of the list: unit as `value_text` reads it.

    section   whose tables the company's consent must cover; None for what is public.
    """

    label: Label
    sql: str
    unit: str = "text"
    section: str | None = None
    chosen: bool = True

    @property
    def private(self) -> bool:
        return self.section is not None

    @property
    def offer(self) -> bool:
        return self.section == "offers"


COLUMNS: Mapping[str, ListColumn] = {
    "name": ListColumn(Label("企业", "Company"), "e.name"),
    "company_id": ListColumn(Label("统一社会信用代码", "Code"), "e.company_id"),
    "district": ListColumn(Label("区", "District"), "e.district"),
    "cluster_code": ListColumn(Label("产业集群", "Cluster"), "e.cluster_code"),
    "titles": ListColumn(
        Label("已有资质", "Titles held"),
        "concat_ws(',', " + ", ".join(f"CASE WHEN i.holds__{name} THEN '{name}' END" for name in TITLES) + ")",
    ),
    "stage": ListColumn(Label("阶段", "Stage"), "e.life_cycle__stage_code", "stage", section="titles"),
    "offer": ListColumn(Label("预授信", "Pre-approval"), "p.offer", "offer", section="offers"),
    "limit_cny": ListColumn(Label("预授信额度", "Limit"), "p.limit_cny", "money", section="offers"),
    "rate": ListColumn(Label("利率", "Rate"), "p.rate", "percent", section="offers"),
    "default_probability": ListColumn(
        Label("违约概率", "Probability of default"), "p.default_probability", "percent", section="offers", chosen=False
    ),
    "reason": ListColumn(Label("原因代码", "Reason code"), "p.reason", section="offers", chosen=False),
    "score": ListColumn(
        Label("科小评分（下限）", "Technology-SME score (at least)"),
        "e.tech_sme__score__low",
        "points",
        section="titles",
    ),
    "research_standing": ListColumn(
        Label("研发同业位次", "Research standing"), "e.research_standing", "percent", section="research_figures"
    ),
    "patent_standing": ListColumn(
        Label("专利同业位次", "Patent standing"), "e.patent_standing", "percent", section="patent_figures", chosen=False
    ),
    "patents_in_force": ListColumn(
        Label("有效专利", "Patents in force"), "e.patents_in_force", "count", section="patent_figures", chosen=False
    ),
    "rd_intensity_3y": ListColumn(
        Label("三年研发强度", "R&D intensity, 3 years"),
        "e.rd_intensity_3y",
        "percent",
        section="research_figures",
        chosen=False,
    ),
}
# A bit a section, by which the query says what is covered.
BITS = {section: 1 << place for place, section in enumerate(dict.fromkeys(one.section for one in COLUMNS.values()))
        if section is not None}  # fmt: skip
Reading = tuple[tuple[str, int], ...] | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of a list: words from an address, checked here; nothing of them is pasted into a query."""

    q: str = ""
    district: str = ""
    cluster: str = ""
    stage: str = ""
    title: str = ""
    product: str = "technology_credit"
    offer: str = ""
    amount_min: float | None = None
    all_companies: bool = False
    sort: str = "name"
    down: bool = False
    page: int = 1
    columns: tuple[str, ...] = ()

    def checked(self) -> Wanted:
        """Raises InputError app.list_wish_wrong for a word that the list does not know."""
        for field, value, known in (
            ("title", self.title, TITLES),
            ("product", self.product, PRODUCTS),
            ("offer", self.offer, OFFERS),
            ("stage", self.stage, ("1", "2", "3")),
        ):
            if value and value not in known:
                raise InputError("app.list_wish_wrong", field=field, value=value[:40])
        for name in (self.sort, *self.columns):
            if name not in COLUMNS:
                raise InputError("app.list_wish_wrong", field="column", value=name[:40])
        if self.amount_min is not None and not 0 <= self.amount_min < 1e15:
            raise InputError("app.list_wish_wrong", field="amount_min", value=self.amount_min)
        return self


def readable_companies(ask: Ask) -> Mapping[str, frozenset[str]] | None:
    """Company -> the tables that this person may read of it today; None for those who read all by law."""
    person = ask.person
    if person.role in WITHOUT_CONSENT:
        return None
    if person.role in BY_OFFICE:
        return dict.fromkeys(_dealt_with(ask), COMPANY_TABLES)
    purpose = purpose_of(person)
    if purpose is None or person.head_office is None:
        return {}
    return ask.serving.coverage(person.head_office, purpose)


def companies_covered(ask: Ask, section: str) -> tuple[frozenset[str], frozenset[str]] | None:
    """The companies whose consent covers a section, and those whose consent covers others only; None for all."""
    readable = readable_companies(ask)
    if readable is None:
        return None
    covered = frozenset(one for one, tables in readable.items() if is_covered(section, tables))
    return covered, frozenset(readable) - covered


def is_hidden(ask: Ask, section: str) -> Callable[[str], bool]:
    """Says of a company whether a section of its data may not be shown to this person today."""
    found = companies_covered(ask, section)
    return lambda company_id: found is not None and company_id not in found[0]


def _reading(ask: Ask) -> Reading:
    """Who may be read, as the query takes it: each company with one bit a section that its consent covers."""
    readable = readable_companies(ask)
    if readable is None:
        return None
    marks: dict[frozenset[str], int] = {}
    for tables in set(readable.values()):
        marks[tables] = sum(bit for section, bit in BITS.items() if is_covered(section, tables))
    return tuple(sorted((company, marks[tables]) for company, tables in readable.items()))


def _dealt_with(ask: Ask) -> tuple[str, ...]:
    """Companies that an auditor's institution ever dealt with, or that ever gave it consent."""
    head = str(ask.person.head_office)
    sql = (
        "SELECT DISTINCT company_id FROM consent "
        "WHERE split_part(institution_id, '-', 1) = $head AND known_on <= $today"
    )
    found = {row["company_id"] for row in ask.serving.rows("ever_consented", sql, head=head, today=now().date())}
    column = consent_event_table.c
    given = (column.institution_id == head) & (column.kind == "given")
    said = ask.serving.store.rows(select(column.company_id).where(given).distinct())
    return tuple(sorted(found | {row["company_id"] for row in said} | ask.serving.dealt_with(head)))


def tenants(ask: Ask) -> tuple[str, ...] | None:
    """The companies in a park operator's park on the day; None for others, who see every company."""
    if ask.person.role != "park":
        return None
    sql = """SELECT DISTINCT company_id FROM park_tenancy WHERE park_id = $park AND known_on <= $as_of
             AND since_on <= $as_of AND (until_on IS NULL OR until_on >= $as_of) ORDER BY 1"""
    rows = ask.serving.rows("list_tenants", sql, park=ask.person.institution_id, as_of=ask.as_of)
    return tuple(row["company_id"] for row in rows)


def company_rows(ask: Ask, wanted: Wanted, most: int = PAGE_ROWS) -> tuple[list[dict[str, Any]], int, bool]:
    """The rows of a page of the list, how many there are in all, and whether the day's pre-approval is there."""
    readable, only = _reading(ask), tenants(ask)
    key = ("company_list", ask.as_of, wanted, readable, only, most)
    return ask.serving.kept(key, lambda reader: _query(reader, ask, wanted, readable, only, most))


def places(ask: Ask) -> dict[str, list[tuple[str, str]]]:
    """Districts and clusters to choose from: code and name."""
    sql = "SELECT DISTINCT {0} AS one FROM company WHERE known_on <= $as_of AND {0} IS NOT NULL ORDER BY 1"
    labels = {"district": district_labels(), "cluster_code": cluster_labels(ask)}
    found = {}
    for name, known in labels.items():
        codes = [str(row["one"]) for row in ask.serving.rows(f"list_{name}", sql.format(name), as_of=ask.as_of)]
        found[name] = [(code, known[code].of(ask.lang) if code in known else code) for code in codes]
    return found


def _query(
    reader: Reader, ask: Ask, wanted: Wanted, readable: Reading, only: tuple[str, ...] | None, most: int
) -> tuple[list[dict[str, Any]], int, bool]:
    folder = reader.evaluator(ask.as_of).folder
    if not (folder / "evaluation.parquet").exists():
        return [], 0, False
    offers = folder / "preapproval.parquet"
    sql, values = _sql(wanted, folder, offers.exists(), readable, only)
    values |= {"most": most, "skipped": (wanted.page - 1) * most}
    rows = rows_of(reader.workspace.backend, sql, values)
    total = int(rows[0]["total"]) if rows else 0
    return rows, total, offers.exists()


def _sql(
    wanted: Wanted, folder: Path, has_offers: bool, readable: Reading, only: tuple[str, ...] | None
) -> tuple[str, dict[str, Any]]:
    """The text of the query and its values. Names in the text are of COLUMNS and TITLES; all else is bound."""
    held = set(pq.read_schema(folder / "inputs.parquet").names)
    values: dict[str, Any] = {
        "evaluation": str(folder / "evaluation.parquet"),
        "inputs": str(folder / "inputs.parquet"),
    }
    everything = sum(BITS.values())
    parts = [
        f"{'true' if readable is None else 'c.company_id IS NOT NULL'} AS may_read",
        f"{everything if readable is None else 'coalesce(c.covers, 0)'} AS covers",
    ]
    for name, column in COLUMNS.items():
        text = column.sql if has_offers or not column.offer else "NULL"
        for title in TITLES:
            if f"holds__{title}" not in held:
                text = text.replace(f"i.holds__{title}", "false")
        if column.section is not None and readable is not None:
            text = f"CASE WHEN (c.covers & {BITS[column.section]}) > 0 THEN {text} END"
        parts.append(f"{text} AS {name}")
    tables = "read_parquet($evaluation) e JOIN read_parquet($inputs) i USING (company_id)"
    if readable is not None:
        tables += (
            " LEFT JOIN (SELECT unnest($readable::VARCHAR[]) AS company_id, unnest($covers::INTEGER[]) AS covers) c"
            " USING (company_id)"
        )
        values |= {"readable": [company for company, _ in readable], "covers": [covers for _, covers in readable]}
    if has_offers:
        tables += (
            " LEFT JOIN (SELECT company_id, offer::VARCHAR AS offer, reason::VARCHAR AS reason, limit_cny, rate,"
            " default_probability FROM read_parquet($offers) WHERE product = $product) p USING (company_id)"
        )
        values |= {"offers": str(folder / "preapproval.parquet"), "product": wanted.product}
    where, more = _where(wanted, only)
    order = f"{wanted.sort} {'DESC' if wanted.down else 'ASC'} NULLS LAST, company_id"
    sql = f"""WITH shown AS (SELECT {", ".join(parts)} FROM {tables})
        SELECT *, count(*) OVER () AS total FROM shown WHERE {where} ORDER BY {order} LIMIT $most OFFSET $skipped"""
    return sql, values | more


def _where(wanted: Wanted, only: tuple[str, ...] | None) -> tuple[str, dict[str, Any]]:
    tests, values = ["true"], {}
    for given, test, name, value in (
        (not wanted.all_companies, "may_read", None, None),
        (wanted.q, "(contains(lower(name), lower($q)) OR company_id = upper($q))", "q", wanted.q),
        (wanted.district, "district = $district", "district", wanted.district),
        (wanted.cluster, "cluster_code = $cluster", "cluster", wanted.cluster),
        (wanted.stage, "stage = $stage", "stage", float(wanted.stage or 0)),
        (wanted.title, "contains(',' || titles || ',', ',' || $title || ',')", "title", wanted.title),
        (wanted.offer, "offer = $offer", "offer", wanted.offer),
        (wanted.amount_min is not None, "limit_cny >= $amount_min", "amount_min", wanted.amount_min),
        (only is not None, "company_id IN (SELECT unnest($only::VARCHAR[]))", "only", list(only or ())),
    ):
        if given:
            tests.append(test)
            if name is not None:
                values[name] = value
    return " AND ".join(tests), values


def uncovered(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The columns of a row that its company's consent, though there is one, does not cover."""
    if not row["may_read"]:
        return ()
    return tuple(name for name, one in COLUMNS.items() if one.section and not row["covers"] & BITS[one.section])


def cell_text(name: str, value: Any, ask: Ask) -> Any:
    """A code of the list in words; other values as they are."""
    lang = ask.lang
    if value is None:
        return None
    if name == "district":
        return district_name(value, lang)
    if name == "cluster_code":
        found = cluster_labels(ask).get(value)
        return value if found is None else found.of(lang)
    if name == "titles":
        return ("、" if lang == "zh" else ", ").join(TITLES[one].of(lang) for one in value.split(",") if one)
    if name == "stage":
        return STAGES[value].of(lang) if value in STAGES else None
    return OFFERS[value].of(lang) if name == "offer" else value
