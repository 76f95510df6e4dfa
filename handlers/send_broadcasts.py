"""Sending broadcasts (发送推送): what is approved and due becomes outbox rows, one for each person, in one transaction.

Before that a last look: whether it is overtaken by what happened since, whether its citations are right today, who got
enough this week. Quiet hours begin nothing, and what is under way stops at their beginning (`outbox.claim_due`).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session

from consultations import broadcast_rows, broadcasts, outbox, subscriptions
from consultations.broadcasts import Broadcast, IllegalMoveError
from consultations.messages import Address, Block, Outbound
from consultations.tickets import Staff
from handlers import push_wording, wording
from handlers.desk import Desk
from handlers.talk import office_time, row
from policies.compilation import Revision

SYSTEM = Staff("system", "系统")
CAP_PERIOD = timedelta(days=7)
_REVISION = "revision:"
_STAFF_PRIORITY = 5  # nobody waits for it


def about_revision(revision: Revision) -> str:
    """What a broadcast is about that tells of a version: it is stale when that version is not in force."""
    return f"{_REVISION}{revision.id}"


def run_due(desk: Desk) -> int:
    """How many broadcasts began, were stopped or ended; of two processes, one does each."""
    now = desk.now()
    is_quiet = office_time(desk.settings).is_quiet(now)
    with desk.reading() as session:
        # Correction pushes are made for each person: `handlers.correct_answers`.
        approved = [each for each in broadcasts.in_states(session, "approved") if each.kind == "push"]
        due = [each.key for each in approved if not is_quiet and (each.due_at is None or each.due_at <= now)]
        under_way = [each.key for each in broadcasts.in_states(session, "sending")]
    return sum(_begin(desk, each, now) for each in due) + sum(_settle(desk, each, now) for each in under_way)


def message_of(broadcast: Broadcast, address: Address) -> Outbound:
    """The broadcast as one person gets it; how to stop it is in every one."""
    blocks = (Block("lead", broadcast.title), Block("text", broadcast.text))
    more = (row((push_wording.OPEN, f"push:{broadcast.key}")),) if broadcast.details else ()
    stop = row((wording.UNSUBSCRIBE, "stop"), (push_wording.MY_SUBSCRIPTIONS, "subscribe"))
    return Outbound(address, tuple(each for each in blocks if each.text), (*more, stop), kind="broadcast")


def wrong_citations(desk: Desk, broadcast: Broadcast, now: datetime) -> list[str]:
    """What is wrong with the citations of what would go out now, a sentence each."""
    text = f"{broadcast.title}\n{broadcast.text}\n{broadcast.details}"
    found = desk.answerer.flaws(text, office_time(desk.settings).day(now))
    return [each.sentence for each in found if each.holds_back]


def _begin(desk: Desk, broadcast_id: int, now: datetime) -> int:
    with desk.writing() as session:
        broadcast = broadcasts.get(session, broadcast_id)
        if broadcast is None or broadcast.state != "approved":
            return 0  # another process was faster, or somebody took it back
        if _is_overtaken(session, desk, broadcast, now):
            broadcasts.cancel(session, broadcast, SYSTEM, now, push_wording.OVERTAKEN)
            _tell_staff(session, desk, push_wording.overtaken(broadcast.key), now)
            return 1
        wrong = [] if broadcast.is_insisted else wrong_citations(desk, broadcast, now)
        if wrong:
            broadcasts.pause(session, broadcast, SYSTEM, now, wrong[0])
            _tell_staff(session, desk, push_wording.stopped(broadcast.key, wrong), now)
            return 1
        broadcasts.begin_sending(session, broadcast, SYSTEM, now)
        _write_rows(session, desk, broadcast, now)
        return 1


def _is_overtaken(session: Session, desk: Desk, broadcast: Broadcast, now: datetime) -> bool:
    """Whether it tells of a version that is repealed, replaced or not in force yet by now."""
    if not broadcast.about.startswith(_REVISION):
        return False
    revision = session.get(Revision, int(broadcast.about.removeprefix(_REVISION)))
    if revision is None or revision.state != "published":
        return True
    today = office_time(desk.settings).day(now)
    return revision.effective_to is not None and revision.effective_to < today


def _write_rows(session: Session, desk: Desk, broadcast: Broadcast, now: datetime) -> None:
    full = broadcast_rows.had_enough(session, now - CAP_PERIOD, desk.settings.pushes_per_week)
    welcome = list(subscriptions.audience(session, broadcast.rule))
    fitting = [(key, each) for key, each in welcome if (each.channel, each.chat_id) not in full]
    messages = ((message_of(broadcast, each), f"broadcast:{broadcast.key}:{key}") for key, each in fitting)
    broadcast.n_recipients = outbox.enqueue_many(session, messages, now=now, broadcast_id=broadcast.key)
    broadcast.n_capped = len(welcome) - len(fitting)


def _settle(desk: Desk, broadcast_id: int, now: datetime) -> int:
    """Whether one ended: nothing of it waits, or only for people who have left meanwhile."""
    with desk.reading() as session:
        if broadcast_rows.is_waiting(session, broadcast_id) and not broadcast_rows.has_left(session, broadcast_id):
            return 0
    with desk.writing() as session:
        broadcast = broadcasts.get(session, broadcast_id)
        broadcast_rows.call_off_left(session, broadcast_id)
        if broadcast is None or broadcast.state != "sending" or broadcast_rows.is_waiting(session, broadcast_id):
            return 0
        try:
            broadcasts.finish(session, broadcast, SYSTEM, now)
        except IllegalMoveError:
            return 0
        return 1


def _tell_staff(session: Session, desk: Desk, text: str, now: datetime) -> None:
    due_at = office_time(desk.settings).next_open(now)
    for room in desk.settings.staff_rooms:
        message = Outbound(room, (Block("text", text),), kind="staff")
        outbox.enqueue(session, message, now=now, due_at=due_at, priority=_STAFF_PRIORITY)
