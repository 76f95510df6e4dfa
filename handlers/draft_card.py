"""Draft a card (转为知识卡片草稿): one action makes of a closed ticket, or of a gap, what could answer everybody.

What takes time (who else asked, which card is near, which articles the reply names) is looked up before the session
opens. Doing it twice gives the same draft; a question an existing card or an open draft answers is offered to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlmodel import Session

from consultations import card_drafts, ticket_messages, tickets
from consultations.anonymise import anonymous, is_clean
from consultations.card_drafts import LONGEST_TITLE, AskedBefore, CardDraft
from consultations.tickets import Staff, Ticket
from consultations.unanswered import Unanswered, anonymous_questions, of_ticket, unanswered
from handlers import opinion_wording, wording
from handlers.desk import Desk
from handlers.find_gaps import DAYS, find_gaps
from handlers.talk import office_time
from knowledge.cited import CitedArticle
from knowledge.cluster import ALIKE
from knowledge.shelf import NearCard
from knowledge.short_question import short_question

Wanted = Literal["", "new", "wording"]
LONGEST_WORDING, LONGEST_ANSWER, LONGEST_REPLY = 90, 300, 3000  # characters
_MOST_WORDINGS, _SHORTEST_WORDING = 16, 4
_GENERAL_SERVICE = "B08"


@dataclass(frozen=True)
class Prospect:
    """What a draft would be made of. `refusal` says why there can be none; `similar_id` is an open draft that asks the
    same, `asked_id` the question somebody pointed at.
    """

    source: str = ""
    title: str = ""
    titled_by: int | None = None
    askers: tuple[AskedBefore, ...] = ()
    paragraphs: tuple[str, ...] = ()
    cited: tuple[CitedArticle, ...] = ()
    service_item: str = ""
    ticket_id: int | None = None
    near: NearCard | None = None
    similar_id: int | None = None
    asked_id: int | None = None
    refusal: str = ""

    @property
    def wordings(self) -> tuple[str, ...]:
        """The wordings of all who asked, each once."""
        return tuple(dict.fromkeys(each.wording for each in self.askers if each.wording))[:_MOST_WORDINGS]

    @property
    def offer(self) -> NearCard | None:
        """The card that probably has the answer already."""
        return self.near if self.near and self.near.is_likely and not self.near.is_empty else None


Outcome = Literal["made", "existing", "joined", "offered", "refused"]


@dataclass(frozen=True)
class Drafted:
    """What became of the wish: a draft ``made``, the ``existing`` one of this source, an open one it ``joined``;
    ``offered`` to a card first; or ``refused``.
    """

    outcome: Outcome
    draft: CardDraft | None = None
    offer: NearCard | None = None
    reason: str = ""


# --- looking, before a session that writes ---


def look_at_ticket(desk: Desk, ticket_id: int | None) -> Prospect:
    """What a draft of this ticket would be made of."""
    with desk.reading() as session:
        ticket = tickets.get(session, ticket_id)
        if ticket is None:
            return Prospect(refusal=wording.WHICH_TICKET)
        if ticket.state != "closed":
            return Prospect(refusal=wording.draft_of_open_ticket(ticket.number))
        if ticket.reason == "complaint":
            return Prospect(refusal=opinion_wording.NOT_CARDS)
        replies = [each.text for each in ticket_messages.of_ticket(session, ticket.key) if each.author == "staff"]
        paragraphs = _paragraphs(replies)
        if not paragraphs:
            refusal = wording.draft_without_words if any(replies) else wording.draft_without_reply
            return Prospect(refusal=refusal(ticket.number))
        asked, own_words = of_ticket(session, ticket.key), anonymous(_question(session, ticket))
        session.expunge_all()  # plain values from here on: the session's end would expire them
    found = _asked(desk, asked, also=own_words)
    title = short_question(own_words, LONGEST_TITLE) or found.title
    day = office_time(desk.settings).day(desk.now())
    return _placed(
        desk,
        replace(
            found,
            source=f"ticket:{ticket.id}",
            title=title,
            paragraphs=paragraphs,
            cited=desk.shelf.cited("\n".join(paragraphs), day),
            service_item=_service(ticket.service_item, found.service_item),
            ticket_id=ticket.id,
        ),
        day,
    )


def look_at_gap(desk: Desk, consultation_id: int | None) -> Prospect:
    """What a draft of the gap around this question would be made of; staff write its answer."""
    gaps = find_gaps(desk, limit=100_000, with_cards=False)
    gap = next((each for each in gaps if any(one.consultation_id == consultation_id for one in each.asked)), None)
    if gap is None:
        return Prospect(source=f"gap:{consultation_id}", asked_id=consultation_id, refusal=wording.GAP_GONE)
    found = _asked(desk, [each.consultation_id for each in gap.asked])
    service = next((each.service_item for each in reversed(gap.asked)), "")
    day = office_time(desk.settings).day(desk.now())
    source = f"gap:{gap.cluster.typical.key}"
    return _placed(desk, replace(found, source=source, service_item=_service(service, "")), day)


def who_else_asked(desk: Desk, draft: CardDraft) -> tuple[AskedBefore, ...]:
    """Everybody whose unanswered question the draft answers and who is not linked to it yet."""
    texts = [each for each in (draft.title, *draft.variants) if each]
    with desk.reading() as session:
        return tuple(
            AskedBefore(each.contact_id, each.consultation_id) for each in _alike(session, desk, texts, frozenset())
        )


# --- making ---


def make_draft(  # noqa: PLR0913  whose wish, when, which of two
    session: Session, desk: Desk, prospect: Prospect, staff: Staff, now: datetime, *, wanted: Wanted = ""
) -> Drafted:
    """The draft of a prospect, or what stands in its way; safe to call again, also by two at once."""
    existing = card_drafts.of_source(session, prospect.source) or _linked(session, prospect)
    if existing is not None:
        _complete(session, existing, prospect, staff, now)
        return Drafted("existing", existing)
    if prospect.refusal:
        return Drafted("refused", reason=prospect.refusal)
    if not prospect.title:
        return Drafted("refused", reason=wording.DRAFT_WITHOUT_QUESTION)
    similar = card_drafts.get(session, prospect.similar_id)
    if similar is not None and similar.is_open and not wanted:
        card_drafts.link(session, similar, prospect.askers)
        _complete(session, similar, prospect, staff, now)
        _widen(session, desk, similar, prospect, staff, now)
        return Drafted("joined", similar)
    if prospect.offer is not None and not wanted:
        return Drafted("offered", offer=prospect.offer)
    draft, is_new = card_drafts.create(session, _draft(desk, prospect, staff, now, wanted), prospect.askers, now)
    return Drafted("made" if is_new else "existing", draft)


def _draft(desk: Desk, prospect: Prospect, staff: Staff, now: datetime, wanted: Wanted) -> CardDraft:
    near = prospect.near
    if wanted == "wording" and near is not None:
        kind, card_id, title, titled_by = "wording", near.card_id, near.title, None
    elif near is not None and near.is_empty and near.is_likely and wanted != "new":
        kind, card_id, title, titled_by = "card", near.card_id, near.title, None
    else:
        kind, card_id, title, titled_by = "card", "", prospect.title, prospect.titled_by
    first, *further = prospect.paragraphs if kind == "card" and prospect.paragraphs else ("",)
    since, until = days_of(prospect.cited)
    is_card = kind == "card"
    return CardDraft(
        source=prospect.source,
        kind=kind,
        card_id=card_id,
        title=title,
        variants=_new_wordings(desk, prospect.wordings, card_id, title, now),
        answer=first,
        details=further,
        citations=citations_of(prospect.cited) if is_card else [],
        service_item=prospect.service_item if is_card else "",
        effective_from=since if is_card else None,
        effective_to=until if is_card else None,
        titled_by=titled_by,
        ticket_id=prospect.ticket_id,
        author=staff.key,
        author_name=staff.name,
        created_at=now,
        changed_at=now,
    )


def _new_wordings(desk: Desk, wordings: Sequence[str], card_id: str, title: str, now: datetime) -> list[str]:
    """The wordings the card does not have yet."""
    card = desk.shelf.version_on(card_id, office_time(desk.settings).day(now)) if card_id else None
    known = {title, *((card.title, *card.variants) if card else ())}
    return [each for each in wordings if each not in known]


def days_of(cited: Iterable[CitedArticle]) -> tuple[date | None, date | None]:
    """The days on which all these sources are law; ``None`` is open."""
    found = list(cited)
    starts = [each.effective_from for each in found if each.effective_from]
    ends = [each.effective_to for each in found if each.effective_to]
    return max(starts, default=None), min(ends, default=None)


def citations_of(cited: Iterable[CitedArticle]) -> list[dict[str, Any]]:
    """The sources as a draft keeps them."""
    found = [each.citation for each in cited]
    return [
        {"law": each.law, "version": each.version, "article": each.article, "proof": list(each.proof)} for each in found
    ]


def _linked(session: Session, prospect: Prospect) -> CardDraft | None:
    """A living draft that has one of these questions already."""
    asked = [each.consultation_id for each in prospect.askers]
    return card_drafts.of_consultations(session, [*asked, *([prospect.asked_id] if prospect.asked_id else [])])


def _complete(session: Session, draft: CardDraft, prospect: Prospect, staff: Staff, now: datetime) -> None:
    """Give a draft that still lacks its answer the one of this ticket."""
    if draft.state != "draft" or draft.kind != "card" or draft.answer or not prospect.paragraphs:
        return
    first, *further = prospect.paragraphs
    since, until = days_of(prospect.cited)
    changes: dict[str, Any] = {"answer": first, "details": further, "citations": citations_of(prospect.cited)}
    changes |= {"effective_from": since, "effective_to": until}
    card_drafts.edit(session, draft.key, staff, changes, now, reason=wording.DRAFT_ANSWERED_BY_TICKET)


def _widen(  # noqa: PLR0913, PLR0917  whose words go where, by whom, when
    session: Session, desk: Desk, draft: CardDraft, prospect: Prospect, staff: Staff, now: datetime
) -> None:
    """Give a draft the wordings of those who joined it."""
    found = _new_wordings(desk, prospect.wordings, draft.card_id, draft.title, now)
    words = [each for each in found if each not in draft.variants]
    if draft.state == "draft" and words:
        changes = {"variants": [*draft.variants, *words][:_MOST_WORDINGS]}
        card_drafts.edit(session, draft.key, staff, changes, now, reason=wording.DRAFT_WIDENED)


# --- what it is made of ---


def _question(session: Session, ticket: Ticket) -> str:
    """What the ticket asks; the asker's first words on it when it was opened without a question."""
    if ticket.question != wording.NO_QUESTION_YET:
        return ticket.question
    said = (each.text for each in ticket_messages.words_of_asker(session, ticket.key) if each.text)
    return next(said, "")


