"""Sending the saved objects to Kibana.

A Kibana server cannot be had for these tests. The stand-in below is a real HTTP server on loopback that
speaks the Saved Objects import API as its reference and Kibana's source (8.19) describe it: the multipart
upload, the anti-forgery header, versions, references, and the answers' form. It proves our side of the wire;
that a Kibana draws the dashboard is not tried here.
"""

from __future__ import annotations

import base64
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme
from pydantic import SecretStr

from langnghe.config import KibanaSettings
from langnghe.kibana import KibanaError, import_objects

_PASSWORD = "mật khẩu"
_BASIC = "Basic " + base64.b64encode(f"analyst:{_PASSWORD}".encode()).decode()

Json = dict[str, Any]


class Kibana(ThreadingHTTPServer):
    """What the stand-in holds and how it is set up."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[tuple[str, str], Json] = {}
        self.authorised = {_BASIC, "ApiKey a2V5"}
        self.base = ""
        self.types = {"index-pattern": (10, 1, 0), "search": (10, 5, 0), "dashboard": (10, 2, 0)}
        """The newest form of each type that it knows."""
        self.refused: set[str] = set()
        """Types of which it stores nothing, as where a reference's target is missing."""
        self.whole: tuple[int, bytes] | None = None
        """Answers every request this way instead."""
        self.requests = 0


class _Handler(BaseHTTPRequestHandler):
    server: Kibana

    def do_POST(self) -> None:
        self.server.requests += 1
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status, answer = self.server.whole or self._answered(body)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", answer.decode())
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def _answered(self, body: bytes) -> tuple[int, bytes]:
        if self.path != f"{self.server.base}/api/saved_objects/_import?overwrite=true":
            return _failure(404, "Not Found")
        if "kbn-xsrf" not in self.headers:
            return _failure(400, "Request must contain a kbn-xsrf header.")
        if self.headers["Authorization"] not in self.server.authorised:
            return _failure(401, "[security_exception]: unable to authenticate user [analyst]")
        for each in (sent := self._objects(body)):
            version = tuple(int(part) for part in each["typeMigrationVersion"].split("."))
            if version > (known := self.server.types[each["type"]]):
                return _failure(
                    422,
                    f'Document "{each["id"]}" belongs to a more recent version of Kibana '
                    f"[{each['typeMigrationVersion']}] when the last known version is "
                    f"[{'.'.join(map(str, known))}].",
                )
        return 200, json.dumps(self._stored(sent)).encode()

    def _objects(self, body: bytes) -> list[Json]:
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        (part,) = BytesParser(policy=HTTP).parsebytes(head + body).iter_parts()
        assert part.get_param("name", header="content-disposition") == "file"
        assert str(part.get_filename()).endswith(".ndjson")
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        return [json.loads(line) for line in content.decode().splitlines()]

    def _stored(self, sent: list[Json]) -> Json:
        errors = []
        there = {(each["type"], each["id"]) for each in sent if each["type"] not in self.server.refused}
        for each in sent:
            wanted = [(reference["type"], reference["id"]) for reference in each["references"]]
            missing = [
                {"type": kind, "id": key} for kind, key in dict.fromkeys(wanted) if (kind, key) not in there
            ]
            named = {"type": each["type"], "id": each["id"]}
            if each["type"] in self.server.refused:
                errors.append(named | {"error": {"type": "unsupported_type"}})
            elif missing:
                errors.append(named | {"error": {"type": "missing_references", "references": missing}})
            else:
                self.server.objects[each["type"], each["id"]] = each
        answer = {"success": not errors, "successCount": len(sent) - len(errors), "warnings": []}
        return answer | ({"errors": errors} if errors else {})

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


def _failure(status: int, message: str) -> tuple[int, bytes]:
    return status, json.dumps({"statusCode": status, "error": "…", "message": message}).encode()


@contextmanager
def _running(server: Kibana) -> Iterator[Kibana]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def kibana() -> Iterator[Kibana]:
    with _running(Kibana()) as server:
        yield server


@pytest.fixture
def settings(kibana: Kibana) -> KibanaSettings:
    url = f"http://127.0.0.1:{kibana.server_port}"
    return KibanaSettings(url=url, user="analyst", password=SecretStr(_PASSWORD))


def test_the_objects_arrive_and_arrive_again(kibana: Kibana, settings: KibanaSettings) -> None:
    report = import_objects(settings)
    assert report.imported == 3
    assert report.objects == (
        "index-pattern langnghe-documents",
        "search langnghe-latest",
        "dashboard langnghe-overview",
    )
    assert report.dashboard == f"{settings.url}/app/dashboards#/view/langnghe-overview"
    first = dict(kibana.objects)
    assert import_objects(settings) == report
    assert kibana.objects == first
    assert first["dashboard", "langnghe-overview"]["attributes"]["title"] == "Lắng Nghe: tổng quan"


def test_an_api_key_goes_before_the_password(kibana: Kibana, settings: KibanaSettings) -> None:
    kibana.authorised = {"ApiKey a2V5"}
    assert import_objects(settings.model_copy(update={"api_key": SecretStr("a2V5")})).imported == 3


