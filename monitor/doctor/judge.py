"""PURE: facts about files, disk, clock and daemon to what they mean and what is to be done."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.doctor.model import Diagnosis, Disk, Entry, Holder, Result
from storage.files import WAL_BOUND_BYTES, Sizes
from storage.records import ClockState

MEBIBYTE = 1_048_576

FREE_ERROR_BYTES = 100 * MEBIBYTE
FREE_WARNING_BYTES = 1024 * MEBIBYTE
INODES_ERROR, INODES_WARNING = 100, 1000

NETWORK_FILESYSTEMS = frozenset(
    {"9p", "afs", "beegfs", "ceph", "cifs", "fuse.ceph", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs",
     "fuse.sshfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs"}
)  # fmt: skip


def permissions(database: Entry, folder: Entry, beside: Sequence[Entry], user: int) -> Diagnosis:
    """Whether we may write where SQLite must, and others may not read what is nobody else's business."""
    check = "permissions"
    locked = [entry.name for entry in (database, folder, *beside) if not entry.writable]
    if locked:
        found = f"user {user} may not write {', '.join(locked)}; the database belongs to user {database.owner}"
        advice = "run this as the service's user (sudo -u policywatch); if you did, mend owner and mode"
        return Diagnosis(check, Result.ERROR, found, advice)
    strange = [entry for entry in beside if entry.owner != database.owner]
    if strange:
        found = f"{strange[0].name} belongs to user {strange[0].owner}, the database to {database.owner}"
        return Diagnosis(check, Result.ERROR, found, f"chown {database.owner} {strange[0].name}")
    if database.mode & 0o077:
        found = f"others may read or write the database (mode {database.mode:03o})"
        return Diagnosis(check, Result.WARNING, found, f"chmod 600 {database.name}")
    if folder.mode & 0o022:
        found = f"others may write its folder (mode {folder.mode:03o})"
        return Diagnosis(check, Result.WARNING, found, f"chmod 700 {folder.name}")
    return Diagnosis(
        check, Result.OK, f"mode {database.mode:03o} of user {database.owner}; this user may write"
    )


def filesystem(kind: str | None) -> Diagnosis:
    """SQLite's locks and shared memory do not work between machines (sqlite.org/wal.html)."""
    check = "file system"
    if kind is None:
        return Diagnosis(check, Result.UNKNOWN, "the kernel does not say on what the database lies")
    if kind in NETWORK_FILESYSTEMS:
        found = f"the database lies on a network file system ({kind}), where SQLite's locks do not hold"
        return Diagnosis(check, Result.ERROR, found, "move it to a disk of this machine, the daemon stopped")
    if kind.startswith("fuse"):
        found = f"the database lies on {kind}; whether locks hold there is not known"
        return Diagnosis(check, Result.WARNING, found, "move it to a file system of the kernel's own")
    return Diagnosis(check, Result.OK, kind)


def disk(space: Disk, database_bytes: int) -> Diagnosis:
    """There should be room for what comes, and for the copy that an upgrade makes of the database first."""
    check = "disk"
    found = f"{size(space.free)} free" + (f", {space.inodes:,} files" if space.inodes is not None else "")
    inodes = space.inodes if space.inodes is not None else INODES_WARNING
    if space.free < FREE_ERROR_BYTES or inodes < INODES_ERROR:
        return Diagnosis(check, Result.ERROR, found, "make room; what cannot be written is not kept")
    if space.free < FREE_WARNING_BYTES or inodes < INODES_WARNING:
        return Diagnosis(check, Result.WARNING, found, "make room before it is full")
    if space.free < database_bytes:
        found += f", less than the database's {size(database_bytes)}"
        return Diagnosis(check, Result.WARNING, found, "an upgrade keeps a copy beside it first: make room")
    return Diagnosis(check, Result.OK, found)


def wal(sizes: Sizes) -> Diagnosis:
    found = f"{size(sizes.wal)} written and not yet taken into the database"
    if sizes.wal <= WAL_BOUND_BYTES:
        return Diagnosis("wal", Result.OK, found)
    advice = (
        "a reader has it open for long: find it (fuser -v on the database) and end it; restarting helps as well"
    )
    return Diagnosis("wal", Result.WARNING, f"{found}, over {size(WAL_BOUND_BYTES)}", advice)


def clock(state: ClockState) -> Diagnosis:
    """`state` is what the kernel says, unknown where it may not be asked."""
    if state is ClockState.UNKNOWN:
        return Diagnosis("clock", Result.UNKNOWN, "the kernel does not say (in a container it may not)")
    if state is ClockState.UNSYNCED:
        advice = "timedatectl timesync-status; evidence is worth as much as its time"
        return Diagnosis("clock", Result.WARNING, "the kernel's clock is not synchronised", advice)
    return Diagnosis("clock", Result.OK, "synchronised")


def together(holder: Holder, database: str, *, has_wal: bool) -> Diagnosis:
    """Whether the daemon writes to the very files that stand under the names of the database."""
    check, who = "files in use", f"process {holder.process}"
    gone = holder.deleted or ()
    if database in gone:
        found = f"{who} writes to a database that was removed or replaced; what it writes is lost when it ends"
        return Diagnosis(check, Result.ERROR, found, "docs/storage-faults.md says how to save what it holds")
    if gone or not has_wal:
        found = f"{who} has files of the database open that were removed: {', '.join(gone) or 'its -wal'}"
        advice = "stop it now, in order (systemctl stop policywatch), and let nothing else write before"
        return Diagnosis(check, Result.ERROR, found, advice)
    if holder.deleted is None:
        return Diagnosis(check, Result.UNKNOWN, f"what {who} has open may not be seen by this user")
    return Diagnosis(check, Result.OK, f"{who} writes to these very files")


def size(count: float) -> str:
    """Bytes for people."""
    for unit in ("bytes", "KB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" or count >= 100 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:,.1f} TB"
