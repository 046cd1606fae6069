"""Write invented NetEase pages: python benchmarks/pages.py OUT [--pages 60] [--seed 0] [--bad/--no-bad]

Each page is the plain text of an article in one of five layouts, with the words of the site's frame around an invented
text. Page i depends on the seed and on i alone, so that more pages never change those before them.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click


def _words(text: str) -> list[str]:
    return text.split()


FOLDER = 1000  # pages in a folder, where there are more than these
ORDER = _words("account account news money account column account mobile news money")
NARROW = dict(zip("，：！？（）；　", ",:!?(); ", strict=True))  # what NFKC makes of the wide signs used below

_HEADS = _words("青石 白鹭 云岭 望潮 松涛 石桥 澄溪 月牙 杏花 北渡 远岸 芦荻 听雨 半山 竹影 沙洲 枫林 鹤汀")
PLACES = [head + tail for head in _HEADS for tail in "湾渡镇坞里洲村浦埠屿"]
TOPICS = _words("灯塔 茶园 图书馆 河道 观鸟台 旧书市 木船坞 陶窑 天文台 步道 果园 渡口 花圃 钟楼 水车 盐田")
SIGHTS = [place + topic for place in PLACES for topic in TOPICS]
EVENTS = _words(
    "重新开放 完成修缮 迎来第一批访客 增设夜间参观 换上新的指示牌 公布开放时间 办起免费讲座"
    " 记录到少见的候鸟 启用新的步行桥 整理出一批老照片 种下百余株树苗 恢复了旧时的模样"
)
ACTIVITIES = _words("清淤 巡护 抄录 观测 采摘 讲解 植树 修补 导览 登记")
ROLES = _words("管理员 守塔人 茶农 图书管理员 领队 船工 志愿者 窑工 教师 养护员")
SCENES = _words(
    "晨雾散去，水面上能看见对岸的树影 风从坡上吹来，叶子一层层翻动 雨后的石板路映着天光"
    " 书架间很静，只听见翻页的声音 潮水退下，滩上留着细密的纹路 炉火整夜未熄，窑口透出暖色"
)
REMARKS = _words(
    "慢一点也没有关系，只要每天都在做 以前只有本地人知道这里，现在远处的人也来了"
    " 记录的人多了，数字才可靠 这条路走的人多，所以要修得平整 书要有人借，放着就旧了 今年雨水刚好"
)
MEDIA_HEADS = _words("潮声 北渡 青禾 远岸 石桥 晨雾 松涛 澄溪 半山 鹤汀 芦荻 枫林")
MEDIA = [head + tail for head in MEDIA_HEADS for tail in _words("晚报 周刊 日报 观察 广播 新闻")]
ACCOUNT_TAILS = _words("手记 小站 笔记 漫谈 茶话 见闻 走读 图志")
PEN_NAMES = _words("岸石 听潮 禾舟 竹里 望山 小满 半亩 归帆")
BIOS = _words("记录身边的山水与手艺 每周一篇走读笔记 关注河流、茶园与旧书 观鸟爱好者，业余写作")
REGIONS = _words("北京 浙江 福建 四川 云南 湖北 江苏 广东")
CITIES = _words("杭州 厦门 成都 昆明 武汉 南京")
SECTIONS = _words("军事要闻 头条要闻 体育要闻 娱乐要闻 财经要闻 科技要闻 汽车要闻")
TABS = _words("家居 数码 本地 旅游 公开课 教育 健康")
CATEGORIES = _words("新闻 军事 数读 科技")
FOR_YOU_TABS = _words("推荐 娱乐 体育 财经 时尚 科技 军事 汽车")
CHANNELS = "新闻 体育 NBA 娱乐 财经 股票 汽车 科技 手机 数码 女人 论坛 视频 旅游 房产 家居 教育 读书"
DISCLAIMER = (
    "特别声明：以上内容(如有图片或视频亦包括在内)为自媒体平台“网易号”用户上传并发布，本平台仅提供信息存储服务。"
)
NOTICE = (
    "Notice: The content above (including the pictures and videos if any) is uploaded and posted by a user of NetEase"
    " Hao, which is a social media platform and only provides information storage services."
)
COMMENTS = "网友评论仅供其表达个人看法，并不表明网易立场。"
ADVERTISEMENT = "远岸茶行"


@dataclass(frozen=True, slots=True)
class Sample:
    """An invented page, and what a converter should read from it; times as the page writes them."""

    text: str
    title: str
    author_name: str | None
    paragraphs: tuple[str, ...]
    published_at: str | None = None
    captured_at: str | None = None
    comment_count: int | None = None
    recommendations: int = 0
    headlines: int = 0
    layout: str = ""
    name: str = ""

    @property
    def body(self) -> bytes:
        return self.text.encode()


class Dice:
    """Throws that depend on nothing but their key."""

    def __init__(self, key: str) -> None:
        self._random = random.Random(key).random

    def pick(self, words: Sequence[str]) -> str:
        return words[int(self._random() * len(words))]

    def number(self, low: int, high: int) -> int:
        return low + int(self._random() * (high - low + 1))

    def chance(self, share: float) -> bool:
        return self._random() < share


def samples(count: int, seed: int = 0) -> Iterator[Sample]:
    """The first `count` pages of `seed`, with what a converter should read from them."""
    return (sample(seed, number) for number in range(count))


def pages(count: int, seed: int = 0) -> Iterator[tuple[str, bytes]]:
    """Name and body of the first `count` pages of `seed`."""
    return ((page.name, page.body) for page in samples(count, seed))


def sample(seed: int, number: int) -> Sample:
    """Page `number` of `seed`; half of the pages are in the signs of NFKC, half in wide signs."""
    layout = ORDER[number % len(ORDER)]
    dice = Dice(f"{seed}/{number}")
    page = replace(LAYOUTS[layout](dice), layout=layout, name=f"{layout}_{number:06d}.txt")
    return _narrow(page) if dice.chance(0.5) else page


def bad_pages(seed: int = 0) -> Iterator[tuple[str, bytes]]:
    """Pages that are to be passed over, to be refused, or to be found wrong by a rule."""
    dice = Dice(f"{seed}/bad")
    news, dated = _news(dice), _account_of(dice, "render", is_dated=True)
    yield "other_site.txt", _other_site(dice).encode()
    yield "list_page.txt", _list_page(dice).encode()
    yield "unknown_layout.txt", _unknown_layout(dice).encode()
    yield "empty.txt", b""
    yield "random.txt", b"\x89\xff" + bytes(dice.number(0, 255) for _ in range(2046))
    yield "copy_of_page_0.txt", sample(seed, 0).body
    yield "long_title.txt", news.text.replace(news.title, news.title * (1 + 300 // len(news.title))).encode()
    yield "published_after_captured.txt", dated.text.replace(str(dated.published_at), "2031-01-01 08:00:00").encode()


def _narrow(page: Sample) -> Sample:
    return replace(
        page,
        text=_narrowed(page.text),
        title=_narrowed(page.title),
        paragraphs=tuple(_narrowed(paragraph) for paragraph in page.paragraphs),
    )


def _narrowed(text: str) -> str:
    for wide, narrow in NARROW.items():
        text = text.replace(wide, narrow)
    return text


def _title(dice: Dice) -> str:
    title = dice.pick(SIGHTS) + dice.pick(EVENTS)
    form = dice.number(0, 4)
    if form < 3:
        return f"{title}，{dice.number(12, 980)}人参与{dice.pick(ACTIVITIES)}"
    return f"{title}：{dice.number(2, 30)}年后再看{dice.pick(PLACES)}" if form == 3 else title


def _opening(dice: Dice) -> str:
    day = f"{dice.number(1, 12)}月{dice.number(1, 28)}日"
    return f"{day}，{dice.pick(PLACES)}的{dice.pick(TOPICS)}{dice.pick(EVENTS)}。"


def _history(dice: Dice) -> str:
    year, distance = dice.number(1901, 1999), dice.number(2, 60)
    return f"这处{dice.pick(TOPICS)}建于{year}年，离{dice.pick(PLACES)}约{distance}公里。"


def _plan(dice: Dice) -> str:
    steps, days = dice.number(2, 6), dice.number(7, 90)
    return f"{dice.pick(ROLES)}介绍，{dice.pick(ACTIVITIES)}工作分{steps}步，预计{days}天完成。"


def _quotation(dice: Dice) -> str:
    return f"“{dice.pick(REMARKS)}。”{dice.pick(PLACES)}的{dice.pick(ROLES)}说。"


def _help(dice: Dice) -> str:
    volunteers, times = dice.number(5, 90), dice.number(1, 6)
    return f"为此，{dice.pick(PLACES)}安排了{volunteers}名志愿者，轮流{dice.pick(ACTIVITIES)}（每周{times}次）。"


def _view(dice: Dice) -> str:
    return f"{dice.pick(SCENES)}。{dice.pick(PLACES)}的{dice.pick(TOPICS)}就在{dice.number(80, 900)}米外。"


SENTENCES: tuple[Callable[[Dice], str], ...] = (_opening, _history, _plan, _quotation, _help, _view)


def _sentence(dice: Dice) -> str:
    return SENTENCES[dice.number(0, len(SENTENCES) - 1)](dice)


def _paragraphs(dice: Dice, low: int, high: int) -> tuple[str, ...]:
    """Sentences in paragraphs, now and then a subhead or a caption; one page in ten has but one paragraph."""
    count = 1 if dice.chance(0.1) else dice.number(low, high)
    return tuple(_paragraph(dice, dice.number(0, 19) if number else 19) for number in range(count))


def _paragraph(dice: Dice, kind: int) -> str:
    if kind == 0:
        return f"图为{dice.pick(PLACES)}的{dice.pick(TOPICS)}。"
    if kind < 3:
        return f"{dice.pick(TOPICS)}的{dice.number(2, 9)}个细节"
    return "".join(_sentence(dice) for _ in range(dice.number(1, 4)))


def _body(dice: Dice, paragraphs: Sequence[str]) -> str:
    """The paragraphs between blank lines; two blank lines where an image stood, bullets where a list did."""
    if len(paragraphs) > 4 and dice.chance(0.15):
        paragraphs = [*paragraphs[:-2], "\n".join(f"  • {paragraph}" for paragraph in paragraphs[-2:])]
    gap = "\n\n\n" if dice.chance(0.3) else "\n\n"
    return gap.join(paragraphs) + "\n\n"


def _time(dice: Dice, year: int, first_day: int, last_day: int) -> str:
    minutes, second = divmod(dice.number(0, (last_day - first_day + 1) * 64800 - 1), 60)  # from 06:00:00 on
    hours, minute = divmod(minutes, 60)
    day, hour = divmod(hours, 18)
    return f"{year}-02-{first_day + day:02d} {6 + hour:02d}:{minute:02d}:{second:02d}"


def _account(dice: Dice) -> Sample:
    """An account's page: with a render time and no publish time (2026), or with 来源 and comments (2021, 2024)."""
    era = dice.pick(["render", "render", "2024", "2021"])
    return _account_of(dice, era, is_dated=era != "render")


