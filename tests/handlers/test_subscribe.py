"""Subscriptions: chosen and taken back with one tap, seen at any time, recorded as a consent of their own."""

from __future__ import annotations

import json

import pytest
from sqlmodel import select

from consultations import contacts, subscriptions
from consultations.contacts import Contact
from consultations.messages import Address
from consultations.push_book import parse_pushes
from consultations.subscriptions import Rule, Subscription
from handlers.desk import Desk
from tests.drivers import CoreDriver, Driver


def person(desk: Desk, name: str, *, agrees: bool = True) -> CoreDriver:
    made = CoreDriver(desk, Address("core", name))
    made.say("同意" if agrees else "/help")
    made.received()
    return made


def reached(desk: Desk, rule: Rule) -> set[str]:
    with desk.reading() as session:
        return {address.chat_id for _, address in subscriptions.audience(session, rule)}


def test_one_tap_chooses_and_the_next_takes_back_at_every_channel(driver: Driver) -> None:
    driver.say("订阅")
    overview = driver.received()[-1]
    assert "点一下就选上" in overview.text
    assert "退订" in overview.text
    driver.press("主题")
    assert "商标" in driver.received()[-1].buttons
    driver.press("商标")
    after = driver.received()[-1]
    assert "已订阅：商标" in after.text
    assert "✓ 商标" in after.buttons
    driver.press("我的订阅")
    assert "主题：商标" in driver.received()[-1].text
    driver.press("主题")
    driver.press("✓ 商标")
    assert "已取消：商标" in driver.received()[-1].text
    driver.say("/subscribe")
    assert "商标" not in driver.received()[-1].text


def test_a_choice_is_recorded_with_its_time_and_notice_and_so_is_its_end(desk: Desk, asker: CoreDriver) -> None:
    asker.send("choice", action="subscribe:topic:商标")
    asker.send("choice", action="subscribe:topic:商标")
    asker.send("choice", action="subscribe:service:B08")
    with desk.reading() as session:
        rows = session.exec(select(Subscription).order_by("id")).all()
        (contact,) = session.exec(select(Contact)).all()
        told = [(each.facet, each.value, each.consent_version, each.dropped_at is None) for each in rows]
        assert told == [("topic", "商标", "1", False), ("service", "B08", "1", True)]
        assert contact.is_subscribed
        assert contact.consent == ""  # surveys and follow-ups are another question


def test_a_forged_or_outdated_option_changes_nothing(desk: Desk, asker: CoreDriver) -> None:
    for action in ("subscribe:topic:没有这个", "subscribe:district:x", "subscribe:nothing:商标", "subscribe:topic::"):
        asker.send("choice", action=action)
        assert asker.received()
    with desk.reading() as session:
        assert session.exec(select(Subscription)).all() == []


def test_unsubscribing_ends_every_choice_and_twice_is_no_harm(desk: Desk, asker: CoreDriver) -> None:
    asker.send("choice", action="subscribe:topic:商标")
    for _ in range(2):
        asker.say("退订")
    assert "已经退订" in asker.received()[-1].text
    assert reached(desk, {}) == set()
    with desk.reading() as session:
        assert all(each.dropped_at is not None for each in session.exec(select(Subscription)).all())
    asker.send("choice", action="subscribe:topic:专利")
    assert reached(desk, {"topic": ["专利"]}) == {"asker"}


def test_a_rule_reaches_whoever_chose_so_and_of_topics_whoever_chose_nothing(desk: Desk) -> None:
    person(desk, "all")
    person(desk, "marks").send("choice", action="subscribe:topic:商标")
    both = person(desk, "both")
    both.send("choice", action="subscribe:topic:专利")
    both.send("choice", action="subscribe:kind:小微企业")
    person(desk, "nobody", agrees=False)
    assert reached(desk, {}) == {"all", "marks", "both"}
    assert reached(desk, {"topic": ["商标"]}) == {"all", "marks"}
    assert reached(desk, {"topic": ["商标", "专利"]}) == {"all", "marks", "both"}
    assert reached(desk, {"kind": ["小微企业", "个人"]}) == {"both"}
    assert reached(desk, {"topic": ["商标"], "kind": ["小微企业"]}) == set()
    with desk.reading() as session:
        assert subscriptions.count_audience(session, {}) == {"core": 3}


def test_the_blocked_are_left_out(desk: Desk) -> None:
    person(desk, "gone")
    with desk.writing() as session:
        contacts.mark_blocked(session, Address("core", "gone"))
    assert reached(desk, {}) == set()


def test_choices_are_in_the_copy_of_ones_data_and_gone_after_erasure(desk: Desk, asker: CoreDriver) -> None:
    asker.send("choice", action="subscribe:topic:商标")
    asker.say("导出我的信息")
    copy = json.loads(asker.received()[-1].text.partition("\n\n")[2].partition("\n\n个人信息告知")[0])
    assert [each["value"] for each in copy["订阅"]] == ["商标"]
    asker.say("删除我的信息")
    asker.say("确认删除")
    with desk.reading() as session:
        assert session.exec(select(Subscription)).all() == []


def test_an_option_fits_into_a_button() -> None:
    options = parse_pushes({}).options
    assert all(len(f"subscribe:{facet}:{value}".encode()) <= 64 for facet in options for value in options[facet])


@pytest.mark.parametrize("words", ["退订推送", "TD", "别再发了。", "不要再给我发消息了！", "我要退订"])
def test_whoever_wants_no_more_is_understood_at_once(desk: Desk, words: str) -> None:
    asker = CoreDriver(desk)
    asker.say("你好")
    asker.press("同意")
    asker.received()
    asker.say(words)
    assert "已经退订" in asker.received()[-1].text
