"""The directory of enterprises: codes, one living row each, history, years, merging, who speaks for one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from consultations import enterprise_changes as changes
from consultations import enterprise_visits, enterprises, retention
from consultations.assets import Asset, AssetImport, AssetLedger
from consultations.contacts import Contact
from consultations.enterprise_table import COLUMNS, Plan, plan, read_sheet
from consultations.enterprise_visits import EnterpriseVisit
from consultations.enterprises import Enterprise, EnterpriseRefusedError, EnterpriseYear, code_fault
from consultations.subscriptions import audience
from consultations.tickets import Staff

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
BY = Staff("telegram:71", "示例甲")
CODE = "91350100M000100Y43"


@pytest.fixture
def session(sqlite_engine: Engine) -> Iterator[Session]:
    with Session(sqlite_engine) as made:
        yield made


def add(session: Session, name: str = "示例甲公司", code: str = "", outlet: str = "here", **more: object) -> Enterprise:
    return changes.add(session, {"name": name, "code": code, **more}, outlet, BY, NOW)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("", ""),
        (CODE, ""),
        (CODE[:-1] + "4", "校验位"),
        (CODE[:-1], "17 位"),
        (CODE[:-2] + "I3", "“I”"),
    ],
)
def test_a_code_is_checked_by_its_check_character(code: str, told: str) -> None:
    assert told in code_fault(code)
    assert bool(told) == bool(code_fault(code))


def test_a_code_stands_once_in_an_outlet_and_the_database_holds_that(session: Session) -> None:
    first = add(session, code=CODE)
    add(session, code=CODE, outlet="north")
    with pytest.raises(EnterpriseRefusedError, match=f"企业 {first.key}"):
        add(session, "示例乙公司", CODE)
    session.commit()
    double = first.model_dump(exclude={"id"}) | {"name": "示例乙公司"}
    session.add(Enterprise(**double))
    with pytest.raises(IntegrityError):
        session.flush()
    session.rollback()
    changes.remove(session, first, "示例：迁出", BY, NOW)
    second = add(session, "示例乙公司", CODE)  # struck out, it is free
    with pytest.raises(EnterpriseRefusedError, match=f"企业 {second.key}"):
        changes.restore(session, first, BY, NOW)


def test_a_change_says_from_what_to_what_but_never_the_person(session: Session) -> None:
    made = add(session, person="示例张三", phone="13800138000")
    assert changes.edit(session, made, 1, {"name": "示例新名", "person": "示例李四", "phone": ""}, BY, NOW)
    with pytest.raises(EnterpriseRefusedError, match="别人改过"):
        changes.edit(session, made, 1, {"name": "示例"}, BY, NOW)
    assert changes.edit(session, made, 2, {"name": "示例新名"}, BY, NOW) == {}
    added, edited = enterprises.history_of(session, made.key)
    assert (added.verb, edited.verb) == ("add", "edit")
    assert edited.changes == {
        "name": ["示例甲公司", "示例新名"],
        "person": ["（有）", "（有）"],
        "phone": ["（有）", ""],
    }


def test_a_year_is_put_once_and_struck_out_not_deleted(session: Session) -> None:
    made = add(session)
    assert changes.put_year(session, made, 2026, "专精特新", BY, NOW)
    assert not changes.put_year(session, made, 2026, "", BY, NOW)
    assert changes.put_year(session, made, 2026, "高新", BY, NOW)
    assert changes.strike_year(session, made, 2026, "示例", BY, NOW)
    assert not changes.strike_year(session, made, 2026, "示例", BY, NOW)
    assert changes.put_year(session, made, 2026, "", BY, NOW)
    assert [
        (each.year, each.reason, each.struck_at is None) for each in enterprises.every_year_of(session, made.key)
    ] == [
        (2026, "高新", False),
        (2026, "", True),
    ]
    session.commit()
    session.add(EnterpriseYear(enterprise_id=made.key, year=2026, entered_by="", entered_at=NOW))
    with pytest.raises(IntegrityError):
        session.flush()


def visit(session: Session, enterprise: Enterprise, **more: object) -> EnterpriseVisit:
    made = EnterpriseVisit(
        enterprise_id=enterprise.key,
        visited_on=date(2026, 11, 20),
        visitor=BY.key,
        visitor_name=BY.name,
        found="示例情况",
        entered_by=BY.key,
        entered_at=NOW,
    )
    for name, value in more.items():
        setattr(made, name, value)
    return enterprise_visits.enter(session, made)


def test_two_rows_for_one_enterprise_become_one_and_nothing_is_lost(session: Session) -> None:
    contact = Contact(channel="web", chat_id="a", first_seen_at=NOW)
    session.add(contact)
    kept, other = add(session, tags=["甲"]), add(session, code=CODE, tags=["乙", "甲"], phone="13800138000")
    changes.put_year(session, kept, 2026, "", BY, NOW)
    for year in (2025, 2026):
        changes.put_year(session, other, year, "示例", BY, NOW)
    visit(session, other)
    changes.tie(session, other, contact.key, BY, NOW, is_person=True)
    changes.merge(session, kept, other, BY, NOW)
    assert (kept.code, kept.tags, kept.phone) == (CODE, ["甲", "乙"], "13800138000")
    assert sorted(each.year for each in enterprises.years_of(session, {kept.key})[kept.key]) == [2025, 2026]
    assert len(enterprise_visits.of_enterprise(session, kept.key)) == 1
    assert [each.is_person for each in enterprises.ties_of(session, kept.key)] == [True]
    assert (other.is_living, other.merged_into) == (False, kept.key)
    assert [each.verb for each in enterprises.history_of(session, other.key)][-1] == "merge"
    with pytest.raises(EnterpriseRefusedError, match="已经并入"):
        changes.restore(session, other, BY, NOW)


def test_what_is_not_one_enterprise_is_not_merged(session: Session) -> None:
    first = add(session)
    with pytest.raises(EnterpriseRefusedError, match="不同的网点"):
        changes.merge(session, first, add(session, outlet="north"), BY, NOW)
    with pytest.raises(EnterpriseRefusedError, match="同一条"):
        changes.merge(session, first, first, BY, NOW)


def test_who_is_erased_is_nobodys_contact_person_any_more(session: Session) -> None:
    contact = Contact(channel="web", chat_id="a", name="示例张三", first_seen_at=NOW)
    session.add(contact)
    mine = add(session, person="示例张三", phone="13800138000", note="示例张三管专利")
    theirs = add(session, "示例乙公司", person="示例李四")
    for each in (mine, theirs):
        changes.tie(session, each, contact.key, BY, NOW)
    made = visit(session, mine, met="示例张三")
    changes.forget(session, contact.key, "示例张三")
    assert (mine.person, mine.phone, mine.note) == ("", "", "某某管专利")
    assert theirs.person == "示例李四"
    assert session.get_one(EnterpriseVisit, made.key).met == "某某"
    assert enterprises.of_contact(session, contact.key) == []


def sheet_of(*rows: dict[str, str], session: Session | None = None) -> Plan:
    head = list(COLUMNS)
    cells = [(n, [each.get(title, "") for title in head]) for n, each in enumerate(rows, start=2)]
    held = enterprises.of_outlet(session, "here") if session else ()
    standing = enterprises.years_of(session, {each.key for each in held}) if session else {}
    years = {key: {each.year: each.reason for each in found} for key, found in standing.items()}
    return plan(read_sheet([(1, head), *cells]), held, years)


def test_a_sheet_says_what_is_new_same_changed_and_wrong(session: Session) -> None:
    held = add(session, code=CODE, district="示例区", person="示例张三")
    bare = add(session, "示例乙公司")
    changes.put_year(session, held, 2026, "高新", BY, NOW)
    found = sheet_of(
        {"企业名称": "示例甲公司", "统一社会信用代码": CODE.lower(), "年度名单": "2026：高新"},
        {"企业名称": "示例乙公司", "区县": "示例区", "年度名单": "2026;2025年：示例"},
        {"企业名称": "示例丙公司"},
        {"企业名称": "示例丙公司", "区县": "另区"},
        {"企业名称": "示例丁公司", "统一社会信用代码": CODE},
        {"企业名称": "", "联系电话": "138****8000", "类型": "别的", "年度名单": "明年"},
        {"企业名称": "示例：某某科技有限公司"},
        session=session,
    )
    assert [each.values["name"] for each in found.added] == ["示例丙公司"]
    assert [(each.key, dict(told)) for each, _, told in found.changed] == [
        (bare.key, {"区县": ["", "示例区"], "2026 年名单": ["", "列入"], "2025 年名单": ["", "示例"]})
    ]
    assert [each.key for each, _ in found.same] == [held.key]
    told = "\n".join(found.problems)
    for words in ("第 5 行与第 4 行的企业名称相同", "第 6 行与第 2 行的统一社会信用代码相同", "第 7 行：没有企业名称"):
        assert words in told
    for words in ("遮盖过的号码", "类型“别的”", "年度名单“明年”"):
        assert words in told
    assert found.n_wrong == 3


def test_a_namesake_with_a_code_and_one_without_are_not_guessed_at() -> None:
    told = sheet_of({"企业名称": "示例甲公司"}, {"企业名称": "示例甲公司", "统一社会信用代码": CODE}).problems
    assert ["请只留一行" in each for each in told] == [True]


def test_a_column_nobody_knows_is_told() -> None:
    assert "不认识“公司”列" in read_sheet([(1, ["企业名称", "公司"])]).problems[0]
    assert "缺少“企业名称”列" in read_sheet([(1, ["区县"])]).problems[0]


def test_a_next_step_is_done_once_and_a_visit_struck_out_once(session: Session) -> None:
    made = visit(session, add(session), next_step="示例", due_on=date(2026, 12, 1))
    assert [each.key for each, _ in enterprise_visits.waiting(session, date(2026, 12, 1))] == [made.key]
    assert enterprise_visits.finish(session, made, "示例：办了", BY.key, NOW)
    assert not enterprise_visits.finish(session, made, "再一次", BY.key, NOW)
    assert enterprise_visits.waiting(session, date(2026, 12, 1)) == []
    assert enterprise_visits.strike(session, made, "示例", NOW)
    assert not enterprise_visits.strike(session, made, "示例", NOW)
    assert session.exec(select(EnterpriseVisit).where(col(EnterpriseVisit.outcome) == "示例：办了")).one().struck_at


def test_after_their_period_words_and_persons_go_and_the_visit_still_counts(session: Session) -> None:
    contact = Contact(channel="web", chat_id="a", first_seen_at=NOW)
    session.add(contact)
    struck, living = add(session, person="示例张三", phone="13800138000", note="示例"), add(session, person="示例李四")
    changes.tie(session, struck, contact.key, BY, NOW)
    done, open_one = visit(session, living), visit(session, living, next_step="示例", due_on=date(2027, 1, 1))
    changes.remove(session, struck, "示例：张三说已迁出", BY, NOW)
    later = NOW + timedelta(days=2)
    for kind in retention.KINDS:
        if kind.label.startswith(("企业名录", "走访")):
            retention.anonymise(session, kind, retention.due_ids(session, kind, later), later)
    session.expire_all()
    assert (struck.person, struck.phone, struck.note, living.person) == ("", "", "", "示例李四")
    assert {each.note for each in enterprises.history_of(session, struck.key)} == {""}
    assert enterprises.ties_of(session, struck.key) == []
    assert (done.found, open_one.found) == ("", "示例情况")
    assert (done.visited_on, done.visitor_name) == (date(2026, 11, 20), "示例甲")
    for kind in retention.KINDS:
        if kind.label.startswith(("企业名录", "走访")):
            assert retention.due_ids(session, kind, later) == []


def test_a_push_can_go_to_who_speaks_for_enterprises_without_assets(session: Session) -> None:
    rule = {"holding": ["没有登记过知识产权"]}
    people = [Contact(channel="web", chat_id=f"示例{n}", first_seen_at=NOW, is_subscribed=True) for n in range(5)]
    session.add_all(people)
    session.flush()
    rows = [add(session, f"示例{n}公司") for n in range(4)]
    for row, person in zip(rows, people, strict=False):  # the fifth speaks for nobody
        changes.tie(session, row, person.key, BY, NOW)
    assert [identity for identity, _ in audience(session, rule)] == [each.key for each in people[:4]]

    def hold(ledger: AssetLedger) -> None:
        session.add(ledger)
        session.flush()
        made = AssetImport(ledger_id=ledger.key, actor=BY.key, at=NOW)
        session.add(made)
        session.flush()
        assert made.id is not None
        session.add(Asset(ledger_id=ledger.key, import_id=made.id, kind="trademark", number=f"示例{ledger.key}"))
        session.flush()

    hold(AssetLedger(enterprise=rows[0].name, created_at=NOW, changed_at=NOW))  # kept by staff under its name
    hold(AssetLedger(contact_id=people[1].key, created_at=NOW, changed_at=NOW))  # kept by who speaks for it
    changes.remove(session, rows[2], "示例：已迁出", BY, NOW)
    assert [identity for identity, _ in audience(session, rule)] == [people[3].key]
    people[3].is_subscribed = False
    session.flush()
    assert list(audience(session, rule)) == []


def test_who_speaks_for_an_enterprise_is_told_who_looks_after_it(session: Session) -> None:
    person = Contact(channel="web", chat_id="示例", first_seen_at=NOW)
    session.add(person)
    session.flush()
    looked_after, alone = add(session, "示例甲公司", adviser="示例乙"), add(session, "示例丙公司")
    for row in (looked_after, alone):
        changes.tie(session, row, person.key, BY, NOW)
    assert enterprises.advisers_of(session, [person.key]) == {"示例甲公司": "示例乙"}
    changes.remove(session, looked_after, "示例：已注销", BY, NOW)
    assert enterprises.advisers_of(session, [person.key]) == {}
