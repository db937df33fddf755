"""Public verbs for other tools: JSON lines in and out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from html import unescape
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.markup import escape

from crawlers.items import Comment, Rejected
from crawlers.pages import Page
from langnghe import stages
from langnghe.cli import pipeline
from langnghe.cli.console import Day, counted, engine, err, fail, now, out, parse_day, progress, workspace
from langnghe.imports import read_imports
from langnghe.query import Filters, Hit, QueryError
from langnghe.query import documents as search_documents
from langnghe.tickets import TicketFileError, read_mapping, read_tickets
from langnghe.web.words import reject
from nlp.labels import TIER, Text, Tier

app = typer.Typer()
tickets = typer.Typer(no_args_is_help=True, help="Phản ánh của người dân (1022, ứng dụng, hiện trường).")
app.add_typer(tickets, name="tickets")

_AT_ONCE = 256


@app.command()
def extract(
    day: Day = None,
    url: Annotated[str, typer.Option(help="Địa chỉ của trang.")] = "",
    html: Annotated[Path | None, typer.Option(help="Tệp HTML của trang; - là đầu vào chuẩn.")] = None,
    fetched_at: Annotated[
        datetime | None, typer.Option(help="Lúc tải trang, để hiểu “2 giờ trước”. Bỏ trống: bây giờ.")
    ] = None,
) -> None:
    """Đọc trang đã tải thành bài, bình luận. Với --url và --html: in một đối tượng JSON.

    Ví dụ:
      langnghe extract
      langnghe extract --url https://baodanang.vn/bai-123456.html --html bai.html
    """
    if not url and html is None:
        pipeline.stage("extract", day)
        return
    if not url or html is None:
        fail("cần cả --url và --html")
    from crawlers.extract import extract as extract_page

    try:
        body = sys.stdin.buffer.read() if str(html) == "-" else html.read_bytes()
    except OSError as error:
        fail(f"không đọc được {html}: {error}")
    at = (fetched_at.astimezone(now().tzinfo) if fetched_at else None) or now()
    page = Page(url, "", at, 200, {}, body)
    source = workspace().source_of(page)
    outcomes = extract_page(replace(page, source=source.slug), source)
    typer.echo(json.dumps(_shown(outcomes), ensure_ascii=False))


def _shown(outcomes: Sequence[Any]) -> dict[str, Any]:
    """What a page holds as one object; what follows a thread's opening post stands in `comments`."""
    found = [outcome for outcome in outcomes if not isinstance(outcome, Rejected)]
    if not found:
        refused = next(iter(outcomes), None)
        return {
            "reject": refused.reason if refused else "not_article",
            "detail": refused.detail if refused else "",
        }
    if isinstance(found[0], Comment):
        return {"kind": "comments", "comments": [comment.model_dump(mode="json") for comment in found]}
    first, *others = found
    item = first.model_dump(mode="json") | {"id": first.id, "text": first.text}
    replies = [other.model_dump(mode="json") for other in others]
    return {**item, "comments": replies} if replies else dict(item)


@app.command()
def annotate(
    tier: Annotated[Tier, typer.Option(help="Bậc mô hình: linear nhanh hơn, sai nhiều hơn.")] = TIER,
    details: Annotated[
        list[str] | None, typer.Option("--with", help="Thêm places, entities hay vector; lặp lại được.")
    ] = None,
) -> None:
    """Gán nhãn văn bản: mỗi dòng vào là một JSON, mỗi dòng ra thêm `labels`.

    Ví dụ:
      echo '{"kind": "comment", "title": "Nước đục", "text": "Chưa ai trả lời!"}' | langnghe annotate
      langnghe annotate --with places --with entities < bai.jsonl
    """
    from nlp.annotate import DETAILS
    from nlp.annotate import annotate as annotate_texts

    if unknown := set(details or ()) - set(DETAILS):
        fail(f"--with không có {', '.join(sorted(unknown))}; có: {', '.join(DETAILS)}")
    hidden = set(DETAILS) - set(details or ())
    lines = (line for line in sys.stdin.buffer if line.strip())
    refused = 0
    while some := list(islice(lines, _AT_ONCE)):
        rows = [_annotatable(line) for line in some]
        labels = iter(annotate_texts([text for _, text in rows if text], tier, details or ()))
        for row, text in rows:
            refused += text is None
            added = {"labels": next(labels).model_dump(mode="json", exclude=hidden)} if text else {}
            typer.echo(json.dumps(row | added, ensure_ascii=False))
    if refused:
        err.print(f"{refused} dòng bị loại (trường `reject`)")


