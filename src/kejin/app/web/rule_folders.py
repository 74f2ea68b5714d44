"""What are the folders of the rules called?"""

from __future__ import annotations

from collections.abc import Mapping

from kejin.schemes.scheme import Label

FOLDERS: Mapping[str, Label] = {
    "casework": Label("授信案件", "Loan cases"),
    "clusters": Label("产业集群", "Clusters"),
    "credit": Label("授信", "Credit"),
    "life_cycle": Label("企业生命周期", "Life cycle of companies"),
    "loans": Label("贷款产品", "Loans"),
    "monitoring": Label("贷后监测", "Monitoring"),
    "patents": Label("专利", "Patents"),
    "peers": Label("同业比较", "Peers"),
    "sharing": Label("风险分担", "Risk sharing"),
    "technology_fields": Label("技术领域", "Technology fields"),
    "titles": Label("资质", "Titles"),
    "titles/beijing_rd_centre": Label("北京市研发中心", "Beijing R&D centre"),
    "titles/high_tech": Label("高新技术企业", "High-tech enterprise"),
    "titles/innovation_points": Label("创新积分制", "Innovation points"),
    "titles/innovative_sme": Label("创新型中小企业", "Innovative SME"),
    "titles/little_giant": Label("专精特新“小巨人”", "Little giant"),
    "titles/specialised_sme": Label("专精特新中小企业", "Specialised SME"),
    "titles/star_board": Label("科创属性", "STAR board attributes"),
    "titles/tech_sme": Label("科技型中小企业", "Technology SME"),
    "valuation": Label("估值", "Valuation"),
}


def folder_word(folder: str, lang: str) -> str | None:
    """A folder in words; None where it has none, then its own name has to do."""
    found = FOLDERS.get(folder)
    return None if found is None else found.of(lang)
