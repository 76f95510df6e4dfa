"""Card drafts (卡片草稿): what staff answered, on its way to a card everybody gets.

草稿 draft → 待审核 in_review → 已发布 published, or 未通过 rejected, or 已撤下 withdrawn; a reviewer may give it back.
Four eyes: whoever wrote the last word of a draft is its author, and somebody else reviews it. `move` is the only
function that changes a state; it refuses illegal moves and one's own review, and writes the history. The files of the
published cards are derived from these rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint, delete, func, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col, select

from consultations.tickets import Staff, Ticket

Kind = Literal["card", "wording"]
State = Literal["draft", "in_review", "published", "rejected", "withdrawn"]

STATE_NAMES: Mapping[str, str] = {
    "draft": "草稿",
    "in_review": "待审核",
    "published": "已发布",
    "rejected": "未通过",
    "withdrawn": "已撤下",
}
LEGAL_ORIGINS: Mapping[State, frozenset[State]] = {
    "draft": frozenset({"in_review"}),
    "in_review": frozenset({"draft"}),
    "published": frozenset({"in_review"}),
    "rejected": frozenset({"in_review"}),
    "withdrawn": frozenset({"draft", "in_review", "published"}),
}
OPEN: tuple[State, ...] = ("draft", "in_review")
_IS_ALIVE = "state IN ('draft', 'in_review', 'published')"
LONGEST_TITLE = 30  # characters (docs/cards.md)
_REVIEWS = ("published", "rejected")
_TEXTS: Mapping[str, Any] = {
    "title": "",
    "variants": [],
    "negatives": [],
    "answer": "",
    "details": [],
    "citations": [],
}
EDITABLE = (*_TEXTS, "service_item", "effective_from", "effective_to", "review_due", "outlet", "override_reason")


class IllegalMoveError(Exception):
    """A draft was to change in a way it can't from where it is, or it changed in the meantime."""

    def __init__(self, draft: CardDraft, target: str) -> None:
        super().__init__(f"草稿 {draft.id} 现在是“{STATE_NAMES[draft.state]}”，不能{_DOINGS[target]}。")
        self.draft, self.target = draft, target


class SameEyesError(Exception):
    """The author was to review their own words."""

    def __init__(self, draft: CardDraft, name: str) -> None:
        super().__init__(f"草稿 {draft.id} 最后由 {name} 编写，须由另一位工作人员审核。")


_DOINGS: Mapping[str, str] = {
    "edit": "修改：请先退回成草稿",
    "draft": "退回",
    "in_review": "提交审核",
    "published": "发布：先提交审核",
    "rejected": "判为未通过",
    "withdrawn": "撤下",
}


class CardDraft(SQLModel, table=True):
    """One draft. A ``card`` draft is a card of its own (`card_id` new, or that of an empty card it fills in); a
    ``wording`` draft adds `variants` to the card `card_id`.

    `source` is where it came from: ``ticket:<id>``, ``gap:<consultation id>`` or ``override:<outlet>:<card id>``; one
    living draft for each source. With an `outlet` (网点) its card answers only who belongs there; with `overrides` it
    does so instead of that card, for `override_reason`; `overrides_version` is what that card was when somebody last
    looked.
    `citations` are ``{law, version, article, proof}``, `titled_by` is the consultation whose words the title is, while
    nobody changed it. `revision` counts the changes of its text: a reviewer publishes
    the text they read.
    """

    __tablename__ = "card_draft"
    __table_args__ = (
        Index(
            "ix_card_draft_source",
            "source",
            unique=True,
            sqlite_where=text(_IS_ALIVE),
            postgresql_where=text(_IS_ALIVE),
        ),
        Index("ix_card_draft_state", "state", "id"),
        CheckConstraint("reviewer = '' OR (reviewer <> author AND reviewer_name <> author_name)", name="four_eyes"),
        CheckConstraint("state <> 'published' OR reviewer <> ''", name="published_is_reviewed"),
    )

    id: int | None = Field(default=None, primary_key=True)
    source: str
    kind: str
    state: str = "draft"
    card_id: str = ""
    title: str = ""
    variants: list[str] = Field(default_factory=list, sa_type=JSON)
    negatives: list[str] = Field(default_factory=list, sa_type=JSON)
    answer: str = ""
    details: list[str] = Field(default_factory=list, sa_type=JSON)
    citations: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    service_item: str = ""
    effective_from: date | None = None
    effective_to: date | None = None
    review_due: date | None = None
    outlet: str = ""
    overrides: str = ""
    override_reason: str = ""
    overrides_version: str = ""
    titled_by: int | None = None
    ticket_id: int | None = Field(default=None, foreign_key="ticket.id", index=True)
    author: str
    author_name: str
    reviewer: str = ""
    reviewer_name: str = ""
    revision: int = 1
    created_at: datetime
    changed_at: datetime
    published_at: datetime | None = None

    @property
    def key(self) -> int:
        """The id of a stored draft."""
        assert self.id is not None
        return self.id

    @property
    def is_open(self) -> bool:
        """Whether it is still on its way."""
        return self.state in OPEN


