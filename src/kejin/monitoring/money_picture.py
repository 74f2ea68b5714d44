"""How can a trail of thousands of steps be shown? A layered graph: accounts by hop, the largest by name, the rest
together.

A node is an account at a hop, so the graph has no circles even where money comes back: the borrower then stands in a
later layer again. Beyond the number of nodes that can be read, accounts of one class and hop become one node.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kejin.monitoring.account_ends import CLASSES
from kejin.monitoring.arrays import Ints

NODES_MAX = 200


@dataclass(frozen=True, slots=True)
class Node:
    """account is None where several stand together; fen: money of the loan that arrived; kept_fen: that stayed."""

    hop: int
    end_class: str
    account: int | None
    accounts: int
    fen: int
    kept_fen: int


@dataclass(frozen=True, slots=True)
class Link:
    """Money of the loan from node to node (places in the list of nodes)."""

    source: int
    target: int
    fen: int


@dataclass(frozen=True, slots=True)
class Picture:
    """Nodes by hop, and links between places in their list."""

    nodes: tuple[Node, ...]
    links: tuple[Link, ...]


def money_picture(
    account: Ints, hop: Ints, parent: Ints, classes: Ints, fen: Ints, kept: Ints, nodes_max: int = NODES_MAX
) -> Picture:
    """The picture of one loan's steps; parent counts from the first of them, -1 for a drawdown.

    account, classes  of each step's payee.
    """
    if not len(account):
        return Picture((), ())
    key = np.stack([hop, classes, account], axis=1)
    distinct, place = np.unique(key, axis=0, return_inverse=True)
    place = place.reshape(-1)
    arrived = np.bincount(place, weights=fen, minlength=len(distinct))
    groups = len(np.unique(distinct[:, :2], axis=0))
    # Every group of a hop and a class may need a node of its own, so so many places are left for them.
    named = np.zeros(len(distinct), dtype=bool)
    room = len(distinct) if len(distinct) <= nodes_max else max(nodes_max - groups, 0)
    named[np.argsort(-arrived, kind="stable")[:room]] = True
    _, group, members = np.unique(distinct[:, :2], axis=0, return_inverse=True, return_counts=True)
    group = group.reshape(-1)
    named |= (members - np.bincount(group, weights=named))[group] == 1  # one left over needs no node of several
    shown = np.where(named[:, None], distinct, np.column_stack([distinct[:, :2], np.full(len(distinct), -1)]))
    rows, node = np.unique(shown, axis=0, return_inverse=True)
    node = node.reshape(-1)
    at = node[place]
    total, stayed = _sums(at, fen, len(rows)), _sums(at, kept, len(rows))
    members = np.bincount(node, minlength=len(rows))
    nodes = tuple(
        Node(int(h), CLASSES[int(c)], None if a < 0 else int(a), int(members[n]), int(total[n]), int(stayed[n]))
        for n, (h, c, a) in enumerate(rows)
    )
    child = np.flatnonzero(parent >= 0)
    pair = at[parent[child]] * len(rows) + at[child]
    ends, which = np.unique(pair, return_inverse=True)
    moved = _sums(which, fen[child], len(ends))
    links = tuple(Link(int(end // len(rows)), int(end % len(rows)), int(moved[n])) for n, end in enumerate(ends))
    return Picture(nodes, links)


def _sums(place: Ints, fen: Ints, length: int) -> Ints:
    found = np.zeros(length, np.int64)
    np.add.at(found, place, fen)
    return found
