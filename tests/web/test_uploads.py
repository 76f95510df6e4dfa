"""Files from the website window: what is taken, what is refused and why, and that nothing stays of what is not."""

from __future__ import annotations

import hashlib
import io
import json
import socket
import time
import urllib.parse
import zipfile
from pathlib import Path

import pytest
from sqlmodel import select

from bot import housekeeping
from consultations import contacts, ticket_messages, tickets, visitor_files
from consultations.asset_table import COLUMNS
from consultations.messages import Address
from consultations.visitor_files import VisitorFile
from handlers import asset_files, asset_wording, files, stored_files
from handlers.privacy import forget_person
from handlers.xlsx import write_xlsx
from tests.web.conftest import Site
from tests.web.test_window_api import call, lines, send
from web import uploads
from web.visitors import chat_id_of, new_token

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"


def named(value: object) -> str:
    """What a case is called: by its file; what is packed bears the time."""
    return value if isinstance(value, str) else ""


def package(*names: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name in names:
            archive.writestr(name, "<a/>")
    return written.getvalue()


def upload(site: Site, token: str, name: str, content: bytes, message_id: str = "file-00001") -> tuple[int, str]:
    query = urllib.parse.urlencode({"id": message_id, "name": name})
    status, told, _ = call(site, f"/api/files?{query}", token=token, body=content)
    return status, told if isinstance(told, str) else ""


def detail(told: str) -> str:
    return str(json.loads(told)["detail"])


@pytest.fixture
def visitor(site: Site) -> str:
    """Somebody with a ticket."""
    token = new_token()
    send(site, token, "message-0001", action="human")
    return token


def kept(site: Site, token: str) -> list[tuple[str, str, str]]:
    with site.office.reading() as session:
        contact = contacts.find(session, Address("web", chat_id_of(token) or ""))
        assert contact is not None
        found = visitor_files.of_contact(session, contact.key)
        return [(each.name, each.kind, each.sha256) for each in found]


def on_disk(site: Site) -> set[str]:
    return {each.name for each in (site.office.settings.home / stored_files.FOLDER).glob("*")}


def test_a_ledger_of_assets_is_read_and_forgotten(site: Site, tmp_path: Path) -> None:
    token = new_token()
    row = ("商标", "77", "示例标", "", "2017-03-15", "", "", "有效")
    write_xlsx(tmp_path / "台账.xlsx", "台账", list(COLUMNS), [row])
    content = (tmp_path / "台账.xlsx").read_bytes()
    assert upload(site, token, "台账.xlsx", content)[0] == 202
    shown = json.dumps(lines(site, token), ensure_ascii=False)
    assert "新增 1 件" in shown
    assert asset_wording.SAVE in shown
    assert on_disk(site) == set()
    status, told = upload(site, token, "台账.xlsx", b"PK" + b"0" * asset_files.LARGEST_BYTES, "file-00002")
    assert (status, asset_wording.TOO_LARGE in told) == (409, False)  # larger than a ledger: any other file
    assert upload(site, token, "台账.xlsx", b"no spreadsheet", "file-00003")[0] == 415


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("证书.pdf", PDF),
        ("说明.DOCX", package("[Content_Types].xml", "word/document.xml")),
        ("照片.jpg", b"\xff\xd8\xff\xe0" + b"\x00" * 40),
        ("表.csv", "名称,数量\n示例,1".encode("gb18030")),
        ("录音.m4a", b"\x00\x00\x00\x20ftypM4A " + b"\x00" * 40),
    ],
    ids=named,
)
def test_a_file_is_kept_by_its_hash_and_told_to_staff(site: Site, visitor: str, name: str, content: bytes) -> None:
    assert upload(site, visitor, name, content)[0] == 202
    sha256 = hashlib.sha256(content).hexdigest()
    assert [(each[0], each[2]) for each in kept(site, visitor)] == [(name, sha256)]
    path = site.office.settings.home / stored_files.FOLDER / sha256
    assert path.read_bytes() == content
    assert path.stat().st_mode & 0o077 == 0
    shown = [line["text"] for line in lines(site, visitor) if not line["ours"]]
    assert shown[-1].startswith(f"文件：{name}（")
    assert "已转给工作人员" in str(lines(site, visitor)[-1]) or "GD-" in str(lines(site, visitor)[-1])


