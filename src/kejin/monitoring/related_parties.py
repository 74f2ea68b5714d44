"""Who belongs together? Holders that share an owner, a controller, a legal representative, an address or a telephone.

Each tie is a pair (holder, key); two companies with the same key are related, and a person is related to the companies
whose key it is. A key that more companies share than the rule allows (an incubator's address) ties nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kejin.monitoring.account_ends import OWN, RELATED_COMPANY, RELATED_PERSON
from kejin.monitoring.arrays import Flags, Ints

TIE_KINDS = ("ownership", "controller", "legal_representative", "address", "phone")


@dataclass(frozen=True, slots=True)
class Ties:
    """Pairs of holder and key, numbers from 0.

    holder_key  of each holder: the key that stands for it as an owner of others, or -1
    kind  place in TIE_KINDS of each pair
    """

    holder: Ints
    key: Ints
    kind: Ints
    holder_key: Ints


@dataclass(frozen=True, slots=True)
class Relations:
    """Pairs (borrower, other holder) that are related, sorted; why: bits of TIE_KINDS."""

    pair: Ints
    why: Ints
    holders: int


def relations_of(ties: Ties, borrowers: Ints, companies_max: int) -> Relations:
    """Everybody related to one of the borrowers, by one step or through one shared key.

    borrowers  distinct numbers of holders.
    """
    holders = len(ties.holder_key)
    keys = int(max(ties.key.max(initial=-1), ties.holder_key.max(initial=-1))) + 1
    own = np.flatnonzero(ties.holder_key >= 0)
    # An owner that is itself a holder has the key that stands for it: it is found where its companies look.
    holder = np.concatenate([ties.holder, own])
    key = np.concatenate([ties.key, ties.holder_key[own]])
    kind = np.concatenate([ties.kind, np.zeros(len(own), np.int64)])
    crowded = np.bincount(ties.key, minlength=keys) > companies_max
    kept = ~crowded[key]
    holder, key, kind = holder[kept], key[kept], kind[kept]
    order = np.argsort(key, kind="stable")
    holder, key, kind = holder[order], key[order], kind[order]
    asked = np.zeros(holders, dtype=bool)
    asked[borrowers] = True
    mine = np.flatnonzero(asked[holder])
    first, last = np.searchsorted(key, key[mine]), np.searchsorted(key, key[mine], side="right")
    which = np.repeat(np.arange(len(mine)), last - first)
    other = np.arange(len(which)) - np.repeat(np.cumsum(last - first) - (last - first), last - first) + first[which]
    a, b = holder[mine[which]], holder[other]
    bits = (1 << kind[mine[which]]) | (1 << kind[other])
    apart = a != b
    pair, place = np.unique(a[apart] * holders + b[apart], return_inverse=True)
    why = np.zeros(len(pair), np.int64)
    np.bitwise_or.at(why, place, bits[apart])
    return Relations(pair, why, holders)


def relation_of(relations: Relations, borrower: Ints, holder: Ints, person: Flags) -> Ints:
    """OWN, RELATED_COMPANY, RELATED_PERSON or -1 for each (borrower, holder); person: the holder is one."""
    wanted = borrower * relations.holders + holder
    place = np.minimum(np.searchsorted(relations.pair, wanted), max(len(relations.pair) - 1, 0))
    related = (relations.pair[place] == wanted) if len(relations.pair) else np.zeros(len(wanted), dtype=bool)
    related &= (borrower >= 0) & (holder >= 0)
    found = np.where(related, np.where(person, RELATED_PERSON, RELATED_COMPANY), -1)
    return np.where((borrower == holder) & (holder >= 0), OWN, found)
