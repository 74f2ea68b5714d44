"""Which schemes are there, and in which versions? Every scheme by its code; a workflow picks the version of the day.

A scheme with several versions has a choice rule `titles/<code>/version`; one with a single version follows its figures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kejin.evaluation.schemes.beijing_rd_centre import BeijingRdCentreRules, beijing_rd_centre
from kejin.evaluation.schemes.high_tech import HighTechRules, high_tech
from kejin.evaluation.schemes.innovation_points import InnovationPointsRules, innovation_points
from kejin.evaluation.schemes.innovative_sme import InnovativeSmeRules, innovative_sme
from kejin.evaluation.schemes.life_cycle import LifeCycleRules, life_cycle
from kejin.evaluation.schemes.little_giant_2022 import LittleGiant2022Rules, little_giant_2022
from kejin.evaluation.schemes.little_giant_2026 import LittleGiant2026Rules, little_giant_2026
from kejin.evaluation.schemes.specialised_sme_2022 import SpecialisedSme2022Rules, specialised_sme_2022
from kejin.evaluation.schemes.specialised_sme_2026 import SpecialisedSme2026Rules, specialised_sme_2026
from kejin.evaluation.schemes.star_board import StarBoardRules, star_board
from kejin.evaluation.schemes.tech_sme import TechSmeRules, tech_sme
from kejin.schemes.scheme import Scheme


@dataclass(frozen=True, slots=True)
class SchemeVersion:
    """One version: the record of rule values that it needs, and the function that makes the scheme of them."""

    rules: type
    build: Callable[[Any], Scheme]


SCHEMES: Mapping[str, Mapping[str, SchemeVersion]] = {
    "tech_sme": {"2017": SchemeVersion(TechSmeRules, tech_sme)},
    "high_tech": {"2016": SchemeVersion(HighTechRules, high_tech)},
    "innovative_sme": {"2022": SchemeVersion(InnovativeSmeRules, innovative_sme)},
    "specialised_sme": {
        "2022": SchemeVersion(SpecialisedSme2022Rules, specialised_sme_2022),
        "2026": SchemeVersion(SpecialisedSme2026Rules, specialised_sme_2026),
    },
    "little_giant": {
        "2022": SchemeVersion(LittleGiant2022Rules, little_giant_2022),
        "2026": SchemeVersion(LittleGiant2026Rules, little_giant_2026),
    },
    "star_board": {"figures": SchemeVersion(StarBoardRules, star_board)},
    "beijing_rd_centre": {"2020": SchemeVersion(BeijingRdCentreRules, beijing_rd_centre)},
    "innovation_points": {"2024": SchemeVersion(InnovationPointsRules, innovation_points)},
    "life_cycle": {"2025": SchemeVersion(LifeCycleRules, life_cycle)},
}
