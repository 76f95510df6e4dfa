"""Find the gaps (未答问题): what people asked and got no good answer to, one line for each question, the most pressing
first, with the card that comes closest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from consultations import card_drafts
from consultations.messages import Inbound
from consultations.permissions import MACHINE, Person, may
from consultations.unanswered import Unanswered, unanswered
from handlers import gate, wording
from handlers.desk import Desk
from handlers.talk import Replies, StaffTalk, column, office_time, say
from handlers.wish import Wish
from knowledge.cluster import Asked, Cluster, cluster, is_gap, ranked
from knowledge.shelf import NearCard

DAYS = 90
SHOWN = 10
_EXAMPLES = 3
_LOOKED_AT = 10  # groups for each one shown; what is answered by now drops out
# How bad each outcome is; what the asker called no help is worst.
_BADNESS: Mapping[str, float] = {"escalate": 0.6, "out_of_scope": 0.5, "clarify": 0.3}
_CALLED_BAD = 1.0


@dataclass(frozen=True)
class Gap:
    """One question nobody answers well, in all its wordings. `asked` are the archived questions, oldest first."""

    place: int
    cluster: Cluster
    asked: tuple[Unanswered, ...]
    near: NearCard | None

    @property
    def question(self) -> str:
        """The typical wording, masked."""
        return self.cluster.typical.text

    @property
    def examples(self) -> tuple[str, ...]:
        """A few different wordings, the typical one first, masked."""
        return self.cluster.wordings[:_EXAMPLES]

    @property
    def wants_wording(self) -> bool:
        """Whether a card probably has the answer and only lacks these words."""
        return self.near is not None and self.near.is_likely and not self.near.is_empty


def find_gaps(
    desk: Desk, *, days: int = DAYS, limit: int = 20, with_cards: bool = True, person: Person = MACHINE
) -> list[Gap]:
    """The most pressing gaps of the last `days` that person may see, without those a draft is on its way for; opens a
    reading session.

    With cards, also without those that are answered by now. That costs an answer and a search each; grouping 5,000
    questions takes about a second.
    """
    now = desk.now()
    found = [each for each in _unanswered(desk, days, person) if not each.is_secret]
    questions = {each.consultation_id: each for each in found if is_gap(each.text, each.action)}
    groups = ranked(cluster(map(as_asked, questions.values()), desk.shelf.likeness), now)
    today = office_time(desk.settings).day(now) if with_cards else None
    looked_at = groups[: limit * _LOOKED_AT]
    pressing = islice((each for each in looked_at if today is None or not _is_answered(desk, each, today)), limit)
    return [_gap(desk, place, each, questions, today) for place, each in enumerate(pressing, start=1)]


def n_secret_gaps(desk: Desk, *, days: int = DAYS, person: Person = MACHINE) -> int:
    """How many questions of people who ask in secret (保密咨询) got no good answer; no list shows them."""
    found = _unanswered(desk, days, person)
    return sum(each.is_secret and is_gap(each.text, each.action) for each in found)


def _unanswered(desk: Desk, days: int, person: Person) -> list[Unanswered]:
    """The unanswered questions that person may see and no draft is on its way for."""
    with desk.reading() as session:
        drafted = card_drafts.linked(session)
        found = unanswered(session, desk.now() - timedelta(days=days))
    return [each for each in found if each.consultation_id not in drafted and may(person, "gap.list", each.outlet)]


def suggestion(gap: Gap) -> str:
    """What would close it: words for an existing card, filling in an empty one, or a new card."""
    if gap.wants_wording:
        return wording.GAP_WANTS_WORDING
    is_empty = gap.near is not None and gap.near.is_likely and gap.near.is_empty
    return wording.GAP_WANTS_FILLING if is_empty else wording.GAP_WANTS_CARD


# In a staff chat


def look_for_gaps(inbound: Inbound, wish: Wish, desk: Desk) -> tuple[Sequence[Gap], int]:
    """What ``/gaps`` shows, and how many secret ones it does not; found before the turn's session opens."""
    del wish
    person = gate.person_of(desk, inbound, desk.now())
    return find_gaps(desk, limit=SHOWN, person=person), n_secret_gaps(desk, person=person)


def show_gaps(talk: StaffTalk) -> Replies:
    """``/gaps``: the ten most pressing."""
    gaps: Sequence[Gap]
    gaps, n_secret = talk.found
    unshown = wording.secret_gaps(n_secret) if n_secret else ""
    if not gaps:
        return (say(talk, wording.NO_GAPS, unshown),)
    zone = office_time(talk.desk.settings).zone
    lines = [
        wording.staff_gap(
            each.place,
            each.question,
            n_contacts=each.cluster.n_contacts,
            n_times=len(each.asked),
            last=wording.moment_name(each.cluster.last_at, zone),
            advice=suggestion(each),
            near=each.near.title if each.near else "",
        )
        for each in gaps
    ]
    choices = column(
        (wording.start_draft(each.place, suggestion(each)), f"gap:{each.cluster.typical.key}") for each in gaps
    )
    return (say(talk, wording.GAPS_LEAD, *lines, unshown, choices=choices),)


def as_asked(question: Unanswered) -> Asked:
    """An unanswered question as questions are grouped."""
    badness = _CALLED_BAD if question.is_bad else _BADNESS.get(question.action, 0.5)
    return Asked(question.consultation_id, question.text, question.contact_id, question.asked_at, badness)


def _is_answered(desk: Desk, found: Cluster, today: date) -> bool:
    """Whether the knowledge base answers it by now, and nobody called that answer no help."""
    if any(each.badness == _CALLED_BAD for each in found.members):
        return False
    return desk.answerer.answer(found.typical.text, today).action == "answer"


def _gap(desk: Desk, place: int, found: Cluster, questions: Mapping[int, Unanswered], today: date | None) -> Gap:
    asked = tuple(questions[each.key] for each in found.members)
    near = desk.shelf.nearest(found.typical.text, today) if today else None
    return Gap(place, found, asked, near)
