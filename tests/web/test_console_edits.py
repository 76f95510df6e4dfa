"""Staff, roster, calendar and settings changed in the console: shown first, read by the same readers, undone, noted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlmodel import Session

from consultations import audit, file_edits
from consultations.duty_reading import parse_book
from consultations.file_edits import Change
from consultations.permissions import Person
from consultations.tickets import Staff
from handlers.edit_files import DutyFiles, EditRefusedError, make
from handlers.interrupted_edits import put_right
from tests.conftest import Begin
from tests.web.console_client import Browser, Instance, open_instance

CONFIG = """[outlet]
# 我们的电话
phone = "0000-1"
[telegram]
token = "123456:secret_token"
"""


@pytest.fixture(scope="module")
def instance(begin: Begin, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    home = begin(tmp_path_factory.mktemp("instance"))
    (home / "config.toml").write_text(CONFIG, encoding="utf-8")
    made = open_instance(home)
    yield made
    made.office.close()


@pytest.fixture(scope="module")
def browsers(instance: Instance) -> Mapping[str, Browser]:
    return {role: instance.set_up(role) for role in ("outlet_admin", "city_admin", "adviser")}


def home(instance: Instance) -> Path:
    return instance.office.settings.home


def entry_of(browser: Browser, table: str, name: str) -> str:
    """The address of an entry's form."""
    page = browser.get("/console/people").text
    card = next(
        each for each in re.findall(r'<li class="card">(.*?)</li>', page, re.DOTALL) if name in each and "修改<" in each
    )
    found = re.search(rf"/console/people/{table}\?entry=\w+", card)
    assert found is not None
    return found[0]


def save(browser: Browser, path: str, **fields: str) -> str:
    """What is told after the change was shown and confirmed."""
    shown = browser.post(path, **fields)
    assert "将改动" in shown.text, shown.text
    assert "已保存" not in shown.text
    return browser.post(path, confirm="yes", **fields).text


def test_somebody_new_is_shown_first_then_works_at_once_and_is_undone(
    instance: Instance, browsers: Mapping[str, Browser]
) -> None:
    admin, new = browsers["outlet_admin"], {"id": "new", "name": "示例新人", "outlet": "here", "roles": "adviser"}
    admin.get("/console/people/staff")
    text = (home(instance) / "duty" / "staff.toml").read_text(encoding="utf-8")
    shown = admin.post("/console/people/staff", **new).text
    assert "角色：咨询员" in shown
    assert (home(instance) / "duty" / "staff.toml").read_text(encoding="utf-8") == text
    assert "已保存" in save(admin, "/console/people/staff", **new)
    assert instance.office.desk.duty.book.members["new"].name == "示例新人"
    assert (home(instance) / "duty" / "staff.toml").read_text(encoding="utf-8").startswith(text)
    page = admin.get("/console/people").text
    assert "示例网点：新增工作人员 示例新人" in page
    undo = re.search(r"/console/edits/\d+/undo", page)
    assert undo is not None
    browsers["adviser"].get("/console")
    assert browsers["adviser"].post(undo[0]).status_code == 403
    assert "撤销工作人员 示例新人" in admin.post(undo[0]).text
    assert "new" not in instance.office.desk.duty.book.members
    assert "已经撤销过" in admin.post(undo[0]).text
    with instance.office.reading() as session:
        edits = [each for each in audit.newest(session, 10) if each.actor == "telegram:74" and each.verb == "edit"]
        assert len(edits) == 2


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"id": "adviser", "name": "示例重复", "outlet": "here", "roles": "adviser"}, "重复"),
        ({"id": "x", "name": "示例某", "outlet": "here", "roles": "adviser", "accounts": "77"}, "telegram:编号"),
        ({"id": "x", "name": "示例某", "outlet": "here", "roles": "adviser", "accounts": "console:a"}, "不是聊天渠道"),
        ({"id": "x", "name": "示例某", "outlet": "here"}, "角色：请勾选"),
        ({"id": "x", "name": "示例某", "outlet": "here", "roles": "adviser", "until": "明天"}, "不是日期"),
        ({"id": "x", "name": "示例某", "outlet": "north", "roles": "adviser"}, "只能改自己网点"),
        ({"id": "x", "name": "示例某", "outlet": "here", "roles": "city_admin"}, "只有市级管理员"),
    ],
)
def test_what_the_readers_or_the_roles_refuse_changes_nothing(
    instance: Instance, browsers: Mapping[str, Browser], fields: dict[str, str], why: str
) -> None:
    admin, path = browsers["outlet_admin"], home(instance) / "duty" / "staff.toml"
    admin.get("/console/people/staff")
    before = path.read_bytes()
    told = admin.post("/console/people/staff", confirm="yes", **fields)
    assert (told.status_code, why in told.text) == (422, True)
    assert path.read_bytes() == before


