"""Typical cases (典型案例): who needed what, what was done, what came of it, how it was judged, without the person.

草稿 draft → 待审核 in_review → 已发布 published; 本人不同意 declined, 已撤下 withdrawn; a reviewer may give it back.
Nothing is published without the client's consent (本人同意) to exactly its words: whoever changes a word takes the
consent away. Four eyes: whoever wrote the last word is the author, and somebody else reviews. `move` is the only
function that changes a state, `edit` the only one that changes a word; both write the history.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import CheckConstraint, Index, text, update
from sqlmodel import Field, Session, SQLModel, col, select

from consultations.tickets import Staff

State = Literal["draft", "in_review", "published", "declined", "withdrawn"]
Consent = Literal["", "asked", "given", "refused", "withdrawn"]

STATE_NAMES: Mapping[str, str] = {
    "draft": "草稿",
    "in_review": "待审核",
    "published": "已发布",
    "declined": "本人不同意",
    "withdrawn": "已撤下",
}
CONSENTS: Mapping[str, str] = {
    "": "还没有征求本人同意",
    "asked": "等待本人答复",
    "given": "本人已同意",
    "refused": "本人不同意",
    "withdrawn": "本人已撤回同意",
}
LEGAL_ORIGINS: Mapping[State, frozenset[str]] = {
    "draft": frozenset({"in_review"}),
    "in_review": frozenset({"draft"}),
    "published": frozenset({"in_review"}),
    "declined": frozenset({"draft", "in_review"}),
    "withdrawn": frozenset({"draft", "in_review", "published"}),
}
OPEN: tuple[State, ...] = ("draft", "in_review")
ALIVE: tuple[State, ...] = (*OPEN, "published")
TEXTS = ("title", "needed", "done", "result", "evaluation")
EDITABLE = (*TEXTS, "is_public")
_LIVING = text("state IN ('draft', 'in_review', 'published')")
_DOINGS: Mapping[str, str] = {
    "edit": "修改：请先退回成草稿",
    "ask": "征求同意",
    "draft": "退回",
    "in_review": "提交审核",
    "published": "发布：先提交审核",
    "declined": "答复",
    "withdrawn": "撤下",
}


class CaseRefusedError(Exception):
    """Something can't be done with a case; the message is one Chinese sentence that names the cure."""


class IllegalMoveError(CaseRefusedError):
    """A case was to become something it can't from where it is, or somebody was faster."""

    def __init__(self, case: TypicalCase, target: str) -> None:
        super().__init__(f"案例 {case.number} 现在是“{STATE_NAMES[case.state]}”，不能{_DOINGS[target]}。")


class SameEyesError(CaseRefusedError):
    """The author was to review their own words."""

    def __init__(self, case: TypicalCase) -> None:
        super().__init__(f"案例 {case.number} 最后由 {case.author_name} 编写，须由另一位工作人员审核。")


class NoConsentError(CaseRefusedError):
    """A case was to be published that the client has not agreed to, as it reads now."""

    def __init__(self, case: TypicalCase) -> None:
        super().__init__(f"案例 {case.number} {CONSENTS[case.consent]}：本人同意现在的文字以后才能发布。")


class ChangedSinceError(CaseRefusedError):
    """Somebody decides about another text than the one there is."""

    def __init__(self, case: TypicalCase) -> None:
        super().__init__(f"案例 {case.number} 的文字改过了：请看过现在的再决定。")


class TypicalCase(SQLModel, table=True):
    """One case, made of a ticket. `is_public`: it may stand on the public page too. `consent_text` are the very words
    the client agreed to. `revision` counts the changes of its text: whoever decides decides about what they read.
    """

    __tablename__ = "typical_case"
    __table_args__ = (
        Index("ix_typical_case_alive", "ticket_id", unique=True, sqlite_where=_LIVING, postgresql_where=_LIVING),
        Index("ix_typical_case_contact_id", "contact_id"),
        Index("ix_typical_case_state", "state", "id"),
        CheckConstraint(
            "reviewer = '' OR (reviewer <> author AND reviewer_name <> author_name)", name="case_four_eyes"
        ),
        CheckConstraint("state <> 'published' OR (reviewer <> '' AND consent = 'given')", name="case_is_agreed"),
    )

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(unique=True)
    ticket_id: int = Field(foreign_key="ticket.id")
    contact_id: int = Field(foreign_key="contact.id")
    service_item: str = ""
    state: str = "draft"
    title: str = ""
    needed: str = ""
    done: str = ""
    result: str = ""
    evaluation: str = ""
    is_public: bool = False
    consent: str = ""
    consent_version: str = ""
    consent_text: str = ""
    consent_at: datetime | None = None
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
        """The id of a stored case."""
        assert self.id is not None
        return self.id

    @property
    def is_open(self) -> bool:
        """Whether it is still on its way."""
        return self.state in OPEN

    @property
    def is_alive(self) -> bool:
        """Whether it is on its way or out."""
        return self.state in ALIVE


