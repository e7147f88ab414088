"""The command `policywatch`: one file for each command; what is slow to import is imported where it is used."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

USAGE, BUG, INTERRUPTED, BROKEN_PIPE = 64, 70, 130, 141


def main() -> NoReturn:
    """Run the command line; every ending has its exit code (see `monitor.errors`)."""
    from monitor.cli.commands import app

    try:
        app()
    except SystemExit as ended:
        # The parser's own code for a wrong command line is 2; ours is that of sysexits.h.
        sys.exit(USAGE if ended.code == 2 else ended.code)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(BROKEN_PIPE)
    except Exception as error:  # noqa: BLE001 (the last resort: a clear line instead of a traceback)
        sys.exit(_explain(error))
    sys.exit(0)


def _explain(error: Exception) -> int:
    from monitor.cli.failures import explain

    return explain(error)
