"""Refer a client to a professional body (对接专业机构): at least two to choose from, the client's choice and consent.

Nothing is shared before the client chose and agreed, in words kept with their version and time. Whoever agrees may
withdraw; staff are told what to do then. The follow-ups (回访) after 7, 30 and 90 days are ordinary ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from consultations import follow_ups, numbers, referrals
from consultations.contacts import Contact
from consultations.follow_ups import FollowUp
from consultations.messages import Block
from consultations.providers import KINDS, Provider, kind_of
from consultations.referrals import STATES, IllegalReferralMoveError, Referral
from consultations.tickets import Staff, Ticket
from handlers import referral_wording, wording
from handlers.desk import Desk
from handlers.escalate import tell_staff
from handlers.talk import Replies, Rows, StaffTalk, Talk, column, everyday_choices, office_time, row, say, tell
from handlers.wish import identity

FEWEST, MOST = 2, 4  # bodies to choose from
FOLLOW_UP_DAYS = (7, 30, 90)
_SEQS = 1000  # numbers of follow-ups kept for one referral
RULE = "referral"  # the follow-up rule (回访规则) with the question and the script
_PROGRESS: Mapping[str, referrals.State] = {"已联系": "contacted", "已办成": "done"}
_HEARD: Mapping[str, referrals.State] = {"going": "contacted", "ok": "done"}


class ReferralRefusedError(Exception):
    """A referral can't be made or moved; the message is the sentence staff read."""


# For every door of staff


def offer(  # noqa: PLR0913  what to choose from, by whom
    session: Session, desk: Desk, ticket: Ticket, kind: str, staff: Staff, *, district: str = ""
) -> Referral:
    """A referral of which the client reads the bodies to choose from.

    Raises:
        ReferralRefusedError: There is no such kind, fewer than two may be offered, the client can't be asked, or the
            ticket has a living referral that was not only offered.
    """
    now = desk.now()
    bodies = _bodies(desk, kind, district, now)
    contact = session.get_one(Contact, ticket.contact_id)
    if contact.is_blocked or contact.erased_at is not None:
        raise ReferralRefusedError(referral_wording.unreachable(ticket.number))
    options = [[each.provider_id, each.name] for each in bodies]
    referral = _offer_again(session, desk, ticket, staff, options) or referrals.offer(
        session,
        Referral(
            number=numbers.next_number(session, numbers.REFERRAL, office_time(desk.settings).day(now)),
            ticket_id=ticket.key,
            contact_id=ticket.contact_id,
            kind=kind_of(kind),
            district=district,
            options=options,
            created_at=now,
        ),
        staff.key,
    )
    blocks = _offer_blocks(referral, ticket, bodies)
    tell(session, contact, blocks, now, choices=_offer_rows(referral))
    return referral


def progress(session: Session, desk: Desk, number: str, target: referrals.State, staff: Staff) -> Referral:
    """已联系 or 已办成, noted by staff; when it is done the client is asked how it was.

    Raises:
        ReferralRefusedError: There is no such referral, it can't become that, or the body left the directory.
    """
    referral, now = _named(session, number), desk.now()
    if target == "contacted" and referral.state == "chosen" and not _is_current(desk, referral.provider_id, now):
        raise ReferralRefusedError(referral_wording.left_directory(referral.number, referral.provider_name))
    try:
        _advance(session, referral, target, staff.key, now)
    except IllegalReferralMoveError as error:
        raise ReferralRefusedError(referral_wording.refused(referral.number, STATES[referral.state])) from error
    return referral


def question(session: Session, follow_up: FollowUp) -> str:
    """What a follow-up about a referral asks; empty for any other."""
    referral = _followed(session, follow_up)
    return referral_wording.follow_up(referral.number, referral.provider_name) if referral else ""


def heard(session: Session, desk: Desk, follow_up: FollowUp, result: str, actor: str) -> None:
    """What a follow-up says of the referral it belongs to: still going on means contacted, 办好 means done."""
    referral = _followed(session, follow_up)
    target = _HEARD.get(result)
    if referral is None or follow_up.seq < _seq(session, referral):  # it asked about a body chosen before
        return
    if target and referral.state in referrals.LEGAL_ORIGINS[target]:
        _advance(session, referral, target, actor, desk.now())