class TypicalCaseEvent(SQLModel, table=True):
    """One line of a case's history: a move, a change of its text, or a step of the consent (both states equal)."""

    __tablename__ = "typical_case_event"

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="typical_case.id", index=True)
    from_state: str
    to_state: str
    consent: str
    revision: int
    actor: str
    actor_name: str
    note: str = ""
    at: datetime


def create(session: Session, case: TypicalCase, by: Staff, now: datetime) -> TypicalCase:
    """The same case, stored with the first line of its history.

    Raises:
        IntegrityError: The ticket has a living case already.
    """
    session.add(case)
    session.flush()
    session.add(_event(case, "", by, now))
    return case


def get(session: Session, case_id: int | None) -> TypicalCase | None:
    """The case as it is now."""
    return session.get(TypicalCase, case_id, populate_existing=True) if case_id else None


def by_number(session: Session, number: str) -> TypicalCase | None:
    """The case of that number, letters in any case."""
    return session.exec(select(TypicalCase).where(TypicalCase.number == number.strip().upper())).first()


def owned(session: Session, case_id: int | None, contact_ids: Iterable[int]) -> TypicalCase | None:
    """A case of this very person; ``None`` for anybody else's."""
    found = get(session, case_id)
    return found if found is not None and found.contact_id in contact_ids else None


def of_ticket(session: Session, ticket_id: int) -> Sequence[TypicalCase]:
    """Every case made of a ticket, oldest first; at most one is alive."""
    return session.exec(
        select(TypicalCase).where(TypicalCase.ticket_id == ticket_id).order_by(col(TypicalCase.id))
    ).all()


def of_contact(session: Session, contact_id: int) -> Sequence[TypicalCase]:
    """The cases made of one person's tickets, oldest first."""
    theirs = select(TypicalCase).where(TypicalCase.contact_id == contact_id)
    return session.exec(theirs.order_by(col(TypicalCase.id))).all()


def in_states(session: Session, states: Iterable[str], limit: int = 1000) -> Sequence[TypicalCase]:
    """The cases in these states, the newest first."""
    found = select(TypicalCase).where(col(TypicalCase.state).in_(list(states)))
    return session.exec(found.order_by(col(TypicalCase.id).desc()).limit(limit)).all()


def open_of(session: Session, ticket_ids: Collection[int]) -> Sequence[TypicalCase]:
    """What is on its way of these tickets."""
    theirs = select(TypicalCase).where(col(TypicalCase.state).in_(OPEN), col(TypicalCase.ticket_id).in_(ticket_ids))
    return session.exec(theirs).all()


def published_of(session: Session, ticket_ids: Any) -> Sequence[TypicalCase]:  # noqa: ANN401  a query of ids
    """What is published of these tickets, in the order of publication."""
    theirs = select(TypicalCase).where(TypicalCase.state == "published", col(TypicalCase.ticket_id).in_(ticket_ids))
    return session.exec(theirs.order_by(col(TypicalCase.published_at), col(TypicalCase.id))).all()


def tickets_told(session: Session) -> set[int]:
    """The tickets that are no candidates any more: a case was made of them, or their client said no."""
    said_no = col(TypicalCase.consent).in_(("refused", "withdrawn"))
    told = select(TypicalCase.ticket_id).where(col(TypicalCase.state).in_(ALIVE) | said_no)
    return set(session.exec(told))


def public(session: Session) -> Sequence[TypicalCase]:
    """What everybody may read, the newest first."""
    theirs = select(TypicalCase).where(TypicalCase.state == "published", col(TypicalCase.is_public).is_(True))
    return session.exec(theirs.order_by(col(TypicalCase.published_at).desc(), col(TypicalCase.id).desc())).all()


def history_of(session: Session, case_id: int) -> Sequence[TypicalCaseEvent]:
    """How a case came to be what it is, oldest first."""
    events = select(TypicalCaseEvent).where(TypicalCaseEvent.case_id == case_id)
    return session.exec(events.order_by(col(TypicalCaseEvent.id))).all()


