"""The lists below a NetEase article: recommended articles, the author's card, the headlines of the channels."""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from dataset_tools.converters._netease_lines import TIME, Line, count, find, hit, instant, squeezed

_HOT = re.compile(r"(?:热点推荐|相关推荐)$")
_LIST = re.compile(r"(?:热点推荐|相关推荐|(为您推荐))$")
_END_OF_FOR_YOU = re.compile(r"\+ *加载更多新闻$|×$|热点新闻$|阅读下一篇$|返回网易首页")
_TIME = re.compile(rf"({TIME})$")
_FOLLOWERS = re.compile(r"([0-9.]+万?) *文章数 *([0-9.]+万?) *关注度$")
_ABOVE_CARD = re.compile(rf"{TIME}$|(?:热点推荐|相关推荐)$")
_BADGE = re.compile(r" +incentive-icons$")
_SECTION = re.compile(r"(?:[\u4e00-\u9fff]{2,4}(?:要闻|新闻)|公开课)$")
_TABS = re.compile(r"态度原创$")
_FIGURE = re.compile(r"[-+]?[0-9.,]+%?$")
_SCRIPTED = re.compile(rf"[0-9.]+万? *跟贴|ie$|.* {TIME}$")
_POSTS = re.compile(r"[0-9.]+万? *跟贴")
_AGO = re.compile(r".{0,6}前$|刚刚$|昨天|今天")
_TALLEST_CARD = 6  # name with badge, name, up to three lines of description, counts
_LONGEST_TAB = 4


@dataclass(frozen=True, slots=True)
class Recommendation:
    """An article that the page recommends; one that cannot be read has no title."""

    line: Line
    title: str | None
    source_name: str | None = None
    published_at: datetime | None = None
    relative_time: str | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """The author's card; `top` and `bottom` are the indices of its first line and of the first line below it."""

    top: int
    bottom: int
    name: str | None = None
    bio: str | None = None
    article_count: int | None = None
    follower_count: int | None = None


@dataclass(frozen=True, slots=True)
class Headline:
    """A headline and the channel section above it."""

    line: Line
    section: str


@dataclass(frozen=True, slots=True)
class Tail:
    """All that stands below the body."""

    card: Card | None
    recommendations: Sequence[Recommendation]
    headlines: Sequence[Headline]
    captured_at: datetime | None


def read_tail(lines: Sequence[Line], start: int) -> Tail:
    """The lists from `start`, the line below the body."""
    card = _card(lines, start)
    found = hit(lines, _LIST, start)
    if found and found[1][1]:
        end = find(lines, _END_OF_FOR_YOU, found[0])
        return Tail(card, list(_for_you(lines[found[0] + 1 : end])), (), None)
    top = found[0] if found else len(lines)
    end = card.top if card else _below_last_time(lines, top)
    groups = list(_groups(lines[top:end]))
    return Tail(
        card=card,
        recommendations=[_recommendation(group) for group in groups if len(group) > 1],
        headlines=list(_headlines(lines[card.bottom if card else end :])),
        captured_at=_captured_at(groups),
    )


def _captured_at(groups: Sequence[Sequence[Line]]) -> datetime | None:
    """The lone time between the recommended articles and the author's card: when the page was rendered."""
    return instant(groups[-1][0].key) if groups and len(groups[-1]) == 1 else None


def _below_last_time(lines: Sequence[Line], top: int) -> int:
    return next((i + 1 for i in range(len(lines) - 1, top, -1) if _TIME.match(lines[i].key)), top)


def _card(lines: Sequence[Line], start: int) -> Card | None:
    """The first author's card from `start`, known by its line of counts."""
    found = hit(lines, _FOLLOWERS, start)
    if not found:
        return None
    at, counts = found
    top = _top_of_card(lines, start, at)
    name, about = _name_and_bio([line.text for line in lines[top:at]])
    return Card(top, at + 1, name, "\n".join(about) or None, count(counts[1]), count(counts[2]))


def _top_of_card(lines: Sequence[Line], start: int, at: int) -> int:
    top = at
    while top > max(start, at - _TALLEST_CARD + 1) and not _ABOVE_CARD.match(lines[top - 1].key):
        top -= 1
    return top


def _name_and_bio(texts: Sequence[str]) -> tuple[str | None, Sequence[str]]:
    """The name stands twice, first with a badge, then comes the description; or the name stands once."""
    for i, (image, name) in enumerate(itertools.pairwise(texts)):
        if image == name or image.startswith(f"{name} "):
            return name, texts[i + 2 :]
    if len(texts) + 1 < _TALLEST_CARD and texts:
        return _BADGE.sub("", texts[0]), texts[1:]
    return None, ()


def _groups(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Lines up to and with each time; lists that a script loaded are left out."""
    group: list[Line] = []
    for line in lines:
        if line.is_item or _SCRIPTED.match(line.key) or _HOT.match(line.key):
            group = []
            continue
        group.append(line)
        if _TIME.match(line.key):
            yield group
            group = []


def _recommendation(group: Sequence[Line]) -> Recommendation:
    """[title, title, source, time], where one title or the source may lack."""
    *above, time = group
    texts = [line.text for line in above[-3:]]
    when = instant(time.key)
    is_twice = len(texts) > 1 and squeezed(texts[0]) == squeezed(texts[1])
    if len(texts) == 3 and is_twice:
        return Recommendation(above[-3], texts[1], texts[2], when)
    if len(texts) == 2:
        return Recommendation(above[0], texts[0], None if is_twice else texts[1], when)
    return Recommendation(above[0], None)


def _for_you(lines: Sequence[Line]) -> Iterator[Recommendation]:
    """Groups [title, category and tags, |, source, time, N 跟贴N]."""
    group: list[Line] = []
    for line in lines:
        if line.is_item:
            continue
        if not _POSTS.match(line.key):
            group.append(line)
            continue
        if group:
            yield _for_you_group(group)
        group = []


def _for_you_group(group: Sequence[Line]) -> Recommendation:
    bar = next((i for i, line in enumerate(group) if line.key == "|"), 0)
    if bar == 0 or len(group) != bar + 3:
        return Recommendation(group[0], None)
    title, source, time = group[max(0, bar - 2)], group[bar + 1], group[bar + 2]
    ago = time.text if _AGO.match(time.key) else None
    return Recommendation(title, title.text, source.text, instant(time.key) if _TIME.match(time.key) else None, ago)


def _headlines(lines: Sequence[Line]) -> Iterator[Headline]:
    """The headlines of the channel sections; a section without one has none."""
    section, in_tabs = None, False
    for above, line in zip([None, *lines], lines, strict=False):
        in_tabs = bool(_TABS.match(line.key)) or (in_tabs and _is_tab(line, above))
        if in_tabs or line.is_item:
            section = None
        elif _SECTION.match(line.key):
            section = line.text
        elif section:
            if not _FIGURE.match(line.key):
                yield Headline(line, section)
            section = None


def _is_tab(line: Line, above: Line | None) -> bool:
    """Whether the line is a channel's name in the block below 态度原创, or an item before that block."""
    if line.is_item or not above:
        return line.is_item
    is_first = above.is_item or bool(_TABS.match(above.key))
    return (is_first or not line.opens) and len(line.text) <= _LONGEST_TAB and not line.key.endswith(("要闻", "新闻"))
