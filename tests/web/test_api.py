"""The HTTP interface through the real application: the same turn, gate and borders as everywhere, for programs."""

from __future__ import annotations

import json
from datetime import date
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from consultations import api_tokens, outbox, tickets
from consultations.api_tokens import OF_STAFF, SCOPES, ApiToken
from consultations.archive import Consultation
from consultations.contacts import Contact
from consultations.outbox import OutboxMessage
from policies.compilation import Article, Policy, Revision
from tests.web.programs import Program, Served, is_problem
from web.api.app import ROOT, make_api
from web.api.callers import asker_id
from web.app import WindowPage, make_app
from web.limits import PROBLEM
from web.window import Window

# --- tokens


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer nonsense", "Basic eDp5", f"Bearer zx_{'a' * 43}", "Bearer zx_\u00e9"]
)
def test_without_a_token_of_ours_nothing_opens(served: Served, header: str) -> None:
    client = Program(served.app)
    answer = client.get(f"{ROOT}/tickets", headers={"Authorization": header.encode()} if header else {})
    assert is_problem(answer, 401)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_token_ends_is_revoked_and_is_kept_as_a_hash_only(served: Served) -> None:
    token = served.token(staff="me")
    client = served.client(token)
    assert client.get("/tickets").status_code == 200
    with served.desk.reading() as session:
        kept = session.exec(select(ApiToken)).one()
        assert token not in json.dumps(kept.model_dump(mode="json"))
        assert kept.used_at == served.desk.now()
    served.clock.advance(days=2)
    assert is_problem(client.get("/tickets"), 401)
    other = served.client(served.token(staff="me"))
    with served.desk.writing() as session:
        assert api_tokens.revoke(session, 2, served.desk.now())
        assert not api_tokens.revoke(session, 2, served.desk.now())
        assert not api_tokens.revoke(session, 99, served.desk.now())
    assert is_problem(other.get("/tickets"), 401)


def test_every_route_wants_its_own_scope(served: Served) -> None:
    """A token with every scope but one is refused exactly where that one is wanted."""
    described = Program(served.app).get(f"{ROOT}/openapi.json").json()
    wanted = {
        (method, path): route["security"][0]["token"][0]
        for path, methods in described["paths"].items()
        for method, route in methods.items()
    }
    assert set(wanted.values()) == set(SCOPES) - {"metrics:read"}
    for (method, path), scope in wanted.items():
        place = path.format(asker="a", number="GD-20261123-0001", policy_id=1, card_id="a")
        place = place if "consultations" not in path else place.replace("GD-", "ZX-")
        body = {"text": "问题"} if method == "post" else None
        missing = served.client(served.token(*[each for each in SCOPES if each != scope], staff="me"))
        answer = missing.request(method, place, json=body, headers=served.key())
        assert is_problem(answer, 403), (method, path)
        assert scope in answer.json()["detail"]


def test_every_route_is_described(served: Served) -> None:
    described = Program(served.app).get(f"{ROOT}/openapi.json").json()
    assert described["openapi"].startswith("3.")
    assert described["info"]["version"] == "1"
    for path, methods in described["paths"].items():
        for method, route in methods.items():
            assert route["summary"], path
            assert route["description"], path
            assert {"200", "401", "403", "429", "503"} <= set(route["responses"]), path
            assert [list(each["content"]) for code, each in route["responses"].items() if code != "200"].count(
                [PROBLEM]
            )
            assert "HTTPValidationError" not in json.dumps(route)
            if method == "post":
                assert "Idempotency-Key" in {each["name"] for each in route["parameters"] if each["required"]}
    assert described["components"]["schemas"]["Problem"]["properties"]["detail"]


def test_the_description_loads_nothing_from_elsewhere(served: Served) -> None:
    page = Program(served.app).get(f"{ROOT}/docs")
    assert page.status_code == 200
    assert "://" not in page.text
    assert "<script" not in page.text
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    for scope in SCOPES:
        assert scope in page.text


def test_a_token_that_asks_too_often_waits_and_others_do_not(served: Served) -> None:
    served.interface.buckets.per_minute = 5
    busy, other = served.staff(), served.staff()
    assert [busy.get("/tickets").status_code for _ in range(6)] == [200] * 5 + [429]
    answer = busy.get("/tickets")
    assert is_problem(answer, 429)
    assert int(answer.headers["Retry-After"]) >= 1
    assert other.get("/tickets").status_code == 200


