"""The head of a NetEase article: its layout, and what stands from the breadcrumb down to the first paragraph."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dataset_tools.converters._netease_lines import TIME, Line, Refused, count, find, hit, instant
from dataset_tools.record import NotMine

_CRUMBS = re.compile(r"网易首页 *>")
_ARTICLE_CRUMBS = re.compile(r"网易首页 *>(?:.*>)? *正文(?: +申请入驻)?$")
_JOIN = re.compile(r"申请入驻$")
_BYLINE = re.compile(rf"({TIME}) *(?:来源: *(.*)|(?:[^ ]{{2,6}} *)?举报)?$")
_SOURCE_BYLINE = re.compile(rf"({TIME}) *来源: *(.*)$")
_COLUMN_BYLINE = re.compile(rf"([^ ].{{0,60}}?) +({TIME}) +([0-9.]+万?) *人参与评论$")
_MOBILE_BYLINE = re.compile(rf"({TIME}) +(?:来源: *)?([^ ].{{0,30}})$")
_MOBILE_EDITOR = re.compile(r"\(?责任编辑: *[^ ]{1,20}_[A-Z]{1,5}[0-9]{2,7}\)?$")
_REPORT = re.compile(r"(?:^|\s)举报$")
_SHARE = re.compile(r"分享[至到]:?$")
_COUNT = re.compile(r"(?:快速发贴 *)?([0-9.]+万?)$")
_BELOW_BYLINE = re.compile(
    r"(?:(?:快速发贴 *)?[0-9.]+万?|快速发贴|分享[至到]:?|T *\+ *-|举报|Scan me!|用微信扫码二维码|分享至好友和朋友圈"
    r"|易信|微信|QQ空间|微博|更多)$"
)
_COMMENTS = re.compile(r"网友评论仅供其表达个人看法,并不表明网易立场")
_SITE = re.compile(
    r"网友评论仅供其表达个人看法,并不表明网易立场|网易荐新闻$|返回网易首页|下载网易新闻客户端$|网易跟贴$"
    r"|网易首页 *>|特别声明:.*网易号|.{0,20}网易公司版权所有"
)
_OF_ACCOUNT = re.compile(r"特别声明:.*网易号")
_CHANNELS = re.compile(r"(?:[^ ]{2,6} +){8}")
REGION = re.compile(
    "北京|天津|河北|山西|内蒙古|辽宁|吉林|黑龙江|上海|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|广西|海南|重庆"
    "|四川|贵州|云南|西藏|陕西|甘肃|青海|宁夏|新疆|(?:中国)?(?:香港|澳门|台湾)|海外"
)
_DATED = re.compile(TIME)
_REACH = 12  # lines from the breadcrumb to the first paragraph, advertisements included
_SHARE_REACH = 8  # lines from the byline to 分享至
_LONGEST_BUTTON = 8


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above the body; `body` is the index of the first line below it, `source` all that follows 来源:."""

    layout: str
    title: Line
    body: int
    source: str | None = None
    published_at: datetime | None = None
    comment_count: int | None = None
    channel: str | None = None


def read_head(lines: Sequence[Line]) -> Head:
    """The head of an article; raises NotMine for another page, Refused where there is no title or no known layout."""
    head = _column(lines) or _below_breadcrumb(lines) or _at_byline(lines) or _mobile(lines)
    if head:
        return head
    if find(lines, _COMMENTS) is not None and find(lines, _DATED) is not None:
        raise Refused("unknown-layout", "a NetEase page with comments and a time, but the head of no known layout")
    raise NotMine("no head of a NetEase article")


def _column(lines: Sequence[Line]) -> Head | None:
    at = next((i for i, line in enumerate(lines) if line.key.endswith("人参与评论")), len(lines))
    found = hit(lines, _COLUMN_BYLINE, at, at + 1)
    if not found or find(lines, _SITE) is None:
        return None
    match = found[1]
    return Head(
        layout="column",
        title=_title_above(lines, at),
        body=at + 1,
        source=lines[at].text[: match.end(1)],
        published_at=instant(match[2]),
        comment_count=count(match[3]),
        channel=_channel(lines[:at]),
    )


