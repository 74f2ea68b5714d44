"""The company itself: registry, titles, ownership, penalties, the year's business profile."""

from __future__ import annotations

from kejin.facts.declaration import (
    DateOrder,
    Plausible,
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

DISTRICTS = choices(
    ("440303", "罗湖区", "Luohu"),
    ("440304", "福田区", "Futian"),
    ("440305", "南山区", "Nanshan"),
    ("440306", "宝安区", "Bao'an"),
    ("440307", "龙岗区", "Longgang"),
    ("440308", "盐田区", "Yantian"),
    ("440309", "龙华区", "Longhua"),
    ("440310", "坪山区", "Pingshan"),
    ("440311", "光明区", "Guangming"),
    ("440343", "大鹏新区", "Dapeng"),
    ("other", "深圳以外", "Outside Shenzhen"),
)

TITLES = choices(
    ("tech_sme", "科技型中小企业", "Technology SME"),
    ("high_tech", "高新技术企业", "High and new technology enterprise"),
    ("innovative_sme", "创新型中小企业", "Innovative SME"),
    ("specialised_sme", "专精特新中小企业", "Specialised and new SME"),
    ("little_giant", "专精特新“小巨人”企业", "Little giant"),
    ("manufacturing_champion", "制造业单项冠军企业", "Manufacturing single champion"),
    ("innovation_demonstration", "国家技术创新示范企业", "National technology innovation demonstration"),
    ("ip_demonstration", "国家知识产权示范企业", "National IP demonstration enterprise"),
    ("ip_advantage", "国家知识产权优势企业", "National IP advantage enterprise"),
    ("enterprise_technology_centre", "企业技术中心", "Recognised enterprise technology centre"),
    ("gazelle", "瞪羚企业", "Gazelle"),
    ("unicorn", "独角兽企业", "Unicorn"),
    ("other", "其他", "Other"),
)

COMPANY = Table(
    "company",
    "企业",
    "Legal entities and what the register says of them.",
    ("company_id",),
    (
        code(
            "company_id", "统一社会信用代码", "Unified social credit code (GB 32100-2015).", required=True, check="uscc"
        ),
        text("name", "企业名称", "Registered name.", required=True),
        day("established_on", "成立日期", "Day of registration."),
        code(
            "status",
            "登记状态",
            "State in the register.",
            choices=choices(
                ("active", "存续", "Active"),
                ("deregistered", "注销", "Deregistered"),
                ("revoked", "吊销", "Licence revoked"),
                ("bankrupt", "破产", "In bankruptcy"),
            ),
        ),
        day("ended_on", "终止日期", "Day of deregistration, revocation or bankruptcy."),
        money("registered_capital_cny", "注册资本", "Registered capital."),
        money("paid_in_capital_cny", "实缴资本", "Paid-in capital."),
        code(
            "ownership_kind",
            "企业性质",
            "Who owns it.",
            choices=choices(
                ("private", "民营", "Private"),
                ("state", "国有", "State-owned"),
                ("foreign", "外资", "Foreign or Hong Kong, Macao and Taiwan"),
                ("collective", "集体", "Collective"),
                ("other", "其他", "Other"),
            ),
        ),
        flag("mainland_resident", "境内居民企业", "Registered in mainland China as a resident enterprise."),
        code("district", "所在区", "District of registration.", choices=DISTRICTS),
        text("registered_address", "注册地址", "Registered address."),
        text("phone", "联系电话", "Telephone in the register."),
        code("industry_code", "国民经济行业代码", "GB/T 4754-2017 class.", pattern=r"[A-T]?\d{2,4}"),
        code("cluster_code", "20+8产业集群", "Cluster declared for it, code of clusters rule of the day."),
        text("legal_representative", "法定代表人", "Legal representative, a name or a masked identifier."),
        text("actual_controller", "实际控制人", "Actual controller, a name or a masked identifier."),
        flag("listed", "是否上市", "Shares are listed."),
        flag("on_abnormal_list", "经营异常名录", "On the list of abnormal operations."),
        flag("on_serious_breach_list", "严重违法失信名单", "On the list of serious breaches."),
        text("park_id", "所在园区", "Park where it sits (park.park_id)."),
    ),
    date_orders=(DateOrder("established_on", "ended_on"),),
    plausible=(Plausible("registered_capital_cny", 1_000),),
)

TITLE = Table(
    "title",
    "资质认定",
    "Official titles that were granted.",
    ("company_id", "title_code", "granted_on"),
    (
        company_ref(),
        code("title_code", "资质", "Which title.", required=True, choices=TITLES),
        day("granted_on", "认定日期", "Day from which it is valid.", required=True),
        day("valid_until", "有效期至", "Last day of validity.", ahead=True),
        day("revoked_on", "撤销日期", "Day on which it was withdrawn."),
        text("certificate_number", "证书编号", "Number of the certificate."),
        code(
            "level",
            "级别",
            "Who granted it.",
            choices=choices(
                ("national", "国家级", "National"),
                ("provincial", "省级", "Provincial"),
                ("municipal", "市级", "Municipal"),
                ("district", "区级", "District"),
            ),
        ),
    ),
    date_orders=(DateOrder("granted_on", "valid_until"), DateOrder("granted_on", "revoked_on")),
)

PRODUCT_POSITIONS = choices(
    ("fills_gap", "填补空白或补短板", "Fills a gap or shores up a weak link"),
    ("six_foundations", "工业六基", "One of the six industrial foundations"),
    ("time_honoured", "中华老字号", "Time-honoured brand"),
    ("chain_supplier", "产业链龙头配套", "Supplier of a chain leader"),
    ("none", "以上均不是", "None of these"),
)

BUSINESS_PROFILE = Table(
    "business_profile",
    "企业年度概况",
    "What the company does in a year, as declared or reviewed; the qualitative items of the official schemes.",
    ("company_id", "fiscal_year"),
    (
        company_ref(),
        count("fiscal_year", "年度", "Fiscal year.", "year", required=True, low=1980, high=2100),
        text("main_product", "主导产品", "Main product."),
        code(
            "high_tech_field",
            "高新技术领域",
            "Field of the catalogue of high-tech fields; missing when in none or unknown.",
            choices=choices(
                ("electronics", "电子信息", "Electronic information"),
                ("biology_medicine", "生物与新医药", "Biology and new medicine"),
                ("aerospace", "航空航天", "Aerospace"),
                ("new_materials", "新材料", "New materials"),
                ("high_tech_services", "高技术服务", "High-tech services"),
                ("energy", "新能源与节能", "New energy and energy saving"),
                ("environment", "资源与环境", "Resources and environment"),
                ("advanced_manufacturing", "先进制造与自动化", "Advanced manufacturing and automation"),
                ("none", "不属于", "In none"),
            ),
        ),
        flag("restricted_product", "限制或淘汰类产品", "Product is prohibited, restricted or being eliminated."),
        flag(
            "strategic_industry",
            "战略性新兴产业",
            "Main product is in the strategic emerging industries classification.",
        ),
        flag("software_company", "软件企业", "Software is the main business."),
        day("niche_started_on", "进入细分市场日期", "Since when it works in its niche market."),
        ratio("niche_share_national", "细分市场全国占有率", "Share of the national niche market."),
        ratio("niche_share_world", "细分市场全球占有率", "Share of the world niche market."),
        count("niche_rank_national", "细分市场全国排名", "Rank in the national niche market.", "rank", low=1),
        flag("market_share_relatively_high", "市场占有率相对较高", "Share in the niche is relatively high, as judged."),
        code(
            "product_position", "产品所属领域", "Position of the main product in the chain.", choices=PRODUCT_POSITIONS
        ),
        flag(
            "key_chain_field", "属重点领域或关键环节", "Product is a core field or a key link of an industrial chain."
        ),
        count("digital_level", "数字化水平等级", "Level of the digital maturity assessment.", "level", high=4),
        flag("core_process_on_it", "核心业务信息系统支撑", "At least one core process runs on information systems."),
        flag("quality_award", "质量奖", "Holds a provincial or higher quality award."),
        flag("system_certified", "管理体系认证", "A management system is certified."),
        flag("product_certified", "产品认证", "A product is certified by an authority of its market."),
        flag("own_brand", "自主品牌", "Sells under its own brand."),
        number(
            "provincial_feature_points",
            "特色化指标得分",
            "Points of the province's own indicators (2022 scheme).",
            "point",
            high=15,
        ),
        number(
            "conversions_per_year_3y",
            "近三年年均成果转化数",
            "Conversions of research results a year, mean of three years.",
            "1/year",
        ),
        flag(
            "core_technology_recognised",
            "核心技术经认定",
            "Core technology recognised as leading or strategic by the authority.",
        ),
        flag("import_substitution", "进口替代", "Core product is nationally encouraged and replaces imports."),
        flag(
            "serious_incident", "重大安全质量环境事故", "Serious safety, quality or environment incident in the year."
        ),
        flag("research_misconduct", "科研严重失信", "Serious breach of research integrity in the year."),
        number(
            "green_energy_intensity",
            "单位产值能耗",
            "Energy use for CNY 10,000 of output, tonnes of coal equivalent.",
            "tce",
        ),
    ),
)

EXPERT_SCORE = Table(
    "expert_score",
    "专家评分",
    "Items that need a person's judgement, as judged.",
    ("company_id", "scheme", "item", "scored_on"),
    (
        company_ref(),
        code("scheme", "评价体系", "Scheme the item belongs to, e.g. high_tech.", required=True),
        code("item", "评价项", "Item, e.g. ip_advancedness.", required=True),
        day("scored_on", "评分日期", "Day of the judgement.", required=True),
        number("points", "得分", "Points given.", "point", required=True, high=100),
        text("expert", "专家", "Who judged (masked)."),
    ),
)

OWNERSHIP = Table(
    "ownership",
    "股权关系",
    "Who owns how much of a company, and who controls it.",
    ("owner_id", "company_id", "since_on"),
    (
        code("owner_id", "股东标识", "Company code or masked person identifier.", required=True),
        code(
            "owner_kind",
            "股东类型",
            "What the owner is.",
            required=True,
            choices=choices(
                ("company", "企业", "Company"),
                ("person", "自然人", "Person"),
                ("fund", "基金", "Fund"),
                ("state", "国资", "State"),
                ("other", "其他", "Other"),
            ),
        ),
        company_ref("company_id", "被投资企业", "The company that is owned."),
        ratio("share", "持股比例", "Share of the capital."),
        flag("controls", "是否控制", "Owner controls the company."),
        day("since_on", "起始日期", "From when.", required=True),
        day("until_on", "终止日期", "Until when; missing while it lasts.", ahead=True),
    ),
    date_orders=(DateOrder("since_on", "until_on"),),
)

PENALTY = Table(
    "penalty",
    "行政处罚",
    "Penalties and serious failings.",
    ("penalty_id",),
    (
        code("penalty_id", "处罚编号", "Number of the decision.", required=True),
        company_ref(),
        code(
            "penalty_kind",
            "处罚类别",
            "What it was about.",
            required=True,
            choices=choices(
                ("safety", "安全", "Safety"),
                ("quality", "质量", "Quality"),
                ("environment", "环境", "Environment"),
                ("tax", "税务", "Tax"),
                ("research_integrity", "科研诚信", "Research integrity"),
                ("labour", "劳动", "Labour"),
                ("other", "其他", "Other"),
            ),
        ),
        flag("serious", "是否重大", "A serious or major case."),
        day("decided_on", "决定日期", "Day of the decision.", required=True),
        money("fine_cny", "罚款金额", "Fine."),
        text("authority", "处罚机关", "Who decided."),
    ),
)

COURT_CASE = Table(
    "court_case",
    "司法案件",
    "Court cases and enforcement.",
    ("case_number", "company_id"),
    (
        text("case_number", "案号", "Number of the case.", required=True),
        company_ref(),
        code(
            "role",
            "诉讼地位",
            "The company's part in it.",
            required=True,
            choices=choices(
                ("plaintiff", "原告", "Plaintiff"),
                ("defendant", "被告", "Defendant"),
                ("third_party", "第三人", "Third party"),
                ("enforced", "被执行人", "Subject to enforcement"),
                ("restricted", "限制高消费", "Under consumption restriction"),
            ),
        ),
        code(
            "case_kind",
            "案件类型",
            "What it is about.",
            choices=choices(
                ("contract", "合同", "Contract"),
                ("loan", "借款", "Loan"),
                ("labour", "劳动", "Labour"),
                ("ip", "知识产权", "Intellectual property"),
                ("equity", "股权", "Equity"),
                ("other", "其他", "Other"),
            ),
        ),
        day("filed_on", "立案日期", "Day of filing.", required=True),
        day("closed_on", "结案日期", "Day of closing."),
        money("amount_cny", "标的金额", "Amount in dispute."),
        flag("lost", "是否败诉", "Decided against the company."),
    ),
    date_orders=(DateOrder("filed_on", "closed_on"),),
)

TABLES = (COMPANY, TITLE, BUSINESS_PROFILE, EXPERT_SCORE, OWNERSHIP, PENALTY, COURT_CASE)
