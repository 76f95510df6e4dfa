"""The duty book: every fault with its line, who is on duty when, and who gets what by which rule."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from consultations.authored_files import FaultyFilesError
from consultations.dispatch import Occasion, Selection, select
from consultations.duty_book import DutyBook
from consultations.duty_reading import Duty, parse_book
from consultations.roster import Roster
from consultations.work_calendar import WorkCalendar
from consultations.working_time import OfficeTime

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = OfficeTime(SHANGHAI, (time(9, 0), time(17, 30)), (time(20, 0), time(8, 30)), WorkCalendar().is_workday)
BOOK = """[[outlet]]
id = "here"
name = "本部"
[[outlet]]
id = "north"
name = "北站"
areas = ["北区"]

[[staff]]
id = "a"
name = "示例甲"
outlet = "here"
accounts = ["telegram:1"]
service_items = ["B05", "B08"]
qualifications = ["专利代理师"]
[[staff]]
id = "b"
name = "示例乙"
outlet = "here"
languages = ["英语"]
leader = true
[[staff]]
id = "c"
name = "示例丙"
outlet = "north"
employment = "part_time"
[[staff]]
id = "d"
name = "示例丁"
employment = "part_time"
kinds = ["rights"]
until = 2026-12-31

[[shift]]
staff = ["c"]
weekdays = "一三五"
hours = ["09:00", "12:00"]
[[shift]]
staff = ["d"]
weekdays = "六日"
from = 2026-11-01
to = 2026-11-30

[[absence]]
staff = "a"
from = 2026-11-25
to = 2026-11-26
reason = "培训"

[[rule]]
id = "rights"
name = "维权要有资格"
kinds = ["rights"]
qualifications = ["专利代理师"]
prefer = ["load"]
[[rule]]
id = "west"
name = "西区归北站"
words = ["西区"]
outlet = "north"
"""


@pytest.fixture(scope="module")
def book() -> DutyBook:
    return parse_book({"duty.toml": BOOK})


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


# --- reading


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('outlet = "here"', 'outlet = "south"', "第 12 行：没有编号为 south 的网点，可用的有：here、north。"),
        ('staff = ["c"]', 'staff = ["x"]', "没有编号为 x 的工作人员"),
        ('staff = ["c"]', "staff = []", '缺少 staff，请写上谁值班，例如 ["zhang"]'),
        ('kinds = ["rights"]', 'kinds = ["nosuch"]', "没有编号为 nosuch 的工单类型"),
        ('id = "b"', 'id = "a"', "第 17 行：id = a 与 duty.toml 第 10 行：重复"),
        ('name = "示例乙"', 'name = "示例甲"', "name = 示例甲 与"),
        ('"一三五"', '"一三8"', "weekdays 里的“8”看不懂"),
        ('["09:00", "12:00"]', '["12:00", "09:00"]', "hours 应是一前一后两个时刻"),
        ('"part_time"', '"half"', 'employment 应是其中之一："full_time"（专职）、"part_time"（兼职）'),
        ('"telegram:1"', '"1"', '账号 1 应写成 "telegram:编号"'),
        ("leader = true", 'leader = "yes"', "leader 应是 true 或 false"),
        (
            "leader = true",
            'roles = ["boss"]',
            "roles 里的 boss 看不懂，可用的有：adviser（咨询员）、reviewer（审核员）",
        ),
        ("leader = true", 'roles = "adviser"', "roles 应是一列带引号的文字"),
        ("to = 2026-11-26", "to = 2026-11-20", "to（2026-11-20）早于 from（2026-11-25）"),
        ('prefer = ["load"]', 'prefer = ["luck"]', "prefer 里的 luck 看不懂，可用的有：service_item（懂这个事项）"),
        ("[[absence]]", "[[holiday]]", "不认识 [[holiday]]，可用的有：[[deadline]]、[[kind]]、[[outlet]]"),
        ("leader = true", "boss = true", "第 21 行：没有名为 boss 的项目"),
        ('reason = "培训"', 'reason = "培训', "不符合 TOML 格式"),
    ],
)
def test_every_fault_names_line_and_cure(old: str, new: str, told: str) -> None:
    assert old in BOOK
    with pytest.raises(FaultyFilesError) as refused:
        parse_book({"duty.toml": BOOK.replace(old, new, 1)})
    assert told in "\n".join(refused.value.problems)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a = " + "[" * 5000 + "]" * 5000, "不符合 TOML 格式"),
        ("a = " + "9" * 5000, "不符合 TOML 格式"),
        (BOOK.replace('["09:00", "12:00"]', '["09:00+08:00", "12:00"]'), "hours 应是一前一后两个时刻"),
        (BOOK.replace('["09:00", "12:00"]', '["09:00Z", "12:00Z"]'), "hours 应是一前一后两个时刻"),
    ],
    ids=["nested", "number", "one zone", "two zones"],
)
def test_what_no_parser_takes_is_told_and_stops_nothing(text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "staff.toml").write_text(text, encoding="utf-8")
    (problem,) = Duty(tmp_path).problems
    assert told in problem


def test_a_deadline_nobody_wrote_is_told() -> None:
    kind = '[[kind]]\nid = "own"\nname = "自有"\ndeadline = "soon"\n'
    with pytest.raises(FaultyFilesError, match="没有编号为 soon 的办理时限，可用的有：live、urgent、quick、day"):
        parse_book({"kinds.toml": kind})


def test_an_account_of_two_people_is_told() -> None:
    twice = BOOK.replace('languages = ["英语"]', 'accounts = ["telegram:1"]')
    with pytest.raises(FaultyFilesError, match="账号 telegram:1 与 duty"):
        parse_book({"duty.toml": twice})


def test_a_faulty_book_leaves_the_last_good_one_in_use_also_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "staff.toml"
    path.write_text(BOOK, encoding="utf-8")
    duty = Duty(tmp_path)
    path.write_text(BOOK + "\n[[staff]]\n", encoding="utf-8")
    assert duty.refresh()
    for each in (duty, Duty(tmp_path)):
        assert len(each.book.members) == 4
        assert "缺少 id" in each.problems[0]
    path.write_text(BOOK.replace("示例丁", "示例戊"), encoding="utf-8")
    assert duty.refresh()
    assert duty.book.members["d"].name == "示例戊"
    assert duty.problems == ()


def test_parts_of_the_book_may_stand_in_several_files() -> None:
    staff, rest = BOOK.partition("[[shift]]")[0], "[[shift]]" + BOOK.partition("[[shift]]")[2]
    assert parse_book({"a.toml": staff, "b.toml": rest}) == parse_book({"a.toml": BOOK})


def test_own_kinds_and_deadlines_stand_over_the_shipped_ones() -> None:
    own = """
