"""What are the acts of the journal, the roles in them and the pages of the log of looks called?"""

from __future__ import annotations

from collections.abc import Mapping

from kejin.casework.case_record import act_of
from kejin.casework.case_states import STEPS
from kejin.casework.permissions import ROLES
from kejin.schemes.scheme import Label

ACTS: Mapping[str, Label] = {
    "evaluate_companies": Label("评价企业", "Companies evaluated"),
    "value_patents": Label("专利估值", "Patents valued"),
    "fit_renewal": Label("拟合专利续费模型", "Renewal model fitted"),
    "fit_default": Label("拟合违约模型", "Default model fitted"),
    "score_default": Label("违约评分", "Default scored"),
    "validate_default_model": Label("验证违约模型", "Default model validated"),
    "retire_default_model": Label("停用违约模型", "Default model retired"),
    "preapprove": Label("生成预授信名单", "Companies pre-approved"),
    "assess_loan": Label("测算贷款", "Loan assessed"),
    "classify_loans": Label("贷款五级分类", "Loans classified"),
    "trace_funds": Label("追踪贷款资金", "Loan money traced"),
    "watch_companies": Label("贷后预警", "Companies watched"),
    "check_pledge": Label("核查质押", "Pledge checked"),
    "watch_pledges": Label("质押物盯控", "Pledges watched"),
    "pledge_draft": Label("起草质押", "Pledge drafted"),
    "pledge_propose": Label("质押步骤提交复核", "Step of a pledge proposed"),
    "pledge_approve": Label("质押步骤复核通过", "Step of a pledge approved"),
    "pledge_reject": Label("质押步骤退回", "Step of a pledge sent back"),
    "pledge_send": Label("质押材料报送登记机构", "Pledge sent to the office"),
    "pledge_answer": Label("登记机构答复", "Answer of the office"),
    "matter_open": Label("立项", "Matter opened"),
    "matter_propose": Label("提出意见", "Matter proposed"),
    "matter_confirm": Label("复核同意", "Matter confirmed"),
    "matter_send_back": Label("复核退回", "Matter sent back"),
    "objection_open": Label("企业提出异议", "Objection made"),
    "objection_answer": Label("答复异议", "Objection answered"),
    "consent": Label("授权变更", "Consent changed"),
    "person_added": Label("新增人员", "Person added"),
    "password_reset": Label("重置密码", "Password reset"),
    "person_activated": Label("启用人员", "Person let in again"),
    "person_deactivated": Label("停用人员", "Person shut out"),
    **{
        act_of(kind): Label(f"授信案件：{step.label.zh}", f"Loan case: {step.label.en}") for kind, step in STEPS.items()
    },
}
# Parts that a person plays in an act where the journal names no role of the application.
_PARTS: Mapping[str, Label] = {
    "loan_officer": Label("信贷人员", "Loan officer"),
    "risk_officer": Label("风险人员", "Risk officer"),
    "valuer": Label("估值人员", "Valuer"),
    "analyst": Label("分析人员", "Analyst"),
    "maker": Label("经办", "Maker"),
    "checker": Label("复核", "Checker"),
    "registrar": Label("登记机构", "Office of the register"),
    "owner": Label("模型负责人", "Owner of the model"),
    "validator": Label("模型验证人", "Validator of the model"),
}
# The first word of an action -> what the page is about.
AREAS: Mapping[str, Label] = {
    "company": Label("企业画像", "Company"),
    "consent": Label("授权", "Consent"),
    "patents": Label("专利", "Patents"),
    "pledge": Label("质押", "Pledge"),
    "case": Label("授信案件", "Loan case"),
    "trail": Label("资金流向", "Money trail"),
    "warning": Label("预警", "Warning"),
    "list": Label("名单", "List"),
    "rule": Label("规则", "Rules"),
    "model": Label("模型", "Models"),
    "data": Label("数据", "Data"),
    "audit": Label("审计", "Audit"),
    "self": Label("企业自助", "Company about itself"),
    "objection": Label("异议", "Objection"),
}


def act_word(act: str, lang: str) -> str:
    """An act in words; the code itself where it is none of ours."""
    found = ACTS.get(act)
    return act if found is None else found.of(lang)


def role_word(role: str, lang: str) -> str:
    """A role or part in an act in words."""
    found = ROLES.get(role) or _PARTS.get(role)
    return role if found is None else found.of(lang)


def area_word(page: str, lang: str) -> str:
    """What a looked-at page is about; the action itself where it has no word."""
    found = AREAS.get(page.split(".", 1)[0])
    return page if found is None else found.of(lang)
