"""Matching an enterprise with programmes (政策匹配) in the talk: consent, a few questions, every condition judged.

Only what published programmes ask for is asked. Who keeps a ledger of assets (知识产权台账) may take the count from it.
"""

from __future__ import annotations

from consultations import assets, dialogue, enterprise_facts, reminders
from consultations.enterprise_facts import EnterpriseFacts
from consultations.messages import Block
from handlers import match_wording, wording
from handlers.outlet_of_asker import outlet_known
from handlers.situation import Situation
from handlers.staff_reply import which
from handlers.talk import Replies, Rows, StaffTalk, Talk, column, everyday_choices, human_row, office_time, row, say
from policies.criteria import COUNTED, NAMES, Facts
from policies.matching import Match, match, programmes_on, questions

AWAITING = "match:"
SHOWN = 5
_COUNTED_KINDS = {"inventions": "invention", "utilities": "utility", "designs": "design", "trademarks": "trademark"}
_MOST_DIGITS = 6


def take(talk: Talk) -> Replies:
    """``/match`` (政策匹配), or a pressed ``match:<what>``."""
    return _press(talk) if talk.inbound.kind == "choice" else _show(talk)


def _show(talk: Talk) -> Replies:
    """What is asked and what for; who answered before sees the result, or the next question."""
    told = enterprise_facts.of_contact(talk.session, talk.contact.key)
    if told is not None:
        return _go_on(talk, told)
    today = talk.office.day(talk.now)
    found = [programme for _, _, programme in programmes_on(talk.session, today)]
    if not found:
        return (say(talk, match_wording.NOTHING, choices=everyday_choices()),)
    asked = _open_questions(talk, {}, ())
    if not asked:
        return _results(talk, {})
    buttons = column([(match_wording.BEGIN, "match:begin"), (match_wording.SHOW_ALL, "match:all")])
    return (say(talk, match_wording.ask_consent(list(asked), len(found)), choices=(*buttons, human_row())),)


def _press(talk: Talk) -> Replies:
    """A pressed ``match:<what>``."""
    what, _, rest = talk.wish.argument.partition(":")
    if what == "all":
        return _results(talk, {})
    if what in ("begin", "again"):
        version = talk.settings.consent_version
        return _go_on(talk, enterprise_facts.begin(talk.session, talk.contact.key, version, talk.now))
    if what == "forget":
        enterprise_facts.forget(talk.session, talk.contact.key)
        return (say(talk, match_wording.FORGOTTEN, choices=everyday_choices()),)
    return _watch(talk, rest) if what == "watch" else _answer(talk, what, rest)


def _answer(talk: Talk, what: str, rest: str) -> Replies:
    """``set:<fact>:<name>``, ``count:<fact>`` or ``skip:<fact>``; a name no programme knows is asked for again."""
    told = enterprise_facts.of_contact(talk.session, talk.contact.key)
    fact, _, name = rest.partition(":")
    if told is None or what not in ("set", "skip", "count") or fact not in NAMES:
        return (say(talk, wording.STALE_PRESS, choices=everyday_choices()),)
    if what == "count" and fact in COUNTED:
        enterprise_facts.put(told, fact, _in_ledger(talk, fact), talk.now)
    elif what == "skip" or name in _names(talk).get(fact, ()):
        enterprise_facts.put(told, fact, name if what == "set" else None, talk.now)
    return _go_on(talk, told)


def is_typed(situation: Situation) -> bool:
    """A number where one was asked for; anything else is a question of its own."""
    is_text = situation.inbound.kind == "text" and not situation.wish.verb
    return is_text and situation.awaiting.startswith(AWAITING) and situation.text.strip().isdecimal()


def take_typed(talk: Talk) -> Replies:
    """The number that was asked for."""
    fact = talk.dialogue.awaiting.removeprefix(AWAITING)
    told = enterprise_facts.of_contact(talk.session, talk.contact.key)
    if told is None or fact not in COUNTED:
        return _show(talk)
    digits = talk.text.strip()
    if len(digits) > _MOST_DIGITS:
        return (say(talk, match_wording.NOT_A_NUMBER),)
    enterprise_facts.put(told, fact, int(digits), talk.now)
    return _go_on(talk, told)


def for_ticket(talk: StaffTalk) -> Replies:
    """``/match`` in the thread of a ticket: how the asker's enterprise stands."""
    if talk.ticket is None:
        return (which(talk),)
    told = enterprise_facts.of_contact(talk.session, talk.ticket.contact_id)
    facts = told.facts if told is not None else {}
    found = match(talk.session, facts, office_time(talk.desk.settings).day(talk.now), talk.ticket.outlet)
    if not found:
        return (say(talk, match_wording.NOTHING),)
    head = match_wording.told(facts) if told is not None else match_wording.NOT_TOLD
    return (say(talk, head, *_lines(found), Block("note", match_wording.NO_PROMISE)),)


