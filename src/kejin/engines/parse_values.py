"""Declared values out of foreign cells, as DuckDB expressions: NULL where a cell is missing or cannot be read.

A cell is first made plain (`plain_sql`: text trimmed, missing marks gone) and then read (`value_sql`). Where the
plain cell is there and the value is NULL, the cell is wrong; check_rows says how.
"""

from __future__ import annotations

from collections.abc import Iterable

from kejin.facts import ipc
from kejin.facts.bind_columns import Feed
from kejin.facts.mapping import UNITS
from kejin.facts.uscc import ALPHABET, SYNTHETIC_PREFIX, WEIGHTS

WHITE = r"' ' || chr(9) || chr(10) || chr(13) || chr(160) || chr(12288) || chr(65279)"
INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
FLOATS = ("FLOAT", "DOUBLE")
_FULL_WIDTH, _HALF_WIDTH = "０１２３４５６７８９．，－＋％", "0123456789.,-+%"
TRUE_WORDS = ("true", "1", "yes", "y", "t", "是", "1.0")
FALSE_WORDS = ("false", "0", "no", "n", "f", "否", "0.0")
# A binary fraction counts as whole fen when it is this near: a millionth of a fen, and a few steps of a double.
NEAR_CNY, NEAR_STEPS = "1e-8", "1e-15"


