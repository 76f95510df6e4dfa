"""The sentences staff read about tickets and duty in their chat and at the command line. Short, plain Chinese."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

TICKET_HELP = (
    "办理工单（在工单话题里可以省去工单号）：/ticket 工单号 看详情和经过；/release 工单号 原因 退回待办；"
    "/assign 工单号 姓名 派单；/transfer 工单号 网点 原因 转网点；/merge 工单号 工单号 把前一张并入后一张；"
    "/reopen 工单号 重新办理；/kind 工单号 类型 改类型。"
)
NO_STAFF_LIST = "还没有工作人员名单，不能派单。请管理员在实例文件夹的 duty/staff.toml 里登记，见 docs/tickets.md。"
NO_OUTLETS = "还没有登记其他网点，不能转办。请管理员在实例文件夹 duty/ 里登记 [[outlet]]，见 docs/tickets.md。"
MERGE_HOW = "请写明两张工单，例如 /merge GD-20261123-0002 GD-20261123-0001，前一张并入后一张。"
REOPEN_ERASED = "服务对象已要求删除个人信息，这张工单不能重新办理。"


def no_such_ticket(number: str) -> str:
    """A number nobody gave out."""
    return f"没有找到工单 {number.upper()}。请核对工单号（形如 GD-20261123-0001），或发送 /tickets 看待办。"


def not_yours(number: str, holder: str) -> str:
    """Only the holder or a leader may move it."""
    whose = f"由 {holder} 办理" if holder else "还没有人接单"
    return f"{number} {whose}，请由接单人或值班负责人来做。"


def released(number: str, name: str, note: str) -> str:
    """Back in the queue."""
    return f"{number} 已由 {name} 退回待办" + (f"：{note}" if note else "") + "。"


def nobodys(number: str) -> str:
    """It is in the queue already."""
    return f"{number} 本来就在待办里，没有人接单。"


def assigned(number: str, name: str, due: str) -> str:
    """Given to a member of staff."""
    return f"{number} 已派给 {name}，请接单，{due} 前答复服务对象。"


def no_such_member(words: str, names: Iterable[str]) -> str:
    """Nobody of that name is on the list."""
    asked = f"名单里没有“{words}”" if words else "请写明派给谁"
    return f"{asked}。名单上有：{'、'.join(names)}。"


def does_no_tickets(name: str, roles: Sequence[str]) -> str:
    """Their role answers nobody."""
    return f"{name} 的角色是{'、'.join(roles) or '空的'}，不办理工单，不能派单。"


def member_left(name: str) -> str:
    """No longer works here."""
    return f"{name} 已经不在岗，不能派单。"


def transferred(number: str, outlet: str, name: str, note: str) -> str:
    """Another outlet's turn."""
    return f"{number} 已由 {name} 转给 {outlet}" + (f"：{note}" if note else "") + "。答应服务对象的时间不变。"


def no_such_outlet(words: str, names: Iterable[str]) -> str:
    """No outlet of that name."""
    asked = f"没有名为“{words}”的网点" if words else "请写明转给哪个网点"
    return f"{asked}。已登记的有：{'、'.join(names)}。"


def already_there(number: str, outlet: str) -> str:
    """It is at that outlet."""
    return f"{number} 已经在 {outlet}。"


def merged(number: str, lead: str, name: str) -> str:
    """Two tickets go on as one."""
    return f"{number} 已由 {name} 并入 {lead}。之后的答复会同时发给两位服务对象，请不要写只关一方的内容。"


MERGE_REFUSALS = {
    "same": "两个工单号是同一张，或者已经合并在一起了。",
    "over": "其中一张已经办结或撤回，不能合并。要接着办，先发 /reopen 工单号。",
    "merged": "这两张已经合并在一起了。",
}


def reopened(number: str, name: str, due: str) -> str:
    """Being worked on again."""
    return f"{number} 已由 {name} 重新办理，请在 {due} 前答复。"


