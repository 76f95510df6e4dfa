"""A Telegram Bot API server for tests, on loopback, as a process of its own. Standard library only.

``/bot<token>/<method>`` is what the bot talks to; ``/_test/<verb>`` plays the people and breaks things (`FakeTelegram`
in `telegram.py` is its client). It follows the observable behaviour of the real server: getUpdates' offset
acknowledges, a second poller gets 409, a webhook is tried again until it answers 2xx, 403 for who blocked the bot,
429 with retry_after when the limits are on. Every message that reached a person is kept.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import re
import time
import urllib.parse
from collections import Counter
from pathlib import Path
from typing import Any

from tests.fakes.bot_api_spec import Specification
from tests.fakes.bot_api_text import RefusedError, message_text, refuse

Json = dict[str, Any]
BOT = {"id": 1000, "is_bot": True, "first_name": "测试机器人", "username": "zhixun_test_bot"}
BOT |= {"can_join_groups": True, "can_read_all_group_messages": True, "supports_inline_queries": False}


class FloodLimits:
    """Token buckets: 30 a second in all, 1 a second for a person (3 at once), 20 a minute for a group."""

    def __init__(self) -> None:
        self.are_on = False
        self.refused = 0
        self._buckets: dict[object, tuple[float, float]] = {}

    def take(self, chat_id: int) -> None:
        """One message to this chat; refused when there were too many."""
        if not self.are_on:
            return
        per_chat = (chat_id, 20 / 60, 20.0) if chat_id < 0 else (chat_id, 1.0, 3.0)
        for key, rate, burst in (("all", 30.0, 30.0), per_chat):
            now = time.monotonic()
            tokens, at = self._buckets.get(key, (burst, now))
            tokens = min(burst, tokens + (now - at) * rate)
            if tokens < 1:
                self.refused += 1
                wait = int((1 - tokens) / rate) + 1
                refuse(f"Too Many Requests: retry after {wait}", 429, retry_after=wait)
            self._buckets[key] = (tokens - 1, now)


class Updates:
    """The queue of what people did, given out by getUpdates or sent to the webhook."""

    def __init__(self) -> None:
        self.queue: list[Json] = []
        self.webhook: Json | None = None
        self.webhook_answers: list[tuple[int, int]] = []
        self._numbers = itertools.count(100)
        self._news = asyncio.Event()
        self._poller: asyncio.Future[None] | None = None

    def push(self, **update: Any) -> int:  # noqa: ANN401
        update.setdefault("update_id", next(self._numbers))
        self.queue.append(update)
        self._news.set()
        return int(update["update_id"])

    async def fetch(self, offset: int, limit: int, wait_seconds: float) -> list[Json]:
        if self.webhook:
            refuse("Conflict: can't use getUpdates method while webhook is active", 409)
        if self._poller is not None and not self._poller.done():
            self._poller.set_result(None)  # the real server ends the older of two
        self.queue = [each for each in self.queue if each["update_id"] >= offset]
        mine = self._poller = asyncio.get_running_loop().create_future()
        until = time.monotonic() + min(wait_seconds, 50)
        while not self.queue and time.monotonic() < until:
            self._news.clear()
            news = asyncio.ensure_future(self._news.wait())
            await asyncio.wait({news, mine}, timeout=until - time.monotonic(), return_when=asyncio.FIRST_COMPLETED)
            news.cancel()
            if mine.done():
                refuse("Conflict: terminated by other getUpdates request", 409)
        return self.queue[:limit]

    async def send_to_webhook(self) -> None:
        """Send one after another, again and again until it is accepted, as the real server does."""
        while True:
            if not (self.webhook and self.queue):
                await asyncio.sleep(0.01)
                continue
            update = self.queue[0]
            status = await self._post(update)
            self.webhook_answers.append((update["update_id"], status))
            if 200 <= status < 300:
                self.queue.remove(update)
            else:
                await asyncio.sleep(0.3)

    async def _post(self, update: Json) -> int:
        assert self.webhook is not None
        url, body = urllib.parse.urlsplit(str(self.webhook["url"])), json.dumps(update).encode()
        head = f"POST {url.path} HTTP/1.1\r\nHost: test\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
        head += f"X-Telegram-Bot-Api-Secret-Token: {self.webhook.get('secret_token', '')}\r\n\r\n"
        try:
            reader, writer = await asyncio.open_connection(url.hostname, url.port)
            writer.write(head.encode() + body)
            status = int((await asyncio.wait_for(reader.readline(), 30)).split()[1])
            writer.close()
        except (OSError, IndexError, ValueError, TimeoutError):
            return 0
        return status


class BotApi:
    """The methods of the Bot API that the product uses, and the people's side. Names are Telegram's own."""

    def __init__(self, specification: Specification | None) -> None:
        self.updates, self.limits = Updates(), FloodLimits()
        self.messages: dict[tuple[int, int], Json] = {}
        self.delivered: list[Json] = []
        self.actions: list[Json] = []
        self.topics: dict[int, dict[int, str]] = {}
        self.polls: dict[str, Json] = {}
        self.files: dict[str, str] = {}
        self.commands: dict[str, list[Json]] = {}
        self.forums: set[int] = set()
        self.blocked: set[int] = set()
        self.moved: dict[int, int] = {}
        self.faults: list[Json] = []
        self.violations: list[str] = []
        self.calls: Counter[str] = Counter()
        self.presses: set[str] = set()
        self._specification = specification
        self._numbers = itertools.count(1)

    async def call(self, method: str, parameters: Json) -> object:
        """One request of the bot: checked, perhaps broken, then carried out."""
        self.calls[method] += 1
        if self._specification is not None:
            self.violations += self._specification.problems(method, parameters)
        fault = await self._fault(method, parameters)
        if method == "getUpdates":
            result: object = await self.updates.fetch(
                int(parameters.get("offset", 0)), int(parameters.get("limit", 100)), float(parameters.get("timeout", 0))
            )
        else:
            carry_out = getattr(self, f"bot_{method}", None)
            if carry_out is None:
                self.violations.append(f"{method} is not emulated")
                refuse("Not Found", 404)
            result = carry_out(_decoded(parameters))
        if fault == "after":
            raise ConnectionAbortedError
        return result

    async def _fault(self, method: str, parameters: Json) -> str:
        for fault in self.faults:
            if fault["method"] != method or str(fault.get("chat_id", parameters.get("chat_id"))) != str(
                parameters.get("chat_id")
            ):
                continue
            fault["times"] = fault.get("times", 1) - 1
            if fault["times"] <= 0:
                self.faults.remove(fault)
            await asyncio.sleep(fault.get("delay", 0))
            if fault.get("drop") == "before":
                raise ConnectionAbortedError
            if "code" in fault:
                raise RefusedError(
                    fault["code"], fault.get("text", "Internal Server Error"), **fault.get("parameters", {})
                )
            return str(fault.get("drop", ""))
        return ""

    # ---- the bot's methods

    def bot_getMe(self, _: Json) -> Json:  # noqa: N802
        return BOT

    def bot_setMyCommands(self, asked: Json) -> bool:  # noqa: N802
        for each in asked["commands"]:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", each["command"]) or not 1 <= len(each["description"]) <= 256:
                refuse("BOT_COMMAND_INVALID")
        self.commands[str(asked.get("scope", {}).get("chat_id", ""))] = asked["commands"]
        return True

    def bot_setWebhook(self, asked: Json) -> bool:  # noqa: N802
        self.updates.webhook = asked
        return True

    def bot_deleteWebhook(self, _: Json) -> bool:  # noqa: N802
        self.updates.webhook = None
        return True

    def bot_sendMessage(self, asked: Json) -> Json:  # noqa: N802
        return self._deliver(asked, **message_text(asked))

    def bot_editMessageText(self, asked: Json) -> Json:  # noqa: N802
        known = self.messages.get((int(asked["chat_id"]), asked["message_id"]))
        if known is None:
            refuse("message to edit not found")
        said = {**message_text(asked), "reply_markup": asked.get("reply_markup") or {}}
        if all(known.get(name, {}) == value for name, value in said.items()):
            refuse("message is not modified")
        self._check_keyboard(said["reply_markup"])
        known |= said
        self.delivered.append(known | {"at": time.time(), "edit_date": int(time.time())})
        return known

    def bot_copyMessage(self, asked: Json) -> Json:  # noqa: N802
        original = self.messages.get((int(asked["from_chat_id"]), asked["message_id"]))
        if original is None:
            refuse("message to copy not found")
        file = {"document": original["document"]} if "document" in original else {"text": original["text"]}
        return {"message_id": self._deliver(asked, **file)["message_id"]}

    def bot_sendDocument(self, asked: Json) -> Json:  # noqa: N802
        return self._deliver(asked, document=self._upload(**asked["document"]))

    def bot_sendPoll(self, asked: Json) -> Json:  # noqa: N802
        options = [each["text"] for each in asked["options"]]
        if not 1 <= len(options) <= 12 or not all(1 <= len(each) <= 100 for each in options):
            refuse("poll options are wrong")
        if not 1 <= len(asked["question"]) <= 300:
            refuse("poll question is wrong")
        counted = [{"text": text, "voter_count": 0, "persistent_id": str(n)} for n, text in enumerate(options)]
        poll = {"id": f"P{next(self._numbers)}", "question": asked["question"], "options": counted, "type": "regular"}
        poll |= {"total_voter_count": 0, "is_closed": False, "is_anonymous": asked.get("is_anonymous", True)}
        poll |= {"allows_multiple_answers": False, "allows_revoting": True, "members_only": False}
        self.polls[str(poll["id"])] = poll
        return self._deliver(asked, poll=poll)

    def bot_answerCallbackQuery(self, asked: Json) -> bool:  # noqa: N802
        if asked["callback_query_id"] not in self.presses:
            refuse("query is too old and response timeout expired or query ID is invalid")
        self.presses.discard(asked["callback_query_id"])
        return True

    def bot_sendChatAction(self, asked: Json) -> bool:  # noqa: N802
        chat_id = int(asked["chat_id"])
        if chat_id in self.blocked:
            refuse("Forbidden: bot was blocked by the user", 403)
        self.actions.append({"chat_id": chat_id, "action": asked["action"]})
        return True

    def bot_createForumTopic(self, asked: Json) -> Json:  # noqa: N802
        room = int(asked["chat_id"])
        if room not in self.forums:
            refuse("the chat is not a forum")
        topic = next(self._numbers)
        self.topics.setdefault(room, {})[topic] = asked["name"]
        return {"message_thread_id": topic, "name": asked["name"], "icon_color": 7322096}

    def bot_editForumTopic(self, asked: Json) -> bool:  # noqa: N802
        self._topic(asked)
        self.topics[int(asked["chat_id"])][asked["message_thread_id"]] = asked["name"]
        return True

    def bot_reopenForumTopic(self, asked: Json) -> bool:  # noqa: N802
        self._topic(asked)
        return True

    def bot_getFile(self, asked: Json) -> Json:  # noqa: N802
        if asked["file_id"] not in self.files:
            refuse("wrong file_id or the file is temporarily unavailable")
        path = f"documents/{asked['file_id']}"
        return {"file_id": asked["file_id"], "file_unique_id": asked["file_id"], "file_path": path}

    def _topic(self, asked: Json) -> None:
        if asked["message_thread_id"] not in self.topics.get(int(asked["chat_id"]), {}):
            refuse("message thread not found")

    def _deliver(self, asked: Json, **content: Any) -> Json:  # noqa: ANN401
        chat_id = int(asked["chat_id"])
        if chat_id in self.blocked:
            refuse("Forbidden: bot was blocked by the user", 403)
        if chat_id in self.moved:
            refuse("group chat was upgraded to a supergroup chat", migrate_to_chat_id=self.moved[chat_id])
        if "message_thread_id" in asked:
            self._topic(asked)
        self._check_keyboard(asked.get("reply_markup") or {})
        self.limits.take(chat_id)
        number = next(self._numbers)
        message: Json = {"message_id": number, "date": int(time.time()), "chat": self._chat(chat_id), "from": BOT}
        message |= content
        if "message_thread_id" in asked:
            message |= {"message_thread_id": asked["message_thread_id"], "is_topic_message": True}
        if asked.get("reply_markup"):
            message["reply_markup"] = asked["reply_markup"]
        self.messages[chat_id, number] = message
        self.delivered.append(message | {"at": time.time()})
        return message

    def _check_keyboard(self, markup: Json) -> None:
        for button in itertools.chain.from_iterable(markup.get("inline_keyboard", [])):
            if not 1 <= len(str(button.get("callback_data", "")).encode()) <= 64:
                refuse("BUTTON_DATA_INVALID")

    def _chat(self, chat_id: int) -> Json:
        if chat_id > 0:
            return {"id": chat_id, "type": "private", "first_name": f"用户{chat_id}"}
        forum = {"is_forum": True} if chat_id in self.forums else {}
        return {"id": chat_id, "type": "supergroup", "title": "工作群", **forum}

    # ---- the people's side

    def test_say(
        self,
        person: int,
        text: str = "",
        *,
        chat: int | None = None,
        topic: int | None = None,
        reply_to: int | None = None,
        document: str | None = None,
        file_name: str = "申请材料.pdf",
        date: int | None = None,
    ) -> int:
        """A person writes, at that Unix second (now when not named); the message's id."""
        message = self._from(person, chat or person)
        message |= {"date": date} if date is not None else {}
        message |= (
            {"text": text} if document is None else {"document": self._upload(document, file_name), "caption": text}
        )
        if topic is not None:
            message |= {"message_thread_id": topic, "is_topic_message": True}
        if reply_to is not None:
            message["reply_to_message"] = self.messages[chat or person, reply_to]
        self.messages[chat or person, message["message_id"]] = message
        self.updates.push(message=message)
        return int(message["message_id"])

    def test_burst(self, people: int, questions: int, text: str) -> int:
        """Very many questions at once, ``{n}`` in `text` is the number of the question."""
        for number in range(questions):
            self.test_say(1 + number % people, text.replace("{n}", str(number)))
        return questions

    def test_edit(self, person: int, message_id: int, text: str) -> int:
        message = self.messages[person, message_id] | {"text": text, "edit_date": int(time.time())}
        return self.updates.push(edited_message=message)

    def test_press(self, person: int, message_id: int, action: str, chat: int | None = None) -> int:
        press = f"C{next(self._numbers)}"
        self.presses.add(press)
        message = self.messages.get((chat or person, message_id)) or {
            "message_id": message_id,
            "date": 0,
            "chat": self._chat(chat or person),
        }
        query = {"id": press, "from": self._person(person), "chat_instance": "1", "data": action, "message": message}
        return self.updates.push(callback_query=query)

    def test_vote(self, person: int, poll_id: str, options: list[int]) -> int:
        answer = {"poll_id": poll_id, "user": self._person(person), "option_ids": options}
        return self.updates.push(poll_answer=answer | {"option_persistent_ids": [str(each) for each in options]})

    def test_block(self, person: int, *, blocked: bool) -> int:
        (self.blocked.add if blocked else self.blocked.discard)(person)
        before, after = ({"user": BOT, "status": "member"}, {"user": BOT, "status": "kicked", "until_date": 0})
        change = {"chat": self._chat(person), "from": self._person(person), "date": int(time.time())}
        change |= {"old_chat_member": before, "new_chat_member": after if blocked else before}
        return self.updates.push(my_chat_member=change)

    def test_push(self, update: Json) -> int:
        """Any update, well-formed or not."""
        return self.updates.push(**update)

    def test_forum(self, room: int) -> bool:
        self.forums.add(room)
        return True

    def test_delete_topic(self, room: int, topic: int) -> str:
        return self.topics[room].pop(topic)

    def test_move(self, room: int, new_room: int) -> bool:
        self.moved[room] = new_room
        return True

    def test_fault(self, fault: Json) -> bool:
        """``{method, chat_id?, times?, delay?, drop: before|after | code, text, parameters}``."""
        self.faults.append(fault)
        return True

    def test_limit(self, *, on: bool) -> bool:
        self.limits.are_on = on
        return True

    def test_delivered(self, since: int = 0) -> list[Json]:
        """Everything that reached somebody, in order, from the given place on."""
        return self.delivered[since:]

    def test_state(self) -> Json:
        return {
            "waiting": len(self.updates.queue),
            "calls": dict(self.calls),
            "violations": self.violations,
            "commands": self.commands,
            "topics": {str(room): topics for room, topics in self.topics.items()},
            "webhook": self.updates.webhook,
            "webhook_answers": self.updates.webhook_answers,
            "refused_429": self.limits.refused,
            "open_presses": len(self.presses),
            "actions": self.actions,
        }

    def _from(self, person: int, chat: int) -> Json:
        message = {"message_id": next(self._numbers), "date": int(time.time()), "chat": self._chat(chat)}
        return message | {"from": self._person(person)}

    def _person(self, person: int) -> Json:
        return {"id": person, "is_bot": False, "first_name": f"用户{person}", "language_code": "zh-hans"}

    def _upload(self, content: str, name: str) -> Json:
        file_id = f"F{next(self._numbers)}"
        self.files[file_id] = content
        return {"file_id": file_id, "file_unique_id": file_id, "file_name": name, "file_size": len(content.encode())}


