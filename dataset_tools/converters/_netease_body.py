"""The body of a NetEase article: its paragraphs, and the notes that stand among them."""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dataset_tools.converters._netease_head import Head
from dataset_tools.converters._netease_lines import Line, count, find, first, hit, squeezed

_DISCLAIMER = re.compile(r"特别声明:(?:以上|本文).*网易|Notice: *The (?:content|above)")
_NOTE = re.compile(r"(?:特别|免责)?声明:|Notice:")
_END = re.compile(
    r"(?:网易跟贴|登录并发贴|网易荐新闻|相关推荐|热点推荐|为您推荐|热点新闻|查看更多跟贴|去跟贴广场看看|分享到:"
    r"|/ *阅读下一篇 */|注册\|手机发跟贴|无障碍浏览.*|往期回顾 全部|网友跟贴.*"
    r"|跟贴 *[0-9.]+万?(?: *参与 *[0-9.]+万?)?)$"
    r"|网友评论仅供其表达个人看法|返回网易首页|目前没有热门跟贴|[0-9.]+万?人跟贴 *\||[0-9.]+万? *文章数 "
    r"|.{0,20}网易公司版权所有"
)
_END_OF_COLUMN = re.compile(r"(?:往期回顾|作者简介|网易商业易信官号)$")
_WIDGETS = re.compile(r"重点推荐$")
_ORIGIN = re.compile(r"(?:[^ :]{1,20} +)?(?:本文来源:|责任编辑:).{0,200}$")
_EDITOR = re.compile(r".*责任编辑: *([^ )]+)")
_EDITOR_LINE = re.compile(r"\(?责任编辑: *[^ ]{1,30}\)?$")
_ORIGIN_NAME = re.compile(r".*?本文来源: *(.*?) *(?:作者:.*|责任编辑:.*|。.*)?$")
_ORIGINAL_TITLE = re.compile(r"(\()?原标题: *(.+)$")
_SUMMARY = re.compile(r"\[摘要:")
_LICENCE = re.compile(r"本?文为.{1,60}授权")
_READ_ON = re.compile(r"延伸阅读$")
_PAGER = re.compile(r"[0-9]*/[0-9]+$")
_TRAILER = re.compile(r"[0-9.]+万?$")
_ABOUT_AUTHOR = re.compile(r"作者简介$")
_TAKING_PART = re.compile(r"(?:跟贴 *[0-9.]+万? *)?参与 *([0-9.]+万?)$|([0-9.]+万?) *人参与$")
_SHORTEST_SUMMARY = 15
_OPENING = 4  # lines at either end of a body among which notes stand
_SPACES = 8  # more white space than a repeated title may have


@dataclass(frozen=True, slots=True)
class Body:
    """What stands from the head to the comments; `end` is the index of the first line below the paragraphs."""

    paragraphs: tuple[Line, ...]
    end: int
    original_title: str | None = None
    editor: str | None = None
    origin: str | None = None
    disclaimers: tuple[str, ...] = ()
    author_bio: str | None = None
    comment_count: int | None = None


def read_body(lines: Sequence[Line], head: Head) -> Body:
    """The body below `head`."""
    if head.layout == "column":
        return _body_of_column(lines, head)
    if head.layout == "account":
        disclaimer = find(lines, _DISCLAIMER, head.body)
        return _body(lines, head, find(lines, _END, head.body) if disclaimer is None else disclaimer)
    below = find(lines, _END, head.body)
    stop = first(find(lines, _DISCLAIMER, head.body, below), below)
    origin = _last(lines, _ORIGIN, head.body, stop)
    end = first(origin, stop, find(lines, _WIDGETS, head.body, stop))
    return _body(lines, head, end, lines[origin] if origin is not None else None)


def _body_of_column(lines: Sequence[Line], head: Head) -> Body:
    opening = range(head.body, min(head.body + _OPENING, len(lines)))
    notes = [i for i in opening if _SUMMARY.match(lines[i].key) or _ORIGINAL_TITLE.match(lines[i].key)]
    start = max(notes, default=head.body - 1) + 1
    stop = first(find(lines, _END_OF_COLUMN, start), find(lines, _END, start), len(lines)) or len(lines)
    licence = _last(lines, _LICENCE, start, stop)
    end = first(licence, find(lines, _PAGER, start, stop), stop)
    return Body(
        paragraphs=tuple(_paragraphs(lines[start:end], head.title)),
        end=stop,
        original_title=_original_title(lines[head.body : start]),
        disclaimers=_licence(lines[licence:stop] if licence is not None else ()),
        author_bio=_below(lines, _ABOUT_AUTHOR, stop),
    )


