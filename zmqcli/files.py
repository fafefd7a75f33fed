"""Files that are written whole or not at all, whatever stands beside them."""

from __future__ import annotations

import os
import stat

__all__ = ["write_new", "write_whole"]


def write_whole(path: str, data: bytes, mode: int = 0o666) -> None:
    """Put `data` at `path`, in the place of what is there: who waits for the file finds all of it. Raise OSError.

    What is no regular file, such as /dev/stdout or a FIFO, is written to and stays; a link is replaced, not followed.
    """
    if _is_special(path):
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NOCTTY)
        try:
            _write(descriptor, data)
        finally:
            os.close(descriptor)
        return
    # A name that nobody can foresee, and so put a link to another file there before.
    temporary = os.path.join(os.path.dirname(path), f".zmqcli.{os.urandom(8).hex()}")  # noqa: PTH118,PTH120 # pathlib costs start-up
    write_new(temporary, data, mode)
    try:
        os.replace(temporary, path)  # noqa: PTH105 # the same
    except BaseException:
        os.unlink(temporary)  # noqa: PTH108 # the same
        raise


def write_new(path: str, data: bytes, mode: int = 0o666) -> None:
    """Make the file `path`, which must not be there, nor a link of that name. Raise OSError, and leave nothing then."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    try:
        try:
            _write(descriptor, data)
        finally:
            os.close(descriptor)  # may be what fails, on a disk that is asked only now (NFS, quotas)
    except BaseException:  # also a second Ctrl-C: half a file is none
        os.unlink(path)  # noqa: PTH108 # the same
        raise


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _is_special(path: str) -> bool:
    if path.startswith(("/dev/fd/", "/dev/std", "/proc/")):  # also where that is a regular file: it is open already
        return True
    try:
        return not stat.S_ISREG(os.stat(path).st_mode)  # noqa: PTH116 # the same
    except OSError:  # not there, or to be found out by writing
        return False
