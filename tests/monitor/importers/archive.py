"""A small archive in git, as Open Terms Archive makes them: one file a document, one commit a version."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

UPGRADE = "Apply technical or declaration upgrade on {}"


class Archive:
    """A work tree; `record` commits a version under an author date, which commits need not follow in order."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self._git("init", "--quiet", "--initial-branch=main")

    def record(
        self, path: str, text: str | bytes | None, at: str, subject: str = "Record new changes of {}"
    ) -> None:
        """Commit `text` (None: the file's deletion) as of `at`, an ISO date or time."""
        file = self.folder / path
        if text is None:
            file.unlink()
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text if isinstance(text, bytes) else text.encode())
        self._git("add", "--all")
        date = at if "T" in at else f"{at}T08:00:00Z"
        self._git("commit", "--quiet", "--allow-empty", "-m", subject.format(path), "--date", date)

    def bare(self, folder: Path) -> Path:
        self._git("clone", "--quiet", "--bare", ".", str(folder))
        return folder

    def bundle(self, file: Path, *references: str) -> Path:
        self._git("bundle", "create", "--quiet", str(file), *(references or ("HEAD", "main")))
        return file

    def branch(self, name: str) -> None:
        self._git("branch", name)

    def configure(self, name: str, value: str) -> None:
        self._git("config", name, value)

    def _git(self, *arguments: str) -> None:
        settings = {
            "PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "archive", "GIT_AUTHOR_EMAIL": "archive@example.org",
            "GIT_COMMITTER_NAME": "archive", "GIT_COMMITTER_EMAIL": "archive@example.org",
        }  # fmt: skip
        subprocess.run(["git", *arguments], cwd=self.folder, env=settings, check=True)


def at(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T08:00:00").replace(tzinfo=UTC)
