"""The sentences about the ledger of assets (知识产权台账) and its reminders, for the public and for staff."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from consultations.asset_dates import Deadline
from consultations.asset_rules import DAYS, ENDS, KINDS, AssetRule, Source
from consultations.asset_table import COLUMNS
from consultations.assets import STATES, Asset, Changes, Row
from handlers.wording import day_name, version_name

SHOWN = 20
SHOWN_FORESEEN = 8
OFFICIAL = "期限由登记的日期按规定算出，只作提醒；以国家知识产权局等机关的官方通知和登记簿为准。"
HOW = (
    (
        "登记后，年费、续展等到期前 30、7、1 天提醒您。请直接发送，一件一行：类别 号码 名称 日期，例如：\n"
        "发明 ZL202010000000.7 示例灯 申请日 2020-03-15 授权日 2022-06-21\n"
        "商标 10000000 示例标 注册日 2017-03-15 有效期至 2027-03-14\n"
        "也可以把表格里的行直接复制粘贴过来，或把 .xlsx 表格作为文件发来，第一行写列名："
    )
    + "、".join(COLUMNS)
    + "。类别："
    + "、".join(KINDS.values())
    + "。"
)
TOO_LARGE = "没有读这份表格：超过 2 MB。请只保留台账这一张表、去掉图片后再发，或直接把各行复制粘贴过来。"
EMPTY_FILE = "文件是空的，可能没有传完；请检查后重新发送。"
NOT_FETCHED = "没有取到这份文件；请稍后重新发送。"
ONLY_EXAMPLES = "表格里除了示例没有内容：请从第二行开始填，填好再发。"
ADD, SAVE, SAVE_ONLY, DROP = "登记", "登记并提醒我", "只登记，不提醒", "不登记"
UNDO, ON, OFF, DONE, MORE_SOON = "撤销这次登记", "到期提醒我", "不再提醒", "已办理", "全部期限"
DROPPED = "好的，没有登记。"
NOTHING_NEW = "这些都已经在台账里，没有变化。"
FORESEEN = "登记以后，一年内有这些期限"
NONE_FORESEEN = "按这些日期，一年内没有要办的期限。"
NOT_SAVED = "还没有登记。请改好下面这些，再把全部内容发一遍："
UNDONE = "已撤销，台账恢复到这次登记以前。"
NOT_UNDONE = "不能撤销：这次登记已经撤销过，或后面又登记过。请先撤销后面的一次。"
EMPTY = "您的台账里还没有内容。"
IS_ON, IS_OFF = "到期提醒：已打开。", "到期提醒：没有打开。"
TURNED_ON = "好的，到期前 30、7、1 天提醒您；“不再提醒”随时可以关闭。"
TURNED_OFF = "好的，不再提醒。台账保留，随时可以再打开。"
REFUSED_BEFORE = "您以前选择了不接收通知，提醒发不出来。要接收，请先点“恢复接收”。"
MARKED = "已记下：已办理，这一项不再提醒。办理结果请以官方通知为准。"
MARKED_BEFORE = "这一项已经记为办理过了。"
NOBODY = "还没有登记任何台账。先用 assets template 写出模板，填好后用 assets import 导入。"
STAFF_LEAD = "这些企业没有可用的聊天渠道，请打电话提醒："


def told_source(source: Source) -> str:
    """``《商标法》（2019年4月23日版）第40条``."""
    return f"《{source.law}》（{version_name(source.version)}）第{source.article}条"


def asset_name(asset: Asset | Row) -> str:
    """``发明专利 ZL…（示例灯）``."""
    return f"{KINDS[asset.kind]} {asset.number}" + (f"（{asset.name}）" if asset.name else "")


def short_line(asset: Asset | Row, deadline: Deadline, today: date) -> str:
    """What is due and when, for lists."""
    what = deadline.late_what if deadline.is_late(today) else deadline.what
    return f"{deadline.ends_on(today)} {asset_name(asset)}：{what}"


def due_line(asset: Asset, deadline: Deadline, today: date) -> str:
    """Number, what is due, by when, resting on what; what can be done when it is missed."""
    ends_on, is_late = deadline.ends_on(today), deadline.is_late(today)
    source = deadline.late_source if is_late and deadline.late_source else deadline.source
    what = deadline.late_what if is_late else deadline.what
    said = [f"{asset_name(asset)}：{what}，最后一天 {day_name(ends_on)}（{_left(ends_on, today)}）。"]
    if is_late:
        said.append(f"正常期限 {day_name(deadline.last_on)} 已过，现在是补办期。")
    elif deadline.opens_on and today < deadline.opens_on:
        said.append(f"{day_name(deadline.opens_on)}起可以办理。")
    if deadline.rolled_by and not is_late:
        said.append(f"{day_name(deadline.due_on)}是休息日，顺延（依据{told_source(deadline.rolled_by)}）。")
    if deadline.late_until and not is_late:
        said.append(f"逾期的，{day_name(deadline.late_until)}前还能补办：{deadline.late_what}。")
    said.append(f"依据：{told_source(source)}。")
    return "".join(said)


def reminder(lines: Sequence[str]) -> str:
    """What is due, numbered."""
    return "【期限提醒】\n" + "\n".join(f"{n}. {line}" for n, line in enumerate(lines, start=1))


def preview(changes: Changes) -> str:
    """What taking up would do, in full up to `SHOWN` lines."""
    lines = [f"＋ {_row(each)}" for each in changes.added]
    lines += [f"改 {asset_name(asset)}：{_changed(asset, row)}" for asset, row in changes.changed]
    rest = [more(len(lines) - SHOWN)] if len(lines) > SHOWN else []
    head = f"新增 {len(changes.added)} 件，更改 {len(changes.changed)} 件，已有且没有变化 {changes.n_known} 件。"
    return "\n".join([head, *lines[:SHOWN], *rest])


def foreseen(due: Sequence[tuple[Row, Deadline]], today: date) -> str:
    """Which reminders would follow, the first `SHOWN_FORESEEN` in full."""
    if not due:
        return NONE_FORESEEN
    lines = [f"· {short_line(row, deadline, today)}" for row, deadline in due[:SHOWN_FORESEEN]]
    rest = [more(len(due) - SHOWN_FORESEEN)] if len(due) > SHOWN_FORESEEN else []
    return "\n".join([f"{FORESEEN}（{len(due)} 项），到期前 30、7、1 天提醒：", *lines, *rest])


def not_saved(n_right: int, n_wrong: int) -> str:
    """A table with faults, of which nothing is stored."""
    counted = f"读到 {n_right + n_wrong} 件，{n_right} 件没有问题，{n_wrong} 件有误。" if n_wrong else ""
    return f"{counted}一件也没有登记；请改好下面这些，再把整个文件发一遍："


def unreadable(reason: str) -> str:
    """A file nothing can be read from."""
    return f"没有登记：{reason}"


def problems(found: Sequence[str]) -> str:
    """What is wrong, up to `SHOWN` sentences."""
    rest = [more(len(found) - SHOWN)] if len(found) > SHOWN else []
    return "\n".join([*found[:SHOWN], *rest])


def more(n_more: int) -> str:
    """That a list goes on."""
    return f"……另有 {n_more} 项"


def saved(n_added: int, n_changed: int) -> str:
    """Taken up."""
    return f"已登记：新增 {n_added} 件，更改 {n_changed} 件。"


def invite(n_assets: int) -> str:
    """Staff wrote a ledger for somebody who is asked whether they want to be reminded."""
    return f"工作人员为您登记了知识产权台账，共 {n_assets} 件。年费、续展等到期前要提醒您吗？"


def staff_due(enterprise: str, lines: Sequence[str]) -> str:
    """What is due for an enterprise that can't be reached in chat."""
    return "\n".join([f"{enterprise or '（未写名称）'}：", *(f"- {line}" for line in lines)])


