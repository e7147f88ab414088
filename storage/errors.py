"""How storage fails.

StorageError
+-- DatabaseMissing      there is no database at the path
+-- NotADatabase         the file is something else
|   +-- DatabaseDamaged  it is ours, and damaged
+-- SchemaTooNew         a newer policywatch wrote it
+-- DatabaseLocked       another writer holds it for too long
+-- DatabaseNotWritable  the file or its folder may not be written
+-- DatabaseFull         the disk is full or failing
+-- BackupRefused        a backup may not go where it should
+-- DataDamaged          stored bytes or clauses no longer have the hash they were stored under
+-- BytesLetGo           captured bytes were kept for as long as was configured
+-- StaleDecision        the document changed between reading and writing; decide again
"""

from __future__ import annotations


class StorageError(Exception):
    pass


class DatabaseMissing(StorageError):
    pass


class NotADatabase(StorageError):
    pass


class DatabaseDamaged(NotADatabase):
    pass


class SchemaTooNew(StorageError):
    pass


class DatabaseLocked(StorageError):
    pass


class DatabaseNotWritable(StorageError):
    pass


class DatabaseFull(StorageError):
    pass


class BackupRefused(StorageError):
    pass


class DataDamaged(StorageError, ValueError):
    pass


class BytesLetGo(StorageError):
    pass


class StaleDecision(StorageError):
    pass
