import copy
import json
import os
import pickle
from pathlib import Path

import pytest

from monitor.config.paths import Surroundings
from monitor.config.secret import MAX_SECRET_BYTES, Secret, SecretForm, read_secret

CANARY = "canary-7f3a"


def around(folder: Path, **environ: str) -> Surroundings:
    return Surroundings(environ, folder)


def secret_file(folder: Path, content: bytes = f"{CANARY}\n".encode(), mode: int = 0o600) -> Path:
    path = folder / "password"
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_secret_cannot_be_printed_in_any_way() -> None:
    secret = Secret(CANARY)
    shown = [repr(secret), str(secret), f"{secret}", f"{secret!r:>20}", "%s" % secret, str([secret])]  # noqa: UP031
    assert all("[secret]" in text and CANARY not in text for text in shown)
    assert CANARY.encode() not in pickle.dumps(secret)
    assert pickle.loads(pickle.dumps(secret)) == "[secret]"  # noqa: S301 - our own bytes
    with pytest.raises(TypeError):
        json.dumps(secret)


def test_secret_is_revealed_when_asked_for_and_survives_copies() -> None:
    secret = Secret(CANARY)
    assert secret.reveal() == copy.deepcopy(secret).reveal() == copy.copy(secret).reveal() == CANARY
    assert secret == Secret(CANARY) != Secret("other")
    assert len({secret, Secret(CANARY)}) == 1


def test_secret_comes_from_a_private_file_beside_the_configuration(tmp_path: Path) -> None:
    secret_file(tmp_path)
    assert read_secret(SecretForm.FILE, "password", around(tmp_path)).reveal() == CANARY
    home = around(tmp_path / "elsewhere", HOME=str(tmp_path))
    assert read_secret(SecretForm.FILE, "~/password", home).reveal() == CANARY


def test_secret_comes_from_the_environment(tmp_path: Path) -> None:
    assert read_secret(SecretForm.ENVIRONMENT, "PASS", around(tmp_path, PASS=CANARY)).reveal() == CANARY


def test_secret_comes_from_a_credential_whatever_its_group_permissions(tmp_path: Path) -> None:
    secret_file(tmp_path, mode=0o440)
    surroundings = around(tmp_path / "elsewhere", CREDENTIALS_DIRECTORY=str(tmp_path))
    assert read_secret(SecretForm.CREDENTIAL, "password", surroundings).reveal() == CANARY


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o644])
def test_file_that_others_may_read_or_write_is_refused(tmp_path: Path, mode: int) -> None:
    secret_file(tmp_path, mode=mode)
    with pytest.raises(ValueError, match="chmod 600"):
        read_secret(SecretForm.FILE, "password", around(tmp_path))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"two\nlines", "line break"),
        (b"nul\x00byte", "control character"),
        (b"\xff\xfe", "not UTF-8"),
        (b"a" * (MAX_SECRET_BYTES + 1), "longer than"),
    ],
)
def test_content_that_can_be_no_secret_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    secret_file(tmp_path, content)
    with pytest.raises(ValueError, match=reason):
        read_secret(SecretForm.FILE, "password", around(tmp_path))


def test_named_pipe_does_not_make_us_wait(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "password", 0o600)
    with pytest.raises(ValueError, match="not a file"):
        read_secret(SecretForm.FILE, "password", around(tmp_path))


@pytest.mark.parametrize(
    ("form", "reference", "environ", "reason"),
    [
        (SecretForm.FILE, CANARY, {}, "no such file"),
        (SecretForm.FILE, f"{CANARY}\0", {}, "malformed"),
        (SecretForm.ENVIRONMENT, CANARY, {}, "not set"),
        (SecretForm.ENVIRONMENT, "EMPTY", {"EMPTY": ""}, "empty"),
        (SecretForm.CREDENTIAL, CANARY, {}, "CREDENTIALS_DIRECTORY"),
        (SecretForm.CREDENTIAL, CANARY, {"CREDENTIALS_DIRECTORY": "/nowhere"}, "no such file"),
        (SecretForm.CREDENTIAL, f"../{CANARY}", {"CREDENTIALS_DIRECTORY": "/nowhere"}, "without any folder"),
    ],
)
def test_reason_never_repeats_a_reference_that_may_be_the_secret(
    tmp_path: Path, form: SecretForm, reference: str, environ: dict[str, str], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        read_secret(form, reference, around(tmp_path, **environ))
    assert CANARY not in str(caught.value)
