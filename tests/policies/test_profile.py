"""What is recorded about a policy: values that can be read, links without circles, programmes, states of validity."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from bot.database import sessions
from policies.compilation import Policy, Revision
from policies.profile import (
    FIELDS,
    ProfileError,
    circle_of,
    fill_in,
    level_of,
    profile_lines,
    programme_of,
    read_programme,
    standing_of,
)
from policies.review import begin, history_of, move
from tests.conftest import ADMIN

PROGRAMME = """
name = "示例贴息"
conditions = ["在本区注册", "贷款已结清"]
materials = ["贷款合同"]
opens_on = 2026-12-01
closes_on = 2026-12-31
amount = "不超过二十万元"
"""


def draft(session: Session, title: str, **values: Any) -> Revision:  # noqa: ANN401  column values
    policy = Policy(title=title)
    session.add(policy)
    session.flush()
    return begin(session, Revision(policy_id=policy.id or 0, state="draft", **values), ADMIN)


@pytest.fixture
def session(sqlite_engine: Engine) -> Iterator[Session]:
    with sessions(sqlite_engine)[0]() as opened:
        yield opened


@pytest.mark.parametrize(
    ("issuer", "level"),
    [
        ("全国人民代表大会常务委员会", "国家"), ("国家知识产权局", "国家"), ("最高人民法院", "国家"),
        ("某某市市场监督管理局", "市"), ("某某市某某区人民政府", "区县"), ("某某县", "区县"),
        ("", ""), ("某某协会", ""),
    ],
)  # fmt: skip
def test_the_level_follows_from_the_issuer_or_stays_open(issuer: str, level: str) -> None:
    assert level_of(issuer) == level


def test_everything_that_is_filled_in_is_shown_and_noted(session: Session) -> None:
    revision = draft(session, "样灯办法")
    words = {
        "version": "2026-11-01", "doc_number": "样发〔2026〕1号", "issuer": "某某市样灯局", "level": "市",
        "region": "某某市",
        "topics": "照明，节能、照明", "service_items": "B08", "industries": "餐饮", "published": "2026-11-02",
        "effective": "2026-12-01", "expires": "2028-11-30", "basis": "《样灯条例》", "replaces": "样灯旧办法",
        "origin": "样灯局公报", "attachments": "申请表.docx 0123456789ab", "programme": PROGRAMME,
    }  # fmt: skip
    fill_in(session, revision, words, ADMIN)
    shown = profile_lines(revision)
    assert ("主题", "照明、节能") in shown
    assert ("依据", "《样灯条例》") in shown
    assert ("替代", "《样灯旧办法》") in shown
    assert ("申报时间", "2026-12-01 至 2026-12-31") in shown
    assert [value for name, value in shown if name == "申报条件"] == ["在本区注册", "贷款已结清"]
    assert (revision.starts_on, revision.starts_earliest, revision.start_source) == (
        date(2026, 12, 1), date(2026, 12, 1), "stated",
    )  # fmt: skip
    assert "文号" in history_of(session, revision.id or 0)[-1].reason
    made = programme_of(revision)
    assert made is not None
    assert (made.closes_on, made.materials) == (date(2026, 12, 31), ("贷款合同",))


def test_parts_of_a_programme_are_filled_in_one_by_one(session: Session) -> None:
    revision = draft(session, "样灯办法")
    fill_in(session, revision, {"materials": "申报书；身份证明", "window": ""}, ADMIN)
    made = programme_of(revision)
    assert made is not None
    assert (made.name, made.conditions, made.materials) == ("样灯办法", (), ("申报书", "身份证明"))
    judged = PROGRAMME + '[[criteria]]\ncondition = "在本区注册"\nfact = "district"\nany_of = ["样灯区"]'
    fill_in(session, revision, {"programme": judged, "conditions": "贷款已结清"}, ADMIN)
    made = programme_of(revision)
    assert made is not None
    assert (made.conditions, made.criteria, made.amount) == (("贷款已结清",), (), "不超过二十万元")


def test_empty_words_empty_every_field(session: Session) -> None:
    revision = draft(session, "样灯办法", topics=["照明"], level="市", starts_on=date(2026, 1, 1))
    fill_in(session, revision, dict.fromkeys([name for name in FIELDS if name != "title"], ""), ADMIN)
    assert [name for name, _ in profile_lines(revision)] == []
    assert revision.starts_on is None


@pytest.mark.parametrize(
    ("field", "words", "sentence"),
    [
        ("effective", "明天", "看不懂日期 明天"),
        ("effective", "2026-02-30", "看不懂日期"),
        ("level", "省", "层级只有 国家、市、区县、网点"),
        ("version", "第一版", "不是日期"),
        ("title", "《》", "名称不能是空的"),
        ("region", "很" * 201, "不超过 200 个字"),
        ("topics", "、".join(map(str, range(31))), "最多 30 项"),
        ("programme", "name = ", "读不懂"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_cure(session: Session, field: str, words: str, sentence: str) -> None:
    with pytest.raises(ProfileError, match=sentence):
        fill_in(session, draft(session, "样灯办法"), {field: words}, ADMIN)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "至少要有 name"),
        ('name = "甲"\nconditions = []', "至少要有 name"),
        ('name = "甲"\nconditions = "一句"', "一句一项"),
        ('name = "甲"\nconditions = ["一", " "]', "一句一项"),
        ('name = "甲"\nconditions = ["一"]\nopens_on = "下月"', "应当是日期"),
        ('name = "甲"\nconditions = ["一"]\nopens_on = 2026-12-02\ncloses_on = 2026-12-01', "早于开始"),
        ('name = "甲"\nconditions = ["一"]\nphone = "1"', "没有 phone 这一项"),
        ("name = 3\nconditions = ['一']", "至少要有 name"),
    ],
)
def test_faulty_programmes_are_refused(text: str, sentence: str) -> None:
    with pytest.raises(ProfileError, match=sentence):
        read_programme(text)


def test_what_is_not_a_draft_is_left_alone(session: Session) -> None:
    revision = draft(session, "样灯办法")
    move(session, revision, "in_review", ADMIN)
    with pytest.raises(ProfileError, match="待审核的先退回"):
        fill_in(session, revision, {"region": "某某市"}, ADMIN)


def test_a_circle_of_links_is_refused_by_name(session: Session) -> None:
    for title, basis in (("甲法", ["乙法"]), ("乙法", ["丙法"])):
        draft(session, title, basis=basis).state = "published"
    third = draft(session, "丙法")
    with pytest.raises(ProfileError, match="丙法 → 甲法 → 乙法 → 丙法"):
        fill_in(session, third, {"replaces": "甲法"}, ADMIN)


def test_a_text_that_rests_on_itself_is_a_circle(session: Session) -> None:
    own = draft(session, "甲法", basis=["甲法"])
    assert circle_of(session, own) == ("甲法", "甲法")


def test_a_long_chain_without_a_circle_is_fine(session: Session) -> None:
    for number in range(1500):
        draft(session, f"法{number}", basis=[f"法{number + 1}"]).state = "published"
    assert circle_of(session, draft(session, "新法", basis=["法0"])) == ()


@pytest.mark.parametrize(
    ("values", "standing"),
    [
        ({"is_draft": True}, "征求意见稿"),
        ({"state": "in_review"}, "未发布"),
        ({}, "效力待核"),
        ({"effective_from": date(2026, 12, 1)}, "尚未施行"),
        ({"effective_from": date(2026, 1, 1)}, "现行有效"),
        ({"effective_from": date(2026, 1, 1), "effective_to": date(2026, 11, 22)}, "已失效"),
        ({"effective_from": date(2026, 1, 1), "effective_to": date(2026, 11, 22), "state": "repealed"}, "已废止"),
        ({"effective_from": date(2026, 1, 1), "effective_to": date(2026, 11, 23), "state": "repealed"}, "现行有效"),
    ],
)
def test_states_of_validity(values: dict[str, Any], standing: str) -> None:
    revision = Revision(policy_id=1, **{"state": "published", **values})
    assert standing_of(revision, date(2026, 11, 23)) == standing