def test_staff_of_another_outlet_and_what_was_changed_of_them_read_as_not_there(
    browsers: Mapping[str, Browser],
) -> None:
    city, admin = browsers["city_admin"], browsers["outlet_admin"]
    path, colleague = entry_of(city, "staff", "示例北站"), {"id": "north", "name": "示例北站", "outlet": "north"}
    assert "已保存" in save(city, path, roles="adviser", languages="英语", **colleague)
    undo = re.search(r"/console/edits/\d+/undo", city.get("/console/people").text)
    assert undo is not None
    page = admin.get("/console/people").text
    assert "示例同事" in page
    assert "本部" in page
    assert "示例北站" not in page
    theirs = admin.get(entry_of(city, "staff", "示例北站"))
    assert (theirs.status_code, "示例北站" in theirs.text) == (404, False)
    admin.get("/console/people")
    assert admin.post(entry_of(city, "staff", "示例北站"), roles="reviewer", **colleague).status_code == 404
    admin.get("/console/people")
    assert admin.post(undo[0]).status_code == 404
    city.get("/console/people")
    assert city.post(undo[0]).status_code == 200


def test_nobody_takes_away_their_own_right_and_central_staff_are_not_theirs(browsers: Mapping[str, Browser]) -> None:
    admin = browsers["outlet_admin"]
    own = entry_of(admin, "staff", "示例网点")
    fields = {"id": "outlet_admin", "name": "示例网点", "outlet": "here", "accounts": "telegram:74"}
    assert "您自己就不能再改名单" in admin.post(own, roles="adviser", **fields).text
    central = entry_of(admin, "staff", "示例市级")
    fields = {"id": "city_admin", "name": "示例市级", "outlet": "here", "accounts": "telegram:1"}
    assert "只有市级管理员" in admin.post(central, roles="city_admin", **fields).text


def test_the_last_who_may_change_everything_stays(browsers: Mapping[str, Browser]) -> None:
    city = browsers["city_admin"]
    own = entry_of(city, "staff", "示例市级")
    fields = {"id": "city_admin", "name": "示例市级", "outlet": "here", "accounts": "telegram:75"}
    told = city.post(own, roles="outlet_admin", **fields)
    assert (told.status_code, "没有人能改网点名单" in told.text) == (422, True)


def test_of_two_who_take_each_other_off_the_list_one_stays(instance: Instance, tmp_path: Path) -> None:
    (tmp_path / "duty").mkdir()
    path = tmp_path / "duty" / "staff.toml"
    staff = [("a", "city_admin"), ("b", "city_admin"), ("c", "adviser")]
    path.write_text(
        "".join(f'[[staff]]\nid = "{who}"\nname = "示例{who}"\nroles = ["{role}"]\n' for who, role in staff)
    )
    book = parse_book({"staff.toml": path.read_text(encoding="utf-8")})
    files = DutyFiles(instance.office.desk, tmp_path)
    entries = {str(each.values["id"]): each for each in files.entries("staff")}

    @dataclass(frozen=True)
    class Slow(DutyFiles):
        """B was let through when A's change was not written yet."""

        def why_not(self, change: Change, staff: Staff, person: Person) -> str:
            why = super().why_not(change, staff, person)
            if "b" in path.read_text(encoding="utf-8"):
                text = files.text_with(files.change_of("staff", entries["b"], None))[1]
                path.write_text(text, encoding="utf-8")
            return why

    change = files.change_of("staff", entries["a"], None)
    with pytest.raises(EditRefusedError, match="您自己就不能再改名单"):
        make(files.desk, Slow(files.desk, tmp_path), change, Staff("member:b", "示例b"), book.person(book.members["b"]))
    assert list(parse_book({"staff.toml": path.read_text(encoding="utf-8")}).members) == ["a", "c"]


