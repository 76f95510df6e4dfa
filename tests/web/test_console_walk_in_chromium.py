"""Pages of the console with real content, walked by people in Chromium at a desk's and a phone's size."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from consultations.enterprise_table import COLUMNS
from consultations.messages import Address
from handlers.xlsx import write_xlsx
from tests.drivers import CoreDriver
from tests.web.conftest import Site, screenshot
from tests.web.console_client import BOOK
from tests.web.test_console_in_chromium import EVERYTHING, SIZES, axe, set_up

pytestmark = pytest.mark.browser
SECOND = """
[[staff]]
id = "second"
name = "示例第二"
roles = ["adviser", "reviewer", "outlet_admin", "city_admin"]
"""
QUESTIONS = (
    "商标被抢注了怎么办？",
    "专利池怎么申请加入？",
    "示例园区有什么补贴？",
    "专利年费多少钱？",
    "网店被投诉侵权怎么申诉？",
)


@pytest.fixture(scope="module")
def staffed(site: Site) -> Site:
    """The site with staff, and with what some people asked."""
    (site.office.settings.home / "duty" / "staff.toml").write_text(BOOK + EVERYTHING + SECOND, encoding="utf-8")
    site.office.desk.duty.refresh()
    for n in range(12):
        asks(site, f"asker-{n}", QUESTIONS[n % len(QUESTIONS)])
    asks(site, "asker-0", "转人工")
    return site


def asks(site: Site, person: str, text: str) -> None:
    """Somebody writes at the window."""
    CoreDriver(site.office.desk, Address("web", person)).send(text=text, message_id=f"{person}/{text}")


@pytest.fixture(params=list(SIZES))
def people(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Sequence[BrowserContext]]:
    """Two browsers of that size."""
    made = [
        chromium.new_context(viewport=SIZES[request.param], locale="zh-CN", timezone_id="Asia/Shanghai") for _ in "12"
    ]
    yield made
    for each in made:
        each.close()


def looked_at(page: Page, request: pytest.FixtureRequest, what: str) -> None:
    """Usable with assistive technology, nothing wider than the screen; kept as a picture when asked for."""
    axe(page)
    screenshot(page, f"{request.node.name}-{what}")


def one_of_thirty(mark: str, n: int) -> list[str]:
    """A row of the spreadsheet; the second has an adviser, five stand on a year's list."""
    where = ("江区", "装备制造") if n % 2 == 0 else ("山区", "软件")
    who = (f"示例{n}", f"1380013{n:04}", "", "示例第二" if n == 1 else "")
    tag, year = "高新技术企业" if n % 3 == 0 else "", "2026：专精特新" if n < 5 else ""
    return [f"示例{mark}{n:02}科技有限公司", "", *where, "企业", "小型", tag, *who, year]


def fill(form: Locator, **values: str) -> None:
    for name, text in values.items():
        form.locator(f"[name={name}]").first.fill(text)


