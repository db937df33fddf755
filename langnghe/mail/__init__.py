"""Sends a day's digest by SMTP, once to each recipient, whatever is retried.

Each recipient is claimed in the table `mail_sent` just before the message goes out, and marked after the
server has taken it. Where the process dies or the server falls silent in between, nobody knows whether the
message arrived: the recipient stays claimed, is reported as unsure, and gets it again only with `force`,
once the claim is older than anybody takes to send. What the server clearly did not take is released and goes
out with the next try. Each recipient has a connection of their own: what one breaks does not touch the next.
"""

from __future__ import annotations

import re
import smtplib
from collections.abc import Mapping
from copy import deepcopy
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from hashlib import sha256

from pydantic import BaseModel, ConfigDict
from sqlalchemy.exc import SQLAlchemyError

from langnghe.config import MailSettings
from langnghe.mail.ledger import Ledger, ledger
from langnghe.mail.server import WAITS, LostError, ServerError, connected, hand_over

__all__ = ["TIMEOUT", "Delivery", "MailError", "send"]

TIMEOUT = 30.0
"""Seconds without an answer after which the server counts as dead."""
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class Delivery(BaseModel):
    """What became of each recipient."""

    model_config = ConfigDict(frozen=True)

    sent: tuple[str, ...] = ()
    already: tuple[str, ...] = ()
    """Got it in an earlier run."""
    unsure: tuple[str, ...] = ()
    """A run was cut off while sending to them, or another one is doing so now; not sent unless forced."""
    refused: Mapping[str, str] = {}
    """With the reason; tried again the next time."""

    @property
    def problems(self) -> str:
        """What somebody should look at, in Vietnamese; empty where all is well."""
        said = [f"Không gửi được thư cho {to}: {why}." for to, why in self.refused.items()]
        if self.unsure:
            said.append(
                f"Chưa rõ thư đã tới {', '.join(self.unsure)} chưa, vì lần gửi trước bị ngắt giữa chừng "
                "hoặc đang chạy. Hãy hỏi người nhận; cần thì vài phút nữa gửi lại bằng --force."
            )
        return " ".join(said)


class MailError(Exception):
    """The mail could not be sent; the message says why, in Vietnamese. `delivery` is what was done before."""

    def __init__(self, message: str, delivery: Delivery | None = None) -> None:
        super().__init__(message)
        self.delivery = delivery or Delivery()


def send(  # noqa: PLR0913 - what, to whom, where it is remembered, when
    message: EmailMessage,
    day: date,
    mail: MailSettings,
    state: str,
    at: datetime,
    *,
    force: bool = False,
    timeout: float = TIMEOUT,
) -> Delivery:
    """Send a day's message to every recipient of the settings who has not got it yet.

    Args:
        message: subject and content; sender, recipient, date and id are added.
        day: the digest's day; a recipient gets one message a day.
        mail: server, sender, recipients.
        state: SQLAlchemy address of the small state.
        at: aware; the message's date.
        force: send also to those of whom it is not known whether they got it, unless they were claimed so
            lately that another run may be sending to them now.
        timeout: seconds to wait for each answer of the server.

    Raises:
        MailError: the settings lack something, the server cannot be reached, rejects the login, or falls
            silent; whoever was not reached gets the message with the next call.
    """
    _check(mail)
    try:
        with ledger(state, day) as book:
            if force:
                book.release_abandoned(timedelta(seconds=WAITS * timeout))
            return _send(message, mail, book, at, timeout)
    except SQLAlchemyError as error:
        raise MailError(f"Không dùng được sổ ghi thư đã gửi: {error}") from error


def _send(message: EmailMessage, mail: MailSettings, book: Ledger, at: datetime, timeout: float) -> Delivery:
    recipients = tuple(dict.fromkeys(parseaddr(each)[1] for each in mail.recipients))
    known = book.known()
    done = Delivery(
        already=tuple(to for to in recipients if known.get(to) == "sent"),
        unsure=tuple(to for to in recipients if known.get(to) == "claimed"),
    )
    for to in (to for to in recipients if to not in known):
        addressed = _addressed(message, book.day, at, to, mail.sender)
        try:
            with connected(mail, timeout) as server:
                done = _send_one(server, addressed, to, book, done)
        except ServerError as error:
            raise MailError(str(error), done) from error
    return done


def _send_one(server: smtplib.SMTP, message: EmailMessage, to: str, book: Ledger, done: Delivery) -> Delivery:
    """Send to one recipient and add what became of it to what is done."""
    if not book.claim(to):
        return done.model_copy(update={"unsure": (*done.unsure, to)})
    try:
        refusal = hand_over(server, message)
    except LostError as error:
        if error.taken:
            done = done.model_copy(update={"unsure": (*done.unsure, to)})
            raise MailError(f"Máy chủ thư ngừng trả lời ({error}). {done.problems}", done) from error
        book.release(to)
        raise MailError(
            f"Máy chủ thư ngừng trả lời trước khi nhận thư cho {to} ({error}); lần chạy sau sẽ gửi tiếp.",
            done,
        ) from error
    if refusal:
        book.release(to)
        return done.model_copy(update={"refused": {**done.refused, to: refusal}})
    book.mark(to)
    return done.model_copy(update={"sent": (*done.sent, to)})


def _addressed(message: EmailMessage, day: date, at: datetime, to: str, sender: str) -> EmailMessage:
    """A copy for one recipient; its id is the same whenever the day's message goes to them."""
    copy = deepcopy(message)
    for header in ("From", "To", "Date", "Message-ID", "Auto-Submitted"):
        del copy[header]
    identity = sha256(f"{day}\n{to}\n{sender}".encode()).hexdigest()[:32]
    copy["From"], copy["To"], copy["Date"] = sender, to, format_datetime(at)
    copy["Message-ID"] = f"<{identity}@{parseaddr(sender)[1].rpartition('@')[2]}>"
    copy["Auto-Submitted"] = "auto-generated"
    return copy


def _check(mail: MailSettings) -> None:
    if missing := [name for name in ("host", "sender", "recipients") if not getattr(mail, name)]:
        raise MailError(f"Chưa đặt {', '.join(missing)} ở mục [mail] của langnghe.toml.")
    if wrong := [
        each for each in (mail.sender, *mail.recipients) if not _ADDRESS.fullmatch(parseaddr(each)[1])
    ]:
        raise MailError(f"Không phải địa chỉ thư: {', '.join(wrong)}.")
    if not parseaddr(mail.sender)[1].isascii():
        raise MailError(f"Địa chỉ người gửi (sender) phải viết không dấu: {mail.sender}.")
    if mail.user and not (mail.user + mail.password.get_secret_value()).isascii():
        raise MailError(
            "Tên người dùng và mật khẩu thư chỉ được có chữ không dấu: hãy đặt lại mật khẩu của hộp thư, "
            "hoặc tạo mật khẩu ứng dụng, rồi ghi vào mục [mail] của langnghe.toml."
        )
    if mail.security == "none" and mail.user and mail.host not in _LOOPBACK:
        raise MailError("Không gửi mật khẩu qua kết nối không mã hóa: đặt security là starttls hoặc tls.")
