"""Who would review what they wrote themselves (四眼): refused in the core, and written down like any refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime

from sqlmodel import Session

from consultations import audit, broadcasts, card_drafts, cases
from consultations.permissions import Action
from policies import review
from policies.interpretations import OwnWorkError

Sessions = Callable[[], AbstractContextManager[Session]]
_CAUSES = (review.SameEyesError, card_drafts.SameEyesError, broadcasts.SameEyesError, cases.SameEyesError, OwnWorkError)


def is_of_own_work(error: BaseException) -> bool:
    """Whether something was refused because somebody else must decide about it."""
    return any(isinstance(each, _CAUSES) for each in (error, error.__cause__))


@contextmanager
def attempts_noted(writing: Sessions, action: Action, by: review.Signature) -> Iterator[None]:
    """An attempt that ends what is done, and its session, is written in a session of its own."""
    try:
        yield
    except Exception as error:
        if is_of_own_work(error):
            with writing() as session:
                note_attempt(session, error, action, by.key, by.at)
        raise


def note_attempt(session: Session, error: BaseException, action: Action, actor: str, now: datetime) -> None:
    """Write an attempt to review one's own work to the audit trail; any other refusal is nobody's business."""
    if is_of_own_work(error):
        audit.note_refusal(session, action, actor, now)
