"""Research and its fruits: patents, citations, events, other rights, projects, awards, standards, research units."""

from __future__ import annotations

from kejin.facts.declaration import (
    AtMost,
    DateOrder,
    Table,
    choices,
    code,
    company_ref,
    count,
    day,
    flag,
    money,
    number,
    ratio,
    text,
)
from kejin.facts.tables.accounts import CURRENCIES

LEVELS = choices(
    ("international", "国际", "International"),
    ("national", "国家级", "National"),
    ("provincial", "省部级", "Provincial or ministerial"),
    ("municipal", "市级", "Municipal"),
    ("district", "区县级", "District"),
    ("company", "企业自立", "The company's own"),
)

HOW_OBTAINED = choices(
    ("own", "自主研发", "Own research"),
    ("assigned", "受让", "Bought"),
    ("gift", "受赠", "Given"),
    ("merger", "并购", "By merger"),
    ("licence", "独占许可", "Exclusive licence"),
)

PATENT = Table(
    "patent",
    "专利",
    "Patents and applications; one row a publication, owned by the company as far as known on the row's day.",
    ("publication_number",),
    (
        code("publication_number", "公开（公告）号", "Publication number.", required=True),
        company_ref(),
        text("application_number", "申请号", "Application number."),
        code("office", "受理局", "Office, two letters.", pattern=r"[A-Z]{2}"),
        code(
            "patent_kind",
            "专利类型",
            "Kind of right.",
            required=True,
            choices=choices(
                ("invention", "发明", "Invention"),
                ("utility_model", "实用新型", "Utility model"),
                ("design", "外观设计", "Design"),
            ),
        ),
        flag("is_pct", "PCT申请", "Filed under the PCT."),
        day("filed_on", "申请日", "Day of filing.", required=True),
        day("published_on", "公开日", "Day of first publication."),
        day("granted_on", "授权日", "Day of grant; missing while not granted."),
        day("ended_on", "终止日", "Day on which the right or the application ended, as far as known."),
        code(
            "end_reason",
            "终止原因",
            "Why it ended.",
            choices=choices(
                ("fee_unpaid", "未缴年费", "Annual fee unpaid"),
                ("expired", "期满", "Term over"),
                ("invalidated", "宣告无效", "Invalidated"),
                ("refused", "驳回", "Application refused"),
                ("withdrawn", "撤回", "Application withdrawn"),
                ("abandoned", "放弃", "Given up"),
            ),
        ),
        code("ipc_main", "主分类号", "Main IPC symbol.", check="ipc"),
        text("ipc_all", "全部分类号", "All IPC symbols, separated by semicolons.", check="ipc_list"),
        code("family_id", "同族号", "Family."),
        count("family_size", "同族数", "Offices or members in the family.", "patent", low=1),
        count("claims", "权利要求数", "Number of claims.", "claim", low=1),
        count("independent_claims", "独立权利要求数", "Number of independent claims.", "claim", low=1),
        count("backward_citations", "引用专利数", "Patents that it cites.", "citation"),
        count("npl_citations", "引用非专利文献数", "Non-patent literature that it cites.", "citation"),
        count("forward_citations", "被引次数", "Citations received as counted by the source on known_on.", "citation"),
        count("inventor_count", "发明人数", "Number of inventors.", "person", low=1),
        count("holder_count", "权利人数", "Number of right holders.", "holder", low=1),
        count("holder_rank", "权利人排名", "Place of the company among the right holders.", "rank", low=1),
        code("how_obtained", "取得方式", "How the company got it.", choices=HOW_OBTAINED),
        flag("serves_main_product", "与主导产品相关", "Related to the main product."),
        flag("in_use", "已产业化", "In use with economic benefit."),
        flag("disputed", "有争议", "Ownership or validity is disputed."),
    ),
    date_orders=(
        DateOrder("filed_on", "published_on"),
        DateOrder("filed_on", "granted_on"),
        DateOrder("filed_on", "ended_on"),
    ),
    at_most=(AtMost("independent_claims", "claims"), AtMost("holder_rank", "holder_count")),
)

