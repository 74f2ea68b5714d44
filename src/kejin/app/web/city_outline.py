"""Where do Shenzhen's districts lie? A simplified outline, drawn by hand by this project from general geography.

It shows which district neighbours which, and where the coast is; it is no survey, shows no boundary exactly, and must
not be used to decide where something lies. Points are degrees east and north, each corner written once.
"""

from __future__ import annotations

from typing import Any

MAP = "shenzhen"
_CORNERS: dict[str, tuple[float, float]] = {
    "west": (113.76, 22.73),
    "songgang": (113.82, 22.80),
    "luotian": (113.87, 22.82),
    "loucun": (113.88, 22.77),
    "shiyan": (113.90, 22.71),
    "yangtai": (113.94, 22.69),
    "gongming": (113.92, 22.85),
    "guangming_north": (113.98, 22.83),
    "guanlan_west": (114.00, 22.77),
    "dalang": (113.99, 22.72),
    "guanlan": (114.05, 22.75),
    "pinghu": (114.10, 22.74),
    "bantian": (114.11, 22.66),
    "meilin": (114.07, 22.60),
    "tanglang": (114.02, 22.60),
    "xili": (113.98, 22.62),
    "xixiang": (113.93, 22.60),
    "qianhai": (113.88, 22.56),
    "airport": (113.81, 22.64),
    "fuyong": (113.78, 22.69),
    "coast": (113.85, 22.60),
    "overseas": (114.00, 22.56),
    "bay": (113.99, 22.52),
    "houhai": (113.95, 22.50),
    "shekou": (113.92, 22.47),
    "chiwan": (113.87, 22.49),
    "sungang": (114.10, 22.58),
    "river": (114.10, 22.54),
    "huanggang": (114.06, 22.51),
    "buji": (114.14, 22.61),
    "wutong": (114.20, 22.60),
    "shatoujiao": (114.20, 22.56),
    "liantang": (114.16, 22.55),
    "pinghu_north": (114.14, 22.78),
    "north": (114.20, 22.78),
    "pingdi": (114.26, 22.77),
    "kengzi": (114.30, 22.78),
    "baolong": (114.30, 22.71),
    "biling": (114.31, 22.66),
    "yuanshan": (114.28, 22.63),
    "maluan": (114.36, 22.65),
    "xichong_bay": (114.34, 22.62),
    "dameisha": (114.33, 22.59),
    "yantian_port": (114.27, 22.57),
    "harbour": (114.24, 22.55),
    "east_river": (114.37, 22.77),
    "tianxin": (114.43, 22.73),
    "shijing": (114.42, 22.68),
    "kuichong": (114.50, 22.70),
    "baguang": (114.56, 22.66),
    "daya_bay": (114.60, 22.60),
    "dongchong": (114.57, 22.54),
    "cape": (114.54, 22.47),
    "xichong": (114.49, 22.45),
    "nanao": (114.49, 22.52),
    "dapeng_bay": (114.47, 22.57),
    "tuyang": (114.42, 22.60),
}
_DISTRICTS: dict[str, str] = {
    "440306": "west songgang luotian loucun shiyan yangtai xili xixiang qianhai coast airport fuyong",
    "440311": "luotian gongming guangming_north guanlan_west dalang yangtai shiyan loucun",
    "440309": "guanlan_west guanlan pinghu bantian meilin tanglang xili yangtai dalang",
    "440305": "qianhai xixiang xili tanglang overseas bay houhai shekou chiwan",
    "440304": "tanglang meilin sungang river huanggang bay overseas",
    "440303": "sungang buji wutong shatoujiao liantang river",
    "440307": "pinghu pinghu_north north pingdi kengzi baolong biling maluan xichong_bay yuanshan wutong buji sungang "
    "meilin bantian",
    "440308": "wutong yuanshan xichong_bay dameisha yantian_port harbour shatoujiao",
    "440310": "kengzi east_river tianxin shijing maluan biling baolong",
    "440343": "maluan shijing kuichong baguang daya_bay dongchong cape xichong nanao dapeng_bay tuyang xichong_bay",
}


def outline(names: dict[str, str]) -> dict[str, Any]:
    """The districts as GeoJSON; `names` gives each code the name that the data of the map use."""
    features = []
    for code, corners in _DISTRICTS.items():
        ring = [list(_CORNERS[one]) for one in corners.split()]
        features.append(
            {
                "type": "Feature",
                "properties": {"name": names.get(code, code), "code": code},
                "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
            }
        )
    return {"type": "FeatureCollection", "features": features}