def rule_line(rule: AssetRule) -> str:
    """A rule with its days and its sources."""
    ends = f"至 {rule.effective_to} " if rule.effective_to else "起"
    said = [f"{rule.rule_id} {rule.name}（{rule.effective_from} {ends}到期的）：{rule.what.format(year='N')}"]
    start = "或".join(DAYS[each] for each in rule.counts_from)
    every = f"，以后每 {rule.every_months} 个月" if rule.every_months else ""
    said.append(f"从{start}起 {rule.months} 个月{every}，到{ENDS[rule.ends]}")
    said += [f"期满前 {rule.opens_months} 个月起可以办理"] if rule.opens_months else []
    said += [f"逾期 {rule.late_months} 个月内{rule.late_what.format(year='N')}"] if rule.late_months else []
    said.append(f"依据{told_source(rule.source)}")
    rolled, late_rolled = rule.rolled_by, rule.late_rolled_by
    said += [f"遇休息日顺延，依据{told_source(rolled)}"] if rolled else []
    said += [f"补办期遇休息日顺延，依据{told_source(late_rolled)}"] if late_rolled and not rolled else []
    return "；".join(said) + "。"


def _row(row: Row) -> str:
    days = "，".join(f"{DAYS[key]} {day}" for key, day in row.days.items() if day)
    state = "" if row.state == "live" else f"，{STATES[row.state]}，不提醒"
    return f"{asset_name(row)} {days}{state}"


def _changed(asset: Asset, row: Row) -> str:
    said = []
    for name, value in row.facts.items():
        old = getattr(asset, name)
        if old != value:
            said.append(f"{_shown(name, old)} → {_shown(name, value)}")
    return "，".join(said)


def _shown(name: str, value: object) -> str:
    if name == "state":
        return STATES[value]  # type: ignore[index]  # one of its keys, as stored
    return str(value) if value else "（空）"


def _left(day: date, today: date) -> str:
    left = (day - today).days
    return "今天" if left == 0 else f"还有 {left} 天"