def test_a_base_path_and_a_space_stand_in_the_url(kibana: Kibana, settings: KibanaSettings) -> None:
    kibana.base = "/kibana/s/ioc"
    assert import_objects(settings.model_copy(update={"url": f"{settings.url}/kibana/s/ioc/"})).imported == 3


def test_the_data_view_reads_the_prefixed_index_and_names_sources(
    kibana: Kibana, settings: KibanaSettings
) -> None:
    import_objects(settings, prefix="dng-", sources={"dng_baodanang": "Báo Đà Nẵng"})
    view = kibana.objects["index-pattern", "langnghe-documents"]["attributes"]
    formats = json.loads(view["fieldFormatMap"])
    assert view["title"] == "dng-documents"
    assert formats["source"]["params"]["lookupEntries"] == [{"key": "dng_baodanang", "value": "Báo Đà Nẵng"}]
    assert formats["topic"]["params"]["lookupEntries"]


def test_a_wrong_password_is_said(kibana: Kibana, settings: KibanaSettings) -> None:
    with pytest.raises(KibanaError, match=r"từ chối.*`password`.*401.*security_exception"):
        import_objects(settings.model_copy(update={"password": SecretStr("khác")}))
    assert kibana.objects == {}


def test_no_kibana_is_said() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(KibanaError, match=r"không gặp được Kibana.*\[kibana\].*unreachable"):
            import_objects(KibanaSettings(url=url))


@pytest.mark.parametrize("url", ["http://", "http://127.0.0.1:port"])
def test_an_address_that_is_none_is_said(url: str) -> None:
    with pytest.raises(KibanaError, match="không gặp được Kibana"):
        import_objects(KibanaSettings(url=url))


def test_missing_references_are_listed(kibana: Kibana, settings: KibanaSettings) -> None:
    kibana.refused = {"index-pattern"}
    with pytest.raises(KibanaError) as caught:
        import_objects(settings)
    message = str(caught.value)
    assert "nhập được 0 đối tượng" in message
    assert "index-pattern langnghe-documents: Kibana này không biết loại" in message
    assert "dashboard langnghe-overview: thiếu đối tượng" in message
    assert "(missing references): index-pattern langnghe-documents" in message


def test_an_older_kibana_is_said(kibana: Kibana, settings: KibanaSettings) -> None:
    kibana.types["dashboard"] = (10, 1, 0)
    with pytest.raises(KibanaError, match=r"cũ hơn.*8\.19.*422.*langnghe-overview"):
        import_objects(settings)


def test_an_older_kibana_is_said_where_objects_are_refused_one_by_one(
    kibana: Kibana, settings: KibanaSettings
) -> None:
    why = {
        "type": "unknown",
        "statusCode": 422,
        "message": "belongs to a more recent version of Kibana [10.2.0]",
    }
    refused = {"type": "dashboard", "id": "langnghe-overview", "error": why}
    answer = {"success": False, "successCount": 2, "errors": [refused]}
    kibana.whole = (200, json.dumps(answer).encode())
    with pytest.raises(KibanaError, match=r"nhập được 2 .*dashboard langnghe-overview: .*cần Kibana 8\.19"):
        import_objects(settings)


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (503, b"Kibana server is not ready yet", r"chưa sẵn sàng.*not ready yet"),
        (413, b'{"message": "Payload content length greater than maximum"}', "maxImportPayloadBytes"),
        (403, b'{"message": "Unable to bulk_create dashboard"}', r"quyền.*bulk_create"),
        (404, b"<html>nginx</html>", "không phải Kibana"),
        (200, b"<html>login</html>", "không phải Kibana"),
        (200, b"[]", "không phải Kibana"),
        (500, b'{"message": "An internal server error occurred."}', r"báo lỗi.*internal"),
    ],
)
def test_other_answers_are_said(
    kibana: Kibana, settings: KibanaSettings, status: int, body: bytes, said: str
) -> None:
    kibana.whole = (status, body)
    with pytest.raises(KibanaError, match=said):
        import_objects(settings)


def test_the_password_does_not_follow_a_redirect(kibana: Kibana, settings: KibanaSettings) -> None:
    with _running(Kibana()) as elsewhere:
        kibana.whole = (302, f"http://127.0.0.1:{elsewhere.server_port}/login".encode())
        with pytest.raises(KibanaError, match="sửa `url`"):
            import_objects(settings)
        assert (kibana.requests, elsewhere.requests) == (1, 0)


def test_a_certificate_must_be_trusted(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server = Kibana()
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with _running(server):
        settings = KibanaSettings(url=f"https://127.0.0.1:{server.server_port}", api_key=SecretStr("a2V5"))
        with pytest.raises(KibanaError, match=r"chứng chỉ.*`ca_certs`"):
            import_objects(settings)
        assert import_objects(settings.model_copy(update={"ca_certs": tmp_path / "ca.pem"})).imported == 3
