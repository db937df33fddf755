"""Masks personal data in what citizens write: phones, ID numbers, plates, accounts, e-mails, house numbers.

Kept, because they name no person: hotlines (1022, 113, 1900 …, 1800 …), prices, document numbers, dates,
coordinates, counts, roads (QL14B), and the case number (mã hồ sơ) by which an office finds the matter.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from nlp.text import UPPER

_Match = re.Match[str]

# What may stand between two digits of a number that was typed to be read: `0905.123.456`, `(0236) 3 123 456`.
_GAP = "[\\s.()\u2010-\u2015\u00b7\u2022\u2026\u200b-\u200d\ufeff_-]{0,3}"
_BANKS = (
    r"vcb|vietcombank|techcombank|tcb|agribank|bidv|vietin(?:bank)?|mb\s?bank|mb|acb|sacombank|tpbank|vpbank|vib|shb"
    r"|hdbank|ocb|scb|eximbank|msb|seabank|lienvietpostbank|lpbank|nam\s?a\s?bank|dongabank|vietabank|pvcombank|momo"
)
_MONEY = r"(?!\s*(?:đồng|đ\b|d\b|vn[dđ]|dong|tr\b|triệu|trieu|tỷ|tỉ|ty\b|nghìn|ngàn|k\b|usd|\$|%))"
_DIGIT_WORD = "(?:không|khong|một|mot|hai|ba|bốn|bon|tư|tu|năm|nam|lăm|sáu|sau|bảy|bẩy|bay|tám|tam|chín|chin)"

_EMAIL = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}\s?(?:@|\[at\]|\(at\)|\(a\)|\[@\])\s?[\w-]+(?:\s?(?:\.|\[dot\]|\(dot\))\s?[a-z][\w-]*)+"
    r"|(?<![\w.+-])[\w.+-]{1,64}@(?:gmail|yahoo|hotmail|outlook|icloud)\b",
    re.IGNORECASE,
)
_ID_CARD = re.compile(
    r"(?P<cue>\b(?:cccd|cmnd|cmtnd|cmt|căn\s+cước|can\s+cuoc|định\s+danh|dinh\s+danh|chứng\s+minh|chung\s+minh)\b"
    r"[^\d\n]{0,40}?)(?P<number>\d(?:[ .-]?\d){8}(?:(?:[ .-]?\d){3})?)(?!\d)",
    re.IGNORECASE,
)
# A citizen's number is 12 digits: 0, the province (001-096), sex and century, year, serial.
_CITIZEN = re.compile(r"(?<![\d.,/-])0(?:0[1-9]|[1-8]\d|9[0-6])[ .-]?\d(?:[ .-]?\d){8}(?![\d]|[.,/-]\d)")
_PLATE = re.compile(
    r"(?<![\w.,/-])[1-9]\d\s?[-–.]?\s?(?:[A-HK-NP-VX-Z]{1,2}|LD|MĐ|TĐ|DA|KT|HC|NG|QT)\d?"
    r"(?:\s?[-–.]?\s?\d{3}[. -]?\d{2}|[-–.]\d{4})(?![\w]|[.,/-]\d)"
    r"|(?<![\w.,/-])[1-9]\d[a-hk-np-vx-z]\d?(?:[-–]?\d{3}[.]?\d{2}|[-–. ]\d{3}[.]\d{2})(?![\w]|[.,/-]\d)"
)
_PLATE_CUE = re.compile(
    r"(?P<cue>\b(?:biển\s+(?:số|kiểm\s+soát|xe)|bien\s+so|bks|biển)\b\W{0,3}(?:xe\W{0,2})?)"
    r"(?P<number>\d{2}\s?[-–.]?\s?[A-ZĐ]{1,2}\d?\s?[-–. ]{0,2}\d{3}[. -]?\d{1,2})(?!\d)",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(
    rf"(?P<cue>\b(?:stk|s[oố]\s*tk|(?:s[oố]\s+)?t[aà]i\s+kho[aả]n|tk|acc(?:ount)?|{_BANKS})\b[^\d\n]{{0,30}}?)"
    rf"(?<![\d.,])(?P<number>\d(?:[ -]?\d){{5,18}})(?![\d]|[.,]\d){_MONEY}",
    re.IGNORECASE,
)
_ACCOUNT_BEFORE = re.compile(
    r"(?<![\d.,/-])\d(?:[ -]?\d){7,15}"
    rf"(?=[\s,;:(–-]{{1,4}}(?:(?:ngân\s+hàng|ngan\s+hang|nh)\s+)?(?:{_BANKS})\b)",
    re.IGNORECASE,
)
_PHONE = re.compile(
    rf"(?<!\d)(?<!\d\.)(?!\d\d[-.]\d\d[-.](?:19|20)\d\d\b)(?:\(?\+?\s?84\)?{_GAP}(?:\(?0\)?{_GAP})?|0084{_GAP}|\(?[0oO]){_GAP}"
    rf"(?P<rest>[2-9oOlI](?:{_GAP}[\doOlI]){{7,9}})(?![\doOlI])"
)
_TAX_CODE = re.compile(r"(?:mst|mã\s+số\s+thuế|ma\s+so\s+thue)\W*$", re.IGNORECASE)
_OLD_MOBILE = re.compile(rf"(?<![\d/.,])0{_GAP}1{_GAP}[2689](?:{_GAP}\d){{8}}(?![\d]|[.,/]\d)")
_PHONE_CUE = re.compile(
    r"(?P<cue>\b(?:zalo|sđt|sdt|đt|dt|điện\s+thoại|dien\s+thoai|phone|tel|gọi|goi|alo|a\s?lô|liên\s+hệ|lien\s+he|lh|viber)"
    rf"\b[^\d\n]{{0,15}}?)(?P<number>[35789]\d(?:{_GAP}\d){{7}})(?![\d]|[.,/]\d){_MONEY}",
    re.IGNORECASE,
)
_SPOKEN_PHONE = re.compile(rf"\b(?:không|khong)(?:[\s,.-]+{_DIGIT_WORD}){{9,10}}\b", re.IGNORECASE)

_CAPITAL = f"[{UPPER}]"
_NUMBER = r"\d{1,4}[A-Za-z]?(?:\s?/\s?\d{1,4}[A-Za-z]?){0,4}"
_STREET = rf"(?:(?i:đường|duong|phố|pho|tỉnh lộ|kiệt|kiet|hẻm|hem|ngõ|ngo)\b|(?:{_CAPITAL}\w*\s+){{1,4}})"
_HOUSE = re.compile(
    rf"(?P<cue>\b(?i:(?:số\s+nhà|so\s+nha|nhà\s+số|nha\s+so|nhà\s+(?:tôi|em|mình|ông|bà|anh|chị)?\s*(?:ở|tại)?\s*số?"
    rf"|địa\s+chỉ(?:\s+nhà)?|dia\s+chi|thường\s+trú|tạm\s+trú|cư\s+trú)\s*(?:ở|tại|:|là|số)?\s*(?:số\s+)?))"
    rf"(?P<number>(?i:k|kiệt|hẻm|ngõ)?\s?{_NUMBER})(?=[\s,.;]*(?:$|\n|[,;.]|{_STREET}))"
)
_ALLEY = re.compile(
    r"\b(?:K|H|(?i:kiệt|hẻm|ngõ|kiet|hem)\s?)\d{1,4}[A-Za-z]?(?:\s?/\s?[A-Z]?\d{1,4}[A-Za-z]?){1,4}(?=\W)"
)
_DOOR = re.compile(
    rf"(?P<cue>(?<![\w/.,-])(?:(?:số|So|so|Số)\s+)?)(?<!năm )(?<!ngày )(?<!tháng )(?P<number>{_NUMBER})"
    rf"(?=,?\s+(?:(?i:đường|phố)\s+)?(?:{_CAPITAL}\w*[\s,]+){{1,5}}"
    r"(?i:p\.|phường|xã|thị trấn|tt\.|khu phố|tổ)\s?\w)"
)


def _after(tag: str) -> Callable[[_Match], str]:
    return lambda match: f"{match['cue']}{tag}"


def _id_card(match: _Match) -> str:
    digits = sum(char.isdigit() for char in match["number"])
    return f"{match['cue']}{'[CMND]' if digits == 9 else '[CCCD]'}"


def _phone(match: _Match) -> str:
    """Mobile numbers have 9 digits after the zero, fixed lines 2 and 8 or 9 more; o and l stand for 0, 1."""
    rest = re.sub(r"[^\doOlI]", "", match["rest"])
    letters = sum(char in "oOlI" for char in match[0])
    if _TAX_CODE.search(match.string, 0, match.start()):
        return match[0]
    lengths = (9, 10) if rest[0] == "2" else (9,)
    return "[SĐT]" if letters <= 4 and len(rest) in lengths else match[0]


_RULES: tuple[tuple[re.Pattern[str], str | Callable[[_Match], str]], ...] = (
    (_EMAIL, "[EMAIL]"),
    (_ID_CARD, _id_card),
    (_PLATE_CUE, _after("[BIỂN SỐ]")),
    (_PLATE, "[BIỂN SỐ]"),
    (_PHONE_CUE, _after("[SĐT]")),
    (_ACCOUNT, _after("[STK]")),
    (_ACCOUNT_BEFORE, "[STK]"),
    (_PHONE, _phone),
    (_OLD_MOBILE, "[SĐT]"),
    (_SPOKEN_PHONE, "[SĐT]"),
    (_CITIZEN, "[CCCD]"),
    (_HOUSE, _after("[ĐỊA CHỈ]")),
    (_ALLEY, "[ĐỊA CHỈ]"),
    (_DOOR, _after("[ĐỊA CHỈ]")),
)


def mask(text: str) -> str:
    """Put `[SĐT] [CCCD] [CMND] [BIỂN SỐ] [STK] [EMAIL] [ĐỊA CHỈ]` for personal data; street and ward stay."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text
