"""Which function makes which table? The city's tables of facts, and the truth that is kept apart from them."""

from __future__ import annotations

from collections.abc import Callable

from kejin.city import (
    accounts,
    citations,
    companies,
    equity,
    institutions,
    insurance,
    invoices,
    loan_states,
    loans,
    money_flows,
    months,
    patent_events,
    patent_studies,
    patents,
    profiles,
    register,
    reports,
    research,
    tenancies,
    titles,
)
from kejin.city.parts import Part
from kejin.city.values import Rows

CITY_TABLES: dict[str, Callable[[Part], Rows]] = {
    "company": companies.company_rows,
    "title": titles.title_rows,
    "business_profile": profiles.business_profile_rows,
    "expert_score": profiles.expert_score_rows,
    "ownership": register.ownership_rows,
    "penalty": register.penalty_rows,
    "court_case": register.court_case_rows,
    "annual_report": reports.annual_report_rows,
    "staffing": reports.staffing_rows,
    "social_insurance_month": months.social_insurance_rows,
    "tax_month": months.tax_month_rows,
    "utility_month": months.utility_rows,
    "invoice": invoices.invoice_rows,
    "equity_round": equity.equity_round_rows,
    "patent": patents.patent_rows,
    "patent_inventor": patents.patent_inventor_rows,
    "patent_citation": citations.patent_citation_rows,
    "patent_event": patent_events.patent_event_rows,
    "patent_expert_score": patent_studies.patent_expert_score_rows,
    "patent_cohort": patent_studies.patent_cohort_rows,
    "other_ip": research.other_ip_rows,
    "research_project": research.research_project_rows,
    "award": research.award_rows,
    "standard": research.standard_rows,
    "research_unit": research.research_unit_rows,
    "technology_contract": research.technology_contract_rows,
    "institution": institutions.institution_rows,
    "loan": loans.loan_rows,
    "loan_state": loan_states.loan_state_rows,
    "fund": equity.fund_rows,
    "fund_investment": equity.fund_investment_rows,
    "account": accounts.account_rows,
    "transfer": money_flows.transfer_rows,
    "insurance_policy": insurance.insurance_policy_rows,
    "insurance_claim": insurance.insurance_claim_rows,
    "park": institutions.park_rows,
    "park_tenancy": tenancies.park_tenancy_rows,
    "consent": tenancies.consent_rows,
}

TRUTH_TABLES: dict[str, Callable[[Part], Rows]] = {
    "company_quality": companies.quality_rows,
    "patent_value": patents.value_rows,
    "loan_label": money_flows.loan_label_rows,
    "misuse_path": money_flows.misuse_path_rows,
    "claim_intensity": insurance.claim_truth_rows,
    "default_intensity": loans.intensity_rows,
}