def test_numbers_go_to_a_token_that_may_read_them(served: Served) -> None:
    from web.api.callers import may_read_numbers
    from web.metrics import Metrics

    def status(token: str) -> int:
        app = make_app(
            Window(served.desk),
            WindowPage("示例"),
            lambda: {"ok": True},
            metrics=Metrics(may_read=lambda request: may_read_numbers(served.interface, request)),
        )
        headers = {"Authorization": f"Bearer {token}", "X-Forwarded-For": "203.0.113.7"}
        return Program(app).get("/metrics", headers=headers).status_code

    assert status(served.token("metrics:read")) == 200
    assert status(served.token("ask")) == 404
    assert status("nonsense") == 404


# --- asking


def test_a_question_goes_the_way_of_every_question(served: Served) -> None:
    client = served.client(served.token("ask"))
    answer = client.post(
        "/conversations/user-7/messages", json={"text": "外观设计专利保护多少年？"}, headers=served.key()
    )
    assert answer.status_code == 200, answer.text
    lines = answer.json()["items"]
    assert lines
    assert all(each["from_office"] for each in lines)
    with served.desk.reading() as session:
        asked = session.exec(select(Consultation)).one()
        contact = session.get_one(Contact, asked.contact_id)
        assert (asked.question, asked.channel, contact.name) == ("外观设计专利保护多少年？", "api", "")
        assert "user-7" not in contact.chat_id
        states = set(session.exec(select(OutboxMessage.state).where(OutboxMessage.channel == "api")))
        assert states == {"sent"}
    read = client.get("/conversations/user-7/messages").json()
    assert [each["from_office"] for each in read["items"]] == [False] + [True] * len(lines)
    assert client.get(f"/conversations/user-7/messages?cursor={read['next']}").json()["items"] == []


def test_the_same_question_again_is_asked_once_and_answered_alike(served: Served) -> None:
    client, key = served.client(served.token("ask")), served.key()
    said = {"text": "外观设计专利保护多少年？"}
    first, again = (client.post("/conversations/a/messages", json=said, headers=key) for _ in range(2))
    assert first.json() == again.json()
    assert is_problem(client.post("/conversations/a/messages", json={"text": "别的"}, headers=key), 422)
    with served.desk.reading() as session:
        assert len(session.exec(select(Consultation)).all()) == 1


def test_an_asker_belongs_to_one_program(served: Served) -> None:
    mine, theirs = (served.client(served.token("ask")) for _ in range(2))
    mine.post("/conversations/same/messages", json={"text": "商标续展什么时候办？"}, headers=served.key())
    assert theirs.get("/conversations/same/messages").json() == {"items": [], "next": 0}
    assert asker_id(1, "same") != asker_id(2, "same")


def test_what_staff_reply_is_read_where_it_was_asked(served: Served) -> None:
    client = served.client(served.token("ask"))
    client.post("/conversations/a/messages", json={"text": "转人工"}, headers=served.key())
    with served.desk.writing() as session:
        number = session.exec(select(tickets.Ticket)).one().number
    staff = served.staff()
    for verb, body in (("claim", None), ("reply", {"text": "示例答复，请带原件来。"})):
        done = staff.post(f"/tickets/{number}/{verb}", json=body, headers=served.key())
        assert done.status_code == 200, done.text
    with served.desk.writing() as session:
        due = outbox.claim_due(session, now=served.desk.now(), channels=["api"], limit=10, lease_seconds=60)
    assert any("示例答复" in each.plain_text for each in due)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": " "},
        {"text": "a", "action": "human"},
        {"text": "x" * 20_001},
        {"text": 7},
        [],
        "words",
        {"action": "a" * 65},
        None,
    ],
)
def test_what_is_no_message_is_told_by_its_place(served: Served, body: Any) -> None:  # noqa: ANN401
    client = served.client(served.token("ask"))
    answer = client.post("/conversations/a/messages", json=body, headers=served.key())
    assert is_problem(answer, 422)
    assert answer.json()["errors"]
    assert "xxx" not in answer.text


def test_bodies_askers_and_keys_are_bounded(served: Served) -> None:
    client = served.client(served.token("ask"))
    huge = client.post("/conversations/a/messages", content=b"x" * (2 << 20), headers=served.key())
    assert is_problem(huge, 413)
    for asker in ("张三", "a" * 65, "..%2F..%2Fetc", "a b"):
        assert client.get(f"/conversations/{asker}/messages").status_code in (404, 422)
    for key in ("", "short", "a" * 65, "spaces in it", "../../x"):
        answer = client.post("/conversations/a/messages", json={"text": "问"}, headers={"Idempotency-Key": key})
        assert is_problem(answer, 422)
        assert "Idempotency-Key 要 8–64 位" in answer.json()["detail"]
    assert is_problem(client.post("/conversations/a/messages", json={"text": "问"}), 422)


