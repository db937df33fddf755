"""What every command shares: settings, days, tables, progress bars, and errors that say what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Annotated, Any, NoReturn

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

from crawlers.catalogue import CatalogueError
from langnghe.config import VIETNAM, Settings
from langnghe.index import open_index
from langnghe.index.contract import Index, IndexError_
from langnghe.workspace import Workspace

out = Console()
err = Console(stderr=True)


def fail(message: str, status: int = 1) -> NoReturn:
    """Print an error and end the command."""
    err.print(f"[bold red]Lỗi:[/] {escape(message)}", highlight=False)
    raise typer.Exit(status)


def workspace(**changes: Any) -> Workspace:
    """The installation of the configuration at hand; a mistake in it ends the command."""
    try:
        work = Workspace(Settings(**changes))
        _ = work.sources
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        fail("cấu hình sai (langnghe.toml hoặc biến LANGNGHE_…):\n  " + "\n  ".join(lines))
    except CatalogueError as error:
        fail(f"danh mục nguồn có lỗi:\n{error}")
    return work


@contextmanager
def engine(settings: Settings) -> Iterator[Index]:
    """The search engine, set up; what it cannot do ends the command."""
    index = open_index(settings)
    try:
        index.setup()
        yield index
    except IndexError_ as error:
        fail(str(error))
    finally:
        index.close()


def now() -> datetime:
    """The time in Vietnam; commands read the clock once and pass it on."""
    return datetime.now(VIETNAM).replace(microsecond=0)


def parse_day(value: str) -> date:
    """`today`, `yesterday`, or a date as 2026-11-23."""
    words = {"today": 0, "hôm nay": 0, "yesterday": 1, "hôm qua": 1}
    if value in words:
        return now().date() - timedelta(days=words[value])
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise typer.BadParameter(f"{value!r}: viết today, yesterday hoặc ngày dạng 2026-11-23") from None


Day = Annotated[
    date | None,
    typer.Option(
        parser=parse_day, metavar="NGÀY", help="Ngày: today, yesterday hoặc 2026-11-23. Bỏ trống: hôm nay."
    ),
]


@contextmanager
def progress() -> Iterator[Progress]:
    """Bars on a terminal's error stream; silent where there is no terminal."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bars:
        yield bars


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; columns after the first that hold only numbers stand to the right."""
    grid = Table(title=title, title_justify="left", title_style="bold", header_style="bold")
    for place, column in enumerate(columns):
        numeric = place > 0 and all(isinstance(row[place], int) for row in rows)
        grid.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        grid.add_row(*(cell if isinstance(cell, Text) else escape(str(cell)) for cell in row))
    out.print(grid)


def counted(counts: Mapping[str, int], named: Callable[[str], str] = str) -> str:
    """`Y tế 12 · Giáo dục 7`."""
    return " · ".join(f"{named(key)} {count}" for key, count in counts.items())
