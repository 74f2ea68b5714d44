"""A synthetic city to try everything on, with the truth kept in a separate folder."""

from __future__ import annotations

from kejin.city.parts import LAST_DAY
from kejin.city.writer import LARGEST, SMALLEST, CityReport, write_city

__all__ = ["LARGEST", "LAST_DAY", "SMALLEST", "CityReport", "write_city"]