def test_a_name_stands_on_one_line_and_reads_as_it_is_written(site: Site, visitor: str) -> None:
    assert upload(site, visitor, "证\r\n书\u2028\u202e 一.pdf", PDF)[0] == 202
    assert kept(site, visitor)[0][0] == "证 书 一.pdf"
    assert "不收 .exe 文件" in detail(upload(site, visitor, "fdp.\u202eexe", PDF, "file-00002")[1])


def test_the_same_upload_twice_is_one_file(site: Site, visitor: str) -> None:
    assert [upload(site, visitor, "证书.pdf", PDF)[0] for _ in range(2)] == [202, 202]
    assert len(kept(site, visitor)) == 1


@pytest.mark.parametrize(
    ("name", "content", "told_so"),
    [
        ("工具.exe", b"MZ", (409, "不收 .exe 文件")),
        ("无后缀", PDF, (409, "文件名没有后缀")),
        ("证书.pdf", b"MZ\x90\x00", (415, "内容却不是这种文件")),
        ("证书.txt", b"MZ\x90\x00", (415, "内容却不是文本")),
        ("网页.txt", b"<!doctype html><script>1</script>", (415, "内容却不是文本")),
        ("照片.png", PDF, (415, "内容却不是这种文件")),
        ("宏.docx", package("word/document.xml", "word/vbaProject.bin"), (415, "文件里有宏")),
        ("压缩.docx", package("a.txt"), (415, "内容却不是这种文件")),
        ("断.docx", package("word/document.xml")[:40], (415, "文件不完整")),
        ("空.pdf", b"", (422, "文件是空的")),
        ("大.pdf", PDF + b"\x00" * files.LARGEST_BYTES, (409, "文件超过 20 MB")),
    ],
    ids=named,
)
def test_what_is_refused_says_why_and_leaves_nothing(
    site: Site, visitor: str, name: str, content: bytes, told_so: tuple[int, str]
) -> None:
    before = on_disk(site)
    got, told = upload(site, visitor, name, content)
    status, why = told_so
    assert (got, why in detail(told)) == (status, True), told
    assert detail(told).startswith(f"“{name}”没有收下：")
    assert kept(site, visitor) == []
    assert on_disk(site) == before


def test_without_a_ticket_or_a_token_no_byte_is_kept(site: Site) -> None:
    status, told = upload(site, new_token(), "证书.pdf", PDF)
    assert (status, "请先点“转人工”" in detail(told)) == (409, True)
    assert upload(site, "stranger", "证书.pdf", PDF)[0] == 401