class CardDraftEvent(SQLModel, table=True):
    """One line of a draft's history: a change of state, or of its text (both states equal)."""

    __tablename__ = "card_draft_event"

    id: int | None = Field(default=None, primary_key=True)
    draft_id: int = Field(foreign_key="card_draft.id", index=True)
    from_state: str
    to_state: str
    actor: str
    actor_name: str
    reason: str = ""
    at: datetime


class CardDraftAsker(SQLModel, table=True):
    """One question a draft answers, and who asked it. `wording` is what of it stands in the draft, anonymous."""

    __tablename__ = "card_draft_asker"
    __table_args__ = (UniqueConstraint("draft_id", "consultation_id"),)

    id: int | None = Field(default=None, primary_key=True)
    draft_id: int = Field(foreign_key="card_draft.id", index=True)
    contact_id: int = Field(foreign_key="contact.id", index=True)
    consultation_id: int = Field(foreign_key="consultation.id")
    wording: str = ""


@dataclass(frozen=True)
class AskedBefore:
    """Who asked what, before it is linked to a draft."""

    contact_id: int
    consultation_id: int
    wording: str = ""


def create(session: Session, draft: CardDraft, askers: Iterable[AskedBefore], now: datetime) -> tuple[CardDraft, bool]:
    """``(the draft, whether it is new)``: the living draft of the same source when there is one, whoever was first."""
    values = draft.model_dump(exclude={"id"})
    # Both databases say INSERT … ON CONFLICT DO NOTHING; only SQLAlchemy's spelling has two homes.
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert(CardDraft).values(values).on_conflict_do_nothing().returning(col(CardDraft.id))
    added = session.connection().execute(statement).scalar_one_or_none()
    stored = of_source(session, draft.source) if added is None else get(session, added)
    assert stored is not None
    if added is None:
        return stored, False
    stored.card_id = stored.card_id or f"own_{stored.id:04d}"
    session.add(_event(stored, "", stored.state, Staff(stored.author, stored.author_name), "", now))
    link(session, stored, askers)
    return stored, True


def get(session: Session, draft_id: int | None) -> CardDraft | None:
    """The draft as it is now, read anew."""
    return session.get(CardDraft, draft_id, populate_existing=True) if draft_id else None


def of_source(session: Session, source: str) -> CardDraft | None:
    """The living draft of that source."""
    alive = select(CardDraft).where(CardDraft.source == source, text(_IS_ALIVE))
    return session.exec(alive).first()


def of_consultations(session: Session, consultation_ids: Collection[int]) -> CardDraft | None:
    """The oldest open draft that is to answer one of these consultations."""
    theirs = select(CardDraftAsker.draft_id).where(col(CardDraftAsker.consultation_id).in_(list(consultation_ids)))
    is_open = select(CardDraft).where(col(CardDraft.state).in_(OPEN), col(CardDraft.id).in_(theirs))
    return session.exec(is_open.order_by(col(CardDraft.id))).first()


def in_states(session: Session, states: Iterable[str], limit: int = 1000) -> Sequence[CardDraft]:
    """The drafts in these states, oldest first."""
    found = select(CardDraft).where(col(CardDraft.state).in_(list(states)))
    return session.exec(found.order_by(col(CardDraft.id)).limit(limit)).all()


def linked(session: Session) -> set[int]:
    """The consultations an open draft is to answer."""
    theirs = select(CardDraftAsker.consultation_id).join(CardDraft, col(CardDraft.id) == col(CardDraftAsker.draft_id))
    return set(session.exec(theirs.where(col(CardDraft.state).in_(OPEN))))