def test_whoever_begins_the_list_is_warned_who_is_signed_out_by_it(begin: Begin, tmp_path: Path) -> None:
    instance = open_instance(begin(tmp_path), "")
    browser, _colleague = instance.set_up("示例甲"), instance.set_up("示例乙")
    warning = "没有登记的马上退出、不能再登录。要继续用的人请接着登记：示例乙、示例甲。"
    assert warning in browser.get("/console/people").text
    first = {"id": "示例甲", "name": "示例甲", "roles": "outlet_admin"}
    assert warning in browser.get("/console/people/staff").text
    assert warning in browser.post("/console/people/staff", **first).text
    assert warning not in browser.post("/console/people/staff", confirm="yes", **first).text
    instance.office.close()


@pytest.mark.parametrize("is_replaced", [True, False])
def test_a_death_between_the_file_and_its_row_leaves_neither_alone(
    instance: Instance, tmp_path: Path, *, is_replaced: bool
) -> None:
    (tmp_path / "duty").mkdir()
    path = tmp_path / "duty" / "staff.toml"
    path.write_text('[[staff]]\nid = "boss"\nname = "示例甲"\nroles = ["city_admin"]\n', encoding="utf-8")
    before = path.read_bytes()
    book, me = parse_book({"staff.toml": path.read_text(encoding="utf-8")}), Staff("member:boss", "示例甲")
    person = book.person(book.members["boss"])

    @contextmanager
    def dying() -> Iterator[Session]:
        with instance.office.writing() as session:
            yield session
            raise KeyboardInterrupt

    files = DutyFiles(replace(instance.office.desk, writing=dying), tmp_path)
    new = {"id": f"new-{is_replaced}", "name": "示例乙", "roles": ["adviser"]}
    with pytest.raises(KeyboardInterrupt):
        make(files.desk, files, files.change_of("staff", None, new), me, person)
    if not is_replaced:
        path.write_bytes(before)
    notes = list((tmp_path / "duty").glob(".*.edit"))
    assert len(notes) == 1
    assert put_right(instance.office.desk, [tmp_path / "duty"]) == is_replaced
    assert put_right(instance.office.desk, [tmp_path / "duty"]) == 0
    with instance.office.reading() as session:
        found = [each for each in file_edits.newest(session, "duty/") if each.after == new]
        assert [each.actor_name for each in found] == (["示例甲"] if is_replaced else [])
    assert not notes[0].exists()


def test_of_two_who_change_one_entry_the_second_is_told(browsers: Mapping[str, Browser]) -> None:
    city, admin = browsers["city_admin"], browsers["outlet_admin"]
    path = entry_of(city, "staff", "示例同事")
    admin.get(path)
    fields = {"id": "colleague", "name": "示例同事", "outlet": "here", "roles": "adviser"}
    assert "已保存" in save(city, path, languages="英语", **fields)
    late = admin.post(path, languages="日语", **fields)
    assert (late.status_code, "同事刚改过这一条" in late.text) == (422, True)
    assert "日语" in late.text  # what was typed is not lost


