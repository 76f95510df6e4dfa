"""Who takes a message of staff: the table of their commands and buttons, each with the action one must be allowed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from consultations.messages import Inbound
from consultations.permissions import Action
from handlers import (
    absent,
    archive,
    discuss_broadcasts,
    discuss_cases,
    discuss_drafts,
    discuss_import,
    discuss_policies,
    discuss_trainings,
    enter_console,
    files,
    find_gaps,
    follow_up_tasks,
    give_out,
    match_policies,
    move_ticket,
    opinions,
    prepare_reply,
    record,
    refer,
    remind_visits,
    second_check,
    staff_reply,
    why,
)
from handlers.desk import Desk
from handlers.talk import Replies, StaffTalk
from handlers.whose import (
    Means,
    case_meant,
    consultation_meant,
    draft_meant,
    nothing,
    opinion_meant,
    referral_meant,
    ticket_meant,
    tickets_meant,
    training_meant,
    visit_meant,
)
from handlers.wish import Wish, readable


@dataclass(frozen=True)
class StaffRoute:
    """Who takes a message from a staff room. `action` is what one must be allowed to do, to all that is `meant`. `look`
    finds what takes long, or proofreads what is to go out, before the writing session opens.
    """

    name: str
    action: Action
    fits: Callable[[Inbound, Wish], bool]
    handle: Callable[[StaffTalk], Replies]
    meant: Means
    look: Callable[[Inbound, Wish, Desk], Any] | None = None


def _staff_wants(*verbs: str) -> Callable[[Inbound, Wish], bool]:
    return lambda _inbound, wish: wish.verb in verbs


def _at_words(look: Callable[[Desk, str], Any]) -> Callable[[Inbound, Wish, Desk], Any]:
    """A look that needs the words only."""
    return lambda inbound, wish, desk: look(desk, words_of(inbound, wish))


def words_of(inbound: Inbound, wish: Wish) -> str:
    """What is left of a message of staff beside its command."""
    return wish.argument if wish.verb else readable(inbound.text)


def _is_in_thread(inbound: Inbound, wish: Wish) -> bool:
    """Plain words in a ticket's thread."""
    return inbound.kind == "text" and inbound.thread_key.startswith("ticket:") and not wish.verb


def _wants_of_draft(*verbs: str) -> Callable[[Inbound, Wish], bool]:
    return lambda inbound, wish: wish.verb == "draft" and discuss_drafts.verb_of(inbound, wish) in verbs


_DRAFT_ROUTES: tuple[tuple[str, Action, Callable[[Inbound, Wish], bool]], ...] = (
    ("draft_review", "draft.review", _wants_of_draft("publish", "return", "reject", "stand")),
    ("draft_tell", "draft.tell", _wants_of_draft("preview", "tell")),
    ("draft_write", "draft.write", _wants_of_draft("edit", "submit", "withdraw")),
    ("draft", "draft.show", _staff_wants("draft")),
)


def _wants_of_case(*verbs: str) -> Callable[[Inbound, Wish], bool]:
    return lambda inbound, wish: wish.verb == "case" and discuss_cases.verb_of(inbound, wish) in verbs


def _makes_case(inbound: Inbound, wish: Wish) -> bool:
    return wish.verb == "make_case" or _wants_of_case("make")(inbound, wish)


_CASE_ROUTES: tuple[tuple[str, Action, Callable[[Inbound, Wish], bool]], ...] = (
    ("case_review", "case.review", _wants_of_case("publish", "return")),
    ("case_write", "case.write", _wants_of_case("edit", "ask", "submit", "withdraw")),
    ("case", "case.list", _staff_wants("case")),
)


def _wants_of_training(*verbs: str) -> Callable[[Inbound, Wish], bool]:
    return lambda inbound, wish: wish.verb == "training" and discuss_trainings.verb_of(inbound, wish) in verbs


_TRAINING_ROUTES: tuple[tuple[str, Action, Callable[[Inbound, Wish], bool]], ...] = (
    ("training_list", "training.list", _wants_of_training(*discuss_trainings.LOOKS)),
    ("training_invite", "training.invite", _wants_of_training("invite")),
    ("training", "training.manage", _staff_wants("training")),
)


def _wants_of_policy(*verbs: str) -> Callable[[Inbound, Wish], bool]:
    return lambda _inbound, wish: wish.verb == "policy" and discuss_policies.verb_of(wish) in verbs


_POLICY_ROUTES: tuple[tuple[str, Action, Callable[[Inbound, Wish], bool]], ...] = (
    ("policy_review", "policy.review", _wants_of_policy("publish", "return", "reject")),
    ("policy_write", "policy.write", _wants_of_policy("submit")),
    ("policy", "policy.list", _staff_wants("policy")),
)


