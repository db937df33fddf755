"""The data view, the saved search and the dashboard that analysts open in Kibana, sent by its import API.

The objects are compiled from `index_templates/kibana/langnghe.yml` (`compile.py` beside it).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import urllib3
from pydantic import BaseModel, ConfigDict

from langnghe.config import KibanaSettings

OBJECTS = Path(__file__).parents[1] / "index_templates" / "kibana" / "langnghe.ndjson"
_SECONDS = 60
_NEWER = "more recent version of Kibana"

_EXPLAINED = {
    "missing_references": "thiếu đối tượng được nhắc tới (missing references)",
    "conflict": "đã có đối tượng khác cùng mã (conflict)",
    "ambiguous_conflict": "đã có nhiều đối tượng trùng (ambiguous conflict)",
    "unsupported_type": "Kibana này không biết loại đối tượng này (unsupported type)",
}


class KibanaError(Exception):
    """Kibana did not take the objects; the message says what to do."""


class ImportReport(BaseModel):
    """What Kibana holds now."""

    model_config = ConfigDict(frozen=True)

    imported: int
    objects: tuple[str, ...]
    """`dashboard langnghe-overview`, in the order sent."""
    dashboard: str
    """Where the dashboard is read, `http://127.0.0.1:5601/app/dashboards#/view/langnghe-overview`."""


def import_objects(
    settings: KibanaSettings, prefix: str = "", sources: Mapping[str, str] | None = None
) -> ImportReport:
    """Write the saved objects into Kibana over what is there; raises KibanaError.

    `prefix` is that of `[index]`; `sources` gives the names that readers see for sources' slugs.
    """
    objects = saved_objects(prefix, sources or {})
    answer = _sent(settings, "".join(f"{json.dumps(each, ensure_ascii=False)}\n" for each in objects))
    if answer.get("success") is not True:
        raise KibanaError(_refusal(answer))
    url = settings.url.rstrip("/")
    overview = next(each["id"] for each in objects if each["type"] == "dashboard")
    return ImportReport(
        imported=answer.get("successCount", 0),
        objects=tuple(f"{each['type']} {each['id']}" for each in objects),
        dashboard=f"{url}/app/dashboards#/view/{overview}",
    )


def saved_objects(prefix: str = "", sources: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """The compiled objects, the data view over the prefixed index and with the names of the sources."""
    objects = [json.loads(line) for line in OBJECTS.read_text(encoding="utf8").splitlines()]
    view = next(each["attributes"] for each in objects if each["type"] == "index-pattern")
    view["title"] = f"{prefix}{view['title']}"
    if sources:
        entries = [{"key": slug, "value": name} for slug, name in sorted(sources.items())]
        named = {"source": {"id": "static_lookup", "params": {"lookupEntries": entries}}}
        view["fieldFormatMap"] = json.dumps(json.loads(view["fieldFormatMap"]) | named, ensure_ascii=False)
    return objects


def _sent(settings: KibanaSettings, lines: str) -> dict[str, Any]:
    """Kibana's answer to the lines, read."""
    address = f"{settings.url.rstrip('/')}/api/saved_objects/_import?overwrite=true"
    file = ("langnghe.ndjson", lines.encode(), "application/ndjson")
    try:
        # No redirects: the password must not travel on to another host.
        with urllib3.PoolManager(ca_certs=settings.ca_certs and str(settings.ca_certs)) as pool:
            response = pool.request(
                "POST",
                address,
                fields={"file": file},
                headers=_headers(settings),
                redirect=False,
                retries=False,
                timeout=_SECONDS,
            )
    except urllib3.exceptions.SSLError as error:
        raise KibanaError(
            f"{settings.url} không có chứng chỉ tin được: đặt `ca_certs` trong [kibana] "
            f"(certificate: {error})"
        ) from error
    except urllib3.exceptions.HTTPError as error:
        raise KibanaError(
            f"không gặp được Kibana ở {settings.url}: hãy khởi động Kibana hoặc sửa `url` trong [kibana] "
            f"(unreachable: {error})"
        ) from error
    return _answer(settings, response.status, response.data)


def _headers(settings: KibanaSettings) -> dict[str, str]:
    headers = {"kbn-xsrf": "langnghe"}
    if key := settings.api_key.get_secret_value():
        return headers | {"Authorization": f"ApiKey {key}"}
    if settings.user:
        pair = f"{settings.user}:{settings.password.get_secret_value()}"
        return headers | {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    return headers


def _answer(settings: KibanaSettings, status: int, data: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(data)
    except ValueError:
        answer = {}
    if status == 200 and isinstance(answer, dict) and "success" in answer:
        return answer
    said = answer.get("message") if isinstance(answer, dict) else None
    detail = str(said or data[:200].decode(errors="replace")).strip()
    raise KibanaError(f"{settings.url}: {_advice(status, detail)} (HTTP {status}: {detail})")


def _advice(status: int, detail: str) -> str:
    if _NEWER in detail:
        return "Kibana cũ hơn các đối tượng này, cần Kibana 8.19 trở lên"
    if status in (401, 403):
        return (
            "Kibana từ chối: xem lại `user` và `password` hoặc `api_key` trong [kibana], "
            "và quyền quản lý đối tượng đã lưu"
        )
    if status == 413:
        return "Kibana không nhận tệp lớn: tăng `savedObjects.maxImportPayloadBytes`"
    if status == 503:
        return "Kibana chưa sẵn sàng: đợi rồi thử lại"
    if status == 200 or 300 <= status < 400 or status == 404:
        return "không phải Kibana, hoặc thiếu đường dẫn gốc hay `/s/<space>`: sửa `url` trong [kibana]"
    return "Kibana báo lỗi"


def _refusal(answer: Mapping[str, Any]) -> str:
    errors = answer.get("errors") or [{"error": {"message": "không nói vì sao (no reason given)"}}]
    listed = "; ".join(_explained(each) for each in errors)
    return f"Kibana nhập được {answer.get('successCount', 0)} đối tượng, còn lại bị từ chối: {listed}"


def _explained(refused: Mapping[str, Any]) -> str:
    error = refused.get("error", {})
    missing = ", ".join(f"{each['type']} {each['id']}" for each in error.get("references", ()))
    message = str(error.get("message", ""))
    if _NEWER in message:
        message = f"{_advice(422, message)}: {message}"
    why = ": ".join(part for part in (_EXPLAINED.get(error.get("type", "")), missing or message) if part)
    name = f"{refused.get('type', '')} {refused.get('id', '')}".strip()
    return f"{name}: {why}" if name else why
