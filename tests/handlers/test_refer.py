"""Referrals: two to choose from, the client's own choice and consent, withdrawal, follow-ups, figures by body."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from bot import referrals as command
from consultations import referrals
from consultations.follow_ups import FollowUp
from consultations.providers import Provider, Providers
from consultations.referrals import Referral
from consultations.tickets import Staff
from handlers import follow_up, refer, referral_wording
from handlers.desk import Desk
from handlers.refer import ReferralRefusedError
from handlers.xlsx import write_xlsx
from tests.conftest import Clock
from tests.drivers import CoreDriver, StaffRoom
from tests.handlers.conftest import MakeDesk
from tests.policies.documents import excel_file, excel_row

STAFF = Staff("terminal:示例甲", "示例甲")
NUMBER, TICKET = "DJ-20261123-0001", "GD-20261123-0001"


def body(key: str, clock: Clock, *, days_ago: int = 10, kind: str = "law", district: str = "北区") -> Provider:
    checked = clock.now().date() - timedelta(days=days_ago)
    return Provider(key, f"示例所{key}", kind, f"示例-{key}", district, f"示例电话{key}", checked)


@pytest.fixture
def desk(desk: Desk, clock: Clock) -> Desk:
    bodies = {each.provider_id: each for each in (body("a", clock), body("b", clock), body("old", clock, days_ago=366))}
    return replace(desk, providers=Providers(by_id=bodies))


@pytest.fixture
def asker(desk: Desk) -> CoreDriver:
    return CoreDriver(desk)


@pytest.fixture
def room(desk: Desk, asker: CoreDriver) -> StaffRoom:
    """A room with one ticket in hand."""
    made = StaffRoom(desk)
    asker.say("没有人知道的事")
    made.press("接单")
    asker.received()
    return made


def only(desk: Desk) -> Referral:
    with desk.reading() as session:
        found = session.exec(select(Referral)).one()
        session.expunge_all()
        return found


def choose(asker: CoreDriver, answer: str = referral_wording.AGREE) -> None:
    asker.press("1. 示例所a")
    asker.press(answer)


def text_of(room: StaffRoom) -> str:
    return "\n".join(each.text for each in room.read())


def test_the_client_chooses_among_two_and_agrees_in_kept_words(desk: Desk, asker: CoreDriver, room: StaffRoom) -> None:
    assert "示例所a、示例所b" in room.say("/refer 法律服务")[0].text
    shown = asker.received()[-1]
    assert shown.buttons == ("1. 示例所a", "2. 示例所b", "都不需要")
    assert "许可：示例-a，核对于 2026-11-13" in shown.text
    asker.press("1. 示例所a")
    asked = asker.received()[-1].text
    assert (only(desk).state, only(desk).shared) == ("offered", [])  # a choice alone is no consent
    asker.press(referral_wording.AGREE)
    kept = only(desk)
    assert (kept.number, kept.state, kept.provider_id, kept.consent_text) == (NUMBER, "chosen", "a", asked)
    assert (kept.shared, kept.consent_version) == (list(referral_wording.SHARED), referral_wording.CONSENT_VERSION)
    assert kept.consent_at == desk.now()
    assert "同意提供：您的称呼、您的联系方式、您的咨询内容" in text_of(room)


def test_who_does_not_agree_calls_the_body_and_nothing_is_shared(
    desk: Desk, asker: CoreDriver, room: StaffRoom
) -> None:
    room.say("/refer law")
    choose(asker, referral_wording.SELF)
    kept = only(desk)
    assert (kept.state, kept.shared, kept.consent_at, kept.consent_text) == ("chosen", [], None, "")
    assert "示例电话a" in asker.received()[-1].text
    assert "不同意提供资料" in text_of(room)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("", "请写明工单和类别"),
        ("算命", "没有“算命”这一类机构"),
        ("金融服务", "一家也没有。至少要给两家"),
        ("GD-20260101-0009 法律服务", "请写明工单和类别"),
    ],
)
def test_what_cannot_be_offered_is_told(desk: Desk, room: StaffRoom, words: str, sentence: str) -> None:
    assert sentence in room.say(f"/refer {words}".strip())[0].text
    with desk.reading() as session:
        assert session.exec(select(Referral)).all() == []


def test_one_body_is_no_choice_and_an_unchecked_one_does_not_count(desk: Desk, room: StaffRoom) -> None:
    del desk.providers.by_id["b"]  # type: ignore[attr-defined]
    told = room.say("/refer 法律服务")[0].text
    assert "只有 示例所a 一家，另有 1 家超过 365 天没核对" in told


def test_offering_twice_makes_one_referral(desk: Desk, asker: CoreDriver, room: StaffRoom) -> None:
    room.say("/refer 法律服务")
    assert f"已有对接 {NUMBER}（已给出选择）" in room.say("/refer 法律服务")[0].text
    choose(asker)
    assert f"已有对接 {NUMBER}（已选定）" in room.say("/refer 法律服务")[0].text


def test_choosing_twice_counts_once(desk: Desk, asker: CoreDriver, room: StaffRoom) -> None:
    room.say("/refer 法律服务")
    choose(asker)
    asker.press(referral_wording.AGREE)
    assert "已经选定" in asker.received()[-1].text
    asker.press("2. 示例所b")
    assert "已经选定" in asker.received()[-1].text
    assert only(desk).provider_id == "a"
    with desk.reading() as session:
        assert len(referrals.history_of(session, 1)) == 2


def test_consent_can_be_withdrawn_and_staff_hear_what_to_do(desk: Desk, asker: CoreDriver, room: StaffRoom) -> None:
    room.say("/refer 法律服务")
    choose(asker)
    assert "已联系" in room.say(f"/referral {NUMBER.lower()} 已联系")[0].text
    asker.press(referral_wording.WITHDRAW)
    assert "已撤回" in asker.received()[-1].text
    assert only(desk).state == "withdrawn"
    assert "请立即通知它停止使用并删除" in text_of(room)
    asker.press(referral_wording.WITHDRAW)
    assert "已经结束" in asker.received()[-1].text
    assert "现在是“已撤回”" in room.say(f"/referral {NUMBER} 已办成")[0].text
    with desk.reading() as session:
        waiting = session.exec(select(FollowUp).where(FollowUp.kind == "referral"))
        assert {each.state for each in waiting} == {"cancelled"}


@pytest.mark.parametrize("goodbye", ["consent:no", "erase"])
def test_general_withdrawal_and_erasure_end_referrals(
    desk: Desk, asker: CoreDriver, room: StaffRoom, goodbye: str
) -> None:
    room.say("/refer 法律服务")
    choose(asker)
    if goodbye == "erase":
        asker.say("删除我的信息")
        asker.press("确认删除")
    else:
        asker.send("choice", action=goodbye)
    assert only(desk).state == "withdrawn"


def test_a_body_that_leaves_while_the_client_chooses_is_not_chosen(
    desk: Desk, asker: CoreDriver, room: StaffRoom, clock: Clock
) -> None:
    room.say("/refer 法律服务")
    asker.press("1. 示例所a")
    bodies: dict[str, Provider] = desk.providers.by_id  # type: ignore[assignment]
    del bodies["a"]
    asker.press(referral_wording.AGREE)
    told = asker.received()[-1]
    assert "示例所a现在不在名录里" in told.text
    assert told.buttons == ("2. 示例所b", "都不需要")
    assert only(desk).state == "offered"
    assert "已不在名录里" in text_of(room)
    bodies["c"] = body("c", clock)
    room.say("/refer 法律服务")  # anew, in the same referral
    asker.received()
    asker.send("choice", action="refer:1:yes:a")  # the old button never means another body
    assert asker.received()[-1].buttons == ("1. 示例所b", "2. 示例所c", "都不需要")
    assert only(desk).state == "offered"


def test_a_body_that_leaves_after_the_choice_gets_no_data(desk: Desk, asker: CoreDriver, room: StaffRoom) -> None:
    room.say("/refer 法律服务")
    choose(asker)
    bodies: dict[str, Provider] = desk.providers.by_id  # type: ignore[assignment]
    bodies["c"] = replace(bodies.pop("a"), provider_id="c", name="示例所c")
    assert "先不要提供资料" in room.say(f"/referral {NUMBER} 已联系")[0].text
    assert "示例所b、示例所c" in room.say("/refer 法律服务")[0].text
    kept = only(desk)
    assert (kept.state, kept.provider_id, kept.shared, kept.consent_at) == ("offered", "", [], None)


def test_follow_ups_come_after_7_30_and_90_days_once_and_stop_when_done(
    desk: Desk, asker: CoreDriver, room: StaffRoom, clock: Clock
) -> None:
    room.say("/refer 法律服务")
    choose(asker)
    with desk.reading() as session:
        planned = session.exec(select(FollowUp).where(FollowUp.kind == "referral").order_by("due_at")).all()
        assert [(each.due_at - clock.now()).days for each in planned] == [7, 30, 90]
    asker.received()
    clock.advance(days=7)
    assert follow_up.send_due(desk) == 1
    assert follow_up.send_due(desk) == 0
    asked = asker.received()[-1]
    assert f"示例所a（{NUMBER}）" in asked.text
    asker.press("还在办")
    assert only(desk).state == "contacted"
    clock.advance(days=23)
    assert follow_up.send_due(desk) == 1
    asker.press("已经办好")
    assert only(desk).state == "done"
    clock.advance(days=90)
    assert follow_up.send_due(desk) == 0


def test_a_body_chosen_anew_is_followed_up_anew_and_no_old_question_ends_it(
    desk: Desk, asker: CoreDriver, room: StaffRoom, clock: Clock
) -> None:
    room.say("/refer 法律服务")
    choose(asker)
    clock.advance(days=7)
    assert follow_up.send_due(desk) == 1
    asker.received()
    bodies: dict[str, Provider] = desk.providers.by_id  # type: ignore[assignment]
    bodies["c"] = replace(bodies.pop("a"), provider_id="c", name="示例所c")
    room.say("/refer 法律服务")
    asker.press("1. 示例所b")
    asker.press(referral_wording.AGREE)
    asker.press("已经办好")  # under the question about the body that left
    assert (only(desk).state, only(desk).provider_id) == ("chosen", "b")
    clock.advance(days=7)
    assert follow_up.send_due(desk) == 1
    assert f"示例所b（{NUMBER}）" in asker.received()[-1].text
    asker.press("已经办好")
    assert only(desk).state == "done"


def test_the_client_says_how_it_was_and_the_figures_show_it(
    desk: Desk, asker: CoreDriver, room: StaffRoom, capsys: pytest.CaptureFixture[str]
) -> None:
    room.say("/refer 法律服务")
    choose(asker)
    asker.send("choice", action="refer:1:score:5")  # not done yet
    assert only(desk).satisfaction is None
    room.say(f"/referral {NUMBER} 已办成")
    asker.press("满意")
    asker.send("choice", action="refer:1:score:9")
    assert only(desk).satisfaction == 4
    with desk.reading() as session:
        first, second = referrals.quality(session)
    assert (first.name, first.n_offered, first.n_chosen, first.n_contacted, first.n_done) == ("示例所a", 1, 1, 1, 1)
    assert (first.scores, second.n_offered, second.n_chosen) == ((4,), 1, 0)
    command.figures(desk)
    assert "4.0（1）" in capsys.readouterr().out


def test_nobody_presses_anothers_buttons(desk: Desk, asker: CoreDriver, room: StaffRoom) -> None:
    room.say("/refer 法律服务")
    stranger = replace(asker, address=replace(asker.address, chat_id="stranger"), _seen=[], _new=[])
    for action in ("refer:1:pick:a", "refer:1:yes:a", "refer:1:stop", "refer:99:yes:a", "refer:x", "refer:1:none"):
        stranger.send("choice", action=action)
        assert "失效" in stranger.received()[-1].text
    asker.send("choice", action="refer:1:hack:a")
    assert only(desk).state == "offered"


def test_none_of_them_is_an_answer_too(desk: Desk, asker: CoreDriver, room: StaffRoom) -> None:
    room.say("/refer 法律服务")
    asker.press("都不需要")
    assert only(desk).state == "declined"
    assert "都不需要" in text_of(room)


def test_numbers_that_are_not_there_are_told(desk: Desk, room: StaffRoom, capsys: pytest.CaptureFixture[str]) -> None:
    assert "没有找到对接 DJ-20260101-0009" in room.say("/referral DJ-20260101-0009 已联系")[0].text
    assert "请写明编号和进展" in room.say(f"/referral {NUMBER} 明天")[0].text
    assert command.offer(desk, "GD-20260101-0009", "法律服务", "示例甲", district="")
    assert command.progress(desk, "x", "done", "示例甲")
    assert "没有找到工单 GD-20260101-0009" in capsys.readouterr().out


def test_a_table_is_imported_whole_or_not_at_all(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = replace(desk, providers=Providers(tmp_path / "providers"))
    table = tmp_path / "名录.csv"
    head = "编号,名称,类别,许可证号,区域,联系方式,核对日期\n"
    table.write_text(f"{head}a,[b]示例所,法律服务,示例-1,北区,示例电话,2026-11-01\n", encoding="utf-8-sig")
    assert not command.import_table(own, tmp_path, table)
    assert "已导入 1 家" in capsys.readouterr().out
    table.write_text(f"{head}b,示例所乙,法律服务,,北区,示例电话,2026-11-01\n", encoding="gb18030")
    assert command.import_table(own, tmp_path, table)
    assert command.import_table(own, tmp_path, tmp_path / "名录.xls")
    assert "另存为 .xlsx" in capsys.readouterr().out
    table.write_text(f"{head}b,示例所乙,法律服务,,北区,示例电话,2026-11-01\n", encoding="utf-8")
    assert command.import_table(own, tmp_path, table)
    assert "名录.csv 第 2 行" in capsys.readouterr().out
    assert list(own.providers.by_id) == ["a"]
    assert not command.directory(own)


HEAD = ("编号", "名称", "类别", "许可证号", "区域", "联系方式", "核对日期")


def imported(desk: Desk, home: Path, content: bytes) -> bool:
    (home / "名录.xlsx").write_bytes(content)
    return command.import_table(desk, home, home / "名录.xlsx")


def cell(place: str, words: str, *, inside: str = "") -> str:
    return f'<c r="{place}" t="str">{inside}<v>{words}</v></c>'


def test_a_spreadsheet_is_imported_as_it_is_shown(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = replace(desk, providers=Providers(tmp_path / "providers"))
    write_xlsx(
        tmp_path / "名录.xlsx", "名录", HEAD, [("a", "示例所", "法律服务", "示例-1", "北区", "=1+1", "2026-11-01")]
    )
    assert not command.import_table(own, tmp_path, tmp_path / "名录.xlsx")
    assert own.providers.by_id["a"].contact == "=1+1"  # a text, not a formula

    head = excel_row(*(cell(f"{column}1", name) for column, name in zip("ABCDEFG", HEAD, strict=True)))
    values = ("b", "示例所乙", "law", "示例-2", "南区", "", "")
    texts = [cell(f"{column}2", each) for column, each in zip("ABCDEFG", values, strict=True) if each]
    reckoned = cell("F2", "示例电话乙", inside='<f>HYPERLINK("x")</f>')
    shown = excel_row(*texts, reckoned, '<c r="G2" s="1"><v>46327</v></c>')  # 2026-11-01 as Excel stores a day
    hidden = excel_row(*texts, cell("G3", "gestern"), hidden=True)
    assert not imported(own, tmp_path, excel_file({"-旧": "", "名录": head + shown + hidden}))
    body = own.providers.by_id["b"]
    assert list(own.providers.by_id) == ["b"]
    assert (body.kind, body.district, body.contact, str(body.checked)) == ("law", "南区", "示例电话乙", "2026-11-01")
    assert "已导入 1 家" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "不完整或已损坏"),
        (b"PK\x03\x04half", "不完整或已损坏"),
        (excel_file({"名录": excel_row(cell("A1", "编号"))}), "名录.xlsx 第 1 行：缺少这几列"),
        (excel_file({"名录": ""}), "名录.xlsx 第 1 行：缺少这几列"),
        (excel_file({"-名录": ""}), "没有可见的工作表"),
        (excel_file({"名录": ""}, extra={"xl/bomb.xml": b" " * 30_000_000}), "异常庞大"),
        (excel_file({"名录": "]]></row>"}), "已损坏或过于复杂"),
    ],
)
def test_a_spreadsheet_that_is_none_is_told_and_changes_nothing(
    content: bytes, sentence: str, desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = replace(desk, providers=Providers(tmp_path / "providers"))
    assert imported(own, tmp_path, content)
    assert sentence in capsys.readouterr().out
    assert own.providers.by_id == {}
    assert not (tmp_path / "providers" / "imported.toml").exists()


def test_two_presses_at_once_choose_once_on_both_databases(engine: Engine, make_desk: MakeDesk, clock: Clock) -> None:
    bodies = {each.provider_id: each for each in (body("a", clock), body("b", clock))}
    desk = replace(make_desk(engine), providers=Providers(by_id=bodies))
    asker, room = CoreDriver(desk), StaffRoom(desk)
    asker.say("没有人知道的事")
    room.press("接单")
    room.say("/refer 法律服务")
    with pytest.raises(ReferralRefusedError), desk.writing() as session:
        refer.progress(session, desk, NUMBER, "done", STAFF)
    with desk.writing() as session:
        referral = referrals.by_number(session, NUMBER)
        assert referral is not None
        referrals.move(session, referral, "chosen", "contact:1", clock.now(), provider_id="a", provider_name="示例所a")
        with pytest.raises(referrals.IllegalReferralMoveError):
            referrals.move(session, referral, "chosen", "contact:1", clock.now(), provider_id="b")
    with desk.writing() as session:
        assert refer.progress(session, desk, NUMBER, "contacted", STAFF).provider_id == "a"
        assert refer.progress(session, desk, NUMBER, "done", STAFF).done_at == clock.now()
    with desk.reading() as session:
        assert referrals.alive_of_ticket(session, 1) is None
        assert len(referrals.history_of(session, 1)) == 4