[[kind]]
id = "copyright"
name = "软著登记"
words = ["软著"]
deadline = "quick"
[[deadline]]
id = "quick"
name = "快办"
reply_minutes = 20
"""
    book = parse_book({"own.toml": own})
    assert book.kind_of("weak", "B05", "软著被侵权怎么办").kind_id == "copyright"
    assert book.deadline_of("copyright").reply_minutes == 20
    assert book.deadline_of("urgent").reply_minutes == 15
    assert book.kind_named("维权") is book.kinds["rights"]


@pytest.mark.parametrize(
    ("reason", "item", "question", "kind"),
    [
        ("urgent", "B05", "明天开庭，被侵权", "urgent"),
        ("complaint", "B05", "态度太差", "complaint"),
        ("weak", "", "帮我做一次风险检索", "risk_search"),
        ("weak", "", "帮我检索有没有相同的专利", "search"),
        ("weak", "", "想要一份专利分析报告", "analysis"),
        ("asked", "", "能推荐一家代理机构吗", "referral"),
        ("weak", "", "预审要什么条件", "preexamination"),
        ("weak", "B05", "怎么取证", "rights"),
        ("asked", "B10", "能请老师来公司做一次培训吗", "training"),
        ("asked", "B10", "外观设计专利保护多少年？", "consult"),
        ("asked", "", "你好", "consult"),
    ],
)
def test_a_new_ticket_gets_its_kind(reason: str, item: str, question: str, kind: str) -> None:
    assert parse_book({}).kind_of(reason, item, question).kind_id == kind


# --- roster


@pytest.mark.parametrize(
    ("moment", "there"),
    [
        ("2026-11-23T10:00", "abc"),  # Monday morning
        ("2026-11-23T12:00", "ab"),  # the part-timer's hours are over
        ("2026-11-24T10:00", "ab"),  # Tuesday
        ("2026-11-25T10:00", "bc"),  # a is away until the 26th
        ("2026-11-26T17:29", "b"),
        ("2026-11-26T17:30", ""),
        ("2026-11-27T10:00", "abc"),
        ("2026-11-28T10:00", "d"),  # Saturday
        ("2026-12-05T10:00", ""),  # that shift ended with November
        ("2026-10-01T10:00", ""),  # a holiday
        ("2026-10-10T10:00", "ab"),  # a make-up Saturday, worked by everybody without a roster
    ],
)
def test_who_is_on_duty(book: DutyBook, moment: str, there: str) -> None:
    assert "".join(each.member_id for each in Roster(book, OFFICE).on_duty(at(moment))) == there


def test_a_whole_weeks_shift_also_works_the_make_up_saturday() -> None:
    week = '[[staff]]\nid = "a"\nname = "甲"\n[[shift]]\nstaff = ["a"]\nweekdays = "一二三四五"\n'
    some = week.replace("一二三四五", "一三五")
    saturday = at("2026-10-10T10:00")
    assert Roster(parse_book({"d.toml": week}), OFFICE).on_duty(saturday)
    assert not Roster(parse_book({"d.toml": some}), OFFICE).on_duty(saturday)


def test_why_somebody_is_not_there_is_told(book: DutyBook) -> None:
    roster, moment = Roster(book, OFFICE), at("2026-11-25T13:00")
    told = {key: roster.why_not(each, moment) for key, each in book.members.items()}
    assert told == {"a": "请假到 2026-11-26（培训）", "b": "", "c": "不当班", "d": "不当班"}
    assert roster.why_not(book.members["d"], at("2027-01-04T10:00")) == "已离岗"
    loose = replace(book, shifts=())
    assert Roster(loose, OFFICE).why_not(book.members["c"], moment) == "兼职，没有排班"


@pytest.mark.parametrize(
    ("moment", "member", "then"),
    [
        ("2026-11-23T10:00", "a", "2026-11-23T10:00"),
        ("2026-11-24T18:00", "a", "2026-11-27T09:00"),  # away for two days
        ("2026-11-23T12:00", "c", "2026-11-25T09:00"),
        ("2026-09-30T18:00", "b", "2026-10-08T09:00"),  # 国庆节
    ],
)
def test_when_somebody_will_be_there(book: DutyBook, moment: str, member: str, then: str) -> None:
    assert Roster(book, OFFICE).next_on_duty(at(moment), [book.members[member]]) == at(then)


def test_nobody_for_two_months_is_told(book: DutyBook) -> None:
    assert Roster(book, OFFICE).next_on_duty(at("2027-01-04T10:00"), [book.members["d"]]) is None


# --- dispatch

MONDAY = "2026-11-23T10:00"


def chosen(book: DutyBook, question: str = "示例问题", kind: str = "consult", **parts: object) -> Selection:
    values: dict[str, object] = {"reason": "weak", "service_item": "", "moment": at(MONDAY)}
    occasion = Occasion(kind=book.kinds[kind], question=question, **(values | parts))  # type: ignore[arg-type]
    return select(book, OFFICE, occasion)


def who(found: Selection) -> str:
    return found.member.member_id if found.member else ""


def test_the_one_with_fewest_tickets_gets_it(book: DutyBook) -> None:
    assert who(chosen(book, loads={"telegram:1": 2})) == "b"
    assert who(chosen(book, loads={"telegram:1": 1, "terminal:示例甲": 1, "member:b": 1, "member:c": 1})) == "b"


def test_who_knows_the_item_comes_before_who_has_less_to_do(book: DutyBook) -> None:
    found = chosen(book, service_item="B08", loads={"telegram:1": 5})
    assert who(found) == "a"
    assert found.why == "懂事项 B08、手上 5 张、专职"


def test_who_advised_last_gets_it_again(book: DutyBook) -> None:
    assert who(chosen(book, last_adviser="member:b")) == "b"
    assert "上次接待过" in chosen(book, last_adviser="member:b").why


@pytest.mark.parametrize("role", ["expert", "mediator"])
def test_who_answers_nobody_gets_no_tickets_and_experts_only_those_they_are_named_for(role: str) -> None:
    text = BOOK.replace("leader = true", 'leader = true\nroles = ["auditor"]').replace(
        'accounts = ["telegram:1"]', f'accounts = ["telegram:1"]\nroles = ["{role}"]'
    )
    found = chosen(parse_book({"duty.toml": text}))
    obstacles = {each.member.member_id: each.obstacle for each in found.candidates}
    assert (obstacles["a"], obstacles["b"]) == ("专家、调解员只办指名给他的工单", "角色不办理工单")
    rule = '[[rule]]\nid = "own"\nname = "难题归专家"\nwords = ["示例"]\nstaff = ["a"]\n'
    assert who(chosen(parse_book({"duty.toml": text + rule}))) == "a"


def test_nobody_gets_what_they_do_not_do(book: DutyBook) -> None:
    found = chosen(book, service_item="B12")
    obstacles = {each.member.member_id: each.obstacle for each in found.candidates}
    assert who(found) == "b"
    assert obstacles["a"] == "不办理事项 B12"
    assert obstacles["d"] == "不办理“咨询”类工单"


def test_the_first_rule_that_fits_holds(book: DutyBook) -> None:
    found = chosen(book, kind="rights", loads={"telegram:1": 9})
    assert (found.rule.rule_id, who(found)) == ("rights", "a")
    assert {each.obstacle for each in found.candidates if each.member.member_id in "bc"} == {"没有资格：专利代理师"}
    assert chosen(book).rule.rule_id == "default"


def test_words_and_areas_lead_to_an_outlet(book: DutyBook) -> None:
    assert who(chosen(book, "西区的企业问")) == "c"
    found = chosen(book, "我在北区开店")
    assert (found.outlet, who(found)) == ("north", "c")
    assert chosen(book, "我在北区开店", outlet="here").outlet == "here"  # transferred: the word no longer counts


def test_a_question_in_english_goes_to_who_speaks_it(book: DutyBook) -> None:
    assert who(chosen(book, "How do I register a trademark?", loads={"member:b": 7})) == "b"


def test_it_is_not_given_back_to_whom_it_was_taken_from(book: DutyBook) -> None:
    assert who(chosen(book, excluded=frozenset({"telegram:1", "member:b"}))) == "c"


def test_with_nobody_on_duty_nobody_gets_it(book: DutyBook) -> None:
    found = chosen(book, moment=at("2026-11-23T20:00"))
    assert found.member is None
    assert all(each.obstacle for each in found.candidates)


def test_the_examples_in_the_manual_are_right() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "tickets.md").read_text(encoding="utf-8")
    examples = [each.partition("```")[0] for each in manual.split("```toml\n")[1:]]
    books = [each for each in examples if "[[staff]]" in each or "[[kind]]" in each]
    assert len(books) >= 2
    for each in books:
        assert parse_book({"example.toml": each})


def test_what_a_file_cut_between_two_entries_lost_is_told_until_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "staff.toml"
    people = [f'[[staff]]\nid = "m{n}"\nname = "示例{n}"\n' for n in "123"]
    shift = '[[shift]]\nstaff = ["m1"]\nweekdays = "一"\n'

    def write(*entries: str) -> None:
        path.write_text("".join(entries), encoding="utf-8")
        duty.refresh()

    path.write_text("".join(people), encoding="utf-8")
    duty = Duty(tmp_path)
    assert list(duty.lost) == []
    duty.settle()
    write(people[0])  # cut off while it is saved
    write(*people[:2])
    assert list(duty.lost) == ["工作人员 1 项：示例3"]  # held against what stood, not against the cut
    assert Duty(tmp_path).lost == ()
    duty.settle()
    assert duty.is_settled
    write(*people[:2], shift)
    assert list(duty.lost) == []
    duty.settle()
    write(people[0])
    assert list(duty.lost) == ["工作人员 1 项：示例2", "排班变少的：示例1"]


@pytest.mark.parametrize("lost", ["emptied", "deleted", "without its staff"])
def test_a_list_that_is_suddenly_empty_opens_no_door(tmp_path: Path, lost: str) -> None:
    path = tmp_path / "staff.toml"
    path.write_text(BOOK, encoding="utf-8")
    members = Duty(tmp_path).book.members
    assert members
    if lost == "deleted":
        path.unlink()
    else:
        path.write_text("" if lost == "emptied" else '[[outlet]]\nid = "here"\nname = "本部"\n', encoding="utf-8")
    for _ in range(2):  # also after another start
        duty = Duty(tmp_path)
        assert duty.book.members == members
        assert "突然一个人都没有了" in duty.problems[0]
    shutil.rmtree(tmp_path / "kept")
    assert Duty(tmp_path).book.members == {}
