"""Review a card draft (审核): edit, submit, give back, reject, publish, take down; for every door.

Four eyes, a source that proves it, and nothing personal left: else it is refused with the reason. Publishing writes the
card file first and commits afterwards; when the process dies in between, the file is healed from the database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from consultations import card_drafts, outbox
from consultations.anonymise import is_clean
from consultations.card_drafts import LONGEST_TITLE, AskedBefore, CardDraft, IllegalMoveError, SameEyesError
from consultations.permissions import Person, may
from consultations.service_items import load_pack
from consultations.tickets import Staff
from handlers import wording
from handlers.desk import Desk
from handlers.draft_card import citations_of, days_of, who_else_asked
from handlers.published_cards import published_text
from handlers.talk import office_time
from handlers.tell_askers import key_of

LONGEST_TEXT = 3000  # characters of one field


class DraftRefusedError(Exception):
    """What was wanted of a draft can't be done; the message says why and what helps."""


@dataclass(frozen=True)
class TriedOut:
    """Whether a draft could be published, found out before the session opens: for this text of it only. `joining` are
    those who asked the same since.
    """

    draft_id: int
    revision: int
    reasons: tuple[str, ...] = ()
    joining: tuple[AskedBefore, ...] = ()


def edit_draft(  # noqa: PLR0913  who changes what of which draft, when, having read which revision
    session: Session,
    draft_id: int,
    staff: Staff,
    changes: Mapping[str, Any],
    now: datetime,
    *,
    seen: int | None = None,
) -> CardDraft:
    """The draft with other values; unchanged ones change nothing. `seen`: the revision that was read.

    Raises:
        DraftRefusedError: It is not there, not a draft any more, changed since it was read, or a value is too long.
    """
    draft = _found(session, draft_id)
    different = {name: value for name, value in changes.items() if value != getattr(draft, name)}
    if not different:
        return draft
    _refuse_too_long(different)
    reason = wording.draft_edited([wording.DRAFT_FIELDS[name] for name in different])
    try:
        return card_drafts.edit(session, draft_id, staff, different, now, reason=reason, seen=seen)
    except IllegalMoveError as error:
        is_draft = error.draft.state == "draft"
        raise DraftRefusedError(wording.DRAFT_CHANGED if is_draft else str(error)) from error


def read_change(desk: Desk, draft: CardDraft, name: str, words: str, person: Person) -> dict[str, Any]:
    """The changes a person means who writes `words` for one field; empty words empty it.

    Sources are named as in 《专利法》第四十二条; what proves them is looked for in the answer. A new answer brings the
    sources it names. A draft goes to no outlet whose drafts `person` may not write.

    Raises:
        DraftRefusedError: The words mean nothing for this field, or that is not theirs.
    """
    words = words.strip()
    if name in ("details", "variants", "negatives"):
        return {name: [line.strip() for line in words.splitlines() if line.strip()]}
    if name in ("effective_from", "effective_to", "review_due"):
        return {name: _read_day(words)}
    if name == "outlet":
        return {"outlet": _outlet(desk, draft, words, person)}
    if name == "service_item" and words not in load_pack().items:
        raise DraftRefusedError(wording.unknown_service(words))
    if name == "citations":
        return _sources(desk, draft, words, draft.answer)
    if name == "answer":
        return {"answer": words, **_sources(desk, draft, words, words, kept=draft.citations)}
    return {name: words}


