"""What operators need: sources, the index, the dashboard, the doctor."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from crawlers.catalogue import CatalogueError, load_sources, new_source, rows
from langnghe import stages
from langnghe.cli import pipeline
from langnghe.cli.console import Day, engine, err, fail, now, out, table, workspace
from langnghe.web.words import SOURCE_KINDS

app = typer.Typer()
sources = typer.Typer(no_args_is_help=True, help="Danh mục nguồn: mỗi nguồn một tệp YAML.")
index = typer.Typer(invoke_without_command=True, help="Đưa các lô đã gán nhãn vào chỉ mục.")
kibana = typer.Typer(no_args_is_help=True, help="Bảng điều khiển Kibana.")
app.add_typer(sources, name="sources")
app.add_typer(index, name="index")
app.add_typer(kibana, name="kibana")


@sources.command(name="list")
def list_sources(
    due: Annotated[bool, typer.Option(help="Chỉ nguồn đã đến lượt thu thập.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="In danh sách mã nguồn dạng JSON.")] = False,
) -> None:
    """Liệt kê nguồn."""
    work = workspace()
    shown = stages.due(work, now()) if due else list(work.sources.values())
    if as_json:
        typer.echo(json.dumps([source.slug for source in shown]))
        return
    lines = [
        (row.slug, row.name, SOURCE_KINDS[row.kind], row.province or "cả nước", row.spider, row.every)
        for row in rows({source.slug: source for source in shown})
    ]
    table(f"{len(lines)} nguồn", ("Mã", "Tên", "Loại", "Tỉnh, thành", "Cách thu thập", "Chu kỳ"), lines)


@sources.command()
def check(folder: Annotated[Path | None, typer.Argument(exists=True, file_okay=False)] = None) -> None:
    """Kiểm tra mọi tệp nguồn; lỗi nào cũng nói rõ tệp và dòng."""
    folders = [*workspace().settings.sources, *([folder] if folder else [])]
    try:
        found = load_sources(folders)
    except CatalogueError as error:
        fail(f"danh mục nguồn có lỗi:\n{error}")
    out.print(f"{len(found)} nguồn, không có lỗi")


@sources.command()
def new(
    slug: Annotated[str, typer.Argument(help="Mã nguồn <tỉnh>_<tên>, ví dụ dng_baodanang.")],
    home: Annotated[str, typer.Argument(help="Địa chỉ trang chủ.")],
    folder: Annotated[Path, typer.Option(help="Thư mục đặt tệp.")] = Path("sources"),
) -> None:
    """Viết tệp cho một nguồn mới, có chú giải để điền tiếp.

    Ví dụ: langnghe sources new hue_huengaynay https://huengaynay.vn/
    """
    file = folder / f"{slug}.yml"
    if file.exists():
        fail(f"{file} đã có")
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(new_source(slug, home), "utf8")
    out.print(f"Đã viết {file}. Điền cho đúng rồi chạy: langnghe sources check {folder}")


@sources.command()
def fixture(
    url: Annotated[str, typer.Argument(help="Địa chỉ của trang.")],
    html: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Tệp HTML đã lưu.")],
    folder: Annotated[Path, typer.Argument(help="Thư mục <mã nguồn>/<tên> của bài kiểm thử.")],
) -> None:
    """Ghi một trang thành bài kiểm thử trích xuất; người phải đọc kết quả một lần trước khi nhận.

    Ví dụ: langnghe sources fixture https://… bai.html tests/fixtures/sources/hue_huengaynay/bai-anh
    """
    from crawlers.fixtures import write_case
    from crawlers.pages import Page

    page = Page(url, "", now(), 200, {}, html.read_bytes())
    source = workspace().source_of(page)
    write_case(folder, replace(page, source=source.slug), source)
    out.print(f"Đã ghi {folder}. Đọc kỹ expected.json trước khi nhận.")


@index.callback()
def index_stage(context: typer.Context, day: Day = None) -> None:
    """Đưa các lô đã gán nhãn vào chỉ mục."""
    if context.invoked_subcommand is None:
        pipeline.stage("index", day)


@index.command()
def setup() -> None:
    """Tạo khuôn, chỉ mục và bí danh còn thiếu."""
    work = workspace()
    with engine(work.settings):
        out.print(f"Chỉ mục sẵn sàng ({work.settings.index.engine}).")


@app.command()
def reindex() -> None:
    """Dựng lại chỉ mục theo khuôn mới rồi đổi bí danh một lần; người đọc không bị gián đoạn."""
    with engine(workspace().settings) as engine_:
        for alias in ("documents", "crawl_runs"):
            out.print(f"{alias}: {engine_.reindex(alias)}")


@kibana.command(name="import")
def import_kibana() -> None:
    """Đưa khung dữ liệu và bảng điều khiển tiếng Việt vào Kibana."""
    from langnghe.kibana import KibanaError, import_objects

    work = workspace()
    names = {source.slug: source.name for source in work.sources.values()}
    try:
        report = import_objects(work.settings.kibana, work.settings.index.prefix, names)
    except KibanaError as error:
        fail(str(error))
    out.print(f"Đã nhập {report.imported} đối tượng. Bảng điều khiển: {report.dashboard}")


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Địa chỉ lắng nghe; ngoài máy này thì cần đăng nhập.")] = "",
    port: Annotated[int, typer.Option(help="Cổng.")] = 0,
) -> None:
    """Mở bảng điều khiển trên trình duyệt."""
    import uvicorn

    from langnghe.web.app import create_app
    from langnghe.web.security import InsecureSettingsError

    settings = workspace().settings
    web = settings.web.model_copy(
        update={"host": host or settings.web.host, "port": port or settings.web.port}
    )
    try:
        application = create_app(settings.model_copy(update={"web": web}))
    except InsecureSettingsError as error:
        fail(str(error))
    err.print(f"Bảng điều khiển: http://{web.host}:{web.port}  (Ctrl+C để dừng)")
    uvicorn.run(application, host=web.host, port=web.port, log_level="warning")


@app.command()
def doctor() -> None:
    """Khám hệ thống: cấu hình, nguồn, mô hình, chỉ mục, đồng hồ; nói rõ phải làm gì."""
    from langnghe.doctor import examine

    findings = examine(workspace(), now())
    marks = {"good": ("tốt", "green"), "advice": ("nên", "yellow"), "bad": ("hỏng", "red")}
    lines = [(found.subject, Text(*marks[found.state]), found.said) for found in findings]
    table("Khám hệ thống", ("Mục", "", "Thấy gì, làm gì"), lines)
    if any(finding.state == "bad" for finding in findings):
        raise typer.Exit(1)
