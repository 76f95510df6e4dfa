from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.numerals import to_chinese, to_int


@given(st.integers(1, 9999))
def test_every_article_number_survives_the_round_trip(value: int) -> None:
    assert to_int(to_chinese(value)) == value


@pytest.mark.parametrize(
    ("numeral", "value"),
    [
        ("四十二", 42),
        ("一千二百六十", 1260),
        ("一百零三", 103),
        ("十", 10),
        ("二〇二〇", 2020),
        ("42", 42),
        ("条", 0),
        ("", 0),
    ],
)
def test_numerals_are_read(numeral: str, value: int) -> None:
    assert to_int(numeral) == value