def test_a_directory_of_thirty_is_taken_in_filtered_and_one_of_them_visited(
    staffed: Site, people: Sequence[BrowserContext], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    page = set_up(people[0], staffed, "everything")
    mark = request.node.callspec.id
    page.goto(f"{staffed.address}/console/enterprises")
    looked_at(page, request, "empty")
    rows = [one_of_thirty(mark, n) for n in range(30)]
    file = tmp_path / "企业名录.xlsx"
    write_xlsx(file, "企业名录", list(COLUMNS), rows)
    page.locator("summary", has_text="导入").click()
    page.locator("#file").set_input_files(file)
    page.get_by_role("button", name="预览").click()
    expect(page.get_by_text("新增 30 家")).to_be_visible()
    looked_at(page, request, "preview")
    page.get_by_role("button", name="写入").click()
    expect(page.get_by_text("已写入：新增 30 家")).to_be_visible()
    looked_at(page, request, "list")
    page.locator("#words").fill(mark)
    page.get_by_text("更多条件").click()
    page.locator("#by-district").select_option("江区")
    page.get_by_label("没有登记过知识产权的").check()
    page.get_by_role("button", name="查找").click()
    expect(page.get_by_role("link", name=f"示例{mark}")).to_have_count(15)
    looked_at(page, request, "filtered")
    page.goto(f"{staffed.address}/console/enterprises?words={mark}01")
    page.get_by_role("link", name=f"示例{mark}01科技有限公司").click()
    expect(page.locator(".facts").first).to_contain_text("示例第二")
    for summary in page.locator("main summary").all():
        summary.click()
    visit = page.locator("form", has=page.locator("[name=visited_on]")).first
    fill(visit, found="正在研发示例设备，想了解专利布局。", needed="布局培训", next_step="送指南", due_on="2099-01-01")
    visit.get_by_role("button").click()
    expect(page.get_by_role("alert").first).to_contain_text("太远")
    expect(page.locator("[name=found]").first).to_have_value("正在研发示例设备，想了解专利布局。")
    looked_at(page, request, "visit-refused")


def test_a_training_from_the_form_to_the_list_of_who_came(
    staffed: Site, people: Sequence[BrowserContext], request: pytest.FixtureRequest
) -> None:
    page = set_up(people[0], staffed, "everything")
    mark = request.node.callspec.id
    page.goto(f"{staffed.address}/console/trainings")
    for summary in page.locator("main summary").all():
        summary.click()
    looked_at(page, request, "empty")
    day = datetime.now(ZoneInfo("Asia/Shanghai")) + timedelta(days=3)
    typed = {
        "标题": f"示例{mark}商标注册实务",
        "时间": f"{day:%Y-%m-%d} 14:00-16:00",
        "地点": "一楼会议室",
        "讲师": "示例讲师",
        "名额": "2",
    }
    for label, text in typed.items():
        page.get_by_label(re.compile(rf"^{label}(（|$)")).first.fill(text)
    screenshot(page, f"{request.node.name}-typed")
    page.get_by_role("button", name="预览").click()
    looked_at(page, request, "preview")
    page.get_by_role("button", name="保存为草稿").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"示例{mark}")
    looked_at(page, request, "draft")
    page.get_by_role("button", name="发布报名").click()
    expect(page.locator("main")).to_contain_text("已发布", timeout=20_000)
    page.reload()
    expect(page.locator("main")).to_contain_text("报名中")
    expect(page.locator("main")).not_to_contain_text("还没有公开")
    number = page.url.rsplit("/", 1)[1].split("?")[0]
    page.goto(f"{staffed.address}/console/trainings/{number}")
    looked_at(page, request, "published")
    for name in ("示例王某（示例一公司）", "示例李某（示例二公司）", "示例赵某"):
        page.get_by_label("没有聊天渠道的人").fill(name)
        page.get_by_role("button", name="登记报名").click()
        expect(page.locator("main")).to_contain_text(name, timeout=20_000)
        page.goto(f"{staffed.address}/console/trainings/{number}")
    for summary in page.locator("main summary").all():
        summary.click()
    looked_at(page, request, "roster")
    page.goto(f"{staffed.address}/console/trainings")
    looked_at(page, request, "list")


def test_each_ledger_takes_a_line_and_tells_its_sums(
    staffed: Site, people: Sequence[BrowserContext], request: pytest.FixtureRequest
) -> None:
    page = set_up(people[0], staffed, "everything")
    page.goto(f"{staffed.address}/console/ledgers")
    looked_at(page, request, "all")
    paths = [str(each.get_attribute("href")) for each in page.locator("main a.number").all()]
    assert len(paths) == 7
    for path in paths:
        page.goto(f"{staffed.address}{path}/new")
        form = page.locator("form", has=page.locator("[id^=f-]")).first
        for field in form.locator("input[required]").all():
            kind, mode = field.get_attribute("type"), field.get_attribute("inputmode")
            field.fill("2026-11-20" if kind == "date" else "12" if mode == "decimal" else "示例")
        for choice in form.locator("select").all():
            choice.select_option(index=choice.locator("option").count() - 1)
        looked_at(page, request, f"new-{path.rsplit('/', 1)[1]}")
        form.get_by_role("button", name="保存").click()
        page.goto(f"{staffed.address}{path}")
        looked_at(page, request, path.rsplit("/", 1)[1])


def test_from_a_number_of_the_board_to_its_records_one_sheet_and_why(
    staffed: Site, people: Sequence[BrowserContext], request: pytest.FixtureRequest
) -> None:
    page = set_up(people[0], staffed, "everything")
    page.goto(f"{staffed.address}/console/board")
    looked_at(page, request, "board")
    page.locator("table.bars a").first.click()
    looked_at(page, request, "records")
    page.locator("main a", has_text="ZX-").first.click()
    for summary in page.locator("main summary").all():
        summary.click()
    looked_at(page, request, "sheet")
    page.goto(f"{staffed.address}/console/board/unanswered")
    looked_at(page, request, "unanswered")
    for where in ("audit", "settings", "archive?words=商标", "reports", "cases", "duty", "calendar"):
        page.goto(f"{staffed.address}/console/{where}")
        for summary in page.locator("main summary").all():
            summary.click()
        looked_at(page, request, where.partition("?")[0])
    page.goto(f"{staffed.address}/console/audit")
    expect(page.locator("main")).to_contain_text("查看统计指标背后的记录")