def _wants_of_broadcast(*verbs: str) -> Callable[[Inbound, Wish], bool]:
    return lambda inbound, wish: wish.verb == "broadcast" and discuss_broadcasts.verb_of(inbound, wish) in verbs


_BROADCAST_ROUTES: tuple[tuple[str, Action, Callable[[Inbound, Wish], bool]], ...] = (
    ("broadcast_decide", "broadcast.approve", _wants_of_broadcast(*discuss_broadcasts.DECIDES)),
    ("broadcast_show", "broadcast.list", _wants_of_broadcast(*discuss_broadcasts.LOOKS)),
    ("broadcast", "broadcast.write", _staff_wants("broadcast")),
)


def _wants_of_check(*verbs: str) -> Callable[[Inbound, Wish], bool]:
    return lambda inbound, wish: wish.verb == "check" and second_check.verb_of(inbound, wish) in verbs


_CHECK_ROUTES: tuple[tuple[str, Action, Callable[[Inbound, Wish], bool], Means], ...] = (
    ("check_decide", "reply.check", _wants_of_check("pass", "back"), ticket_meant),
    ("check_undo", "ticket.reply", _wants_of_check("undo"), ticket_meant),
    ("check_list", "ticket.list", _wants_of_check("list"), nothing),
    ("check", "ticket.show", _staff_wants("check"), ticket_meant),
)


