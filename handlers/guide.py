"""Guides (引导): a list, one question after the other, and at the end an answer with its sources, archived like any."""

from __future__ import annotations

from consultations import dialogue
from consultations.archive import Consultation
from consultations.messages import Block
from handlers import ask, wording
from handlers.escalate import hand_over, relay
from handlers.filing import file
from handlers.guide_buttons import AWAITING, end_rows, human, list_rows, place_left, step_rows
from handlers.situation import Situation
from handlers.talk import Replies, Rows, Talk, everyday_choices, human_row, row, say
from knowledge.guide_walk import Place, is_number
from knowledge.passages import Answer


def show_list(talk: Talk) -> Replies:
    """All guides as buttons."""
    if not talk.desk.guides.titles:
        return (say(talk, wording.NO_GUIDES, choices=everyday_choices()),)
    return (say(talk, wording.GUIDES, choices=(*list_rows(talk), human_row())),)


def start(talk: Talk) -> Replies:
    """The first question of a guide; an unknown one shows the list."""
    place = talk.desk.guides.start(talk.wish.argument)
    return _show(talk, place) if place else show_list(talk)


def step(talk: Talk) -> Replies:
    """Where a pressed button leads; a button from before the guide was changed starts it anew."""
    place = talk.desk.guides.at(talk.wish.argument)
    return _show(talk, place) if place else _start_anew(talk, talk.wish.argument)


def leave(talk: Talk) -> Replies:
    """Out of the guide."""
    dialogue.await_words(talk.dialogue, "", talk.now)
    return (say(talk, wording.GUIDE_LEFT, choices=everyday_choices()),)


# --- answers typed instead of pressed --------------------------------------------------------------------------------


def is_typed(situation: Situation) -> bool:
    """Words that answer the step shown last: an option, a number, or back, anew, out. Anything else is a question."""
    if situation.inbound.kind != "text" or situation.wish.verb or not situation.awaiting.startswith(AWAITING):
        return False
    if situation.text in wording.GUIDE_WORDS or is_number(situation.text):
        return True
    place = situation.desk.guides.at(situation.awaiting.removeprefix(AWAITING))
    return place is not None and place.meant(situation.text) is not None


def take_typed(talk: Talk) -> Replies:
    """The same as the button that was meant."""
    place = place_left(talk)
    if place is None:
        return _start_anew(talk, talk.dialogue.awaiting.removeprefix(AWAITING))
    said = talk.text
    if said in wording.LEAVE_WORDS:
        return leave(talk)
    if said in wording.BACK_WORDS:
        return _show(talk, place.before())
    if said in wording.AGAIN_WORDS:
        return _show(talk, Place(place.guide))
    meant = place.meant(said)
    return _show(talk, place.after(meant)) if meant else _show(talk, place, wording.no_such_option(_n_options(place)))


# --- what is shown ---------------------------------------------------------------------------------------------------


def _show(talk: Talk, place: Place, note: str = "") -> Replies:
    return _ask(talk, place, note) if place.step else _tell(talk, place)


def _ask(talk: Talk, place: Place, note: str) -> Replies:
    assert place.step is not None
    dialogue.await_words(talk.dialogue, f"{AWAITING}{place.token}", talk.now)
    intro = Block("text", place.guide.intro if not place.path else "")
    progress = Block("note", wording.guide_progress(place.guide.title, place.number, place.most))
    blocks = (Block("note", note), intro, Block("lead", place.step.ask), Block("text", place.step.hint), progress)
    return (say(talk, *(each for each in blocks if each.text), choices=step_rows(place)),)


def _tell(talk: Talk, place: Place) -> Replies:
    """The ending, filed as a consultation whose question is the way taken."""
    answer = talk.desk.guides.answer(place, talk.office.day(talk.now))
    dialogue.await_words(talk.dialogue, "", talk.now)
    dialogue.remember(talk.dialogue, place.title, talk.now)
    consultation = file(talk, answer, answer.question)
    blocks = ask.compose(answer)
    if answer.action == "escalate":
        blocks += hand_over(talk, consultation, "weak")
    elif talk.ticket is not None:
        relay(talk, talk.ticket, f"{place.told}\n{wording.guide_told(place.title)}", consultation)
        consultation.ticket_id = talk.ticket.id
        blocks += (Block("note", wording.answered_beside_ticket(talk.ticket.number)),)
    message = say(talk, *blocks, choices=_ending_rows(talk, place, answer, consultation))
    consultation.reply = message.plain_text
    return (message,)


def _ending_rows(talk: Talk, place: Place, answer: Answer, consultation: Consultation) -> Rows:
    further = talk.desk.guides.next_guides(place, talk.office.day(talk.now))
    guides = tuple(row((wording.try_guide(each.title), f"guide:{each.guide_id}")) for each in further)
    related = tuple(row((title, f"card:{card_id}")) for card_id, title in answer.related)
    judged = row((wording.GOOD, f"good:{consultation.id}"), (wording.BAD, f"bad:{consultation.id}"))
    return (*guides, *related, (*judged, human(place)), *end_rows(place))


def _start_anew(talk: Talk, token: str) -> Replies:
    """The guide was changed after the button was shown: say so, and begin at its first question."""
    place = talk.desk.guides.start(token.partition(":")[0])
    if place is None:
        return (say(talk, wording.GUIDE_GONE, choices=(*list_rows(talk), *everyday_choices())),)
    return _show(talk, place, wording.GUIDE_CHANGED)


def _n_options(place: Place) -> int:
    return len(place.step.options) if place.step else 0
