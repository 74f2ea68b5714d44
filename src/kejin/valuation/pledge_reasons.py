"""Why may a patent not be pledged? Every reason of a pledge check, in order of precedence, in both languages.

The order is that of the list: who may give the patent, whether the right is there, whether others have a claim on it,
whether it stays, and only then money. The first reason of a refusal is the one to mend first; mending a later one
does not help before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

EFFECTS = ("bars", "open", "notes")


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason.

    effect   bars: the answer is no while it stands; open: a fact is missing, so the answer is open; notes: worth
             knowing, changes no answer.
    zh, en   sentences with the details of a finding in braces.
    """

    code: str
    check: str
    effect: str
    zh: str
    en: str

    def sentence(self, lang: str, details: Mapping[str, Any]) -> str:
        """The sentence with its details; a missing one shows as a dash."""
        shown = {name: "—" if value is None else value for name, value in details.items()}
        return (self.zh if lang == "zh" else self.en).format(**shown)


CHECKS: Mapping[str, tuple[str, str]] = {
    "owner": ("权属", "Owner"),
    "in_force": ("权利有效", "In force"),
    "kind": ("权利类型", "Kind of right"),
    "free_of_pledge": ("无在先质押", "Free of pledges"),
    "undisputed": ("无权属争议", "Undisputed"),
    "no_invalidity": ("无效宣告程序", "Invalidity proceedings"),
    "fees": ("年费", "Annual fees"),
    "co_owners": ("共有人同意", "Consent of co-owners"),
    "life": ("剩余期限", "Remaining life"),
    "licences": ("许可", "Licences"),
    "suits": ("诉讼", "Suits"),
    "value": ("价值", "Value"),
    "route": ("定价方式", "Way of valuing"),
    "amount": ("贷款金额", "Amount of the loan"),
}

