"""Taking part in trainings (培训) in the conversation: what is open, one tap to sign up, giving it up, 签到.

The sign-in code is shown at the place. Whoever guesses has few tries; whoever is there without having signed up is
offered to be entered.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from consultations import attendances, contacts, dialogue, received, trainings
from consultations.attendances import Attendance
from consultations.messages import Block
from consultations.trainings import Training, TrainingRefusedError
from handlers import organise_training, training_wording, wording
from handlers.organise_training import leave_row
from handlers.situation import Situation
from handlers.talk import Replies, Rows, Talk, everyday_choices, human_row, row, say
from handlers.training_lines import outlet_name
from handlers.wish import identity

SIGN_IN, NAMING = "sign_in", "training"  # the route that is counted; what the dialogue waits for
SHOWN = 8
TRIES, TRIES_WITHIN = 5, timedelta(minutes=10)
_LONGEST_ASKING = 25  # characters; longer ones ask something of their own
_ASKS = re.compile(
    r"(?:有|办|开|搞|组织|安排)(?:了|过)?(?:什么|哪些|啥|没有|没)?.{0,8}(?:培训|讲座)|"
    r"(?:培训|讲座).{0,4}(?:有哪些|有什么|有吗|有没有|安排|预告|什么时候|几号|哪天)|"
    r"^(?:培训|讲座)(?:活动|安排|预告)?[？?。！!\s]*$|"
    r"(?:报名|参加|报).{0,8}(?:培训|讲座)|(?:培训|讲座).{0,6}报名"
)
_ASKS_ELSE = re.compile(r"考试|资格|代理师|取消|投诉|收费|补贴|费用|证书|需求|邀请|给我们|上门|到企业|来企业|差|骗")


def asks(situation: Situation) -> bool:
    """A plain question what trainings there are, while there are some; else it is answered as any other."""
    text = situation.text
    is_plain = situation.inbound.kind == "text" and situation.wish.verb in ("", "ask")
    if not is_plain or len(text) > _LONGEST_ASKING or not _ASKS.search(text) or _ASKS_ELSE.search(text):
        return False
    with situation.desk.reading() as session:
        return bool(trainings.open_at(session, situation.now))


def show_list(talk: Talk) -> Replies:
    """培训: what one may sign up for, each a tap away; what one signed up for is marked."""
    found = trainings.open_at(talk.session, talk.now)[:SHOWN]
    if not found:
        return (say(talk, training_wording.NONE_OPEN, choices=everyday_choices()),)
    blocks = [Block("text", _described(talk, at, each)) for at, each in enumerate(found, start=1)]
    buttons: Rows = tuple(row(_button(talk, at, each)) for at, each in enumerate(found, start=1))
    return (say(talk, Block("lead", training_wording.OPEN_LEAD), *blocks, choices=(*buttons, human_row())),)


def press(talk: Talk) -> Replies:
    """A button about a training: ``join``, ``leave`` or ``name``."""
    which, _, verb = talk.wish.argument.partition(":")
    training = trainings.get(talk.session, identity(which))
    if training is None or training.state == "draft" or verb not in ("join", "leave", "name"):
        return (say(talk, wording.STALE_PRESS, choices=everyday_choices()),)
    try:
        return {"join": _join, "leave": _leave, "name": _ask_name}[verb](talk, training)
    except TrainingRefusedError:
        return (say(talk, training_wording.GONE, choices=(row((training_wording.LIST, "trainings")),)),)


def sign_in(talk: Talk) -> Replies:
    """签到 and the code; a button of `_offer` carries it too."""
    code, _, is_sure = talk.wish.argument.partition(":")
    if not re.fullmatch(r"\d{6}", code, re.ASCII):
        return (say(talk, training_wording.CODE_PROMPT, choices=(human_row(),)),)
    if received.count_route(talk.session, talk.contact.key, SIGN_IN, talk.now - TRIES_WITHIN) > TRIES:
        return (say(talk, training_wording.GUESSED_ENOUGH, choices=(human_row(),)),)
    training = trainings.with_code(talk.session, code, talk.now)
    if training is None:
        return (say(talk, training_wording.CODE_WRONG, choices=(human_row(),)),)
    return _signed_in(talk, training, is_sure=is_sure == "yes")


def take_name(talk: Talk) -> Replies:
    """The name and organisation for the list, as they were asked for."""
    which = identity(talk.dialogue.awaiting.partition(":")[2])
    dialogue.await_words(talk.dialogue, "", talk.now)
    found = attendances.get(talk.session, which)
    if found is None or found.contact_id not in _channels(talk):
        return (say(talk, wording.STALE_PRESS, choices=everyday_choices()),)
    found.name = " ".join(talk.inbound.text.split())[: attendances.LONGEST_NAME]
    return (say(talk, training_wording.NAME_KEPT),)


def own(talk: Talk) -> tuple[list[str], Rows]:
    """What stands under 我的咨询: the trainings ahead, with a button to give each up."""
    lines, buttons = [], []
    for key in _channels(talk):
        for each in attendances.of_contact(talk.session, key):
            training = trainings.get(talk.session, each.training_id)
            if training is None or each.state == "withdrawn" or training.ends_at < talk.now:
                continue
            state = "已取消举办" if training.state == "cancelled" else attendances.STATE_NAMES[each.state]
            when = training_wording.when(training, _zone(talk))
            lines.append(f"{training.number} · {state} · {when} · {training.place} · {training.title}")
            if training.takes_sign_ups(talk.now):
                label = f"{training_wording.LEAVE} {training.number}"
                buttons.append(row((label, f"training:{training.key}:leave")))
    return lines, tuple(buttons)


# --- steps


def _join(talk: Talk, training: Training) -> Replies:
    name = "" if talk.contact.is_secret else talk.contact.name
    channel = talk.contact.channel
    mine = attendances.join(talk.session, training, _channels(talk), name, channel, talk.now)
    if mine.state == "attended":
        return (say(talk, training_wording.attended_before(training)),)
    is_reached = talk.contact.is_welcome_to_unasked
    if mine.state == "waiting":
        place = [each.key for each in attendances.of_training(talk.session, training.key, "waiting")].index(mine.key)
        said = training_wording.waiting(training, place + 1, _zone(talk), is_reached=is_reached)
        silent = "" if is_reached else training_wording.NO_PLACE
    else:
        said = training_wording.signed_up(training, _zone(talk))
        silent = "" if is_reached else training_wording.NO_REMINDER
    name_row = row((training_wording.GIVE_NAME, f"training:{training.key}:name"))
    return (say(talk, said, silent, choices=(leave_row(training), name_row)),)


def _leave(talk: Talk, training: Training) -> Replies:
    mine = attendances.find(talk.session, training.key, _channels(talk))
    if mine is None or mine.state not in attendances.COMING:
        return (say(talk, training_wording.NOT_IN),)
    organise_training.leave(talk.session, talk.desk, training, mine)
    return (say(talk, training_wording.LEFT, choices=(row((training_wording.LIST, "trainings")),)),)


def _ask_name(talk: Talk, training: Training) -> Replies:
    mine = attendances.find(talk.session, training.key, _channels(talk))
    if mine is None or mine.state == "withdrawn":
        return (say(talk, training_wording.NOT_IN),)
    dialogue.await_words(talk.dialogue, f"{NAMING}:{mine.key}", talk.now)
    return (say(talk, training_wording.NAME_PROMPT),)


def _signed_in(talk: Talk, training: Training, *, is_sure: bool) -> Replies:
    mine = attendances.find(talk.session, training.key, _channels(talk))
    if mine is not None and mine.state == "attended":
        return (say(talk, training_wording.attended_before(training)),)
    if not is_sure and (mine is None or mine.state == "withdrawn"):
        offer = row((training_wording.ENTER_ME, f"{SIGN_IN}:{training.code}:yes"))
        return (say(talk, training_wording.not_in_list(training), choices=(offer,)),)
    name = "" if talk.contact.is_secret else talk.contact.name
    channel = talk.contact.channel
    came = attendances.attend(talk.session, training, _channels(talk), name, channel, talk.now)
    organise_training.mark(talk.session, talk.desk, training, came)
    name_row = row((training_wording.GIVE_NAME, f"training:{training.key}:name"))
    return (say(talk, training_wording.attended(training), choices=(name_row,)),)


def _described(talk: Talk, at: int, training: Training) -> str:
    n_waiting = attendances.count(talk.session, training.key)["waiting"]
    seats = training_wording.seats(attendances.seats_left(talk.session, training), n_waiting)
    by = outlet_name(talk.desk, training.outlet)
    return "\n".join(
        filter(None, (f"{at}. {training_wording.about(training, _zone(talk))}", by and f"主办：{by}", seats))
    )


def _button(talk: Talk, at: int, training: Training) -> tuple[str, str]:
    mine: Attendance | None = attendances.find(talk.session, training.key, _channels(talk))
    if mine is not None and mine.state != "withdrawn":
        return f"{training_wording.LEAVE} {at}", f"training:{training.key}:leave"
    is_full = attendances.seats_left(talk.session, training) == 0
    label = training_wording.WAIT if is_full else training_wording.SIGN_UP
    return f"{label} {at}", f"training:{training.key}:join"


def _channels(talk: Talk) -> Sequence[int]:
    """The person's contacts, the one they write on first."""
    return [each.key for each in (talk.contact, *contacts.others_of(talk.session, talk.contact))]


def _zone(talk: Talk) -> ZoneInfo:
    return ZoneInfo(talk.settings.time_zone)