def withdraw_all(session: Session, desk: Desk, contact: Contact, now: datetime) -> None:
    """The client wants nothing of theirs passed on any more: every living referral ends."""
    for each in referrals.of_contact(session, contact.key):
        if each.state in referrals.ALIVE:
            _withdraw(session, desk, each, now)


# The client


def take(talk: Talk) -> Replies:
    """A button under a referral: ``pick``, ``yes``, ``self``, ``again``, ``none``, ``stop`` or ``score``."""
    which, _, rest = talk.wish.argument.partition(":")
    act, _, choice = rest.partition(":")
    referral = referrals.owned(talk.session, identity(which), talk.contact.key)
    if referral is None:
        return (say(talk, wording.STALE_PRESS, choices=everyday_choices()),)
    if act == "score":
        return _take_score(talk, referral, choice)
    if act == "stop":
        return _take_stop(talk, referral)
    if referral.state != "offered":
        over = referral_wording.CHOSEN_BEFORE if referral.state in referrals.ALIVE else referral_wording.OVER
        return (say(talk, over),)
    if act == "none":
        referrals.move(talk.session, referral, "declined", _client(talk), talk.now)
        _tell_staff(talk.session, talk.desk, referral, referral_wording.staff_declined(referral.number), talk.now)
        return (say(talk, referral_wording.DECLINED),)
    return _take_choice(talk, referral, act, choice)


def _take_choice(talk: Talk, referral: Referral, act: str, choice: str) -> Replies:
    name = _names(referral).get(choice)
    if act == "again" or name is None:  # a button of what was offered before shows what is offered now
        ticket = talk.session.get_one(Ticket, referral.ticket_id)
        bodies = [each for each in (_body(talk.desk, key, talk.now) for key, _ in referral.options) if each]
        return (say(talk, *_offer_blocks(referral, ticket, bodies), choices=_offer_rows(referral)),)
    body = _body(talk.desk, choice, talk.now)
    if body is None:
        told = referral_wording.staff_gone(referral.number, name)
        _tell_staff(talk.session, talk.desk, referral, told, talk.now)
        return (say(talk, referral_wording.gone(name), choices=_offer_rows(referral, without=choice)),)
    if act == "pick":
        buttons = [(referral_wording.AGREE, f"refer:{referral.id}:yes:{choice}")]
        buttons += [(referral_wording.SELF, f"refer:{referral.id}:self:{choice}")]
        buttons += [(referral_wording.ANOTHER, f"refer:{referral.id}:again")]
        return (say(talk, referral_wording.consent(name), choices=column(buttons)),)
    if act not in ("yes", "self"):
        return (say(talk, wording.STALE_PRESS, choices=everyday_choices()),)
    return _choose(talk, referral, body, is_shared=act == "yes")


def _choose(talk: Talk, referral: Referral, body: Provider, *, is_shared: bool) -> Replies:
    """The choice with the consent, follow-ups planned, staff told."""
    consent = {
        "shared": list(referral_wording.SHARED),
        "consent_version": referral_wording.CONSENT_VERSION,
        "consent_text": referral_wording.consent(_names(referral)[body.provider_id]),  # the words that were shown
        "consent_at": talk.now,
    }
    chosen: dict[str, Any] = {"provider_id": body.provider_id, "provider_name": body.name, "chosen_at": talk.now}
    chosen |= consent if is_shared else {}
    referrals.move(talk.session, referral, "chosen", _client(talk), talk.now, note=body.name, **chosen)
    _plan_follow_ups(talk, referral)
    told = referral_wording.staff_chosen(referral.number, body.name, body.contact, referral.shared)
    _tell_staff(talk.session, talk.desk, referral, told, talk.now)
    said = referral_wording.chosen(referral.number, body.name, body.contact, is_shared=is_shared)
    return (say(talk, said, choices=(row((referral_wording.WITHDRAW, f"refer:{referral.id}:stop")),)),)


