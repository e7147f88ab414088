"""The list of commands, and the options that stand before any of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli import (
    add,
    alerts,
    assess,
    backtest,
    backup,
    changes,
    check,
    demo,
    diff,
    doctor,
    documents,
    explain,
    exports,
    extract,
    first,
    imports,
    init,
    links,
    metrics,
    reextract,
    report,
    route,
    run,
    search,
    serve,
    show,
    silence,
    status,
    storage,
    test,
    timeline,
    validate,
    versions,
    work,
)
from monitor.cli.context import Context

app = typer.Typer(
    name="policywatch",
    help="Watches published policies and alerts a privacy team when their wording changes.",
    epilog="Example: policywatch --database archive.db search '\"train artificial intelligence\"'",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for module in (
    demo,
    init,
    add,
    extract,
    run,
    check,
    validate,
    doctor,
    status,
    metrics,
    serve,
    documents,
    versions,
    changes,
    alerts,
    show,
    diff,
    assess,
    search,
    first,
    timeline,
    explain,
    backtest,
    links,
    report,
    work,
    silence,
    route,
    test,
    backup,
    reextract,
):
    module.register(app)
app.add_typer(imports.app, name="import")
app.add_typer(exports.app, name="export")
app.add_typer(storage.app, name="storage")


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"policywatch {version('policywatch')}")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option("--config", help="The configuration file (else $POLICYWATCH_CONFIG, ./config.toml, ...)."),
    ] = None,
    database: Annotated[
        str | None, typer.Option("--database", help="The database; overrides the configuration.")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Tell more in the log.")] = False,
    show_version: Annotated[  # noqa: ARG001 (its callback has answered by now)
        bool,
        typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_print_version),
    ] = False,
) -> None:
    context.obj = Context(config, database, verbose)
