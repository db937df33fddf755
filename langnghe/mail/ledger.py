"""Which recipients of a day's digest are claimed, and which have got it: the table `mail_sent`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import (
    Column,
    ColumnElement,
    DateTime,
    Engine,
    MetaData,
    String,
    Table,
    create_engine,
    delete,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

_metadata = MetaData()
_SENT = Table(
    "mail_sent",
    _metadata,
    Column("day", String(10), primary_key=True),
    Column("recipient", String(320), primary_key=True),
    Column("status", String(8), nullable=False),  # claimed, sent
    Column("claimed_at", DateTime(timezone=True), nullable=False),
)


@dataclass(frozen=True)
class Ledger:
    """The recipients of one day."""

    engine: Engine
    day: date
    at: datetime
    """When this run claims."""

    def known(self) -> dict[str, str]:
        """`claimed` or `sent` of each recipient that was claimed."""
        asked = select(_SENT.c.recipient, _SENT.c.status).where(_SENT.c.day == self.day.isoformat())
        with self.engine.connect() as connection:
            return {row.recipient: row.status for row in connection.execute(asked)}

    def claim(self, to: str) -> bool:
        """Take a recipient before sending; False where another process took it first."""
        row = {"day": self.day.isoformat(), "recipient": to, "status": "claimed", "claimed_at": self.at}
        try:
            with self.engine.begin() as connection:
                connection.execute(_SENT.insert().values(row))
        except IntegrityError:
            return False
        return True

    def mark(self, to: str) -> None:
        """The server has taken the message."""
        with self.engine.begin() as connection:
            connection.execute(update(_SENT).where(*self._of(to)).values(status="sent"))

    def release(self, to: str) -> None:
        """The server has clearly not taken the message, or it is to go out again."""
        with self.engine.begin() as connection:
            connection.execute(delete(_SENT).where(*self._of(to), _SENT.c.status == "claimed"))

    def _of(self, to: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return _SENT.c.day == self.day.isoformat(), _SENT.c.recipient == to


@contextmanager
def ledger(state: str, day: date, at: datetime) -> Iterator[Ledger]:
    """The day's ledger in the state at a SQLAlchemy address. Raises SQLAlchemyError."""
    engine = create_engine(state)
    try:
        _metadata.create_all(engine)
        yield Ledger(engine, day, at)
    finally:
        engine.dispose()