def reopened_to_asker(number: str, due: str) -> str:
    """What the asker reads."""
    return f"您的工单 {number} 已重新办理，工作人员会在 {due} 前答复您。补充的内容直接发过来就行。"


def another_alive(number: str, other: str) -> str:
    """One ticket at a time."""
    return f"{number} 的服务对象另有工单 {other} 正在办理，请在那张里接着办。"


def kind_set(number: str, kind: str, due: str) -> str:
    """The kind was corrected."""
    return f"{number} 的类型改为“{kind}”，请在 {due} 前答复。"


def no_such_kind(words: str, names: Iterable[str]) -> str:
    """No kind of that name."""
    asked = f"没有“{words}”这个类型" if words else "请写明类型"
    return f"{asked}。可用的有：{'、'.join(names)}。"


def transferred_to_asker(number: str, outlet: str, due: str) -> str:
    """What the asker reads."""
    return f"您的工单 {number} 已转给 {outlet} 办理，仍会在 {due} 前答复您，就发在这里。"


def sheet(lines: Sequence[tuple[str, str]], said: Sequence[str], history: Sequence[str]) -> str:
    """A whole ticket: what it is, what was said on it, and how it came to where it is."""
    told = [f"{name}：{value}" for name, value in lines if value]
    words = ["往来：", *(f"· {each}" for each in said)] if said else []
    return "\n".join([*told, *words, "经过：", *(f"· {each}" for each in history)])


SPEAKERS: Mapping[str, str] = {
    "asker": "对方",
    "unsaid": "对方（已撤回）",
    "staff": "答复",
    "note": "内部备注",
    "draft": "待复核的答复",
    "dropped": "没有发出的答复",
}


def earlier(n: int) -> str:
    """How much of what was said is not shown."""
    return f"……前面还有 {n} 条，全文见档案"


# Duty
FAULTY_LIST = "工作人员名单有误，又没有以前正确的：改好之前，群里谁都不能办理，命令行可以。"
NO_LIST = "还没有工作人员名单：新工单发到工作人员群，谁先接单就是谁的。要自动派单，见 docs/tickets.md 的“值班”。"


def given_to(name: str, why: str) -> str:
    """Who got a new ticket."""
    return f"派给：{name}" + (f"（{why}）" if why else "") + "。其他同事也可以接单，先接的算数。"


def nobody_now(at: str) -> str:
    """Nobody who could take it is there."""
    return f"现在没有合适的人当班，排队到 {at} 再派。" if at else "现在没有合适的人可派，谁方便谁接单。"


def has_left(name: str) -> str:
    """Why a ticket was taken from somebody."""
    return f"{name} 已不在工作人员名单或已离岗"


def answers_nobody(name: str) -> str:
    """Why a ticket was taken from somebody whose role changed."""
    return f"{name} 的角色不再办理工单"


def taken_back(number: str, why: str) -> str:
    """A ticket went back into the queue."""
    return f"{number} 已收回重新派单：{why}。"


def leaders_please(names: Sequence[str]) -> str:
    """Who is to look after it."""
    return f"请值班负责人 {'、'.join(names)} 关注。"


def faulty_file(problem: str) -> str:
    """A file of duty or calendar that can't be used."""
    return f"有误：{problem}改好之前沿用上一次正确的内容，请管理员修改。"


def faulty_files(problems: Sequence[str]) -> str:
    """What staff hear once a file the outlet writes itself was saved with a fault."""
    lines = "\n".join(f"· {each}" for each in problems)
    return f"网点自己写的文件有误，现在用的是上一次正确的内容：\n{lines}\n请管理员改好；保存后几秒内生效，不用重启。"


def duty_lost(lost: Sequence[str]) -> str:
    """What staff hear when entries no longer stand in the duty files, which may have been cut off when saved."""
    lines = "\n".join(f"· {each}" for each in lost)
    return (
        f"值班文件（duty/）里少了下面这些，现在已按少了以后的名单办理：\n{lines}\n"
        "是有意去掉的，不用管；不是的（例如文件没有存完整），请管理员补回来，保存后几秒内生效。"
    )