def _sources(
    desk: Desk, draft: CardDraft, named: str, answer: str, *, kept: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """The sources named, and those the draft had, with what proves the answer; those of the draft keep their proof."""
    day = office_time(desk.settings).day(desk.now())
    had = [wording.basis(each["law"], each["article"], each["version"]) for each in kept]
    found = desk.shelf.cited("；".join((named, *had)), day, "\n".join((named, answer, *draft.details)))
    since, until = days_of(found)
    proven = {(each["law"], each["article"]): each for each in kept if each["proof"]}
    citations = [proven.get((each["law"], each["article"]), each) for each in citations_of(found)]
    return {"citations": citations, "effective_from": since, "effective_to": until} if citations else {}


def _outlet(desk: Desk, draft: CardDraft, words: str, person: Person) -> str:
    """The id of the outlet whose askers alone a card answers; "" for everybody's."""
    if draft.overrides and words != draft.outlet:
        raise DraftRefusedError(wording.OVERRIDE_STAYS)
    found = desk.duty.book.outlet_named(words)
    theirs = [each for each in desk.duty.book.outlets.values() if may(person, "draft.write", each.outlet_id)]
    if words and found not in theirs:
        raise DraftRefusedError(wording.no_outlet(words, [each.name for each in theirs]))
    return found.outlet_id if found else ""


def _read_day(words: str) -> date | None:
    if not words:
        return None
    try:
        return date.fromisoformat(words)
    except ValueError as error:
        raise DraftRefusedError(wording.no_day(words)) from error


def _refuse_too_long(changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        several = value if isinstance(value, list) else [value]
        texts = [each for each in several if isinstance(each, str)]
        longest = LONGEST_TITLE if name == "title" else LONGEST_TEXT
        if any(len(each) > longest for each in texts):
            raise DraftRefusedError(wording.draft_too_long(wording.DRAFT_FIELDS[name], longest))


def submit_draft(session: Session, draft_id: int, staff: Staff, now: datetime) -> CardDraft:
    """The draft, waiting for somebody else's review.

    Raises:
        DraftRefusedError: It lacks something, or is not a draft.
    """
    draft = _found(session, draft_id)
    if faults := lacks(draft):
        raise DraftRefusedError(wording.draft_lacks(faults))
    return _move(session, draft_id, "in_review", staff, now)


def return_draft(session: Session, draft_id: int, staff: Staff, now: datetime, reason: str = "") -> CardDraft:
    """The draft, back with whoever writes it.

    Raises:
        DraftRefusedError: It is not under review.
    """
    return _move(session, draft_id, "draft", staff, now, reason)


def reject_draft(session: Session, draft_id: int, staff: Staff, now: datetime, reason: str = "") -> CardDraft:
    """The draft, turned down for good.

    Raises:
        DraftRefusedError: It is not under review, or one's own.
    """
    return _move(session, draft_id, "rejected", staff, now, reason)


def try_out(desk: Desk, draft_id: int) -> TriedOut:
    """Whether the draft could be published today; opens a reading session, takes up to a second."""
    with desk.reading() as session:
        draft = card_drafts.get(session, draft_id)
        if draft is None:
            return TriedOut(draft_id, 0, (wording.no_draft(draft_id),))
        text = published_text(session, desk, also=draft)
        session.expunge_all()  # plain values from here on: the session's end would expire them
    if draft.state != "in_review":
        return TriedOut(draft_id, draft.revision, (str(IllegalMoveError(draft, "published")),))
    day = office_time(desk.settings).day(desk.now())
    faults = [wording.draft_lacks(found)] if (found := lacks(draft)) else []
    if draft.kind == "wording":
        card = desk.shelf.version_on(draft.card_id, day)
        faults += [wording.DRAFT_CARD_GONE] if card is None or card.is_empty else []
    card_ids = [draft.card_id] if draft.kind == "card" else []
    reasons = tuple(faults) or desk.shelf.try_out(text, card_ids, day)
    return TriedOut(draft_id, draft.revision, reasons, () if reasons else who_else_asked(desk, draft))


def publish_draft(session: Session, desk: Desk, tried: TriedOut, staff: Staff, now: datetime) -> CardDraft:
    """The draft, published by somebody who did not write it: its card answers within seconds, in every process.

    Raises:
        DraftRefusedError: One's own, changed since it was tried out, a source does not hold, or the file can't be
            written; nothing is changed then.
    """
    draft = _found(session, tried.draft_id)
    if draft.state != "in_review":
        raise DraftRefusedError(str(IllegalMoveError(draft, "published")))
    try:
        card_drafts.refuse_author(draft, staff)
    except SameEyesError as error:
        raise DraftRefusedError(str(error)) from error
    if draft.revision != tried.revision:
        raise DraftRefusedError(wording.DRAFT_CHANGED)
    if tried.reasons:
        raise DraftRefusedError(wording.draft_unproven(tried.reasons))
    _store(desk, published_text(session, desk, also=draft))
    card_drafts.link(session, draft, tried.joining)
    return _move(session, draft.key, "published", staff, now)


def withdraw_draft(  # noqa: PLR0913  who takes what down, when, why
    session: Session, desk: Desk, draft_id: int, staff: Staff, now: datetime, *, reason: str = ""
) -> CardDraft:
    """The draft, taken down: a published card answers no more, and nobody else is told of it.

    Raises:
        DraftRefusedError: There is nothing to take down, or the file can't be written.
    """
    draft = _found(session, draft_id)
    if draft.state == "published":
        _store(desk, published_text(session, desk, without=draft.id))
        outbox.cancel_keys(session, key_of(draft.key))
    return _move(session, draft_id, "withdrawn", staff, now, reason)


def lacks(draft: CardDraft) -> list[str]:
    """What a draft still needs before anybody could review it, in words."""
    if draft.kind == "wording":
        needed = {wording.DRAFT_FIELDS["variants"]: bool(draft.variants)}
    else:
        unproven = [
            wording.basis(each["law"], each["article"], each["version"])
            for each in draft.citations
            if not each.get("proof")
        ]
        needed = {
            wording.DRAFT_FIELDS["title"]: bool(draft.title) and len(draft.title) <= LONGEST_TITLE,
            wording.DRAFT_FIELDS["answer"]: bool(draft.answer),
            wording.DRAFT_NO_SOURCE: bool(draft.citations),
            wording.draft_proof(unproven): not unproven,
            wording.DRAFT_FIELDS["service_item"]: bool(draft.service_item),
            wording.DRAFT_FIELDS["override_reason"]: bool(draft.override_reason.strip()) or not draft.overrides,
        }
    texts = (draft.title, draft.answer, *draft.variants, *draft.negatives, *draft.details)
    needed[wording.DRAFT_PERSONAL] = all(is_clean(each) for each in texts)
    return [name for name, is_there in needed.items() if not is_there]


def _store(desk: Desk, text: str) -> None:
    try:
        desk.shelf.store(text)
    except OSError as error:
        raise DraftRefusedError(wording.cards_unwritable(error.strerror or str(error))) from error


def _found(session: Session, draft_id: int) -> CardDraft:
    draft = card_drafts.get(session, draft_id)
    if draft is None:
        raise DraftRefusedError(wording.no_draft(draft_id))
    return draft


def _move(  # noqa: PLR0913, PLR0917
    session: Session, draft_id: int, target: card_drafts.State, staff: Staff, now: datetime, reason: str = ""
) -> CardDraft:
    try:
        return card_drafts.move(session, draft_id, target, staff, now, reason=reason[:500])
    except (IllegalMoveError, SameEyesError) as error:
        raise DraftRefusedError(str(error)) from error
    except LookupError as error:
        raise DraftRefusedError(wording.no_draft(draft_id)) from error