def _asked(desk: Desk, consultation_ids: Sequence[int], also: str = "") -> Prospect:
    """Everybody who asked one of these questions, or the same in other words, with their wordings."""
    with desk.reading() as session:
        own = anonymous_questions(session, consultation_ids)
        texts = [text for _, text in own.values()] or [also]
        alike = [each.consultation_id for each in _alike(session, desk, texts[:3], frozenset(own))]
        everybody = own | anonymous_questions(session, alike)
    askers = tuple(AskedBefore(contact_id, number, _usable(text)) for number, (contact_id, text) in everybody.items())
    titles = ((each.consultation_id, short_question(each.wording, LONGEST_TITLE)) for each in askers if each.wording)
    titled_by, title = next(titles, (None, ""))
    return Prospect(title=title, titled_by=titled_by, askers=askers)


def _alike(session: Session, desk: Desk, texts: Sequence[str], known: frozenset[int]) -> list[Unanswered]:
    """The unanswered questions like one of these texts that no draft answers yet."""
    taken = card_drafts.linked(session) | known
    likeness = desk.shelf.likeness
    weighed = [likeness.weighed(each) for each in texts]
    return [
        each
        for each in unanswered(session, desk.now() - timedelta(days=DAYS))
        if each.consultation_id not in taken
        and max((likeness.of(likeness.weighed(each.text), one) for one in weighed), default=0.0) >= ALIKE
    ]


