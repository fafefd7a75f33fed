from collections.abc import Callable
from typing import final

from zmqcli.message import Batch
from zmqcli.message import Frame as AnyFrame

@final
class Frame:
    @property
    def bytes(self) -> bytes: ...
    def __len__(self) -> int: ...
    def __buffer__(self, flags: int, /) -> memoryview: ...

def bind(path: str, /) -> None: ...
def receive(handle: int, limit: int, max_bytes: int, max_frames: int, large: int, /) -> tuple[Batch, int, int]: ...
def send(
    handle: int,
    batch: Batch,
    start: int,
    end: int,
    large: int,
    send_large: Callable[[AnyFrame, int], int],
    skipped: int,
    longest_short: int,
    /,
) -> tuple[int, int, int, int, int, int]: ...
