"""A questionnaire (问卷) in conversation: question after question, by button, poll or typed words; over every channel.

A button carries the asking, the question's place and its mark: one made for other options is recognised as old. In an
anonymous survey the message that answers is blanked in our records in the same turn (`keep_no_trace`), and what we say
is not kept once it is out: questions and ticks tell what was answered before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import Session

from consultations import dialogue, outbox, surveys
from consultations.contacts import Contact
from consultations.messages import Block, Outbound
from consultations.questionnaires import SATISFACTION, Question, Questionnaire
from consultations.surveys import SurveyAsking, SurveyResponse
from handlers import wording
from handlers.desk import Desk
from handlers.situation import Situation
from handlers.talk import (
    AFTERCARE_PRIORITY,
    CONFIDENTIAL,
    Replies,
    Rows,
    Talk,
    column,
    everyday_choices,
    human_row,
    office_time,
    row,
    say,
)
from handlers.wish import identity

AWAITED = "survey:"  # survey:<asking>:<survey>:<place of the question>
ROUND = "round:1"  # the occasion of whoever begins by themselves and was not asked in any round
_NUMBERS = re.compile(r"\d{1,2}")


@dataclass(frozen=True)
class _Sheet:
    """One person's questionnaire as it stands: what was asked, and what was answered so far."""

    asking: SurveyAsking
    survey: Questionnaire
    response: SurveyResponse | None
    given: Mapping[str, Sequence[str]]  # settled answers
    drafted: Mapping[str, Sequence[str]]  # options chosen so far where several may be

    def place(self, question: Question) -> int:
        return self.survey.questions.index(question)

    @property
    def open_question(self) -> Question | None:
        """The first question that applies and has no answer yet."""
        return next((each for each in self.survey.visible(self.given) if each.question_id not in self.given), None)


# --- asking


def send(session: Session, desk: Desk, asking: SurveyAsking, contact: Contact, now: datetime) -> bool:
    """Whether the invitation went out; not when the questionnaire is gone, closed or was answered meanwhile."""
    survey = desk.settings.surveys.by_id.get(asking.survey)
    if survey is None or survey.state_on(office_time(desk.settings).day(now)) == "closed":
        asking.state = "cancelled"
        return False
    remind_at = now + timedelta(hours=survey.remind_after_hours) if survey.remind_after_hours else None
    if remind_at is not None:
        remind_at = office_time(desk.settings).after_quiet(remind_at)
    if not surveys.mark_sent(session, asking, contact.channel, now=now, remind_at=remind_at):
        return False
    sheet = _sheet(session, desk, asking, survey)
    message = _invitation(contact, sheet, (wording.survey_invitation(survey.name), survey.intro))
    outbox.enqueue(session, message, now=now, dedupe_key=f"asking:{asking.id}", priority=AFTERCARE_PRIORITY)
    return True


def send_reminders(session: Session, desk: Desk, now: datetime) -> int:
    """How many people were reminded; once each, nobody who answered, withdrew or can't answer any more."""
    return sum(_remind(session, desk, each, now) for each in surveys.list_to_remind(session, now))


def _remind(session: Session, desk: Desk, asking: SurveyAsking, now: datetime) -> bool:
    survey = desk.settings.surveys.by_id.get(asking.survey)
    contact = session.get_one(Contact, asking.contact_id)
    is_open = survey is not None and survey.state_on(office_time(desk.settings).day(now)) == "open"
    is_wanted = survey is not None and is_open and contact.is_welcome_to_unasked and not _is_done(session, desk, asking)
    if not surveys.mark_reminded(session, asking, now, is_sent=is_wanted) or survey is None or not is_wanted:
        return False
    sheet = _sheet(session, desk, asking, survey)
    message = _invitation(contact, sheet, (wording.survey_reminder(survey.name, survey.closes),))
    key = f"asking:{asking.id}:reminder"
    outbox.enqueue(session, message, now=now, dedupe_key=key, priority=AFTERCARE_PRIORITY)
    return True


def _is_done(session: Session, desk: Desk, asking: SurveyAsking) -> bool:
    response = _sheet(session, desk, asking, _book(desk)[asking.survey]).response
    return response is not None and response.finished_at is not None


