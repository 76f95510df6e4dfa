"""Consultations and tickets through the HTTP interface: borders, masks, pages, and what is done with a ticket."""

from __future__ import annotations

import json

import httpx
from sqlmodel import select

from consultations import audit, ticket_messages, tickets
from consultations.api_tokens import ApiRequest
from consultations.archive import Consultation
from tests.web.programs import PHONE, Program, Served, is_problem

# --- records and their borders


def test_what_belongs_to_another_outlet_reads_like_what_is_not_there(served: Served) -> None:
    here, north = served.ticket("here", "one"), served.ticket("north", "two")
    mine = served.staff("me")
    assert [each["number"] for each in mine.get("/tickets").json()["items"]] == [here]
    assert mine.get(f"/tickets/{here}").status_code == 200
    absent = mine.get("/tickets/GD-20261123-9999")
    foreign = mine.get(f"/tickets/{north}")
    assert is_problem(foreign, 404)
    assert foreign.json() == absent.json()
    for verb, body in (("claim", None), ("reply", {"text": "示例"}), ("note", {"text": "示例"}), ("close", None)):
        answer = mine.post(f"/tickets/{north}/{verb}", json=body, headers=served.key())
        assert is_problem(answer, 404), verb
    with served.desk.reading() as session:
        found = tickets.by_number(session, north)
        assert found is not None
        assert (found.state, found.holder) == ("assigned", "")
        assert any(each.verb == "refused:ticket.show" for each in audit.newest(session, is_refused=True))
        asked = session.exec(select(Consultation).where(Consultation.ticket_id == found.key)).first()
        assert asked is not None
        theirs = asked.number
    seen = {each["number"] for each in mine.get("/consultations").json()["items"]}
    assert theirs not in seen
    assert is_problem(mine.get(f"/consultations/{theirs}"), 404)
    everywhere = served.staff("auditor")
    assert len(everywhere.get("/tickets").json()["items"]) == 2
    assert everywhere.get(f"/consultations/{theirs}").status_code == 200


def test_roles_hold_for_tokens_and_end_with_service(served: Served) -> None:
    here = served.ticket("here", "one")
    auditor = served.staff("auditor")
    assert is_problem(auditor.get(f"/tickets/{here}"), 403)
    assert is_problem(auditor.post(f"/tickets/{here}/claim", headers=served.key()), 403)
    for nobody in (served.staff(""), served.staff("gone")):
        assert is_problem(nobody.get("/tickets"), 403)
        assert is_problem(nobody.get("/consultations"), 403)


def test_nothing_personal_comes_out(served: Served) -> None:
    here, mine = served.ticket("here", "one"), served.staff("me")
    whole = "".join(
        mine.get(place).text for place in ("/tickets", f"/tickets/{here}", "/consultations", "/consultations?limit=1")
    )
    assert PHONE not in whole
    assert "138****8000" in whole


def test_pages_hold_every_ticket_once(served: Served) -> None:
    numbers = [served.ticket("here" if n % 2 else "north", f"asker{n}") for n in range(7)]
    client, cursor, seen = served.staff("me"), "", []
    while True:
        page = client.get(f"/tickets?limit=2{cursor}").json()
        seen += [each["number"] for each in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == [number for n, number in enumerate(numbers) if n % 2][::-1]
    for wrong in ("limit=0", "limit=101", "cursor=-1", "cursor=x", f"cursor={2**70}", "state=gone"):
        assert is_problem(client.get(f"/tickets?{wrong}"), 422)


# --- acting


def act(  # noqa: PLR0917
    served: Served, client: Program, number: str, verb: str, text: str = "", key: dict[str, str] | None = None
) -> httpx.Response:
    body = {"text": text} if text else None
    return client.post(f"/tickets/{number}/{verb}", json=body, headers=key or served.key())


def test_a_ticket_is_worked_on_to_its_end(served: Served) -> None:
    number, client = served.ticket("here", "one"), served.staff("me")
    early = act(served, client, number, "reply", "太早了")
    assert is_problem(early, 409)
    words = "第一行\n第二行，编号 GD-20261123-9999"
    states = [
        act(served, client, number, verb, text).json()["state"]
        for verb, text in (("claim", ""), ("note", "内部看"), ("reply", words), ("close", ""))
    ]
    assert states == ["claimed", "claimed", "replied", "closed"]
    assert is_problem(act(served, client, number, "close"), 409)
    shown = client.get(f"/tickets/{number}").json()
    assert ("staff", words) in [(each["author"], each["text"]) for each in shown["messages"]]
    assert shown["holder"] == "示例甲"


def test_a_reply_that_did_not_leave_is_not_told_as_done(served: Served) -> None:
    number, mine = served.ticket("here", "one"), served.staff("me")
    act(served, mine, number, "claim")
    wrong = act(served, mine, number, "reply", "依据《示例商标条例》第九百九十九条办理。")
    assert is_problem(wrong, 409)
    assert "没有找到《示例商标条例》" in wrong.json()["detail"]
    assert [each["author"] for each in mine.get(f"/tickets/{number}").json()["messages"]].count("staff") == 0


def test_a_write_is_done_once_however_often_it_is_sent(served: Served) -> None:
    number, client, key = served.ticket("here", "one"), served.staff("me"), served.key()
    act(served, client, number, "claim")
    first, again = (act(served, client, number, "reply", "示例答复", key) for _ in range(2))
    assert first.json() == again.json()
    with served.desk.reading() as session:
        found = tickets.by_number(session, number)
        assert found is not None
        said = [each.text for each in ticket_messages.of_ticket(session, found.key) if each.author == "staff"]
        assert said == ["示例答复"]
        kept = session.exec(select(ApiRequest)).all()
        assert PHONE not in json.dumps([each.model_dump(mode="json") for each in kept], ensure_ascii=False)
    assert is_problem(act(served, client, number, "reply", "另一句", key), 422)
    refused_key = served.key()
    act(served, client, number, "close")
    assert is_problem(act(served, client, number, "close", key=refused_key), 409)
    assert is_problem(act(served, client, number, "close", key=refused_key), 409)


def test_killed_between_the_turn_and_its_answer_the_same_key_still_does_it_once(served: Served) -> None:
    number, client, key = served.ticket("here", "one"), served.staff("me"), served.key()
    act(served, client, number, "claim", key=key)
    with served.desk.writing() as session:  # what a kill before the second commit leaves
        for each in session.exec(select(ApiRequest)):
            session.delete(each)
    again = act(served, client, number, "claim", key=key)
    assert (again.status_code, again.json()["state"]) == (200, "claimed")
    with served.desk.reading() as session:
        found = tickets.by_number(session, number)
        assert found is not None
        assert [each.to_state for each in tickets.history_of(session, found.key)].count("claimed") == 1


def test_one_program_s_key_is_not_another_s(served: Served) -> None:
    number, key = served.ticket("here", "one"), served.key()
    assert act(served, served.staff("me"), number, "claim", key=key).status_code == 200
    assert is_problem(act(served, served.staff("me"), number, "claim", key=key), 409)
