"""Binding ipc without destroying what is there: libzmq unlinks the path first, whatever it is (measured, 4.3.5).

    with claim("ipc:///tmp/x") as claimed:     # ZmqcliError: a file, a directory, a live socket, no permission
        socket.bind("ipc:///tmp/x")
        claimed.bound()
    ...
    claimed.release()                          # removes the file if it is still ours

From the check to the bind the directory is locked (flock(2) on its descriptor, which leaves no litter), so of several
zmqcli that bind one path at once exactly one wins. A program that does not take the lock is seen as a listener, except
between its own bind(2) and listen(2). Source of the socket states: unix(7), connect(2).
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import stat
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Self

from zmqcli.errors import ZmqcliError

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Claim", "claim"]

LOCK_SECONDS: Final = 5.0
RELEASE_SECONDS: Final = 0.5
LOCK_RETRY_SECONDS: Final = 0.005
# A socket refuses connections when it is stale, and between bind(2) and listen(2): libzmq's own gap is microseconds.
REFUSED_TWICE_SECONDS: Final = 0.01
# Holds a file without opening it, a socket too; Linux only. 0 elsewhere: there the inode number has to do.
_O_PATH: Final = getattr(os, "O_PATH", 0)


class Claim:
    """A path about to be bound, and afterwards the file that was."""

    def __init__(self, address: str) -> None:
        self._address = address
        path = address.removeprefix("ipc://")
        # Abstract names and ipc://* make no file that could be in the way, and libzmq removes its own
        guarded = address.startswith("ipc://") and not path.startswith(("@", "*"))
        self._path = path if guarded else ""
        self._name = os.path.basename(path)  # noqa: PTH119 - a Path would turn `x/` and `./x` into something else
        self._directory: int | None = None
        self._file: int | None = None
        self._identity: tuple[int, int, int] | None = None

    def __enter__(self) -> Self:
        if self._path:
            try:
                self._open_directory()
                self._lock(LOCK_SECONDS)
                self._clear()
            except BaseException:
                self._close()
                raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._directory is not None:
            self._unlock()
            if self._identity is None:
                self._close()

    def bound(self) -> None:
        """Remember the file just bound as ours. Call it inside the `with`."""
        if self._directory is None:
            return
        with suppress(OSError):  # gone already: then there is nothing to remove
            self._identity = self._look()
            if _O_PATH:  # while it is held its inode number cannot become another file's
                self._file = os.open(self._name, _O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self._directory)

    def release(self) -> None:
        """Remove the file if it is still ours. To be called once, before or after the socket is closed."""
        if self._directory is None:
            return
        try:
            with suppress(OSError, ZmqcliError):  # somebody removed it, or keeps the lock: the end is not held up
                self._lock(RELEASE_SECONDS)
                if self._identity is not None and self._look() == self._identity:
                    os.unlink(self._name, dir_fd=self._directory)
        finally:
            self._close()

    def _open_directory(self) -> None:
        """Hold the directory open: a later `chdir` or rename does not lead `release` to another file."""
        parent = os.path.dirname(self._path) or "."  # noqa: PTH120 - as above
        flags = os.O_DIRECTORY | os.O_CLOEXEC
        try:
            try:
                self._directory = os.open(parent, os.O_RDONLY | flags)
            except PermissionError:  # may be written to, not read: cannot be locked either
                self._directory = os.open(parent, _O_PATH | flags)
        except FileNotFoundError:
            raise self._refuse(
                f"there is no directory {parent}",
                f"make it: mkdir -p {parent}; see docs/troubleshooting.md#no-directory",
            ) from None
        except NotADirectoryError:
            raise self._refuse(f"{parent} is not a directory", "choose another path") from None
        except OSError as error:
            raise self._refuse(_reason(error), "choose another path") from None
        if not self._name:
            raise self._refuse("it is a directory", "add a file name")
        if not os.access(parent, os.W_OK | os.X_OK):
            raise self._refuse("permission denied", f"{parent} must be writable")

    def _lock(self, patience: float) -> None:
        assert self._directory is not None  # noqa: S101 - for mypy
        end = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(self._directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > end:
                    raise self._refuse("another program keeps its directory locked", "see who: lslocks") from None
                time.sleep(LOCK_RETRY_SECONDS)
            except OSError:  # an O_PATH descriptor, a file system without locks: the checks alone have to do
                return
            else:
                return

    def _unlock(self) -> None:
        assert self._directory is not None  # noqa: S101 - for mypy
        with suppress(OSError):
            fcntl.flock(self._directory, fcntl.LOCK_UN)

    def _look(self) -> tuple[int, int, int]:
        found = os.stat(self._name, dir_fd=self._directory, follow_symlinks=False)
        return found.st_dev, found.st_ino, found.st_mtime_ns

    def _clear(self) -> None:
        """Make way for the bind: nothing there, or a stale socket that is removed. Raise ZmqcliError for all else."""
        try:
            status = os.stat(self._name, dir_fd=self._directory, follow_symlinks=False)
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._refuse(_reason(error), "choose another path") from None
        mode = status.st_mode
        if not stat.S_ISSOCK(mode):
            kind = "a symbolic link" if stat.S_ISLNK(mode) else "a directory" if stat.S_ISDIR(mode) else "a file"
            raise self._refuse(f"it exists and is not a socket but {kind}", "remove it, or choose another path")
        if self._is_live(status):
            raise self._refuse("address in use", f"see who has it: ss -xlp src {self._path}")
        try:
            os.unlink(self._name, dir_fd=self._directory)
        except FileNotFoundError:
            pass
        except OSError as error:
            raise self._refuse(
                f"a stale socket is there, {_reason(error)}", "remove it, or choose another path"
            ) from None

    def _is_live(self, status: os.stat_result) -> bool:
        """Tell whether something listens on the socket, whose file has this `status`.

        Where the kernel can tell, the listener does not notice. Else a connection is tried, which it sees come and go:
        on systems other than Linux, and when it is in another network namespace (listeners.py).
        """
        from zmqcli.diagnosis.listeners import file_has_listener

        if file_has_listener(status):
            return True
        for wait in (REFUSED_TWICE_SECONDS, 0):
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as trial:
                trial.setblocking(False)  # a full backlog would block, and says EAGAIN so
                try:
                    trial.connect(self._path)
                except FileNotFoundError:
                    return False
                except ConnectionRefusedError:
                    time.sleep(wait)
                    continue
                except PermissionError:
                    why = "a socket is there that may not be tried, permission denied"
                    raise self._refuse(why, "choose another path") from None
                except OSError as error:
                    # EAGAIN: a listener with a full backlog; EPROTOTYPE: a datagram socket in use
                    if error.errno in {errno.EAGAIN, errno.EINPROGRESS, errno.EPROTOTYPE}:
                        return True
                    raise self._refuse(_reason(error), "choose another path") from None
                return True
        return False

    def _refuse(self, why: str, hint: str) -> ZmqcliError:
        return ZmqcliError(f"cannot bind {self._address}", why=why, hint=hint)

    def _close(self) -> None:
        for descriptor in (self._file, self._directory):  # the lock goes with the directory's
            if descriptor is not None:
                os.close(descriptor)
        self._file = self._directory = self._identity = None


def claim(address: str) -> Claim:
    """Return the claim on an endpoint to be bound, for a `with` around the bind; one without a file guards nothing.

    Entering it raises ZmqcliError (exit code 1) when the bind would destroy something or cannot work.
    """
    return Claim(address)


def _reason(error: OSError) -> str:
    return os.strerror(error.errno or 0).lower()
