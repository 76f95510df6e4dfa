"""Personal data is masked; what looks like it but is not stays readable. All numbers are made up."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultations.masking import is_bank_card, is_credit_code, is_id_card, mask

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def id_card(rng: random.Random) -> str:
    body = f"{rng.randint(110000, 659999)}{rng.randint(1950, 2010)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}"
    body += f"{rng.randint(0, 999):03d}"
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True)) % 11]


def credit_code(rng: random.Random) -> str:
    body = "91" + f"{rng.randint(110000, 659999)}" + "".join(rng.choice(ALPHABET) for _ in range(9))
    return body + ALPHABET[(31 - sum(ALPHABET.index(c) * pow(3, at, 31) for at, c in enumerate(body)) % 31) % 31]


def bank_card(rng: random.Random) -> str:
    body = "62" + "".join(str(rng.randint(0, 9)) for _ in range(rng.choice((13, 16))))
    return next(body + str(last) for last in range(10) if is_bank_card(body + str(last)))


def mobile(rng: random.Random) -> str:
    return f"1{rng.choice('3456789')}{rng.randint(0, 999999999):09d}"


def landline(rng: random.Random) -> str:
    return f"0{rng.choice(('10', '23', '755', '571'))}-{rng.randint(60000000, 89999999)}"


def email(rng: random.Random) -> str:
    return f"user{rng.randint(1, 9999)}@{rng.choice(('example.com', 'mail.example.cn'))}"


MAKERS = (id_card, credit_code, bank_card, mobile, landline, email)
FRAMES = ("我的号码是{}，请联系", "{}", "联系方式：{}。", "号码{}谢谢", "（{}）", "a {} b")


def test_of_600_samples_every_one_is_masked() -> None:
    rng = random.Random(20261123)
    missed = []
    for number in range(600):
        secret = MAKERS[number % len(MAKERS)](rng)
        text = rng.choice(FRAMES).format(secret)
        if secret in mask(text):
            missed.append(text)
    assert missed == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("手机 138 0013 8000", "手机 138****8000"),
        ("+86-13800138000", "138****8000"),
        ("拨打010-62080000", "拨打010-****00"),
        ("邮箱 zhang.san@example.com", "邮箱 z***@example.com"),
        ("住在渝北区示例路12号3栋502室", "住在渝北区示例路***"),
    ],
)
def test_how_a_masked_text_reads(text: str, shown: str) -> None:
    assert mask(text) == shown


@pytest.mark.parametrize(
    "harmless",
    [
        "专利申请号 202410123456.7 的审查",
        "ZL201910123456.7",
        "商标注册号 12345678",
        "工单 GD-20261123-0001，咨询 ZX-20261123-0001",
        "依据《商标法》第33条，2019-04-23 版",
        "注册资本 10000000 元，2026年11月23日",
        "国知发〔2023〕12号",
        "人民路的店铺能注册商标吗",
    ],
)
def test_numbers_of_our_trade_stay_readable(harmless: str) -> None:
    assert mask(harmless) == harmless


def test_check_digits() -> None:
    assert is_id_card("11010519491231002X")  # the worked example of GB 11643
    assert not is_id_card("110105194912310021")
    assert not is_id_card("abc")
    assert is_credit_code("91350100M000100Y43")  # the worked example of GB 32100
    assert not is_credit_code("91350100M000100Y44")
    assert not is_credit_code("short")
    assert is_bank_card("4111111111111111")  # a card maker's published test number
    assert not is_bank_card("4111111111111112")


@given(st.text())
def test_masking_never_fails_and_masks_once(text: str) -> None:
    once = mask(text)
    assert mask(once) == once