def _licence(lines: Sequence[Line]) -> tuple[str, ...]:
    return tuple(line.text for line in itertools.takewhile(lambda line: not _PAGER.match(line.key), lines))


def _body(lines: Sequence[Line], head: Head, end: int | None, origin: Line | None = None) -> Body:
    stop = len(lines) if end is None else end
    region = lines[head.body : stop]
    frame = [*region[:_OPENING], *region[-_OPENING:]]
    inner: Sequence[Line] = [line for line in region if not (line in frame and _is_note(line))]
    if head.layout != "account":
        inner = _without_summary(_without_trailer(inner, lines[: head.body]))
    return Body(
        paragraphs=tuple(_paragraphs(inner, head.title)),
        end=stop,
        original_title=_original_title(frame),
        editor=_editor([origin] if origin else frame),
        origin=_part(origin, _ORIGIN_NAME) if origin else None,
        disclaimers=_disclaimers(lines, stop),
        comment_count=_comment_count(lines, stop) if head.comment_count is None else None,
    )


def _is_note(line: Line) -> bool:
    return bool(_ORIGINAL_TITLE.match(line.key) or _EDITOR_LINE.match(line.key))


def _paragraphs(region: Sequence[Line], title: Line) -> Iterator[Line]:
    reading_on = False
    for line in _without_widgets(region):
        reading_on = bool(_READ_ON.match(line.key)) or (reading_on and line.is_item)
        if not (reading_on or _PAGER.match(line.key) or _repeats(line, title)):
            yield line


def _repeats(line: Line, title: Line) -> bool:
    """Whether the line is the title once more: the text of an image."""
    return len(line.text) <= len(title.text) + _SPACES and squeezed(line.text) == squeezed(title.text)


def _without_widgets(region: Sequence[Line]) -> list[Line]:
    """Without pairs of lines, the second with a colon, whose first line or whose whole stands below them once more."""
    kept: list[Line] = []
    skip = 0
    for i, line in enumerate(region):
        skip = 3 if _is_widget(region[i : i + 3]) else max(0, skip - 1)
        if not skip:
            kept.append(line)
    return kept


def _is_widget(three: Sequence[Line]) -> bool:
    if len(three) < 3 or three[1].opens or not three[1].key.endswith(":"):
        return False
    name, offer, again = (line.text for line in three)
    return again in (name, name + offer[:-1])


def _without_summary(region: Sequence[Line]) -> Sequence[Line]:
    text = region[0].text if region else ""
    is_summary = len(text) > _SHORTEST_SUMMARY and text[0] in "[［" and text[-1] in "]］"
    return region[1:] if is_summary else region


def _without_trailer(region: Sequence[Line], above: Sequence[Line]) -> Sequence[Line]:
    """Without the counts and the advertisement of the head that stand below a body with no line of its origin."""
    names = {line.text for line in above}
    end = len(region)
    while end and (_TRAILER.match(region[end - 1].key) or region[end - 1].text in names):
        end -= 1
    return region[:end]


def _disclaimers(lines: Sequence[Line], end: int) -> tuple[str, ...]:
    start = find(lines, _DISCLAIMER, end, end + _OPENING)
    if start is None:
        return ()
    notes = itertools.takewhile(lambda line: _NOTE.match(line.key), lines[start:])
    return tuple(line.text for line in notes)


def _comment_count(lines: Sequence[Line], end: int) -> int | None:
    found = hit(lines, _TAKING_PART, end)
    return count(found[1][1] or found[1][2]) if found else None


def _below(lines: Sequence[Line], pattern: re.Pattern[str], start: int) -> str | None:
    at = find(lines, pattern, start)
    return lines[at + 1].text if at is not None and at + 1 < len(lines) else None


def _original_title(lines: Sequence[Line]) -> str | None:
    found = hit(lines, _ORIGINAL_TITLE)
    if not found:
        return None
    title = lines[found[0]].text[found[1].start(2) :]
    return title[:-1].rstrip() if found[1][1] and title[-1] in ")）" else title


def _editor(lines: Sequence[Line]) -> str | None:
    return next((name for line in lines if (name := _part(line, _EDITOR))), None)


def _part(line: Line, pattern: re.Pattern[str]) -> str | None:
    found = pattern.match(line.key)
    return line.text[found.start(1) : found.end(1)] or None if found else None


def _last(lines: Sequence[Line], pattern: re.Pattern[str], start: int, stop: int | None) -> int | None:
    indices = range(start, len(lines) if stop is None else stop)
    return next((i for i in reversed(indices) if pattern.match(lines[i].key)), None)