def test_a_file_that_lies_about_its_size_stops_at_the_limit(
    site: Site, visitor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LARGEST_BYTES", 1000)
    before = on_disk(site)
    with connection(site, visitor, "Transfer-Encoding: chunked") as (sent, answer):
        sent.sendall(b"7d0\r\n" + b"%PDF" * 500 + b"\r\n0\r\n\r\n")
        assert "文件超过 20 MB" in answer.read().decode()
    assert on_disk(site) == before


def test_an_upload_that_is_cut_off_leaves_nothing(site: Site, visitor: str) -> None:
    before = on_disk(site)
    with connection(site, visitor, f"Content-Length: {len(PDF) + 1000}") as (sent, _):
        sent.sendall(PDF)
    until = time.monotonic() + 10
    while on_disk(site) != before and time.monotonic() < until:
        time.sleep(0.02)
    assert on_disk(site) == before
    assert kept(site, visitor) == []


class connection:  # noqa: N801  used like a function
    """A raw request, its head sent; the socket and its answer."""

    def __init__(self, site: Site, token: str, header: str) -> None:
        host, _, port = site.address.removeprefix("http://").partition(":")
        self.socket = socket.create_connection((host, int(port)), timeout=20)
        path = f"/api/files?id=file-00009&name={urllib.parse.quote('证书.pdf')}"
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nX-Visitor: {token}\r\nConnection: close\r\n{header}\r\n\r\n"
        self.socket.sendall(head.encode())

    def __enter__(self) -> tuple[socket.socket, io.BufferedReader]:
        return self.socket, self.socket.makefile("rb")

    def __exit__(self, *_: object) -> None:
        self.socket.close()


def test_too_many_a_day_and_too_many_at_once_are_told(
    site: Site, visitor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "AT_ONCE", 0)
    status, told = upload(site, visitor, "证书.pdf", PDF)
    assert (status, "一次最多同时发 0 个" in detail(told)) == (429, True)
    monkeypatch.undo()
    monkeypatch.setattr(files, "MOST_A_DAY", 2)
    answers = [upload(site, visitor, "证书.pdf", PDF, f"file-0010{n}") for n in range(3)]
    assert [status for status, _ in answers] == [202, 202, 409]
    assert "一天最多发 2 个文件" in detail(answers[2][1])


def test_a_full_disk_takes_no_file(site: Site, visitor: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_files, "FREE_BYTES", 2**80)
    status, told = upload(site, visitor, "证书.pdf", PDF)
    assert (status, "放不下文件" in detail(told)) == (409, True)


def test_an_erased_person_s_files_leave_the_disk_and_others_stay(
    site: Site, visitor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_files, "GRACE_SECONDS", -60.0)
    shared, own = PDF + b"\nshared", PDF + b"\nown"
    other = new_token()
    send(site, other, "message-0001", action="human")
    for token, content, number in ((visitor, shared, 1), (visitor, own, 2), (other, shared, 1)):
        assert upload(site, token, "证书.pdf", content, f"file-0100{number}")[0] == 202
    office = site.office
    with office.writing() as session:
        contact = contacts.find(session, Address("web", chat_id_of(visitor) or ""))
        assert contact is not None
        forget_person(session, contact, office.desk.now(), actor="test", key=b"")
        rows = session.exec(select(VisitorFile).where(VisitorFile.contact_id == contact.key)).all()
        assert {(each.name, each.sha256) for each in rows} == {("", "")}
    housekeeping.keep_house(office)
    assert hashlib.sha256(own).hexdigest() not in on_disk(site)
    assert hashlib.sha256(shared).hexdigest() in on_disk(site)
    assert kept(site, other)[0][0] == "证书.pdf"


def test_the_list_shows_names_as_they_are(site: Site, visitor: str, capsys: pytest.CaptureFixture[str]) -> None:
    from bot.visitor_files import list_files

    upload(site, visitor, "[/x]合同.pdf", PDF)
    list_files(site.office)
    assert "[/x]合同.pdf" in capsys.readouterr().out


def test_a_file_is_taken_out_on_the_machine_and_never_over_another(site: Site, visitor: str, tmp_path: Path) -> None:
    from bot.visitor_files import NoFileError, save_file

    upload(site, visitor, "证书 13812345678.pdf", PDF)
    with site.office.reading() as session:
        contact = contacts.find(session, Address("web", chat_id_of(visitor) or ""))
        assert contact is not None
        ticket = tickets.alive_of(session, contact.key)
        assert ticket is not None
        number = visitor_files.of_ticket(session, ticket.key)[0].key
        assert "证书 13812345678.pdf" in ticket_messages.of_ticket(session, ticket.key)[-1].text
    target = tmp_path / "out.pdf"
    save_file(site.office, number, target)
    assert target.read_bytes() == PDF
    with pytest.raises(NoFileError, match="已经存在"):
        save_file(site.office, number, target)
    with pytest.raises(NoFileError, match="没有文件"):
        save_file(site.office, 10**6, tmp_path / "x")