def plan_for(session: Session, desk: Desk, survey: Questionnaire, contact_ids: Sequence[int], occasion: str) -> int:
    """How many people will be asked: at once, or on the morning it opens. Who was planned before is left out."""
    office, now = office_time(desk.settings), desk.now()
    opens = office.at(survey.open_from, desk.settings.working_hours[0]) if survey.open_from else now
    due_at = office.after_quiet(max(now, opens))
    return sum(surveys.plan(session, survey.survey_id, occasion, each, due_at) for each in contact_ids)


# --- in the talk


def show_list(talk: Talk) -> Replies:
    """问卷: those anybody may begin now, and those this person was asked and has not finished."""
    today = talk.office.day(talk.now)
    found = [each for each in _book(talk.desk).values() if each.listed and each.state_on(today) == "open"]
    if not found:
        return (say(talk, wording.NO_SURVEYS, choices=everyday_choices()),)
    buttons = column((each.name, f"survey:{each.survey_id}") for each in found)
    return (say(talk, wording.SURVEYS, choices=(*buttons, human_row())),)


def begin(talk: Talk) -> Replies:
    """A pressed ``survey:<id>``: the first question, or where it was left."""
    survey = _book(talk.desk).get(talk.wish.argument)
    if survey is None or survey.survey_id == SATISFACTION or not survey.listed:
        return (say(talk, wording.SURVEY_GONE, choices=everyday_choices()),)
    asking = surveys.newest(talk.session, survey.survey_id, talk.contact.key)
    if asking is None:
        surveys.plan(talk.session, survey.survey_id, ROUND, talk.contact.key, talk.now)
        asking = surveys.newest(talk.session, survey.survey_id, talk.contact.key)
    assert asking is not None
    surveys.mark_begun(asking, talk.contact.channel, talk.now)
    refused = _refusal(talk, asking, survey)
    if refused:
        return (say(talk, refused, choices=everyday_choices()),)
    return _go_on(talk, _sheet(talk.session, talk.desk, asking, survey), survey.intro)


def take_choice(talk: Talk) -> Replies:
    """A pressed ``q:<asking>:<place>:<mark>:<what>``, or a vote in a poll of that key. A vote taken back is nothing."""
    if talk.inbound.kind == "vote" and not talk.inbound.votes:
        return ()
    asking_id, place, mark, what, *_ = (*talk.wish.argument.split(":"), "", "", "", "")
    found = _open_sheet(talk, asking_id)
    if not isinstance(found, _Sheet):
        return found
    question = _at(found.survey, place)
    if question is None or question.mark != mark or not question.applies(found.given):
        return _go_on(talk, found, wording.SURVEY_CHANGED)
    if talk.inbound.kind == "vote":
        what = str(talk.inbound.votes[0])
    return _take(talk, found, question, what)


def is_typed(situation: Situation) -> bool:
    """Words typed where a question of a survey waits for them; what fits no option is a question of its own."""
    if situation.inbound.kind != "text" or situation.wish.verb or not situation.awaiting.startswith(AWAITED):
        return False
    _, _, survey_id, place = situation.awaiting.split(":")
    survey = situation.desk.settings.surveys.by_id.get(survey_id)
    question = _at(survey, place) if survey else None
    return question is not None and bool(_typed(question, situation.text))


def take_typed(talk: Talk) -> Replies:
    """The typed answer: words, or the numbers or names of options, or 跳过."""
    _, asking_id, _, place = talk.dialogue.awaiting.split(":")
    dialogue.await_words(talk.dialogue, "", talk.now)
    found = _open_sheet(talk, asking_id)
    if not isinstance(found, _Sheet):
        return found
    question = _at(found.survey, place)
    chosen = _typed(question, talk.text) if question else ()
    if question is None or not chosen or not question.applies(found.given):
        return _go_on(talk, found, wording.SURVEY_CHANGED)
    return _settle(talk, found, question, [] if chosen == (wording.SKIP,) else list(chosen))


def _take(talk: Talk, sheet: _Sheet, question: Question, what: str) -> Replies:
    """What a button or a vote says about a question."""
    drafted = list(sheet.drafted.get(question.question_id, ()))
    if what == "skip" and not question.required:
        return _settle(talk, sheet, question, [])
    if what == "write" and question.kind == "text":
        return _go_on(talk, sheet, at=question)
    if what == "done" and question.kind == "multi":
        if not drafted:
            return _go_on(talk, sheet, wording.CHOOSE_ONE, at=question)
        return _settle(talk, sheet, question, drafted)
    if not what.isdecimal() or int(what) >= len(question.options):
        return _go_on(talk, sheet, wording.SURVEY_CHANGED)
    return _choose(talk, sheet, question, question.options[int(what)])


