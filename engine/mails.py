"""Attachments out of mails: .eml by the standard library, Outlook .msg by reading its OLE streams (ecosystem 1.8)."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import dataclass
from email.header import decode_header
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from email.message import Message

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADER = re.compile(
    rb"^(?:received|return-path|from|to|date|subject|mime-version|message-id|delivered-to|x-[\w-]+):", re.IGNORECASE
)
# Property ids of MAPI: long and short file name, content; 001F is UTF-16 text, 001E text in some code page, 0102 bytes.
_LONG_NAME, _SHORT_NAME, _CONTENT = "3707", "3704", "3701"
# Chinese mail programs say gb2312 and write GBK; the wider set reads both.
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "gb_2312-80": "gb18030", "unknown-8bit": "gb18030"}


class MailError(Exception):
    """A mail that cannot be read."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file attached to a mail."""

    name: str
    data: bytes


def is_mail(name: str, data: bytes) -> bool:
    """Say whether these bytes are a mail, by content for .eml and by its streams for .msg."""
    if data.startswith(_OLE):
        return name.lower().endswith(".msg") or b"_\x00_\x00n\x00a\x00m\x00e\x00i\x00d\x00" in data[:65536]
    head = data[:4096].lstrip()
    return bool(_HEADER.match(head)) and (name.lower().endswith(".eml") or b"\nmime-version:" in head.lower())


def open_mail(name: str, data: bytes) -> list[Attachment]:
    """Return the attachments in order; MailError when the mail cannot be read. Pictures shown in the text are left out."""
    try:
        return _open_outlook(data) if data.startswith(_OLE) else _open_mime(data)
    except Exception as error:  # the parsers of mails raise whatever comes: a half header, nesting without end
        raise MailError(f"{name}: {error}") from error


def _open_mime(data: bytes) -> list[Attachment]:
    message = email.message_from_bytes(data, policy=email.policy.compat32)
    found = []
    for part in message.walk():
        if part.get_content_type() == "message/rfc822":
            continue  # what it carries is walked as well
        name = _mime_name(part)
        is_shown = part.get("Content-ID") and part.get_content_maintype() == "image"
        if part.is_multipart() or not name or is_shown:
            continue
        body = part.get_payload(decode=True)
        found.append(Attachment(name, body if isinstance(body, bytes) else b""))
    return found


def _mime_name(part: Message) -> str:
    """Return the file name of a part: RFC 2231, RFC 2047 or raw bytes in some Chinese encoding; '' when it has none."""
    given = part.get_param("filename", header="content-disposition") or part.get_param("name", header="content-type")
    if not given:
        return ""
    if isinstance(given, tuple):
        charset, _, text = given
        return _decode(text.encode("latin-1", "surrogateescape"), charset or "utf-8")
    pieces = []
    for piece, charset in decode_header(str(given)):
        raw = piece if isinstance(piece, bytes) else piece.encode("utf-8", "surrogateescape")
        pieces.append(_decode(raw, charset or "utf-8"))
    return "".join(pieces).replace("\\", "/").rsplit("/", 1)[-1].strip()


def _decode(raw: bytes, charset: str) -> str:
    wanted = _WIDER.get(charset.lower(), charset)
    for encoding in (wanted, "utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return raw.decode("latin-1")


def _open_outlook(data: bytes) -> list[Attachment]:
    import olefile

    with olefile.OleFileIO(BytesIO(data)) as container:
        streams = {"/".join(path): path for path in container.listdir()}
        folders = sorted({path.split("/")[0] for path in streams if path.startswith("__attach_version1.0_")})
        found = []
        for folder in folders:
            content = streams.get(f"{folder}/__substg1.0_{_CONTENT}0102")
            if content is None:
                continue  # a mail within the mail has no bytes of its own
            name = _outlook_text(container, streams, folder, _LONG_NAME) or _outlook_text(
                container, streams, folder, _SHORT_NAME
            )
            found.append(Attachment(name or "附件", container.openstream(content).read()))
    return found


def _outlook_text(container: Any, streams: dict[str, list[str]], folder: str, prop: str) -> str:
    wide, narrow = streams.get(f"{folder}/__substg1.0_{prop}001F"), streams.get(f"{folder}/__substg1.0_{prop}001E")
    if wide:
        return container.openstream(wide).read().decode("utf-16-le", "replace").rstrip("\0")
    return _decode(container.openstream(narrow).read(), "gb18030").rstrip("\0") if narrow else ""
