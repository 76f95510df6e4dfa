"""卡片草稿: what is written or waits for review; one draft with its editor, how it would read, what it changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from consultations import card_drafts
from consultations.card_drafts import STATE_NAMES, CardDraft
from consultations.duty_book import Outlet
from consultations.service_items import load_pack
from handlers import override_card, wording
from handlers.discuss_drafts import draft_buttons, kind_of
from handlers.published_cards import is_new_card
from handlers.review_card import DraftRefusedError, edit_draft, lacks, read_change
from handlers.talk import StaffTalk
from handlers.whose import Meant, Place, in_sight, of_draft, sees
from handlers.wish import identity
from knowledge.card import Card
from web.console.acting import LONGEST, replies_to
from web.console.console import ROOT, Entry
from web.console.visits import Looking, Posting, Visit

ENTRY = Entry(f"{ROOT}/drafts", "卡片草稿", "draft.list")
PUBLISHED_SHOWN = 20
FIELDS = (
    "title",
    "variants",
    "negatives",
    "answer",
    "details",
    "citations",
    "service_item",
    "outlet",
    "override_reason",
)
LINES = ("variants", "negatives", "details")  # one a line
router = APIRouter()
Words = Annotated[str, Form(max_length=LONGEST)]
Short = Annotated[str, Form(max_length=200)]


@dataclass(frozen=True)
class Row:
    """One field of the card as it stands and as the draft has it."""

    name: str
    now: str
    then: str

    @property
    def is_changed(self) -> bool:
        """Whether publishing changes it."""
        return self.now != self.then


@router.get(ENTRY.path)
def show_list(visit: Looking, said: str = "") -> HTMLResponse:
    """What is open, then what was published last; what outlets answer in their own way."""
    return _list(visit, said=said)


def _list(
    visit: Visit, status: int = 200, *, said: str = "", told: str = "", given: Mapping[str, str] | None = None
) -> HTMLResponse:
    with visit.looking(ENTRY.action) as talk:
        states = (*card_drafts.OPEN, "published")
        rows = in_sight(talk, ENTRY.action, card_drafts.in_states(talk.session, states), partial(_place, talk))
        is_open = [each for each in rows if each.state != "published"]
        published = [each for each in rows if each.state == "published"][-PUBLISHED_SHOWN:]
        lines = [(each, STATE_NAMES[each.state], kind_of(each)) for each in (*is_open, *reversed(published))]
        may_open = visit.may("draft.show")
        overrides = [
            (each, wording.OVERRIDE_STATES[each.standing], sees(talk, "draft.review", _place(talk, each.draft)))
            for each in override_card.overview(talk.session, visit.desk)
            if sees(talk, ENTRY.action, _place(talk, each.draft))
        ]
        return visit.page(
            "drafts.html",
            status,
            lines=lines,
            late=_late(visit, published),
            may_open=may_open,
            overrides=overrides,
            outlets=[each for each in visit.desk.duty.book.outlets.values() if _may_write_for(talk, each)],
            given=given or {},
            told=told,
            said=replies_to(talk.session, visit, said),
        )


def _late(visit: Visit, published: Sequence[CardDraft]) -> set[int]:
    """Those of the published whose card is to be looked at again."""
    today = visit.console.today()
    cards = {each.key: visit.desk.shelf.version_on(each.card_id, today) for each in published}
    return {key for key, card in cards.items() if card is not None and card.review_due <= today}


def _may_write_for(talk: StaffTalk, outlet: Outlet) -> bool:
    return sees(talk, "draft.write", Place(outlet.outlet_id))


@router.post(f"{ENTRY.path}/override")
def override(visit: Posting, card: Short = "", outlet: Short = "", reason: Words = "") -> Response:
    """A draft of an outlet's own answer to what a card answers; what stands in the way is told."""
    found = visit.desk.duty.book.outlet_named(outlet)
    with visit.looking("draft.write", *([Meant("网点", outlet, Place(found.outlet_id))] if found else [])):
        pass
    try:
        with visit.desk.writing() as session:
            made = override_card.override_card(
                session, visit.desk, card.strip(), outlet, reason, visit.staff, visit.desk.now()
            )
            number = made.key
    except DraftRefusedError as refused:
        return _list(visit, 422, told=str(refused), given={"card": card, "outlet": outlet, "reason": reason})
    return RedirectResponse(f"{ENTRY.path}/{number}", status_code=303)


@router.post(f"{ENTRY.path}/{{number}}/stand-by")
def stand_by(visit: Posting, number: str) -> HTMLResponse:
    """Somebody looked again at an override whose card changed."""
    with visit.looking("draft.review", _meant(visit, number)):
        pass
    try:
        with visit.desk.writing() as session:
            found = override_card.stand_by(session, visit.desk, identity(number) or 0, visit.staff, visit.desk.now())
            told = wording.override_stands(found.key)
    except DraftRefusedError as refused:
        return _list(visit, 422, told=str(refused))
    visit.console.on_work()
    return _list(visit, told=told)


@router.get(f"{ENTRY.path}/{{number}}")
def show(visit: Looking, number: str, said: str = "") -> HTMLResponse:
    """One draft."""
    return _page(visit, number, said=said)


