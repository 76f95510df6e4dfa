"""The state of one conversation (对话状态): what was asked last, and what we wait for."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Field, Session, SQLModel

MEMORY = timedelta(minutes=30)  # after that a question stands for itself


class Dialogue(SQLModel, table=True):
    """One row per contact. `awaiting` is ``""``, ``words:<ticket id>`` or ``broadcast``."""

    __tablename__ = "dialogue"

    contact_id: int = Field(primary_key=True, foreign_key="contact.id")
    question: str = ""
    asked_at: datetime | None = None
    is_asking_back: bool = False
    awaiting: str = ""
    awaiting_since: datetime | None = None
    throttled_at: datetime | None = None

    def previous(self, now: datetime) -> str:
        """The last question while it still belongs to the talk, else ``""``."""
        return self.question if self.asked_at and now - self.asked_at <= MEMORY else ""

    def waits_for(self, now: datetime) -> str:
        """What we wait for while that is still what the next message is about, else ``""``."""
        return self.awaiting if self.awaiting_since and now - self.awaiting_since <= MEMORY else ""


def of_contact(session: Session, contact_id: int) -> Dialogue:
    """The dialogue of one contact, new when there is none."""
    dialogue = session.get(Dialogue, contact_id)
    if dialogue is None:
        dialogue = Dialogue(contact_id=contact_id)
        session.add(dialogue)
    return dialogue


def remember(dialogue: Dialogue, question: str, now: datetime, *, is_asking_back: bool = False) -> None:
    """The question the next message may refer to."""
    dialogue.question, dialogue.asked_at, dialogue.is_asking_back = question, now, is_asking_back


def await_words(dialogue: Dialogue, what: str, now: datetime) -> None:
    """The next message is the answer to `what`; ``""`` waits for nothing."""
    dialogue.awaiting, dialogue.awaiting_since = what, now if what else None


def start_clean(dialogue: Dialogue) -> None:
    """Forget the talk: after closing a ticket, and on erasure."""
    dialogue.question, dialogue.asked_at, dialogue.is_asking_back = "", None, False
    dialogue.awaiting, dialogue.awaiting_since = "", None
