"""What kind of page this is, before anything is read out of it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from lxml import etree
from lxml.html import HtmlElement

from crawlers.structured import clean

_BLOCKED = re.compile(
    r"từ chối truy cập|access denied|page has been denied|just a moment\.\.\.|checking your browser|"
    r"attention required|captcha|request unsuccessful|requested url was rejected|web application firewall|"
    r"verify you are (?:a )?human|bạn không phải là (?:robot|người máy)|403 forbidden|ddos|cloudflare ray id|"
    r"đang kiểm tra trình duyệt|support id",
    re.I,
)
# Vietnamese delivery networks answer a first visit with a script that sets a cookie and loads the page again.
_CHALLENGE = re.compile(r"document\.cookie\s*=.{0,400}(?:location\.(?:reload|href)|window\.location)", re.S)
_PAYWALL = re.compile(
    r"để đọc tiếp|dành (?:riêng )?cho (?:thuê bao|hội viên|thành viên|độc giả trả phí)|"
    r"đăng nhập để (?:xem|đọc)|"
    r"hết lượt đọc miễn phí|nội dung trả phí|mua gói (?:đọc|vip|thuê bao)|đăng ký (?:mua|gói) (?:báo|đọc)",
    re.I,
)
_SECTION_PATH = re.compile(
    r"^/?$|^/(?:index|default|home|trang-chu)\.\w+$|/(?:tag|tags|chu-de|su-kien|tim-kiem|search|rss|page|tac-gia|"
    r"author|category|chuyen-muc|danh-muc|trang)(?:/|$|-\d+|\.)|/(?:trang|page)[-/]?\d+(?:\.\w+)?/?$|"
    r"-(?:p|page|trang-?)\d{1,3}$",
    re.I,
)
_ARTICLE_QUERY = re.compile(
    r"(?:^|&)(?:itemid|newsid|news_id|articleid|article_id|idbaiviet|baivietid|idtin|tinid|contentid|id_tin)="
    r"[\w{-]+|(?:^|&)id=\d{3,}",
    re.I,
)
_ARTICLE_PATH = re.compile(
    r"/-/asset_publisher/\w+/content/|/-/details/\d+/|/newsid/[\w-]+|/\d{6}/[\w-]+-[0-9a-f]{6,8}/?$|"
    r"-(?:post|postid|a|d|i|c\d+a)?\d{4,}(?:\.\w{2,5})?/?$|/\d{4}/\d{1,2}/\d{1,2}/[\w-]{15,}|/\d{5,}/[\w-]{15,}|"
    r"/id/\d+/|[?&/]p=\d+$",
    re.I,
)
_VIETNAMESE = frozenset("ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịĩọỏốồổỗộớờởỡợụủũứừửữựỳỵỷỹ")
_VISIBLE = etree.XPath("string-length(normalize-space(string(//body)))")


def visible_text(tree: HtmlElement) -> str:
    """The text of a page's body without scripts and styles."""
    parts = tree.xpath("//body//text()[not(parent::script or parent::style or parent::noscript)]")
    return clean(" ".join(parts))


def is_blocked(markup: str, visible: str) -> bool:
    """Whether a page with little text is a refusal or a challenge."""
    if len(visible) > 1500:
        return False
    return bool(_BLOCKED.search(visible) or (len(visible) < 200 and _CHALLENGE.search(markup)))


def asks_payment(visible: str) -> bool:
    """Whether a page tells readers to pay or to log in for the rest."""
    return bool(_PAYWALL.search(visible))


def is_section_url(url: str) -> bool:
    """Whether a URL is that of a home, section, tag or search page by its form."""
    parts = urlsplit(url)
    if _ARTICLE_QUERY.search(parts.query) or _ARTICLE_PATH.search(parts.path):
        return False
    path = re.sub(r"^/(?:web/guest|vi(?:-vn)?|portal)(?=/|$)", "", parts.path, flags=re.I)
    short = "/" not in path.strip("/") and path.count("-") < 2 and not parts.query
    return short or bool(_SECTION_PATH.search(path))


def is_article_url(url: str) -> bool:
    """Whether a URL names one document by its form: a number, a long slug, an item's query."""
    parts = urlsplit(url)
    if _ARTICLE_QUERY.search(parts.query) or _ARTICLE_PATH.search(parts.path):
        return True
    last = parts.path.rstrip("/").rpartition("/")[2]
    return last.count("-") >= 5


def is_vietnamese(text: str) -> bool:
    """Whether a text of some length has as many Vietnamese letters as Vietnamese has (15 % and more)."""
    letters = [char for char in text.lower() if char.isalpha()]
    return sum(char in _VIETNAMESE for char in letters) > 0.05 * len(letters)
