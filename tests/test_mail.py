"""Sending the digest: once to each, by TLS, whatever the server does."""

from __future__ import annotations

import asyncio
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from pydantic import SecretStr

from langnghe.config import VIETNAM, MailSettings
from langnghe.mail import Delivery, MailError, send
from langnghe.mail.ledger import ledger

# aiosmtpd knows of STARTTLS only and takes a connection that is encrypted from the start for an open one.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

DAY = date(2026, 11, 25)
AT = datetime(2026, 11, 25, 20, 0, tzinfo=VIETNAM)
CHAIR, DEPUTY = "chu.tich@danang.example", "pho@danang.example"


class Inbox:
    """What the server took; refuses whom it is told to refuse."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, EmailMessage]] = []
        self.wire = b""
        self.refuses: set[str] = set()
        self.hangs_up = False
        self.rejects_content = False

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if address in self.refuses:
            if self.hangs_up:
                asyncio.get_running_loop().call_soon(server._writer.close)  # right after the answer
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.rejects_content:
            return "554 5.7.1 looks like spam"
        self.wire = envelope.content
        message = message_from_bytes(self.wire, policy=default)
        assert isinstance(message, EmailMessage)
        self.taken += [(to, message) for to in envelope.rcpt_tos]
        return "250 taken"

    @property
    def recipients(self) -> list[str]:
        return [to for to, _ in self.taken]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, Path]:
    ca, file = trustme.CA(), tmp_path_factory.mktemp("ca") / "ca.pem"
    ca.cert_pem.write_to_path(file)
    return ca, file


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


def _tls(ca: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert("localhost").configure_cert(context)
    return context


def _login(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=data == LoginPassword(b"langnghe", b"bi-mat"), handled=False)


@pytest.fixture(params=["starttls", "tls"])
def server(
    request: pytest.FixtureRequest, inbox: Inbox, authority: tuple[trustme.CA, Path]
) -> Iterator[MailSettings]:
    """A real SMTP server with TLS and a password, and the settings that reach it."""
    ca, file = authority
    tls = _tls(ca)
    options: dict[str, Any] = (
        {"ssl_context": tls} if request.param == "tls" else {"tls_context": tls, "require_starttls": True}
    )
    controller = Controller(
        inbox,
        hostname="localhost",
        port=0,
        authenticator=_login,
        auth_required=True,
        auth_require_tls=request.param == "starttls",
        **options,
    )
    controller.port = _free_port()
    controller.start()
    yield MailSettings(
        host="localhost",
        port=controller.port,
        security=request.param,
        ca_certs=file,
        user="langnghe",
        password=SecretStr("bi-mat"),
        sender="Lắng Nghe <langnghe@danang.example>",
        recipients=[CHAIR, DEPUTY],
    )
    controller.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def state(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'state.sqlite'}"


@pytest.fixture
def message() -> EmailMessage:
    made = EmailMessage()
    made["Subject"] = "Bản tin 25/11: nước đục ở An Hải"
    made.set_content("Nước đục ba ngày.\n.\nHết.\n")
    made.add_alternative('<p>Nước đục ba ngày.</p><img src="cid:bieu-do">', subtype="html")
    html = made.get_payload(1)
    assert isinstance(html, EmailMessage)
    html.add_related(b"\x89PNG", "image", "png", cid="<bieu-do>")
    return made


def test_each_recipient_gets_a_message_of_their_own(
    server: MailSettings, inbox: Inbox, state: str, message: EmailMessage
) -> None:
    assert send(message, DAY, server, state, AT).sent == (CHAIR, DEPUTY)
    assert [(to, got["To"]) for to, got in inbox.taken] == [(CHAIR, CHAIR), (DEPUTY, DEPUTY)]
    got = inbox.taken[0][1]
    assert got["Subject"] == "Bản tin 25/11: nước đục ở An Hải"
    assert got["From"] == "Lắng Nghe <langnghe@danang.example>"
    assert got["Date"].datetime == AT
    body = got.get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == "Nước đục ba ngày.\n.\nHết.\n"
    image = next(part for part in got.walk() if part.get_content_type() == "image/png")
    assert (image["Content-ID"], image.get_content()) == ("<bieu-do>", b"\x89PNG")
    assert got["Message-ID"] != inbox.taken[1][1]["Message-ID"]
    assert message["To"] is None


def test_a_text_goes_out_in_seven_bits_which_every_server_takes(
    server: MailSettings, inbox: Inbox, state: str, message: EmailMessage
) -> None:
    assert b"8bit" in message.as_bytes()
    send(message, DAY, server, state, AT)
    assert inbox.wire.isascii()


def test_a_days_message_goes_out_once_whatever_is_retried(
    server: MailSettings, inbox: Inbox, state: str, message: EmailMessage
) -> None:
    send(message, DAY, server, state, AT)
    again = send(message, DAY, server, state, AT)
    assert again == Delivery(already=(CHAIR, DEPUTY))
    assert send(message, DAY, server, state, AT, force=True).already == (CHAIR, DEPUTY)
    assert inbox.recipients == [CHAIR, DEPUTY]
    assert send(message, date(2026, 11, 26), server, state, AT).sent == (CHAIR, DEPUTY)


def test_an_address_written_twice_or_with_a_name_is_one_recipient(
    server: MailSettings, inbox: Inbox, state: str, message: EmailMessage
) -> None:
    send(message, DAY, server, state, AT)
    named = server.model_copy(update={"recipients": [f"Chủ tịch <{CHAIR}>", CHAIR]})
    assert send(message, DAY, named, state, AT).already == (CHAIR,)
    assert inbox.recipients == [CHAIR, DEPUTY]


def test_a_refused_recipient_is_named_and_tried_again(
    server: MailSettings, inbox: Inbox, state: str, message: EmailMessage
) -> None:
    inbox.refuses = {CHAIR}
    first = send(message, DAY, server, state, AT)
    assert (first.sent, dict(first.refused)) == ((DEPUTY,), {CHAIR: "550 5.1.1 no such mailbox"})
    assert CHAIR in first.problems
    inbox.refuses = set()
    assert send(message, DAY, server, state, AT) == Delivery(sent=(CHAIR,), already=(DEPUTY,))


def test_an_address_that_smtp_cannot_write_is_refused_and_the_others_get_theirs(
    server: MailSettings, inbox: Inbox, state: str, message: EmailMessage
) -> None:
    accented = server.model_copy(update={"recipients": ["chủ.tịch@danang.example", DEPUTY]})
    first = send(message, DAY, accented, state, AT)
    assert first.sent == (DEPUTY,)
    assert list(first.refused) == ["chủ.tịch@danang.example"]
    assert "không dấu" in first.problems
    again = send(message, DAY, accented, state, AT)
    assert (again.refused, again.unsure) == (first.refused, ())


def test_a_server_that_hangs_up_after_a_refusal_still_takes_the_others(
    server: MailSettings, inbox: Inbox, state: str, message: EmailMessage
) -> None:
    inbox.refuses, inbox.hangs_up = {CHAIR}, True
    assert send(message, DAY, server, state, AT) == Delivery(
        sent=(DEPUTY,), refused={CHAIR: "550 5.1.1 no such mailbox"}
    )


def test_a_server_that_goes_away_between_two_recipients_leaves_what_was_done_known(
    state: str, message: EmailMessage
) -> None:
    once, thread = _mortal(_dying("quit", answers={"rcpt": "550 no such mailbox"}), [CHAIR, DEPUTY])
    with pytest.raises(MailError, match="Không kết nối được") as caught:
        send(message, DAY, once, state, AT, timeout=1)
    thread.join(5)
    assert caught.value.delivery == Delivery(refused={CHAIR: "550 no such mailbox"})


def test_rejected_content_is_reported_and_not_counted_as_sent(
    server: MailSettings, inbox: Inbox, state: str, message: EmailMessage
) -> None:
    inbox.rejects_content = True
    assert dict(send(message, DAY, server, state, AT).refused) == {
        CHAIR: "554 5.7.1 looks like spam",
        DEPUTY: "554 5.7.1 looks like spam",
    }
    inbox.rejects_content = False
    assert send(message, DAY, server, state, AT).sent == (CHAIR, DEPUTY)


def test_a_wrong_password_is_an_error_and_nothing_is_claimed(
    server: MailSettings, inbox: Inbox, state: str, message: EmailMessage
) -> None:
    wrong = server.model_copy(update={"password": SecretStr("sai")})
    with pytest.raises(MailError, match="mật khẩu"):
        send(message, DAY, wrong, state, AT)
    assert send(message, DAY, server, state, AT).sent == (CHAIR, DEPUTY)


def test_a_password_that_smtp_cannot_write_is_an_error_that_says_what_to_do(
    server: MailSettings, inbox: Inbox, state: str, message: EmailMessage
) -> None:
    accented = server.model_copy(update={"password": SecretStr("bí-mật")})
    with pytest.raises(MailError, match="đặt lại mật khẩu") as caught:
        send(message, DAY, accented, state, AT)
    assert "bí-mật" not in str(caught.value)
    assert send(message, DAY, server, state, AT).sent == (CHAIR, DEPUTY)


def test_a_server_without_starttls_gets_no_password(inbox: Inbox, state: str, message: EmailMessage) -> None:
    controller = Controller(inbox, hostname="127.0.0.1", port=_free_port())
    controller.start()
    mail = MailSettings(
        host="127.0.0.1", port=controller.port, user="x", sender="ln@danang.example", recipients=[CHAIR]
    )
    with pytest.raises(MailError, match="STARTTLS"):
        send(message, DAY, mail, state, AT)
    controller.stop()
    assert inbox.taken == []


def test_an_unknown_certificate_is_an_error(
    server: MailSettings, inbox: Inbox, state: str, message: EmailMessage, tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    with pytest.raises(MailError, match="ca_certs"):
        send(message, DAY, server.model_copy(update={"ca_certs": other}), state, AT)
    assert inbox.taken == []


def test_a_crash_between_claim_and_mark_is_reported_and_sent_again_only_when_forced(
    server: MailSettings, inbox: Inbox, state: str, message: EmailMessage
) -> None:
    with ledger(state, DAY) as book:  # what a process leaves that dies while sending
        assert book.claim(CHAIR)
        assert not book.claim(CHAIR)
    after = send(message, DAY, server, state, AT)
    assert after == Delivery(sent=(DEPUTY,), unsure=(CHAIR,))
    assert CHAIR in after.problems
    _grow_old(state)
    assert send(message, DAY, server, state, AT).unsure == (CHAIR,)
    assert send(message, DAY, server, state, AT, force=True).sent == (CHAIR,)
    assert inbox.recipients == [DEPUTY, CHAIR]


def _grow_old(state: str) -> None:
    """Let the claims be ten minutes old."""
    past = datetime.now(UTC) - timedelta(minutes=10)
    with closing(sqlite3.connect(state.removeprefix("sqlite:///"))) as connection, connection:
        connection.execute("UPDATE mail_sent SET claimed_at = ?", (f"{past:%Y-%m-%d %H:%M:%S.%f}",))


def test_senders_at_the_same_time_send_one_message(
    server: MailSettings, inbox: Inbox, state: str, message: EmailMessage
) -> None:
    send(message, date(2026, 11, 24), server, state, AT)
    inbox.taken.clear()
    with ThreadPoolExecutor(3) as senders:
        done = list(senders.map(lambda force: send(message, DAY, server, state, AT, force=force), [True] * 3))
    assert sorted(inbox.recipients) == sorted(to for each in done for to in each.sent) == [CHAIR, DEPUTY]


def test_a_process_killed_while_sending_leaves_its_recipient_unsure(
    server: MailSettings, inbox: Inbox, state: str
) -> None:
    reached, gone = Event(), Event()

    def serve(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection, connection.makefile("rwb") as stream:
            stream.write(b"220 slow\r\n")
            stream.flush()
            while (line := stream.readline()) != b"data\r\n":
                stream.write(b"250 OK\r\n")
                stream.flush()
                assert line
            reached.set()
            gone.wait(30)

    slow, thread = _mortal(serve, [CHAIR])
    child = subprocess.Popen([sys.executable, "-c", _SENDS, slow.model_dump_json(), state])
    assert reached.wait(30)
    later = EmailMessage()
    later["Subject"] = "Bản tin"
    assert send(later, DAY, slow, state, AT, force=True) == Delivery(unsure=(CHAIR,))  # it may still get it
    child.send_signal(signal.SIGKILL)
    child.wait(10)
    gone.set()
    thread.join(5)
    assert send(later, DAY, server, state, AT) == Delivery(sent=(DEPUTY,), unsure=(CHAIR,))


_SENDS = """
import sys
from datetime import date, datetime
from email.message import EmailMessage
from langnghe.config import VIETNAM, MailSettings
from langnghe.mail import send
at = datetime(2026, 11, 25, 20, 0, tzinfo=VIETNAM)
send(EmailMessage(), at.date(), MailSettings.model_validate_json(sys.argv[1]), sys.argv[2], at)
"""


def _dying(last_words: str, answers: Mapping[str, str] = {}) -> Callable[[socket.socket], None]:
    """A server that speaks SMTP until a line begins with `last_words`, then is gone without an answer."""

    def serve(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        listening.close()
        with connection, connection.makefile("rwb") as stream:
            stream.write(b"220 dying\r\n")
            stream.flush()
            while not (line := stream.readline().rstrip().decode()).startswith(last_words):
                answer = answers.get(line[:4], "354 go on" if line == "data" else "250 OK")
                stream.write(f"{answer}\r\n".encode())
                stream.flush()
                while line == "data" and stream.readline() != b".\r\n":
                    pass
                if line == "data":
                    return

    return serve


def _mortal(serve: Callable[[socket.socket], None], recipients: list[str]) -> tuple[MailSettings, Thread]:
    listening = socket.create_server(("127.0.0.1", 0))
    thread = Thread(target=serve, args=(listening,), daemon=True)
    thread.start()
    port = listening.getsockname()[1]
    return (
        MailSettings(
            host="127.0.0.1", port=port, security="none", sender="ln@danang.example", recipients=recipients
        ),
        thread,
    )


def test_a_server_that_dies_with_the_message_leaves_us_unsure(
    server: MailSettings, inbox: Inbox, state: str, message: EmailMessage
) -> None:
    dying, thread = _mortal(_dying("nothing else"), [CHAIR, DEPUTY])
    with pytest.raises(MailError, match="Chưa rõ") as caught:
        send(message, DAY, dying, state, AT, timeout=5)
    thread.join(5)
    assert caught.value.delivery == Delivery(unsure=(CHAIR,))
    assert send(message, DAY, server, state, AT) == Delivery(sent=(DEPUTY,), unsure=(CHAIR,))


def test_a_server_that_dies_before_the_message_loses_nobody(
    server: MailSettings, inbox: Inbox, state: str, message: EmailMessage
) -> None:
    dying, thread = _mortal(_dying("rcpt"), [CHAIR, DEPUTY])
    with pytest.raises(MailError, match="lần chạy sau sẽ gửi tiếp"):
        send(message, DAY, dying, state, AT, timeout=5)
    thread.join(5)
    assert send(message, DAY, server, state, AT).sent == (CHAIR, DEPUTY)


def test_a_silent_server_is_given_up(state: str, message: EmailMessage) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mail = MailSettings(
            host="127.0.0.1", port=silent.getsockname()[1], sender="ln@danang.example", recipients=[CHAIR]
        )
        with pytest.raises(MailError, match="Không kết nối được"):
            send(message, DAY, mail, state, AT, timeout=0.5)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"host": ""}, "host"),
        ({"recipients": []}, "recipients"),
        ({"recipients": ["chu tich"]}, "chu tich"),
        ({"recipients": ['"chu\ntich"@danang.example']}, "Không phải địa chỉ thư"),
        ({"sender": "lắng.nghe@danang.example"}, "sender"),
        ({"host": "thu..danang.example"}, "Không kết nối được"),
        ({"security": "none", "user": "x", "host": "thu.danang.example"}, "không mã hóa"),
        ({"ca_certs": Path("/khong/co.pem"), "security": "tls"}, "co.pem"),
    ],
)
def test_settings_that_cannot_work_are_named(
    changed: dict[str, Any], said: str, state: str, message: EmailMessage
) -> None:
    mail = MailSettings(host="127.0.0.1", port=9, sender="ln@danang.example", recipients=[CHAIR])
    with pytest.raises(MailError, match=said):
        send(message, DAY, mail.model_copy(update=changed), state, AT, timeout=1)