def _annotatable(line: bytes) -> tuple[dict[str, Any], Text | None]:
    try:
        row = json.loads(line)
    except ValueError as error:
        return {"reject": "bad_json", "detail": str(error)}, None
    if not isinstance(row, dict):
        return {"reject": "bad_json", "detail": "not an object"}, None
    try:
        return row, Text.model_validate(
            {key: row[key] for key in Text.model_fields if row.get(key) is not None}
        )
    except ValidationError as error:
        wrong = error.errors()[0]
        return row | {
            "reject": "bad_line",
            "detail": f"{'.'.join(map(str, wrong['loc']))}: {wrong['msg']}",
        }, None


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, metavar="TỆP.jsonl")],
) -> None:
    """Nhập tài liệu từ nơi khác: mỗi dòng {"url", "title", "text", "published_at", "source", "kind"}."""
    _take("import", file, read_imports(file, now()))


@tickets.command(name="import")
def import_tickets(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, metavar="TỆP.csv|.xlsx|.json")],
    mapping: Annotated[
        Path, typer.Option("--map", exists=True, dir_okay=False, help="Bảng ánh xạ cột, dạng YAML.")
    ],
) -> None:
    """Nhập phản ánh; dòng nào không nhập được thì nói rõ lý do, nhập lại không sinh đôi.

    Ví dụ: langnghe tickets import 1022-thang-11.xlsx --map 1022.yml
    """
    try:
        columns = read_mapping(mapping)
        _take(columns.source, file, read_tickets(file, columns, now()))
    except TicketFileError as error:
        fail(str(error))


def _take(source: str, file: Path, items: Iterator[Any]) -> None:
    """Bring what a file holds into the index, and say what became of every line."""
    work, at = workspace(), now()
    with engine(work.settings) as index, progress() as bars:
        batch = stages.take_items(work, source, file, bars.track(items, description=f"Đọc {file.name}"), at)
        taken = batch.report("extract")
        stages.label(work, batch)
        written = stages.index(batch, index)
    refused = taken.rejected if taken else {}
    out.print(f"{file.name}: nhập {written.outputs}, loại {sum(refused.values())}", end="")
    out.print(f" ({counted(refused, reject)})" if refused else "")


@app.command()
def search(  # noqa: PLR0913, PLR0917 - the filters of a search
    query: Annotated[
        str, typer.Argument(metavar="CÂU_TÌM", help='Mọi từ đều phải có; "cụm từ", -bỏ, OR, ngoặc.')
    ],
    from_: Annotated[
        date | None, typer.Option("--from", parser=parse_day, metavar="NGÀY", help="Từ ngày.")
    ] = None,
    to: Annotated[date | None, typer.Option(parser=parse_day, metavar="NGÀY", help="Đến hết ngày.")] = None,
    topic: Annotated[list[str] | None, typer.Option(help="Chủ đề (mã): health, transport…")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Mã nguồn.")] = None,
    province: Annotated[list[str] | None, typer.Option(help="Tỉnh, thành (tên hiện nay).")] = None,
    sentiment: Annotated[list[str] | None, typer.Option(help="neg, neu, pos.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="article, post, comment, ticket.")] = None,
    size: Annotated[int, typer.Option(min=0, max=1000, help="Số kết quả.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="In JSON.")] = False,
) -> None:
    """Tìm trong chỉ mục; gõ không dấu cũng được, gõ có dấu thì khớp đúng dấu.

    Ví dụ:
      langnghe search 'nước đục -"cúp nước"' --from 2026-11-20 --topic environment
      langnghe search 'xe buyt (tre OR tram)' --json
    """
    chosen = {"topics": topic, "source": source, "provinces": province, "sentiment": sentiment, "kind": kind}
    filters = Filters(
        from_=from_, to=to, **{name: tuple(values) for name, values in chosen.items() if values}
    )
    with engine(workspace().settings) as index:
        try:
            found = search_documents(index, query, filters, size=size, at=now())
        except QueryError as error:
            fail(str(error))
    if as_json:
        hits = [_hit(hit) for hit in found.hits]
        typer.echo(json.dumps({"total": found.total, "hits": hits}, ensure_ascii=False))
        return
    out.print(f"[bold]{found.total} kết quả[/]")
    for hit in found.hits:
        document = hit.document
        out.print(
            f"\n[bold]{escape(document.title)}[/]  {document.published_at:%d/%m/%Y} · {document.source}"
        )
        for fragment in hit.highlight.fragments[:1]:
            marked = escape(unescape(fragment)).replace("<em>", "[yellow]").replace("</em>", "[/]")
            out.print(f"  {marked}", highlight=False)
        out.print(f"  [dim]{escape(document.url)}[/]", highlight=False, soft_wrap=True)


def _hit(hit: Hit) -> dict[str, Any]:
    document = hit.document.model_dump(mode="json", exclude={"text", "label_scores", "keywords", "batch"})
    highlight = {"title": hit.highlight.title, "fragments": list(hit.highlight.fragments)}
    return document | {"score": hit.score, "highlight": highlight}
