"""A connection to the SMTP server, and one message handed over it."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr

from langnghe.config import MailSettings

_ACCEPTED = (250, 251)
_WIRE = SMTP.clone(cte_type="7bit")
"""Every server takes seven bits, whether it announces 8BITMIME or not."""
WAITS = 8
"""Timeouts that handing over may last: MAIL, RCPT, DATA and the text, each sent and each answered."""


class ServerError(Exception):
    """The server cannot be used; the message says why, in Vietnamese."""


class LostError(Exception):
    """The server fell silent; `taken` says whether it may have the message."""

    def __init__(self, error: Exception, *, taken: bool) -> None:
        super().__init__(str(error))
        self.taken = taken


@contextmanager
def connected(mail: MailSettings, timeout: float) -> Iterator[smtplib.SMTP]:
    """A server that has let us in. Raises ServerError."""
    where = f"{mail.host}:{mail.port}"
    try:
        server = _greeted(mail, timeout)
    except FileNotFoundError as error:
        raise ServerError(f"Không có tệp chứng chỉ {mail.ca_certs} (ca_certs).") from error
    except ssl.SSLError as error:
        raise ServerError(f"Kết nối mã hóa tới {where} không thành, xem lại ca_certs: {error}") from error
    except smtplib.SMTPAuthenticationError as error:
        raise ServerError(f"Máy chủ thư {where} không nhận người dùng hoặc mật khẩu.") from error
    except smtplib.SMTPNotSupportedError as error:
        raise ServerError(f"Máy chủ thư {where} không có điều cần dùng: {error}") from error
    except (OSError, UnicodeError, smtplib.SMTPException) as error:  # UnicodeError: not a host name
        raise ServerError(f"Không kết nối được máy chủ thư {where}: {error}") from error
    try:
        yield server
    finally:
        with suppress(OSError, smtplib.SMTPException):  # one that is gone already needs no goodbye
            server.quit()
        server.close()


def _greeted(mail: MailSettings, timeout: float) -> smtplib.SMTP:
    context = ssl.create_default_context(cafile=mail.ca_certs)
    if mail.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(mail.host, mail.port, timeout=timeout, context=context)
    else:
        server = smtplib.SMTP(mail.host, mail.port, timeout=timeout)
    try:
        if mail.security == "starttls":
            server.starttls(context=context)
        server.ehlo_or_helo_if_needed()
        if mail.user:
            server.login(mail.user, mail.password.get_secret_value())
    except BaseException:
        server.close()
        raise
    return server


def hand_over(server: smtplib.SMTP, message: EmailMessage) -> str:
    """Hand over a message to one recipient: nothing when taken, else the reason. Raises LostError.

    After a refusal the connection is of no more use: servers keep it open, half reset, or hang up.
    """
    sender, to = (parseaddr(str(message[header]))[1] for header in ("From", "To"))
    if not to.isascii():  # smtplib writes nothing else into RCPT
        return "địa chỉ phải viết không dấu"
    content = message.as_bytes(policy=_WIRE)
    taken = False
    try:
        code, answer = server.mail(sender)
        if code in _ACCEPTED:
            code, answer = server.rcpt(to)
        if code not in _ACCEPTED:
            return _said(code, answer)
        taken = True
        code, answer = server.data(content)
    except smtplib.SMTPDataError as error:
        return _said(error.smtp_code, error.smtp_error)
    except (OSError, smtplib.SMTPException) as error:
        raise LostError(error, taken=taken) from error
    return "" if code in _ACCEPTED else _said(code, answer)


def _said(code: int, answer: bytes | str) -> str:
    text = answer.decode("utf8", "replace") if isinstance(answer, bytes) else answer
    return f"{code} {' '.join(text.split())}"
