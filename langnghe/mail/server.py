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
    except (OSError, smtplib.SMTPException) as error:
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
    """Hand over a message to one recipient: nothing when taken, else the reason. Raises LostError."""
    content = message.as_bytes(policy=SMTP)
    taken = False
    try:
        code, answer = server.mail(parseaddr(str(message["From"]))[1])
        if code in _ACCEPTED:
            code, answer = server.rcpt(parseaddr(str(message["To"]))[1])
        if code not in _ACCEPTED:
            server.rset()
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
