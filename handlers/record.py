"""Record a consultation by telephone or at the counter (电话、到访登记): into the same archive, in half a minute.

What staff type is read by `read_entry`; what they left out is filled in: telephone, now, and the service item the
answering path sees in the question. A mistake is undone by a record that names the wrong one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from consultations import archive, entries, numbers
from consultations.archive import Consultation
from consultations.contacts import Contact
from consultations.entries import CHANNELS, RECORDED, Entry
from consultations.service_items import load_pack
from consultations.tickets import Staff
from handlers import entry_wording, opinions, wording
from handlers.desk import Desk
from handlers.escalate import for_staff
from handlers.privacy import forget_person
from handlers.talk import Replies, StaffTalk, office_time, row, say
from handlers.wish import has_words, readable, storable

LONGEST: Mapping[str, int] = {"question": 4000, "reply": 4000, "who": 100, "phone": 100, "reason": 200}
FIELDS: Mapping[str, str] = {
    **dict.fromkeys(("渠道", "方式"), "channel"),
    **dict.fromkeys(("谁", "姓名", "单位", "企业", "服务对象"), "who"),
    **dict.fromkeys(("联系", "联系方式", "手机", "电话"), "phone"),
    **dict.fromkeys(("事项", "服务事项"), "service_item"),
    **dict.fromkeys(("问", "问题"), "question"),
    **dict.fromkeys(("答", "答复", "结果"), "reply"),
    "时间": "at",
}
NAMES: Mapping[str, str] = {
    "who": "服务对象",
    "phone": "联系方式",
    "question": "问题",
    "reply": "答复",
    "reason": "原因",
}
OLDEST = timedelta(days=366)
ATTEMPTS = 3  # a colleague may enter the same words in this very moment
_LINE = re.compile(rf"\s*({'|'.join(FIELDS)})\s*[：:]\s*(.*)")


class EntryRefusedError(Exception):
    """An entry can't be made, or not be undone; the message is the sentence staff read."""


@dataclass(frozen=True)
class Recorded:
    """An archive record, and whether it was there before: `is_double` is the same entry made moments ago."""

    number: str
    consultation_id: int
    is_double: bool = False


# For every door


def read_entry(desk: Desk, given: Mapping[str, str], now: datetime) -> Entry:
    """What staff typed, checked and completed; opens no session.

    Args:
        desk: The office.
        given: Values by the names of `Entry`; missing and empty ones get their default.
        now: When it is entered.

    Raises:
        EntryRefusedError: A value can't be used.
    """
    words = {key: readable(storable(value)) for key, value in given.items()}
    for key, longest in LONGEST.items():
        if len(words.get(key, "")) > longest:
            raise EntryRefusedError(entry_wording.too_long(NAMES[key], longest))
    question = words.get("question", "")
    if not has_words(question):
        raise EntryRefusedError(entry_wording.NO_QUESTION)
    at = _moment(desk, words.get("at", ""), now)
    seen = desk.answerer.answer(question, office_time(desk.settings).day(at))
    return Entry(
        channel=_channel(words.get("channel", "")),
        question=question,
        at=at,
        reply=words.get("reply", ""),
        who=words.get("who", ""),
        phone=words.get("phone", ""),
        service_item=_service_item(words.get("service_item", ""), seen.service_item),
        label=seen.label,
    )


def preview(desk: Desk, entry: Entry) -> str:
    """What is about to be entered, as it may be shown."""
    items = load_pack().items
    item = items.get(entry.service_item)
    lines = [
        ("渠道", CHANNELS[entry.channel]),
        ("时间", wording.moment_name(entry.at, office_time(desk.settings).zone)),
        ("服务对象", for_staff(entry.who) or "（未留姓名）"),
        ("联系方式", for_staff(entry.phone) or "（未留）"),
        ("事项", f"{item.code} {item.name}" if item else "（未归类）"),
        ("问题", for_staff(entry.question)),
        ("答复", for_staff(entry.reply) or "（未填）"),
    ]
    return entry_wording.preview(lines)