PATENT_INVENTOR = Table(
    "patent_inventor",
    "专利发明人",
    "Inventors of patents.",
    ("publication_number", "inventor_id"),
    (
        code("publication_number", "公开（公告）号", "The patent.", required=True, refers="patent.publication_number"),
        code("inventor_id", "发明人标识", "Masked identifier or name.", required=True),
        count("position", "排名", "Place on the patent.", "rank", low=1),
    ),
)

PATENT_CITATION = Table(
    "patent_citation",
    "专利引用",
    "One patent cites another.",
    ("citing_number", "cited_number"),
    (
        code("citing_number", "引用专利号", "Publication number of the citing patent.", required=True),
        code("cited_number", "被引专利号", "Publication number of the cited patent.", required=True),
        day("cited_on", "引用日期", "Publication day of the citing patent.", required=True),
        code("citing_office", "引用局", "Office of the citing patent.", pattern=r"[A-Z]{2}"),
        code("citing_ipc", "引用专利主分类号", "Main IPC symbol of the citing patent.", check="ipc"),
        text("citing_ipc_all", "引用专利全部分类号", "All IPC symbols of the citing patent.", check="ipc_list"),
        code("cited_ipc", "被引专利主分类号", "Main IPC symbol of the cited patent.", check="ipc"),
        text("cited_ipc_all", "被引专利全部分类号", "All IPC symbols of the cited patent.", check="ipc_list"),
        code("citing_family_id", "引用专利同族号", "Family of the citing patent."),
        flag("self_citation", "自引", "Citing and cited belong to the same owner."),
        code(
            "category",
            "引用来源",
            "Who added it.",
            choices=choices(("examiner", "审查员", "Examiner"), ("applicant", "申请人", "Applicant")),
        ),
    ),
)

PATENT_EVENT = Table(
    "patent_event",
    "专利事件",
    "What happened to a patent.",
    ("publication_number", "event_kind", "happened_on", "reference"),
    (
        code("publication_number", "公开（公告）号", "The patent.", required=True, refers="patent.publication_number"),
        code(
            "event_kind",
            "事件",
            "What happened.",
            required=True,
            choices=choices(
                ("licence", "许可", "Licence"),
                ("assignment", "转让", "Assignment"),
                ("pledge", "质押登记", "Pledge registered"),
                ("pledge_release", "质押解除", "Pledge released"),
                ("fee_paid", "缴纳年费", "Annual fee paid"),
                ("fee_overdue", "年费逾期", "Annual fee overdue"),
                ("lapse", "终止", "Lapsed"),
                ("restoration", "恢复", "Restored"),
                ("invalidity_request", "请求无效", "Invalidity requested"),
                ("invalidated", "宣告无效", "Invalidated"),
                ("invalidity_rejected", "维持有效", "Upheld"),
                ("suit", "诉讼", "Suit filed"),
                ("suit_closed", "诉讼终结", "Suit closed"),
                ("industrialised", "产业化", "Put into production"),
                ("award", "获奖", "Award for the patent"),
            ),
        ),
        day("happened_on", "发生日期", "Day it happened.", required=True),
        code("reference", "登记号", "Registration or case number; '-' when there is none.", required=True),
        text("counterparty", "相对方", "The other side."),
        money("amount_cny", "金额", "Price, pledge amount or fee."),
        code("currency", "币种", "Currency of the amount; CNY when missing.", choices=CURRENCIES),
        ratio("royalty_rate", "提成率", "Running royalty on net sales."),
        count("fee_year", "年费年度", "Year for which the fee is due.", "year", low=1, high=25),
        day("until_on", "截止日期", "Last day of a licence or pledge.", ahead=True),
        text("product_revenue_basis", "产品", "Product that the licence covers."),
    ),
    date_orders=(DateOrder("happened_on", "until_on"),),
)

