"""Several questions in one message → one answer: every part has its say, sure, asked back or handed over."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from knowledge.passages import Answer

RANK = {"out_of_scope": 0, "escalate": 1, "clarify": 2, "answer": 3}
_RELATED = 3
# So many wordings of a story must lead to the same card, one of them with this probability, for it to be given.
_WORDINGS_THAT_AGREE = 3
_AGREED_AT = 0.5
# What the order of the cards found for the whole story counts, beside its shorter wordings: alone it finds each card
# only faintly, but it has seen the tale.
_WHOLE_COUNTS = 0.6
_GAPS = re.compile(r"(?<=[一-龥]) +(?=[一-龥])")
_NOT_SURE = "关于“{part}”，我不能确定，最接近的是："
_FOR_STAFF = "关于“{part}”：{why}"
_NO_EVIDENCE = "关于“{part}”，我没有找到足够可靠的依据，可以转人工。"


def surest(answers: Sequence[Answer]) -> Answer:
    """The one that helps most: an answer before a question back, a sure one before a doubtful one; the first of
    equals. The right card counts as an answer even when it may not be shown: another must not step in for it.
    """
    return max(answers, key=lambda each: (_rank(each), each.confidence))


def _rank(answer: Answer) -> int:
    return RANK["answer"] if answer.card_id else RANK[answer.action]


def supported(tried: Sequence[Answer]) -> Answer:
    """The surest of what several wordings of one message find; an answer that half of them do not lead to is no more
    than a question back. Of 37 labelled stories so answered, 6 of the 8 wrong ones and 6 of the 29 right ones were.
    """
    best = surest(tried)
    leading = [card_id for each in tried if (card_id := _leading(each))]
    is_alone = len(tried) > _WORDINGS_THAT_AGREE and 2 * leading.count(_leading(best)) <= len(leading)
    unsure = [each for each in tried if each.action != "answer"]
    return surest(unsure) if best.action == "answer" and is_alone and unsure else best


def agreed_card(tried: Sequence[Answer]) -> str:
    """The card that all wordings of a story lead to, when they are enough and one is sure enough; else empty."""
    leading = [card_id for each in tried if (card_id := _leading(each))]
    is_sure = max(each.confidence for each in tried) >= _AGREED_AT
    return leading[0] if is_sure and len(leading) >= _WORDINGS_THAT_AGREE and len(set(leading)) == 1 else ""


def likely_cards(tried: Sequence[Answer]) -> list[str]:
    """The cards any wording of one message comes near to, first those that several do or one surely does. The square
    root lets two wordings that lead to a card faintly outweigh one that leads to another; the first of `tried` is the
    message as a whole (docs/retrieval.md).
    """
    votes: defaultdict[str, float] = defaultdict(float)
    for each in tried:
        for card_id, probability in each.likely:
            votes[card_id] += math.sqrt(probability)
    of_whole = tried[0].likely if tried else ()
    together = sum(probability for _, probability in of_whole)
    for card_id, probability in of_whole:
        votes[card_id] += _WHOLE_COUNTS * math.sqrt(probability / together) if together else 0.0
    return sorted(votes, key=lambda card_id: -votes[card_id])


def answerable_first(found: Answer) -> Answer:
    """A question back with what has an answer before what staff have yet to fill in."""
    told = [each for each in found.offers if each.label != "article"]
    if found.action != "clarify" or all(each.action == told[0].action for each in told):
        return found
    ranked = sorted(zip(found.options, told, strict=False), key=lambda pair: pair[1].action != "answer")
    articles = found.offers[len(told) :]
    options = (*(option for option, _ in ranked), *found.options[len(ranked) :])
    return replace(found, options=options, offers=(*(offer for _, offer in ranked), *articles))


def _leading(answer: Answer) -> str:
    """The card an answer gives, or would offer first; empty when there is none."""
    return answer.card_id or next((card_id for card_id, _ in answer.options), "")


def joined(parts: Sequence[tuple[str, Answer]], whole: Answer) -> Answer:
    """One answer for a message of several questions.

    Args:
        parts: Each question with what was found for it, in the order asked.
        whole: What was found for the message read as one question.

    Returns:
        The answers of all parts that are sure and differ; a part that is not sure is offered or named below them.
        When no part is sure, or the message read as one is all there is, the surest of everything.
    """
    answered = _different([each for _, each in parts if each.action == "answer"])
    if whole.action == "answer" and len(answered) <= 1 and whole.card_id not in {each.card_id for each in answered}:
        return whole  # Taken apart it is less sure than read as one: it was one question.
    unsure = [(text, each) for text, each in parts if each.action in {"clarify", "escalate"}]
    if not answered or (len(answered) == 1 and not unsure):
        return surest([whole, *(each for _, each in parts)])
    together = _together(answered, parts) if len(answered) > 1 else answered[0]
    return _with_unsure(together, unsure[0]) if unsure else together


def _different(answers: Sequence[Answer]) -> list[Answer]:
    return list({each.card_id or each.lead: each for each in reversed(answers)}.values())[::-1]


def _together(answers: Sequence[Answer], parts: Sequence[tuple[str, Answer]]) -> Answer:
    """One answer out of several; ids, version and service item are those of the first. Where one of them names the
    question it answers, all do.
    """
    asked = {id(each): f"{_without_gaps(text).rstrip('?？ ')}？" for text, each in parts}
    names = [each.understood_as or asked[id(each)] for each in answers]
    notices = [each.notice for each in answers if each.notice]
    return replace(
        answers[0],
        lead="\n".join(f"{number}. {each.lead}" for number, each in enumerate(answers, start=1)),
        details=tuple(
            f"关于第{number}问：{''.join(each.details)}" for number, each in enumerate(answers, start=1) if each.details
        ),
        citations=tuple(dict.fromkeys(cited for each in answers for cited in each.citations)),
        related=tuple(dict.fromkeys(one for each in answers for one in each.related))[:_RELATED],
        notice="\n".join(dict.fromkeys(notices)),
        confidence=min(each.confidence for each in answers),
        hits=tuple(hit for each in answers for hit in each.hits),
        understood_as="”“".join(names) if any(each.understood_as for each in answers) else "",
    )


def _with_unsure(sure: Answer, unsure: tuple[str, Answer]) -> Answer:
    """The sure answer, and below it what is nearest to the part that is not sure."""
    text, found = _without_gaps(unsure[0]), unsure[1]
    offers = tuple(each for each in found.offers if each.lead not in sure.lead)
    words = (_NOT_SURE if offers else _FOR_STAFF if found.card_id else _NO_EVIDENCE).format(part=text, why=found.lead)
    options = tuple(each for each in found.options if each[0] != sure.card_id)
    return replace(sure, beside=words, offers=offers, options=options, hits=sure.hits + found.hits)


def _without_gaps(text: str) -> str:
    """A question as people write it: completed from another it has a blank between its words (商标 多久能提无效)."""
    return _GAPS.sub("", text)
