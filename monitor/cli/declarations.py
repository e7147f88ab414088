"""`policywatch import ota-declarations`: Open Terms Archive's declarations become documents to watch."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.context import Context
from monitor.cli.output import safe

if TYPE_CHECKING:
    from monitor.importers.ota_declarations import Declared, Existing

DAMAGED = 65
STANDARD_OUTPUT = Path("-")


def ota_declarations(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="A work tree, a bare repository, a bundle or a folder.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", help="The file to write; - for standard output (else conf.d/NAME.toml)."),
    ] = None,
) -> None:
    """Write the services, addresses and selectors that Open Terms Archive declares as our configuration."""
    from monitor.importers.config_text import render
    from monitor.importers.ota_declarations import convert, read_declarations

    file = output or _beside_the_configuration(context.obj, path)
    files = read_declarations(path)
    existing = _existing(context.obj, file)
    declared = convert(files, existing)
    text = render(declared.services)
    if file == STANDARD_OUTPUT:
        sys.stdout.write(text)
    else:
        _write(file, text)
    _tell(declared, file)


def _beside_the_configuration(context: Context, path: Path) -> Path:
    from monitor.config import find_config
    from monitor.errors import UsageError
    from monitor.importers.recorded import origin_of

    config = find_config(context.config, os.environ, Path.cwd())
    if config is None:
        raise UsageError("there is no configuration to write beside; name a file with --output, or - to see it")
    return config.absolute().parent / "conf.d" / f"{origin_of(path.resolve().name)}.toml"


def _existing(context: Context, file: Path) -> Existing:
    """What the configuration watches apart from `file`, which is written anew."""
    from monitor.config import find_config
    from monitor.config.watched import targets_elsewhere
    from monitor.importers.addresses import canonical
    from monitor.importers.ota_declarations import Existing

    config = find_config(context.config, os.environ, Path.cwd())
    targets = targets_elsewhere(config, file) if config is not None and config.is_file() else ()
    return Existing(
        frozenset(target.key for target in targets),
        {canonical(url) or "": target.key for target in targets for url in target.urls},
        {target.service_id: target.service for target in targets},
    )


def _write(file: Path, text: str) -> None:
    """Replace the file as a whole, unless it is somebody else's."""
    from monitor.errors import UsageError
    from monitor.importers.config_text import MARK

    if file.exists() and not file.read_text("utf-8", "replace").startswith(MARK):
        raise UsageError(f"{file}: this file was not made by an import; name another with --output")
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=file.parent, prefix=".", delete=False) as new:
        new.write(text)
        Path(new.name).chmod(0o644)
    Path(new.name).replace(file)


def _tell(declared: Declared, file: Path) -> None:
    for line in declared.left_out:
        sys.stderr.write(safe(f"not carried over: {line}\n"))
    for line in declared.damaged:
        sys.stderr.write(safe(f"cannot be read: {line}\n"))
    documents = sum(len(service.documents) for service in declared.services)
    if file != STANDARD_OUTPUT:
        sys.stdout.write(
            f"{file}: {documents} documents of {len(declared.services)} services,"
            f" {declared.watched} are watched already; see `policywatch validate`\n"
        )
    if declared.damaged:
        raise typer.Exit(DAMAGED)
