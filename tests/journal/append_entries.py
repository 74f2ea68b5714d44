"""A process of its own that appends: path, how often (0: until killed), name, entries in one transaction.

Prints the number of each entry once it is confirmed.
"""

from __future__ import annotations

import itertools
import sys

from journal_samples import record

from kejin.journal import Journal


def main(path: str, entries: int, actor: str, together: int) -> None:
    with Journal.open(path) as journal:
        for number in itertools.count(1) if entries == 0 else range(1, entries + 1):
            written = journal.append_all(record(number, actor) for _ in range(together))
            sys.stdout.write(f"{written[-1].sequence}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