def _usable(text: str) -> str:
    """The wording a card may have of an anonymous question; empty when too little or something personal is left."""
    short = short_question(text, LONGEST_WORDING)
    return short if is_clean(short) and len(short) >= _SHORTEST_WORDING else ""


def _paragraphs(replies: Iterable[str]) -> tuple[str, ...]:
    """The replies as the paragraphs of an answer, anonymous: the first is the answer, the rest are details."""
    said = "\n".join(filter(None, (anonymous(each) for each in replies)))
    lines = [line.strip() for line in said[:LONGEST_REPLY].splitlines() if line.strip()]
    return tuple(lines)


def _service(*codes: str) -> str:
    return next((each for each in codes if each and each != "out_of_scope"), _GENERAL_SERVICE)


def _placed(desk: Desk, prospect: Prospect, day: date) -> Prospect:
    """The prospect with the nearest card and the open draft that asks the same."""
    near = desk.shelf.nearest(prospect.title, day) if prospect.title else None
    with desk.reading() as session:
        open_drafts = card_drafts.in_states(session, card_drafts.OPEN)
        similar = next((each.id for each in open_drafts if _asks(desk, each, prospect)), None)
    return replace(prospect, near=near, similar_id=similar)


def _asks(desk: Desk, draft: CardDraft, prospect: Prospect) -> bool:
    if draft.source == prospect.source:
        return False
    texts = [each for each in (draft.title, *draft.variants) if each]
    return any(desk.shelf.likeness(prospect.title, each) >= ALIKE for each in texts)
