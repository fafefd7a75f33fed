"""A path that loses packets, in a network of its own: `unshare --net --map-root-user python -m tests.soak.lossy 0.3 1`.

A tun device takes every packet for the address AWAY. A thread drops some by chance and hands the others back with
source and destination swapped, so that a client of AWAY reaches what listens at HOME. The swap leaves the
checksums as they are. The last line on stdout is JSON: what each command got, and how it ended.
"""

from __future__ import annotations

import fcntl
import json
import os
import random
import socket
import struct
import subprocess
import sys
import threading

from tests.support.processes import SCRIPT

HOME, AWAY = "10.9.0.1", "10.9.0.2"
NAME = b"lossy0"
LINES = 400
_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x1, 0x1000
_SIOCSIFADDR, _SIOCSIFNETMASK, _SIOCSIFFLAGS, _IFF_UP = 0x8916, 0x891C, 0x8914, 0x1
"""linux/if_tun.h, linux/sockios.h."""


def _make_device() -> int:
    """Return the tun device, up, with the address HOME."""
    device = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH22x", NAME, _IFF_TUN | _IFF_NO_PI))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for request, address in ((_SIOCSIFADDR, HOME), (_SIOCSIFNETMASK, "255.255.255.0")):
            packed = struct.pack("16sHH4s8x", NAME, socket.AF_INET, 0, socket.inet_aton(address))
            fcntl.ioctl(control, request, packed)
        for name in (NAME, b"lo"):
            fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sH", name, _IFF_UP))
    return device


def _route(device: int, loss: float, chance: random.Random) -> None:
    while True:
        packet = bytearray(os.read(device, 65_536))
        if packet[0] >> 4 == 4 and chance.random() >= loss:
            packet[12:16], packet[16:20] = packet[16:20], packet[12:16]
            os.write(device, packet)


def _start(*argv: str, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    return subprocess.Popen([SCRIPT, *argv], stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def _lines() -> bytes:
    return b"".join(b"%09d %s\n" % (number, b"x" * 90) for number in range(LINES))


def _push(takes: int) -> dict[str, object]:
    """Push all lines over the path to a `pull` that ends after `takes`; return what it got and how the push ended."""
    pull = _start("pull", "-b", f"tcp://{HOME}:5000", "-n", str(takes), "-t", "60")
    push = _start("push", "-c", f"tcp://{AWAY}:5000", "--linger", "120s", stdin=subprocess.PIPE)
    _, said = push.communicate(_lines(), timeout=240)
    got, _ = pull.communicate(timeout=240)
    return {"code": push.returncode, "complete": got == _lines(), "got": got.count(b"\n"), "said": said.decode()}


def _request() -> dict[str, object]:
    """Ask ten times over the path."""
    rep = _start("rep", "-b", f"tcp://{HOME}:5001", "--echo", "-n", "10")
    codes = []
    for number in range(10):
        req = _start("req", "-c", f"tcp://{AWAY}:5001", "-t", "60", f"request {number}")
        answer, _ = req.communicate(timeout=120)
        codes.append(req.returncode if answer == f"request {number}\n".encode() else -1)
    rep.communicate(timeout=120)
    return {"codes": codes, "code": rep.returncode}


def run(loss: float, seed: int) -> None:
    """Run everything, and print the results."""
    chance = random.Random(seed)  # noqa: S311 # no secret
    threading.Thread(target=_route, args=(_make_device(), loss, chance), daemon=True).start()
    came = {
        "all": _push(LINES),
        "some": _push(LINES // 4),
        "requests": _request(),
    }
    sys.stdout.write(json.dumps(came) + "\n")


if __name__ == "__main__":
    run(float(sys.argv[1]), int(sys.argv[2]))
