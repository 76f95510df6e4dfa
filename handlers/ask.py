"""Answer a question: short answer first, then what it rests on and the day it holds; a person always one tap away."""

from __future__ import annotations

from functools import partial

from consultations import archive, dialogue
from consultations.archive import Consultation
from consultations.messages import Block, Choice
from handlers import opinions, wording
from handlers.escalate import hand_over, relay
from handlers.filing import file, is_joined
from handlers.give_out import REASONS
from handlers.guide_buttons import offer_rows
from handlers.interpret import blocks_under
from handlers.outlet_of_asker import outlet_known
from handlers.situation import DAY_SIGN
from handlers.talk import Replies, Rows, Talk, column, everyday_choices, human_row, row, say
from handlers.wish import identity
from knowledge.passages import Answer, Citation

LABEL_LEADS = {"complaint": wording.COMPLAINT, "personal": wording.PERSONAL_CASE}
ACTION_LEADS = {"escalate": wording.WEAK, "out_of_scope": wording.OUT_OF_SCOPE, "clarify": wording.ASKING_BACK}


def ask(talk: Talk) -> Replies:
    """The reply to a question, archived."""
    assert talk.answer is not None
    consultation = file(talk, talk.answer, talk.answer.question if is_joined(talk) else talk.text)
    if talk.ticket is not None and talk.answer.action != "escalate":
        return _answer_beside_ticket(talk, talk.answer, consultation)
    was_asking_back = talk.dialogue.is_asking_back and bool(talk.dialogue.previous(talk.now)) and not is_joined(talk)
    is_clarify = talk.answer.action == "clarify"
    _remember(talk, consultation, is_asking_back=is_clarify)
    if is_clarify and was_asking_back:  # asked back at most once per question
        return _with_reply(
            talk, consultation, (Block("lead", wording.STILL_UNCLEAR), *hand_over(talk, consultation, "weak"))
        )
    if talk.answer.action == "escalate":
        reason = REASONS.get(talk.answer.label, "weak")
        handed = hand_over(talk, consultation, reason)
        noted = opinions.register_complaint(talk, consultation) if reason == "complaint" else ()
        return _with_reply(talk, consultation, compose(talk.answer) + handed + noted, _related(talk.answer))
    said = _said(talk, talk.answer) + blocks_under(talk.session, talk.answer.citations, partial(_outlet, talk))
    return _with_reply(talk, consultation, said, _choices(talk, consultation))


def _outlet(talk: Talk) -> str:
    return talk.outlet or outlet_known(talk.session, talk.desk.duty.book, talk.contact, talk.text, talk.ticket)


def _remember(talk: Talk, consultation: Consultation, *, is_asking_back: bool = False) -> None:
    """The question the next message may lean on: a follow-up as it was completed (那外观呢 → 外观专利保护几年)."""
    assert talk.answer is not None
    question = talk.answer.trace.get("completed") or consultation.question
    dialogue.remember(talk.dialogue, question, talk.now, is_asking_back=is_asking_back)


def open_card(talk: Talk) -> Replies:
    """The answer of one card whose button was pressed; when the card is gone, what to do instead."""
    if talk.answer is None:
        return (say(talk, wording.CARD_GONE, choices=everyday_choices()),)
    consultation = file(talk, talk.answer, talk.answer.question)
    dialogue.remember(talk.dialogue, talk.answer.question, talk.now)
    if talk.answer.action == "escalate":
        handed = hand_over(talk, consultation, "weak")
        return _with_reply(talk, consultation, compose(talk.answer) + handed, _related(talk.answer))
    return _with_reply(talk, consultation, _said(talk, talk.answer), _choices(talk, consultation))


def judge(talk: Talk) -> Replies:
    """有帮助 / 没帮助 on one's own consultation."""
    consultation = archive.owned(talk.session, identity(talk.wish.argument), talk.contact.key)
    if consultation is None:
        return (say(talk, wording.STALE_PRESS, choices=everyday_choices()),)
    archive.judge(consultation, "good" if talk.wish.verb == "good" else "bad")
    if talk.wish.verb == "good":
        return (say(talk, wording.FEEDBACK_GOOD),)
    return (say(talk, wording.FEEDBACK_BAD, choices=(human_row(),)),)


def _said(talk: Talk, answer: Answer) -> tuple[Block, ...]:
    """The blocks of an answer; whose it is where an outlet answers in its own way."""
    layer = next((each.layer for each in (answer, *answer.offers) if each.layer), "")
    outlet = talk.desk.duty.book.outlets.get(layer)
    return (*compose(answer), *([Block("note", wording.local_answer(outlet.name))] if outlet else []))


