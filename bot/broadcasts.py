"""``zhixun broadcast``: the same moves as in the staff chat, and how a push looks at each channel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.markup import escape
from rich.table import Column, Table
from sqlmodel import Session

from bot.application import Office
from bot.channels.degrade import numbered
from bot.screen import say, say_table
from consultations import broadcast_rows, broadcasts, segments, subscriptions
from consultations.broadcasts import STATE_NAMES, Broadcast, ContentError
from consultations.messages import Address, as_choices
from consultations.tickets import Staff
from handlers import push_wording, write_broadcast
from handlers.send_broadcasts import message_of, wrong_citations
from handlers.write_broadcast import Written, found

Ask = Callable[[str], bool]


def list_all(office: Office) -> None:
    """Print the last broadcasts with their counts."""
    table = Table(*(Column(each, no_wrap=True) for each in ("编号", "状态")), "受众", "进度", "内容")
    with office.reading() as session:
        for each in broadcasts.newest(session):
            counted = broadcast_rows.counts(session, each.key)
            words = (each.title or each.text)[:40]
            cells = (str(each.id), STATE_NAMES[each.state], each.segment, _numbers(each, counted), words)
            table.add_row(*map(escape, cells))
    say_table(table, '还没有推送过。起草一条：broadcast new "内容"。')


def _numbers(broadcast: Broadcast, counted: Mapping[str, int]) -> str:
    """How far it got, a number a line; those that are nought are left out."""
    numbers = {"人数": broadcast.n_recipients, "待发": sum(counted[state] for state in broadcast_rows.WAITING)}
    names = {"已发": "sent", "失败": "failed", "停用": "blocked", "存疑": "unsure"}
    numbers |= {name: counted[state] for name, state in names.items()}
    if broadcast.details and broadcast.started_at:
        return "\n".join([*_lines(numbers), f"点开 {counted['opened']}"])
    return "\n".join(_lines(numbers))


def _lines(numbers: Mapping[str, int]) -> list[str]:
    return [f"{name} {n}" for name, n in numbers.items() if n]


def show(office: Office, number: int) -> None:
    """Print one broadcast: what it is, how it looks at each channel, how far it got, what was done with it."""
    zone = ZoneInfo(office.settings.outlet.time_zone)
    with office.reading() as session:
        broadcast = found(session, number)
        _preview(office, session, broadcast)
        if broadcast.started_at:
            say(push_wording.progress(broadcast, broadcast_rows.counts(session, broadcast.key)))
        for each in broadcasts.history_of(session, broadcast.key):
            at = f"{each.at.astimezone(zone):%m-%d %H:%M}"
            words = (at, f"第 {each.edition} 稿", STATE_NAMES[each.to_state], each.actor_name, each.note)
            say(" · ".join(filter(None, words)))


def written(  # noqa: PLR0913, PLR0917  the options of the command
    text: str,
    segment: str,
    title: str,
    at: str,
    full: Path | None,
    template: str,
    values: Sequence[str],
    *,
    is_public: bool | None,
) -> Written:
    """What the options of a command say, as the lines of a chat message would."""
    given = {
        "受众": segment,
        "时间": at,
        "标题": title,
        "模板": template,
        "公开": {None: "", True: "是", False: "否"}[is_public],
    }
    pairs = [each.partition("=") for each in values]
    if wrong := [name for name, sign, _ in pairs if not sign]:
        raise ContentError(f"--set {wrong[0]} 里没有等号：请写成 --set 时间=周五。")  # noqa: EM102, TRY003  told as it is
    details = full.read_text("utf-8-sig").strip() if full is not None else ""
    fields = {name: value for name, value in given.items() if value}
    return Written(text.strip(), details, fields, {name: value for name, _, value in pairs})


def write(office: Office, number: int | None, written: Written, name: str) -> None:
    """A new draft, or another text for one there is; printed as it will look."""
    now, by = office.desk.now(), _staff(name)
    with office.writing() as session:
        if number is None:
            content = write_broadcast.content_of(session, office.desk, written, now)
            broadcast = broadcasts.draft(session, content, by, now)
        else:
            broadcast = found(session, number)
            content = write_broadcast.content_of(session, office.desk, written, now, broadcast.content)
            broadcasts.edit(session, broadcast, content, by, now)
        _preview(office, session, broadcast)
        say(f"下一步：broadcast submit {broadcast.key} --name {name}，再由另一个人 broadcast approve {broadcast.key}。")


def submit(office: Office, number: int, name: str, *, is_forced: bool) -> None:
    """Submitted; a second person approves it here or in the staff chat."""
    with office.writing() as session:
        write_broadcast.submit(
            session, office.desk, found(session, number), _staff(name), office.desk.now(), is_insisted=is_forced
        )
    say(write_broadcast.submitted(office.desk, number, office.desk.now()))


def approve(office: Office, number: int, name: str, *, is_confirmed: bool, ask: Ask) -> bool:
    """Whether it was approved: what was seen is what is approved, whatever somebody changes meanwhile."""
    with office.reading() as session:
        broadcast = found(session, number)
        edition = broadcast.edition
        if broadcast.state not in broadcasts.LEGAL_ORIGINS["approved"]:
            raise broadcasts.IllegalMoveError(broadcast, "approved")  # before anybody reads and confirms in vain
        _preview(office, session, broadcast)
    if not (is_confirmed or ask("批准发送？")):
        say("没有批准。")
        return False
    now = office.desk.now()
    with office.writing() as session:
        start_at = write_broadcast.approve(session, office.desk, found(session, number), edition, _staff(name), now)
    say(push_wording.approved(number, start_at, now, ZoneInfo(office.settings.outlet.time_zone)))
    say("服务运行时自动发出。")
    return True


def give_back(office: Office, number: int, name: str, reason: str) -> None:
    """It is a draft again."""
    with office.writing() as session:
        broadcasts.give_back(session, found(session, number), reason, _staff(name), office.desk.now())
    say(push_wording.given_back(number))


def act(office: Office, number: int, name: str, verb: str) -> None:
    """Pause, resume, cancel or resend it."""
    move, told = _ACTS[verb]
    with office.writing() as session:
        n_rows = move(session, found(session, number), _staff(name), office.desk.now())
    say(told(number, n_rows))


def send_test(office: Office, number: int, to: str) -> None:
    """Send it to an address as it will look, or print it here."""
    channel, sign, chat_id = to.partition(":")
    if to and not (sign and chat_id):
        raise ContentError(f"看不懂 {to}：请写成 telegram:12345 这样。")  # noqa: EM102, TRY003  told as it is
    with office.writing() as session:
        broadcast = found(session, number)
        if to:
            write_broadcast.send_test(session, broadcast, Address(channel, chat_id), office.desk.now())
            say(f"已排队，服务运行时发到 {to}。")
        else:
            say(push_wording.TEST)
            say(_looks(broadcast, "terminal"))


def list_segments(office: Office) -> None:
    """Print the segments with how many they reach now."""
    with office.reading() as session:
        rules: dict[str, subscriptions.Rule] = {segments.EVERYBODY: {}} | {
            each.name: each.rule for each in segments.every(session)
        }
        for name, rule in rules.items():
            say(push_wording.segment_line(name, rule, subscriptions.count_audience(session, rule)))


def save_segment(office: Office, segment: str, given: Mapping[str, str], name: str) -> None:
    """Save one and print how many it reaches now."""
    listed = {facet: words.replace("，", ",").split(",") for facet, words in given.items() if words}
    rule = write_broadcast.read_rule(office.desk, listed)
    with office.writing() as session:
        saved = segments.save(session, segment, rule, name, office.desk.now())
        say(push_wording.saved_segment(saved.name, subscriptions.count_audience(session, rule)))


def drop_segment(office: Office, segment: str) -> None:
    """Take one off the list."""
    with office.writing() as session:
        say(push_wording.dropped_segment(segment, is_gone=segments.drop(session, segment)))


def list_templates(office: Office) -> None:
    """Print the templates."""
    table = Table(Column("编号", no_wrap=True), Column("名称", no_wrap=True), "变量", "文字")
    for each in office.desk.pushes.value.templates.values():
        table.add_row(*map(escape, (each.template_id, each.name, "、".join(each.variables), each.text)))
    say_table(table)


_ACTS: Mapping[str, tuple[Callable[..., int], Callable[[int, int], str]]] = {
    "pause": (write_broadcast.pause, push_wording.paused),
    "resume": (write_broadcast.resume, push_wording.resumed),
    "cancel": (write_broadcast.cancel, push_wording.cancelled),
    "resend": (write_broadcast.resend, push_wording.resent),
}


def _preview(office: Office, session: Session, broadcast: Broadcast) -> None:
    """What it is, what is wrong with its citations, and how it looks at each channel."""
    if broadcast.kind == "correction":  # each person gets another message
        say("\n".join(write_broadcast.described(session, office.desk, broadcast)))
        return
    zone = ZoneInfo(office.settings.outlet.time_zone)
    say(push_wording.facts(broadcast, write_broadcast.count(session, broadcast), zone))
    for name, channel in {"Telegram 和网站窗口（按钮）": "buttons", "终端（数字）": "terminal"}.items():
        say(f"\n——{name}——\n{_looks(broadcast, channel)}")
    if broadcast.details:
        say(f"\n——{push_wording.OPEN}——\n{broadcast.details}")
    say("")
    if wrong := wrong_citations(office.desk, broadcast, office.desk.now()):
        say("引用的条款请再看一下：\n" + "\n".join(f"· {each}" for each in wrong))


def _looks(broadcast: Broadcast, channel: str) -> str:
    """The message as somebody sees it: its buttons in brackets, or as numbers to type."""
    message = message_of(broadcast, Address("", ""))
    if channel == "terminal":
        return f"{message.plain_text}\n\n{numbered(as_choices(message))}"
    rows = [" ".join(f"［{each.label}］" for each in line) for line in message.choices]
    return "\n".join((message.plain_text, *rows))


def _staff(name: str) -> Staff:
    return Staff(f"terminal:{name}", name)