def text_literal(value: str) -> str:
    """A text as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def listed(values: Iterable[str]) -> str:
    """Texts as SQL literals with commas between."""
    return ", ".join(text_literal(value) for value in values)


def is_text(storage: str) -> bool:
    """Whether a column of this type holds text."""
    return storage == "VARCHAR"


def plain_sql(cell: str, storage: str, missing: tuple[str, ...], *, trimmed: bool) -> str:
    """A cell without spaces around it; NULL when nothing is left or when it is a mark for missing.

    trimmed   the reader has removed the spaces already.
    """
    if not is_text(storage):
        return cell
    plain = f"nullif({cell}, '')"
    if not trimmed:
        # Trimming is slow and rarely needed: first look for anything to trim.
        spaced = " OR ".join(f"contains({cell}, {white})" for white in ("' '", "chr(9)", "chr(10)", "chr(160)", "'　'"))
        plain = f"CASE WHEN {spaced} THEN nullif(trim({cell}, {WHITE}), '') ELSE {plain} END"
    return f"CASE WHEN {plain} IN ({listed(missing)}) THEN NULL ELSE {plain} END" if missing else plain


def part_sql(cell: str, storage: str) -> str:
    """A cell as part of a text put together: a midnight is written as its day."""
    if storage.startswith("TIMESTAMP"):
        return f"CASE WHEN {cell}::DATE::TIMESTAMP = {cell} THEN {cell}::DATE::VARCHAR ELSE {cell}::VARCHAR END"
    return f"{cell}::VARCHAR"


def value_sql(feed: Feed, plain: str, storage: str, id_space: str) -> str:
    """The declared value of a plain cell, of the declared storage type."""
    column = feed.column
    if feed.values:
        branches = " ".join(
            f"WHEN {text_literal(foreign)} THEN {text_literal(code)}" for foreign, code in feed.values.items()
        )
        plain = f"CASE {plain}::VARCHAR {branches} ELSE {plain}::VARCHAR END"
        storage = "VARCHAR"
    if feed.issue_ids:
        return issued_code_sql(_as_text(plain, storage), id_space)
    if column.choices is not None:
        return _choice(feed, _as_text(plain, storage))
    match column.kind:
        case "text" | "code":
            return _text(feed, plain, storage)
        case "money":
            return _money(plain, storage, feed.unit)
        case "number" | "ratio":
            return _number(plain, storage, feed.unit, percent=column.kind == "ratio")
        case "integer":
            return _integer(plain, storage, feed.unit)
        case "date":
            return _date(plain, storage, feed.date_format)
        case "timestamp":
            return _timestamp(plain, storage, feed.date_format)
        case "flag":
            return _flag(plain, storage)


def _as_text(plain: str, storage: str) -> str:
    """Text of a cell; a number with a fraction is no text, because it may have lost its leading zeros or digits."""
    if is_text(storage):
        return plain
    if storage in FLOATS:
        return (
            f"CASE WHEN isfinite({plain}) AND {plain} = trunc({plain}) THEN TRY_CAST({plain} AS HUGEINT)::VARCHAR END"
        )
    return f"{plain}::VARCHAR"


def _text(feed: Feed, plain: str, storage: str) -> str:
    text = _as_text(plain, storage)
    if feed.column.check == "ipc":
        split = rf"regexp_replace({text}, '^{ipc.WRITTEN}$', '\1 \2')"
        return (
            f"CASE WHEN regexp_full_match({text}, '{ipc.CANONICAL}') THEN {text}"
            f" WHEN regexp_full_match({text}, '{ipc.WRITTEN}') THEN trim({split}) END"
        )
    if feed.column.check == "ipc_list":
        spaced = rf"regexp_replace({text}, '({ipc.SUBCLASS})\s*([0-9]+/)', '\1 \2', 'g')"
        return (
            f"CASE WHEN regexp_full_match({text}, '{ipc.CANONICAL_LIST}') THEN {text}"
            f" WHEN regexp_full_match({text}, '{ipc.WRITTEN_LIST}')"
            rf" THEN regexp_replace(rtrim({spaced}, ';； '), '\s*[;；]\s*', '; ', 'g') END"
        )
    return text


def _choice(feed: Feed, text: str) -> str:
    """The code of a choice from the code itself or its Chinese or English label."""
    assert feed.column.choices is not None
    codes = listed(choice.code for choice in feed.column.choices)
    labels = " ".join(
        f"WHEN {text} IN ({listed((choice.zh, choice.en))}) THEN {text_literal(choice.code)}"
        for choice in feed.column.choices
    )
    return f"CASE WHEN {text} IN ({codes}) THEN {text} {labels} END"


def tidy_number_sql(text: str) -> str:
    """Full-width digits made plain and well-placed thousands separators removed; anything else stays as it is."""
    half = f"translate({text}, '{_FULL_WIDTH}', '{_HALF_WIDTH}')"
    grouped = r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?"
    return f"CASE WHEN regexp_full_match({half}, '{grouped}') THEN replace({half}, ',', '') ELSE {half} END"


def _is_decimal(text: str) -> str:
    return rf"regexp_full_match({text}, '[+-]?(\d+\.?\d*|\.\d+)')"


def _money(plain: str, storage: str, unit: str | None) -> str:
    factor = UNITS[unit] if unit is not None else None
    if is_text(storage):
        slow = _money_of_text(tidy_number_sql(plain), factor)
        if factor is not None:
            return slow
        # Most cells are plain decimals: read at eight places and compare, which costs no regular expression. The
        # order of the conditions matters to the speed: DuckDB computes a repeated part once only outside AND.
        quick = f"TRY_CAST({plain} AS DECIMAL(18,8))"
        fen = f"{quick}::DECIMAL(18,2)"
        odd = f"contains({plain}, '_') OR contains({plain}, 'e') OR contains({plain}, 'E')"
        return f"CASE WHEN {quick} <> {fen} OR {quick} IS NULL OR {odd} THEN {slow} ELSE {fen} END"
    if storage in FLOATS:
        return _money_of_double(f"{plain}::DOUBLE" + (f" * {factor}" if factor is not None else ""))
    if storage in INTEGERS:
        return (
            f"TRY_CAST({plain} AS DECIMAL(18,2))"
            if factor is None
            else f"TRY_CAST({plain}::HUGEINT * {factor} AS DECIMAL(18,2))"
        )
    if storage.startswith("DECIMAL"):
        amount = plain if factor is None else f"{plain} * {factor}"
        cast = f"TRY_CAST({amount} AS DECIMAL(18,2))"
        return f"CASE WHEN {cast} = {amount} THEN {cast} END"
    return _money_of_text(tidy_number_sql(f"{plain}::VARCHAR"), factor)


def _money_of_text(text: str, factor: str | None) -> str:
    if factor is not None and factor.startswith("0."):
        return "NULL::DECIMAL(18,2)"
    wide = f"TRY_CAST({text} AS DECIMAL(38,12))"
    amount = wide if factor is None else f"TRY_CAST({text} AS DECIMAL(28,12)) * {factor}::DECIMAL(9,0)"
    cast = f"TRY_CAST({amount} AS DECIMAL(18,2))"
    return f"CASE WHEN {_is_decimal(text)} AND abs({amount} - {cast}) <= {NEAR_CNY} THEN {cast} END"


def _money_of_double(amount: str) -> str:
    cast = f"TRY_CAST({amount} AS DECIMAL(18,2))"
    near = f"abs({amount} - {cast}::DOUBLE) <= {NEAR_CNY} + {NEAR_STEPS} * abs({amount})"
    return f"CASE WHEN isfinite({amount}) AND {near} THEN {cast} END"


def _number(plain: str, storage: str, unit: str | None, *, percent: bool) -> str:
    factor = f" * {UNITS[unit]}" if unit is not None and not unit.startswith(("%", "％", "‰")) else ""
    # A division by a whole number gives the double nearest to the true ratio; times 0.01 does not.
    divisor = {"%": " / 100.0::DOUBLE", "％": " / 100.0::DOUBLE", "‰": " / 1000.0::DOUBLE"}.get(unit or "", "")
    if is_text(storage):
        number = f"TRY_CAST({plain} AS DOUBLE)"
        tidy = tidy_number_sql(plain)
        tidied = f"TRY_CAST({tidy} AS DOUBLE)"
        hundredth = (
            f" WHEN regexp_full_match({tidy}, '[+-]?[0-9.]+%')"
            f" THEN TRY_CAST(rtrim({tidy}, '%') AS DOUBLE) / 100.0::DOUBLE"
            if percent
            else ""
        )
        return (
            f"CASE WHEN contains({plain}, '_') THEN NULL"
            f" WHEN isfinite({number}) THEN {number}{factor}{divisor}"
            f" WHEN isfinite({tidied}) THEN {tidied}{factor}{divisor}{hundredth} END"
        )
    number = f"TRY_CAST({plain} AS DOUBLE)"
    return f"CASE WHEN isfinite({number}) THEN {number}{factor}{divisor} END"


def _integer(plain: str, storage: str, unit: str | None) -> str:
    factor = f" * {UNITS[unit]}" if unit is not None else ""
    if is_text(storage):
        tidy = tidy_number_sql(plain)
        return (
            rf"CASE WHEN regexp_full_match({plain}, '[+-]?\d{{1,18}}') THEN TRY_CAST({plain} AS BIGINT){factor}"
            rf" WHEN regexp_full_match({tidy}, '[+-]?\d{{1,18}}(\.0*)?')"
            f" THEN TRY_CAST(split_part({tidy}, '.', 1) AS BIGINT){factor} END"
        )
    if storage in FLOATS:
        return (
            f"CASE WHEN isfinite({plain}) AND {plain} = trunc({plain}) AND abs({plain}) < 9007199254740992"
            f" THEN TRY_CAST({plain} AS BIGINT){factor} END"
        )
    if storage.startswith("DECIMAL"):
        return f"CASE WHEN {plain} = trunc({plain}) THEN TRY_CAST({plain} AS BIGINT){factor} END"
    return f"TRY_CAST({plain} AS BIGINT){factor}"


# 2024-1-31, 2024/01/31, 2024.1.31, 2024年1月31日, each also with a midnight after it; 20240131.
_DAY = r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})日?([ T]0?0:00(:00(\.0+)?)?)?$"
_EIGHT = r"^(\d{4})(\d{2})(\d{2})$"


def _date(plain: str, storage: str, date_format: str | None) -> str:
    if storage == "DATE":
        return plain
    if storage.startswith("TIMESTAMP") and "TIME ZONE" not in storage:
        return f"CASE WHEN {plain}::DATE::TIMESTAMP = {plain}::TIMESTAMP THEN {plain}::DATE END"
    text = _as_text(plain, storage)
    if date_format is not None:
        return f"try_strptime({text}, {text_literal(date_format)})::DATE"
    half = f"translate({text}, '{_FULL_WIDTH}', '{_HALF_WIDTH}')"
    return (
        rf"CASE WHEN regexp_full_match({text}, '\d{{4}}-\d{{2}}-\d{{2}}') THEN TRY_CAST({text} AS DATE)"
        rf" WHEN regexp_full_match({half}, '{_DAY}')"
        rf" THEN TRY_CAST(regexp_replace({half}, '{_DAY}', '\1-\2-\3') AS DATE)"
        rf" WHEN regexp_full_match({half}, '{_EIGHT}')"
        rf" THEN TRY_CAST(regexp_replace({half}, '{_EIGHT}', '\1-\2-\3') AS DATE) END"
    )


def _timestamp(plain: str, storage: str, date_format: str | None) -> str:
    if storage == "DATE" or (storage.startswith("TIMESTAMP") and "TIME ZONE" not in storage):
        return f"{plain}::TIMESTAMP"
    text = _as_text(plain, storage)
    if date_format is not None:
        return f"try_strptime({text}, {text_literal(date_format)})"
    dashes = f"replace({text}, '/', '-')"
    shape = r"\d{4}-\d{1,2}-\d{1,2}([ T]\d{1,2}:\d{2}(:\d{2}(\.\d{1,6})?)?)?"
    seconds = (
        rf"CASE WHEN regexp_full_match({dashes}, '.*[ T]\d{{1,2}}:\d{{2}}') THEN {dashes} || ':00' ELSE {dashes} END"
    )
    return f"CASE WHEN regexp_full_match({dashes}, '{shape}') THEN TRY_CAST({seconds} AS TIMESTAMP) END"


def _flag(plain: str, storage: str) -> str:
    if storage == "BOOLEAN":
        return plain
    text = f"lower({_as_text(plain, storage)})"
    return f"CASE WHEN {text} IN ({listed(TRUE_WORDS)}) THEN true WHEN {text} IN ({listed(FALSE_WORDS)}) THEN false END"


def known_on_sql(plain: str, storage: str, months: int, date_format: str | None) -> str:
    """The day a row was known: its column's day, or the end of its column's year, and so many months later."""
    text = f"{plain}::VARCHAR"
    day = _date(plain, storage, date_format)
    year = rf"CASE WHEN regexp_full_match({text}, '\d{{4}}') THEN make_date(TRY_CAST({text} AS INTEGER), 12, 31) END"
    known = year if storage in INTEGERS else f"coalesce({day}, {year})"
    return known if months == 0 else f"(({known}) + INTERVAL {months} MONTH)::DATE"


def check_character_sql(code: str) -> str:
    """The check character that belongs to the first 17 characters of a credit code."""
    total = " + ".join(
        f"(strpos('{ALPHABET}', substr({code}, {place}, 1)) - 1) * {weight}" for place, weight in enumerate(WEIGHTS, 1)
    )
    return f"substr('{ALPHABET}', ((31 - ({total}) % 31) % 31 + 1)::BIGINT, 1)"


def issued_code_sql(text: str, space: str) -> str:
    """The synthetic credit code of a foreign identifier; facts.uscc.issued_code defines it.

    The lambdas name what is used several times; written out, it would be planned and computed each time.
    """
    characters = " || ".join(
        f"substr('{ALPHABET}', (('0x' || substr(digest, {2 * place + 1}, 2))::INTEGER % 31 + 1)::BIGINT, 1)"
        for place in range(9)
    )
    digests = f"[sha256({text_literal(space + '/')} || {text})]"
    bodies = f"list_transform({digests}, lambda digest: '{SYNTHETIC_PREFIX}' || {characters})"
    code = f"list_transform({bodies}, lambda body: body || {check_character_sql('body')})[1]"
    return f"CASE WHEN {text} IS NOT NULL THEN {code} END"