def _below_breadcrumb(lines: Sequence[Line]) -> Head | None:
    crumbs = find(lines, _ARTICLE_CRUMBS)
    if crumbs is None:
        return None
    top = _end_of_run(lines, crumbs + 1, _JOIN)
    share = find(lines, _SHARE, top, top + _REACH)
    byline = hit(lines, _BYLINE, top, top + _REACH if share is None else share)
    if byline:
        share = _share_below(lines, byline[0])
    if byline is None and share is None:
        raise Refused("unknown-layout", "neither a time nor 分享至 below the breadcrumb", lines[crumbs].place)
    channel = _channel(lines[crumbs:top])
    title = _title_above(lines, byline[0], top) if byline else _title_below(lines, top, share or top)
    return _head(lines, _layout(share, channel == "网易号"), title, byline, share, channel)


def _at_byline(lines: Sequence[Line]) -> Head | None:
    byline = hit(lines, _SOURCE_BYLINE)
    if byline is None or find(lines, _SITE) is None:
        return None
    share = _share_below(lines, byline[0])
    layout = _layout(share, share is not None and find(lines, _OF_ACCOUNT) is not None)
    return _head(lines, layout, _title_above(lines, byline[0]), byline, share, _channel(lines[: byline[0]]))


def _mobile(lines: Sequence[Line]) -> Head | None:
    byline = hit(lines, _MOBILE_BYLINE, 1, 4)
    if byline is None or find(lines, _MOBILE_EDITOR, max(0, len(lines) - 8)) is None:
        return None
    return _head(lines, "mobile", lines[byline[0] - 1], byline, None, None)


def _head(
    lines: Sequence[Line],
    layout: str,
    title: Line,
    byline: tuple[int, re.Match[str]] | None,
    share: int | None,
    channel: str | None,
) -> Head:
    top = byline[0] + 1 if byline else (share or 1) - 1
    body = _end_of_run(lines, top if share is None else share, _BELOW_BYLINE)
    counts = (_COUNT.match(line.key) for line in lines[top:body] if line is not title)
    return Head(
        layout=layout,
        title=title,
        body=body,
        source=_source(lines, byline, top if share is None else share),
        published_at=instant(byline[1][1]) if byline else None,
        comment_count=next((count(found[1]) for found in counts if found), None),
        channel=channel,
    )


def _share_below(lines: Sequence[Line], byline: int) -> int | None:
    """分享至 with nothing but buttons above it up to the byline, so that it is not that of the foot."""
    share = find(lines, _SHARE, byline + 1, byline + _SHARE_REACH)
    is_of_head = all(len(line.text) <= _LONGEST_BUTTON for line in lines[byline + 1 : share])
    return share if is_of_head else None


def _layout(share: int | None, of_account: bool) -> str:
    if of_account:
        return "account"
    return "money" if share is None else "news"


def _source(lines: Sequence[Line], byline: tuple[int, re.Match[str]] | None, stop: int) -> str | None:
    """All that follows 来源:, a province on a line of its own above 分享至 included."""
    if byline is None or byline[1][2] is None:
        return None
    at, match = byline
    below = [line.text for line in lines[at + 1 : stop] if REGION.fullmatch(line.key)]
    named = _REPORT.sub("", lines[at].text[match.start(2) :]).strip()
    return " ".join([named, *below]).strip() or None


def _title_above(lines: Sequence[Line], at: int, top: int = 0) -> Line:
    """The title is the line above the byline, unless that belongs to the block of the channel names."""
    block = at - 1
    while block > top and not lines[block].opens:
        block -= 1
    if at == top or any(_CHANNELS.match(line.key) for line in lines[block:at]):
        raise Refused("no-title", "no title above the line of the time", lines[at].place)
    return lines[at - 1]


def _title_below(lines: Sequence[Line], top: int, share: int) -> Line:
    if share == top or (share == top + 1 and _COUNT.match(lines[top].key)):
        raise Refused("no-title", "no title between the breadcrumb and 分享至", lines[top].place)
    return lines[top]


def _end_of_run(lines: Sequence[Line], start: int, pattern: re.Pattern[str]) -> int:
    return next((i for i in range(start, len(lines)) if not pattern.match(lines[i].key)), len(lines))


def _channel(lines: Sequence[Line]) -> str | None:
    at = find(lines, _CRUMBS)
    if at is None:
        return None
    steps = [step.split()[0] for step in lines[at].key.split(">")[1:] if step.strip()]
    return " > ".join(step for step in steps if step != "正文") or None
