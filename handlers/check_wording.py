"""The sentences about second checks (二次复核) that staff and askers read. Short, plain Chinese."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

APPROVE = "通过并发送"
FINE = "复核无误"
GIVE_BACK = "退回修改"
TAKE_BACK = "撤回，不送复核"
CORRECT = "需要更正"
REASONS = ("依据不对或没有写明", "没有答到所问", "说得太绝对，像替法院、律师下结论", "文字不清楚")
DECISIONS = {"通过": "pass", "通过并发送": "pass", "退回": "back", "退回修改": "back", "撤回": "undo"}
IN_LIST = " · 答复等复核"
IS_WRITTEN = "答复已经写好，正在等另一位同事复核，请先复核。"
ASK_COLLEAGUE = "请另一位同事复核。"
MASKED = "（这里遮盖了个人信息，发给服务对象的是原文）"
ERASED = "（内容已按本人要求删除）"
WITH_FILE = "随答复发出的文件复制在工单话题里，通过后发给对方的就是那一份，请打开看过再决定。"
FILE_NOT_SHOWN = "没有通过：随答复发出的文件还没有复制到工单话题里，请等它出现、打开看过，再点“通过并发送”。"
OWN_REPLY = (
    "自己写的答复不能自己复核，请另一位同事来决定；在命令行里，用 --name 写上复核人的姓名。"
    "要改，直接把改好的答复再发一遍。"
)
NOT_YOUR_DRAFT = "只有写这条答复的人可以撤回它。复核人请用“退回修改”。"
WITHDRAWN = "好的，这条答复不送复核了，没有发出。改好后再发一遍就行。"
CHECK_HELP = (
    "二次复核：/check 看在等复核的答复；/check 工单号 通过（改写过的写明第几稿，如 通过 2），/check 工单号 退回 原因；"
    "写答复的人可以 /check 工单号 撤回。"
)
NOTHING_WAITS = "没有在等复核的答复。"
_GONE = {
    "passed": "{name} 已经复核通过，没有重复发送。",
    "returned": "{name} 已经退回，请等改好的那一条。",
    "dropped": "这条答复已经改写、撤回，或者工单有了变化，不会再发。",
}


def ask(number: str, risk: str, author: str, draft: int) -> str:
    """The head of a reply that waits."""
    return f"{number} 的答复{_draft(draft)}要另一位同事复核后再发（{risk}），答复人 {author}："


def ask_after(number: str, risk: str, author: str, draft: int) -> str:
    """The head of a reply that left already."""
    return f"{number} 的答复{_draft(draft)}已经先发出（{risk}），请另一位同事马上复核，答复人 {author}："


def name_the_draft(number: str, draft: int) -> str:
    """A typed decision must say which of several replies it means."""
    return (
        f"没有通过：{number} 送过几次复核，现在等着的是第 {draft} 稿。请看下面的全文，再点按钮，"
        f"或者发送 /check {number} 通过 {draft}。"
    )


def _draft(draft: int) -> str:
    return f"（第 {draft} 稿）" if draft > 1 else ""


def colleagues(names: Sequence[str]) -> str:
    """Who is there to look at it."""
    return f"请 {'、'.join(names)} 中的一位复核。" if len(names) > 1 else f"请 {names[0]} 复核。"


def nobody_there(at: str) -> str:
    """Nobody else is on duty."""
    return f"现在没有别的同事当班；到 {at} 还没有人复核，会提醒值班负责人。"


def nobody_else(risk_id: str) -> str:
    """Nobody else works here."""
    return (
        "名单上没有别人可以复核，这条答复会一直等着。请管理员在 duty/staff.toml 登记另一位审核员，"
        f'或在 duty/ 里把 [[risk]] id = "{risk_id}" 的 share 改成 0。'
    )


def file_to_check(number: str) -> str:
    """What stands above the copy of a file."""
    return f"{number} 的答复要发的文件，请打开复核："


def with_stored_file(number: int) -> str:
    """A file that lies on our machine; a chat may be on a foreign server."""
    return f"随答复发出文件 {number}，通过后发给对方的就是它：请在工作台的工单页打开看过再决定。"


def submitted(number: str) -> str:
    """What the author reads where the thread is not shown."""
    return f"{number} 的答复已送复核，通过后马上发给服务对象；还没有发出。"


def replaced(draft: int, *, had_file: bool) -> str:
    """What the author of a reply hears of the one that waited before it."""
    what = f"第 {draft} 稿和它附的文件" if had_file else f"第 {draft} 稿"
    return f"请注意：{what}还没有复核，不再发出，由这一稿代替。要一起发的，请发送文件并把要说的话写在附言里。"


def being_checked(number: str) -> str:
    """What the asker reads when it takes a while."""
    return f"您的工单 {number} 已经写好答复，正在由另一位工作人员复核，复核后马上发给您。"


def stuck(number: str, author: str, waited: str) -> str:
    """The leader is told."""
    return f"{number} 的答复等复核已经 {waited}（上班时间），答复人 {author}，还没有别人复核。"


def passed(number: str, name: str) -> str:
    """It is on its way."""
    return f"{number} 的答复由 {name} 复核通过，已发给服务对象。"


def fine(number: str, name: str) -> str:
    """What was sent was right."""
    return f"{number} 已发出的答复由 {name} 复核无误。"


def returned(number: str, name: str, author: str, reason: str) -> str:
    """The author's turn again."""
    return f"{number} 的答复由 {name} 退回：{reason}。没有发出，请 {author} 改好再发一遍，还会送复核。"


