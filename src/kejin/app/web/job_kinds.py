"""Which long work does the server do by itself, who may start it, and what are its steps called?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from kejin.schemes.scheme import Label


@dataclass(frozen=True, slots=True)
class JobKind:
    """One kind of long work.

    action   who may start it (`casework/permissions.py`).
    listed   whether it is offered on the page of jobs; the others are started where they belong.
    renews   whether pages must read anew when it is done.
    """

    label: Label
    action: str
    listed: bool = True
    renews: bool = True


KINDS: Mapping[str, JobKind] = MappingProxyType(
    {
        "load": JobKind(Label("装载数据", "Load data"), "data.upload", listed=False),
        "evaluate": JobKind(Label("评价企业", "Evaluate companies"), "work.start"),
        "value_patents": JobKind(Label("专利估值", "Value patents"), "work.start"),
        "preapprove": JobKind(Label("预授信名单", "Pre-approve companies"), "work.start"),
        "trace_funds": JobKind(Label("资金追踪", "Trace loan money"), "work.start"),
        "classify": JobKind(Label("五级分类", "Classify loans"), "work.start"),
        "watch": JobKind(Label("贷后预警", "Watch companies"), "work.start"),
        "fit_default": JobKind(Label("拟合违约模型", "Fit the default model"), "work.start"),
        "verify_journal": JobKind(Label("校验日志", "Verify the journal"), "audit.see", listed=False, renews=False),
        "replay_entry": JobKind(Label("重放日志条目", "Replay an entry"), "audit.see", listed=False, renews=False),
    }
)

STATES: Mapping[str, Label] = MappingProxyType(
    {
        "waiting": Label("排队中", "Waiting"),
        "running": Label("进行中", "Running"),
        "done": Label("已完成", "Done"),
        "failed": Label("未成功", "Failed"),
        "cancelled": Label("已取消", "Cancelled"),
    }
)

STEPS: Mapping[str, Label] = MappingProxyType(
    {
        "begin": Label("准备", "Getting ready"),
        "files": Label("读取文件", "Reading files"),
        "swap": Label("换入新数据", "Putting the new facts in place"),
        "rules": Label("查取规则", "Looking up rules"),
        "patents": Label("专利", "Patents"),
        "companies": Label("企业", "Companies"),
        "values": Label("估值", "Values"),
        "hashes": Label("结果指纹", "Fingerprint of the result"),
        "journal": Label("写入日志", "Writing the journal"),
        "offers": Label("授信方案", "Offers"),
        "rows": Label("读取流水", "Reading rows"),
        "traces": Label("追踪", "Tracing"),
        "signals": Label("信号", "Signals"),
        "base_rate": Label("基准率", "Base rate"),
        "grades": Label("分类", "Grades"),
        "hazard": Label("风险模型", "Hazard model"),
        "panel": Label("历史样本", "Rows of past days"),
        "scorecard": Label("评分卡", "Scorecard"),
        "challenger": Label("挑战者模型", "Challenger"),
        "judge": Label("检验", "Judging"),
        "register": Label("登记", "Registering"),
        "entries": Label("日志条目", "Entries"),
    }
)
