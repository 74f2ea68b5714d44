"""How widely is a patent used, and from how wide a base does it come? Generality, originality, radicalness.

Classes are IPC subclasses (four characters). A citation gives the classes of all its IPC symbols where they are known,
else that of the main symbol; without either it tells nothing about breadth and is left out.

Sums run over whole numbers, so that no order of rows and no engine changes a digit: the share of a patent's symbols
that lies in a class is counted in parts of SHARE_SCALE, which every number of symbols up to 16 divides; of more symbols
the share is cut to that grid.

Formulas   generality    1 - sum over classes of (mean over citing patents of the share of their symbols in the class)^2
           originality   1 - sum over classes of (share of all symbols of the cited patents in the class)^2
           radicalness   share of the symbols of the cited patents in classes that the patent itself does not carry
           unbiased      1 - the chance that two different citing (cited) patents, a symbol of each, share a class; with
                         one symbol each it is Hall's correction N/(N-1); missing for fewer than two
Source     M. Squicciarini, H. Dernis, C. Criscuolo, OECD STI Working Paper 2013/03; B. H. Hall (2005).
Limits     More than CITING_LIMIT citing or cited patents of one patent give no generality (sums stay within 64 bits).
"""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis

from kejin.evaluation.patent_cohorts import inside_citation_window
from kejin.evaluation.patent_states import in_kept_numbers
from kejin.facts.keep import Keep, as_it_is
from kejin.facts.view import Facts

SHARE_SCALE = 720_720  # the least common multiple of 1 to 16
CITING_LIMIT = 4_000  # (4,000 * 720,720)^2 < 2^63
CLASS_LENGTH = 4
_SYMBOL = "([A-Z][0-9]{2}[A-Z])[^;]*"
_SQUARE_LIMIT = CITING_LIMIT * SHARE_SCALE


def citation_breadth(
    patents: ibis.Table, facts: Facts, as_of: date, others: ibis.Table, keep: Keep = as_it_is
) -> ibis.Table:
    """One row a patent of the table with the breadth of its citations up to the day.

    patents  publication_number and published_on, one row an application.
    others   superseded_publications: their citations count for the kept publication.
    keep     stores intermediate results.
    Returns  publication_number and
             classes              int64, classes of the patent's own symbols; missing without symbols
             citing_known         int64, citations within 5 years of publication with known class; missing without any
             generality, generality_unbiased    float64, 0 to 1
             cited_known          int64, patents it cites with known class; missing without any
             originality, originality_unbiased  float64, 0 to 1
             radicalness          float64, 0 to 1; missing where the patent's own classes are
    """
    citation = facts.table("patent_citation")
    citation = citation.filter(citation.cited_on <= ibis.literal(as_of))
    received = _received(citation, patents, others)
    made = _made(citation, patents, others)
    received, made = keep("patent_classes_received", received), keep("patent_classes_made", made)
    texts = ibis.union(received.select("symbols"), made.select("symbols"), distinct=True)
    classes = keep("patent_symbol_classes", _classes(texts))
    own = _own_symbols(facts)
    own = keep("patent_own_symbols", own)
    general = _spread(_by_class(received, classes), "generality", "citing_known")
    base = _by_class(made, classes)
    base = base.left_join(own, "publication_number").drop("publication_number_right")
    original = _originality(base)
    table = patents.select("publication_number").left_join(own, "publication_number")
    table = table.drop("publication_number_right", "own_symbols")
    for part in (general, original):
        table = table.left_join(part, "publication_number").drop("publication_number_right")
    return table


def _received(citation: ibis.Table, patents: ibis.Table, others: ibis.Table) -> ibis.Table:
    """publication_number, symbols, citations: citing patents within the window, by the text of their symbols."""
    rows = citation.select(
        "cited_number", "cited_on", symbols=ibis.coalesce(citation.citing_ipc_all, citation.citing_ipc)
    )
    rows = in_kept_numbers(rows.filter(rows.symbols.notnull()), "cited_number", others)
    days = patents.select("publication_number", "published_on")
    dated = rows.join(days, rows.cited_number == days.publication_number)
    dated = dated.filter(inside_citation_window(dated.cited_on, dated.published_on))
    return dated.group_by("publication_number", "symbols").agg(citations=dated.count())


def _made(citation: ibis.Table, patents: ibis.Table, others: ibis.Table) -> ibis.Table:
    """publication_number, symbols, citations: the patents that it cites, by the text of their symbols."""
    rows = citation.select("citing_number", symbols=ibis.coalesce(citation.cited_ipc_all, citation.cited_ipc))
    rows = in_kept_numbers(rows.filter(rows.symbols.notnull()), "citing_number", others)
    own = patents.select("publication_number")
    joined = rows.join(own, rows.citing_number == own.publication_number)
    return joined.group_by("publication_number", "symbols").agg(citations=joined.count())


def _classes(texts: ibis.Table) -> ibis.Table:
    """One row a text and class: symbols in the class, their share in SHARE_SCALE, and a mark on the text's first."""
    one = _class_rows(texts)
    counted = one.group_by("symbols", "ipc_class").agg(in_class=one.count())
    whole = counted.group_by("symbols").agg(in_all=counted.in_class.sum(), first_class=counted.ipc_class.min())
    table = counted.join(whole, "symbols")
    share = (table.in_class.cast("float64") * float(SHARE_SCALE) / table.in_all.cast("float64")).floor()
    return table.select(
        "symbols",
        "ipc_class",
        "in_class",
        share=share.cast("int64"),
        is_first=ibis.ifelse(table.ipc_class == table.first_class, 1, 0),
    )


