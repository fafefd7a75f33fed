"""Files that are written whole or not at all, whatever stands beside them; and who else may write to a file."""

from __future__ import annotations

import os
import stat

__all__ = ["writable_by_others", "write_new", "write_whole"]


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


def writable_by_others(path: str, status: os.stat_result) -> tuple[str, str]:
    """Return why somebody else may change what the file says, and what mends it; nothing when nobody may.

    As ssh has it (StrictModes): the file has to be the user's own or root's, and neither it nor its directory writable
    for others. A group counts as others unless it is the user's alone, as many systems give one to each user.
    `status`: of the open file, so that it cannot be exchanged meanwhile. What is no regular file has come from whoever
    started us.
    """
    if not stat.S_ISREG(status.st_mode):
        return "", ""
    if status.st_uid not in {0, os.geteuid()}:
        return f"it belongs to another user, {_user(status.st_uid)}", f"make it your own: chown {os.geteuid()} {path}"
    if _others_write(status):
        return f"others may write to it: its mode is {status.st_mode & 0o7777:04o}", f"chmod go-w {path}"
    for name in {os.path.abspath(path), os.path.realpath(path)}:  # noqa: PTH100 # pathlib costs start-up
        directory = os.path.dirname(name)  # noqa: PTH120 # the same
        around = os.stat(directory)  # noqa: PTH116 # the same
        if _others_write(around) and not around.st_mode & stat.S_ISVTX:  # sticky, as /tmp: each their own files
            return f"others may replace it: they may write to {directory}", f"chmod go-w {directory}"
    return "", ""


def _others_write(status: os.stat_result) -> bool:
    if status.st_mode & stat.S_IWOTH:
        return True
    return bool(status.st_mode & stat.S_IWGRP) and not _is_own_group(status.st_gid)


def _is_own_group(number: int) -> bool:
    """Whether a group is of this user alone: it has the user's name and no other members."""
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
    if path.startswith(("/dev/fd/", "/dev/std", "/proc/")):  # also where that is a regular file: it is open already
        return True
    try:
        return not stat.S_ISREG(os.stat(path).st_mode)  # noqa: PTH116 # the same
    except OSError:  # not there, or to be found out by writing
        return False
