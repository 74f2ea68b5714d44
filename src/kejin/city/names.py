"""What are things called? Invented names only: each says 虚拟 (virtual) or (演示) (demonstration)."""

from __future__ import annotations

import pyarrow as pa

from kejin.city.streams import Ints
from kejin.city.values import digits, fixed, joined, picked

PLACES = (
    "云海", "星岩", "蓝屿", "青汐", "北麓", "木棉", "拾光", "澄川", "白鹭湾", "远帆", "岭上", "潮声",
    "鹏程", "榕荫", "晴野", "海角", "松涛", "月渚", "启明岛", "望山",
)  # fmt: skip
DISTRICTS = (
    "440305", "440306", "440307", "440304", "440309", "440303", "440311", "440310", "440308", "440343",
    "other",
)  # fmt: skip
DISTRICT_WORDS = (
    "南山区", "宝安区", "龙岗区", "福田区", "龙华区", "罗湖区", "光明区", "坪山区", "盐田区",
    "大鹏新区", "深圳以外",
)  # fmt: skip
DISTRICT_WEIGHTS = [0.24, 0.20, 0.16, 0.13, 0.10, 0.05, 0.05, 0.03, 0.015, 0.005, 0.02]
OFFICE_TILT = [1.6, 0.6, 0.7, 1.6, 0.7, 1.1, 0.4, 0.4, 0.9, 0.8, 1.0]
FACTORY_TILT = [0.6, 1.5, 1.3, 0.3, 1.3, 0.4, 1.9, 1.8, 0.9, 0.9, 1.0]


def company_names(place: Ints, words: pa.Array, index: Ints) -> pa.Array:
    """Names such as 云海虚拟芯片(演示)有限公司 000123."""
    return joined(picked(PLACES, place), "虚拟", words, "(演示)有限公司 ", fixed(digits(index, 7)))


def person(company_index: Ints, which: Ints) -> pa.Array:
    """Masked token of a person who has to do with a company."""
    return fixed("P*", digits(company_index, 7), "-", digits(which, 2))


def address(district: Ints, street: Ints, house: Ints) -> pa.Array:
    """An invented address; companies with the same numbers share it."""
    return joined(
        picked(DISTRICT_WORDS, district),
        "虚拟大道",
        fixed(digits(street, 3)),
        "号演示大厦",
        fixed(digits(house, 4)),
        "室",
    )


def phone(number: Ints) -> pa.Array:
    """A telephone number that no network has (00 after the area code)."""
    return fixed("0755-00", digits(number, 6))
