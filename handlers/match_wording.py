"""The sentences about matching enterprises and programmes (政策匹配), for the public and for staff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from handlers.wording import day_name, version_name
from policies.criteria import COUNTED, NAMES, Facts, Verdict
from policies.matching import Match
from policies.profile import Programme

BEGIN, AGAIN, FORGET, SKIP = "同意并开始", "重新填写", "删除填写的内容", "不清楚，跳过"
OTHER = "其他"
WATCH, SHOW_ALL = "提醒我申报", "不填写，看全部"
NOTHING = "现在没有登记可以申报的项目。想在有新的申报通知时收到消息，请发送“订阅”。"
FORGOTTEN = "已删除您填写的企业情况。"
NOT_A_NUMBER = "请发送一个整数，例如 3；不清楚请点“不清楚，跳过”。"
LEAD = "可以了解的政策（按您说的情况逐条对照，不是承诺能申报成功）："
NO_PROMISE = "是否符合、能否获批，以申报通知和主管部门审核为准。“不清楚”的请对照原文，或点“转人工”。"
NOT_TOLD = "对方还没有填写企业情况，请对方发送 /match；下面按“不清楚”列出。"
WATCHING = "好的，开始申报时和截止前 30、7、1 天提醒您。"
WATCH_GONE = "这个项目已经截止或不再有效，不能提醒。"
REFUSED_BEFORE = "您以前选择了不接收通知，提醒发不出来。要接收，请先点“恢复接收”。"
MARKS: Mapping[Verdict, str] = {"met": "符合", "not": "不符合", "unknown": "不清楚"}


def ask_consent(facts: Sequence[str], n_programmes: int) -> str:
    """What is asked, what for, how long it is kept."""
    asked = "、".join(NAMES[each] for each in facts)
    return (
        f"现在有 {n_programmes} 个申报项目。要逐条对照条件，请回答 {len(facts)} 个问题：{asked}。都可以跳过。"
        "回答只用于政策匹配，工作人员办理您的工单时能看到，您随时可以删除。同意吗？"
    )


def question(fact: str, place: int, of: int) -> str:
    """One question."""
    how = "请直接发送数字。" if fact in COUNTED else "请选择："
    return f"（{place}/{of}）{NAMES[fact]}？{how}"


def held(count: int) -> str:
    """The button that takes a number from the ledger of assets."""
    return f"按台账：{count} 件"


def told(facts: Facts) -> str:
    """What an enterprise told of itself."""
    said = "，".join(f"{NAMES[name]} {value}" for name, value in facts.items() if name in NAMES)
    return f"企业情况：{said or '都没有填'}"


def result(place: int, found: Match) -> str:
    """One programme with the verdict on every condition, its window and its source."""
    lines = [f"{place}. {found.programme.name}（{_window(found)}）"]
    lines += [f"　{MARKS[verdict]}：{condition}" for condition, verdict in found.verdicts]
    lines += [f"　金额：{found.programme.amount}"] if found.programme.amount else []
    number = f"，{found.doc_number}" if found.doc_number else ""
    lines.append(f"　来源：《{found.title}》（{version_name(found.version)}{number}）")
    return "\n".join(lines)


def more(count: int) -> str:
    """That there are more programmes than shown."""
    return f"另有 {count} 个项目没有列出，请点“转人工”了解。"


def reminder(programme: Programme, title: str, version: str, today: date) -> str:
    """An application window that is open, or closes soon."""
    source = f"来源：《{title}》（{version_name(version)}）。"
    if programme.closes_on is None:
        return f"【申报提醒】“{programme.name}”已经可以申报。{source}"
    left = (programme.closes_on - today).days
    when = "今天截止" if left == 0 else f"还有 {left} 天"
    return f"【申报提醒】“{programme.name}”正在申报，{day_name(programme.closes_on)}截止（{when}）。{source}"


def _window(found: Match) -> str:
    opens, closes = found.programme.opens_on, found.programme.closes_on
    if found.window == "closed" and closes:
        return f"已截止，{day_name(closes)}"
    if found.window == "early" and opens:
        return f"还没有开始，{day_name(opens)}起"
    return f"正在申报，{day_name(closes)}截止" if closes else "正在申报，没有写明截止日期"
