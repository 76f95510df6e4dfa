"""The buttons of guides (引导): the options of a step, the way back and out, and the offer below an answer."""

from __future__ import annotations

from consultations import dialogue
from consultations.dialogue import Dialogue
from consultations.messages import Choice
from handlers import wording
from handlers.talk import Rows, Talk, column, row
from knowledge.guide_walk import Place
from knowledge.passages import Answer

AWAITING = "guide:"  # what the dialogue waits for at a step: an option, typed instead of pressed


def list_rows(talk: Talk) -> Rows:
    """One button for each guide."""
    return column((title, f"guide:{guide_id}") for guide_id, title in talk.desk.guides.titles)


def step_rows(place: Place) -> Rows:
    """The options of a step, one a row, and below them the ways back, anew, out, and to a person."""
    options = place.step.options if place.step else ()
    chosen = ((each.label, f"step:{place.after(number).token}") for number, each in enumerate(options, start=1))
    return (*column(chosen), (*_back_row(place), *row((wording.LEAVE_GUIDE, "leave")), human(place)))


def end_rows(place: Place) -> Rows:
    """The ways back and anew below an ending."""
    return (_back_row(place),)


def human(place: Place) -> Choice:
    """A person, who gets the way taken along."""
    return Choice(wording.HUMAN, f"human:{place.token}")


def offer_rows(talk: Talk, answer: Answer, question: str) -> Rows:
    """Below an answer: back into the guide that was left for it, else a guide that closely fits the question."""
    if left := place_left(talk):
        dialogue.await_words(talk.dialogue, "", talk.now)
        return (row((wording.back_to_guide(left.guide.title), f"step:{left.token}")),)
    fitting = talk.desk.guides.offered_for(question) if answer.label == "question" else None
    return (row((wording.try_guide(fitting.title), f"guide:{fitting.guide_id}")),) if fitting else ()


def place_left(talk: Talk) -> Place | None:
    """The step whose answer the talk waits for."""
    return talk.desk.guides.at(token_awaited(talk.dialogue, talk))


def token_awaited(state: Dialogue, talk: Talk) -> str:
    """The token of the step whose answer is awaited, else ``""``."""
    awaiting = state.waits_for(talk.now)
    return awaiting.removeprefix(AWAITING) if awaiting.startswith(AWAITING) else ""


def _back_row(place: Place) -> tuple[Choice, ...]:
    again = row((wording.GUIDE_AGAIN, f"guide:{place.guide.guide_id}"))
    return (*row((wording.GUIDE_BACK, f"step:{place.before().token}")), *again) if place.path else ()