class HttpServer:
    """Just enough HTTP/1.1 for the bot and the tests."""

    def __init__(self, api: BotApi) -> None:
        self._api = api

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readline():
                length, kind = 0, ""
                while line := (await reader.readline()).strip():
                    name, _, value = line.decode("latin-1").partition(":")
                    length = int(value) if name.lower() == "content-length" else length
                    kind = value.strip() if name.lower() == "content-type" else kind
                body = await reader.readexactly(length)
                status, answer = await self._answer(head.split()[1].decode(), kind, body)
                headers = (
                    f"HTTP/1.1 {status} -\r\nContent-Type: application/json\r\nContent-Length: {len(answer)}\r\n\r\n"
                )
                writer.write(headers.encode() + answer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the bot was killed, or a fault cuts the line
        finally:
            writer.transport.abort()

    async def _answer(self, target: str, kind: str, body: bytes) -> tuple[int, bytes]:
        path, _, query = target.partition("?")
        path = urllib.parse.unquote(path)
        if file := re.fullmatch(r"/file/bot[^/]+/documents/(\w+)", path):
            return 200, self._api.files[file[1]].encode()
        try:
            result = await self._result(path, _parameters(query, kind, body))
        except RefusedError as error:
            refusal = {"ok": False, "error_code": error.code, "description": error.description}
            refusal |= {"parameters": error.parameters} if error.parameters else {}
            return error.code, json.dumps(refusal).encode()
        return 200, json.dumps({"ok": True, "result": result}).encode()

    async def _result(self, path: str, parameters: Json) -> object:
        if verb := re.fullmatch(r"/_test/(\w+)", path):
            return getattr(self._api, f"test_{verb[1]}")(**parameters)
        call = re.fullmatch(r"/bot\d+:[\w-]+/(\w+)", path) or refuse("Unauthorized", 401)
        return await self._api.call(call[1], parameters)


def _parameters(query: str, kind: str, body: bytes) -> Json:
    found: Json = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
    if "json" in kind and body:
        return found | dict(json.loads(body))
    if boundary := re.search(r"boundary=(\S+)", kind):
        return found | dict(map(_part, body.split(b"--" + boundary[1].encode())[1:-1]))
    return found | dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True))


