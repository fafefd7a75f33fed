"""Large payloads in POSIX shared memory: the frame carries a reference, `{"shm": NAME, "size": BYTES}`.

On Linux shared memory is a file in /dev/shm (shm_overview(7)), and shm_open(3) opens that file. Python's
`multiprocessing.shared_memory` is not used: its resource tracker would unlink memory that was only opened for reading
(https://github.com/python/cpython/issues/82300). The memory is read and not mapped, so that a sender which truncates
it causes an error and not a SIGBUS.

Memory that zmqcli creates (`zmqcli_...`) belongs to the receiver once the message has arrived, and a receiving zmqcli
frees it after reading. Memory from other programs is only read. docs/codecs.md has the details.
"""

from __future__ import annotations

import os
import stat
from typing import Any, ClassVar

from zmqcli.codecs._text import compact, parse
from zmqcli.errors import DecodeError, EncodeError

__all__ = ["ShmLayer"]

_DIRECTORY = "/dev/shm/"  # noqa: S108 - not a temporary file
_OURS = "zmqcli_"
_LONGEST = 255
"""The longest name in bytes: NAME_MAX."""
_REFERENCE = 4096
"""The longest reference in bytes. A longer frame is something else."""
_FLAGS = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK  # O_NONBLOCK: opening a FIFO must not block


class ShmLayer:
    """A reference to shared memory on the wire. Without another codec after it, the payload is raw bytes."""

    name: ClassVar[str] = "shm"
    summary: ClassVar[str] = "a reference on the wire, the payload in shared memory: shm+json"
    hands_over: ClassVar[bool] = True
    """The receiver owns the memory, so a message cannot be sent twice or to several receivers."""

    def __init__(self) -> None:
        self._made: list[str] = []

    def unwrap(self, frame: bytes, limit: int, /) -> bytes:
        """Return the payload, and free its memory if a zmqcli created it.

        Raise DecodeError when the memory does not exist, or has more than `limit` bytes.
        """
        name, size = _reference(frame)
        if size > limit:
            raise DecodeError(f"it has {size} bytes, more than {limit}", hint="--max-size sets the limit")
        try:
            data = _read(_DIRECTORY + name, size)
        except OSError as error:
            reason = (
                "it was freed, or is on another machine" if isinstance(error, FileNotFoundError) else error.strerror
            )
            raise DecodeError(f"there is no shared memory {name} to read", why=str(reason)) from None
        if name.startswith(_OURS):
            _unlink(name)
        return data

    def wrap(self, data: bytes, /) -> bytes:
        """Return a reference to shared memory that holds `data`. Raise EncodeError when there is no room."""
        name = _OURS + os.urandom(8).hex()
        try:
            descriptor = os.open(_DIRECTORY + name, os.O_CREAT | os.O_EXCL | os.O_RDWR | _FLAGS, 0o600)
        except OSError as error:
            raise EncodeError("there is no shared memory here", why=str(error.strerror)) from None
        self._made.append(name)
        try:
            with open(descriptor, "wb", buffering=0) as file:  # noqa: PTH123 - a descriptor
                view = memoryview(data or b"\0")  # an empty file cannot be mapped
                while view:
                    view = view[file.write(view) :]
        except OSError as error:
            _unlink(name)
            raise EncodeError(f"{len(data)} bytes do not fit in shared memory", why=str(error.strerror)) from None
        return compact({"shm": name, "size": len(data)}).encode()

    def take_back(self) -> None:
        """Free the memory of messages that were not delivered."""
        while self._made:
            _unlink(self._made.pop())


def _reference(frame: bytes) -> tuple[str, int]:
    try:
        value: Any = parse(frame) if len(frame) <= _REFERENCE else None
    except ValueError:
        value = None
    match value:
        case {"shm": str() as name, "size": int() as size} if type(size) is int and size >= 0:
            name = name.removeprefix("/")  # as shm_open(3) takes it
            short = len(name.encode(errors="replace")) <= _LONGEST
            if short and name.isprintable() and "/" not in name and name not in {"", ".", ".."}:
                return name, size
            raise DecodeError(f"{compact(value['shm']):.60} is not a name of shared memory")
    raise DecodeError('it is not a reference like {"shm": "name", "size": 5}')


def _read(path: str, size: int) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | _FLAGS)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise DecodeError("the name does not belong to shared memory")
        if status.st_size < size:
            raise DecodeError(f"the shared memory has {status.st_size} bytes, not {size}")
        data = bytearray()
        while len(data) < size:
            piece = os.pread(descriptor, size - len(data), len(data))
            if not piece:
                raise DecodeError(f"the shared memory was truncated to {len(data)} bytes")
            data += piece
        return bytes(data)
    finally:
        os.close(descriptor)


def _unlink(name: str) -> None:
    try:
        os.unlink(_DIRECTORY + name)  # noqa: PTH108 - a Path adds nothing here
    except OSError:  # already unlinked
        pass
