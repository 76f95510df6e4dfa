"""The sentences staff read about absences (请假)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

HELP = "/absent 12-01..12-03 原因 请假（负责人可写 /absent 姓名 12-01..12-03）；/back 销假；也可以直接写“请假 明天”。"
HOW = (
    "请假：/absent 12-01..12-03 培训，一天只写一个日期；给同事：/absent 姓名 12-01..12-03。销假：/back 或 /back 编号。"
)
NOBODY = "现在没有人请假，也没有排好的请假。"
NONE = "没有可以销的假。写在 duty/ 文件里的请假，请管理员在文件里改。"
WHICH = "不止一次请假，请写编号，例如 /back 3。"
NO_DAYS = "没看懂日期，没有登记。请写成 12-01..12-03、12月1日到12月3日 或 明天，例如 /absent 12-01..12-03 培训。"
TOO_LONG = "一次请假最多一年，没有登记；更长的请管理员在 duty/staff.toml 里写 until。"
NO_STAFF_LIST = "还没有工作人员名单，不用登记请假。请管理员在实例文件夹的 duty/staff.toml 里登记，见 docs/tickets.md。"


def nobody_called(name: str, names: Sequence[str]) -> str:
    """Nobody of that name is on the list."""
    asked = f"名单里没有“{name[:20]}”" if name else "您不在名单里"
    return f"{asked}，没有登记。名单上有：{'、'.join(names)}。"


def days(first: date, last: date) -> str:
    """``12月1日至12月3日``."""
    return f"{_day(first)}至{_day(last)}" if last != first else _day(first)


def upside_down(first: date, last: date) -> str:
    """The end lies before the beginning."""
    return f"请假的最后一天（{_day(last)}）早于第一天（{_day(first)}），没有登记，请改正。"


def over(last: date) -> str:
    """All of it is past."""
    return f"{_day(last)}已经过去，没有登记；请核对日期，跨年的请写上年份。"


def entered(name: str, when: str, number: int) -> str:
    """It holds from now on."""
    return f"已登记：{name} {when}请假（编号 {number}），这几天不派新单给他。销假发送 /back {number}。"


def entered_before(name: str, when: str, number: int) -> str:
    """The same once more."""
    return f"{name} {when}请假已经登记过（编号 {number}），没有重复登记。"


def still_has(numbers: Sequence[str]) -> str:
    """What the absent leave behind."""
    held = f"手上还有 {len(numbers)} 张工单：{'、'.join(numbers)}。"
    return f"{held}请 /release 退回，或由负责人改派；没人答复的到时自动收回另派。"


def taken_back(name: str, when: str) -> str:
    """Here again."""
    return f"已销假：{name} {when}的请假取消，从现在起照常派单。"


def line(number: int, name: str, when: str, reason: str) -> str:
    """One absence of the list; those from the files have no number."""
    place = f"{number}. " if number else "· "
    return f"{place}{name} {when}请假" + (f"（{reason}）" if reason else "")


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
