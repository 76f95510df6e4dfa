"""The values that travel between index, ranking and answering."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

PassageKind = Literal["article", "card"]
Action = Literal["answer", "clarify", "escalate", "out_of_scope"]


@dataclass(frozen=True)
class Passage:
    """One thing that can be found: an article (条款) of one revision, or a card (FAQ).

    `passage_id` is ``art:<revision id>:<article>`` or ``card:<card id>``; `source_id` groups the passages that
    are replaced together (``revision:<id>``, ``cards``). Dates are days in the outlet's time zone, both ends
    included; ``None`` means open. `wordings` are other ways to ask (cards), `negatives` look alike but belong
    elsewhere. An article with an `outlet` (网点) answers only who belongs there, instead of the laws in `instead_of`.
    """

    passage_id: str
    source_id: str
    kind: PassageKind
    title: str
    text: str
    path: str = ""
    law: str = ""
    article: str = ""
    version: str = ""
    effective_from: date | None = None
    effective_to: date | None = None
    wordings: tuple[str, ...] = ()
    negatives: tuple[str, ...] = ()
    service_items: tuple[str, ...] = ()
    outlet: str = ""
    instead_of: tuple[str, ...] = ()

    def is_in_force(self, on: date) -> bool:
        """Whether this passage may be quoted on that day."""
        return (self.effective_from is None or self.effective_from <= on) and (
            self.effective_to is None or on <= self.effective_to
        )


@dataclass(frozen=True)
class Hit:
    """A passage found, with its score (the engine's own scale), its coverage (0–1, share of the best possible score)
    and, when searched by meaning too, the cosine of question and passage (0 without).
    """

    passage: Passage
    score: float
    coverage: float = 0.0
    meaning: float = 0.0


@dataclass(frozen=True)
class Citation:
    """Where an answer comes from. `article` as in "42" or "" for a text without articles; `quote` the article's own
    words from the imported text, empty when that text is not imported.
    """

    law: str
    article: str
    version: str
    quote: str = ""
    passage_id: str = ""


@dataclass(frozen=True)
class Answer:
    """What the assistant makes of one question. Pure: same index, question and day give the same answer.

    `label` is the routing label (``question``, ``greeting``, ``thanks``, ``human``, ``complaint`` …), `lead` the short
    answer, `details` further paragraphs, `notice` one line about what comes or what was before, `options` what to press
    when asking back (card id, question), `offers` the answers behind the first of them, `beside` what is said of one
    more question in the message for which there is no sure answer (its offers follow), `related` at most three next
    questions, `understood_as` the question that is answered where it is not surely the one asked, `confidence` 0–1,
    `day` the day the question names if it is not today, `likely` the cards weighed with their probability,
    `layer` the outlet (网点) whose own card or text it is, "" for everybody's, `trace` how it came about
    (`knowledge.explain`).
    """

    action: Action
    label: str
    question: str
    lead: str = ""
    details: tuple[str, ...] = ()
    citations: tuple[Citation, ...] = ()
    service_item: str = ""
    confidence: float = 0.0
    holds_on: date | None = None
    last_reviewed: date | None = None
    notice: str = ""
    card_id: str = ""
    card_version: str = ""
    layer: str = ""
    options: tuple[tuple[str, str], ...] = ()
    offers: tuple[Answer, ...] = ()
    beside: str = ""
    related: tuple[tuple[str, str], ...] = ()
    terms: tuple[str, ...] = ()
    repaired: str = ""
    day: date | None = None
    understood_as: str = ""
    hits: tuple[Hit, ...] = field(default=(), repr=False)
    likely: tuple[tuple[str, float], ...] = field(default=(), repr=False)
    trace: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def sources(self) -> tuple[Citation, ...]:
        """Everything the text of this answer rests on, the offers included, each once."""
        return tuple(dict.fromkeys((*self.citations, *(each for offer in self.offers for each in offer.citations))))