PATENT_EXPERT_SCORE = Table(
    "patent_expert_score",
    "专利专家评分",
    "Items of a patent's evaluation that need a person's judgement, as judged.",
    ("publication_number", "profile", "item", "expert"),
    (
        code("publication_number", "公开（公告）号", "The patent.", required=True, refers="patent.publication_number"),
        code("profile", "评价体系", "Profile the item belongs to, e.g. gbt_42748.", required=True),
        code("item", "评价项", "Item, e.g. stability.", required=True),
        code("expert", "专家", "Who judged (masked); '-' when not told.", required=True),
        day("scored_on", "评分日期", "Day of the judgement.", required=True),
        ratio("score", "得分率", "Points given over the points possible.", required=True),
    ),
)

PATENT_COHORT = Table(
    "patent_cohort",
    "专利质量对照组",
    "Published distribution of an indicator over the patents of one office, technology field and filing year.",
    ("office", "filing_year", "field", "indicator"),
    (
        code("office", "受理局", "Office, two letters.", required=True, pattern=r"[A-Z]{2}"),
        count("filing_year", "申请年", "Year of filing.", "year", required=True, low=1900, high=2100),
        count("field", "技术领域", "WIPO field, 1 to 35.", "field", required=True, low=1, high=35),
        code("indicator", "指标", "Indicator; names as in patent quality.", required=True),
        count("patents", "专利数", "Patents in the group.", "patent"),
        number("mean", "均值", "Mean.", "1"),
        *(
            number(f"p{level}", f"{level}%分位数", f"Quantile at {level} per cent.", "1")
            for level in (1, 10, 25, 50, 75, 90, 99)
        ),
        number("max", "最大值", "Largest value.", "1"),
    ),
)

OTHER_IP = Table(
    "other_ip",
    "其他知识产权",
    "Rights other than patents.",
    ("right_number",),
    (
        code("right_number", "登记号", "Number of the right.", required=True),
        company_ref(),
        code(
            "right_kind",
            "权利类型",
            "Kind of right.",
            required=True,
            choices=choices(
                ("plant_variety", "植物新品种", "Plant variety"),
                ("national_crop_variety", "国家级农作物品种", "National crop variety"),
                ("national_new_drug", "国家新药", "National new drug"),
                ("tcm_protected", "国家一级中药保护品种", "First-class protected Chinese medicine"),
                ("ic_layout", "集成电路布图设计专有权", "Layout design of integrated circuits"),
                ("software_copyright", "软件著作权", "Software copyright"),
                ("trademark", "商标", "Trademark"),
                ("data_ip", "数据知识产权", "Data intellectual property"),
                ("other", "其他", "Other"),
            ),
        ),
        text("name", "名称", "Name of the work or right."),
        day("granted_on", "登记日期", "Day of registration.", required=True),
        day("valid_until", "有效期至", "Last day of validity.", ahead=True),
        day("ended_on", "终止日期", "Day on which it ended."),
        code("how_obtained", "取得方式", "How the company got it.", choices=HOW_OBTAINED),
        flag("serves_main_product", "与主导产品相关", "Related to the main product."),
        flag("in_use", "已产业化", "In use with economic benefit."),
        flag("disputed", "有争议", "Disputed."),
    ),
    date_orders=(DateOrder("granted_on", "valid_until"), DateOrder("granted_on", "ended_on")),
)

RESEARCH_PROJECT = Table(
    "research_project",
    "科研项目",
    "Research projects.",
    ("project_id", "company_id"),
    (
        code("project_id", "项目编号", "Number of the project.", required=True),
        company_ref(),
        text("name", "项目名称", "Name."),
        code("level", "级别", "Who set it up.", required=True, choices=LEVELS),
        code(
            "project_kind",
            "研究类型",
            "Kind of research.",
            choices=choices(
                ("basic", "基础研究", "Basic"),
                ("applied", "应用研究", "Applied"),
                ("development", "试验发展", "Experimental development"),
            ),
        ),
        flag("major_special", "重大专项", "A national major science and technology project."),
        code(
            "role",
            "承担角色",
            "Lead or joint.",
            choices=choices(("lead", "牵头", "Lead"), ("joint", "参与", "Joint")),
        ),
        day("started_on", "开始日期", "First day.", required=True),
        day("ended_on", "结题日期", "Last day.", ahead=True),
        money("budget_cny", "项目经费", "Budget."),
        money("grant_cny", "财政资助", "Grant received."),
        flag("related_to_main", "与主营业务相关", "Related to the main business."),
    ),
    date_orders=(DateOrder("started_on", "ended_on"),),
)

