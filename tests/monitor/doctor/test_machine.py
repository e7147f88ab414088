"""What the kernel says, of files that are really there."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from monitor.doctor import machine

MOUNTS = [
    "21 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw",
    "30 21 0:30 / /srv rw - nfs4 files:/srv rw",
    "31 30 0:31 / /srv/with\\040space rw shared:1 - tmpfs tmpfs rw",
    "32 21 0:32 / /over rw - ext4 /dev/sdb rw",
    "33 21 0:33 / /over rw - xfs /dev/sdc rw",
    "nonsense",
]


def test_filesystem_is_that_of_the_nearest_mount_and_of_the_last_over_it() -> None:
    def kind(path: str) -> str | None:
        return machine.filesystem_of(Path(path), MOUNTS)

    assert kind("/var/lib/policywatch") == "ext4"
    assert kind("/srv/state/policywatch.db") == "nfs4"
    assert kind("/srv/with space/p.db") == "tmpfs"
    assert kind("/srvother/p.db") == "ext4"
    assert kind("/over/p.db") == "xfs"
    assert machine.filesystem_of(Path("/"), []) is None


def test_this_machine_says_what_it_has(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch(mode=0o600)
    entry = machine.entry(file)
    assert (entry.owner, entry.mode, entry.writable) == (os.getuid(), stat.S_IRUSR | stat.S_IWUSR, True)
    assert machine.filesystem_of(tmp_path, machine.mounts())
    assert machine.space(tmp_path).free > 0


def test_files_that_a_process_has_open_though_they_are_gone_are_named(tmp_path: Path) -> None:
    kept, gone = tmp_path / "p.db", tmp_path / "p.db-wal"
    with kept.open("w"), gone.open("w"):
        assert machine.holder(os.getpid(), [kept, gone]).deleted == []
        gone.unlink()
        assert machine.holder(os.getpid(), [kept, gone]).deleted == ["p.db-wal"]
    assert machine.holder(2**22 + 1, [kept]).deleted is None
