"""Every route of the console, every role, one's own outlet and another's: what is expected stands in one table."""

from __future__ import annotations

import hashlib
import html
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from consultations import attendances, audit, cases, ledgers, numbers, tickets, trainings, visitor_files
from consultations.broadcasts import Broadcast, Content
from consultations.broadcasts import draft as draft_broadcast
from consultations.broadcasts import submit as submit_broadcast
from consultations.card_drafts import CardDraft, create
from consultations.cases import TypicalCase
from consultations.ledger_values import Written
from consultations.messages import Attachment
from consultations.tickets import Staff
from consultations.trainings import Training
from handlers import import_wording, keep_enterprises, opinions, push_wording, review_policy, wording, xlsx
from handlers.follow_up_tasks import note_improvement
from handlers.import_policy import import_paths
from handlers.store_policy import draft_policy
from handlers.xlsx import write_tables
from policies import interpretations
from policies.compilation import Revision
from policies.intake import Prepared, prepare
from policies.originals import keep_original
from policies.readers.office import office_program
from policies.review import Signature
from tests.conftest import ADMIN, Begin, needs
from tests.policies.documents import pdf_file, plain, word_file
from tests.web.console_client import NAMES, Browser, Instance, open_instance

ROLES = {"咨": "adviser", "审": "reviewer", "专": "expert", "网": "outlet_admin", "市": "city_admin", "计": "auditor"}
# Page → who may see it. Other routes are the door's and those whose gate is the table of commands (`handlers.gate`).
PAGES: Mapping[str, str] = {
    "/console": "咨审专网市计",
    "/console/tickets/{number}": "咨审专网市",
    "/console/files/{number}": "咨审专网市",
    "/console/checks": "审",
    "/console/entry": "咨网市",
    "/console/visits": "咨审网市计",
    "/console/opinions": "咨审网市计",
    "/console/opinions/{number}": "咨审网市计",
    "/console/archive": "咨审网市计",
    "/console/archive/{number}": "咨审网市计",
    "/console/archive/{number}/docx": "咨审网市计",
    "/console/archive/{number}/xlsx": "咨审网市计",
    "/console/enterprises": "咨审网市计",
    "/console/enterprises/xlsx": "咨审网市计",
    "/console/enterprises/{number}": "咨审网市计",
    "/console/gaps": "咨审网市计",
    "/console/drafts": "咨审网市计",
    "/console/drafts/{number}": "咨审网市",
    "/console/policies": "咨审专网市计",
    "/console/policies/{number}": "咨审专网市计",
    "/console/policies/{number}/original": "咨审专网市计",
    "/console/policies/import/{token}/original": "审网市",
    "/console/policies/import/{token}": "审网市",
    "/console/policies/approve": "审市",
    "/console/broadcasts": "审网市计",
    "/console/broadcasts/{number}": "审网市计",
    "/console/surveys": "审网市计",
    "/console/surveys/{survey}": "审网市计",
    "/console/surveys/{survey}/xlsx": "审网市计",
    "/console/duty": "咨审专网市计",
    "/console/people": "网市",
    "/console/people/{table}": "网市",
    "/console/calendar": "网市",
    "/console/calendar/{year}/{which}": "网市",
    "/console/settings": "网市",
    "/console/improvements": "咨审网市计",
    "/console/ledgers": "咨审网市计",
    "/console/ledgers/{kind}": "咨审网市计",
    "/console/ledgers/{kind}/new": "咨审网市",
    "/console/ledgers/{kind}/xlsx": "咨审网市计",
    "/console/ledgers/{kind}/{number}": "咨审网市计",
    "/console/audit": "市计",
    "/console/board": "咨审网市计",
    "/console/board/records": "咨审网市计",
    "/console/board/unanswered": "咨审网市计",
    "/console/reports": "咨审网市计",
    "/console/reports/{number}/{ending}": "咨审网市计",
    "/console/reports/poster": "咨审网市计",
    "/console/cases": "咨审网市计",
    "/console/cases/{number}": "咨审网市计",
    "/console/cases/{number}/{ending}": "咨审网市计",
    "/console/trainings": "咨审网市计",
    "/console/trainings/{number}": "咨审网市计",
    "/console/trainings/{number}/{ending}": "咨审网市计",
}
# Forms with a route of their own → who may send them.
FORMS: Mapping[str, str] = {
    "/console/entry": "咨网市",
    "/console/enterprises": "咨网市",
    "/console/enterprises/import": "咨网市",
    "/console/enterprises/{number}": "咨网市",
    "/console/enterprises/{number}/act": "咨网市",
    "/console/opinions/{number}/reply": "咨网市",
    "/console/opinions/{number}/close": "咨网市",
    "/console/improvements/{item}/close": "咨网市",
    "/console/ledgers/{kind}": "咨审网市",
    "/console/ledgers/{kind}/import": "咨审网市",
    "/console/ledgers/{kind}/{number}": "咨审网市",
    "/console/ledgers/{kind}/{number}/strike": "咨审网市",
    "/console/drafts/{number}": "咨审",
    "/console/drafts/override": "咨审",
    "/console/drafts/{number}/stand-by": "审",
    "/console/policies/approve": "审市",
    "/console/policies/{number}/interpretations": "咨审网市",
    "/console/policies/{number}/review-by": "咨审网市",
    "/console/interpretations/{number}": "审市",
    "/console/reports": "网市",
    "/console/reports/evaluation": "网市",
    "/console/cases/{number}": "咨审网",
    "/console/trainings": "咨网市",
    "/console/trainings/{number}": "咨网市",
    "/console/broadcasts": "审网市",
    "/console/broadcasts/{number}": "审网市",
    "/console/broadcasts/segments": "审网市",
    "/console/broadcasts/segments/drop": "审网市",
    "/console/broadcasts/{number}/return": "审市",
    "/console/surveys/{survey}": "网市",
    "/console/people/{table}": "网市",
    "/console/calendar/{year}/{which}": "网市",
    "/console/settings/{section}": "网市",
}
LAW = """# 示例促进办法

（2024年1月1日示例部门发布，自2024年2月1日起施行）

第一条 示例补助<script>alert(4)</script>最高一千元。
"""
FILE = b"<script>alert(5)</script>"
UPLOAD = "/console/policies/import"  # through the turn of a file sent by staff
SENT_IN, SENT_TEXT = "示例奖励办法(2026-10-08).txt", "示例奖励办法\n第一条 示例<script>alert(9)</script>。"
# Whose it is depends on the file, see `test_console_edits`; on the ticket, see `test_console_ticket`.
ELSEWHERE = {"/console/edits/{number}/undo", "/console/files", "/console/typing"}
# Of a file with pages, see `test_the_pages_of_an_original_stand_beside_its_preview`.
ELSEWHERE |= {"/console/policies/{number}/original/{page}", "/console/policies/import/{token}/original/{page}"}
EVERYBODYS = {
    "/console/ledgers/{kind}",
    "/console/ledgers/{kind}/new",
    "/console/ledgers/{kind}/xlsx",
    "/console/ledgers/{kind}/import",
    "/console/policies/{number}/original",
    "/console/policies/import/{token}/original",
    "/console/people/{table}",
    "/console/calendar/{year}/{which}",
    "/console/settings/{section}",
    "/console/policies/{number}",
    "/console/policies/{number}/interpretations",
    "/console/policies/{number}/review-by",
    "/console/interpretations/{number}",
    "/console/policies/import/{token}",
    "/console/broadcasts/{number}",
    "/console/broadcasts/{number}/return",
    "/console/drafts/{number}/stand-by",
    "/console/surveys/{survey}",
    "/console/surveys/{survey}/xlsx",
}  # belong to no outlet
SAMPLES = {
    "/tickets/{number}": "/tickets/GD-20261123-0001",
    "/opinions/{number}": "/opinions/YJ-20261123-0001",
    "/archive/{number}": "/archive/ZX-20261123-0001",
    "/cases/{number}": "/cases/AL-20261123-0001",
    "{kind}": "activities",
    "/trainings/{number}": "/trainings/PX-20261123-0001",
    "{survey}": "needs",
    "{table}": "staff",
    "{year}": "2026",
    "{which}": "holiday",
    "{section}": "outlet",
    "{item}": "1",
    "{token}": hashlib.sha256(f"{SENT_IN}\0{SENT_TEXT}".encode()).hexdigest()[:16],
    "{number}": "1",
    "{ending}": "docx",
}

