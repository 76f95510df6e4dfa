"""Broadcasts in the console: written, tried out, approved by somebody else, stopped; nothing typed is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from sqlmodel import select

from consultations import broadcast_rows, broadcasts, contacts, segments
from consultations.broadcasts import Broadcast
from consultations.messages import Address
from consultations.outbox import OutboxMessage
from handlers import push_wording, send_broadcasts
from tests.conftest import Begin
from tests.drivers import deliver_due
from tests.web.console_client import Browser, Instance, open_instance

LIST = "/console/broadcasts"
WORDS = {"segment": "全部订阅者", "text": "示例<b>要点</b>\r\n第二行", "details": "示例全文", "public": "yes"}


@pytest.fixture(scope="module")
def instance(begin: Begin, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    made = open_instance(begin(tmp_path_factory.mktemp("instance")))
    with made.office.writing() as session:
        for number in range(3):
            person = contacts.meet(session, Address("web", f"p{number}"), "", made.clock.now())
            contacts.agree(person, "1", made.clock.now())
        segments.save(session, "示例商标", {"topic": ["商标"]}, "示例审核", made.clock.now())
    yield made
    made.office.close()


@pytest.fixture(scope="module")
def writer(instance: Instance) -> Browser:
    return instance.set_up("reviewer")


@pytest.fixture(scope="module")
def approver(instance: Instance) -> Browser:
    return instance.set_up("city_admin")


def write(browser: Browser, **fields: str) -> str:
    """A new broadcast; the path of its page."""
    browser.get(LIST)
    return str(browser.post(LIST, **WORDS | fields).url.path)


def press(browser: Browser, path: str, verb: str) -> str:
    """Press that button of that page."""
    found = re.search(rf'value="(broadcast:\d+:{verb}(?::\d+)?)"', browser.get(path).text)
    assert found is not None, verb
    return browser.do("press", words=found[1], back=path).text


def number_of(path: str) -> int:
    return int(path.rpartition("/")[2])


def stored(instance: Instance, path: str) -> Broadcast:
    with instance.office.reading() as session:
        found = session.get_one(Broadcast, number_of(path))
        session.expunge(found)
        return found


def test_written_submitted_approved_by_another_sent_paused_and_cancelled(
    instance: Instance, writer: Browser, approver: Browser
) -> None:
    path = write(writer)
    page = writer.get(path).text
    assert "示例&lt;b&gt;要点&lt;/b&gt;\n第二行" in page
    assert "现在 3 位" in page
    assert "只有文字的渠道" in page
    assert "2. " in page
    press(writer, path, "submit")
    assert "请另一位工作人员批准" in writer.get(path).text
    assert ":approve:" not in writer.page.text
    assert (
        "须由另一位工作人员审批" in writer.do("press", words=f"broadcast:{number_of(path)}:approve:1", back=path).text
    )
    assert stored(instance, path).state == "in_review"
    press(approver, path, "approve")
    assert send_broadcasts.run_due(instance.office.desk) == 1
    assert "共 3 位：等待 3" in writer.get(LIST).text
    assert "3 条不再发出" in press(writer, path, "pause")
    assert "还有 3 条" in press(writer, path, "resume")
    assert "3 条不会发出" in press(writer, path, "cancel")
    assert "没有发（退订或取消） 3" in writer.get(path).text
    assert stored(instance, path).state == "cancelled"
    assert writer.get(path).text.count(" 稿 ") >= 6  # every step stands in the history


def test_what_is_in_doubt_is_sent_again_and_nothing_else(
    instance: Instance, writer: Browser, approver: Browser
) -> None:
    path = write(writer)
    press(writer, path, "submit")
    press(approver, path, "approve")
    send_broadcasts.run_due(instance.office.desk)
    with instance.office.writing() as session:
        rows = session.exec(select(OutboxMessage).where(OutboxMessage.broadcast_id == number_of(path))).all()
        for row, state in zip(rows, ("unsure", "sent", "sent"), strict=True):
            row.state = state
    assert "存疑 1" in writer.get(path).text
    assert "已补发 1 条存疑的" in press(writer, path, "resend")
    with instance.office.reading() as session:
        assert broadcast_rows.counts(session, number_of(path)) == {"new": 1, "sent": 2}


def test_returned_changed_and_an_old_edition_is_not_approved(
    instance: Instance, writer: Browser, approver: Browser
) -> None:
    path = write(writer)
    press(writer, path, "submit")
    approver.get(path)
    approver.post(f"{path}/return", reason="示例：请改短些")
    writer.get(path)
    changed = WORDS | {"edition": "1", "text": "改过的", "segment": "示例商标", "details": "", "at": "2027-01-04T09:30"}
    assert push_wording.saved(2) in writer.post(path, **changed).text
    after = stored(instance, path)
    assert (after.text, after.details, after.segment, after.rule) == ("改过的", "", "示例商标", {"topic": ["商标"]})
    assert after.due_at is not None
    assert 'value="2027-01-04T09:30"' in writer.get(path).text
    press(writer, path, "submit")
    approver.get(path)
    assert "改过了" in approver.do("press", words=f"broadcast:{number_of(path)}:approve:1", back=path).text
    late = approver.post(path, **WORDS | {"edition": "1", "text": "写了很久的字"})
    assert late.status_code == 422
    assert "写了很久的字" in late.text
    assert push_wording.changed_meanwhile(2) in late.text
    assert stored(instance, path).text == "改过的"


def test_a_segment_that_changed_since_does_not_change_a_draft_that_keeps_it(
    instance: Instance, writer: Browser
) -> None:
    path = write(writer, segment="示例商标")
    with instance.office.writing() as session:
        segments.save(session, "示例商标", {"topic": ["专利"]}, "示例审核", instance.clock.now())
    writer.get(path)
    writer.post(path, **WORDS | {"edition": "1", "segment": "示例商标", "text": "改过的"})
    assert stored(instance, path).rule == {"topic": ["商标"]}


def test_a_template_asks_for_its_values_and_what_was_typed_stays(instance: Instance, writer: Browser) -> None:
    template = next(each for each in instance.office.desk.pushes.value.templates.values() if each.variables)
    page = writer.get(f"{LIST}?template={template.template_id}")
    assert page.text.count('name="value"') == len(template.variables)
    lacking = writer.post(LIST, segment="全部订阅者", template=template.template_id, value="示例值")
    if len(template.variables) > 1:
        assert lacking.status_code == 422
        assert "还缺" in lacking.text
        assert 'value="示例值"' in lacking.text
    parts = {"csrf": writer.token, "segment": "全部订阅者", "template": template.template_id}
    values = [f"值{n}" for n, _ in enumerate(template.variables)]
    made = writer.fetch("POST", LIST, data=parts | {"value": values})
    path = str(made.url.path)
    assert "值0" in stored(instance, path).text
    assert "{" not in stored(instance, path).text


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"text": " "}, "推送内容是空的"),
        ({"segment": "没有的受众"}, "没有名为“没有的受众”的受众"),
        ({"at": "明天早上"}, "看不懂时间“明天早上”"),
        ({"at": "2020-01-01T09:00"}, "发送时间要在现在以后"),
        ({"text": "字" * 1001}, "最多 1000 个"),
        ({"template": "nosuch"}, "没有名为“nosuch”的模板"),
    ],
)
def test_what_cannot_be_sent_is_told_with_its_cure(
    instance: Instance, writer: Browser, fields: dict[str, str], told: str
) -> None:
    with instance.office.reading() as session:
        before = len(broadcasts.newest(session))
    writer.get(LIST)
    page = writer.post(LIST, **WORDS | {"title": "写好的标题"} | fields)
    assert page.status_code == 422
    assert told in page.text
    assert "写好的标题" in page.text
    with instance.office.reading() as session:
        assert len(broadcasts.newest(session)) == before


def test_sent_twice_it_is_one_draft(writer: Browser) -> None:
    first = write(writer, text="示例：点了两下")
    assert write(writer, text="示例：点了两下") == first
    assert write(writer, text="示例：另一条") != first


def test_a_trial_goes_to_ones_own_chat_and_is_no_part_of_the_count(instance: Instance, writer: Browser) -> None:
    path = write(writer, title="试发")
    assert push_wording.TEST_SENT in press(writer, path, "test")
    sent = deliver_due(instance.office.desk, "telegram")
    assert [(each.address, each.blocks[0].text) for each in sent] == [(Address("telegram", "72"), push_wording.TEST)]


@pytest.mark.parametrize("number", ["99", "x", "0", "9" * 40])
def test_one_that_is_not_there_is_told(writer: Browser, number: str) -> None:
    writer.get(LIST)
    assert writer.post(f"{LIST}/{number}", **WORDS).status_code == 404
    assert push_wording.NO_SUCH in writer.get(f"{LIST}/{number}").text


@pytest.mark.parametrize(
    ("segment", "public", "is_public"),
    [("全部订阅者", "", True), ("示例商标", "", False), ("示例商标", "yes", True), ("全部订阅者", "no", False)],
)
def test_what_is_for_some_stands_among_the_past_pushes_only_when_chosen(
    instance: Instance, writer: Browser, segment: str, public: str, is_public: bool
) -> None:
    path = write(writer, segment=segment, public=public, text=f"示例{segment}{public}")
    assert stored(instance, path).is_public is is_public
    chosen = "yes" if is_public else "no"
    assert f'<option value="{chosen}" selected>' in writer.get(path).text


def test_service_items_of_a_segment_are_named(writer: Browser) -> None:
    assert "B10 知识产权基础知识培训服务" in writer.get(LIST).text
