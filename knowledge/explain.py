"""How an answer came about (过程): what was read, looked up, weighed and decided, as plain values that can be kept.

Nothing is worked out a second time: the functions that decide leave what they saw with `note`, and `trace_of` writes
it down. A trace is JSON of a few kilobytes; whoever stores it masks its texts first (`masked`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from knowledge.confidence import Candidate, Decision, calibrated_on, model, refusal
from knowledge.markup import without_markup
from knowledge.passages import Answer, Hit
from knowledge.routing import routed
from knowledge.tokenise import normalise, terms, tokens
from knowledge.understand import Reading
from knowledge.weigh import question_weights
from knowledge.wrapped import without_orders

Trace = dict[str, Any]

VERSION = 1
LARGEST = 8_000  # characters of JSON; more is cut, evidence first
_LONGEST_TEXT = 300
_LOOKS, _CARDS, _EVIDENCED, _HITS, _TOKENS = 4, 5, 3, 5, 80


@dataclass(frozen=True)
class Look:
    """One look-up of a text: what was found for a day, how it was weighed, and what follows."""

    text: str
    day: date
    hits: tuple[Hit, ...]
    candidates: tuple[Candidate, ...]
    decision: Decision


_NOTES: ContextVar[list[Look] | None] = ContextVar("looks", default=None)


@contextmanager
def looking() -> Iterator[list[Look]]:
    """Collects the looks of one question; those of other threads are not mixed in."""
    looks: list[Look] = []
    token = _NOTES.set(looks)
    try:
        yield looks
    finally:
        _NOTES.reset(token)


def note(look: Look) -> None:
    """Keep a look, when somebody collects."""
    looks = _NOTES.get()
    if looks is not None:
        looks.append(look)


def trace_of(question: str, reading: Reading, looks: Sequence[Look], answer: Answer, *, generation: str) -> Trace:
    """The way from a question to its answer."""
    text = without_orders(without_markup(normalise(question)))
    label, words = routed(text)
    trace: Trace = {
        "v": VERSION,
        "text": text[:_LONGEST_TEXT],
        "label": label,
        "fired": words[:40],
        "completed": reading.text[:_LONGEST_TEXT] if reading.follows_up else "",
        "parts": [each[:_LONGEST_TEXT] for each in reading.parts[:3]],
        "day": str(reading.day or ""),
        "addresses": [str(each) for each in reading.addresses[:3]],
        "terms": [[each.text, each.official] for each in terms(reading.text[:500])][:20],
        "repaired": answer.repaired[:_LONGEST_TEXT],
        "looks": [_look(each) for each in _different(looks)],
        "limits": _limits(),
        "calibrated_on": calibrated_on(),
        "generation": generation,
        **outcome_of(answer),
    }
    return _bounded(trace)


def pressed(card_id: str, answer: Answer, day: date | None, *, generation: str) -> Trace:
    """The way from a pressed button to the card behind it."""
    found = {"v": VERSION, "pressed": card_id, "day": str(day or ""), "looks": [], "generation": generation}
    return found | outcome_of(answer)


def outcome_of(answer: Answer) -> Trace:
    """What came out, as far as two answers can be compared by it."""
    return {
        "action": answer.action,
        "answer_label": answer.label,
        "card": answer.card_id,
        "card_version": answer.card_version,
        **({"layer": answer.layer} if answer.layer else {}),
        "confidence": round(answer.confidence, 4),
        "lead": answer.lead[:_LONGEST_TEXT],
        "sources": [[each.law, each.article, each.version] for each in answer.sources[:10]],
    }


def masked(trace: Trace, mask: Callable[[str], str]) -> Trace:
    """The same trace with every text masked."""
    return {name: _masked(value, mask) for name, value in trace.items()}


def differences(before: Trace, after: Trace, *, names: Mapping[str, str]) -> list[str]:
    """What came out otherwise the second time, in words; empty when the result is the same. `names` of the actions."""
    changed = [
        f"{name}：{_shown(before.get(key), names)} → {_shown(after.get(key), names)}"
        for key, name in _COMPARED.items()
        if before.get(key) != after.get(key)
    ]
    sources = [_sources(each) for each in (before, after)]
    if sources[0] != sources[1]:
        gone, new = "、".join(sorted(sources[0] - sources[1])), "、".join(sorted(sources[1] - sources[0]))
        changed.append("依据：" + "，".join(filter(None, (f"少了{gone}" if gone else "", f"多了{new}" if new else ""))))
    return changed


_COMPARED = {"action": "结果", "card": "卡片", "card_version": "卡片版本", "lead": "答复"}


def _sources(trace: Trace) -> set[str]:
    return {f"《{law}》{article}（{version}）" for law, article, version in trace.get("sources", [])}


def _shown(value: object, names: Mapping[str, str]) -> str:
    return names.get(str(value), str(value)) or "无"


@cache
def _limits() -> dict[str, float]:
    """The thresholds, without the weights."""
    return {name: value for name, value in vars(model()).items() if isinstance(value, float)}


def _different(looks: Sequence[Look]) -> list[Look]:
    """The looks at different texts, the last of several at the same."""
    return list({(each.text, each.day): each for each in looks}.values())[:_LOOKS]


def _look(look: Look) -> Trace:
    weights = question_weights(look.text)
    said = frozenset(tokens(look.text))
    found = look.candidates[:_CARDS]
    return {
        "text": look.text[:_LONGEST_TEXT],
        "day": str(look.day),
        "tokens": [each for each in weights if each in said][:_TOKENS],
        "synonyms": [each for each in weights if each not in said][:_TOKENS],
        "action": look.decision.action,
        "confidence": round(look.decision.confidence, 4),
        "scope": round(look.decision.scope, 4),
        "hits": [_hit(each) for each in look.hits[:_HITS]],
        "cards": [_card(each, found[0], has_evidence=place < _EVIDENCED) for place, each in enumerate(found)],
    }


def _hit(hit: Hit) -> list[str | float]:
    return [hit.passage.passage_id, round(hit.score, 3), round(hit.coverage, 3)]


def _card(candidate: Candidate, best: Candidate, *, has_evidence: bool) -> Trace:
    evidence = {name: round(value, 2) for name, value in candidate.evidence.items() if round(value, 2)}
    return {
        "id": candidate.card.card_id,
        "version": candidate.card.version,
        "title": candidate.card.title[:40],
        **({"missing": candidate.card.missing} if candidate.card.is_empty else {}),
        "logit": round(candidate.logit, 3),
        "probability": round(candidate.probability, 4),
        "refusal": refusal(candidate, best, model()),
        "evidence": evidence if has_evidence else {},
    }


def _bounded(trace: Trace) -> Trace:
    """The trace without what makes it too large: evidence of the later looks, their tokens, then those looks."""
    for spare in (_without_evidence, _without_tokens):
        for look in reversed(trace["looks"][1:]):
            if _size(trace) <= LARGEST:
                return trace
            spare(look)
    while _size(trace) > LARGEST and trace["looks"]:
        trace["looks"].pop()
    return trace


def _without_evidence(look: Trace) -> None:
    for card in look["cards"]:
        card["evidence"] = {}


def _without_tokens(look: Trace) -> None:
    look["tokens"], look["synonyms"] = [], []


def _size(trace: Trace) -> int:
    return len(json.dumps(trace, ensure_ascii=False))


def _masked(value: Any, mask: Callable[[str], str]) -> Any:  # noqa: ANN401  a JSON value
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, list):
        return [_masked(each, mask) for each in value]
    if isinstance(value, Mapping):
        return {name: _masked(each, mask) for name, each in value.items()}
    return value
