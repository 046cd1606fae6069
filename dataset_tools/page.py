"""A page: raw bytes and where they came from."""

import codecs
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_HEADER_CHARSET = re.compile(r"charset\s*=\s*\"?([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_META_REACH = 1024  # WHATWG HTML 13.2.3.2: a declaration stands in the first 1,024 bytes
# WHATWG Encoding, section 4.2: these labels name the larger encoding that real pages use
_LARGER = {"gb2312": "gb18030", "gbk": "gb18030", "iso-8859-1": "cp1252", "latin-1": "cp1252", "ascii": "cp1252"}


class UndecodableText(ValueError):
    """The bytes of a page are not text in the encoding that they declare, nor in UTF-8."""


@dataclass(frozen=True)
class Page:
    """Raw bytes and where they came from.

    `uri` is the path below the source; `place` is where inside an archive. `url`, `fetched_at`, `status`, `headers` and
    `media_type` are what the source knows of the fetch, None or empty where it knows nothing.
    """

    uri: str
    body: bytes
    url: str | None = None
    fetched_at: datetime | None = None
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    media_type: str | None = None
    place: str | None = None

    @cached_property
    def sha256(self) -> str:
        """The SHA-256 of the body, 64 hex digits."""
        return hashlib.sha256(self.body).hexdigest()

    @cached_property
    def text(self) -> str:
        """The body as text: by its byte order mark, else its declared charset, else UTF-8; raises UndecodableText."""
        for mark, encoding in _BOMS:
            if self.body.startswith(mark):
                return _decode(self.body[len(mark) :], encoding)
        return _decode(self.body, self._declared_charset() or "utf-8")

    def _declared_charset(self) -> str | None:
        in_header = _HEADER_CHARSET.search(self.media_type or "")
        if in_header:
            return in_header[1]
        in_meta = _META_CHARSET.search(self.body[:_META_REACH])
        return in_meta[1].decode("ascii") if in_meta else None


def _decode(body: bytes, label: str) -> str:
    name = _LARGER.get(label.lower(), label)
    try:
        return body.decode(codecs.lookup(name).name)
    except (LookupError, UnicodeError) as error:
        raise UndecodableText(f"the bytes are not text in {label!r}: {error}") from error
