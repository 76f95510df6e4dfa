"""What several wordings of one message lead to, taken together."""

from __future__ import annotations

from knowledge.passages import Answer
from knowledge.several import likely_cards


def read_as(**likely: float) -> Answer:
    return Answer("clarify", "question", "", likely=tuple(likely.items()))


def test_two_wordings_that_lead_faintly_to_a_card_outweigh_one_that_leads_to_another() -> None:
    assert likely_cards([read_as(fee=0.3, term=0.1), read_as(term=0.1), read_as(law=0.05)]) == ["term", "fee", "law"]


def test_one_wording_that_leads_surely_to_a_card_goes_first() -> None:
    assert likely_cards([read_as(fee=0.9, term=0.1), read_as(term=0.1)])[0] == "fee"


def test_where_no_card_was_weighed_none_is_likely() -> None:
    assert likely_cards([]) == likely_cards([read_as(), read_as()]) == []
