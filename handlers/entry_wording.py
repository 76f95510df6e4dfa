"""The sentences staff read when they enter a consultation by telephone or at the counter (电话、到访登记)."""

from __future__ import annotations

from collections.abc import Iterable

UNDO = "撤销登记"
ENTRY_HELP = "/record 登记电话或到访咨询，只有问题必填；/unrecord 编号 原因 撤销一条登记。"
ENTRY_HOW = (
    "在命令后写问题，其余一行一项，都可以不写：\n"
    "/record 商标续展多少钱？\n渠道：到访\n谁：示例公司\n联系：电话或邮箱\n事项：B08\n答：……\n时间：14:30\n"
    "也可以只写一行：/record 到访 商标续展多少钱？\n渠道不写就是电话，事项不写由系统判断，时间不写就是现在。"
)
NO_QUESTION = "还缺问题：请用一句话写下对方问了什么，其余都可以不写。"
VOID_HOW = "请写明登记的编号，例如 /unrecord ZX-20261123-0001 登记重复。"
ERASED_CALLER = "已清除这位服务对象的姓名、联系方式和全部咨询文字；编号和统计数字保留。"


def too_long(field: str, longest: int) -> str:
    """A field holds too much."""
    return f"{field}太长，最多 {longest} 个字；请写要点，原件另存。"


def no_channel(words: str, names: Iterable[str]) -> str:
    """Not a way people come to us."""
    return f"不认识渠道“{words}”，可用的有：{'、'.join(names)}。"


def no_time(words: str) -> str:
    """Not a time."""
    return f"看不懂时间“{words}”：请写成 14:30，或 2026-11-23 14:30。"


def in_future(words: str) -> str:
    """A call that hasn't come yet."""
    return f"时间“{words}”还没有到，请检查。"


def long_ago(words: str) -> str:
    """A call nobody remembers."""
    return f"时间“{words}”是一年以前，请检查年份。"


def preview(lines: Iterable[tuple[str, str]]) -> str:
    """What will be entered, masked."""
    return "\n".join(f"{name}：{words}" for name, words in lines)


def recorded(number: str, *, corrects: str = "") -> str:
    """An entry is in the archive."""
    return f"已登记 {number}" + (f"，更正 {corrects}" if corrects else "") + "。"


def is_double(number: str) -> str:
    """The same words were entered moments ago."""
    return f"刚刚已经登记过，编号 {number}，没有重复登记。"


def void_note(number: str) -> str:
    """What the record says that voids another."""
    return f"更正：{number} 的登记作废"


def is_void(number: str, by: str) -> str:
    """An entry was voided by a correcting record."""
    return f"{number} 的登记已作废，更正记录 {by}；原记录保留。"


def no_entry(number: str) -> str:
    """Nothing of that number."""
    return f"没有找到登记 {number}。请核对编号（形如 ZX-20261123-0001），archive 里可以查到。"


def not_an_entry(number: str) -> str:
    """A consultation nobody entered by hand."""
    return f"{number} 不是电话或到访登记，不能撤销或更正。"


def corrected_before(number: str, by: str) -> str:
    """An entry is put right once."""
    return f"{number} 已经由 {by} 更正过。要再改，请更正 {by}。"


def why_recorded(staff: str) -> str:
    """How an entry came about."""
    return f"由工作人员{f' {staff} ' if staff else ''}登记，没有检索。"