def test_a_shift_and_a_holiday_are_added_and_taken_out(instance: Instance, browsers: Mapping[str, Browser]) -> None:
    city = browsers["city_admin"]
    city.get("/console/people/shift")
    assert "已保存" in save(city, "/console/people/shift", staff="adviser", weekdays="一三", hours="09:00-12:00")
    assert instance.office.desk.duty.book.shifts[0].members == ("adviser",)
    path = entry_of(city, "shift", "一三")
    assert "将去掉" in city.post(path, remove="yes").text
    city.post(path, remove="yes", confirm="yes")
    assert instance.office.desk.duty.book.shifts == ()
    year = f"/console/calendar/{instance.console.today().year}"
    fields = {"name": "示例假", "from": f"{year[-4:]}-12-24"}
    assert "已保存" in save(city, f"{year}/holiday", **fields)
    assert not instance.office.desk.settings.calendar.is_workday(instance.console.today().replace(month=12, day=24))
    wrong = city.post(f"{year}/holiday", name="示例假二", **{"from": f"{year[-4:]}-12-24"})
    assert "请改正其中一处" in wrong.text
    browsers["outlet_admin"].get("/console/calendar")
    other = {"name": "示例假三", "from": f"{year[-4:]}-12-25"}
    assert "市级管理员" in browsers["outlet_admin"].post(f"{year}/holiday", **other).text


def test_settings_are_shown_without_secrets_changed_after_a_look_and_undone(
    instance: Instance, browsers: Mapping[str, Browser]
) -> None:
    city, path = browsers["city_admin"], home(instance) / "config.toml"
    page = city.get("/console/settings").text
    assert "secret_token" not in page
    assert "转人工后承诺首次答复的时限" in page
    seen = re.search(r'action="/console/settings/outlet#outlet">.*?name="seen" value="(\w+)"', page, re.DOTALL)
    assert seen is not None
    fields = {"seen": seen[1], "phone": "0000-2", "reply_minutes": "480"}
    wrong = city.post("/console/settings/outlet", **fields | {"reply_minutes": "0"})
    assert (wrong.status_code, "1 到 100000" in wrong.text) == (422, True)
    assert "咨询电话（phone）：0000-1 → 0000-2" in city.post("/console/settings/outlet", **fields).text
    assert path.read_text(encoding="utf-8") == CONFIG
    assert "重启服务后生效" in city.post("/console/settings/outlet", confirm="yes", **fields).text
    assert path.read_text(encoding="utf-8") == CONFIG.replace("0000-1", "0000-2")
    late = city.post("/console/settings/outlet", confirm="yes", **fields)
    assert (late.status_code, "别人改过" in late.text) == (422, True)
    page = city.get("/console/settings").text
    assert "修改设置“网点”" in page
    undo = re.findall(r"/console/edits/\d+/undo", page)
    city.post(undo[0])
    assert path.read_text(encoding="utf-8") == CONFIG


@pytest.mark.parametrize("typed", ["13:00–13:30", "13:00 - 13:30", "13:00、13:30", "13:00\r\n13:30", "13:00至13:30"])
def test_a_span_of_time_is_read_however_it_is_typed(browsers: Mapping[str, Browser], typed: str) -> None:
    city = browsers["city_admin"]
    page = city.get("/console/settings").text
    seen = re.search(
        r'action="/console/settings/conversation#conversation">.*?name="seen" value="(\w+)"', page, re.DOTALL
    )
    assert seen is not None
    shown = city.post("/console/settings/conversation", seen=seen[1], quiet_hours=typed).text
    assert "静默时段（quiet_hours）：20:00、08:30 → 13:00、13:30" in shown


@pytest.mark.parametrize(
    ("section", "typed"),
    [
        ("telegram", {"administrators": "77", "base_url": "http://x", "webhook_url": "https://x.example"}),
        ("outlet", {"public_url": "https://x.example"}),  # links to enter would lead there
        ("web", {"enabled": "false"}),
    ],
)
def test_what_lets_people_in_is_changed_on_the_machine_only(
    instance: Instance, browsers: Mapping[str, Browser], section: str, typed: dict[str, str]
) -> None:
    city = browsers["city_admin"]
    page = city.get("/console/settings").text
    seen = re.search(rf'action="/console/settings/{section}#{section}">.*?name="seen" value="(\w+)"', page, re.DOTALL)
    assert seen is not None
    city.post(f"/console/settings/{section}", seen=seen[1], confirm="yes", **typed)
    assert (home(instance) / "config.toml").read_text(encoding="utf-8") == CONFIG
