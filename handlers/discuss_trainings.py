"""Trainings (培训) in a staff chat: ``/training`` with what to do in Chinese, and the buttons under one.

What is new is read and shown before anything is stored: the preview ends with the message that stores it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from consultations import attendances, trainings
from consultations.attendances import Attendance
from consultations.broadcasts import BroadcastRefusedError
from consultations.messages import Inbound
from consultations.trainings import ALIVE, STATE_NAMES, Training, TrainingRefusedError
from handlers import organise_training, training_lines, training_wording, wording
from handlers.talk import Replies, Rows, StaffTalk, row, say
from handlers.training_lines import outlet_name
from handlers.whose import Place, in_sight, of_training, sees
from handlers.wish import Wish, identity

LISTED, MARKED = 20, 8
LOOKS = ("list", "show", "roster")
VERBS: Mapping[str, str] = {
    "新建": "new",
    "保存": "save",
    "发布": "open",
    "改": "edit",
    "名单": "roster",
    "签到码": "code",
    "到场": "attend",
    "未到": "unmark",
    "报名": "enter",
    "退出": "leave",
    "确认课件": "confirm",
    "邀请": "invite",
    "取消": "cancel",
    "归档": "file",
    "抹去": "erase",
    "查看": "show",
}


@dataclass(frozen=True)
class Command:
    """What stands behind ``/training``: a verb, the number named, the words behind the verb and the lines below."""

    verb: str
    number: str = ""
    words: str = ""
    lines: str = ""


def command_of(argument: str) -> Command:
    """The command; the number of the training may stand before or behind the verb."""
    head, _, lines = argument.strip().partition("\n")
    number = trainings.number_in(head)
    words = [each for each in head.split() if not (number and trainings.number_in(each) == number)]
    verb = VERBS.get(words[0], "help") if words else "show" if number else "list"
    return Command(verb, number, " ".join(words[1:]), lines)


def verb_of(inbound: Inbound, wish: Wish) -> str:
    """What a ``/training`` or a button under one wants: a verb of `VERBS`, ``list`` or ``help``."""
    if inbound.kind == "choice":
        return (*wish.argument.split(":"), "")[1]
    return command_of(wish.argument).verb


def take(talk: StaffTalk) -> Replies:
    """``/training …`` and the buttons."""
    try:
        if talk.inbound.kind == "choice":
            return _pressed(talk)
        return _written(talk, command_of(talk.wish.argument))
    except (TrainingRefusedError, BroadcastRefusedError) as error:
        return (say(talk, str(error)),)


def roster_lines(talk: StaffTalk, training: Training) -> list[str]:
    """The list of people in order; names are hidden from whoever only reads."""
    rows = attendances.of_training(talk.session, training.key)
    names = organise_training.names_of(talk.session, rows)
    is_open = sees(talk, "training.manage", of_training(training))
    return [
        training_wording.in_roster(
            each.turn,
            names[each.key] if is_open else organise_training.hidden(names[each.key]),
            each.state,
            _notes(talk, training, each),
        )
        for each in rows
    ]


def training_buttons(training: Training) -> Rows:
    """What can be done with it now, two a row."""
    confirm = ((training_wording.CONFIRM, "confirm"),) if training.courseware and not training.confirmed_at else ()
    roster, code = (training_wording.ROSTER, "roster"), (training_wording.CODE, "code")
    verbs: Mapping[str, tuple[tuple[str, str], ...]] = {
        "draft": ((training_wording.PUBLISH, "open"), *confirm),
        "open": (roster, code, (training_wording.INVITE, "invite"), *confirm),
        "held": (roster, (training_wording.FILE, "file"), *confirm),
        "filed": (roster,),
        "cancelled": (roster,),
    }
    found = [(label, f"training:{training.id}:{verb}") for label, verb in verbs[training.state]]
    return tuple(row(*found[at : at + 2]) for at in range(0, len(found), 2))


def _written(talk: StaffTalk, command: Command) -> Replies:
    if command.verb in ("new", "save"):
        return _new(talk, command)
    if command.verb == "list":
        return _list(talk)
    if command.verb == "help":
        return (say(talk, training_wording.HOW_NEW, training_wording.HOW),)
    training = trainings.by_number(talk.session, command.number)
    if training is None:
        return (say(talk, training_wording.NO_SUCH if command.number else training_wording.HOW),)
    return _ACTS[command.verb](talk, training, command)


def _pressed(talk: StaffTalk) -> Replies:
    which, verb, turn, *_ = (*talk.wish.argument.split(":"), "", "")
    training = trainings.get(talk.session, identity(which))
    if training is None or verb not in _ACTS:
        return (say(talk, wording.STAFF_STALE),)
    return _ACTS[verb](talk, training, Command(verb, training.number, turn))


def _new(talk: StaffTalk, command: Command) -> Replies:
    """The preview, and with 保存 the draft."""
    written = training_lines.read_lines(command.lines)
    if not written:
        return (say(talk, training_wording.HOW_NEW),)
    fields = training_lines.fields_of(talk.desk, written, is_new=True)
    outlet = _outlet(talk, written.get("outlet", ""))
    made = organise_training.draft(talk.desk, fields, outlet, talk.staff)
    if command.verb == "save":
        training = organise_training.create(talk.session, talk.desk, made, talk.staff)
        return _shown(talk, training, training_wording.SAVED)
    again = f"/training 保存\n{training_lines.write_lines({**written, 'outlet': outlet_name(talk.desk, outlet)})}"
    return (say(talk, "\n".join(_facts(talk, made)), training_wording.PREVIEW, again),)


def _outlet(talk: StaffTalk, name: str) -> str:
    """Where a new training belongs: the outlet named, or that of whoever writes."""
    member = talk.desk.duty.book.member_of(talk.staff.key)
    outlet = training_lines.outlet_of(talk.desk, name) if name else member.outlet if member else ""
    if not sees(talk, "training.manage", Place(outlet)):
        own = outlet_name(talk.desk, talk.person.outlet)
        raise TrainingRefusedError(training_wording.no_option("网点", name, [own]))
    return outlet


def _list(talk: StaffTalk) -> Replies:
    found = trainings.in_states(talk.session, STATE_NAMES)
    seen = in_sight(talk, "training.list", found, of_training)
    alive = [each for each in seen if each.state in ALIVE]
    shown = (alive or seen)[:LISTED]
    zone = ZoneInfo(talk.desk.settings.time_zone)
    lines = [training_wording.in_list(each, attendances.count(talk.session, each.key), zone) for each in shown]
    buttons = tuple(row((f"{training_wording.SHOW} {each.number}", f"training:{each.id}:show")) for each in shown[:8])
    return (say(talk, "\n".join(lines) or training_wording.NO_TRAININGS, choices=buttons),)


def _show(talk: StaffTalk, training: Training, _command: Command) -> Replies:
    return _shown(talk, training)


def _shown(talk: StaffTalk, training: Training, *heads: str) -> Replies:
    counted = training_wording.counted(training, attendances.count(talk.session, training.key))
    head = f"{training.number} · {STATE_NAMES[training.state]} · {counted}"
    why = f"取消原因：{training.reason}" if training.reason else ""
    lines = "\n".join([head, *_facts(talk, training), *filter(None, [why])])
    hint = training_wording.HOW if training.state in ALIVE else ""
    return (say(talk, *heads, lines, hint, choices=training_buttons(training)),)


def _facts(talk: StaffTalk, training: Training) -> list[str]:
    zone = ZoneInfo(talk.desk.settings.time_zone)
    return training_wording.staff_facts(training, outlet_name(talk.desk, training.outlet), zone, training.confirmed_at)


def _open(talk: StaffTalk, training: Training, _command: Command) -> Replies:
    organise_training.publish(talk.session, talk.desk, training, talk.staff)
    return _shown(talk, training, training_wording.PUBLISHED)


def _edit(talk: StaffTalk, training: Training, command: Command) -> Replies:
    written = training_lines.read_lines(command.lines)
    if not written:
        return (say(talk, training_wording.EDIT_HOW.format(number=training.number)),)
    fields = training_lines.fields_of(talk.desk, written, is_new=False)
    told = organise_training.edit(talk.session, talk.desk, training, training.revision, fields, talk.staff)
    n_heard = told.n_told + told.n_untold
    return _shown(talk, training, training_wording.told(told.n_told, told.n_untold) if n_heard else "")


def _roster(talk: StaffTalk, training: Training, _command: Command) -> Replies:
    counted = training_wording.counted(training, attendances.count(talk.session, training.key))
    lines = [f"{training.number} {training.title}：{counted}", *roster_lines(talk, training)]
    if not training.takes_code(talk.now):
        return (say(talk, "\n".join(lines)),)
    expected = attendances.of_training(talk.session, training.key, "signed_up")[:MARKED]
    names = organise_training.names_of(talk.session, expected)
    is_open = sees(talk, "training.manage", of_training(training))
    marks = [
        (f"{training_wording.ATTEND} {each.turn}. {names[each.key]}"[:40], f"training:{training.id}:attend:{each.turn}")
        for each in expected
    ]
    return (say(talk, "\n".join(lines), choices=tuple(map(row, marks)) if is_open else ()),)


def _code(talk: StaffTalk, training: Training, _command: Command) -> Replies:
    zone = ZoneInfo(talk.desk.settings.time_zone)
    return (say(talk, training_wording.code(training, zone) if training.code else training_wording.CODE_LATER),)


def _person(act: Callable[[StaffTalk, Training, Attendance], None]) -> Callable[..., Replies]:
    """A step with somebody of the list."""

    def step(talk: StaffTalk, training: Training, command: Command) -> Replies:
        if not command.words:
            return (say(talk, training_wording.NAME_NEEDED),)
        found = attendances.named(talk.session, training.key, command.words)
        act(talk, training, found)
        name = organise_training.names_of(talk.session, [found])[found.key]
        return (say(talk, training_wording.noted(f"{found.turn}. {name}", found.state)),)

    return step


def _attend(talk: StaffTalk, training: Training, found: Attendance) -> None:
    organise_training.mark(talk.session, talk.desk, training, found)


def _unmark(talk: StaffTalk, training: Training, found: Attendance) -> None:
    organise_training.unmark(talk.session, talk.desk, training, found)


def _leave(talk: StaffTalk, training: Training, found: Attendance) -> None:
    organise_training.leave(talk.session, talk.desk, training, found)


def _enter(talk: StaffTalk, training: Training, command: Command) -> Replies:
    if not command.words:
        return (say(talk, training_wording.NAME_NEEDED),)
    made = attendances.enter(talk.session, training, command.words, talk.now)
    return (say(talk, training_wording.noted(f"{made.turn}. {made.name}", made.state)),)


def _erase(talk: StaffTalk, training: Training, command: Command) -> Replies:
    found = attendances.named(talk.session, training.key, command.words or "0")
    attendances.empty(talk.session, [found.key])
    return (say(talk, training_wording.erased(found.turn)),)


def _confirm(talk: StaffTalk, training: Training, _command: Command) -> Replies:
    organise_training.confirm(talk.session, talk.desk, training, talk.staff)
    return _shown(talk, training, training_wording.CONFIRMED)


def _invite(talk: StaffTalk, training: Training, _command: Command) -> Replies:
    made = organise_training.invite(talk.session, talk.desk, training, talk.staff)
    return (say(talk, training_wording.invited(made.key)),)


def _cancel(talk: StaffTalk, training: Training, command: Command) -> Replies:
    if not command.words:
        return (say(talk, training_wording.REASON_NEEDED.format(number=training.number)),)
    told = organise_training.cancel(talk.session, talk.desk, training, command.words, talk.staff)
    said = training_wording.moved(training.number, training.state)
    return (say(talk, said, training_wording.told(told.n_told, told.n_untold)),)


def _file(talk: StaffTalk, training: Training, _command: Command) -> Replies:
    organise_training.file(talk.session, talk.desk, training, talk.staff)
    return _shown(talk, training, training_wording.FILED)


def _notes(talk: StaffTalk, training: Training, each: Attendance) -> list[str]:
    """The time of a sign-in, and that nobody could write to them where there was something to tell."""
    zone = ZoneInfo(talk.desk.settings.time_zone)
    came = [f"{each.attended_at.astimezone(zone):%H:%M}"] if each.attended_at else []
    is_untold = training.notices and each.state in attendances.COMING
    return came + (["未通知"] if is_untold and organise_training.welcome(talk.session, each) is None else [])


_ACTS: Mapping[str, Callable[[StaffTalk, Training, Command], Replies]] = {
    "show": _show,
    "open": _open,
    "edit": _edit,
    "roster": _roster,
    "code": _code,
    "attend": _person(_attend),
    "unmark": _person(_unmark),
    "leave": _person(_leave),
    "enter": _enter,
    "erase": _erase,
    "confirm": _confirm,
    "invite": _invite,
    "cancel": _cancel,
    "file": _file,
}
