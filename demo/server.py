"""A small web server for invented and saved sites: each host its own site, also through a forward proxy.

A request may come straight to a port (`GET /path`, told apart by the `Host` header), or through the server
as a forward proxy (`GET http://host/path`, or `CONNECT` where a TLS context is given). So any host's pages
can be served from loopback under the host's own name.
"""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Response:
    """What a site answers."""

    body: bytes
    type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


Site = Callable[[str], Response]
"""From the path with its query to the answer."""

NOT_FOUND = Response(b"<h1>404</h1>", status=404)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        authority = url.netloc or self.headers.get("Host", "")
        path = (url.path or "/") + (f"?{url.query}" if url.query else "")
        site = self.server.sites.get(authority)
        response = site(path) if site else NOT_FOUND
        self.server.requests.append((authority, path))
        tag = f'"{hashlib.sha256(response.body).hexdigest()[:16]}"'
        if response.status == 200 and self.headers.get("If-None-Match") == tag:
            self._send(Response(b"", status=304, headers={"ETag": tag}))
            return
        self._send(response, tag)

    def do_CONNECT(self) -> None:
        if self.server.tls is None:
            self.send_error(501)
            return
        self.send_response(200, "Connection established")
        self.end_headers()
        # The client's next bytes are a TLS greeting: the same handler goes on over the wrapped socket.
        self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb", self.rbufsize)
        self.wfile = self.connection.makefile("wb", 0)
        self.close_connection = False

    def _send(self, response: Response, tag: str = "") -> None:
        self.send_response(response.status)
        if response.status != 304:
            self.send_header("Content-Type", response.type)
        self.send_header("Content-Length", str(len(response.body)))
        if tag and response.status == 200:
            self.send_header("ETag", tag)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(response.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing; `requests` holds what was asked."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, sites: Mapping[str, Site], tls: ssl.SSLContext | None) -> None:
        self.sites, self.tls = sites, tls
        self.requests: list[tuple[str, str]] = []
        super().__init__(("127.0.0.1", port), _Handler)


@dataclass(frozen=True)
class Served:
    """A running server."""

    port: int
    requests: list[tuple[str, str]]
    """(host, path) of every request so far."""

    @property
    def proxy(self) -> str:
        """Its address as a forward proxy."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serve(sites: Mapping[str, Site], port: int = 0, tls: ssl.SSLContext | None = None) -> Iterator[Served]:
    """Serve sites by host (`host` or `host:port`) on one loopback port; 0 takes a free one."""
    server = _Server(port, sites, tls)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield Served(server.server_address[1], server.requests)
    finally:
        server.shutdown()
        server.server_close()