def on_the_list(who: str, why_not: str) -> str:
    """One member of staff and whether they are there."""
    return f"{'○' if why_not else '●'} {who}：{why_not or '当班'}"


def preview_head(kind: str, deadline: str, service_item: str, due: str) -> str:
    """What kind of ticket a question would be."""
    item = f"，服务事项 {service_item}" if service_item else ""
    return f"工单类型：{kind}（{deadline}）{item}；现在受理，承诺 {due} 前答复。"


def preview_rule(name: str, outlet: str) -> str:
    """Which rule holds."""
    return f"规则：{name}" + (f"；网点：{outlet}" if outlet else "")


def preview_candidate(name: str, obstacle: str, merits: Sequence[str]) -> str:
    """One member of staff, for or against."""
    return f"{'✗' if obstacle else '✓'} {name}：{obstacle or '、'.join(merits)}"


def preview_end(name: str) -> str:
    """Who would get it."""
    return f"派给：{name}。" if name else "现在没有合适的人当班：排队，到时再派。"


def not_delivered(number: str, n_messages: int, reason: str, *, is_blocked: bool) -> str:
    """Something did not reach the asker, and what to do."""
    cure = (
        "请改用电话联系；对方重新发来消息，才能在这里再答复。" if is_blocked else "请再发一次；还不行，请改用电话联系。"
    )
    return f"{number} 有 {n_messages} 条消息没有送到服务对象：{reason}。{cure}没有送到的是："


def not_delivered_event(n_messages: int, reason: str) -> str:
    """A line of the ticket's history."""
    return f"{n_messages} 条消息没有送到：{reason}"


# Deadlines
def _whose(name: str) -> str:
    return f"由 {name} 办理" if name else "还没有人接单"


def half_gone(number: str, due: str, name: str) -> str:
    """50 %."""
    return f"{number} 答复时限已过一半（50%），请在 {due} 前答复，{_whose(name)}。"


def nearly_due(number: str, due: str, name: str) -> str:
    """80 %."""
    return f"{number} 快到时限（80%），请在 {due} 前答复，{_whose(name)}。"


def overdue(number: str, due: str, name: str) -> str:
    """100 %."""
    return f"{number} 已超过答应服务对象的时间（{due}），{_whose(name)}，请马上答复。"


WARNINGS: dict[str, Callable[[str, str, str], str]] = {"half": half_gone, "soon": nearly_due, "over": overdue}


def overdue_to_asker(number: str) -> str:
    """What the asker reads when the promise was broken."""
    return f"抱歉，工单 {number} 没有在答应您的时间答复。已经提醒负责人，工作人员会尽快答复您，就发在这里。"


def not_claimed(name: str) -> str:
    """Given to somebody who did not take it."""
    return f"派给 {name} 后一直没有接单"


def was_silent(name: str) -> str:
    """Taken by somebody who said nothing."""
    return f"{name} 接单后一直没有答复"


def from_the_queue(number: str) -> str:
    """Its turn has come."""
    return f"{number} 排队的工单现在派出。"


def morning_queue(n_tickets: int, lines: Sequence[str], there: Sequence[str]) -> str:
    """The first thing shown in the morning."""
    people = f"今天当班：{'、'.join(there)}。" if there else ""
    more = f"\n另有 {n_tickets - len(lines)} 张，发送 /tickets 查看。" if n_tickets > len(lines) else ""
    return f"上班了，有 {n_tickets} 张工单在排队，请先办这些。{people}\n" + "\n".join(lines) + more


def queue_line(number: str, kind: str, state: str, due: str, question: str) -> str:
    """One ticket of the morning queue."""
    return f"· {number} {kind} {state}，{due} 前：{question}"