def _account_of(dice: Dice, era: str, is_dated: bool) -> Sample:
    year = 2026 if era == "render" else int(era)
    name = dice.pick(PLACES) + dice.pick(ACCOUNT_TAILS)
    has_card = dice.chance(0.9)
    published = _time(dice, year, 1, 13) if is_dated else None
    captured = _time(dice, year, 28, 28) if era == "render" else None
    region = f" {dice.pick(REGIONS)} " if year > 2021 and dice.chance(0.7) else ""
    title, paragraphs, count = _title(dice), _paragraphs(dice, 4, 14), dice.number(0, 900)
    recommendations, (sections, headlines) = (20 if dice.chance(0.9) else 0), _headlines(dice)
    parts = [
        f"网易首页 > 网易号 > 正文 申请入驻\n\n{title}\n\n",
        f"{published}　来源: {name}{region} 举报\n" if published else "",
        f"{count}\n分享至\n\n",
        _body(dice, paragraphs),
        f"{DISCLAIMER}\n\n{NOTICE}\n\n" if dice.chance(0.9) else "",
        "" if era == "render" else _account_comments(dice, count),
        "相关推荐\n热点推荐\n",
        *(_recommendation(dice, year) for _ in range(recommendations)),
        f"{captured}\n" if captured else "",
        _card(dice, name, era) if has_card else "",
        sections,
        "\n\n无障碍浏览 进入关怀版" if era == "render" else "",
    ]
    author = name if published or has_card else None
    return Sample("".join(parts), title, author, paragraphs, published, captured, count, recommendations, headlines)


