"""What staff read about the ledgers of the outlet (台账)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from consultations.ledger_kinds import FIELD_KINDS, LedgerField, LedgerKind
from consultations.ledger_sums import Due

NOBODY_LISTED = "值班册里还没有登记工作人员，看不出专职是否够 2 人：请在“人员网点”登记。"
SAVED, NOTHING_CHANGED = "已保存。", "没有改动。"
STRUCK, RESTORED = "已划销，记录和原因都保留，不再计入合计。", "已恢复。"
MEANWHILE = "您打开之后别人改过这一条，什么也没有改：请看看现在的内容，再改一次。"
REASON_MISSING = "请写明原因，例如 重复登记。"
LONGEST_REASON = 200
NO_SUCH_KIND = "没有这种台账，请从“台账”进入。"
OUTLET_WRONG = "网点：请选择您可以登记的网点。"
NO_FILE = "请选择要导入的 .xlsx 表格；先下载表格，在里面填写。"
STALE = "您查看预览之后内容有了变化，什么也没有写入：请再看一遍现在的预览。"
NOTHING_NEW = "表格里的内容台账里都有了，没有要写入的。"
EMPTY_SHEET = "表格里没有内容：第一行是栏目名称，请从第二行开始填。"
NOT_STORED = "有错的行改好之前，一行也不写入："
SHOWN = 20  # in one message or preview


def too_few(outlet: str, n: int, wanted: int) -> str:
    """The red light of one outlet."""
    where = f"{outlet}：" if outlet else ""
    return f"{where}专职工作人员 {n} 人，不足 {wanted} 人（规范三（一）1）：请配备，或在“人员网点”补登。"


def gaps(kind: LedgerKind, missing: Sequence[str]) -> str:
    """Which options have nothing in force."""
    return f"{kind.name}还缺：{'、'.join(missing)}。" if missing else f"{kind.name}：各方面都有在用的。"


def unknown_kind(kind_id: str, n: int) -> str:
    """Lines whose kind nobody knows any more."""
    return f"有 {n} 条记录属于台账 {kind_id}，它的文件已经不在了，内容还保留着：请把文件放回 ledgers 文件夹。"


def no_such_kind(names: Sequence[str]) -> str:
    """At the command line: which there are."""
    return f"没有这种台账，有这些：{'、'.join(names)}。"


def due_line(kind: LedgerKind, due: Due, outlet: str) -> str:
    """One thing due: which ledger, which line, when."""
    where = f"（{outlet}）" if outlet else ""
    return f"{kind.name}{where} {due.entry.number} 号 {title_of(kind, due)}：{due.field.name}，{due.due_on} 到期"


def title_of(kind: LedgerKind, due: Due) -> str:
    """What a line is known by without naming anybody: its first text."""
    first = next((each for each in kind.fields if each.kind == "text" and not each.private and each.required), None)
    return str(due.entry.content.get(first.key, "")) if first else ""


def notice(soon: Sequence[str], late: Sequence[str]) -> str:
    """What falls due and what is late, for the staff room."""
    parts = [("已经过了期限", late), ("快到期限", soon)]
    lines = [f"台账里有 {len(found)} 项{what}：\n" + _some(found) for what, found in parts if found]
    return "\n".join([*lines, "请在工作台“台账”里办理后更新日期。"])


def _some(lines: Sequence[str]) -> str:
    more = f"\n另有 {len(lines) - SHOWN} 项。" if len(lines) > SHOWN else ""
    return "\n".join(f"- {each}" for each in lines[:SHOWN]) + more


def how_to_fill(each: LedgerField) -> str:
    """What may stand in a column."""
    how: Mapping[str, str] = {
        "choice": f"其中之一：{'、'.join(each.choices)}",
        "date": "例如 2026-11-01",
        "money": "元，最多两位小数，例如 1234.50",
        "number": "例如 1.5",
        "service_item": "编号或名称，例如 B01",
        "staff": "值班册里的姓名",
        "link": "以 http:// 或 https:// 开头",
    }
    return "；".join(filter(None, [how.get(each.kind, FIELD_KINDS[each.kind]), each.hint]))


def when_needed(kind: LedgerKind, each: LedgerField) -> str:
    """Whether a column must be filled in."""
    if each.required or not each.required_if:
        return "必填" if each.required else ""
    wishes = [wish.partition("=") for wish in each.required_if]
    named = [f"{found.name}是“{choice}”" for key, _, choice in wishes if (found := kind.field_of(key))]
    return f"{'或'.join(named)}时必填"


def preview(n_added: int, n_changed: int, n_known: int) -> str:
    """What an import would do."""
    return f"新增 {n_added} 条，修改 {n_changed} 条，已有 {n_known} 条。"


def stored(n_added: int, n_changed: int) -> str:
    """What an import did."""
    return f"已写入：新增 {n_added} 条，修改 {n_changed} 条。"
