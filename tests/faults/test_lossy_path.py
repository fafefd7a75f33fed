"""A path that loses 30 % of the packets: tcp repairs it, or the exit code says what is missing."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.faults.support import SOAK
from tests.support.processes import clean_environment

ROOT = Path(__file__).parents[2]
OWN_NETWORK = ("unshare", "--net", "--map-root-user")


def _may_have_its_own_network() -> bool:
    if shutil.which(OWN_NETWORK[0]) is None or not Path("/dev/net/tun").exists():
        return False
    return subprocess.run([*OWN_NETWORK, "true"], check=False, capture_output=True).returncode == 0


@pytest.mark.skipif(not SOAK, reason="packets that are sent again take minutes: ZMQCLI_SOAK=1")
@pytest.mark.parametrize("seed", range(3))
def test_a_third_of_the_packets_is_lost(seed: int, tmp_path: Path) -> None:
    if not _may_have_its_own_network():
        pytest.skip("there is no network namespace or tun device")
    command = [*OWN_NETWORK, sys.executable, "-m", "tests.soak.lossy", "0.3", str(seed)]
    done = subprocess.run(
        command, check=True, cwd=ROOT, env=clean_environment(tmp_path), stdout=subprocess.PIPE, timeout=900
    )
    came: dict[str, Any] = json.loads(done.stdout)

    assert came["all"]["code"] == 0, came
    assert came["all"]["complete"], came
    assert came["some"]["code"] == 5, came
    assert "undelivered" in came["some"]["said"]
    assert came["requests"] == {"codes": [0] * 10, "code": 0}
