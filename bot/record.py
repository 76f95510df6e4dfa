"""``zhixun record``: a consultation by telephone or at the counter, by options or by prompts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.application import STAFF_DESK
from bot.screen import say
from consultations.entries import CHANNELS
from consultations.tickets import Staff
from handlers import entry_wording
from handlers.desk import Desk
from handlers.record import EntryRefusedError, erase_caller, preview, read_entry, record, undo

Prompt = Callable[..., str]
Ask = Callable[[str], bool]


def ask_fields(given: Mapping[str, str], prompt: Prompt) -> dict[str, str]:
    """The fields that are not given yet, asked one by one; Enter leaves each at its default."""
    texts = {
        "channel": f"渠道（{'、'.join(CHANNELS.values())}）",
        "question": "问题",
        "reply": "答复（可空）",
        "who": "谁（姓名或企业，可空）",
        "phone": "联系方式（可空）",
        "service_item": "事项编号（可空，由系统判断）",
        "at": "时间（可空，就是现在）",
    }
    found = dict(given)
    for key, text in texts.items():
        if key not in found:
            found[key] = prompt(text, default="电话" if key == "channel" else "", show_default=key == "channel")
    return found


def enter(  # noqa: PLR0913  the options of the command
    desk: Desk, given: Mapping[str, str], name: str, *, again: bool, corrects: str, is_confirmed: bool, ask: Ask
) -> bool:
    """Preview, confirmation, then the record; whether something needs attention."""
    try:
        entry = read_entry(desk, given, desk.now())
        say(preview(desk, entry) + f"\n工作人员：{name}")
        if not (is_confirmed or ask("确认登记？")):
            say("没有登记。")
            return False
        done = record(desk, entry, _staff(name), again=again, corrects=corrects)
    except EntryRefusedError as refused:
        say(str(refused))
        return True
    if done.is_double:
        say(entry_wording.is_double(done.number) + "确实是另一次，加上 --again。")
        return True
    say(entry_wording.recorded(done.number, corrects=corrects.upper()) + f"撤销：record --undo {done.number}")
    return False


def take_back(desk: Desk, number: str, name: str, reason: str) -> bool:
    """Make the record that says an entry is void; whether that was refused."""
    try:
        with desk.writing() as session:
            voided, by = undo(session, desk, number, _staff(name), reason)
    except EntryRefusedError as refused:
        say(str(refused))
        return True
    say(entry_wording.is_void(voided, by))
    return False


def erase(desk: Desk, number: str, name: str, *, is_confirmed: bool, ask: Ask) -> bool:
    """Forget the person behind an entry; whether that was refused."""
    if not (is_confirmed or ask("将清除这位服务对象的姓名、联系方式和全部咨询文字，无法恢复。确认清除？")):
        say("没有清除。")
        return False
    try:
        with desk.writing() as session:
            erase_caller(session, desk, number, _staff(name))
    except EntryRefusedError as refused:
        say(str(refused))
        return True
    say(entry_wording.ERASED_CALLER)
    return False


def _staff(name: str) -> Staff:
    return Staff(f"{STAFF_DESK.channel}:{name}", name)
