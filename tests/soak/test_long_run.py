"""A fortnight in a quarter of an hour, with everything going wrong; and a few seconds of it for every day."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.soak.plan import make_plan
from tests.soak.run import MINUTES, SEED, SHORT_RUN, chosen_seed, chosen_setting, run


def test_short_run_keeps_every_promise(tmp_path: Path) -> None:
    text, kept = run(make_plan(1, SHORT_RUN), tmp_path)
    assert kept, f"{text}\n{(tmp_path / 'daemon.log').read_text(encoding='utf-8')[-4000:]}"


@pytest.mark.soak
@pytest.mark.timeout(25 * 60)
def test_long_run_keeps_every_promise(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seed, setting = chosen_seed(os.environ), chosen_setting(os.environ)
    again = f"{SEED}={seed} {MINUTES}={setting.seconds / 60:g} make soak"
    with capsys.disabled():
        sys.stdout.write(f"\nseed {seed}; the same run again: {again}\n")
        sys.stdout.flush()
        text, kept = run(make_plan(seed, setting), tmp_path)
        sys.stdout.write(f"{text}\nkept for a look: {tmp_path}\n")
    assert kept, f"promises were broken; {again}"
