"""Vietnamese text in one form: normalisation, folding, words, abbreviations."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import files

import regex  # the `re` module knows no \p{Alphabetic}

UPPER = "".join(char for char in map(chr, range(0x1EFF)) if char.isalpha() and char.isupper())
"""Every capital letter of the Latin alphabets, to stand between brackets of a pattern."""

# Zero-width characters, soft hyphen, byte-order mark: invisible, and they cut words and phone numbers in two.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufeff]")
# Letters from "fancy fonts" of social networks and full-width forms.
_FANCY = re.compile("[\U0001d400-\U0001d7ff\uff01-\uff5e]+")
_SPACES = re.compile(r"[^\S\n]{2,}|[^\S\n ]")
_LINES = re.compile(r" ?\n[ \n]*")

_TONED = {
    unicodedata.normalize("NFC", vowel + tone): (vowel, tone)
    for vowel in "aeêioơuưyâăôAEÊIOƠUƯYÂĂÔ"
    for tone in "\u0300\u0301\u0303\u0309\u0323"
}


def _toned(vowels: str) -> str:
    return "".join(letter for letter, (vowel, _) in _TONED.items() if vowel.lower() in vowels)


# The tone belongs on the first vowel of an open oa, oe, uy (hòa, khỏe, thủy), on the second before a final
# letter (hoàn, khoét, huỳnh), and never on the u of qu or the i of gi (quý, giá).
_PLACEMENT = re.compile(
    rf"[oOuU{_toned('oui')}]"
    rf"(?:(?<=[oO])[{_toned('ae')}](?![^\W\d_])|(?<![qQ][uU])(?<=[uU])[{_toned('y')}](?![^\W\d_])"
    rf"|(?<=[{_toned('o')}])[aeAE](?=[^\W\d_])|(?<=[{_toned('u')}])[yY](?=[^\W\d_])"
    rf"|(?<=[qQ][{_toned('u')}])[aeêioơyâăôAEÊIOƠYÂĂÔ]|(?<=[gG][{_toned('i')}])[aeêoơuưâăôAEÊOƠUƯÂĂÔ])"
)

_WORD = regex.compile(r"[\p{Alphabetic}\p{N}]+")
_ANY_WORD = re.compile(r"[^\W_]+")
_MARKS = re.compile("[\u0300-\u036f]+")
_ACCENTED = re.compile("[ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ]", re.IGNORECASE)


def normalise(text: str) -> str:
    """One spelling: NFC, Ð → Đ, plain spaces and letters, tones in one place (hòa, thủy)."""
    text = unicodedata.normalize("NFC", text).replace("Ð", "Đ").replace("Ɖ", "Đ").replace("ð", "đ")
    text = _FANCY.sub(lambda m: unicodedata.normalize("NFKC", m[0]), _INVISIBLE.sub("", text))
    text = _PLACEMENT.sub(_place_tone, text)
    return _LINES.sub(_line_break, _SPACES.sub(" ", text)).strip()


def _place_tone(match: re.Match[str]) -> str:
    first, second = match[0][0], match[0][1]
    if second in _TONED:
        vowel, tone = _TONED[second]
        return unicodedata.normalize("NFC", first + tone) + vowel
    vowel, tone = _TONED[first]
    return vowel + unicodedata.normalize("NFC", second + tone)


def _line_break(match: re.Match[str]) -> str:
    return "\n\n" if match[0].count("\n") > 1 else "\n"


def fold(text: str) -> str:
    """Lower case without diacritics, `Đường` → `duong`."""
    return _MARKS.sub("", unicodedata.normalize("NFD", strip_stroke(text.lower())))


def strip_stroke(text: str) -> str:
    """Replace đ and Đ, which no Unicode decomposition opens."""
    return text.replace("đ", "d").replace("Đ", "D")


def strip_accents(text: str) -> str:
    """The text as typed on a keyboard without Vietnamese: diacritics go, letter case stays."""
    return unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFD", strip_stroke(text))))


def words(text: str) -> list[str]:
    r"""Index tokens: runs of letters and digits in lower case.

    The same as Elasticsearch's pattern tokenizer `[^\p{IsAlphabetic}\p{N}]+` and tantivy's simple tokenizer,
    each with lower-casing behind it.
    """
    return [word.lower() for word in _WORD.findall(text)]


def has_accents(text: str) -> bool:
    """Whether any letter carries a Vietnamese diacritic."""
    return _ACCENTED.search(text) is not None


def _lines(name: str) -> list[str]:
    text = files("nlp").joinpath("data", name).read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@cache
def abbreviations() -> dict[str, str]:
    """Chat spellings and office abbreviations with what they stand for, lower case (`ko` → `không`)."""
    return dict(line.split("\t") for line in _lines("abbreviations.tsv"))


def expand(text: str) -> str:
    """Write abbreviations out; for what people type in comments, not for names in the news."""
    table = abbreviations()
    return _ANY_WORD.sub(lambda m: table.get(m[0].lower(), m[0]), text)