def _part(part: bytes) -> tuple[str, object]:
    """A field of a form with files, or a file."""
    head, _, content = part.decode().strip("\r\n").partition("\r\n\r\n")
    name, file = re.findall(r'\bname="([^"]*)"', head)[0], re.search(r'filename="([^"]*)"', head)
    return name, {"content": content, "name": file[1]} if file else content


def _decoded(parameters: Json) -> Json:
    """Form values arrive as text; what is not text in Telegram's terms is JSON."""
    return {
        name: value if name in {"text", "question", "name"} else _loose(value) for name, value in parameters.items()
    }


def _loose(value: object) -> object:
    if isinstance(value, str) and re.match(r"-?\d+$|true$|false$|[\[{]", value):
        return json.loads(value)
    return value


async def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--port", type=int, default=0)
    port = arguments.parse_args().port
    path = os.environ.get("ZHIXUN_BOT_API_SPEC")
    api = BotApi(Specification(Path(path)) if path else None)
    server = await asyncio.start_server(HttpServer(api).serve, "127.0.0.1", port, limit=2**20)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201  the parent reads the port
    sending = asyncio.ensure_future(api.updates.send_to_webhook())
    async with server:
        await asyncio.gather(server.serve_forever(), sending)


if __name__ == "__main__":
    asyncio.run(main())
