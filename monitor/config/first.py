"""Writes a first configuration with the starter list of documents, and never over anything."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

from monitor.config.files import CONF_D
from monitor.config.load import load_config
from monitor.config.settings import Settings
from monitor.errors import InputOutputFailed, NotPermitted, UsageError

STARTER = "starter.toml"
_ON_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


def write_first_config(config: Path, contact: str, mail_host: str, environ: Mapping[str, str]) -> Settings:
    """Write `config` and `conf.d/starter.toml` beside it, and read them back.

    `contact` is an e-mail address; mail to it goes through `mail_host`, unencrypted only on this machine.

    Raises:
        UsageError: one of the files is there already.
        NotPermitted, InputOutputFailed: they cannot be written.
    """
    starter = config.parent / CONF_D / STARTER
    for file in (config, starter):
        if file.exists():
            raise UsageError(f"{file} is there already; name another place, or take it away")
    written: list[Path] = []
    try:
        starter.parent.mkdir(parents=True, exist_ok=True)
        for file, content in ((starter, _shipped("documents.toml")), (config, _main(contact, mail_host))):
            with file.open("x", encoding="utf-8") as stream:
                written.append(file)
                stream.write(content)
        return load_config(config, environ)
    except BaseException as error:
        for file in written:
            file.unlink()
        if isinstance(error, PermissionError):
            raise NotPermitted(f"{config.parent} may not be written by this user") from error
        if isinstance(error, OSError):
            raise InputOutputFailed(f"{config.parent} cannot be written: {error.strerror}") from error
        raise


def _main(contact: str, mail_host: str) -> str:
    tls = "none" if mail_host in _ON_THIS_MACHINE else "starttls"
    text = _shipped("config.toml")
    for mark, value in (("@CONTACT@", contact), ("@HOST@", mail_host), ("@TLS@", tls)):
        text = text.replace(mark, json.dumps(value, ensure_ascii=False))
    return text


def _shipped(name: str) -> str:
    return resources.files("monitor.config").joinpath("starter", name).read_text(encoding="utf-8")