def _account_comments(dice: Dice, count: int) -> str:
    hot = f"{dice.pick(PEN_NAMES)}[网易{dice.pick(REGIONS)}网友]\n热门跟贴前天 18:22\n\n{dice.pick(REMARKS)}。\n\n"
    return (
        f"网易跟贴\n\n跟贴{count}参与{count}\n登录并发贴\n\n{COMMENTS}\n\n{hot if dice.chance(0.5) else ''}"
        f"查看更多跟贴\n/阅读下一篇/\n\n{_title(dice)}\n\n返回网易首页 下载网易新闻客户端\n"
    )


def _recommendation(dice: Dice, year: int) -> str:
    title = _title(dice)
    return f"{title}\n\n{title}\n\n{dice.pick(MEDIA)}\n{_time(dice, year, 14, 27)}\n"


def _card(dice: Dice, name: str, era: str) -> str:
    badge = " incentive-icons" if era == "render" and dice.chance(0.5) else ""
    bio = f"{dice.pick(BIOS)}\n" if dice.chance(0.8) else ""
    followers = f"{dice.number(11, 99) / 10}万" if dice.chance(0.3) else str(dice.number(3, 9999))
    return f"{name}{badge}\n{name}\n{bio}{dice.number(1, 9000)}文章数 {followers}关注度\n往期回顾 全部\n\n"


