"""The sentences about opinions and complaints (意见建议、投诉台账), for the public and for staff."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

Head = Callable[[int, Sequence[str]], str]  # how many rows wait, and their lines → what staff read

PROMPT = "请把您的意见或建议用一句话写下来，下一条消息会登记进意见台账，由工作人员答复您。"
EMPTY = "没有看到意见内容。请在 /opinion 后面写上，例如：/opinion 希望周末也能咨询。"
STAFF_HELP = "/opinions 看意见台账和答复率；/opinions 编号 看一条；/opinion 内容 登记一条（第一个词写“投诉”就是投诉）。"
STAFF_EMPTY = "请在命令后写内容，例如 /opinion 投诉 等了两个小时没人接待。"
REPLY_EMPTY = "答复内容是空的，没有登记。"
REASON_NEEDED = "还没有答复过，直接办结要写原因，例如 --reason 没留联系方式。"
NO_OPINIONS = "意见台账里没有符合的记录。"
NOT_REACHABLE = "对方收不到聊天消息（电话、到访登记，或停用了渠道）：答复已记入台账，请用电话或当面转告。"
HOW_TO_REPLY = "用 /opinions 编号 看内容；答复用 opinions reply 编号，投诉也可以在自己的工单里答复。"
NOT_CARDS = "投诉和意见建议只在意见台账里办理，不转为知识卡片。"


def too_long(longest: int) -> str:
    """More than a row holds."""
    return f"内容太长，最多 {longest} 个字；请写要点。"


def registered(number: str, due: str) -> str:
    """The asker hears that it is in the ledger."""
    return f"您的意见已登记，编号 {number}，我们会在 {due} 前答复您。"


def staff_registered(number: str, kind: str, due: str) -> str:
    """Staff hear that it is in the ledger."""
    return f"已登记意见台账 {number}（{kind}），请在 {due} 前答复。"


def is_double(number: str) -> str:
    """The same words were entered moments ago."""
    return f"刚刚已经登记过，编号 {number}，没有重复登记。"


def replied(number: str) -> str:
    """What the asker reads above the reply."""
    return f"关于您反映的情况（{number}），答复如下："


def reply_kept(number: str) -> str:
    """The reply is in the ledger and on its way."""
    return f"{number} 已答复。"


def closed(number: str) -> str:
    """The row is done."""
    return f"{number} 已办结。"


def no_such(number: str) -> str:
    """Nothing of that number."""
    return f"意见台账里没有 {number}。请核对编号（形如 YJ-20261123-0001），或用 opinions 看清单。"


def refused(number: str, state: str) -> str:
    """A move that can't be."""
    done = {"replied": "已经答复过，不会重复发送", "closed": "已经办结"}.get(state, "现在不能这样操作")
    return f"{number} {done}。"


def rate(n_in_time: int, n_due: int, n_late: int, n_pending: int) -> str:
    """The reply rate: replied in time / due."""
    if not n_due:
        return f"还没有到期的意见，暂无答复率；未到期 {n_pending} 件。"
    silent = n_due - n_in_time - n_late
    return (
        f"按时答复率 {n_in_time / n_due:.0%}（按时答复 {n_in_time} 件 / 到期 {n_due} 件）；"
        f"逾期才答复 {n_late} 件，逾期未答复 {silent} 件，未到期 {n_pending} 件。"
    )


def waiting(number: str, kind: str, due: str) -> str:
    """One row that waits for a reply."""
    return f"· {number}（{kind}），{due} 前"


def due_soon(n_all: int, lines: Sequence[str]) -> str:
    """Rows whose time is nearly over."""
    return "\n".join([f"意见台账有 {n_all} 件快到答复时限：", *lines, *_more(n_all, lines), HOW_TO_REPLY])


def overdue(n_all: int, lines: Sequence[str]) -> str:
    """Rows whose time is over."""
    return "\n".join([f"意见台账有 {n_all} 件到期还没有答复：", *lines, *_more(n_all, lines), HOW_TO_REPLY])


def _more(n_all: int, lines: Sequence[str]) -> list[str]:
    return [f"另有 {n_all - len(lines)} 件，用 /opinions 看全部。"] if n_all > len(lines) else []


def line(number: str, kind: str, state: str, due: str, text: str) -> str:
    """One line of the list."""
    return f"{number} · {kind} · {state} · {due} 前\n  {text}"


def sheet(lines: Iterable[tuple[str, str]], history: Iterable[str]) -> str:
    """One row whole."""
    return "\n".join([*(f"{name}：{words}" for name, words in lines if words), "经过：", *history])
