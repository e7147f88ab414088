"""A secret that cannot be printed, and the three places that one may be read from."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path

from monitor.config.paths import Surroundings

_SHOWN = "[secret]"
MAX_SECRET_BYTES = 16_384


class Secret:
    """Holds a text that only `reveal` gives away; printing, formatting and pickling show `[secret]`."""

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        self.__text = text

    def reveal(self) -> str:
        return self.__text

    def __repr__(self) -> str:
        return _SHOWN

    def __format__(self, format_spec: str) -> str:
        return format(_SHOWN, format_spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.__text == other.__text

    def __hash__(self) -> int:
        return hash(self.__text)

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, _memo: object) -> Secret:
        return self

    def __reduce__(self) -> tuple[Callable[[str], str], tuple[str]]:
        # Whoever unpickles it gets a plain text without `reveal`, and so fails loudly instead of using it.
        return str, (_SHOWN,)


class SecretForm(StrEnum):
    """Where a secret stands: in a file, an environment variable, or a credential that systemd hands over."""

    FILE = "file"
    ENVIRONMENT = "env"
    CREDENTIAL = "credential"


def read_secret(form: SecretForm, reference: str, around: Surroundings) -> Secret:
    """Read the secret that `reference` names.

    Raises:
        ValueError: it cannot be had. The text never repeats the reference, in whose place people happen to
            write the secret itself.

    """
    if form is SecretForm.ENVIRONMENT:
        return _from_environment(reference, around.environ)
    if form is SecretForm.CREDENTIAL:
        return _checked(_read(_credential_path(reference, around.environ), private=False))
    return _checked(_read(around.path(reference), private=True))


def _from_environment(name: str, environ: Mapping[str, str]) -> Secret:
    if name not in environ:
        raise ValueError("the environment variable named here is not set")
    return _checked(environ[name].encode("utf-8", "surrogateescape"))


def _credential_path(name: str, environ: Mapping[str, str]) -> Path:
    folder = environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        raise ValueError(
            "$CREDENTIALS_DIRECTORY is not set; it is there when systemd runs us with LoadCredential="
        )
    if "/" in name or name in ("", ".", ".."):
        raise ValueError("a credential is named without any folder")
    return Path(folder) / name


def _read(path: Path, *, private: bool) -> bytes:
    try:
        # O_NONBLOCK: opening a named pipe must not wait for its other end.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise ValueError(f"the file cannot be read: {_cause(error)}") from None
    with os.fdopen(descriptor, "rb") as file:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise ValueError("this is not a file")
        # Not asked of credentials: systemd grants them by access lists, which show as group permissions.
        if private and mode & 0o077:
            raise ValueError("others than its owner may read or write the file; say `chmod 600` on it")
        return file.read(MAX_SECRET_BYTES + 1)


def _cause(error: OSError | ValueError) -> str:
    strerror = error.strerror if isinstance(error, OSError) else None
    return (strerror or "malformed name").lower()


def _checked(content: bytes) -> Secret:
    if len(content) > MAX_SECRET_BYTES:
        raise ValueError(f"the secret is longer than {MAX_SECRET_BYTES} bytes")
    try:
        text = content.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise ValueError("the secret is not UTF-8 text") from None
    if not text:
        raise ValueError("the secret is empty")
    if not text.isprintable():
        raise ValueError("the secret holds a line break or another control character")
    return Secret(text)
