"""What stands in an article's box and is not its text: buttons, captions, links to others, bylines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from crawlers.blocks import HEADINGS, Block


def _words(*alternatives: str) -> str:
    return "|".join(alternatives)


_NOISE = re.compile(
    "^(?:"
    + _words(
        r"lưu bài viết thành công.*",
        r"chia sẻ(?: bài viết| qua.*| facebook| zalo)?",
        r"copy link.*|sao chép liên kết.*",
        r"in bài(?: viết| này)?|in trang|gửi (?:email|bài viết|bình luận).*",
        r"bình luận.{0,15}|viết bình luận.*|đọc tiếp|xem tiếp|quay lại|về trang (?:trước|chủ)",
        r"lượt xem.{0,20}|số lượt (?:xem|đọc|truy cập).{0,20}",
        r"(?:tăng giảm )?cỡ chữ.*|a-|a\+|a",
        r"nghe (?:đọc )?(?:bài|nội dung).{0,30}|audio|video|0:00|[\d:/ ]{3,13}",
        r"theo dõi .{0,60} trên google news.*|google news",
        r"từ khóa.{0,5}|tags?.?|advertisement|quảng cáo",
        r"(?:like|thích|zalo|facebook|twitter|email|print|tweet)(?: share)?",
        r"your browser does not support.*|trình duyệt .{0,30}không hỗ trợ.*",
        r"\{keywords\}|loading.*|đang tải.*",
    )
    + ")$",
    re.I,
)
_OTHERS = _words(
    r"tin liên quan|bài liên quan|tin,? bài liên quan|các tin liên quan",
    r"tin cùng chuyên mục|bài cùng chuyên mục|có thể bạn quan tâm|tin đọc nhiều",
    r"các tin khác|tin khác|các bài viết khác|bài viết khác",
    r"(?:những )?tin (?:cũ|mới) hơn",
)
"""What stands over lists of other articles."""
_MORE = re.compile(
    rf"^(?:(?:>{{1,3}}|»|=>|-->|\*)\s*)?(?:{_OTHERS}|xem thêm|đọc thêm|xem ngay|tin nổi bật|"
    r"mời (?:quý )?(?:độc giả|bạn đọc|quý vị).{0,40}(?:đón đọc|xem thêm|theo dõi))\b",
    re.I,
)
_LIST_HEAD = re.compile(rf"^(?:{_OTHERS})\s*:?$", re.I)
_READERS = re.compile(r"^(?:ý kiến(?: bạn đọc)?|bình luận)(?:\s*\(\d+\))?\s*:?$", re.I)
_PHOTO = re.compile(
    r"^(?:ảnh|photo|nguồn ảnh|ảnh minh họa)\b.{0,80}$|\(?\bảnh\b\s*(?::|minh họa|tư liệu|chụp).{0,60}$", re.I
)
_CREDIT = re.compile(
    r"^[(\[]?\s*(?:theo|nguồn|tin|bài|ảnh|bài và ảnh|bài, ảnh|tin, ảnh|tin và ảnh|bài viết|thực hiện|tác giả|"
    r"biên tập|nhóm (?:pv|phóng viên)|pv|p\.v|ctv|tổng hợp|người viết|người đăng)\b.{0,70}$",
    re.I,
)
_LETTER = re.compile(r"[^\W\d_]")
_LONGEST_BUTTON = 200
"""Characters; a longer block that begins like a button is text, which some pages do not divide."""
_SAVED = re.compile(
    r"^lưu bài viết thành công bạn có thể xem lại bài viết đã lưu ở trang\s*tin bài đã lưu\s*", re.I
)
"""What 24h.com.vn says of its own button, in front of the first sentence where a page is not divided."""


def body_text(blocks: Iterable[Block]) -> list[Block]:
    """The blocks that are an article's text: no captions, related links, buttons; no byline at the end."""
    kept: list[Block] = []
    remaining = list(blocks)
    for position, found in enumerate(remaining, 1):
        block = replace(found, text=_SAVED.sub("", found.text))
        if kept and (_READERS.match(block.text) or _only_links_follow(block, remaining[position:])):
            break
        if not _is_noise(block) and not _is_caption(block):
            kept.append(block)
    while kept and _is_byline(kept[-1]):
        kept.pop()
    return kept


def _only_links_follow(block: Block, rest: Sequence[Block]) -> bool:
    """Whether a heading of a list of articles ends the text: a body can go on after such a list."""
    return bool(_LIST_HEAD.match(block.text)) and not any(
        len(other.text) > 100 and not other.linked and not other.after_image for other in rest
    )


def _is_noise(block: Block) -> bool:
    text = block.text
    if not _LETTER.search(text) or (len(text) < _LONGEST_BUTTON and _NOISE.match(text)):
        return True
    return (block.linked and len(text) > 15) or bool(_MORE.match(text) and len(text) < 200)


def _is_caption(block: Block) -> bool:
    if not block.after_image or len(block.text) > 400:
        return bool(len(block.text) < 150 and _PHOTO.match(block.text))
    return block.italic or block.centred or bool(_PHOTO.search(block.text))


def _is_byline(block: Block) -> bool:
    text = block.text
    if len(text) > 90 or block.element.tag in HEADINGS:
        return False
    if block.right or _CREDIT.match(text):
        return True
    words = [word for word in re.split(r"[\s,&./-]+", text.split("(")[0]) if word]
    names = [word for word in words if word[0].isupper() or word in {"và"}]
    return 1 <= len(words) <= 8 and len(names) == len(words) and text[-1] not in '.?!:;…"”'