def _choose(talk: Talk, sheet: _Sheet, question: Question, option: str) -> Replies:
    """An option was pressed: where several may be chosen, a second press takes it back."""
    if question.kind != "multi":
        return _settle(talk, sheet, question, [option])
    chosen = set(sheet.drafted.get(question.question_id, ())) ^ {option}
    in_order = [each for each in question.options if each in chosen]
    response = _response(talk, sheet)
    surveys.put(talk.session, response, question.question_id, in_order, now=talk.now, is_settled=False)
    return _go_on(talk, _again(talk, sheet), at=question)


def _settle(talk: Talk, sheet: _Sheet, question: Question, chosen: list[str]) -> Replies:
    """The answer is given: what no longer applies is taken back, and the next question comes."""
    response, is_words = _response(talk, sheet), question.kind == "text"
    surveys.put(talk.session, response, question.question_id, chosen, now=talk.now, is_words=is_words)
    sheet = _again(talk, sheet)
    visible = {each.question_id for each in sheet.survey.visible(sheet.given)}
    surveys.drop_answers(talk.session, response, sorted(set(sheet.given) - visible), talk.now)
    return _go_on(talk, _again(talk, sheet))


def _go_on(talk: Talk, sheet: _Sheet, lead: str = "", *, at: Question | None = None) -> Replies:
    """The question at hand, or the thanks when there is none left."""
    keep_no_trace(talk, sheet.survey)
    question = at or sheet.open_question
    if question is None:
        surveys.finish(_response(talk, sheet), talk.now)
        dialogue.await_words(talk.dialogue, "", talk.now)  # which question was the last tells an answer too
        thanks = sheet.survey.thanks or wording.SURVEY_DONE
        return (say(talk, lead, thanks, choices=everyday_choices()),)
    waits_for = f"{AWAITED}{sheet.asking.id}:{sheet.survey.survey_id}:{sheet.place(question)}"
    dialogue.await_words(talk.dialogue, waits_for, talk.now)
    blocks = (Block("text", lead), *_blocks(sheet, question))
    said = say(talk, *(each for each in blocks if each.text), choices=_buttons(sheet, question))
    return (replace(said, is_fleeting=sheet.survey.anonymous),)


def keep_no_trace(talk: Talk, survey: Questionnaire) -> None:
    """What an anonymous answer said does not stay with who said it."""
    if survey.anonymous:
        talk.received.text, talk.received.action, talk.received.attachments = "", CONFIDENTIAL, []


def _open_sheet(talk: Talk, asking_id: str) -> _Sheet | Replies:
    """The person's own sheet that can be filled in; else the sentence that says why not."""
    asking = surveys.owned(talk.session, identity(asking_id), talk.contact.key)
    if asking is None:
        return (say(talk, wording.STALE_PRESS, choices=everyday_choices()),)
    survey = _book(talk.desk).get(asking.survey)
    if survey is None:
        return (say(talk, wording.SURVEY_GONE, choices=everyday_choices()),)
    keep_no_trace(talk, survey)
    refused = _refusal(talk, asking, survey)
    if refused:
        return (say(talk, refused, choices=everyday_choices()),)
    return _sheet(talk.session, talk.desk, asking, survey)


def _refusal(talk: Talk, asking: SurveyAsking, survey: Questionnaire) -> str:
    """Why nothing can be answered here, empty when it can."""
    state = survey.state_on(talk.office.day(talk.now))
    if state == "closed" and survey.closes:
        return wording.survey_closed(survey.name, survey.closes)
    if state == "early" and survey.open_from:
        return wording.survey_early(survey.name, survey.open_from)
    response = _sheet(talk.session, talk.desk, asking, survey).response
    return wording.survey_answered(survey.name) if response is not None and response.finished_at else ""


def _response(talk: Talk, sheet: _Sheet) -> SurveyResponse:
    respondent = _respondent(talk.desk, sheet.asking, sheet.survey)
    return surveys.begin(talk.session, sheet.asking, respondent, talk.contact.channel, talk.now)