def edit(  # noqa: PLR0913, PLR0917  who changes what, having read which revision, when
    session: Session, case: TypicalCase, seen: int, changes: Mapping[str, Any], by: Staff, now: datetime, *, note: str
) -> None:
    """Other words, or another place to publish them: whoever changes them is the author from now on, and the client has
    agreed to nothing any more.

    Raises:
        IllegalMoveError: It is no draft any more.
        ChangedSinceError: Somebody changed it since it was read.
    """
    assert set(changes) <= set(EDITABLE)
    _hold(session, case, "edit", ("draft",), seen)
    for name, value in changes.items():
        setattr(case, name, value)
    _agree(case, "")
    case.author, case.author_name, case.changed_at, case.revision = by.key, by.name, now, seen + 1
    session.flush()
    session.add(_event(case, case.state, by, now, note))


def ask(session: Session, case: TypicalCase, by: Staff, now: datetime) -> None:
    """The client has been asked.

    Raises:
        IllegalMoveError: It is not on its way.
    """
    _hold(session, case, "ask", OPEN, case.revision)
    _agree(case, "asked")
    session.flush()
    session.add(_event(case, case.state, by, now))


def agree(  # noqa: PLR0913, PLR0917  to which words, when
    session: Session, case: TypicalCase, seen: int, words: str, version: str, now: datetime
) -> None:
    """The client agrees to `words`, in that version of the question.

    Raises:
        IllegalMoveError: It is not on its way.
        ChangedSinceError: The words are others by now.
    """
    _hold(session, case, "ask", OPEN, seen)
    _agree(case, "given", version, words, now)
    session.flush()
    session.add(_event(case, case.state, client(case), now))


def move(  # noqa: PLR0913  who, where to, when, why
    session: Session,
    case: TypicalCase,
    target: State,
    by: Staff,
    now: datetime,
    *,
    seen: int = 0,
    consent: Consent | None = None,
    note: str = "",
) -> None:
    """The case in its new state: the only function that changes a state. `seen`: the revision that was read; `consent`:
    what becomes of the client's with it.

    Raises:
        IllegalMoveError: It can't become that from where it is, or somebody was faster.
        ChangedSinceError: Another text was read.
        SameEyesError: The author would publish their own words.
        NoConsentError: The client has not agreed to these words.
    """
    origin = case.state
    _hold(session, case, target, LEGAL_ORIGINS[target], seen or case.revision)
    if target == "published":
        _refuse_publishing(case, by)
        case.reviewer, case.reviewer_name, case.published_at = by.key, by.name, now
    case.state, case.changed_at, case.consent = target, now, consent or case.consent
    session.flush()
    session.add(_event(case, origin, by, now, note))


def take_back(session: Session, case: TypicalCase, consent: Consent, by: Staff, now: datetime) -> None:
    """The client wants it told no more, or is erased: it leaves wherever it stood, and its words go."""
    if case.is_alive:
        move(session, case, "declined" if consent == "refused" else "withdrawn", by, now, consent=consent)
    empty(session, case)


def empty(session: Session, case: TypicalCase) -> None:
    """Take every word out of a case and its history; what it was and when stays."""
    for name in (*TEXTS, "consent_text"):
        setattr(case, name, "")
    session.flush()
    history = update(TypicalCaseEvent).where(col(TypicalCaseEvent.case_id) == case.key)
    session.connection().execute(history.values(note=""))


def refuse_author(case: TypicalCase, by: Staff) -> None:
    """Nothing, unless the person is the author, by key or by name.

    Raises:
        SameEyesError: They are.
    """
    if by.key == case.author or _name(by.name) == _name(case.author_name):
        raise SameEyesError(case)


def client(case: TypicalCase) -> Staff:
    """Who stands in the history where the client decided."""
    return Staff(f"contact:{case.contact_id}", "本人")


def _refuse_publishing(case: TypicalCase, by: Staff) -> None:
    refuse_author(case, by)
    if case.consent != "given":
        raise NoConsentError(case)


def _agree(case: TypicalCase, consent: Consent, version: str = "", words: str = "", at: datetime | None = None) -> None:
    case.consent, case.consent_version, case.consent_text, case.consent_at = consent, version, words, at


def _hold(session: Session, case: TypicalCase, target: str, origins: Iterable[str], seen: int) -> None:
    """The case read anew, held until the transaction ends, so that nobody else decides about it in between."""
    session.flush()
    session.refresh(case, with_for_update=True)
    if case.state not in origins:
        raise IllegalMoveError(case, target)
    if case.revision != seen:
        raise ChangedSinceError(case)


def _event(case: TypicalCase, origin: str, by: Staff, now: datetime, note: str = "") -> TypicalCaseEvent:
    return TypicalCaseEvent(
        case_id=case.key,
        from_state=origin,
        to_state=case.state,
        consent=case.consent,
        revision=case.revision,
        actor=by.key,
        actor_name=by.name,
        note=note,
        at=now,
    )


def _name(name: str) -> str:
    return "".join(name.split()).casefold()
