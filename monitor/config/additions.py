"""Adds a document to the files of `conf.d/`, without touching what a person wrote there."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from monitor.config.files import CONF_D, MAX_CONFIG_BYTES
from monitor.config.load import load_config
from monitor.config.settings import Settings
from monitor.errors import InputOutputFailed, InputUnreadable, NotPermitted
from monitor.keys import slug
from monitor.proposal import Proposal

_NEW_FILE = "# Written by `policywatch add`. Yours to edit: what is added later is appended below.\n"
_FILE_MODE = 0o644


def file_for(config: Path, proposal: Proposal) -> Path:
    """The file that holds the documents of the proposal's service, beside the configuration `config`."""
    return config.parent / CONF_D / f"{proposal.service.id}.toml"


def add_document(config: Path, proposal: Proposal, environ: Mapping[str, str]) -> Settings:
    """Append the proposal to its file and read the whole configuration anew.

    Raises:
        ConfigInvalid: with the document it has problems; the file is again as it was.
        InputUnreadable: the file that is there cannot be appended to.
        NotPermitted, InputOutputFailed: it cannot be written.
    """
    file = file_for(config, proposal).resolve()
    made_folder = not file.parent.exists()
    try:
        before = file.read_bytes() if file.exists() else None
        content = appended(_text(before, file), proposal, str(file))
        file.parent.mkdir(exist_ok=True)
        replace_file(file, content.encode())
        try:
            return load_config(config, environ)
        except BaseException:
            _take_back(file, before, made_folder=made_folder)
            raise
    except PermissionError as error:
        raise NotPermitted(f"{file} may not be written by this user") from error
    except OSError as error:
        raise InputOutputFailed(f"{file} could not be written: {error.strerror}") from error


def appended(text: str, proposal: Proposal, name: str) -> str:
    """`text`, of the file `name`, with the proposal at its end, under its service.

    Raises:
        InputUnreadable: the result would not be what was there before with this document added.
    """
    document, service = document_block(proposal), service_block(proposal)
    start = text if not text or text.endswith("\n") else text + "\n"
    for block in (document, f"{service}\n{document}"):
        result = f"{start}\n{block}" if start else f"{_NEW_FILE}\n{block}"
        if _adds_just(text, result, proposal):
            return result
    raise InputUnreadable(
        f"{name}: nothing can be appended to the way in which it is written; add the document by hand"
    )


def service_block(proposal: Proposal) -> str:
    lines = ["[[services]]", f"name = {_quoted(proposal.service.name)}"]
    if proposal.service.id != slug(proposal.service.name.replace("/", " ")):
        lines.append(f"id = {_quoted(proposal.service.id)}")
    return "\n".join(lines) + "\n"


def document_block(proposal: Proposal) -> str:
    table = _table(proposal)
    return "\n".join(["[[services.documents]]", *(f"{key} = {_quoted(table[key])}" for key in table)]) + "\n"


def replace_file(file: Path, content: bytes) -> None:
    """Write `file` as a whole or not at all; what is half written has a name that is read by nobody."""
    partial = file.with_name(f".{file.name}.partial")
    mode = file.stat().st_mode & 0o777 if file.exists() else _FILE_MODE
    try:
        with partial.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        partial.chmod(mode)
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)


def _table(proposal: Proposal) -> dict[str, str]:
    given = {
        "kind": proposal.kind,
        "variant": proposal.variant,
        "url": proposal.url,
        "region": proposal.region,
        "language": proposal.language,
        "every": proposal.every,
    }
    return {key: value for key, value in given.items() if value is not None}


def _adds_just(before: str, after: str, proposal: Proposal) -> bool:
    """Whether `after` says all that `before` says and, of this service, one document more."""
    try:
        old, new = tomllib.loads(before), tomllib.loads(after)
    except tomllib.TOMLDecodeError:
        return False
    services: list[dict[str, Any]] = list(old.get("services", []))
    if len(new["services"]) == len(services) and services:
        *services, last = services
        if last.get("name") != proposal.service.name:
            return False
        services.append({**last, "documents": [*last.get("documents", []), _table(proposal)]})
    else:
        named = tomllib.loads(service_block(proposal))["services"][0]
        services.append({**named, "documents": [_table(proposal)]})
    return bool(new == {**old, "services": services})


def _quoted(text: str) -> str:
    """`text` as a TOML string; of what JSON writes in quotes only DEL is none."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _text(content: bytes | None, file: Path) -> str:
    if content is not None and len(content) > MAX_CONFIG_BYTES:
        raise InputUnreadable(f"{file} is longer than {MAX_CONFIG_BYTES} bytes")
    return (content or b"").decode("utf-8-sig").replace("\r\n", "\n")


def _take_back(file: Path, before: bytes | None, *, made_folder: bool) -> None:
    if before is not None:
        replace_file(file, before)
        return
    file.unlink(missing_ok=True)
    if made_folder:
        file.parent.rmdir()
