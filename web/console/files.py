"""The files of a ticket: those its asker sent, to open on one's own machine, and one's own to send to the asker."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, File, Form, Response, UploadFile
from fastapi.responses import RedirectResponse

from consultations import audit, tickets, visitor_files
from consultations.messages import Attachment
from handlers import file_wording, files
from handlers.file_kinds import promises
from handlers.whose import Meant, of_ticket, of_ticket_id
from handlers.wish import file_name, identity, storable
from web.console.acting import ID, LONGEST, take
from web.console.console import ROOT
from web.console.visits import ForgedFormError, Looking, Posting, RefusedError, Visit
from web.uploads import saved_as

SEND = f"{ROOT}/files"
LARGEST_FORM = files.LARGEST_BYTES + 256 * 1024  # bytes: a file and what is around it
router = APIRouter()


@router.get(f"{ROOT}/files/{{number}}")
def download(visit: Looking, number: str) -> Response:
    """One file as it came, always to be saved and never shown; taking it out stands in the audit trail."""
    with visit.desk.reading() as session:
        row = visitor_files.get(session, identity(number) or 0)
        place = of_ticket_id(session, row.ticket_id) if row else None
        sha256, contact_id, name = (row.sha256, row.contact_id, row.name) if row else ("", 0, "")
    with visit.looking("ticket.show", Meant("文件", number[:20], place)):
        pass
    content = visit.console.files.read(sha256) if visit.console.files is not None else None
    if content is None:
        raise RefusedError(visit, file_wording.gone(number), 404)
    with visit.desk.writing() as session:
        audit.note(session, "file", contact_id, visit.staff.key, visit.desk.now())
    return Response(content, media_type="application/octet-stream", headers=saved_as(name))


@router.post(SEND)
def send(
    visit: Posting,
    file: Annotated[UploadFile, File()],
    once: Annotated[str, Form(max_length=64)] = "",
    about: Annotated[str, Form(max_length=40)] = "",
    words: Annotated[str, Form(max_length=LONGEST)] = "",
) -> RedirectResponse:
    """A file for the asker of a ticket, told by its content and kept; then it goes the way of every reply."""
    if not ID.fullmatch(once):
        raise ForgedFormError(422)
    with visit.desk.reading() as session:
        found = tickets.by_number(session, about)
        ticket_id, place = (found.key, of_ticket(found)) if found else (0, None)
    with visit.looking("ticket.reply", Meant("工单", about[:40].upper(), place)):
        pass
    sent = _kept(visit, file)
    take(
        visit,
        visit.inbound(once, kind="file", text=words.strip(), attachments=(sent,), thread_key=f"ticket:{ticket_id}"),
    )
    return RedirectResponse(f"{ROOT}/tickets/{about}?said={once}", status_code=303)


def _kept(visit: Visit, file: UploadFile) -> Attachment:
    """The file in our folder.

    Raises:
        RefusedError: It may not pass, or there is no room for it.
    """
    name, size = file_name(storable(file.filename or ""))[-200:], file.size or 0
    stored = visit.console.files
    if stored is None or not stored.has_room(size):
        raise RefusedError(visit, file_wording.not_sent(file_wording.NO_ROOM), 503)
    no = files.why_not_like(name, size) or ("" if size else file_wording.EMPTY)
    if no:
        raise RefusedError(visit, file_wording.not_sent(no), 422)
    with stored.receive() as incoming:
        while piece := file.file.read(2**20):
            incoming.write(piece)
        incoming.end()
        if no := promises(incoming.path, name):
            raise RefusedError(visit, file_wording.not_sent(no), 415)
        sha256 = incoming.keep()
    return Attachment(sha256, name, files.ending_of(name), size, sha256=sha256)
