"""企业名录 in the console: entered, filtered, merged, a spreadsheet shown first, and who sees what of whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from consultations import audit, enterprises
from consultations.contacts import Contact
from consultations.counted_records import Scope
from consultations.enterprise_table import COLUMNS
from consultations.enterprises import EnterpriseYear
from consultations.figures import FIGURES
from consultations.selection import Selection
from consultations.tickets import Ticket
from handlers.xlsx import write_xlsx
from tests.conftest import Begin
from tests.web.console_client import Browser, Instance, open_instance

CODE = "91350100M000100Y43"
LIST = "/console/enterprises"


@pytest.fixture(scope="module")
def instance(begin: Begin, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    made = open_instance(begin(tmp_path_factory.mktemp("instance")))
    made.ask_for_person("商标被抢注了怎么办？", "visitor-1")
    with made.office.writing() as session:
        ticket = session.get_one(Ticket, 1)
        ticket.outlet = "here"
    yield made
    made.office.close()


@pytest.fixture(scope="module")
def adviser(instance: Instance) -> Browser:
    return instance.set_up("adviser")


def entered(browser: Browser, **fields: str) -> str:
    """The path of a new enterprise."""
    browser.get(LIST)
    browser.post(LIST, **fields)
    assert browser.page.status_code == 200, browser.page.text
    return browser.page.url.path


def test_what_is_wrong_is_told_and_nothing_typed_is_lost(adviser: Browser) -> None:
    adviser.get(LIST)
    page = adviser.post(LIST, name="示例写错公司", code=CODE[:-1] + "4", note="写了很久的备注")
    assert page.status_code == 422
    assert "校验位不对" in page.text
    assert "写了很久的备注" in page.text


def test_one_enterprise_with_its_year_visit_asker_and_who_reads_it(instance: Instance, adviser: Browser) -> None:
    path = entered(adviser, name="示例甲公司", code=CODE, person="示例张三", phone="13800138000", tags="高新技术企业")
    assert "已登记" in adviser.page.text
    visit = {
        "visited_on": "2026-11-20",
        "found": "有两件专利，电话13900139000",
        "next_step": "送指南",
        "due_on": "2026-12-01",
    }
    for _ in range(2):  # sent twice, entered once
        adviser.get(path)
        assert adviser.post(f"{path}/act", verb="visit", **visit).status_code == 200
    adviser.get(path)
    lost = adviser.post(f"{path}/act", verb="visit", **visit | {"due_on": "", "found": "不能丢的话"})
    assert (lost.status_code, "不能丢的话" in lost.text) == (422, True)
    for act in ({"verb": "year", "year": "2026", "reason": "专精特新"}, {"verb": "tie", "about": "GD-20261123-0001"}):
        adviser.get(path)
        adviser.post(f"{path}/act", **act)
    page = adviser.page.text
    assert page.count("有两件专利") == 1
    for words in ("2026 专精特新", "GD-20261123-0001", "被抢注", "13800138000", "13900139000"):
        assert words in page
    assert "服务对象 1（网站咨询窗口）" in page
    assert "已过期" not in page
    masked = instance.set_up("auditor").get(path).text
    assert "有两件专利" in masked
    for words in ("13800138000", "13900139000", "示例张三"):
        assert words not in masked
    assert "138****8000" not in adviser.get(LIST).text  # masked further in lists
    assert "13800138000" not in adviser.page.text
    assert "示例甲公司" in adviser.get(f"{LIST}?tag=高新技术企业&year=2026&without=assets").text
    assert "示例甲公司" not in adviser.get(f"{LIST}?year=2025").text
    north = instance.set_up("north")
    assert "示例甲公司" not in north.get(LIST).text
    assert north.get(path).status_code == 404


def test_who_looks_after_one_is_on_the_list_of_staff(adviser: Browser, instance: Instance) -> None:
    name = next(iter(instance.office.desk.duty.book.members.values())).name
    path = entered(adviser, name="示例专员公司", adviser=name)
    assert name in adviser.page.text
    page = adviser.post(path, name="示例专员公司", adviser="没有此人", revision="1")
    assert page.status_code == 422
    assert "不在人员名单里" in page.text


def test_what_the_year_and_the_outlet_count(instance: Instance) -> None:
    zone, now = ZoneInfo("Asia/Shanghai"), instance.clock.now()
    counted = []
    for year, selection in ((2026, Selection()), (2025, Selection()), (2026, Selection(outlets=("north",)))):
        scope = Scope(datetime(year, 1, 1, tzinfo=zone), datetime(year + 1, 1, 1, tzinfo=zone), now, selection)
        with instance.office.reading() as session:
            counted.append([FIGURES[key].value(session, scope) for key in ("key_enterprises", "enterprise_visits")])
    assert counted == [[1, 1], [0, 0], [0, 0]]


def test_duplicates_are_merged_struck_out_and_kept(adviser: Browser) -> None:
    first, second = entered(adviser, name="示例乙公司"), entered(adviser, name="示例乙厂", phone="13800138001")
    adviser.get(LIST)
    assert "已经有“示例乙公司”" in adviser.post(LIST, name="示例乙公司").text
    adviser.get(first)
    assert "没有企业 999" in adviser.post(f"{first}/act", verb="merge", about="999").text
    adviser.get(first)
    page = adviser.post(f"{first}/act", verb="merge", about=second.rpartition("/")[2]).text
    assert "已合并" in page
    assert "13800138001" in page
    assert "并入 <a" in adviser.get(second).text
    assert "示例乙厂" in adviser.get(f"{LIST}?struck=yes").text
    adviser.get(first)
    assert adviser.post(f"{first}/act", verb="remove").status_code == 422
    assert "已从名录里划去" in adviser.post(f"{first}/act", verb="remove", reason="示例：迁出").text
    assert "已恢复" in adviser.post(f"{first}/act", verb="restore").text


def send(browser: Browser, tmp_path_factory: pytest.TempPathFactory, *rows: dict[str, str]) -> Browser:
    file = tmp_path_factory.mktemp("sheet") / "a.xlsx"
    write_xlsx(file, "名录", list(COLUMNS), [[each.get(title, "") for title in COLUMNS] for each in rows])
    browser.get(LIST)
    sent = {"file": ("a.xlsx", file.read_bytes())}
    browser.page = browser.fetch("POST", f"{LIST}/import", data={"csrf": browser.token}, files=sent)
    return browser


def hidden(browser: Browser, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', browser.page.text)
    assert found is not None
    return found[1].replace("&#34;", '"').replace("&lt;", "<").replace("&amp;", "&")


def test_a_spreadsheet_is_shown_and_written_as_it_was_seen(
    instance: Instance, adviser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    wrong = send(adviser, tmp_path_factory, {"企业名称": "示例丙公司"}, {"企业名称": "示例丙公司"}).page.text
    assert "第 3 行与第 2 行的企业名称相同" in wrong
    assert 'id="confirm"' not in wrong
    send(adviser, tmp_path_factory, {"企业名称": "示例丙公司", "年度名单": "2025：示例"})
    assert "新增 1 家" in adviser.page.text
    given = {name: hidden(adviser, name) for name in ("table", "seen", "outlet")}
    assert adviser.post(f"{LIST}/import", **given | {"seen": "0" * 16}).status_code == 422
    done = adviser.post(f"{LIST}/import", **given)
    assert "已写入：新增 1 家" in done.text
    again = adviser.post(f"{LIST}/import", **given)
    assert again.status_code == 422
    assert "没有变化 1 家" in again.text
    with instance.office.reading() as session:
        assert [each.outlet for each in enterprises.listed(session) if each.name == "示例丙公司"] == ["here"]


def test_a_directory_leaves_with_contact_persons_only_for_who_keeps_it(instance: Instance, adviser: Browser) -> None:
    assert adviser.get(f"{LIST}/xlsx?personal=yes").content.startswith(b"PK")
    with instance.office.reading() as session:
        assert audit.newest(session, 1)[0].verb == "tables_personal"
    assert instance.set_up("reviewer").get(f"{LIST}/xlsx?personal=yes").status_code == 403


def test_who_asks_in_confidence_is_not_tied_and_not_shown(instance: Instance, adviser: Browser) -> None:
    path = entered(adviser, name="示例丁公司")
    adviser.post(f"{path}/act", verb="tie", about="GD-20261123-0001")
    assert "被抢注" in adviser.page.text
    with instance.office.writing() as session:
        session.get_one(Contact, 1).is_secret = True
    shown = adviser.get(path).text
    assert "要求保密咨询" in shown
    assert "被抢注" not in shown
    other = entered(adviser, name="示例戊公司")
    assert "不能关联" in adviser.post(f"{other}/act", verb="tie", about="GD-20261123-0001").text


def test_a_next_step_that_is_late_is_marked_until_it_is_done(adviser: Browser) -> None:
    path = entered(adviser, name="示例己公司")
    visit = {"visited_on": "2026-11-20", "needed": "示例需求", "next_step": "送指南", "due_on": "2026-11-21"}
    page = adviser.post(f"{path}/act", verb="visit", **visit).text
    assert "2026-11-21 以前，已过期" in page
    number = re.search(r'value="visit_done">\s*<input type="hidden" name="about" value="(\d+)"', page)
    assert number is not None
    done = adviser.post(f"{path}/act", verb="visit_done", about=number[1], reason="示例：送到了").text
    assert "已过期" not in done
    assert "示例：送到了" in done


def test_key_enterprises_nobody_visited_in_too_long_are_a_filter(instance: Instance, adviser: Browser) -> None:
    path = entered(adviser, name="示例久未走访公司")
    adviser.post(f"{path}/act", verb="year", year=str(instance.clock.now().year))
    late = f"{LIST}?visited=late"
    assert "示例久未走访公司" not in adviser.get(late).text
    with instance.office.writing() as session:
        for row in session.exec(select(EnterpriseYear)).all():
            row.entered_at -= timedelta(days=instance.office.desk.settings.visit_days)
    page = adviser.get(late).text
    assert "示例久未走访公司" in page
    assert "还没有走访过" in page
    assert "示例久未走访公司" not in adviser.get(f"{late}&year=2020").text
    assert adviser.get(f"{LIST}/xlsx?visited=late").status_code == 200