def askers_of(session: Session, draft_id: int) -> Sequence[CardDraftAsker]:
    """Who asked what the draft answers, in the order in which they were linked."""
    theirs = select(CardDraftAsker).where(CardDraftAsker.draft_id == draft_id)
    return session.exec(theirs.order_by(col(CardDraftAsker.id))).all()


def wordings_of(session: Session, contact_id: int) -> set[str]:
    """What of one person's questions stands in drafts, anonymous."""
    theirs = select(CardDraftAsker.wording).where(CardDraftAsker.contact_id == contact_id)
    return {each for each in session.exec(theirs) if each}


def history_of(session: Session, draft_id: int) -> Sequence[CardDraftEvent]:
    """How a draft came to be what it is, oldest first."""
    events = select(CardDraftEvent).where(CardDraftEvent.draft_id == draft_id)
    return session.exec(events.order_by(col(CardDraftEvent.id))).all()


def last_event(session: Session) -> int:
    """A number that grows whenever anything happens to any draft; 0 before the first."""
    return session.exec(select(func.max(CardDraftEvent.id))).one() or 0


def link(session: Session, draft: CardDraft, askers: Iterable[AskedBefore]) -> int:
    """How many questions were newly linked to the draft; those it has already are left alone."""
    session.flush()
    known = {each.consultation_id for each in askers_of(session, draft.key)}
    fresh = {each.consultation_id: each for each in askers if each.consultation_id not in known}
    session.add_all(CardDraftAsker(draft_id=draft.key, **vars(each)) for each in fresh.values())
    session.flush()
    return len(fresh)


def edit(  # noqa: PLR0913  who changes what, when, and how it is told
    session: Session,
    draft_id: int,
    staff: Staff,
    changes: Mapping[str, Any],
    now: datetime,
    *,
    reason: str,
    seen: int | None = None,
) -> CardDraft:
    """The draft with other values in some of `EDITABLE`; whoever changes it is its author from now on. `seen`: the
    revision that was read; somebody else's change in between is then not written over.

    Raises:
        IllegalMoveError: It is not a draft any more, or not the revision that was read.
        LookupError: There is no such draft.
    """
    assert set(changes) <= set(EDITABLE)
    draft = _seen(session, draft_id)
    written: dict[str, Any] = {"author": staff.key, "author_name": staff.name, "changed_at": now}
    still = [col(CardDraft.id) == draft_id, col(CardDraft.state) == "draft"]
    still += [col(CardDraft.revision) == seen] if seen is not None else []
    values = {**changes, **written, "revision": CardDraft.revision + 1}
    if "title" in changes:
        values["titled_by"] = None
    changed = session.connection().execute(update(CardDraft).where(*still).values(values)).rowcount
    session.refresh(draft)
    if not changed:
        raise IllegalMoveError(draft, "edit")
    session.add(_event(draft, draft.state, draft.state, staff, reason, now))
    return draft


def move(  # noqa: PLR0913  who, where to, when, why
    session: Session, draft_id: int, target: State, staff: Staff, now: datetime, *, reason: str = ""
) -> CardDraft:
    """The draft in its new state: the only function that changes a state.

    Raises:
        IllegalMoveError: It can't become that from where it is, or somebody was faster.
        SameEyesError: The author would review their own words.
        LookupError: There is no such draft.
    """
    draft = _seen(session, draft_id)
    if draft.state not in LEGAL_ORIGINS[target]:
        raise IllegalMoveError(draft, target)
    if target in _REVIEWS:
        refuse_author(draft, staff)
    origin = draft.state
    still = (col(CardDraft.id) == draft_id, col(CardDraft.state) == origin, col(CardDraft.revision) == draft.revision)
    changes = update(CardDraft).where(*still).values(state=target, changed_at=now, **_marks(target, staff, now))
    moved = session.connection().execute(changes).rowcount
    session.refresh(draft)
    if not moved:
        raise IllegalMoveError(draft, target)
    session.add(_event(draft, origin, target, staff, reason, now))
    return draft


def refuse_author(draft: CardDraft, staff: Staff) -> None:
    """Nothing, unless the person is the draft's author, by key or by name.

    Raises:
        SameEyesError: They are.
    """
    if staff.key == draft.author or _name(staff.name) == _name(draft.author_name):
        raise SameEyesError(draft, draft.author_name)


