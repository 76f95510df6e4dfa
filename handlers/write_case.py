"""Write a typical case (典型案例) of a ticket: drafted without the person, agreed to by them, reviewed by another.

Whatever is written goes through `anonymous`, and the person's own name and enterprise go too. The client reads exactly
what would be published, in their own channel, before they decide; a changed word asks them anew. A no, or taking the
yes back, is for good: the words go at once. Whoever asks in confidence (保密) is never asked and never published.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from consultations import assets, cases, contacts, merging, numbers, seals, ticket_messages
from consultations.anonymise import anonymous, is_clean
from consultations.cases import TEXTS, CaseRefusedError, Consent, TypicalCase
from consultations.contacts import Contact
from consultations.counted_records import SOLVED, answers_about
from consultations.messages import Block
from consultations.service_items import load_pack
from consultations.tickets import Staff, Ticket
from handlers import case_wording, wording
from handlers.case_wording import PARTS
from handlers.desk import Desk
from handlers.escalate import tell_staff
from handlers.talk import office_time, row, tell
from knowledge.short_question import short_question

LONGEST: Mapping[str, int] = {"title": 40} | dict.fromkeys(("needed", "done", "result", "evaluation"), 1500)
MOST_ASKED = 3  # times one person is asked about one case
_SHORTEST_NAME = 2  # characters of a name that is looked for
_CLOSED = ("closed", "archived")


@dataclass(frozen=True)
class Written:
    """A text as it was written, and as it stands without the person."""

    original: str
    text: str

    @property
    def is_struck(self) -> bool:
        """Whether anything was taken out."""
        return self.original != self.text


# --- making and changing


def originals(session: Session, ticket: Ticket) -> dict[str, str]:
    """What a ticket says for each part of a case, in the words that were used: who may see it may see the ticket."""
    messages = ticket_messages.of_ticket(session, ticket.key)
    asked = ticket.question
    if asked == wording.NO_QUESTION_YET:
        asked = next((each.text for each in ticket_messages.words_of_asker(session, ticket.key) if each.text), "")
    replies = [each.text.strip() for each in messages if each.author == "staff" and each.text.strip()]
    answers = answers_about(session, [ticket.key]).get(ticket.key, {})
    score, words = answers.get("score", ""), answers.get("words", "")
    return {
        "needed": asked,
        "done": "\n".join(replies),
        "result": "服务对象确认问题已经解决。" if answers.get("solved") == SOLVED else "咨询已办结。",
        "evaluation": "；".join(filter(None, (score, words))),
    }


def without_people(session: Session, ticket_id: int, text: str) -> str:
    """The text without the asker of the ticket and of those merged with it: by rules, and without their names here."""
    for name in _names(session, ticket_id):
        text = text.replace(name, "某单位" if len(name) > 4 else "某某")
    return anonymous(text)


def make(session: Session, desk: Desk, ticket: Ticket, by: Staff) -> TypicalCase:
    """The draft of a case, or the living one of the same ticket.

    Raises:
        CaseRefusedError: Nothing may be told of this ticket, or there is nothing to tell.
    """
    contact = session.get_one(Contact, ticket.contact_id)
    made = cases.of_ticket(session, ticket.key)
    if any(each.consent in ("refused", "withdrawn") for each in made):
        raise CaseRefusedError(case_wording.said_no(ticket.number))
    _refuse_unfit(contact, ticket)
    for each in made:
        if each.is_alive:
            return each
    found = originals(session, ticket)
    texts: dict[str, Any] = {
        name: without_people(session, ticket.key, text)[: LONGEST[name]] for name, text in found.items()
    }
    if not found["done"]:
        raise CaseRefusedError(case_wording.WITHOUT_REPLY)
    now = desk.now()
    case = TypicalCase(
        number=numbers.next_number(session, numbers.CASE, office_time(desk.settings).day(now)),
        ticket_id=ticket.key,
        contact_id=ticket.contact_id,
        service_item=ticket.service_item if ticket.service_item in load_pack().items else "",
        title=short_question(texts["needed"], LONGEST["title"]) if is_clean(texts["needed"]) else "",
        **texts,
        author=by.key,
        author_name=by.name,
        created_at=now,
        changed_at=now,
    )
    return cases.create(session, case, by, now)


def edit(  # noqa: PLR0913, PLR0917  who changes what, having read which revision
    session: Session, desk: Desk, case: TypicalCase, seen: int, typed: Mapping[str, Any], by: Staff
) -> dict[str, Written]:
    """The parts that changed, each as it was typed and as it stands now; unchanged ones change nothing.

    Raises:
        CaseRefusedError: It is no draft, changed since it was read, or a text is too long.
    """
    written = {name: Written(_tidy(typed[name]), "") for name in TEXTS if name in typed}
    for name, each in written.items():
        if len(each.original) > LONGEST[name]:
            raise CaseRefusedError(case_wording.too_long(PARTS[name], LONGEST[name]))
        written[name] = Written(each.original, without_people(session, case.ticket_id, each.original))
    changes: dict[str, Any] = {name: each.text for name, each in written.items() if each.text != getattr(case, name)}
    names = [PARTS[name] for name in changes]
    if typed.get("is_public", case.is_public) != case.is_public:
        changes["is_public"] = typed["is_public"]
        names.append("是否在网站公开")
    if changes:
        cases.edit(session, case, seen, changes, by, desk.now(), note=case_wording.changed(names))
    return {name: each for name, each in written.items() if name in changes or each.is_struck}


def lacks(case: TypicalCase) -> list[str]:
    """What a case still needs before anybody could be asked or review it, in words."""
    missing = [PARTS[name] for name in TEXTS if not getattr(case, name)]
    return missing + ([] if all(is_clean(getattr(case, name)) for name in TEXTS) else [case_wording.PERSONAL])


def parts_of(case: TypicalCase) -> list[tuple[str, str]]:
    """A case part by part: what it is called, what it says."""
    return [(PARTS[name], getattr(case, name)) for name in TEXTS]


# --- the moves of staff


def ask(session: Session, desk: Desk, case: TypicalCase, by: Staff) -> None:
    """The client reads what would be published and has two buttons; not in the quiet hours.

    Raises:
        CaseRefusedError: It is not complete, they were asked before, or can't be asked.
    """
    if not case.is_open:
        raise cases.IllegalMoveError(case, "ask")
    if missing := lacks(case):
        raise CaseRefusedError(case_wording.lacks(missing))
    if case.consent in ("asked", "given"):
        raise CaseRefusedError(case_wording.ASKED_ALREADY if case.consent == "asked" else case_wording.AGREED_ALREADY)
    if _times_asked(session, case) >= MOST_ASKED:
        raise CaseRefusedError(case_wording.ASKED_ENOUGH)
    contact = _where(session, case, desk.now())
    cases.ask(session, case, by, desk.now())
    buttons = (_button(case, case_wording.AGREE, "yes"), _button(case, case_wording.REFUSE, "no"))
    _tell(session, desk, contact, consent_words(session, case), buttons)


def consent_words(session: Session, case: TypicalCase) -> str:
    """The very words the client is asked with."""
    number = session.get_one(Ticket, case.ticket_id).number
    return case_wording.consent(number, parts_of(case), is_public=case.is_public)


def submit(session: Session, desk: Desk, case: TypicalCase, seen: int, by: Staff) -> None:
    """It waits for somebody else's review.

    Raises:
        CaseRefusedError: It is not complete, or is no draft.
    """
    if missing := lacks(case):
        raise CaseRefusedError(case_wording.lacks(missing))
    cases.move(session, case, "in_review", by, desk.now(), seen=seen)


def give_back(  # noqa: PLR0913, PLR0917  which text, by whom, why
    session: Session, desk: Desk, case: TypicalCase, seen: int, by: Staff, note: str = ""
) -> None:
    """Back to whoever writes it.

    Raises:
        CaseRefusedError: It is not under review.
    """
    cases.move(session, case, "draft", by, desk.now(), seen=seen, note=note[:500])


def publish(session: Session, desk: Desk, case: TypicalCase, seen: int, by: Staff) -> None:
    """It stands in reports, collections and, where the client agreed to it, on the public page; the client hears of it.

    Raises:
        CaseRefusedError: One's own words, not agreed to, not under review, or somebody asks in confidence by now.
    """
    contact = session.get_one(Contact, case.contact_id)
    if contact.is_secret:
        raise CaseRefusedError(case_wording.CONFIDENTIAL)
    if missing := lacks(case):
        raise CaseRefusedError(case_wording.lacks(missing))
    cases.move(session, case, "published", by, desk.now(), seen=seen)
    if contact.is_welcome_to_unasked:
        _tell(session, desk, contact, case_wording.published(case.title), (_withdraw_button(case),))


def withdraw(  # noqa: PLR0913, PLR0917  which text, by whom, why
    session: Session, desk: Desk, case: TypicalCase, seen: int, by: Staff, note: str = ""
) -> None:
    """Taken down by staff; it can be written anew.

    Raises:
        CaseRefusedError: It is over already.
    """
    cases.move(session, case, "withdrawn", by, desk.now(), seen=seen, note=note[:500])


# --- what the client decides


def agree(session: Session, desk: Desk, case: TypicalCase, seen: int) -> None:
    """Yes, to these words.

    Raises:
        CaseRefusedError: The words changed since they were read, or it is over.
    """
    words = consent_words(session, case)
    cases.agree(session, case, seen, words, case_wording.CONSENT_VERSION, desk.now())
    _tell_staff(session, desk, case, case_wording.staff_agreed(case.number))


def refuse(session: Session, desk: Desk, case: TypicalCase) -> None:
    """No, for good: its words go."""
    _take_back(session, case, "refused", desk.now())
    _tell_staff(session, desk, case, case_wording.staff_refused(case.number))


def take_back(session: Session, desk: Desk, case: TypicalCase) -> None:
    """Yes no more: it leaves wherever it stands, its words go, staff hear what to do."""
    was_published = case.state == "published"
    _take_back(session, case, "withdrawn", desk.now())
    _tell_staff(session, desk, case, case_wording.staff_withdrawn(case.number, was_published=was_published))


def take_all_back(session: Session, desk: Desk, contact: Contact) -> int:
    """How many living cases of this person, on every channel of theirs, are told no more."""
    found = [each for each in of_person(session, contact) if each.is_alive]
    for each in found:
        take_back(session, desk, each)
    return len(found)


def of_person(session: Session, contact: Contact) -> list[TypicalCase]:
    """The cases of one person, on every channel of theirs."""
    theirs = (contact, *contacts.others_of(session, contact))
    return [case for each in theirs for case in cases.of_contact(session, each.key)]


def forget(session: Session, contact_id: int, now: datetime) -> None:
    """One person is erased: whatever was told of them leaves, its words go. Sealed by whoever erases."""
    for each in cases.of_contact(session, contact_id):
        cases.take_back(session, each, "withdrawn", cases.client(each), now)


# --- steps


def _take_back(session: Session, case: TypicalCase, consent: Consent, now: datetime) -> None:
    cases.take_back(session, case, consent, cases.client(case), now)
    seals.seal_erased(session, "typical_case", [case.key])
    lines = [each.id for each in cases.history_of(session, case.key) if each.id is not None]
    seals.seal_erased(session, "typical_case_event", lines)


def _refuse_unfit(contact: Contact, ticket: Ticket) -> None:
    if contact.is_secret or contact.erased_at is not None:
        raise CaseRefusedError(case_wording.CONFIDENTIAL)
    if ticket.state not in _CLOSED:
        raise CaseRefusedError(case_wording.not_closed(ticket.number))
    if ticket.reason == "complaint":
        raise CaseRefusedError(case_wording.is_complaint(ticket.number))


def _names(session: Session, ticket_id: int) -> list[str]:
    """What the askers are called here, the longest first; not what is an everyday word of ours."""
    ours = "".join(each.name for each in load_pack().items.values())
    askers = {each.contact_id for each in merging.merged_with(session, ticket_id)}
    ledgers = [assets.of_contact(session, each) for each in askers]
    found = {session.get_one(Contact, each).name.strip() for each in askers}
    found |= {each.enterprise.strip() for each in ledgers if each}
    return sorted((each for each in found if len(each) >= _SHORTEST_NAME and each not in ours), key=len, reverse=True)


def _where(session: Session, case: TypicalCase, now: datetime) -> Contact:
    """The channel on which the person is asked: that of the ticket, or another of theirs that is open."""
    own = session.get_one(Contact, case.contact_id)
    theirs = [each for each in (own, *contacts.others_of(session, own)) if each.is_welcome_to_unasked]
    if own.is_secret or not theirs:
        raise CaseRefusedError(case_wording.CONFIDENTIAL if own.is_secret else case_wording.NOBODY_TO_ASK)
    return next((each for each in theirs if each.is_reachable(now)), theirs[0])


def _times_asked(session: Session, case: TypicalCase) -> int:
    return sum(each.consent == "asked" for each in cases.history_of(session, case.key))


def _button(case: TypicalCase, label: str, verb: str) -> tuple[str, str]:
    return label, f"story:{case.id}:{verb}:{case.revision}"


def _withdraw_button(case: TypicalCase) -> tuple[str, str]:
    return _button(case, case_wording.WITHDRAW, "stop")


def _tell(session: Session, desk: Desk, contact: Contact, text: str, buttons: Sequence[tuple[str, str]]) -> None:
    due_at = office_time(desk.settings).after_quiet(desk.now())
    tell(session, contact, (Block("text", text),), desk.now(), choices=(row(*buttons),), due_at=due_at)


def _tell_staff(session: Session, desk: Desk, case: TypicalCase, text: str) -> None:
    tell_staff(session, desk, session.get_one(Ticket, case.ticket_id), (Block("text", text),), desk.now())


def _tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").strip().split("\n"))
