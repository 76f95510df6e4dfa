"""Every role, every action, at every place: what is expected is written here as people would say it."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from consultations.duty_reading import parse_book
from consultations.permissions import MACHINE, OPEN_OFFICE, ROLES, TABLE, Action, Person, Role, may

# 本 what belongs to their outlet (or to none) and what was given to them · 派 only what was given to them ·
# 全 everything · empty: nothing.
EXPECTED = """
行为            | 企业用户 | 咨询员 | 审核员 | 专家 | 调解员 | 网点管理员 | 市级管理员 | 审计员
ask             | 全       | 全     | 全     | 全   | 全   | 全         | 全         | 全
room.talk       | 全       | 全     | 全     | 全   | 全   | 全         | 全         | 全
room.help       |          | 全     | 全     | 全   | 全   | 全         | 全         | 全
policy.compare  |          | 全     | 全     | 全   | 全   | 全         | 全         | 全
policy.list     |          | 全     | 全     | 全   | 全   | 全         | 全         | 全
policy.write    |          | 全     | 全     |      |      | 全         | 全         |
policy.review   |          |        | 全     |      |      |            | 全         |
policy.import   |          |        | 全     |      |      | 全         | 全         |
duty.show       |          | 全     | 全     | 全   | 全   | 全         | 全         | 全
ticket.list     |          | 本     | 本     | 派   | 派   | 本         | 全         | 全
ticket.show     |          | 本     | 本     | 派   | 派   | 本         | 全         |
ticket.claim    |          | 本     |        | 派   | 派   |            |            |
ticket.reply    |          | 本     |        | 派   | 派   |            |            |
ticket.note     |          | 本     | 本     | 派   | 派   | 本         | 全         |
ticket.close    |          | 本     |        | 派   | 派   | 本         | 全         |
ticket.release  |          | 本     |        | 派   | 派   | 本         | 全         |
ticket.assign   |          | 本     |        |      |      | 本         | 全         |
ticket.transfer |          | 本     |        |      |      | 本         | 全         |
ticket.merge    |          | 本     |        |      |      | 本         | 全         |
ticket.reopen   |          | 本     |        |      |      | 本         | 全         |
ticket.kind     |          | 本     |        |      |      | 本         | 全         |
ticket.manage   |          |        |        |      |      | 本         | 全         |
reply.check     |          |        | 本     |      |      |            |            |
visit.list      |          | 本     | 本     |      |      | 本         | 全         | 全
visit.record    |          | 本     |        |      |      | 本         | 全         |
referral.offer  |          | 本     |        |      |      |            |            |
referral.move   |          | 本     |        |      |      | 本         | 全         |
opinion.list    |          | 本     | 本     |      |      | 本         | 全         | 全
opinion.record  |          | 本     |        |      |      | 本         | 全         |
entry.record    |          | 本     |        |      |      | 本         | 全         |
entry.undo      |          | 本     |        |      |      | 本         | 全         |
archive.search  |          | 本     | 本     |      |      | 本         | 全         | 全
archive.why     |          | 本     | 本     |      |      | 本         | 全         | 全
gap.list        |          | 本     | 本     |      |      | 本         | 全         | 全
board.show      |          | 本     | 本     |      |      | 本         | 全         | 全
report.list     |          | 本     | 本     |      |      | 本         | 全         | 全
report.make     |          |        |        |      |      | 本         | 全         |
draft.list      |          | 本     | 本     |      |      | 本         | 全         | 全
draft.show      |          | 本     | 本     |      |      | 本         | 全         |
draft.write     |          | 本     | 本     |      |      |            |            |
draft.review    |          |        | 本     |      |      |            |            |
draft.tell      |          | 本     | 本     |      |      |            |            |
case.list       |          | 本     | 本     |      |      | 本         | 全         | 全
case.write      |          | 本     | 本     |      |      | 本         |            |
case.review     |          |        | 本     |      |      | 本         | 全         |
training.list   |          | 本     | 本     |      |      | 本         | 全         | 全
training.manage |          | 本     |        |      |      | 本         | 全         |
training.invite |          |        | 本     |      |      | 本         | 全         |
enterprise.read |        | 本     | 本     |      |      | 本         | 全         | 全
enterprise.manage |      | 本     |        |      |      | 本         | 全         |
absence.own     |          | 全     | 全     | 全   | 全   | 全         | 全         |
absence.others  |          |        |        |      |      | 本         | 全         |
duty.edit       |          |        |        |      |      | 本         | 全         |
settings.edit   |          |        |        |      |      | 本         | 全         |
broadcast.list  |          |        | 全     |      |      | 全         | 全         | 全
broadcast.write |          |        | 全     |      |      | 全         | 全         |
broadcast.approve |        |        | 全     |      |      |            | 全         |
survey.list     |          |        | 全     |      |      | 全         | 全         | 全
survey.send     |          |        |        |      |      | 全         | 全         |
console.enter   |          | 全     | 全     | 全   | 全   | 全         | 全         | 全
ledger.list     |          | 本     | 本     |      |      | 本         | 全         | 全
ledger.write    |          | 本     | 本     |      |      | 本         | 全         |
ledger.restricted |        |        |        |      |      | 本         | 全         |
audit.list      |          |        |        |      |      |            | 全         | 全
"""
ROWS = [[cell.strip() for cell in line.split("|")] for line in EXPECTED.strip().splitlines()]
ACTIONS: tuple[Action, ...] = get_args(Action)
ME, COLLEAGUE = "telegram:1", "telegram:2"
# place: (outlet, who it was given to) → the letters with which somebody of outlet ``here`` may act there
PLACES = {
    ("here", COLLEAGUE): "本全",
    ("", COLLEAGUE): "本全",
    ("elsewhere", COLLEAGUE): "全",
    ("here", ME): "本派全",
    ("elsewhere", ME): "本派全",
}


def expected(role: Role, action: Action) -> str:
    column = ROWS[0].index(ROLES[role])
    return next(row[column] for row in ROWS if row[0] == action)


def test_nothing_is_forgotten_on_either_side() -> None:
    assert sorted(row[0] for row in ROWS[1:]) == sorted(ACTIONS) == sorted(TABLE)
    assert ROWS[0][1:] == list(ROLES.values())
    assert all(len(row) == len(ROLES) + 1 for row in ROWS)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("action", ACTIONS)
def test_each_role_may_do_what_is_written_and_nothing_else(role: Role, action: Action) -> None:
    person = Person(frozenset({role}), "here", frozenset({ME}))
    for (outlet, given), letters in PLACES.items():
        wanted = expected(role, action) in tuple(letters)
        assert may(person, action, outlet, given_to=(given, "")) is wanted, (role, action, outlet, given)


@pytest.mark.parametrize("action", ACTIONS)
def test_who_belongs_to_no_outlet_serves_all(action: Action) -> None:
    assert may(Person(frozenset({"adviser"})), action, "elsewhere") is (expected("adviser", action) in tuple("本全"))


@pytest.mark.parametrize("action", ACTIONS)
def test_who_has_no_role_may_do_nothing(action: Action) -> None:
    assert not may(Person(frozenset()), action)
    assert not may(Person(frozenset(), "here", frozenset({ME})), action, "here", given_to=(ME,))


@pytest.mark.parametrize("action", ACTIONS)
def test_several_roles_may_do_what_any_of_them_may(action: Action) -> None:
    both: tuple[Role, ...] = ("auditor", "expert")
    person = Person(frozenset(both), "here", frozenset({ME}))
    for (outlet, given), letters in PLACES.items():
        wanted = any(expected(role, action) in tuple(letters) for role in both)
        assert may(person, action, outlet, given_to=(given,)) is wanted


def test_the_machine_may_do_everything_and_an_office_of_one_room_nearly() -> None:
    assert all(may(MACHINE, each, "anywhere") for each in ACTIONS)
    assert [each for each in ACTIONS if not may(OPEN_OFFICE, each, "anywhere")] == ["audit.list"]


def test_the_documented_table_is_this_one() -> None:
    page = (Path(__file__).parents[2] / "docs" / "roles.md").read_text(encoding="utf-8")
    told = {"本网点": "本", "派给本人": "派", "全部": "全", "": ""}
    rows = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in page.splitlines()
        if line.startswith("| ")
    ]
    documented = {
        row[0]: [told[cell] for cell in row[1:]] for row in rows if len(row) == len(ROLES) + 1 and row[1] in told
    }
    assert documented == {TABLE[action][0]: row[1:] for row in ROWS[1:] for action in ACTIONS if action == row[0]}


# --- who has which role

STAFF = """
[[outlet]]
id = "here"
name = "本部"
[[staff]]
id = "a"
name = "示例甲"
outlet = "here"
accounts = ["telegram:1"]
{}
[[staff]]
id = "b"
name = "示例乙"
{}
"""


def roles(first: str = "", second: str = "") -> list[set[str]]:
    book = parse_book({"staff.toml": STAFF.format(first, second)})
    return [set(book.roles_of(each)) for each in book.members.values()]


def test_without_written_roles_everybody_advises_and_reviews() -> None:
    assert roles() == [{"adviser", "reviewer", "outlet_admin"}] * 2  # nobody leads: anybody may sort things out
    assert roles("leader = true") == [{"adviser", "reviewer", "outlet_admin"}, {"adviser", "reviewer"}]
    assert roles('roles = ["city_admin"]') == [{"city_admin"}, {"adviser", "reviewer"}]


def test_written_roles_are_all_somebody_has_and_leading_adds_its_own() -> None:
    assert roles('roles = ["auditor"]')[0] == {"auditor"}
    assert roles("roles = []")[0] == set()
    assert roles('roles = ["expert"]\nleader = true')[0] == {"expert", "outlet_admin"}


def test_a_member_is_known_to_the_table_by_role_outlet_and_accounts() -> None:
    book = parse_book({"staff.toml": STAFF.format('roles = ["expert"]', "")})
    person = book.person(book.members["a"])
    assert person == Person(
        frozenset({"expert", "enterprise"}), "here", frozenset({"telegram:1", "console:a", "terminal:示例甲"})
    )
