"""Mapping files: how somebody else's columns, codes and units become declared ones."""

from __future__ import annotations

from datetime import date
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from kejin.errors import InputError
from kejin.facts.tables import ALL_TABLES

# What one unit of a foreign column is in the declared unit.
UNITS: dict[str, str] = {
    "元": "1",
    "百元": "100",
    "千元": "1000",
    "万元": "10000",
    "十万元": "100000",
    "百万元": "1000000",
    "千万元": "10000000",
    "亿元": "100000000",
    "千": "1000",
    "万": "10000",
    "%": "0.01",
    "％": "0.01",
    "‰": "0.001",
}


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _as_text(value: object) -> object:
    """YAML reads 1 and 2024-01-31 as other types; a constant is text until its column says what it is."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float | date) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_as_list)]
Text = Annotated[str, BeforeValidator(_as_text)]


class Strict(BaseModel):
    """A record that refuses names it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class KnownOn(Strict):
    """The day from which rows could be known: one day for all, or a column's day (or year's end) plus months.

    column   one name, or several of which the first present is taken.
    """

    day: date | None = None
    column: Names = ()
    months: int = Field(default=0, ge=0, le=120)

    @model_validator(mode="after")
    def one_way(self) -> Self:
        if (self.day is None) == (not self.column):
            raise ValueError("known_on has either day or column")
        return self


class Condition(Strict):
    """Which rows of a joined file count: the column's text is one of these, or starts with one of these."""

    equals: Annotated[tuple[Text, ...], BeforeValidator(_as_list)] = ()
    starts_with: Names = ()


class Join(Strict):
    """Columns of another file beside the mapped one, put to its rows.

    file      in the same directory.
    on        the column of this name is in both.
    where     only these rows of the other file count.
    lowest, highest   where several rows match, the one with the lowest (highest) value of this column.
    gather    new column -> column of which all values are put together, separated by '; ', in order.
    required  rows without a match are left out.
    """

    file: str
    on: str
    where: dict[str, Condition] = Field(default_factory=dict)
    lowest: str | None = None
    highest: str | None = None
    gather: dict[str, str] = Field(default_factory=dict)
    required: bool = False


class Target(Strict):
    """How the rows of a file become rows of one table.

    columns     declared column -> foreign column, or several names of which the first present is taken.
    constants   declared column -> the same value in every row.
    values      declared column -> foreign code -> declared code (spaces around the foreign code do not matter).
    units       declared column -> unit of the foreign amounts, e.g. 万元 or %.
    derive      declared column -> text with foreign columns in braces, e.g. "{发票代码}-{发票号码}".
    issue_ids   declared column whose foreign identifiers become plainly synthetic credit codes.
    file        the file in the loaded directory, when the mapping is about several.
    sheet       the sheet, when the file is a workbook.
    """

    table: str
    columns: dict[str, Names] = Field(default_factory=dict)
    constants: dict[str, Text] = Field(default_factory=dict)
    values: dict[str, dict[Text, str]] = Field(default_factory=dict)
    units: dict[str, str] = Field(default_factory=dict)
    derive: dict[str, str] = Field(default_factory=dict)
    issue_ids: Names = ()
    date_format: str | None = None
    known_on: KnownOn | None = None
    file: str | None = None
    sheet: str | None = None
    joins: tuple[Join, ...] = ()

    @model_validator(mode="after")
    def names_are_declared(self) -> Self:
        declared = ALL_TABLES.get(self.table)
        if declared is None:
            raise ValueError(f"there is no table {self.table!r}")
        used = {*self.columns, *self.constants, *self.values, *self.units, *self.derive, *self.issue_ids}
        unknown = sorted(used - set(declared.column_names))
        if unknown:
            raise ValueError(f"{self.table} has no column {', '.join(unknown)}")
        for name in (set(self.columns) & set(self.constants)) | (set(self.columns) & set(self.derive)):
            raise ValueError(f"{self.table}.{name} is given twice")
        unheard = sorted(set(self.units.values()) - set(UNITS))
        if unheard:
            raise ValueError(f"unit {', '.join(unheard)} is unknown; units: {', '.join(UNITS)}")
        return self


class Mapping(Strict):
    """One mapping file.

    Either one target (its parts stand at the top level) or several under `targets`. The rest is about the file:
    source      what the rows' source says; without it the file's name.
    id_space    keeps issued identifiers of different data sets apart; without it the mapping's name.
    missing     cell texts that mean "no value", e.g. "-".
    """

    name: str
    about: dict[str, str] = Field(default_factory=dict)
    targets: tuple[Target, ...]
    source: str | None = None
    id_space: str | None = None
    missing: Annotated[tuple[Text, ...], BeforeValidator(_as_list)] = ()
    encoding: str | None = None
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    skip_rows: int = Field(default=0, ge=0)

    @property
    def space(self) -> str:
        return self.id_space or self.name

    @property
    def names_files(self) -> bool:
        return any(target.file is not None for target in self.targets)

    @model_validator(mode="before")
    @classmethod
    def one_target_at_top(cls, raw: object) -> object:
        if not isinstance(raw, dict) or "targets" in raw or "table" not in raw:
            return raw
        parts = {name: raw[name] for name in raw if name in Target.model_fields}
        return {name: raw[name] for name in raw if name not in parts} | {"targets": [parts]}


def shipped_mappings() -> dict[str, Path]:
    """Name -> file of the mappings that come with Kejin."""
    folder = Path(str(resources.files("kejin.facts") / "mappings"))
    return {file.stem: file for file in sorted(folder.glob("*.yaml"))}


def read_mapping(name_or_file: str | Path) -> Mapping:
    """The mapping of a file, or the shipped one of that name.

    Raises facts.mapping_unknown, facts.mapping_invalid.
    """
    file = Path(name_or_file)
    shipped = shipped_mappings()
    if not file.is_file():
        if str(name_or_file) not in shipped:
            raise InputError("facts.mapping_unknown", mapping=name_or_file, known=", ".join(shipped))
        file = shipped[str(name_or_file)]
    return parse_mapping(file.read_bytes(), file.stem, str(file.name))


def parse_mapping(content: bytes, name: str, shown_as: str) -> Mapping:
    """A mapping from the bytes of its YAML file. Raises facts.mapping_invalid."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        raw = YAML(typ="safe", pure=True).load(content.decode("utf-8-sig"))
    except (YAMLError, UnicodeDecodeError) as error:
        said = " ".join(str(error).split())[:300]
        raise InputError("facts.mapping_invalid", mapping=shown_as, said=said) from error
    if not isinstance(raw, dict):
        raise InputError("facts.mapping_invalid", mapping=shown_as, said="the file holds no names")
    try:
        return Mapping.model_validate({"name": name} | raw)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError("facts.mapping_invalid", mapping=shown_as, said=f"{place}: {first['msg']}") from error


def file_inside(directory: Path, name: str) -> Path:
    """The file that a mapping names, which must lie in the loaded directory. Raises facts.path_outside."""
    wanted = PurePosixPath(name.replace("\\", "/"))
    inside = (directory / wanted).resolve()
    if wanted.is_absolute() or not inside.is_relative_to(directory.resolve()):
        raise InputError("facts.path_outside", path=name, directory=directory)
    return inside