# --- what is public


def test_policies_as_they_hold_on_a_day(served: Served) -> None:
    with served.desk.writing() as session:
        session.add(Policy(id=3, title="样灯条例", issuer="样机关"))
        session.flush()
        for n, (version, first, last) in enumerate(
            (("2019-01-01", date(2019, 1, 1), date(2026, 12, 31)), ("2026-06-01", date(2027, 1, 1), None)), start=1
        ):
            session.add(
                Revision(id=n, policy_id=3, version=version, effective_from=first, effective_to=last, is_quotable=True)
            )
            session.flush()
            for at in range(3):
                session.add(Article(revision_id=n, position=at, key=str(at + 1), text=f"第{at + 1}条 {version}"))
        session.add(Policy(id=4, title="没有公布的"))
        session.flush()
        session.add(Revision(id=9, policy_id=4, state="draft", version="2026-01-01"))
    client = served.client(served.token("policies:read"))
    assert [each["title"] for each in client.get("/policies").json()["items"]] == ["样灯条例"]
    assert client.get("/policies/3").json()["in_force"]["version"] == "2019-01-01"
    assert client.get("/policies/3?on=2027-01-01").json()["in_force"]["version"] == "2026-06-01"
    assert client.get("/policies/3?on=2018-12-31").json()["in_force"] is None
    page = client.get("/policies/3/articles?on=2027-01-01&limit=2").json()
    assert [each["text"] for each in page["items"]] == ["第1条 2026-06-01", "第2条 2026-06-01"]
    rest = client.get(f"/policies/3/articles?on=2027-01-01&limit=2&cursor={page['next']}").json()
    assert ([each["key"] for each in rest["items"]], rest["next"]) == (["3"], None)
    assert client.get("/policies/3/articles?version=2").json()["version"]["is_in_force"] is False
    articles = "/policies/3/articles"
    for missing in ("/policies/4", "/policies/99", f"{articles}?on=2018-01-01", f"{articles}?version=9"):
        assert is_problem(client.get(missing), 404)
    for wrong in ("/policies/0", "/policies/x", "/policies?on=2026-13-01", f"/policies/{2**80}"):
        assert is_problem(client.get(wrong), 422)


def test_figures_are_those_of_the_report(served: Served) -> None:
    served.ticket("here", "one")
    client = served.client(served.token("figures:read"))
    shown = client.get("/figures?period=2026-11").json()
    values = {each["key"]: each["value"] for each in shown["figures"]}
    assert values["tickets"] == 1
    assert {each["key"]: each["value"] for each in shown["rates"]}["closing_rate"] == 0
    assert all(each["definition"] for each in shown["figures"])
    assert is_problem(client.get("/figures?period=2026-13"), 422)
    assert is_problem(client.get("/figures"), 422)


# --- hostile


METHODS = ["GET", "POST", "PUT"]
NESTED = st.recursive(st.none() | st.text(max_size=9), st.lists, max_leaves=9)
BODIES = st.one_of(st.binary(max_size=60), NESTED.map(lambda each: json.dumps(each).encode()))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.text(max_size=40), query=st.text(max_size=40), body=BODIES, method=st.sampled_from(["GET", "POST", "PUT"])
)
def test_whatever_comes_is_answered_with_a_problem(
    served: Served, path: str, query: str, body: bytes, method: str
) -> None:
    """No server error, no echo, whatever the address, the query and the body."""
    served.interface.buckets.per_minute = 10_000_000
    api = Program(make_api(served.interface))
    token = {"Authorization": f"Bearer {served.token(staff='me')}"}
    for place in (f"/tickets/{quote(path)}", f"/conversations/{quote(path)}/messages", f"/cards/{quote(path)}"):
        answer = api.request(method, f"{place}?{quote(query)}", content=body, headers=token | served.key())
        assert answer.status_code < 500, (place, answer.text)
        assert answer.status_code in (200, 307) or is_problem(answer, answer.status_code)


def test_scopes_that_reach_what_is_somebody_s_are_known() -> None:
    assert {each for each in SCOPES if each.startswith(("tickets", "consultations"))} == OF_STAFF
