"""Does what somebody wrote contradict what they propose? Words of approval and refusal in a comment, both languages.

Not a reading of the text: it finds the plain contradictions, such as a proposal to approve whose text says to refuse.
"""

from __future__ import annotations

import re
from typing import Literal

Recommendation = Literal["approve", "decline"]
_REFUSES = re.compile(
    r"建议拒绝|建议否决|不予(?:批准|授信|放款|贷款)|不(?:同意|建议|宜|应|能|可)(?:予以)?(?:批准|授信|放款|贷款|发放)|拟拒绝|予以拒绝"
    r"|\b(?:decline|declined|refuse|refused|reject|rejected)\b"
    r"|\b(?:not|never|cannot|don't) (?:be |to )?(?:recommend|advise|approve|approved|grant|granted|lend)\b",
    re.IGNORECASE,
)
_APPROVES = re.compile(
    r"建议批准|建议授信|(?:同意|予以|拟|可以)(?:批准|授信|放款|贷款|发放)|\b(?:approve|approved|approval|grant)\b",
    re.IGNORECASE,
)


def text_says(text: str) -> frozenset[Recommendation]:
    """What the text plainly says; both or neither where it is not plain."""
    found: set[Recommendation] = set()
    rest, refusals = _REFUSES.subn(" ", text)
    if refusals:
        found.add("decline")
    if _APPROVES.search(rest):
        found.add("approve")
    return frozenset(found)


def contradicts(text: str, recommendation: Recommendation) -> bool:
    """Whether the text plainly says the other thing and nowhere says this one."""
    said = text_says(text)
    return bool(said) and recommendation not in said