def _headlines(dice: Dice) -> tuple[str, int]:
    """Channel sections with a headline each, and how many; one may hold figures of the stock exchange instead."""
    tabs = [tab for tab in TABS if dice.chance(0.7)]
    above = [block for section in SECTIONS for block in (section, _title(dice))]
    below = [block for tab in tabs for block in (_section(tab), _title(dice))]
    has_figures = dice.chance(0.2)
    if has_figures:
        above[above.index("财经要闻") + 1] = "3104.17\n31.88\n0.90%\n上证"
    text = "\n\n".join([*above, "态度原创", "\n".join(tabs), *below])
    return text, len(SECTIONS) + len(tabs) - has_figures


def _section(tab: str) -> str:
    return {"公开课": tab, "本地": "本地新闻"}.get(tab, f"{tab}要闻")


def _news(dice: Dice) -> Sample:
    source, published, count = dice.pick(MEDIA), _time(dice, dice.number(2019, 2020), 1, 28), dice.number(0, 30000)
    title, paragraphs = _title(dice), _paragraphs(dice, 4, 14)
    parts = [
        "网易首页 > 新闻中心 > 新闻 > 正文\n\n" if dice.chance(0.6) else "",
        f"{title}\n\n{published}　来源: {source} 举报\n{count}\n分享到：\nT + -\n\n",
        f"（原标题：{_title(dice)}）\n\n" if dice.chance(0.8) else "",
        _body(dice, paragraphs),
        "延伸阅读\n" if dice.chance(0.2) else "",
        f"{dice.pick(PEN_NAMES)} 本文来源：{source} 责任编辑：{_editor(dice)}\n" if dice.chance(0.9) else "",
        f"分享到：\n跟贴{count // 10}\n参与{count}\n\n{COMMENTS}\n\n为您推荐\n",
        "".join(f"  • {tab}\n" for tab in FOR_YOU_TABS),
        *(_for_you(dice) for _ in range(40)),
        f"+ 加载更多新闻\n×\n\n热点新闻\n\n阅读下一篇\n\n{_title(dice)}\n\n{_sentence(dice)}\n\n",
        "返回网易首页 返回新闻首页",
    ]
    return Sample("".join(parts), title, source, paragraphs, published, None, count, 40)


def _for_you(dice: Dice) -> str:
    ago, posts = f"{dice.number(1, 23)}小时前", dice.number(0, 9999)
    tags = f"{dice.pick(CATEGORIES)} {dice.pick(SIGHTS)}"
    return f"\n{_title(dice)}\n\n{tags}\n|\n{dice.pick(MEDIA)}\n{ago}\n{posts} 跟贴{posts}\n"


def _editor(dice: Dice) -> str:
    return f"{dice.pick(PEN_NAMES)}_NB{dice.number(1000, 9999)}"


