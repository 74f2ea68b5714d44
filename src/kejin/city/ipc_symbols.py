"""Which IPC symbols do inventions of a field carry? Pools of symbols, and how often such patents are cited."""

from __future__ import annotations

import numpy as np

from kejin.city.streams import Floats, Ints

# Each pool: mean citations received in a lifetime by a patent of middling quality, then symbols.
POOLS: dict[str, tuple[float, tuple[str, ...]]] = {
    "computing": (
        3.0,
        (
            "G06F 3/06", "G06F 9/50", "G06F 16/24", "G06F 17/10", "G06F 21/60", "G06N 3/04",
            "G06N 3/08", "G06N 5/04", "G06N 20/00", "G06T 7/00", "G06T 7/70", "G06V 10/82",
            "G06V 20/52", "G06K 9/62", "G10L 15/22", "G06Q 10/06", "G06Q 30/02", "G06Q 40/02",
            "G06Q 50/10", "G16H 50/20",
        ),
    ),
    "communication": (
        3.3,
        (
            "H04L 9/32", "H04L 12/24", "H04L 29/06", "H04L 67/12", "H04W 4/02", "H04W 24/08",
            "H04W 72/04", "H04B 7/06", "H04B 10/25", "H01Q 1/38", "H04M 1/02", "H04N 5/232",
            "H04N 7/18", "H04N 19/10", "H04N 21/43", "H04R 1/10",
        ),
    ),
    "semiconductor": (
        2.8,
        (
            "H01L 21/02", "H01L 21/336", "H01L 23/31", "H01L 27/146", "H01L 29/78", "H01L 33/00",
            "H10K 59/12", "H03K 19/00", "H03M 1/12", "G11C 11/40", "G02F 1/13", "G09G 3/36",
            "H05K 1/02", "H05K 3/46",
        ),
    ),
    "electrical": (
        2.4,
        (
            "H01M 10/0525", "H01M 10/058", "H01M 4/36", "H01M 4/62", "H02J 7/00", "H02J 3/38",
            "H02M 3/335", "H02M 7/5387", "H02K 1/27", "H02S 40/30", "H01R 13/02", "H05B 45/10",
            "H01F 27/28", "B60L 53/00", "F21V 29/00",
        ),
    ),
    "optics": (
        2.2,
        ("G02B 6/42", "G02B 13/00", "G02B 27/01", "H01S 3/00", "H01S 5/00", "G01N 21/17", "G03B 21/20", "G03F 7/20"),
    ),
    "instrument": (
        1.9,
        (
            "G01R 31/00", "G01S 17/89", "G01C 21/16", "G01B 11/00", "G01D 21/02", "G01L 1/18",
            "G05B 19/418", "G05D 1/02", "G08G 1/01", "G08B 21/02", "G01N 27/00",
        ),
    ),
    "medical": (
        2.6,
        (
            "A61B 5/00", "A61B 5/02", "A61B 6/03", "A61B 8/00", "A61B 17/00", "A61F 2/24",
            "A61M 16/00", "A61M 25/00", "A61N 1/36", "G16H 10/60", "A61H 7/00",
        ),
    ),
    "bio": (
        2.1,
        (
            "A61K 9/00", "A61K 31/00", "A61K 39/00", "A61K 39/395", "A61P 31/00", "A61P 35/00",
            "C12N 15/11", "C12N 5/10", "C12N 15/63", "C12Q 1/68", "C07K 16/28", "C07D 401/14",
            "C12P 19/34", "G01N 33/53", "G16B 20/00",
        ),
    ),
    "materials": (
        1.8,
        (
            "C08L 63/00", "C08G 18/00", "C08K 3/04", "C09J 7/20", "C09D 5/08", "C01B 32/05",
            "C22C 38/00", "C23C 14/35", "B32B 27/08", "B82Y 40/00", "C04B 35/00", "C08J 5/18",
        ),
    ),
    "machinery": (
        1.6,
        (
            "B25J 9/16", "B25J 11/00", "B25J 15/00", "B23K 26/38", "B23Q 7/00", "B24B 37/00",
            "B65G 47/90", "B65B 1/00", "B29C 45/00", "B29C 64/10", "B33Y 30/00", "F16H 1/00",
            "F16M 11/00", "B21D 22/02", "B26D 1/00",
        ),
    ),
    "vehicle": (
        2.5,
        (
            "B60W 30/00", "B60W 60/00", "B60R 16/02", "B62D 25/00", "B64C 39/02", "B64D 47/08",
            "B64G 1/10", "B63B 35/00", "B63C 11/52", "B60L 50/60",
        ),
    ),
    "environment": (
        1.5,
        (
            "C02F 1/00", "C02F 3/00", "C02F 9/00", "B01D 53/00", "B01D 61/00", "B09B 3/00",
            "F24F 11/00", "F25B 49/00", "A62C 3/00", "B08B 9/00",
        ),
    ),
    "consumer": (
        1.2,
        (
            "A47J 27/00", "A47L 11/00", "A63F 13/00", "A41D 13/00", "A44C 5/00", "A45C 5/00",
            "D06F 39/00", "B65D 81/00", "G04G 21/00", "A47G 19/00",
        ),
    ),
}  # fmt: skip

SYMBOLS: tuple[str, ...] = tuple(symbol for _, symbols in POOLS.values() for symbol in symbols)
POOL_SIZE: Ints = np.array([len(symbols) for _, symbols in POOLS.values()], dtype=np.int64)
POOL_START: Ints = np.cumsum(POOL_SIZE) - POOL_SIZE
POOL_NAMES_COUNT = len(POOLS)
CITED: Floats = np.array([rate for rate, _ in POOLS.values()])
