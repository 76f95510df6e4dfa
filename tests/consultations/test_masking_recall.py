"""How much of 560 hand-made samples of personal data is masked, and how little else is."""

from __future__ import annotations

from collections import Counter

from consultations.masking import mask, strike
from tests.consultations.masking_samples import harmless, samples

ASKED = 0.98


def test_of_560_samples_in_every_way_of_typing_at_least_98_in_100_are_masked() -> None:
    found = list(samples())
    missed = [each.text for each in found if not each.is_masked_in(mask(each.text))]
    assert len(found) == 560
    assert len({each.text for each in found}) > 540
    assert 1 - len(missed) / len(found) >= ASKED, missed


def test_no_kind_of_personal_data_is_behind_the_others() -> None:
    kinds, missed = Counter[str](), Counter[str]()
    for seed in range(3):
        for each in samples(seed=seed):
            kinds[each.kind] += 1
            missed[each.kind] += not each.is_masked_in(mask(each.text))
    assert len(kinds) == 7
    assert {kind: 1 - missed[kind] / n for kind, n in kinds.items() if 1 - missed[kind] / n < ASKED} == {}


def test_no_number_of_our_trade_is_taken_for_personal_data() -> None:
    texts = list(harmless())
    assert len(set(texts)) >= 200
    assert [(each, mask(each)) for each in texts if mask(each) != each] == []


def test_masking_a_masked_text_changes_nothing() -> None:
    once = [mask(each.text) for each in samples()]
    assert [mask(each) for each in once] == once


def test_what_is_struck_leaves_no_part_of_it() -> None:
    for each in samples():
        if each.is_masked_in(mask(each.text)):
            assert each.is_masked_in(strike(each.text, "〔略〕"))
    assert strike("住在渝北区示例路12号3栋502室，手机１３８　００１３　８０００", "〔略〕") == "〔略〕，手机〔略〕"