def to_correct(number: str, name: str, author: str, reason: str) -> str:
    """What was sent needs another word."""
    return (
        f"{number} 已发出的答复，{name} 复核后认为要更正：{reason}。"
        f"请 {author} 尽快给服务对象补发更正，更正复核通过才发。"
    )


def why(number: str) -> str:
    """A reason is needed."""
    return f"请写明原因：/check {number} 退回 原因。常用的：{'；'.join(REASONS)}。"


def gone(state: str, name: str) -> str:
    """It is decided already."""
    return _GONE[state].format(name=name)


def citations_changed(sentences: Sequence[str]) -> str:
    """What was right when it was written is wrong now."""
    wrong = "\n".join(f"· {each}" for each in sentences)
    return f"没有发出，引用的条款现在不对了：\n{wrong}\n请退回修改。"


def close_later(number: str) -> str:
    """Closing would leave the asker without the reply."""
    return f"{number} 有一条答复在等复核，还没有发出，现在不能办结。请先复核；不发了，就 /check {number} 撤回。"


def not_sent_any_more(number: str) -> str:
    """The asker ended it while a reply waited."""
    return f"{number} 复核中的答复没有发出，不用再复核。"


def write_for_both(numbers: str) -> str:
    """Tickets were merged while a reply to one asker waited."""
    return (
        f"{numbers} 复核中的答复没有发出：它只写给一位服务对象，并单后两位都会收到。"
        "请接单人重新写一条两位都能看的答复。"
    )


def waits_on_ticket(author: str, waited: str) -> str:
    """A line of the ticket's sheet."""
    return f"{author} 的答复在等复核，已等 {waited}（上班时间）"


def line(number: str, risk: str, author: str, waited: str, words: str) -> str:
    """One waiting reply in the list."""
    return f"{number} · {risk} · 答复人 {author} · 已等 {waited}\n  {words}"


def span(minutes: float) -> str:
    """A length of time in hours and minutes."""
    hours, rest = divmod(round(minutes), 60)
    return f"{hours} 小时 {rest} 分钟" if hours else f"{rest} 分钟"


def figures(n_waiting: int, waits: tuple[float, float] | None, n_decided: int, n_returned: int) -> str:
    """How it goes: what waits, and over the last days how long it took and how much came back."""
    head = f"在等复核 {n_waiting} 条。"
    if waits is None:
        return f"{head}近 30 天还没有复核过。"
    median, most = waits
    share = f"{100 * n_returned / n_decided:.0f}%"
    return (
        f"{head}近 30 天复核 {n_decided} 条：等待时间中位数 {span(median)}，95% 在 {span(most)} 以内（只算上班时间）；"
        f"退回 {n_returned} 条（{share}）。"
    )


def by_risk(counts: Mapping[str, int]) -> str:
    """Of which classes those were."""
    return "其中" + "、".join(f"{name} {n} 条" for name, n in counts.items()) + "。" if counts else ""