def record(desk: Desk, entry: Entry, staff: Staff, *, again: bool = False, corrects: str = "") -> Recorded:
    """The entry in the archive; the same words within ten minutes are one entry unless `again`.

    Raises:
        EntryRefusedError: `corrects` is not the number of an entry that is still to be corrected.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            with desk.writing() as session:
                return record_in(session, desk, entry, staff, again=again, corrects=corrects)
        except IntegrityError:
            continue
    with desk.writing() as session:
        return record_in(session, desk, entry, staff, again=again, corrects=corrects)


def record_in(  # noqa: PLR0913  as `record`
    session: Session, desk: Desk, entry: Entry, staff: Staff, *, again: bool = False, corrects: str = ""
) -> Recorded:
    """`record` inside a session."""
    now = desk.now()
    wrong = entry_named(session, corrects) if corrects else None
    before = entries.before(session, entry, staff, now)
    if before.double is not None and before.double is not wrong and not again:
        return Recorded(before.double.number, before.double.key, is_double=True)
    number = _number(session, desk, now)  # from here on colleagues wait
    wrong = entry_named(session, corrects) if corrects else None
    made = entries.enter(session, entry, staff, now, number=number, nth=before.n_same + 1, corrects=wrong)
    if entry.label == "complaint" and wrong is None:
        opinions.enter(session, desk, entry.question, staff, kind="complaint", channel=entry.channel, consultation=made)
    return Recorded(made.number, made.key)


def undo(session: Session, desk: Desk, name: str, staff: Staff, reason: str) -> tuple[str, str]:
    """``(number of the entry, number of the record that says it is void)``.

    Raises:
        EntryRefusedError: There is no such entry, it was corrected before, or the reason is too long.
    """
    entry_named(session, name)
    said = readable(storable(reason))
    if len(said) > LONGEST["reason"]:
        raise EntryRefusedError(entry_wording.too_long(NAMES["reason"], LONGEST["reason"]))
    now = desk.now()
    number = _number(session, desk, now)  # from here on colleagues wait
    entry = entry_named(session, name)
    question = entry_wording.void_note(entry.number)
    entries.void(session, entry, staff, now, number=number, question=question, reason=said)
    return entry.number, number


def erase_caller(session: Session, desk: Desk, name: str, staff: Staff) -> None:
    """The person behind an entry asks to be forgotten: their words, name and number go from every record.

    Raises:
        EntryRefusedError: There is no such entry.
    """
    contact = session.get_one(Contact, _entered(session, name).contact_id)
    forget_person(session, contact, desk.now(), actor=staff.key, key=desk.settings.survey_key)


def entry_named(session: Session, name: str) -> Consultation:
    """The entry of that number (or id) that can still be corrected.

    Raises:
        EntryRefusedError: There is none.
    """
    entry = _entered(session, name)
    if by := entries.correction_of(session, entry):
        raise EntryRefusedError(entry_wording.corrected_before(entry.number, by.number))
    return entry


# In a staff chat


def look(desk: Desk, text: str) -> Entry | str:
    """The entry that ``/record`` tells of, or what is wrong with it; found before the turn's session opens."""
    if not text.strip():
        return entry_wording.ENTRY_HOW
    try:
        return read_entry(desk, read_lines(text), desk.now())
    except EntryRefusedError as refused:
        return str(refused)


def take(talk: StaffTalk) -> Replies:
    """登记: entered at once, shown as it stands, with a button to undo it."""
    if not isinstance(talk.found, Entry):
        return (say(talk, talk.found or entry_wording.ENTRY_HOW),)
    done = record_in(talk.session, talk.desk, talk.found, talk.staff)
    if done.is_double:
        return (say(talk, entry_wording.is_double(done.number)),)
    buttons = row((entry_wording.UNDO, f"unrecord:{done.consultation_id}"))
    shown = preview(talk.desk, talk.found)
    return (say(talk, entry_wording.recorded(done.number), shown, choices=(buttons,)),)


def take_back(talk: StaffTalk) -> Replies:
    """撤销登记: by the button, or ``/unrecord 编号 原因``."""
    name, _, reason = talk.wish.argument.partition(" ")
    if not name:
        return (say(talk, entry_wording.VOID_HOW),)
    try:
        number, by = undo(talk.session, talk.desk, name, talk.staff, reason)
    except EntryRefusedError as refused:
        return (say(talk, str(refused)),)
    return (say(talk, entry_wording.is_void(number, by)),)


def read_lines(text: str) -> dict[str, str]:
    """Values by the names of `Entry`: ``名称：内容`` a line, everything else is the question, or goes on with what
    stands above it. 电话 or 到访 in front of the question is the way they came.
    """
    found: dict[str, str] = {}
    key = "question"
    for line in text.splitlines():
        named = _LINE.fullmatch(line)
        key, words = (FIELDS[named[1]], named[2]) if named else (key, line)
        found[key] = f"{found[key]}\n{words}" if key in found else words
    first, _, rest = found.get("question", "").partition(" ")
    if rest.strip() and first in CHANNELS.values():
        found |= {"channel": found.get("channel", first), "question": rest}
    return found


def _number(session: Session, desk: Desk, now: datetime) -> str:
    return numbers.next_number(session, numbers.CONSULTATION, office_time(desk.settings).day(now))


def _entered(session: Session, name: str) -> Consultation:
    found = archive.named(session, name.strip()) if name.strip() else None
    if found is None:
        raise EntryRefusedError(entry_wording.no_entry(name.strip().upper()))
    if found.action != RECORDED:
        raise EntryRefusedError(entry_wording.not_an_entry(found.number))
    return found


def _channel(words: str) -> str:
    if not words:
        return "phone"
    for channel, name in CHANNELS.items():
        if words in (channel, name):
            return channel
    raise EntryRefusedError(entry_wording.no_channel(words, CHANNELS.values()))


def _service_item(words: str, seen: str) -> str:
    items = load_pack().items
    if not words:
        return seen if seen in items else ""
    for item in items.values():
        if words.upper() == item.code or words == item.name:
            return item.code
    raise EntryRefusedError(wording.unknown_service(words))


def _moment(desk: Desk, words: str, now: datetime) -> datetime:
    """A time of today, or of the day written before it; in the office's time zone."""
    if not words:
        return now
    office = office_time(desk.settings)
    plain = words.replace("：", ":").replace("T", " ")
    at = _read_moment(plain if " " in plain else f"{office.day(now)} {plain}")
    if at is None:
        raise EntryRefusedError(entry_wording.no_time(words))
    if at.year < now.year - 1:  # long before what a time zone can be reckoned for
        raise EntryRefusedError(entry_wording.long_ago(words))
    moment = office.at(at.date(), at.time())
    if moment > now:
        raise EntryRefusedError(entry_wording.in_future(words))
    if now - moment > OLDEST:
        raise EntryRefusedError(entry_wording.long_ago(words))
    return moment


def _read_moment(words: str) -> datetime | None:
    day, _, clock = words.partition(" ")
    hours, _, minutes = clock.strip().partition(":")
    try:
        return datetime.fromisoformat(f"{day} {int(hours):02d}:{minutes}")
    except ValueError:
        return None