# Deny by default: each names its action in `consultations.permissions`, and what it is about, whose outlet decides.
STAFF_ROUTES: tuple[StaffRoute, ...] = (
    StaffRoute("claim", "ticket.claim", _staff_wants("claim"), staff_reply.claim, ticket_meant),
    StaffRoute("close", "ticket.close", _staff_wants("close"), staff_reply.close, ticket_meant),
    *(
        StaffRoute(name, action, fits, second_check.take, about, second_check.look)
        for name, action, fits, about in _CHECK_ROUTES
    ),
    StaffRoute(
        "quick", "ticket.reply", _staff_wants("quick"), prepare_reply.quick, ticket_meant, prepare_reply.look_quick
    ),
    StaffRoute(
        "insert", "ticket.reply", _staff_wants("insert"), prepare_reply.insert, ticket_meant, prepare_reply.look_card
    ),
    StaffRoute(
        "prepared",
        "ticket.reply",
        _staff_wants("prepared"),
        prepare_reply.send_prepared,
        ticket_meant,
        prepare_reply.look_draft,
    ),
    StaffRoute("note", "ticket.note", _staff_wants("note"), staff_reply.note, ticket_meant),
    StaffRoute("show", "ticket.show", _staff_wants("show"), move_ticket.show, ticket_meant),
    StaffRoute("match", "ticket.show", _staff_wants("match"), match_policies.for_ticket, ticket_meant),
    StaffRoute("release", "ticket.release", _staff_wants("release"), move_ticket.release, ticket_meant),
    StaffRoute("assign", "ticket.assign", _staff_wants("assign"), move_ticket.assign, ticket_meant),
    StaffRoute("transfer", "ticket.transfer", _staff_wants("transfer"), move_ticket.transfer, ticket_meant),
    StaffRoute("merge", "ticket.merge", _staff_wants("merge"), move_ticket.merge, tickets_meant),
    StaffRoute("reopen", "ticket.reopen", _staff_wants("reopen"), move_ticket.reopen, ticket_meant),
    StaffRoute("kind", "ticket.kind", _staff_wants("kind"), move_ticket.set_kind, ticket_meant),
    StaffRoute("duty", "duty.show", _staff_wants("duty"), give_out.show_duty, nothing),
    StaffRoute("absent", "absence.own", _staff_wants("absent"), absent.take, nothing),
    StaffRoute("back", "absence.own", _staff_wants("back"), absent.back, nothing),
    StaffRoute("tickets", "ticket.list", _staff_wants("tickets"), staff_reply.list_tickets, nothing),
    StaffRoute("gaps", "gap.list", _staff_wants("gaps"), find_gaps.show_gaps, nothing, find_gaps.look_for_gaps),
    StaffRoute(
        "make_card",
        "draft.write",
        _staff_wants("make_card"),
        discuss_drafts.make,
        ticket_meant,
        discuss_drafts.look_for_card,
    ),
    StaffRoute(
        "gap", "draft.write", _staff_wants("gap"), discuss_drafts.make, consultation_meant, discuss_drafts.look_for_gap
    ),
    StaffRoute("drafts", "draft.list", _staff_wants("drafts"), discuss_drafts.list_drafts, nothing),
    *(
        StaffRoute(name, action, fits, discuss_drafts.discuss, draft_meant, discuss_drafts.look_for_draft)
        for name, action, fits in _DRAFT_ROUTES
    ),
    StaffRoute("cases", "case.list", _staff_wants("cases"), discuss_cases.show_list, nothing),
    StaffRoute("make_case", "case.write", _makes_case, discuss_cases.make, ticket_meant),
    *(StaffRoute(name, action, fits, discuss_cases.discuss, case_meant) for name, action, fits in _CASE_ROUTES),
    *(
        StaffRoute(name, action, fits, discuss_trainings.take, training_meant)
        for name, action, fits in _TRAINING_ROUTES
    ),
    StaffRoute(
        "compare",
        "policy.compare",
        _staff_wants("compare"),
        discuss_policies.show_comparison,
        nothing,
        discuss_policies.look_for_comparison,
    ),
    StaffRoute("policies", "policy.list", _staff_wants("policies"), discuss_policies.list_policies, nothing),
    *(StaffRoute(name, action, fits, discuss_policies.discuss, nothing) for name, action, fits in _POLICY_ROUTES),
    *(StaffRoute(name, action, fits, discuss_broadcasts.take, nothing) for name, action, fits in _BROADCAST_ROUTES),
    StaffRoute("broadcasts", "broadcast.list", _staff_wants("broadcasts"), discuss_broadcasts.show_list, nothing),
    StaffRoute("segments", "broadcast.list", _staff_wants("segments"), discuss_broadcasts.show_segments, nothing),
    StaffRoute("segment", "broadcast.write", _staff_wants("segment"), discuss_broadcasts.save_segment, nothing),
    StaffRoute("visits", "visit.list", _staff_wants("visits"), follow_up_tasks.list_tasks, nothing),
    StaffRoute("unvisited", "enterprise.read", _staff_wants("unvisited"), remind_visits.show_unvisited, nothing),
    StaffRoute("visit", "visit.record", _staff_wants("visit"), follow_up_tasks.take_record, visit_meant),
    StaffRoute(
        "archive",
        "archive.search",
        _staff_wants("archive"),
        archive.show_archive,
        nothing,
        archive.look_in_archive,
    ),
    StaffRoute("why", "archive.why", _staff_wants("why"), why.show_why, consultation_meant, _at_words(why.look_why)),
    StaffRoute("record", "entry.record", _staff_wants("record"), record.take, nothing, _at_words(record.look)),
    StaffRoute("unrecord", "entry.undo", _staff_wants("unrecord"), record.take_back, consultation_meant),
    StaffRoute("refer", "referral.offer", _staff_wants("refer"), refer.take_offer, ticket_meant),
    StaffRoute("referral", "referral.move", _staff_wants("referral"), refer.take_progress, referral_meant),
    StaffRoute("opinion", "opinion.record", _staff_wants("opinion"), opinions.take_entry, nothing),
    StaffRoute("opinions", "opinion.list", _staff_wants("opinions"), opinions.take_list, opinion_meant),
    StaffRoute("console", "console.enter", _staff_wants("console"), enter_console.from_room, nothing),
    StaffRoute("help", "room.help", _staff_wants("help", "unknown_command"), staff_reply.show_help, nothing),
    StaffRoute("send", "ticket.reply", _staff_wants("send"), staff_reply.send_anyway, ticket_meant),
    StaffRoute("revise", "ticket.reply", _staff_wants("revise"), staff_reply.revise, ticket_meant),
    StaffRoute(
        "reply",
        "ticket.reply",
        _staff_wants("reply"),
        staff_reply.reply,
        ticket_meant,
        _at_words(staff_reply.proofread),
    ),
    StaffRoute(
        "words", "ticket.note", _is_in_thread, staff_reply.speak, ticket_meant, _at_words(staff_reply.proofread)
    ),
    StaffRoute(
        "import",
        "policy.import",
        _staff_wants("import"),
        discuss_import.tell_outcome,
        nothing,
        discuss_import.look_at_press,
    ),
    StaffRoute(
        "correct",
        "policy.import",
        _staff_wants("correct"),
        discuss_import.show_file,
        nothing,
        discuss_import.look_at_correction,
    ),
    StaffRoute(
        "import_link",
        "policy.import",
        _staff_wants("import_link"),
        discuss_import.show_file,
        nothing,
        discuss_import.look_at_link,
    ),
    StaffRoute(
        "policy_file",
        "policy.import",
        lambda inbound, _wish: discuss_import.is_policy_file(inbound),
        discuss_import.show_file,
        nothing,
        discuss_import.look_at_file,
    ),
    StaffRoute(
        "file",
        "ticket.reply",
        lambda inbound, _wish: files.is_for_asker(inbound),
        files.to_asker,
        ticket_meant,
        _at_words(staff_reply.proofread),
    ),
    StaffRoute(
        "unknown_press",
        "room.talk",
        lambda inbound, _wish: inbound.kind == "choice",
        staff_reply.refuse_press,
        nothing,
    ),
    StaffRoute("chat", "room.talk", lambda _inbound, _wish: True, staff_reply.stay_silent, nothing),
)