REASONS = (
    Reason(
        "owned_by_other",
        "owner",
        "bars",
        "专利权人是 {owner}，不是出质人 {pledgor}。",
        "The patent belongs to {owner}, not to the pledgor {pledgor}.",
    ),
    Reason(
        "owned_by_group",
        "owner",
        "bars",
        "专利权人 {owner} 与出质人 {pledgor} 属同一控制人；应由专利权人自己出质。",
        "The patent belongs to {owner}, under the same control as the pledgor {pledgor}; its owner has to pledge it.",
    ),
    Reason(
        "ownership_circular",
        "owner",
        "open",
        "控制关系成环（{circle}），无法认定专利权人 {owner} 与出质人 {pledgor} 的关系。",
        "Control runs in a circle ({circle}): how owner {owner} and pledgor {pledgor} hang together is open.",
    ),
    Reason(
        "not_granted",
        "in_force",
        "bars",
        "尚未授权，只有专利权可以出质。",
        "It is not granted; only a granted right can be pledged.",
    ),
    Reason(
        "not_in_force",
        "in_force",
        "bars",
        "截至 {as_of} 已不在有效状态（{end_reason}）。",
        "It is no longer in force on {as_of} ({end_reason}).",
    ),
    Reason(
        "kind_without_ratio",
        "kind",
        "bars",
        "规则未为该类权利（{kind}）设定质押率，不接受。",
        "The rule names no pledge ratio for this kind of right ({kind}), so it is not accepted.",
    ),
    Reason(
        "pledged_twice",
        "free_of_pledge",
        "bars",
        "登记资料中同时存在两项质押（{references}），须先查清。",
        "Two pledges stand registered at once ({references}); that has to be cleared up first.",
    ),
    Reason(
        "pledged_already",
        "free_of_pledge",
        "bars",
        "自 {since} 起已质押给 {holder}（{references}），尚未解除。",
        "It has been pledged to {holder} since {since} ({references}) and not been released.",
    ),
    Reason("disputed", "undisputed", "bars", "权属或效力存在争议。", "Its ownership or validity is disputed."),
    Reason(
        "invalidity_pending",
        "no_invalidity",
        "bars",
        "自 {since} 起处于无效宣告程序，尚无结论。",
        "Its invalidity was requested on {since} and is not decided.",
    ),
    Reason("fee_overdue", "fees", "bars", "年费自 {since} 起逾期。", "An annual fee has been overdue since {since}."),
    Reason(
        "fee_unproven",
        "fees",
        "open",
        "没有第 {fee_year} 年度年费的缴纳记录。",
        "Nothing says that the fee of year {fee_year} was paid.",
    ),
    Reason(
        "co_owner_consent_missing",
        "co_owners",
        "bars",
        "专利权由 {holders} 人共有，缺少其他共有人的同意。",
        "The patent has {holders} holders, and the consent of the others is missing.",
    ),
    Reason(
        "holders_unknown",
        "co_owners",
        "open",
        "权利人数未知，无法判断是否需要共有人同意。",
        "The number of holders is not known, so it is open whether anybody else has to consent.",
    ),
    Reason(
        "life_too_short",
        "life",
        "bars",
        "权利于 {expires_on} 期满；贷款 {loan_until} 到期并加 {margin} 个月后为 {needed_until}。",
        "The right ends on {expires_on}; the loan runs to {loan_until}, and {margin} months more make {needed_until}.",
    ),
    Reason(
        "licensed_out",
        "licences",
        "notes",
        "已许可给 {holder}（至 {until}）；处置时许可仍有效。",
        "It is licensed to {holder} (until {until}); the licence outlives a disposal.",
    ),
    Reason("suit_pending", "suits", "notes", "自 {since} 起有未结诉讼。", "A suit of {since} is not closed."),
    Reason(
        "value_absent",
        "value",
        "open",
        "缺少“{route}”所需的价值。",
        "The value that the route “{route}” needs is missing.",
    ),
    Reason("value_undated", "value", "open", "所给价值没有评估基准日。", "The value given has no day of valuation."),
    Reason(
        "value_too_old",
        "value",
        "bars",
        "评估基准日 {valued_on} 距 {as_of} 超过 {months} 个月。",
        "The valuation of {valued_on} is more than {months} months old on {as_of}.",
    ),
    Reason(
        "value_above_range",
        "value",
        "notes",
        "所给价值 {given} 高于我方估值区间上限 {high}。",
        "The value given, {given}, lies above the upper end of our own range, {high}.",
    ),
    Reason(
        "route_not_allowed",
        "route",
        "bars",
        "“{route}”不适用：{why}。可用：{allowed}。",
        "“{route}” will not do: {why}. These will: {allowed}.",
    ),
    Reason(
        "loan_above_pledge_value",
        "amount",
        "bars",
        "贷款 {loan} 高于质押价值 {pledge}。",
        "The loan of {loan} is above the pledge value of {pledge}.",
    ),
)

BY_CODE: Mapping[str, Reason] = {reason.code: reason for reason in REASONS}
PLACE: Mapping[str, int] = {reason.code: place for place, reason in enumerate(REASONS)}

ROUTE_WORDS: Mapping[str, tuple[str, str]] = {
    "internal": ("内部评估", "internal valuation"),
    "negotiated": ("银企协商", "agreed value"),
    "external": ("外部评估", "external appraisal"),
    "mixed": ("内评外评结合", "internal and external together"),
}
ROUTE_REASONS: Mapping[str, tuple[str, str]] = {
    "within_limit": ("单笔贷款在试点上限以内", "the loan is within the pilot's limit"),
    "above_limit": ("单笔贷款超过试点上限", "the loan is above the pilot's limit"),
    "outside_regions": ("所在地区不在已知的试点省市内", "the region is not among the known ones of the pilot"),
    "region_unknown": ("所在地区未知", "the region is unknown"),
    "no_pilot": ("当日没有生效的试点规定", "no pilot is in force on the day"),
}
END_WORDS: Mapping[str, tuple[str, str]] = {
    "expired": ("期满", "term over"),
    "invalidated": ("宣告无效", "invalidated"),
    "fee_unpaid": ("未缴年费终止", "lapsed for an unpaid fee"),
    "lapse": ("终止", "lapsed"),
    "abandoned": ("放弃", "given up"),
    "refused": ("驳回", "refused"),
    "withdrawn": ("撤回", "withdrawn"),
    "unknown": ("原因不明", "reason unknown"),
}