def stand_by(session: Session, draft: CardDraft, staff: Staff, version: str, now: datetime, reason: str) -> None:  # noqa: PLR0913, PLR0917  who found what right, when
    """A published override is still right although what it overrides changed to `version`; somebody else than its
    author says so.

    Raises:
        SameEyesError: The author does.
    """
    refuse_author(draft, staff)
    draft.overrides_version = version
    session.add(_event(draft, draft.state, draft.state, staff, reason, now))


def note(session: Session, draft_id: int, staff: Staff, reason: str, now: datetime) -> None:
    """A line of history that changes no state: whoever derives something of the draft looks again."""
    draft = _seen(session, draft_id)
    session.add(_event(draft, draft.state, draft.state, staff, reason, now))


def overriding(session: Session) -> Sequence[CardDraft]:
    """The published drafts that answer instead of a card, by outlet, oldest first."""
    found = select(CardDraft).where(CardDraft.state == "published", CardDraft.overrides != "")
    return session.exec(found.order_by(col(CardDraft.outlet), col(CardDraft.id))).all()


def origins(session: Session) -> dict[str, str]:
    """The common card by the id of each card that answered instead of it, also of those taken back."""
    found = select(CardDraft.card_id, CardDraft.overrides).where(CardDraft.overrides != "")
    return dict(session.exec(found).all())


def forget(session: Session, contact_id: int, now: datetime) -> None:
    """Take one person out of all drafts: their links, and before publication every text that came of their words.

    A draft made of a reply to them is withdrawn and emptied; one they merely asked about too loses their wording.
    """
    session.flush()
    theirs = session.exec(select(CardDraftAsker).where(CardDraftAsker.contact_id == contact_id)).all()
    for draft_id in sorted({each.draft_id for each in theirs}):
        _forget_wordings(session, draft_id, contact_id)
    session.connection().execute(delete(CardDraftAsker).where(col(CardDraftAsker.contact_id) == contact_id))
    tickets = select(Ticket.id).where(col(Ticket.contact_id) == contact_id)
    answered = select(CardDraft).where(col(CardDraft.ticket_id).in_(tickets), CardDraft.state != "published")
    for draft in session.exec(answered):
        _empty(session, draft, now)
    session.expire_all()


def _forget_wordings(session: Session, draft_id: int, contact_id: int) -> None:
    """Take the wordings only this person used out of a draft that is not public yet."""
    draft = get(session, draft_id)
    if draft is None or draft.state == "published":
        return
    links = askers_of(session, draft_id)
    others = {each.wording for each in links if each.contact_id != contact_id}
    gone = {each.wording for each in links if each.contact_id == contact_id and each.wording} - others
    draft.variants = [each for each in draft.variants if each not in gone]
    if any(each.consultation_id == draft.titled_by for each in links if each.contact_id == contact_id):
        draft.title, draft.titled_by = next(iter(draft.variants), "")[:LONGEST_TITLE], None
    draft.revision += 1
    session.flush()


def _empty(session: Session, draft: CardDraft, now: datetime) -> None:
    if draft.is_open:
        move(session, draft.key, "withdrawn", Staff("erasure", ""), now)
    for name, nothing in _TEXTS.items():
        setattr(draft, name, nothing)
    history = update(CardDraftEvent).where(col(CardDraftEvent.draft_id) == draft.id)
    session.connection().execute(history.values(reason=""))
    links = update(CardDraftAsker).where(col(CardDraftAsker.draft_id) == draft.id)
    session.connection().execute(links.values(wording=""))
    session.flush()


def _seen(session: Session, draft_id: int) -> CardDraft:
    draft = get(session, draft_id)
    if draft is None:
        raise LookupError(draft_id)
    return draft


def _marks(target: State, staff: Staff, now: datetime) -> dict[str, Any]:
    """What else a move writes: who reviewed, and when it was published; a draft given back has no reviewer yet."""
    if target in _REVIEWS:
        marks: dict[str, Any] = {"reviewer": staff.key, "reviewer_name": staff.name}
        return marks | ({"published_at": now} if target == "published" else {})
    return {}


def _event(  # noqa: PLR0913, PLR0917  one column each
    draft: CardDraft, origin: str, target: str, staff: Staff, reason: str, now: datetime
) -> CardDraftEvent:
    return CardDraftEvent(
        draft_id=draft.key,
        from_state=origin,
        to_state=target,
        actor=staff.key,
        actor_name=staff.name,
        reason=reason,
        at=now,
    )


def _name(name: str) -> str:
    return "".join(name.split()).casefold()