@router.post(f"{ENTRY.path}/{{number}}")
def edit(  # noqa: PLR0913, PLR0917  the fields of the form
    visit: Posting,
    number: str,
    revision: Short = "",
    title: Short = "",
    variants: Words = "",
    negatives: Words = "",
    answer: Words = "",
    details: Words = "",
    citations: Words = "",
    service_item: Short = "",
    outlet: Short = "",
    override_reason: Words = "",
) -> HTMLResponse:
    """Everything that was changed, as one change; what can't be used is told and stays in the form."""
    words = (title, variants, negatives, answer, details, citations, service_item, outlet, override_reason)
    typed = dict(zip(FIELDS, words, strict=True))
    with visit.looking("draft.write", _meant(visit, number)) as talk:
        draft = card_drafts.get(talk.session, identity(number))
        assert draft is not None
        if revision != str(draft.revision):
            return _page(visit, number, 422, told=wording.DRAFT_CHANGED, typed=typed)
        try:
            changes = _changes(visit, draft, typed)
        except DraftRefusedError as refused:
            return _page(visit, number, 422, told=str(refused), typed=typed)
    try:
        with visit.desk.writing() as session:
            if changes:
                edit_draft(session, identity(number) or 0, visit.staff, changes, visit.desk.now(), seen=int(revision))
    except DraftRefusedError as refused:
        return _page(visit, number, 422, told=str(refused), typed=typed)
    return _page(visit, number, told=wording.DRAFT_SAVED)


def _changes(visit: Visit, draft: CardDraft, typed: Mapping[str, str]) -> dict[str, Any]:
    """What somebody changed, field by field; the answer first, as it brings sources of its own."""
    now = texts_of(draft)
    wanted = [each for each in FIELDS if _lines(typed[each]) != _lines(now[each])]
    changes: dict[str, Any] = {}
    for name in sorted(wanted, key=lambda each: each == "citations"):
        changes |= read_change(visit.desk, draft, name, typed[name], visit.person)
    return changes


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def texts_of(draft: CardDraft) -> dict[str, str]:
    """Every field as it is edited."""
    sources = (wording.basis(each["law"], each["article"], each["version"]) for each in draft.citations)
    texts = {name: "\n".join(getattr(draft, name)) for name in LINES}
    return {
        "title": draft.title,
        **texts,
        "answer": draft.answer,
        "citations": "；".join(sources),
        "service_item": draft.service_item,
        "outlet": draft.outlet,
        "override_reason": draft.override_reason,
    }


def _page(visit: Visit, number: str, status: int = 200, *, said: str = "", **values: Any) -> HTMLResponse:  # noqa: ANN401
    with visit.looking("draft.show", _meant(visit, number)) as talk:
        draft = card_drafts.get(talk.session, identity(number))
        assert draft is not None
        texts = texts_of(draft)
        return visit.page(
            "draft.html",
            status,
            draft=draft,
            state=STATE_NAMES[draft.state],
            kind=kind_of(draft),
            texts=texts | values.pop("typed", {}),
            names=wording.DRAFT_FIELDS,
            rows=_compared(talk, draft, texts, visit),
            lacks=lacks(draft) if draft.state == "draft" else (),
            choices=draft_buttons(draft),
            n_people=len({each.contact_id for each in card_drafts.askers_of(talk.session, draft.key)}),
            history=card_drafts.history_of(talk.session, draft.key),
            states=STATE_NAMES,
            items=load_pack().items.values(),
            outlets=_outlets(talk, draft),
            may_write=draft.state == "draft" and sees(talk, "draft.write", _place(talk, draft)),
            said=replies_to(talk.session, visit, said),
            **values,
        )


def _outlets(talk: StaffTalk, draft: CardDraft) -> list[Outlet]:
    """The outlets this person may write the draft for, and the one it is for."""
    every = talk.desk.duty.book.outlets.values()
    return [each for each in every if each.outlet_id == draft.outlet or _may_write_for(talk, each)]


def _compared(talk: StaffTalk, draft: CardDraft, texts: Mapping[str, str], visit: Visit) -> Sequence[Row]:
    """The card as it stands beside the draft; nothing for a card that does not exist yet."""
    card_id = draft.overrides or draft.card_id
    card = talk.desk.shelf.version_on(card_id, visit.console.today()) if card_id else None
    if card is None:
        return ()
    before = _texts_of_card(card)
    both = "\n".join(dict.fromkeys(f"{before['variants']}\n{texts['variants']}".strip().splitlines()))
    if draft.kind == "wording":
        return (Row("variants", before["variants"], both),)
    if not draft.overrides and not is_new_card(draft):  # it fills in an empty card, which keeps its title and wordings
        texts = {**texts, "title": before["title"], "variants": both}
    return tuple(Row(name, before[name], texts[name]) for name in before)


def _texts_of_card(card: Card) -> dict[str, str]:
    return {
        "title": card.title,
        "variants": "\n".join(card.variants),
        "answer": card.answer,
        "details": "\n".join(card.details),
        "citations": "；".join(wording.basis(each.law, each.article, each.version) for each in card.citations),
    }


def _meant(visit: Visit, number: str) -> Meant:
    with visit.desk.reading() as session:
        found = card_drafts.get(session, identity(number))
        place = of_draft(session, visit.desk.duty.book, found) if found else None
    return Meant("草稿", number[:20], place)


def _place(talk: StaffTalk, draft: CardDraft) -> Place:
    return of_draft(talk.session, talk.desk.duty.book, draft)