OPEN = {
    *("/console/sign-in", "/console/chat-link", "/console/link/{token}"),
    *("/console/oidc", "/console/oidc/return"),
}
EVERYBODY_SIGNED_IN = {"/console/sign-out", "/console/do", "/console/stream", "/console/{path}"}


@pytest.fixture(scope="module")
def instance(begin: Begin, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    home = begin(tmp_path_factory.mktemp("instance"))
    made = open_instance(home)
    made.ask_for_person("示例：<script>alert(1)</script>商标被抢注了怎么办？", "visitor-1")
    with made.office.writing() as session:
        ticket = tickets.assign(session, 1, Staff("telegram:73", "示例专家"), "duty", made.clock.now())
        ticket.outlet = "here"
        opinions.enter(session, made.office.desk, "示例<script>alert(2)</script>意见", Staff("telegram:71", "示例咨询"))
        told_of = {"on": "2026-11-01", "title": "示例<script>alert(12)</script>", "media": "没有照片音像"}
        line = Written({**told_of, "channel": "网站"})
        ledgers.add(session, "activities", "here", line, Staff("telegram:71", "示例咨询"), made.clock.now())
        note_improvement(session, made.office.desk, 1, "survey", "示例<script>alert(3)</script>", now=made.clock.now())
    with made.office.writing() as session:
        draft = CardDraft(
            source="ticket:1",
            kind="card",
            title="示例<b>标题</b>",
            service_item="B08",
            ticket_id=1,
            author="telegram:71",
            author_name="示例咨询",
            created_at=made.clock.now(),
            changed_at=made.clock.now(),
        )
        create(session, draft, (), made.clock.now())
        told = TypicalCase(
            number="AL-20261123-0001",
            ticket_id=1,
            contact_id=1,
            state="published",
            title="示例<script>alert(9)</script>案例",
            needed="示例<script>alert(10)</script>",
            consent="given",
            author="telegram:71",
            author_name="示例咨询",
            reviewer="telegram:72",
            reviewer_name="示例审核",
            created_at=made.clock.now(),
            changed_at=made.clock.now(),
            published_at=made.clock.now(),
        )
        cases.create(session, told, Staff("telegram:71", "示例咨询"), made.clock.now())
        training = Training(
            number=numbers.next_number(session, numbers.TRAINING, date(2026, 11, 23)),
            outlet="here",
            state="open",
            title="示例<script>alert(12)</script>培训",
            place="示例室",
            courseware="示例课件",
            code="123456",
            starts_at=made.clock.now() + timedelta(minutes=20),
            ends_at=made.clock.now() + timedelta(hours=2),
            author="telegram:71",
            author_name="示例咨询",
            created_at=made.clock.now(),
            changed_at=made.clock.now(),
        )
        trainings.create(session, training, Staff("telegram:71", "示例咨询"), made.clock.now())
        attendances.enter(session, training, "王某<script>alert(13)</script>", made.clock.now())
        firm = {"name": "示例<script>alert(14)</script>公司", "person": "示例张三", "phone": "13800138000"}
        keep_enterprises.add(session, made.office.desk, firm, "here", Staff("telegram:71", "示例咨询"))
        file = Attachment("1", "<b>示例</b>\r\n合同.html", "html", len(FILE), sha256=keep(made))
        content = Content("<script>alert(6)</script>示例", "<script>alert(7)</script>", "<script>alert(8)</script>全文")
        draft_broadcast(session, content, Staff("telegram:72", "示例审核"), made.clock.now())
        visitor_files.keep(session, 1, 1, file, made.clock.now())
    import_paths([law_of(tmp_path_factory)], writing=made.office.writing, index=made.office.index, home=home, by=ADMIN)
    with made.office.writing() as session:
        by = Signature("telegram:74", "示例网点", made.clock.now())
        words = "示例解读<script>alert(11)</script>"
        interpretations.add(session, 1, "1", "示例专家", words, on=date(2026, 11, 23), by=by)
    made.office.refresh()
    assert made.office.desk.imports
    made.office.desk.imports.stage(SENT_IN, SENT_TEXT.encode(), ADMIN)
    admin = made.set_up("outlet_admin")
    admin.get("/console/reports")
    admin.post("/console/reports", kind="effect", period="2026-11")
    yield made
    made.office.close()


def keep(instance: Instance) -> str:
    """The hash of a visitor's file on the disk."""
    assert instance.console.files is not None
    with instance.console.files.receive() as incoming:
        incoming.write(FILE)
        return incoming.keep()


def law_of(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A miniature law with markup in it."""
    folder = tmp_path_factory.mktemp("laws")
    (folder / "示例促进办法(2024-01-01).md").write_text(LAW, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def browsers(instance: Instance) -> Mapping[str, Browser]:
    return {role: instance.set_up(role) for role in (*NAMES, "north")}


def routes(instance: Instance) -> set[str]:
    return {each for each in instance.app.openapi()["paths"] if each.startswith("/console")}


def filled(path: str) -> str:
    """The page of something that is there."""
    for name, value in SAMPLES.items():
        path = path.replace(name, value)
    return path


def test_every_route_has_a_line_here(instance: Instance) -> None:
    assert routes(instance) == {*PAGES, *FORMS, UPLOAD, *ELSEWHERE, *OPEN, *EVERYBODY_SIGNED_IN}


def forms_of(instance: Instance) -> set[str]:
    return {path for path, verbs in instance.app.openapi()["paths"].items() if "post" in verbs and "/console" in path}


def test_every_form_has_a_line_here(instance: Instance) -> None:
    assert forms_of(instance) <= {*FORMS, UPLOAD, *ELSEWHERE, *OPEN, *EVERYBODY_SIGNED_IN}


def test_no_form_is_taken_without_the_token_of_its_session(instance: Instance, browsers: Mapping[str, Browser]) -> None:
    stolen = browsers["adviser"].token
    for path in sorted(forms_of(instance) - OPEN):
        for token in ("", "0" * 64, stolen):
            sent: dict[str, Any] = {"data": {"csrf": token, "once": "forged-form-1"}}
            if path in (UPLOAD, "/console/files"):
                sent["files"] = {"file": ("示例.txt", b"x")}
            assert browsers["city_admin"].fetch("POST", filled(path), **sent).status_code == 403, path


@pytest.mark.parametrize("role", NAMES)
@pytest.mark.parametrize("path", PAGES)
def test_each_role_sees_its_pages_and_no_other(browsers: Mapping[str, Browser], path: str, role: str) -> None:
    mark = next(each for each, name in ROLES.items() if name == role)
    page = browsers[role].get(filled(path))
    assert page.status_code == (200 if mark in PAGES[path] else 403)
    assert "<script>alert" not in page.text or page.headers["content-type"] == "application/octet-stream"


@pytest.mark.parametrize("role", NAMES)
@pytest.mark.parametrize("path", FORMS)
def test_each_role_sends_its_forms_and_no_other(browsers: Mapping[str, Browser], path: str, role: str) -> None:
    mark, browser = next(each for each, name in ROLES.items() if name == role), browsers[role]
    browser.get("/console")
    status = browser.post(filled(path)).status_code  # without words nothing comes of it
    assert status == 422 if mark in FORMS[path] else status == 403


@pytest.mark.parametrize("path", [each for each in [*PAGES, *FORMS] if "{" in each and each not in EVERYBODYS])
def test_what_belongs_to_another_outlet_reads_as_not_there(browsers: Mapping[str, Browser], path: str) -> None:
    browser = browsers["north"]
    browser.get("/console")
    theirs = browser.post(filled(path)) if path in FORMS else browser.get(filled(path))
    assert theirs.status_code == 404
    assert "抢注" not in theirs.text
    assert "alert(" not in theirs.text


@pytest.mark.parametrize("number", ["9999", "-" + "9" * 25, "x"])
@pytest.mark.parametrize("path", [each for each, may in {**FORMS, **PAGES}.items() if "{" in each and "市" in may])
def test_what_is_not_there_is_told_to_whoever_may_see_everything(
    browsers: Mapping[str, Browser], path: str, number: str
) -> None:
    browser = browsers["city_admin"]
    browser.get("/console")
    wanted = re.sub(r"\{(number|item)\}", number, path).replace("{ending}", "docx")
    nowhere = browser.post(wanted) if path not in PAGES else browser.get(wanted)
    assert nowhere.status_code in {404, 422}
    assert "没有" in nowhere.text


@pytest.mark.parametrize("path", [*PAGES, "/console/do", "/console/stream", "/console/nosuch"])
def test_nobody_gets_anything_without_signing_in(instance: Instance, path: str) -> None:
    stranger = Browser(instance.app)
    page = stranger.get(filled(path))
    assert page.url.path == "/console/sign-in" or page.status_code == 401
    assert "抢注" not in page.text
    assert stranger.fetch("POST", "/console/do", data={"verb": "duty"}).url.path == "/console/sign-in"


def test_navigation_shows_what_the_role_may(browsers: Mapping[str, Browser]) -> None:
    for role, browser in browsers.items():
        page = browser.get("/console").text
        for path, marks in PAGES.items():
            if "{" in path or path.count("/") > len(("/console", "/page")):
                continue
            may = any(ROLES[mark] == role for mark in marks) or (role == "north" and "咨" in marks)
            assert page.partition("</nav>")[0].count(f'<a href="{path}"') == may  # once


def test_a_page_nobody_made_is_a_page_of_the_console(browsers: Mapping[str, Browser]) -> None:
    page = browsers["adviser"].get("/console/nosuch")
    assert page.status_code == 404
    assert "没有这个页面" in page.text


def test_what_is_done_twice_is_done_once_and_answered_twice(browsers: Mapping[str, Browser]) -> None:
    browser = browsers["adviser"]
    browser.get("/console")
    first = browser.do("note", "GD-20261123-0001", "示例备注一次", once="the-same-id-1")
    again = browser.do("note", "GD-20261123-0001", "示例备注一次", once="the-same-id-1")
    assert first.text.count(wording.NOTE_KEPT) == again.text.count(wording.NOTE_KEPT) == 1
    assert browser.do("ticket", "GD-20261123-0001").text.count("示例备注一次") == 1


@pytest.mark.parametrize("once", ["", "short", "示例" * 5, "x" * 65])
def test_a_form_without_an_id_is_not_taken(browsers: Mapping[str, Browser], once: str) -> None:
    browser = browsers["adviser"]
    browser.get("/console")
    assert browser.do("duty", once=once).status_code == 422


def test_what_a_role_may_not_do_is_refused_in_its_own_words(browsers: Mapping[str, Browser]) -> None:
    browser = browsers["auditor"]
    browser.get("/console")
    assert "您的角色是审计员" in browser.do("claim", "GD-20261123-0001").text
    assert "您的角色是审计员" in browser.do("press", words="claim:1").text


def test_a_sheet_leaves_as_a_file_and_stands_in_the_audit_trail(
    instance: Instance, browsers: Mapping[str, Browser]
) -> None:
    for kind in ("docx", "xlsx"):
        file = browsers["adviser"].get(f"/console/archive/ZX-20261123-0001/{kind}")
        assert file.content.startswith(b"PK")
        assert f"ZX-20261123-0001.{kind}" in file.headers["content-disposition"]
    with instance.office.reading() as session:
        lines = audit.newest(session, 2)
        assert [(each.verb, each.actor) for each in lines] == [("sheets", "telegram:71")] * 2


def test_an_entry_is_made_once_undone_and_nothing_typed_is_lost(browsers: Mapping[str, Browser]) -> None:
    browser = browsers["adviser"]
    browser.get("/console/entry")
    wrong = browser.post("/console/entry", question="示例<i>问题</i>", at="昨天什么时候", reply="写了很久的答复")
    assert wrong.status_code == 422
    assert "写了很久的答复" in wrong.text
    assert "<i>" not in wrong.text
    fields = {"channel": "visit", "who": "示例公司", "question": "电话：示例问题怎么办", "reply": "示例答复"}
    made = browser.post("/console/entry", **fields)
    assert "到访" in made.text
    again = browser.post("/console/entry", **fields)
    assert "撤销" in made.text
    assert "撤销" not in again.text
    undo = re.search(r'value="(unrecord:\d+)"', made.text)
    assert undo is not None
    assert "作废" in browser.do("press", words=undo[1]).text


def test_an_opinion_is_entered_replied_to_and_closed(browsers: Mapping[str, Browser]) -> None:
    browser = browsers["adviser"]
    browser.get("/console/opinions")
    told = browser.do("opinion", which="投诉", words="示例：等太久", back="/console/opinions").text
    number = re.search(r"YJ-\d{8}-\d{4}", told)
    assert number is not None
    path = f"/console/opinions/{number[0]}"
    browser.get(path)
    assert browser.post(f"{path}/close").status_code == 422  # not without a reply or a reason
    browser.get(path)
    assert browser.post(f"{path}/reply", words="示例：已经改进").status_code == 200
    browser.get(path)
    assert browser.post(f"{path}/close").status_code == 200
    assert "已办结" in browser.get(path).text


def test_an_improvement_is_closed_with_what_was_done(browsers: Mapping[str, Browser]) -> None:
    browser = browsers["outlet_admin"]
    browser.get("/console/improvements")
    browser.post("/console/improvements/1/close", words="示例：补充了办事指南")
    assert "补充了办事指南" in browser.get("/console/improvements").text


def test_a_ledger_is_kept_struck_out_and_taken_up_from_a_spreadsheet(browsers: Mapping[str, Browser]) -> None:
    admin, path = browsers["outlet_admin"], "/console/ledgers/funds"
    assert "北站" not in admin.get("/console/ledgers").text
    admin.get(f"{path}/new")
    typed = {"on": "2026-03-05", "flow": "支出", "source": "示例<i>专项</i>", "purpose": "示例", "voucher": "1"}
    wrong = admin.post(path, **typed, amount="12.5")
    assert wrong.status_code == 422
    assert "服务事项：还没有填。专款专用" in wrong.text
    assert "示例&lt;i&gt;专项" in wrong.text  # nothing typed is lost
    for _ in range(2):  # sent twice, stored once
        told = admin.post(path, **typed, amount="12.5", service_item="B01", once="the-same-line-1").text
    assert told.count("12.50</td>") == 3  # the line, and its two sums
    number = re.search(r"/console/ledgers/funds/(\d+)", told)
    assert number is not None
    line = f"{path}/{number[1]}"
    admin.get(line)
    assert "已保存" in admin.post(line, **typed, amount="13", service_item="B01", edition="1").text
    stale = admin.post(line, **typed, amount="14", service_item="B01", edition="1")
    assert (stale.status_code, "别人改过" in stale.text) == (422, True)
    assert "金额 原来是 12.50" in admin.get(line).text
    assert "已划销" in admin.post(f"{line}/strike", reason="示例：登错").text
    assert "13.00</td>" not in admin.get(path).text.partition("已划销（1）")[0]
    assert "已恢复" in (admin.get(line), admin.post(f"{line}/strike", reason="示例：没错"))[1].text
    sheet = io.BytesIO()
    head = ("日期", "收支", "经费来源", "用途", "金额", "凭证号")
    write_tables(sheet, [xlsx.Table("经费", head, [("2026-04-01", "收入", "示例", "示例", "100", "2")])])
    shown = admin.fetch(
        "POST", f"{path}/import", data={"csrf": admin.token}, files={"file": ("a.xlsx", sheet.getvalue())}
    )
    assert "新增 1 条" in shown.text
    assert "100.00</td>" not in admin.get(path).text
    sent = dict(re.findall(r'name="(rows|sure)" value="([^"]*)"', shown.text))
    done = admin.post(f"{path}/import", rows=html.unescape(sent["rows"]), sure=sent["sure"])
    assert "已写入：新增 1 条" in done.text
    assert "100.00</td>" in done.text
    assert browsers["adviser"].get(f"{path}/new").status_code == 403  # funds are the administrators'
    assert "登记一条" not in browsers["auditor"].get(path).text


def test_whose_certificate_it_is_stays_with_whoever_keeps_the_ledger(browsers: Mapping[str, Browser]) -> None:
    path, number = "/console/ledgers/certificates", "105012345678"
    browsers["outlet_admin"].get(f"{path}/new")
    typed = {"person": "示例同事", "form": "学历", "title": "示例本科", "number": number}
    made = browsers["outlet_admin"].post(path, **typed).text
    line = re.search(rf"{path}/(\d+)", made)
    assert line is not None
    assert number in browsers["outlet_admin"].get(line[0]).text
    for role, names in (("adviser", ("示例同事", "****5678")), ("auditor", ("示某", "****"))):
        for page in (path, line[0]):
            shown = browsers[role].get(page).text
            assert all(each in shown for each in names)
            assert number not in shown
        with zipfile.ZipFile(io.BytesIO(browsers[role].get(f"{path}/xlsx").content)) as package:
            sheet = package.read("xl/worksheets/sheet1.xml").decode()
        assert names[0] in sheet
        assert number not in sheet
    assert "示例同事" not in browsers["auditor"].get(path).text
    assert browsers["north"].get(line[0]).status_code == 404


def test_a_draft_that_fills_in_an_empty_card_keeps_its_title_and_wordings(
    instance: Instance, browsers: Mapping[str, Browser]
) -> None:
    card = instance.office.desk.shelf.version_on("subsidy_local", instance.clock.now().date())
    assert card is not None
    draft = CardDraft(
        source="gap:1",
        kind="card",
        card_id="subsidy_local",
        title="示例另一个标题",
        variants=["示例新问法"],
        author="telegram:71",
        author_name="示例咨询",
        created_at=instance.clock.now(),
        changed_at=instance.clock.now(),
    )
    with instance.office.writing() as session:
        number = create(session, draft, (), instance.clock.now())[0].key
    page = browsers["adviser"].get(f"/console/drafts/{number}").text
    shown = "\n".join([*card.variants, "示例新问法"])
    assert re.search(rf'问法</th><td class="words">.*</td><td class="words">{re.escape(shown)}</td>', page, re.DOTALL)
    assert re.search(r'标题</th><td class="words">[^<]*</td><td class="words">不变</td>', page)


def test_a_draft_is_edited_reviewed_by_somebody_else_and_nothing_typed_is_lost(browsers: Mapping[str, Browser]) -> None:
    author, reviewer, path = browsers["adviser"], browsers["reviewer"], "/console/drafts/1"
    author.get(path)
    fields = {"title": "示例商标被抢注怎么办", "answer": "示例：先保留<i>证据</i>。", "service_item": "B08"}
    lost = author.post(path, revision="99", **fields)
    assert lost.status_code == 422
    assert "先保留&lt;i&gt;证据" in lost.text
    saved = author.post(path, revision="1", variants="问法一\n问法二", **fields)
    assert wording.DRAFT_SAVED in saved.text
    assert "问法二" in saved.text
    assert "<i>" not in saved.text
    submit = re.search(r'value="(draft:1:submit:\d+)"', saved.text)
    assert submit is not None
    assert "出处" in author.do("press", words=submit[1], back=path).text  # an answer needs a source
    assert "审核卡片草稿由" in browsers["outlet_admin"].do("press", words="draft:1:publish:2").text
    assert reviewer.get(path).status_code == 200


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("示例条例.md", LAW.replace("促进", "鼓励").encode(), import_wording.CONFIRM),
        ("<img src=x>.docx", b"not a document", ""),
        ("../../etc/passwd.md", LAW.replace("促进", "路径").encode(), ""),
        ("empty.pdf", b"", ""),
    ],
)
def test_a_policy_file_is_shown_before_anything_is_written(
    browsers: Mapping[str, Browser], name: str, content: bytes, told: str
) -> None:
    browser = browsers["reviewer"]
    browser.get("/console/policies")
    parts = {"csrf": browser.token, "once": f"file-{abs(hash(name))}"}
    page = browser.fetch("POST", UPLOAD, data=parts, files={"file": (name, content)})
    assert page.status_code == 200
    assert told in page.text
    assert "<img src=x" not in page.text
    adviser = browsers["adviser"]
    adviser.get("/console/policies")
    parts = {"csrf": adviser.token, "once": f"file-{abs(hash(name))}"}
    assert "导入政策文件由" in adviser.fetch("POST", UPLOAD, data=parts, files={"file": (name, content)}).text


def test_the_pages_of_an_original_stand_beside_its_preview(
    instance: Instance, browsers: Mapping[str, Browser], tmp_path: Path
) -> None:
    pages = ["示例页面办法", "第一条 灯要亮，由管护站负责。"], ["第二条 本办法自2020年5月1日起施行。"]
    browser, content = browsers["reviewer"], pdf_file(pages)
    browser.get("/console/policies")
    parts = {"csrf": browser.token, "once": "pages-of-a-pdf"}
    file = ("示例页面办法(2026-10-08).pdf", content)
    page = browser.fetch("POST", UPLOAD, data=parts, files={"file": file})
    beside = re.findall(r'src="(/console/policies/import/[0-9a-f]{16}/original)/(\d)"', page.text)
    assert [number for _, number in beside] == ["1", "2"]
    here = beside[0][0]
    assert browser.get(here).content == content
    shown = browser.get(f"{here}/2")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/png")
    assert [browser.get(f"{here}/{each}").status_code for each in ("3", "0", "x")] == [404] * 3
    assert browsers["adviser"].get(f"{here}/1").status_code == 403
    source = tmp_path / file[0]
    source.write_bytes(content)
    with instance.office.writing() as session:
        made = Revision(policy_id=1, state="rejected", sha256=hashlib.sha256(content).hexdigest(), source_name=file[0])
        session.add(made)
        session.flush()
        number = made.id
    keep_original(instance.office.settings.home, source, hashlib.sha256(content).hexdigest())
    assert f'src="/console/policies/{number}/original/2"' in browser.get(f"/console/policies/{number}").text
    assert browsers["adviser"].get(f"/console/policies/{number}/original/1").headers["content-type"] == "image/png"
    assert browsers["adviser"].get(f"/console/policies/{number}/original/9").status_code == 404


def test_a_word_file_is_shown_beside_its_preview_when_asked_for(browsers: Mapping[str, Browser]) -> None:
    if office_program() is None:
        needs("LibreOffice")
    browser = browsers["reviewer"]
    browser.get("/console/policies")
    parts = {"csrf": browser.token, "once": "pages-of-a-word-file"}
    content = word_file([plain("示例文档办法"), plain("第一条 灯要亮。"), plain("第二条 本办法自2020年5月1日起施行。")])
    page = browser.fetch("POST", UPLOAD, data=parts, files={"file": ("示例文档办法.docx", content)})
    asked = re.search(r'href="(/console/policies/import/[0-9a-f]{16})\?pages=1#original"', page.text)
    assert asked is not None
    assert "/original/1" not in page.text
    assert f'src="{asked[1]}/original/1"' in browser.get(f"{asked[1]}?pages=1").text
    assert browser.get(f"{asked[1]}/original/1").headers["content-type"] == "image/png"


def test_a_policy_is_imported_from_an_address_unless_it_is_inside(browsers: Mapping[str, Browser]) -> None:
    for role, told in (("reviewer", "这个网址在内部网络里"), ("adviser", "导入政策文件由")):
        browser = browsers[role]
        browser.get("/console/policies")
        page = browser.post(UPLOAD, link="http://127.0.0.1:1/示例.html")
        assert told in page.text
    browser = browsers["reviewer"]
    assert "请写网址" in browser.post(UPLOAD, link="示例").text


def test_absences_are_entered_and_dispatch_is_rehearsed(browsers: Mapping[str, Browser]) -> None:
    browser = browsers["outlet_admin"]
    browser.get("/console/duty")
    browser.do("absent", which="示例同事", also="12-01..12-03", words="培训", back="/console/duty")
    page = browser.get("/console/duty?question=有人仿冒我的商标怎么办")
    assert "培训" in page.text
    assert "维权" in page.text


def test_a_visitors_file_is_saved_never_shown_and_stands_in_the_audit_trail(
    instance: Instance, browsers: Mapping[str, Browser]
) -> None:
    assert "/console/files/1" in browsers["adviser"].get("/console/tickets/GD-20261123-0001").text
    file = browsers["adviser"].get("/console/files/1")
    assert file.content == FILE
    assert file.headers["content-type"] == "application/octet-stream"
    assert file.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
    assert "<" not in file.headers["content-disposition"]
    assert "%0D" not in file.headers["content-disposition"]
    with instance.office.reading() as session:
        assert (audit.newest(session, 1)[0].verb, audit.newest(session, 1)[0].actor) == ("file", "telegram:71")
    assert browsers["adviser"].get("/console/files/99").status_code == 404
    assert browsers["adviser"].get("/console/files/x").status_code == 404


def test_a_case_is_edited_and_what_was_masked_is_shown_beside_what_stays(
    instance: Instance, browsers: Mapping[str, Browser]
) -> None:
    path, author = "/console/cases/AL-20261123-0001", browsers["adviser"]
    with instance.office.writing() as session:
        case = cases.by_number(session, "AL-20261123-0001")
        assert case is not None
        before = {name: getattr(case, name) for name in ("state", "reviewer", "reviewer_name", "consent")}
        case.state, case.reviewer, case.reviewer_name, case.consent = "draft", "", "", ""
    author.get(path)
    words = "示例企业的商标快到期，电话13800000000，经办人想知道在期满以前多久办理、要带哪些材料、到哪里办。"
    saved = author.post(
        path, revision="1", title="示例续展", needed=words, done="示例", result="示例", evaluation="示例"
    )
    assert "<del>13800000000</del>" in saved.text
    assert "〔略〕" in saved.text.partition('<textarea id="needed"')[2].partition("</textarea>")[0]
    assert author.post(path, revision="1", title="示例").status_code == 422  # somebody was faster
    assert author.get(f"{path}/docx").status_code == 404  # only what is published leaves
    with instance.office.writing() as session:
        case = cases.by_number(session, "AL-20261123-0001")
        assert case is not None
        for name, value in before.items():
            setattr(case, name, value)


def test_what_an_expert_says_is_recorded_let_out_by_somebody_else_and_taken_down(
    instance: Instance, browsers: Mapping[str, Browser]
) -> None:
    author, reviewer, path = browsers["adviser"], browsers["reviewer"], "/console/policies/1"
    author.get(path)
    refused = author.post(f"{path}/interpretations", article="1", expert="示例专家", text="另一条。", outlet="西区")
    assert refused.status_code == 422
    assert "另一条。</textarea>" in refused.text
    assert "待另一位" in author.post(f"{path}/interpretations", article="1", expert="示例专家", text="另一条。").text
    reviewer.get(path)
    assert "解读已发布" in reviewer.post("/console/interpretations/2", verb="publish").text
    with instance.office.reading() as session:
        assert [each.text for each in interpretations.of_revision(session, 1)["1"]] == ["另一条。"]
    assert "请写明下次复核的日期" in reviewer.post("/console/interpretations/2", verb="reviewed", day="").text
    again = reviewer.post("/console/interpretations/2", verb="reviewed", day="2028-01-05").text
    assert "解读 2 已复核，下次 2028-01-05" in again
    assert "解读已撤下" in reviewer.post("/console/interpretations/2", verb="withdraw").text
    assert "另一条。" not in author.get(path).text
    reviewer.post(f"{path}/interpretations", article="1", expert="示例专家", text="自己的。")
    own = reviewer.post("/console/interpretations/3", verb="publish")
    assert (own.status_code, "须由另一位工作人员审核" in own.text) == (422, True)
    with instance.office.reading() as session:
        assert audit.newest(session, 1, is_refused=True)[0].verb == "refused:policy.review"


def test_what_is_overdue_is_marked_until_somebody_looked_again(
    instance: Instance, browsers: Mapping[str, Browser]
) -> None:
    author, path = browsers["adviser"], "/console/policies/1"
    with instance.office.writing() as session:
        session.get_one(Revision, 1).review_due = date(2026, 11, 20)
    listed = author.get("/console/policies").text
    assert '<h2>待复核 <span class="count">1</span></h2>' in listed
    assert "应在 2026-11-20 以前复核" in listed
    assert "待复核：应在 2026-11-20 以前" in author.get(path).text
    assert author.post(f"{path}/review-by", day="2026-11-01").status_code == 422
    assert "已复核，下次 2027-11-30" in author.post(f"{path}/review-by", day="2027-11-30").text
    assert "待复核" not in author.get("/console/policies").text


def test_the_city_sees_what_outlets_have_instead_and_why(instance: Instance, browsers: Mapping[str, Browser]) -> None:
    with instance.office.writing() as session:
        law = session.get_one(Revision, 1)
        law.outlet, law.outlet_reason, law.repeals = "north", "示例理由<script>alert(12)</script>", "示例市办法"
    page = browsers["city_admin"].get("/console/policies").text
    with instance.office.writing() as session:
        law = session.get_one(Revision, 1)
        law.outlet, law.outlet_reason, law.repeals = "", "", ""
    assert "替代《示例市办法》，理由：示例理由&lt;script&gt;" in page


def test_a_policy_is_found_by_its_name(browsers: Mapping[str, Browser]) -> None:
    browser = browsers["reviewer"]
    assert '/console/policies/1"' in browser.get("/console/policies?q=示例促进").text
    missing = browser.get("/console/policies?q=没有这部").text
    assert "没有名称里带“没有这部”的政策" in missing
    assert '/console/policies/1"' not in missing


def test_the_original_stands_beside_what_was_read_of_it_and_nothing_in_it_runs(browsers: Mapping[str, Browser]) -> None:
    page = browsers["reviewer"].get("/console/policies/1").text
    assert "# 示例促进办法" in page  # as it was written, markup of the file and all
    assert page.count("&lt;script&gt;alert(4)&lt;/script&gt;") == 2  # in the file, and as it was read
    file = browsers["reviewer"].get("/console/policies/1/original")
    assert file.text == LAW
    assert file.headers["content-type"] == "application/octet-stream"
    assert file.headers["content-disposition"].startswith("attachment")


def test_a_segment_is_saved_picked_and_dropped_and_a_broadcast_is_given_back_with_a_reason(
    instance: Instance, browsers: Mapping[str, Browser]
) -> None:
    author, reviewer, path = browsers["outlet_admin"], browsers["reviewer"], "/console/broadcasts"
    author.get(path)
    assert author.post(f"{path}/segments", name="示例商标", option="topic:没有这个").status_code == 422
    page = author.post(f"{path}/segments", name="示例商标", option="topic:商标").text
    assert '<option value="示例商标" selected>' in page
    assert "主题：商标" in page
    assert "已去掉受众" in author.post(f"{path}/segments/drop", name="示例商标").text
    assert "示例商标" not in author.get(path).text
    shown = author.post(path, text="示例：开放日", segment="全部订阅者").text
    number = re.search(r"推送 (\d+) 号", shown)
    assert number is not None
    one = f"{path}/{number[1]}"
    assert "没有人" in author.do("press", words=f"broadcast:{number[1]}:submit", back=one).text
    tested = author.do("press", words=f"broadcast:{number[1]}:test", back=one).text
    assert push_wording.TEST in tested or push_wording.TEST_SENT in tested
    reviewer.get(one)
    assert reviewer.post(f"{one}/return", reason=" ").status_code == 422
    assert reviewer.post(f"{one}/return", reason="示例：请写明地点").status_code == 422  # it does not wait for approval
    with instance.office.writing() as session:
        waiting = session.get_one(Broadcast, int(number[1]))
        submit_broadcast(session, waiting, Staff("s:1", "示例甲"), instance.clock.now())
    reviewer.post(f"{one}/return", reason="示例：请写明地点")
    assert "退回：示例：请写明地点" in author.get(one).text.partition("收到的样子")[0]  # not only in the history


def test_what_waits_for_review_is_approved_together_after_a_look(
    instance: Instance, browsers: Mapping[str, Browser], tmp_path: Path
) -> None:
    by = Signature("telegram:74", "示例网点", instance.clock.now())
    for name in ("示例甲规定", "示例乙规定"):
        file = tmp_path / f"{name}(2024-01-01).md"
        file.write_text(LAW.replace("示例促进办法", name), encoding="utf-8")
        made = prepare(file)
        assert isinstance(made, Prepared)
        with instance.office.writing() as session:
            review_policy.submit(session, instance.office.desk, draft_policy(session, made, by), by)
    browser, path = browsers["reviewer"], "/console/policies/approve"
    page = browser.get(path).text
    marks = re.findall(r'name="seen" value="([^"]+)"', page)
    assert len(marks) == 2
    assert browser.post(path, seen=marks[0]).status_code == 422
    assert "已发布 1 份" in browser.post(path, seen=marks[0], sure="yes").text
    assert browsers["adviser"].post(path, seen=marks[1], sure="yes").status_code == 403


def test_a_training_is_previewed_stored_and_its_people_signed_in_with_one_click(
    browsers: Mapping[str, Browser],
) -> None:
    adviser, path = browsers["adviser"], "/console/trainings"
    adviser.get(path)
    given: dict[str, Any] = {
        "name": ["title", "when", "place"],
        "value": ["示例检索课", "2026-12-05 14:00-16:00", "示例室"],
    }
    preview = adviser.post(path, **given)
    assert "还没有保存" in preview.text
    assert "2026年12月5日（星期六）14:00–16:00" in preview.text
    assert "示例检索课" not in adviser.get(path).text
    stored = adviser.post(path, seen="yes", **given)
    assert "已保存为草稿" in stored.text
    assert "示例检索课" in stored.text
    page = adviser.get(f"{path}/PX-20261123-0001")
    assert 'class="bigcode">123456' in page.text
    assert "王某" in page.text
    for reader in ("auditor", "reviewer"):
        seen = browsers[reader].get(f"{path}/PX-20261123-0001").text
        assert ("王**" in seen, "王某" in seen, "123456" in seen) == (True, False, False)
    adviser.post("/console/do", once="training-attend-1", verb="press", words="training:1:attend:1", back=path)
    assert "已签到" in adviser.get(f"{path}/PX-20261123-0001").text
    for place, status in (("别处", 200), ("又一处", 422)):  # somebody was faster
        other: dict[str, Any] = {"name": ["place"], "value": [place]}
        assert adviser.post(f"{path}/PX-20261123-0001", revision="1", **other).status_code == status
    assert "地点：别处" in adviser.get(f"{path}/PX-20261123-0001").text
    assert adviser.get(f"{path}/PX-20261123-0001/pdf").status_code == 404
