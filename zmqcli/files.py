"""Writes files whole or not at all, and finds out who else may write to a file."""

from __future__ import annotations

import os
import stat

__all__ = ["writable_by_others", "write_new", "write_whole"]


def write_whole(path: str, data: bytes, mode: int = 0o666) -> None:
    """Replace the file at `path` by `data` in one step, so that no reader sees half of it. Raise OSError.

    A path that is no regular file, such as /dev/stdout or a FIFO, is written to instead. A link is replaced, not
    followed.
    """
    if _is_special(path):
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NOCTTY)
        try:
            _write(descriptor, data)
        finally:
            os.close(descriptor)
        return
    # Nobody can foresee this name, and so nobody can put a link there beforehand.
    temporary = os.path.join(os.path.dirname(path), f".zmqcli.{os.urandom(8).hex()}")  # noqa: PTH118,PTH120 # pathlib costs start-up
    write_new(temporary, data, mode)
    try:
        os.replace(temporary, path)  # noqa: PTH105 # pathlib costs start-up
    except BaseException:
        os.unlink(temporary)  # noqa: PTH108 # pathlib costs start-up
        raise


def write_new(path: str, data: bytes, mode: int = 0o666) -> None:
    """Create the file `path`; neither a file nor a link may be there. On failure leave nothing, and raise OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    try:
        try:
            _write(descriptor, data)
        finally:
            os.close(descriptor)  # this may fail where the disk is only asked now (NFS, quotas)
    except BaseException:  # also at a second Ctrl-C: leave no half of a file
        os.unlink(path)  # noqa: PTH108 # pathlib costs start-up
        raise


def writable_by_others(path: str, status: os.stat_result) -> tuple[str, str]:
    """Return why somebody else may change the file, and what mends that; two empty texts when nobody may.

    The rules are those of ssh (StrictModes): the file must belong to the user or to root, and others may write neither
    to it nor to its directory. A group counts as others unless it is the user's own, which many systems give to each
    user. `status` is that of the open file, so that nobody can exchange it meanwhile. What is no regular file was
    handed in by whoever started us, and is trusted.
    """
    if not stat.S_ISREG(status.st_mode):
        return "", ""
    if status.st_uid not in {0, os.geteuid()}:
        return f"it belongs to another user, {_user(status.st_uid)}", f"make it your own: chown {os.geteuid()} {path}"
    if _others_write(status):
        return f"others may write to it: its mode is {status.st_mode & 0o7777:04o}", f"chmod go-w {path}"
    for name in {os.path.abspath(path), os.path.realpath(path)}:  # noqa: PTH100 # pathlib costs start-up
        directory = os.path.dirname(name)  # noqa: PTH120 # pathlib costs start-up
        around = os.stat(directory)  # noqa: PTH116 # pathlib costs start-up
        if _others_write(around) and not around.st_mode & stat.S_ISVTX:  # sticky, as /tmp: only the owner replaces it
            return f"others may replace it: they may write to {directory}", f"chmod go-w {directory}"
    return "", ""


def _others_write(status: os.stat_result) -> bool:
    if status.st_mode & stat.S_IWOTH:
        return True
    return bool(status.st_mode & stat.S_IWGRP) and not _is_own_group(status.st_gid)


def _is_own_group(number: int) -> bool:
    """Whether a group is this user's own: it has the user's name and no other members."""
    import grp
    import pwd

    try:
        name, group = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(number)
    except KeyError:
        return False
    return group.gr_name == name and {*group.gr_mem} <= {name}


def _user(number: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _is_special(path: str) -> bool:
    if path.startswith(("/dev/fd/", "/dev/std", "/proc/")):  # even if it is a regular file: it is open already
        return True
    try:
        return not stat.S_ISREG(os.stat(path).st_mode)  # noqa: PTH116 # pathlib costs start-up
    except OSError:  # not there; or writing will show what is wrong
        return False