def compose(answer: Answer) -> tuple[Block, ...]:
    """The blocks of one answer: lead, paragraphs, the law's own words, 依据, dates; last, a question beside it."""
    lead = answer.lead or LABEL_LEADS.get(answer.label) or ACTION_LEADS.get(answer.action, "")
    blocks = [Block("note", wording.repaired(answer.repaired))] if answer.repaired else []
    if answer.understood_as and answer.action == "answer":
        blocks.append(Block("note", wording.understood_as(answer.understood_as)))
    blocks.append(Block("lead", lead))
    blocks += [Block("text", each) for each in answer.details]
    offers = [Block("text", _offer(number, each)) for number, each in enumerate(answer.offers, start=1)]
    blocks += [] if answer.beside else offers
    blocks += _evidence(answer)
    if answer.notice:
        blocks.append(Block("note", answer.notice))
    if answer.citations:
        blocks += _dates(answer)
    if answer.beside:  # another question: it stands apart from what proves the answer to the first
        blocks += [Block("text", answer.beside), *offers]
    return tuple(each for each in blocks if each.text)


def compose_text(answer: Answer) -> str:
    """The same as plain text, for batches and the command line; what to press stands in lines of its own."""
    offered = len(answer.offers)
    options = [wording.or_else(title) for _, title in answer.options[:4][offered:]]
    return "\n".join([*(_plain(each) for each in compose(answer)), *options])


def _plain(block: Block) -> str:
    """A block where nothing but words can be shown: the law's own words are said to be so."""
    return wording.in_the_law(block.text) if block.kind == "quote" else block.text


def _offer(number: int, offer: Answer) -> str:
    """One of the questions asked back, with its answer: the first in full, since it is the likeliest."""
    said = (offer.lead, *(offer.details if number == 1 else ()), offer.notice)
    source = wording.bases([_name(each) for each in offer.citations[:2]]) if offer.citations else ""
    return "\n".join([f"{number}. {offer.question}", *(each for each in (*said, source) if each)])


def _evidence(answer: Answer) -> list[Block]:
    if not answer.citations:
        return []
    quoted = next((each for each in answer.citations if each.quote and each.quote not in answer.lead), None)
    quotes = [Block("quote", quoted.quote)] if quoted is not None else []
    names = list(dict.fromkeys(_name(each) for each in answer.citations))
    return [*quotes, Block("basis", wording.bases(names))]


def _dates(answer: Answer) -> list[Block]:
    texts = [
        wording.holds_on(answer.holds_on) if answer.holds_on else "",
        wording.last_reviewed(answer.last_reviewed) if answer.last_reviewed else "",
    ]
    return [Block("note", "".join(texts))]


def _name(citation: Citation) -> str:
    return wording.basis(citation.law, citation.article, citation.version)


def _answer_beside_ticket(talk: Talk, answer: Answer, consultation: Consultation) -> Replies:
    """Nobody has taken the ticket yet: staff get the message, and the asker gets an answer where there is one."""
    assert talk.ticket is not None
    relay(talk, talk.ticket, talk.text, consultation)
    consultation.ticket_id = talk.ticket.id
    _remember(talk, consultation)
    if answer.action != "answer":
        return _with_reply(talk, consultation, (Block("text", wording.added_to_ticket(talk.ticket.number)),))
    note = Block("note", wording.answered_beside_ticket(talk.ticket.number))
    return _with_reply(talk, consultation, (*_said(talk, answer), note), _choices(talk, consultation))


def _with_reply(talk: Talk, consultation: Consultation, blocks: tuple[Block, ...], choices: Rows = ()) -> Replies:
    filed = wording.FILE_NOTED if talk.inbound.attachments else ""
    assert talk.answer is not None
    offered = offer_rows(talk, talk.answer, consultation.question)
    message = say(talk, *blocks, filed, choices=(*offered, *choices))
    consultation.reply = message.plain_text
    return (message,)


def _choices(talk: Talk, consultation: Consultation) -> Rows:
    answer = talk.answer
    assert answer is not None
    if answer.action == "clarify":
        return (*_options(answer), human_row())
    related = (*_options(answer), *_related(answer))
    if answer.action != "answer":
        return (*related, *everyday_choices())
    judged: tuple[Choice, ...] = row((wording.GOOD, f"good:{consultation.id}"), (wording.BAD, f"bad:{consultation.id}"))
    return (*related, (*judged, *(() if talk.ticket else human_row())))


def _options(answer: Answer) -> Rows:
    """What may have been meant; the only one stands above with its answer, so its button says yes to it."""
    of_day = f"{DAY_SIGN}{answer.day}" if answer.day else ""
    options = answer.options[:4]
    is_told = len(options) == 1 and len(answer.offers) == 1
    names = [wording.THAT_IS_IT] if is_told else [title for _, title in options]
    return column((name, f"pick:{card_id}{of_day}") for name, (card_id, _) in zip(names, options, strict=True))


def _related(answer: Answer) -> Rows:
    return column((title, f"card:{card_id}") for card_id, title in answer.related[:3])