def _money(dice: Dice) -> Sample:
    source, published = dice.pick(MEDIA), _time(dice, 2015, 1, 28)
    title, paragraphs = _title(dice), _paragraphs(dice, 3, 20)
    editor = f" 责任编辑：NF{dice.number(1, 99):03d}" if dice.chance(0.5) else ""
    parts = [
        f"{CHANNELS}\n{ADVERTISEMENT}\n\n{title}\n\n{published}　来源: {source}",
        f"({dice.pick(CITIES)})\n" if dice.chance(0.8) else "\n",
        f"0\n\n{_body(dice, paragraphs)}",
        "远岸财经\n会记账的客户端：\n\n远岸财经\n\n" if dice.chance(0.4) else "",
        f"netease 本文来源：{source}{editor}\n{ADVERTISEMENT}\n0\n网易荐新闻\n下载网易新闻客户端\n0 人参与\n",
        "0人跟贴 | 0人参与\n网友跟贴 0人跟贴 | 0人参与 | 手机发跟贴 | 注册\n\n",
        f"跟贴热词：\n\n文明上网，登录发贴\n\n{COMMENTS}\n\n热点新闻\n\n猜你喜欢\n\n{_title(dice)}\n\n",
        "用微信扫描二维码\n分享至好友和朋友圈\nx\n全局导航",
    ]
    return Sample("".join(parts), title, source, paragraphs, published, None, 0)


def _column(dice: Dice) -> Sample:
    author, published, number = dice.pick(PEN_NAMES), _time(dice, 2015, 1, 28), dice.number(500, 599)
    title, paragraphs, count = _title(dice), _paragraphs(dice, 5, 20), dice.number(0, 40)
    parts = [
        "亦观察\n\n网易首页 > 网易财经 > 网易商业> 亦观察\n股票查询：\n> <\n\n亦观察pics\n\n",
        f"No.{number}\n\n{title}\n\n{author} {published} {count}人参与评论\n\n",
        f"{title}\n\n[摘要：{_sentence(dice)}]\n\n原标题：[亦观察] No.{number} {_title(dice)}\n\n",
        _body(dice, paragraphs),
        f"本文为{author}授权网易财经《亦观察》发布，转载请注明出处。本文仅为作者观点，不代表网易立场。\n\n",
        f"/{dice.number(5, 30)}\n\n" if dice.chance(0.3) else "",
        f"往期回顾\n\n{author}\n\n{author}\n\n作者简介\n\n{dice.pick(BIOS)}\n\n网易商业易信官号\n\npics\n\n",
        f"本文仅代表作者观点，不代表网易意见\n\n0人跟贴 | 0人参与\n\n跟贴热词：\n\n{COMMENTS}",
    ]
    return Sample("".join(parts), title, author, paragraphs, published, None, count)


def _mobile(dice: Dice) -> Sample:
    source, published = dice.pick(MEDIA), _time(dice, 2019, 1, 28)
    title, paragraphs = _title(dice), _paragraphs(dice, 4, 14)
    original = f"(原标题：{_title(dice)})\n\n" if dice.chance(0.7) else ""
    text = f"{title}\n\n{published} {source}\n\n{_body(dice, paragraphs)}{original}(责任编辑：{_editor(dice)})"
    return Sample(text, title, source, paragraphs, published)


LAYOUTS: dict[str, Callable[[Dice], Sample]] = {
    "account": _account,
    "news": _news,
    "money": _money,
    "column": _column,
    "mobile": _mobile,
}


def _unknown_layout(dice: Dice) -> str:
    return f"网易首页 > 网易视频 > 正文\n\n{_title(dice)}\n\n播放 12 次\n\n{_sentence(dice)}\n"


def _other_site(dice: Dice) -> str:
    head = f"远岸在线 > 本地 > 正文\n\n{_title(dice)}\n\n2024-02-03 09:10:00 来源: {dice.pick(MEDIA)}\n\n"
    return f"{head}{_body(dice, _paragraphs(dice, 4, 8))}版权所有 远岸在线\n"


def _list_page(dice: Dice) -> str:
    items = "".join(f"  • {_title(dice)} {_time(dice, 2019, 1, 28)}\n" for _ in range(40))
    return f"网易首页 > 新闻中心 > 滚动新闻\n往期回顾\n手机版\n{items}加载更多\n"


@click.command()
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option("--pages", "count", default=60, show_default=True, type=click.IntRange(0), help="How many pages.")
@click.option("--seed", default=0, show_default=True, help="Other seeds give other pages.")
@click.option("--bad/--no-bad", default=False, show_default=True, help="A few bad pages in OUT/bad as well.")
def main(out: Path, count: int, seed: int, bad: bool) -> None:
    """Write invented NetEase pages to OUT, in folders of 1,000 where there are more."""
    for number, (name, body) in enumerate(pages(count, seed)):
        _write(out / f"{number // FOLDER:04d}" / name if count > FOLDER else out / name, body)
    for name, body in bad_pages(seed) if bad else ():
        _write(out / "bad" / name, body)


def _write(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)


if __name__ == "__main__":
    main()