def _in_ledger(talk: Talk, fact: str) -> int:
    """How many living assets of that kind the person's ledger holds; it may lack some, so the person decides."""
    ledger = assets.of_contact(talk.session, talk.contact.key)
    held = assets.holdings(talk.session, ledger.key) if ledger else ()
    return sum(each.state == "live" and each.kind == _COUNTED_KINDS.get(fact) for each in held)


def _go_on(talk: Talk, told: EnterpriseFacts) -> Replies:
    """The next question, or the result when there is none."""
    waiting = _open_questions(talk, told.facts, told.skipped)
    if not waiting:
        dialogue.await_words(talk.dialogue, "", talk.now)
        return _results(talk, told.facts)
    fact, names = next(iter(waiting.items()))
    dialogue.await_words(talk.dialogue, f"{AWAITING}{fact}" if fact in COUNTED else "", talk.now)
    place = len(told.facts) + len(told.skipped) + 1
    buttons = column((name, f"match:set:{fact}:{name}") for name in names)
    if n_held := _in_ledger(talk, fact):
        buttons = column([(match_wording.held(n_held), f"match:count:{fact}")])
    skip = row((match_wording.SKIP, f"match:skip:{fact}"))
    text = match_wording.question(fact, place, place + len(waiting) - 1)
    return (say(talk, text, choices=(*buttons, skip, human_row())),)


def _open_questions(talk: Talk, facts: Facts, skipped: list[str] | tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return {fact: names for fact, names in _names(talk).items() if fact not in facts and fact not in skipped}


def _names(talk: Talk) -> dict[str, tuple[str, ...]]:
    """The facts asked for with their buttons; what is none of the names is another one (其他)."""
    found = [programme for _, _, programme in programmes_on(talk.session, talk.office.day(talk.now), _outlet(talk))]
    return {fact: () if fact in COUNTED else (*names, match_wording.OTHER) for fact, names in questions(found).items()}


def _outlet(talk: Talk) -> str:
    """The outlet whose own programmes count, too."""
    return outlet_known(talk.session, talk.desk.duty.book, talk.contact, "", talk.ticket)


def _results(talk: Talk, facts: Facts) -> Replies:
    found = match(talk.session, facts, talk.office.day(talk.now), _outlet(talk))
    if not found:
        return (say(talk, match_wording.NOTHING, choices=everyday_choices()),)
    watch = [
        (f"{match_wording.WATCH} {n}", f"match:watch:{each.revision_id}")
        for n, each in enumerate(found[:SHOWN], start=1)
        if each.window != "closed" and not each.is_excluded and (each.programme.closes_on or each.programme.opens_on)
    ]
    again = row((match_wording.AGAIN, "match:again"), (match_wording.FORGET, "match:forget"))
    choices: Rows = (*column(watch), again, human_row()) if facts else (*column(watch), human_row())
    note = Block("note", match_wording.NO_PROMISE)
    return (say(talk, match_wording.LEAD, *_lines(found), note, choices=choices),)


def _lines(found: list[Match]) -> list[str]:
    lines = [match_wording.result(n, each) for n, each in enumerate(found[:SHOWN], start=1)]
    return [*lines, match_wording.more(len(found) - SHOWN)] if len(found) > SHOWN else lines


def _watch(talk: Talk, which_one: str) -> Replies:
    """Remind this person of a programme's window from now on; what is open already need not be told as new."""
    found = {str(each.revision_id): each for each in match(talk.session, {}, talk.office.day(talk.now), _outlet(talk))}
    chosen = found.get(which_one)
    if chosen is None or chosen.window == "closed":
        return (say(talk, match_wording.WATCH_GONE, choices=everyday_choices()),)
    reminder = reminders.of_key(talk.session, watch_key(talk.contact.key, chosen.revision_id), talk.contact.key)
    if chosen.window == "open":
        reminders.tell(talk.session, reminder, 1, talk.now)
    if not talk.contact.may_be_followed_up:
        return (say(talk, match_wording.REFUSED_BEFORE, choices=(row((wording.RESUME, "consent:yes")),)),)
    return (say(talk, match_wording.WATCHING, choices=everyday_choices()),)


def watch_key(contact_id: int, revision_id: int) -> str:
    """What the reminder of a programme is called."""
    return f"{reminders.PROGRAMME}{contact_id}:{revision_id}"
