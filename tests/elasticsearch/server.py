"""Run a real Elasticsearch on loopback until stdin closes, so that it never outlives who asked for it.

`python tests/elasticsearch/server.py` prints one line of JSON when the server is up, with the keys that
`[index]` of `langnghe.toml` has for it; or it leaves with status 3 and says what is missing. TLS and a
password are always on. Root's rights are given up.
"""

from __future__ import annotations

import base64
import ctypes
import hashlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import trustme
from install import Missing, install

_USER = 61920
"""Numeric id that the server runs under when root starts it; it needs no account."""
_START = 180.0
_SETTINGS = """
cluster.name: langnghe-test
discovery.type: single-node
network.host: 127.0.0.1
http.port: 0
transport.port: 0
node.portsfile: true
cluster.routing.allocation.disk.threshold_enabled: false
action.auto_create_index: false
xpack.security.enabled: true
xpack.security.http.ssl.enabled: true
xpack.security.http.ssl.key: server.key
xpack.security.http.ssl.certificate: server.pem
"""


def main() -> None:
    """Start, say where, wait for the end of stdin, stop."""
    try:
        home = install()
    except Missing as missing:
        sys.stderr.write(f"{missing}\n")
        sys.exit(3)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with tempfile.TemporaryDirectory(prefix="langnghe-elasticsearch-") as name:
        folder = Path(name)
        access = _configure(home, folder)
        with _readable(home), _running(home, folder) as server:
            sys.stdout.write(json.dumps({"url": f"https://{_address(folder, server)}"} | access) + "\n")
            sys.stdout.flush()
            sys.stdin.read()


@contextmanager
def _readable(home: Path) -> Iterator[None]:
    try:
        yield
    except PermissionError:
        sys.exit(f"{home} is closed to others than root: set LANGNGHE_CACHE to a folder that all may read")


def _configure(home: Path, folder: Path) -> dict[str, str]:
    """Write the server's folders; return how to reach it."""
    config = folder / "config"
    shutil.copytree(home / "config", config)
    (config / "elasticsearch.yml").write_text(
        f"{_SETTINGS}path.data: {folder / 'data'}\npath.logs: {folder / 'logs'}\n"
    )
    authority = trustme.CA()
    (folder / "tmp").mkdir()
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    certificate.private_key_pem.write_to_path(config / "server.key")
    for part in certificate.cert_chain_pems:
        part.write_to_path(config / "server.pem", append=True)
    password = secrets.token_urlsafe(16)
    (config / "users").write_text(f"langnghe:{_hashed(password)}\n")
    (config / "users_roles").write_text("superuser:langnghe\n")
    if os.getuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, _USER, _USER)
    return {"user": "langnghe", "password": password, "ca_certs": str(folder / "ca.pem")}


def _hashed(password: str) -> str:
    """The password as the file realm keeps it."""
    salt = secrets.token_bytes(32)
    key = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, 1000, 32)
    return f"{{PBKDF2}}1000${base64.b64encode(salt).decode()}${base64.b64encode(key).decode()}"


@contextmanager
def _running(home: Path, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "ES_JAVA_HOME": str(Path(shutil.which("javac") or "/").resolve().parents[1]),
        "ES_PATH_CONF": str(folder / "config"),
        "ES_TMPDIR": str(folder / "tmp"),
        "ES_JAVA_OPTS": "-Xms512m -Xmx512m -XX:TieredStopAtLevel=1",
    }
    user = {"user": _USER, "group": _USER, "extra_groups": []} if os.getuid() == 0 else {}
    with (folder / "output").open("wb") as output:
        server = subprocess.Popen(
            [home / "bin" / "elasticsearch"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - no threads here
            **user,  # type: ignore[arg-type]
        )
    try:
        yield server
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()


def _die_with_parent() -> None:
    # PR_SET_PDEATHSIG of prctl(2); Elasticsearch's launcher takes its server with it.
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def _address(folder: Path, server: subprocess.Popen[bytes]) -> str:
    """`127.0.0.1:39200`, once the server has written it down."""
    ports = folder / "logs" / "http.ports"
    deadline = time.monotonic() + _START
    while time.monotonic() < deadline and server.poll() is None:
        if ports.is_file():
            return next(line for line in ports.read_text().splitlines() if line.startswith("127."))
        time.sleep(0.2)
    sys.exit(f"Elasticsearch did not start:\n{(folder / 'output').read_text()[-3000:]}")


if __name__ == "__main__":
    main()