def _own_symbols(facts: Facts) -> ibis.Table:
    """publication_number, own_symbols (text), classes (how many different)."""
    rows = facts.table("patent")
    rows = rows.select("publication_number", own_symbols=ibis.coalesce(rows.ipc_all, rows.ipc_main).upper())
    rows = rows.filter(rows.own_symbols.notnull())
    rows = rows.mutate(listed=_classes_listed(rows.own_symbols))
    counted = _class_rows(rows.select(symbols=rows.listed).distinct())
    counted = counted.group_by("symbols").agg(classes=counted.ipc_class.nunique())
    joined = rows.left_join(counted, rows.listed == counted.symbols)
    return joined.drop("listed", "symbols")


def _classes_listed(symbols: Any) -> Any:
    """The text of symbols with only the four characters of each: far fewer different texts are left to take apart."""
    return symbols.upper().replace(" ", "").re_replace(_SYMBOL, "\\1")


def _class_rows(texts: ibis.Table) -> ibis.Table:
    """One row a text and symbol: symbols, ipc_class."""
    one = texts.select("symbols", symbol=texts.symbols.split(";").unnest())
    one = one.select("symbols", ipc_class=one.symbol.strip().upper().substr(0, CLASS_LENGTH))
    return one.filter(one.ipc_class.length() == CLASS_LENGTH)


def _by_class(citations: ibis.Table, classes: ibis.Table) -> ibis.Table:
    """One row a patent and class: its symbols, shares and squared shares over the citations, and the citations."""
    rows = citations.join(classes, "symbols")
    n = rows.citations
    return rows.group_by("publication_number", "ipc_class").agg(
        codes=_whole((n * rows.in_class).sum()),
        shares=_whole((n * rows.share).sum()),
        squares=_whole((n * rows.share * rows.share).sum()),
        known=_whole((n * rows.is_first).sum()),
    )


def _sums(by_class: ibis.Table) -> dict[str, Any]:
    """Sums over the classes of a patent; a class beyond the limit is left out and its patent gets no figure."""
    small = ibis.ifelse(by_class.shares <= _SQUARE_LIMIT, by_class.shares, ibis.null("int64"))
    return {
        "known": _whole(by_class.known.sum()),
        "shares_squared": (small * small).sum().cast("float64"),
        "squares": _whole(by_class.squares.sum()),
    }


def _spread(by_class: ibis.Table, name: str, count: str) -> ibis.Table:
    """One row a patent: the spread of the mean shares, its unbiased form, and the number of patents."""
    sums = by_class.group_by("publication_number").agg(**_sums(by_class))
    n = sums.known.cast("float64")
    within = sums.known <= CITING_LIMIT
    spread = 1.0 - sums.shares_squared / (n * n) / float(SHARE_SCALE**2)
    return sums.select(
        "publication_number",
        **{
            count: sums.known,
            name: ibis.cases((within, _not_below_0(spread))),
            f"{name}_unbiased": ibis.cases((within & (sums.known > 1), _pairs_apart(sums))),
        },
    )


def _originality(by_class: ibis.Table) -> ibis.Table:
    """One row a patent: originality over all symbols of what it cites, and radicalness."""
    # Written with the positive: Ibis puts NOT and IS NOT NULL into an order that DuckDB reads otherwise.
    inside = by_class.own_symbols.contains(by_class.ipc_class)
    sums = by_class.group_by("publication_number").agg(
        **_sums(by_class),
        codes_in_all=_whole(by_class.codes.sum()),
        codes_squared=(by_class.codes * by_class.codes).sum().cast("float64"),
        codes_judged=ibis.ifelse(inside.notnull(), by_class.codes, ibis.null("int64")).sum().cast("float64"),
        codes_foreign=ibis.cases((inside, 0), else_=by_class.codes).sum().cast("float64"),
    )
    total = sums.codes_in_all.cast("float64")
    within = sums.known <= CITING_LIMIT
    return sums.select(
        "publication_number",
        cited_known=sums.known,
        originality=_not_below_0(1.0 - sums.codes_squared / (total * total)),
        originality_unbiased=ibis.cases((within & (sums.known > 1), _pairs_apart(sums))),
        radicalness=sums.codes_foreign / sums.codes_judged,
    )


def _pairs_apart(sums: ibis.Table) -> Any:
    """1 - the chance that two different patents, a symbol of each, share a class."""
    n = sums.known.cast("float64")
    scale = float(SHARE_SCALE**2)
    together = (sums.shares_squared - sums.squares.cast("float64")) / scale / (n * (n - 1.0))
    return _not_below_0(1.0 - together)


def _not_below_0(value: Any) -> Any:
    return ibis.ifelse(value < 0.0, 0.0, value)


def _whole(count: Any) -> Any:
    """A sum as int64 (DuckDB's own sums are wider; see patent_portfolio)."""
    return count.cast("float64").cast("int64")