def _respondent(desk: Desk, asking: SurveyAsking, survey: Questionnaire) -> str:
    key = desk.settings.survey_key if survey.anonymous else None
    return surveys.respondent_of(asking.contact_id, f"{survey.survey_id}:{asking.occasion}", key=key)


def _sheet(session: Session, desk: Desk, asking: SurveyAsking, survey: Questionnaire) -> _Sheet:
    response = surveys.response_of(session, asking.survey, asking.occasion, _respondent(desk, asking, survey))
    answers = surveys.answers_of(session, response)
    given = {question: each.chosen for question, each in answers.items() if each.is_settled}
    drafted = {question: each.chosen for question, each in answers.items() if not each.is_settled}
    return _Sheet(asking, survey, response, given, drafted)


def _again(talk: Talk, sheet: _Sheet) -> _Sheet:
    return _sheet(talk.session, talk.desk, sheet.asking, sheet.survey)


def _book(desk: Desk) -> Mapping[str, Questionnaire]:
    return desk.settings.surveys.by_id


def _at(survey: Questionnaire, place: str) -> Question | None:
    known = place.isdecimal() and int(place) < len(survey.questions)
    return survey.questions[int(place)] if known else None


def _typed(question: Question, text: str) -> tuple[str, ...]:
    """What was typed as an answer to the question; empty when it is none."""
    text = text.strip()
    if text == wording.SKIP and not question.required:
        return (wording.SKIP,)
    if question.kind == "text":
        return (text,) if text else ()
    if text in question.options:
        return (text,)
    numbers = [int(each) for each in _NUMBERS.findall(text)] if re.fullmatch(r"[\d\s、，,.。和]+", text) else []
    fit = numbers and all(1 <= each <= len(question.options) for each in numbers)
    if not fit or (question.kind != "multi" and len(numbers) != 1):
        return ()
    return tuple(question.options[each - 1] for each in sorted(set(numbers)))


# --- showing a question


def _invitation(contact: Contact, sheet: _Sheet, leads: Sequence[str]) -> Outbound:
    """What nobody waits for: the invitation with its first question, as a poll where that is all there is to it."""
    question = sheet.open_question or sheet.survey.questions[0]
    lead = tuple(Block("text", each) for each in leads if each)
    if _is_poll(sheet.survey, question):
        key = f"q:{sheet.asking.id}:{sheet.place(question)}:{question.mark}"
        blocks = (*lead, Block("text", question.text))
        return Outbound(contact.address, blocks, kind="survey", poll_options=question.options, poll_key=key)
    blocks, is_fleeting = (*lead, *_blocks(sheet, question)), sheet.survey.anonymous
    return Outbound(contact.address, blocks, _buttons(sheet, question), kind="survey", is_fleeting=is_fleeting)


def _is_poll(survey: Questionnaire, question: Question) -> bool:
    """One question with one answer, and nothing secret: a native poll says it best."""
    return len(survey.questions) == 1 and not survey.anonymous and question.kind in ("single", "scale")


def _blocks(sheet: _Sheet, question: Question) -> tuple[Block, ...]:
    visible = sheet.survey.visible(sheet.given)
    number = visible.index(question) + 1 if question in visible else len(visible)
    is_only = len(sheet.survey.questions) == 1
    head = "" if is_only else wording.survey_progress(number, len(sheet.survey.questions))
    how = {"multi": wording.CHOOSE_SEVERAL, "text": wording.WRITE_HERE}.get(question.kind, "")
    chosen = sheet.drafted.get(question.question_id, ())
    shown = (head, question.text, wording.survey_chosen(chosen) if chosen else how)
    return tuple(Block("note" if each is head else "text", each) for each in shown if each)


def _buttons(sheet: _Sheet, question: Question) -> Rows:
    def action(what: object) -> str:
        return f"q:{sheet.asking.id}:{sheet.place(question)}:{question.mark}:{what}"

    chosen = sheet.drafted.get(question.question_id, ())
    options = [(f"✓ {each}" if each in chosen else each, action(n)) for n, each in enumerate(question.options)]
    more = [(wording.CHOSEN, action("done"))] if question.kind == "multi" else []
    more += [(wording.WRITE, action("write"))] if question.kind == "text" else []
    more += [] if question.required else [(wording.SKIP, action("skip"))]
    return (*column(options), *((row(*more),) if more else ()), human_row())