def test_a_card_is_drafted_from_a_gap_read_as_askers_will_and_sent_for_review(
    staffed: Site, people: Sequence[BrowserContext], request: pytest.FixtureRequest
) -> None:
    mark = request.node.callspec.id
    asks(staffed, f"gap-{mark}", f"示例{mark}园区的入驻补贴怎么申请？")
    page = set_up(people[0], staffed, "everything")
    page.goto(f"{staffed.address}/console/drafts")
    for summary in page.locator("main summary").all():
        summary.click()
    looked_at(page, request, "drafts")
    page.goto(f"{staffed.address}/console/gaps")
    looked_at(page, request, "gaps")
    page.get_by_role("button", name=re.compile("^起草")).first.click()
    expect(page.locator("main")).to_contain_text("草稿")
    page.goto(f"{staffed.address}/console/drafts")
    page.locator("main a.number, main article a, main li a").first.click()
    page.get_by_label("答复，一两句说清").fill("示例：请先到网点登记，再按通知申请。")
    page.get_by_label("补充，一行一段").fill("第一段。\n第二段。")
    expect(page.get_by_role("region", name="读者会看到").get_by_text("第二段。")).to_be_visible()  # before it is saved
    looked_at(page, request, "typed")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("region", name="读者会看到")).to_contain_text("示例：请先到网点登记")
    looked_at(page, request, "saved")


def test_two_people_change_the_roster_and_the_second_is_told(
    staffed: Site, people: Sequence[BrowserContext], request: pytest.FixtureRequest
) -> None:
    first, second = (set_up(each, staffed, who) for each, who in zip(people, ("everything", "second"), strict=True))
    first.goto(f"{staffed.address}/console/people")
    looked_at(first, request, "people")
    link = first.locator("main li", has_text="示例同事").get_by_role("link").first
    path = f"{staffed.address}{link.get_attribute('href')}"
    for page in (first, second):
        page.goto(path)
    looked_at(first, request, "edit")
    one, other = {"desktop": ("英语", "日语"), "phone": ("法语", "德语")}[request.node.callspec.id]
    for page, languages in ((first, one), (second, other)):
        page.get_by_label(re.compile("语言")).first.fill(languages)
        page.get_by_role("button", name="看看会改什么").click()
        looked_at(page, request, f"would-change-{languages}")
    first.get_by_role("button", name="确认保存").click()
    looked_at(first, request, "saved")
    second.get_by_role("button", name="确认保存").click()
    looked_at(second, request, "told")
    expect(second.get_by_role("alert").first).to_contain_text("同事刚改过这一条")
    expect(second.get_by_role("alert").nth(1)).to_contain_text(one)
    expect(second.get_by_label(re.compile("语言")).first).to_have_value(other)  # what was typed is not lost


def test_a_segment_is_saved_and_a_push_waits_for_a_second_person(
    staffed: Site, people: Sequence[BrowserContext], request: pytest.FixtureRequest
) -> None:
    mark = request.node.callspec.id
    asks(staffed, f"listener-{mark}", "同意")
    first, second = (set_up(each, staffed, who) for each, who in zip(people, ("everything", "second"), strict=True))
    first.goto(f"{staffed.address}/console/broadcasts")
    for summary in first.locator("main summary").all():
        summary.click()
    segment = first.locator("form", has=first.get_by_role("button", name="保存受众"))
    segment.locator("[name=name]").fill(f"普及培训{mark}")
    segment.get_by_label("没有登记过知识产权").check()
    segment.get_by_role("button", name="保存受众").click()
    expect(first.locator("main")).to_contain_text(f"普及培训{mark}")
    looked_at(first, request, "segment")
    first.goto(f"{staffed.address}/console/broadcasts")
    for summary in first.locator("main summary").all():
        summary.click()
    looked_at(first, request, "compose")
    form = first.locator("form", has=first.get_by_role("button", name="存为草稿"))
    form.locator("[name=title]").fill(f"示例通知{mark}")
    form.locator("textarea").first.fill("示例：本网点下周开放日。")
    form.get_by_role("button", name="存为草稿").click()
    looked_at(first, request, "draft")
    first.get_by_role("button", name=re.compile("提交")).first.click()
    expect(first.locator("main")).to_contain_text("待审批", timeout=20_000)
    path = first.url
    second.goto(path)
    looked_at(second, request, "second")
    second.get_by_role("button", name=re.compile("批准")).first.click()
    expect(second.locator("main")).not_to_contain_text("没有权限")
    looked_at(second, request, "approved")