AWARD = Table(
    "award",
    "科技奖励",
    "Science and technology awards and contest places.",
    ("award_id", "company_id"),
    (
        code("award_id", "奖励编号", "Number of the award.", required=True),
        company_ref(),
        code(
            "award_kind",
            "奖励类别",
            "Kind of award.",
            required=True,
            choices=choices(
                ("science_technology", "科学技术奖", "Science and technology award"),
                ("maker_china", "创客中国", "Maker China contest"),
                ("patent_award", "专利奖", "Patent award"),
                ("quality", "质量奖", "Quality award"),
                ("other", "其他", "Other"),
            ),
        ),
        code("level", "级别", "Level.", required=True, choices=LEVELS),
        text("grade", "等级", "Grade, e.g. first prize."),
        count("rank", "单位排名", "Place of the company among the winners; place in the contest.", "rank", low=1),
        day("awarded_on", "获奖日期", "Day of the award.", required=True),
        flag("applied_in_main", "应用于主营业务", "Applied in the main business."),
        code("publication_number", "涉及专利", "Patent it was given for."),
    ),
)

STANDARD = Table(
    "standard",
    "标准",
    "Standards that the company helped to write.",
    ("standard_number", "company_id"),
    (
        code("standard_number", "标准号", "Number of the standard.", required=True),
        company_ref(),
        code(
            "level",
            "级别",
            "Level.",
            required=True,
            choices=choices(
                ("international", "国际标准", "International"),
                ("national", "国家标准", "National"),
                ("industry", "行业标准", "Industry"),
                ("local", "地方标准", "Local"),
                ("group", "团体标准", "Group"),
            ),
        ),
        code(
            "role",
            "作用",
            "Led or joined.",
            required=True,
            choices=choices(("led", "主导", "Led"), ("joined", "参与", "Joined")),
        ),
        day("published_on", "发布日期", "Day of publication.", required=True),
        text("name", "标准名称", "Name."),
    ),
)

RESEARCH_UNIT = Table(
    "research_unit",
    "研发机构",
    "Research units and innovation platforms.",
    ("unit_id",),
    (
        code("unit_id", "机构编号", "Number of the unit.", required=True),
        company_ref(),
        text("name", "机构名称", "Name."),
        code("level", "级别", "Who recognised it.", required=True, choices=LEVELS),
        code(
            "unit_kind",
            "机构类型",
            "Kind of unit.",
            choices=choices(
                ("laboratory", "重点实验室", "Key laboratory"),
                ("engineering_centre", "工程（技术）研究中心", "Engineering research centre"),
                ("technology_centre", "企业技术中心", "Enterprise technology centre"),
                ("accredited_lab", "认可实验室", "Accredited laboratory"),
                ("postdoc_station", "博士后工作站", "Postdoctoral station"),
                ("expert_station", "院士专家工作站", "Academician workstation"),
                ("other", "其他", "Other"),
            ),
        ),
        day("recognised_on", "认定日期", "Day of recognition.", required=True),
        day("ended_on", "终止日期", "Day on which it ended."),
        number("area_m2", "面积", "Floor area.", "m2"),
    ),
    date_orders=(DateOrder("recognised_on", "ended_on"),),
)

TABLES = (
    PATENT,
    PATENT_INVENTOR,
    PATENT_CITATION,
    PATENT_EVENT,
    PATENT_EXPERT_SCORE,
    PATENT_COHORT,
    OTHER_IP,
    RESEARCH_PROJECT,
    AWARD,
    STANDARD,
    RESEARCH_UNIT,
)
