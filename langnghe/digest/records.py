"""What a leader's page says, before it is set on a page."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class Figure(_Record):
    """A number of the day and how it compares."""

    name: str
    value: int
    compared: str
    """`gấp đôi ngày thường`; empty where there is nothing to compare with."""


class Volume(_Record):
    """Documents a day of one part of what is heard, oldest first, the day itself last."""

    name: str
    series: tuple[int, ...]


class Rise(_Record):
    """What rose clearly against the usual."""

    name: str
    today: int
    compared: str
    series: tuple[int, ...]
    """A count a day, the last one for the day itself."""


class Count(_Record):
    """A topic or place and how often."""

    name: str
    count: int


class Quote(_Record):
    """What somebody said, shortened at a word, personal data masked."""

    text: str
    said: str
    """Who and where: `Phản ánh qua 1022, An Hải`."""
    url: str = ""


class Complaints(_Record):
    """Negative voices of people, first those about public bodies."""

    negative: int
    at_state: int
    compared: str
    topics: tuple[Count, ...]
    places: tuple[Count, ...]
    """Wards and communes, which only tickets name."""
    quotes: tuple[Quote, ...]


class Link(_Record):
    """An article in an outlet."""

    title: str
    url: str
    outlet: str


class Story(_Record):
    """Articles of the last days about one thing, and what people say to it."""

    title: str
    url: str
    lead: str
    outlets: tuple[str, ...]
    articles: int
    today: int
    """Articles of the day itself."""
    voices: int
    """Comments on its articles within its days."""
    tickets: int
    new: bool
    """Whether it began on the day."""
    quote: Quote | None
    answered: str
    """Whether anybody has answered; empty where that cannot be told."""
    answer: Link | None


class Unheard(_Record):
    """A source that could not be heard on the day, and why."""

    name: str
    why: str
    failed: bool


class Digest(_Record):
    """One page: everything on it, in Vietnamese, and nothing else."""

    day: date
    place: str
    demo: bool
    until: datetime | None
    """The newest document of the day."""
    headline: str
    detail: str
    """What stands below the headline: who carries it, how many speak of it, where."""
    subject: str
    figures: tuple[Figure, ...]
    compared_days: int
    """Days that the usual is made of; 0: too few to compare."""
    left_out: int
    """Days just before the day that are not among them."""
    volume: tuple[Volume, ...]
    """Empty where there are too few days to show."""
    new: tuple[Link, ...]
    """Stories that began on the day, beyond those shown in full."""
    words: tuple[str, ...]
    rises: tuple[Rise, ...]
    complaints: Complaints
    stories: tuple[Story, ...]
    answers: str
    """How many of the day's and week's tickets are answered; empty without tickets."""
    heard: int
    """Sources that brought something."""
    unheard: tuple[Unheard, ...]
