"""How many parts does a whole behave as if it had, how unequal are they, and what is the largest one's share?

Sources  Effective number: inverse Herfindahl (M. O. Hill, 1973, order 2) and e to the entropy (order 1). Rényi (1961)
         and Tsallis (1988) entropies of order 2. Berger-Parker (1970): the largest share. Gini coefficient as half the
         relative mean difference, with Deltas' (2003) factor n/(n-1) for small n. Theil (1967), T. Evidence:
         tests/published/squicciarini_2013.
"""

from __future__ import annotations

import numpy as np

from kejin.numerics.concentration import Sizes, entropy_nats, herfindahl, present_sizes


def effective_number(sizes: Sizes) -> float:
    """To how many equal parts is it as concentrated (order 2)? NaN when the sizes add up to 0."""
    return 1.0 / herfindahl(sizes)


def effective_number_by_entropy(sizes: Sizes) -> float:
    """The same by entropy (order 1)."""
    return float(np.exp(entropy_nats(sizes)))


def renyi_entropy_2_nats(sizes: Sizes) -> float:
    """Rényi's entropy of order 2, nats."""
    return -float(np.log(herfindahl(sizes))) + 0.0


def tsallis_entropy_2(sizes: Sizes) -> float:
    """Tsallis's entropy of order 2, which is the Gini-Simpson index: the chance that two draws differ."""
    return 1.0 - herfindahl(sizes)


def largest_share(sizes: Sizes) -> float:
    """Berger-Parker: the share of the largest part; NaN when the sizes add up to 0."""
    parts = present_sizes(sizes)
    return float(parts.max() / parts.sum()) if parts.size else float("nan")


def evenness(sizes: Sizes) -> float:
    """Entropy over its most for so many parts; NaN for fewer than two parts."""
    parts = present_sizes(sizes)
    return entropy_nats(parts) / float(np.log(parts.size)) if parts.size > 1 else float("nan")


def gini(sizes: Sizes) -> float:
    """How unequal are the sizes, 0 = equal? A size of 0 counts here; NaN when they add up to 0."""
    parts = np.sort(np.asarray(sizes, dtype=np.float64))
    if not present_sizes(parts).size:
        return float("nan")
    n = parts.size
    places = np.arange(1, n + 1)
    return float(2.0 * np.sum(places * parts) / (n * parts.sum()) - (n + 1) / n)


def gini_unbiased(sizes: Sizes) -> float:
    """The same times n/(n-1): up to 1 however few the sizes; NaN for fewer than two."""
    n = len(sizes)
    return gini(sizes) * n / (n - 1) if n > 1 else float("nan")


def theil(sizes: Sizes) -> float:
    """Theil's T: mean of x/mean ln(x/mean); 0 = equal. A size of 0 counts, with nothing added; NaN when all are 0."""
    parts, n = present_sizes(sizes), len(sizes)
    if not parts.size:
        return float("nan")
    ratios = parts * n / parts.sum()
    return float(np.sum(ratios * np.log(ratios)) / n) + 0.0