def _plan_follow_ups(talk: Talk, referral: Referral) -> None:
    """Due rows after 7, 30 and 90 days; the ordinary ones about referrals would ask the same twice."""
    if not talk.contact.may_be_followed_up:
        return
    ticket = talk.session.get_one(Ticket, referral.ticket_id)
    rules = talk.settings.follow_up_rules
    if rules.rule_for(ticket.service_item, ticket.reason).rule_id == RULE:
        follow_ups.call_off(talk.session, referral.ticket_id, "visit", talk.now)
    for place, days in enumerate(FOLLOW_UP_DAYS, start=1):
        due_at, seq = talk.office.after_quiet(talk.now + timedelta(days=days)), _seq(talk.session, referral) + place
        follow_ups.plan(talk.session, referral.ticket_id, referral.contact_id, "referral", due_at, seq=seq, rule=RULE)


def _take_stop(talk: Talk, referral: Referral) -> Replies:
    if referral.state not in referrals.ALIVE:
        return (say(talk, referral_wording.OVER),)
    _withdraw(talk.session, talk.desk, referral, talk.now)
    return (say(talk, referral_wording.WITHDRAWN),)


def _take_score(talk: Talk, referral: Referral, choice: str) -> Replies:
    if referral.state != "done" or choice not in ("1", "2", "3", "4", "5"):
        return (say(talk, wording.STALE_PRESS, choices=everyday_choices()),)
    referrals.score(referral, int(choice))
    return (say(talk, referral_wording.THANKS),)


# In a staff chat


def take_offer(talk: StaffTalk) -> Replies:
    """``/refer 工单号 类别 区域``."""
    if talk.ticket is None or not talk.text.strip():
        return (say(talk, referral_wording.REFER_HOW),)
    kind, _, district = talk.text.strip().partition(" ")
    try:
        referral = offer(talk.session, talk.desk, talk.ticket, kind, talk.staff, district=district.strip())
    except ReferralRefusedError as error:
        return (say(talk, str(error)),)
    return (say(talk, referral_wording.staff_offered(referral.number, [name for _, name in referral.options])),)


def take_progress(talk: StaffTalk) -> Replies:
    """``/referral DJ编号 已联系`` or ``已办成``."""
    number, _, words = talk.wish.argument.partition(" ")
    target = _PROGRESS.get(words.strip())
    if not number or target is None:
        return (say(talk, referral_wording.REFERRAL_HOW),)
    try:
        referral = progress(talk.session, talk.desk, number, target, talk.staff)
    except ReferralRefusedError as error:
        return (say(talk, str(error)),)
    return (say(talk, referral_wording.moved(referral.number, STATES[referral.state])),)


# --- steps


def _bodies(desk: Desk, kind: str, district: str, now: datetime) -> list[Provider]:
    """Two to four bodies of a kind that may be offered today."""
    if not desk.providers.by_id:
        raise ReferralRefusedError(referral_wording.NO_DIRECTORY)
    wanted = kind_of(kind)
    if not wanted:
        raise ReferralRefusedError(referral_wording.no_kind(kind, KINDS.values()))
    found = desk.providers.current(wanted, office_time(desk.settings).day(now), district)
    if len(found) < FEWEST:
        n_old = sum(each.kind == wanted for each in desk.providers.by_id.values()) - len(found)
        raise ReferralRefusedError(referral_wording.too_few(KINDS[wanted], [each.name for each in found], n_old))
    return found[:MOST]


def _offer_again(
    session: Session, desk: Desk, ticket: Ticket, staff: Staff, options: list[list[str]]
) -> Referral | None:
    """The living referral of the ticket with new options, where the body chosen has left the directory or its choice
    is still open with others; ``None`` when there is none.
    """
    referral = referrals.alive_of_ticket(session, ticket.key)
    if referral is None:
        return None
    is_gone = referral.state == "chosen" and not _is_current(desk, referral.provider_id, desk.now())
    if not is_gone and (referral.state != "offered" or referral.options == options):
        raise ReferralRefusedError(referral_wording.alive_before(referral.number, STATES[referral.state]))
    follow_ups.call_off(session, ticket.key, "referral", desk.now())
    blank: dict[str, Any] = {
        "provider_id": "",
        "provider_name": "",
        "shared": [],
        "consent_version": "",
        "consent_text": "",
    }
    return referrals.move(
        session, referral, "offered", staff.key, desk.now(), options=options, consent_at=None, chosen_at=None, **blank
    )


