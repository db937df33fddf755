"""The command line: one verb a stage, and the tools around them."""

from __future__ import annotations

from typing import Annotated

import typer

from langnghe import __version__, log
from langnghe.cli import admin, models, pipeline, tools

app = typer.Typer(
    name="langnghe",
    help="Lắng nghe dư luận trong tỉnh: báo, cổng thông tin, diễn đàn, bình luận, phản ánh 1022.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    rich_markup_mode="rich",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"langnghe {__version__}")
        raise typer.Exit


@app.callback()
def main(
    level: Annotated[
        str, typer.Option("--log", help="Mức ghi nhật ký: debug, info, warning, error.")
    ] = "warning",
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="In phiên bản.")
    ] = False,
) -> None:
    """Lắng nghe dư luận trong tỉnh: báo, cổng thông tin, diễn đàn, bình luận, phản ánh 1022."""
    log.set_up(level)


for commands in (pipeline.app, tools.app, models.app, admin.app):
    app.registered_commands += commands.registered_commands
    app.registered_groups += commands.registered_groups
