"""Which recipients of a day's digest are claimed, and which have got it: the table `mail_sent`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

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
    Column("claimed_at", DateTime(timezone=True), nullable=False),  # UTC by the clock
)


@dataclass(frozen=True)
class Ledger:
    """The recipients of one day."""

    engine: Engine
    day: date

    def known(self) -> dict[str, str]:
        """`claimed` or `sent` of each recipient that was claimed."""
        asked = select(_SENT.c.recipient, _SENT.c.status).where(self._that_day)
        with self.engine.connect() as connection:
            return {row.recipient: row.status for row in connection.execute(asked)}

    def claim(self, to: str) -> bool:
        """Take a recipient before sending; False where another process took it first."""
        row = {
            "day": self.day.isoformat(),
            "recipient": to,
            "status": "claimed",
            "claimed_at": datetime.now(UTC),
        }
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
        """The server has clearly not taken the message."""
        with self.engine.begin() as connection:
            connection.execute(delete(_SENT).where(*self._of(to), _SENT.c.status == "claimed"))

    def release_abandoned(self, held: timedelta) -> None:
        """Release the claims held for longer than anybody takes to send."""
        old = _SENT.c.claimed_at < datetime.now(UTC) - held
        with self.engine.begin() as connection:
            connection.execute(delete(_SENT).where(self._that_day, _SENT.c.status == "claimed", old))

    def _of(self, to: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return self._that_day, _SENT.c.recipient == to

    @property
    def _that_day(self) -> ColumnElement[bool]:
        return _SENT.c.day == self.day.isoformat()


@contextmanager
def ledger(state: str, day: date) -> Iterator[Ledger]:
    """The day's ledger in the state at a SQLAlchemy address. Raises SQLAlchemyError."""
    engine = create_engine(state)
    try:
        _metadata.create_all(engine)
        yield Ledger(engine, day)
    finally:
        engine.dispose()
