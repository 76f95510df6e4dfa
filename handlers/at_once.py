"""One question in several short messages (分条发送): what is sent within seconds is read as one.

Nobody is kept waiting: each message gets its reply as it comes, and the last reply answers them all. A message is never
read together with a question that got its answer, nor across a button, a guide (引导) or a ticket (工单); each stays in
the archive as it came.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session

from consultations import archive, received
from consultations.archive import Consultation
from knowledge.passages import Answer
from knowledge.routing import QUESTION_CUES
from knowledge.several import RANK

# From one message to the next, by when they were sent: several short messages within 3 s are one.
AT_ONCE = timedelta(seconds=3)
MOST_LINES = 4  # people break a question into two or three; a longer list is no single question
# What an answer is labelled when its message was read as a question; a complaint or a thank-you stands for itself.
_READ_AS_A_QUESTION = frozenset({"question", "article", "foreign", "out_of_scope"})


def just_before(session: Session, contact_id: int, sent_at: datetime) -> Consultation | None:
    """The consultation that a message sent at that moment may go on with; ``None`` when it stands for itself."""
    letter = received.newest(session, contact_id)
    if letter is None or letter.kind != "text" or letter.sent_at is None:
        return None  # a press, a file, an edit ends what was being said
    if abs(sent_at - letter.sent_at) > AT_ONCE:
        return None
    before = archive.of_received(session, letter.received_id)
    return before if before is not None and _is_unfinished(before) else None


def together(before: Consultation, text: str) -> str:
    """The question of both messages, a line each."""
    return f"{before.question}\n{text}"


def is_short(question: str, longest: int) -> bool:
    """Whether messages read together are still one question of at most `longest` characters."""
    return question.count("\n") < MOST_LINES and len(question) <= longest


def better(before: Consultation, alone: Answer, joined: Answer) -> Answer:
    """What answers the message: by itself or together with the one before.

    Of 150 labelled questions cut into two or three messages, read one by one 36 end at the right card and 27 are
    declined; with this 80 and 9 (``python -m benchmarks.pieces``).
    """
    if alone.label not in _READ_AS_A_QUESTION and joined.label != alone.label:
        return alone
    stands_alone = alone.action == "clarify" or (alone.action == "answer" and before.action == "out_of_scope")
    return alone if stands_alone and RANK[joined.action] < RANK[alone.action] else joined


def _is_unfinished(before: Consultation) -> bool:
    """Whether a question may still go on: nothing answered it yet, or it did not ask anything (商标续展)."""
    if before.label not in _READ_AS_A_QUESTION or not before.question or before.action == "escalate":
        return False
    return before.action != "answer" or not QUESTION_CUES.search(before.question)
