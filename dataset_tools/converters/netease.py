"""NetEase (163.com) article pages as plain text → articles, recommendations, headlines.

The layouts are those of accounts (2021 to 2026), of news (2019, 2020), of finance and its column (2015) and of the
mobile site (2019). What a page does not state stays out; the time of rendering is never taken for that of publishing.
"""

import re
from collections.abc import Iterator, Sequence

from dataset_tools.converters._netease_body import Body, read_body
from dataset_tools.converters._netease_head import REGION, Head, read_head
from dataset_tools.converters._netease_lines import Line, Refused, fold, read_lines
from dataset_tools.converters._netease_lists import Tail, read_tail
from dataset_tools.page import Page, UndecodableText
from dataset_tools.record import NotMine, Record, Reject

VERSION = "1.0.0"

_KINDS = {"account": "account", "column": "column", "news": "source", "money": "source", "mobile": "source"}
_CITY = re.compile(r"(.+?) *\(([\u4e00-\u9fff]{2,4})\)$")
_NOT_A_CITY = ("版", "网", "社", "报", "刊", "台", "号", "博")
_CHINESE = re.compile(r"[\u3400-\u9fff]+")
_LETTER = re.compile(r"[^\W\d_]")


def convert(page: Page) -> Iterator[Record | Reject]:
    """The article, then its recommendations and headlines; raises NotMine, or UndecodableText for bytes of no text."""
    lines = read_lines(_text(page))
    try:
        yield from _records(page.sha256[:32], lines)
    except Refused as refusal:
        yield Reject(refusal.reason, refusal.message, place=refusal.place)


def _text(page: Page) -> str:
    if page.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        raise NotMine("markup, not the text of a page")
    try:
        return page.text
    except UndecodableText as error:
        try:
            return page.body.decode("gb18030")
        except UnicodeDecodeError:
            raise error from None


def _records(article_id: str, lines: Sequence[Line]) -> Iterator[Record | Reject]:
    head = read_head(lines)
    body = read_body(lines, head)
    if not body.paragraphs:
        raise Refused("no-paragraphs", "no paragraph below the head", head.title.place)
    tail = read_tail(lines, body.end)
    yield Record("articles", {"article_id": article_id, **_article(head, body, tail)}, head.title.place)
    yield from _recommendations(article_id, tail)
    yield from _headlines(article_id, tail)


def _article(head: Head, body: Body, tail: Tail) -> dict[str, object]:
    card = tail.card
    author, location = _author(head, body, card.name if card else None)
    paragraphs = [line.text for line in body.paragraphs]
    text = "\n".join(paragraphs)
    return {
        "layout": head.layout,
        "channel": head.channel,
        "title": head.title.text,
        "original_title": body.original_title,
        "author_name": author,
        "author_kind": _KINDS[head.layout] if author else None,
        "author_bio": card.bio if card else body.author_bio,
        "author_article_count": card.article_count if card else None,
        "author_follower_count": card.follower_count if card else None,
        "location": location,
        "published_at": head.published_at,
        "captured_at": tail.captured_at,
        "comment_count": body.comment_count if head.comment_count is None else head.comment_count,
        "editor": body.editor,
        "paragraphs": paragraphs,
        "text": text,
        "char_count": len(text),
        "language": _language(text),
        "disclaimers": list(body.disclaimers) or None,
    }


def _author(head: Head, body: Body, on_card: str | None) -> tuple[str | None, str | None]:
    """The name after 来源 and the place behind it; without 来源 the name on the card, or of the origin."""
    if head.source is None:
        return on_card or body.origin, None
    if head.layout == "column":
        return head.source, None
    name, place = _apart(head.source, on_card)
    return (name, place) if place or head.layout == "account" else (_without_city(name, body.origin), None)


def _apart(source: str, known: str | None) -> tuple[str, str | None]:
    """'NAME PROVINCE' taken apart, by the name on the card or by the names of the provinces."""
    name, _, place = source.rpartition(" ")
    if name and source != known and (REGION.fullmatch(place) or name.strip() == known):
        return name.strip(), place
    return source, None


def _without_city(source: str, origin: str | None) -> str:
    """A medium without the city of its edition, which stands behind it in brackets and is no province."""
    found = _CITY.match(fold(source))
    if not found or found[2].endswith(_NOT_A_CITY) or (origin or "").startswith(source):
        return source
    return source[: found.end(1)]


def _language(text: str) -> str:
    """zh where at least a fifth of the letters are Chinese, else und (ISO 639-2: undetermined)."""
    chinese = sum(map(len, _CHINESE.findall(text)))
    if chinese * 5 < len(text) and chinese * 5 < len(_LETTER.findall(text)):
        return "und"
    return "zh" if chinese else "und"


def _recommendations(article_id: str, tail: Tail) -> Iterator[Record | Reject]:
    position = 0
    for found in tail.recommendations:
        if found.title is None:
            message = "neither title nor source can be told from these lines"
            yield Reject("unclear-recommendation", message, "recommendations", found.line.place)
            continue
        values = {
            "article_id": article_id,
            "position": position,
            "title": found.title,
            "source_name": found.source_name,
            "published_at": found.published_at,
            "relative_time": found.relative_time,
        }
        yield Record("recommendations", values, found.line.place)
        position += 1


def _headlines(article_id: str, tail: Tail) -> Iterator[Record]:
    for position, found in enumerate(tail.headlines):
        values = {
            "article_id": article_id,
            "position": position,
            "section": found.section,
            "title": found.line.text,
        }
        yield Record("headlines", values, found.line.place)