def _advance(session: Session, referral: Referral, target: referrals.State, actor: str, now: datetime) -> None:
    changes: dict[str, Any] = {"contacted_at": referral.contacted_at or now}
    changes |= {"done_at": now} if target == "done" else {}
    referrals.move(session, referral, target, actor, now, **changes)
    if target != "done":
        return
    follow_ups.call_off(session, referral.ticket_id, "referral", now)
    contact = session.get_one(Contact, referral.contact_id)
    if contact.is_welcome_to_unasked:
        levels = column((label, f"refer:{referral.id}:score:{score}") for score, label in wording.SCORES)
        asked = Block("text", referral_wording.how_was_it(referral.number, referral.provider_name))
        tell(session, contact, (asked,), now, choices=levels)


def _withdraw(session: Session, desk: Desk, referral: Referral, now: datetime) -> None:
    was_shared = referral.state == "contacted" and bool(referral.shared)
    actor, name = f"contact:{referral.contact_id}", referral.provider_name
    referrals.move(session, referral, "withdrawn", actor, now, withdrawn_at=now)
    follow_ups.call_off(session, referral.ticket_id, "referral", now)
    told = referral_wording.staff_withdrawn(referral.number, name, was_shared=was_shared)
    _tell_staff(session, desk, referral, told, now)


def _tell_staff(session: Session, desk: Desk, referral: Referral, text: str, now: datetime) -> None:
    tell_staff(session, desk, session.get_one(Ticket, referral.ticket_id), (Block("text", text),), now)


def _offer_blocks(referral: Referral, ticket: Ticket, bodies: Sequence[Provider]) -> tuple[Block, ...]:
    places = {provider_id: at for at, (provider_id, _) in enumerate(referral.options, start=1)}
    lead = Block("lead", referral_wording.offer(referral.number, ticket.number))
    return (lead, *(Block("text", _body_line(places[each.provider_id], each)) for each in bodies))


def _body_line(place: int, body: Provider) -> str:
    facts = (KINDS[body.kind], body.district, f"许可：{body.licence}", f"核对于 {body.checked}")
    return referral_wording.body(place, body.name, facts)


def _offer_rows(referral: Referral, *, without: str = "") -> Rows:
    numbered = [(at, *each) for at, each in enumerate(referral.options, start=1)]
    picks = [(f"{at}. {name}", f"refer:{referral.id}:pick:{key}") for at, key, name in numbered if key != without]
    return column([*picks, (referral_wording.NONE_OF_THEM, f"refer:{referral.id}:none")])


def _names(referral: Referral) -> dict[str, str]:
    """The bodies offered: id → name."""
    return {each[0]: each[1] for each in referral.options}


def _body(desk: Desk, provider_id: str, now: datetime) -> Provider | None:
    """A body as the directory has it, ``None`` when it may not be offered."""
    found = desk.providers.by_id.get(provider_id)
    return found if found is not None and found.is_current(office_time(desk.settings).day(now)) else None


def _is_current(desk: Desk, provider_id: str, now: datetime) -> bool:
    return _body(desk, provider_id, now) is not None


def _followed(session: Session, follow_up: FollowUp) -> Referral | None:
    return referrals.get(session, follow_up.seq // _SEQS) if follow_up.kind == "referral" else None


def _seq(session: Session, referral: Referral) -> int:
    """What the follow-ups of the newest choice are numbered from: chosen anew, it is followed up anew."""
    n_chosen = sum(each.to_state == "chosen" for each in referrals.history_of(session, referral.key))
    return referral.key * _SEQS + n_chosen * 10


def _named(session: Session, number: str) -> Referral:
    found = referrals.by_number(session, number)
    if found is None:
        raise ReferralRefusedError(referral_wording.no_referral(number.strip().upper()[:40]))
    return found


def _client(talk: Talk) -> str:
    return f"contact:{talk.contact.id}"
