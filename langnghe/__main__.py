"""`python -m langnghe` is the `langnghe` command."""

from langnghe.cli import app

app(prog_name="langnghe")
