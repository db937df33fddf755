"""The label sets, the Vietnamese name of each key, and the record that annotation puts out.

Keys and their definitions are those of the annotation guide; this table is the only place with display names.
"""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

Kind = Literal["article", "post", "comment", "ticket"]
Tier = Literal["encoder", "linear"]
"""The tiers of models: the encoder for what is new, the linear model for years of history."""
TIER: Tier = "encoder"
"""The tier unless another is asked for."""

KINDS: dict[str, str] = {
    "article": "Bài báo",
    "post": "Bài đăng",
    "comment": "Bình luận",
    "ticket": "Phản ánh",
}
TOPICS: dict[str, str] = {
    "governance": "Chính quyền, Đảng",
    "public_service": "Dịch vụ công",
    "digital": "Chuyển đổi số",
    "economy": "Kinh tế",
    "agriculture": "Nông nghiệp, nông thôn",
    "land_urban": "Đất đai, đô thị",
    "transport": "Giao thông",
    "environment": "Môi trường, thời tiết",
    "health": "Y tế",
    "education": "Giáo dục",
    "social": "Lao động, xã hội",
    "security": "An ninh, trật tự",
    "defence_foreign": "Quốc phòng, thế giới",
    "culture": "Văn hóa, du lịch",
    "sports": "Thể thao",
    "entertainment": "Giải trí",
    "lifestyle": "Đời sống",
}
SENTIMENTS: dict[str, str] = {"neg": "Tiêu cực", "neu": "Trung tính", "pos": "Tích cực"}
TARGETS: dict[str, str] = {
    "state": "Cơ quan nhà nước",
    "business": "Doanh nghiệp",
    "people": "Cá nhân",
    "none": "Không rõ đối tượng",
}
VALENCES: dict[str, str] = {"neg": "Bất lợi", "neu": "Bình thường", "pos": "Thuận lợi"}
STANCES: dict[str, str] = {
    "crit": "Phê bình",
    "neutral": "Không đánh giá",
    "praise": "Khen",
    "none": "Không nói về cơ quan nhà nước",
}
NAMES: dict[str, dict[str, str]] = {
    "kind": KINDS,
    "topic": TOPICS,
    "topics": TOPICS,
    "sentiment": SENTIMENTS,
    "target": TARGETS,
    "valence": VALENCES,
    "stance": STANCES,
}


def label_name(field: str, key: str) -> str:
    """The Vietnamese name of a field's label; the key itself where the table has none."""
    return NAMES.get(field, {}).get(key, key)


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class Text(_Record):
    """What is to be labelled. A comment's title is that of what it answers."""

    kind: Kind
    title: str = ""
    text: str = ""
    published_at: AwareDatetime | None = None
    home_province: str = ""
    """Current name of the province that the source serves; settles homonyms."""


class Scored(_Record):
    """A label with the model's probability for it (0 to 1)."""

    label: str
    score: float


class Province(_Record):
    """A province named in a text: today's name, the name as read, and how sure we are (0 to 1).

    As read is as written, with the accents that were not typed.
    """

    name: str
    written: str
    score: float


class Place(_Record):
    """An administrative unit that a text names: as written, and on both clocks around 2025-07-01."""

    written: str
    start: int
    """Letters from the start of the text; the title's are negative."""
    level: Literal["province", "city", "district", "commune"]
    """Of the unit as named; wards and townships are communes."""
    former: str = ""
    """The unit until 2025-06-30 with what it belonged to, `phường Mân Thái, quận Sơn Trà, Đà Nẵng`."""
    today: str = ""
    """The unit it is part of since, `phường Sơn Trà, Đà Nẵng`; empty where it was divided or dissolved."""
    province: str
    """Today's name of the province."""


class Entity(_Record):
    """A public body, an official, a person or an organisation that a text names."""

    kind: Literal["body", "official", "person", "organisation"]
    written: str
    start: int
    """Letters from the start of the text; the title's are negative."""
    id: str = ""
    """One for every spelling of a public body, `so-y-te:da-nang`; empty for the other kinds."""
    name: str = ""
    """The body's full name, `Sở Y tế Đà Nẵng`; an official's name as read, without the title."""
    role: str = ""
    """An official's title as read, `Phó Chủ tịch UBND tỉnh`."""
    level: Literal["", "central", "province", "district", "commune"] = ""
    place: str = ""
    """The unit that the body serves, as the text's time names it; its province today is in `province`."""
    province: str = ""


class Labels(_Record):
    """The labels of one text. Heads that do not apply to its kind are None."""

    topics: tuple[Scored, ...] = ()
    sentiment: Scored | None = None
    target: Scored | None = None
    toxic: Scored | None = None
    """Label `true` or `false`."""
    valence: Scored | None = None
    stance: Scored | None = None
    provinces: tuple[Province, ...] = ()
    """First the one where the event happens."""
    places: tuple[Place, ...] | None = None
    """Every unit named, in reading order; on request."""
    entities: tuple[Entity, ...] | None = None
    """In reading order; on request."""
    vector: tuple[float, ...] | None = None
    """384 numbers of length 1, near for texts of one story; on request, from the encoder."""
    model: str = ""
    """Tier and version that made the labels, `linear-1`."""
