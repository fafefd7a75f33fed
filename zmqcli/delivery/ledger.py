"""Tells whether what libzmq has taken is out: written to the kernels of its peers, and taken from there.

libzmq takes a message into a queue of its own, up to a thousand for each peer, and never says what becomes of it. The
queue of a bound socket dies with its peer. So the ledger keeps books from one moment at which everything was out
(`settled`) to the next:

- Over tcp the kernel counts the bytes that were written and acknowledged, and framing.py computes how many bytes the
  messages have. When the sums are equal, everything is out. The kernel still answers after a peer has left, so it is
  certain whether that peer took something along.
- Over ipc nothing is counted. Everything is out when libzmq's I/O thread has nothing to write (io_thread.py) and the
  kernel's queues are empty. A peer that leaves before we have seen that counts as a loss: exit code 5 for messages that
  arrived is better than 0 for messages that did not. With a single small message on its way it is certain whether it
  was read (last_read.py).

docs/delivery.md tells users how certain each case is. docs/decisions/0014-the-ledger.md says why.
"""

from __future__ import annotations

import time
from enum import Enum
from typing import TYPE_CHECKING

from zmqcli.delivery.io_thread import IoThreads
from zmqcli.zmtp.framing import Framing

if TYPE_CHECKING:
    from collections.abc import Callable

    from zmqcli.delivery.link import Link
    from zmqcli.message import Batch

__all__ = ["Doubt", "Ledger"]

SMALL_BYTES = 4096
"""libzmq writes a message of this size in one piece, and the kernel keeps it in one piece."""
KERNEL_TAKES_BYTES = 160 * 1024
"""A message that a unix socket's buffer takes whole (208 KiB by default, overhead included): a peer that reads its
beginning reads the rest in the same go."""
FIRST_LOOK_SECONDS = 0.001
"""From handing something to libzmq to the first look at what became of it."""
PATIENCE = 8
"""After t seconds on its way, something is looked at every t/8 seconds: the longer it takes, the rarer the looks."""
LONGEST_PAUSE_SECONDS = 0.02
"""Between two looks at an ipc peer's queue: the last look tells, when the peer leaves, whether it had everything."""
LONGEST_COUNTED_SECONDS = 1.0
"""The same where bytes are counted, which can be asked after the peer has left."""
LEAVING_SECONDS = 0.002
LEAVING_STEPS = 5
"""libzmq's I/O thread gets this many times this long to remove a queue, since it may be busy with other peers."""
MOST_LEFT = 64
"""Descriptors kept of peers that have left."""
QUIET_SECONDS = 0.02
"""Without a view of the I/O threads, empty queues for this long mean that nothing is on its way."""


class Doubt(Enum):
    """What it means when a peer leaves before everything was seen to be out."""

    NONE = "nothing by itself: the socket drops messages by design, or the caller gets an answer that tells"
    SHARED = "each message goes to one peer: what is missing in the sum of all is lost"
    COPIED = "each peer gets every message: what is missing at the one that left is lost"
    REPLIED = "each message goes to the peer that asked: what is missing at that one is lost"


_ANYBODYS = (Doubt.SHARED, Doubt.COPIED)
"""With these, any peer may get a message."""


class Ledger:
    """The books of one socket."""

    def __init__(self, doubt: Doubt = Doubt.NONE, *, keeps: bool = False) -> None:
        """Begin with nothing on its way.

        `keeps`: libzmq keeps messages for a peer that is not there, as a socket that connects does.
        """
        self.settled = True
        """Whether everything that was taken is known to be out."""
        self.losses: list[str] = []
        """Endpoints whose peer took something along; the reader clears it."""
        self.events_wait: Callable[[], bool] = bool
        """Whether the monitor has events that have not been read yet."""
        self.has_spare: Callable[[int], bool] = _always
        """Whether this many descriptors may be used for optional checks: a listening socket needs a few."""
        self._doubt = doubt
        self._keeps = keeps
        self._framing = Framing()
        self._handshake_bytes = 0
        self._counts = False
        self._links: list[Link] = []
        """The peers that are connected."""
        self._left: list[Link] = []
        """Peers that left since everything was last out, and may have taken something along."""
        self._suspects: list[str] = []
        """Endpoints of those, and of peers that came and left between two looks."""
        self._last_left = "a peer"
        self._taken_bytes = 0
        """On the wire, of all that libzmq has taken."""
        self._settled_bytes = 0
        """The same at the moment when everything was last out."""
        self._folded_bytes = 0
        """Written since then to peers that left and are not asked any more."""
        self._watches_one = False
        """Whether just one message is on its way, whose reading is watched."""
        self._one_is_small = False
        """Whether reading its beginning means that all of it was read."""
        self._watches_rest = False
        """Whether libzmq has written everything to peers on ipc, and their reading of it is watched."""
        self._some_uncounted = False
        """Whether some of it may have gone to a peer whose bytes are not counted, on ipc."""
        self._to_nobody = False
        """Whether some of it was taken without any peer, and none has come since."""
        self._lossy = False
        """Whether something was lost since then, so that the sums can no longer be equal."""
        self._asked: Link | None = None
        """The peer that gets the next message, a reply."""
        self._taken_since_left = False
        """Whether something was taken since the last peer left."""
        self._left_with_all = False
        """Whether a peer has left since the last message was taken, and had received everything."""
        self._threads = IoThreads()
        self._taken_at = 0.0
        self._looked_at = 0.0
        self._quiet_since: float | None = None

    def count(self, framing: Framing, handshake_bytes: int) -> None:
        """Count the bytes of messages by `framing`. Each new connection begins with `handshake_bytes`."""
        if self._doubt is not Doubt.NONE:
            self._counts, self._framing, self._handshake_bytes = True, framing, handshake_bytes

    @property
    def framing(self) -> Framing | None:
        """How to count the bytes on the wire of what is sent; None when they are not counted."""
        return self._framing if self._counts else None

    # What happens

    def about_to_take(self, batch: Batch, start: int, end: int) -> None:
        """Prepare for messages that are handed to libzmq now: whether an ipc peer reads a single one can be watched."""
        if self._watches_rest:
            self._stop_watching_rest()
        if self._asked is not None:
            self._owe(self._asked, batch, start, end)
            self._asked = None
        elif self.settled and end - start == 1 and self._doubt in _ANYBODYS and self._all_on_ipc():
            size = sum(map(len, batch[start]))
            self._watches_one, self._one_is_small = size < KERNEL_TAKES_BYTES, size < SMALL_BYTES
            if self._watches_one:
                for link in self._links:
                    link.watch_last_read(self.has_spare)

    def _all_on_ipc(self) -> bool:
        return bool(self._links) and all(link.is_ipc for link in self._links)

    def asked(self, link: Link, *, again: bool) -> None:
        """Enter that the next message is a reply to this peer.

        `again`: that it asks shows that it has the last one, unless that was meant for a former peer of its number.
        """
        if again:
            if self._lacks_its_reply(link):
                self._lose(link.endpoint)
            link.owed_messages = 0
        self._asked = link

    def _owe(self, link: Link, batch: Batch, start: int, end: int) -> None:
        if not link.owed_messages:
            link.owed_bytes, link.had_queue = 0, False
            link.written_before = link.written() or 0
            link.watch_last_read(self.has_spare)
        link.owed_messages += end - start
        link.owed_bytes += self._framing.size(batch, start, end)

    def took(self, messages: int, wire_bytes: int) -> None:
        """Enter messages that libzmq has taken, and their bytes on the wire."""
        if not messages:
            return
        self._watches_one = self._watches_one and self.settled
        self.settled = self._left_with_all = False
        self._taken_since_left = True
        self._quiet_since = None
        self._taken_at = time.monotonic()
        self._to_nobody |= not self._links and not self._keeps and self._doubt is Doubt.SHARED
        if self._counts:
            self._taken_bytes += wire_bytes

    def took_uncounted(self) -> None:
        """Enter messages that libzmq has taken from somebody else: its own proxy."""
        self.settled = self._watches_one = self._left_with_all = False
        self._taken_since_left = self._some_uncounted = True
        self._quiet_since = None
        self._taken_at = time.monotonic()

    def joined(self, link: Link) -> None:
        """Enter a peer whose handshake is done."""
        link.written_before, link.taken_before = self._handshake_bytes, self._taken_bytes
        if self._counts and link.counted and (link.written() is None or (self._framing.framed and link.is_older())):
            self._counts = False
        self._some_uncounted |= not link.counted
        self._to_nobody = False
        self._links.append(link)
        if not link.counted and self._doubt is not Doubt.NONE:
            self._threads.idle([link.number])  # the first look takes long: before there is anything to see

    def withdrew(self, link: Link) -> None:
        """Remove a peer whose handshake turns out to have been another's."""
        if link in self._links:
            self._links.remove(link)

    def answered(self) -> None:
        """Enter that the peer has answered what was sent, and so has all of it."""
        self._settle()

    def write_off(self) -> None:
        """Enter that what is on its way is lost, and that the user knows."""
        self._settle()

    def left(self, link: Link) -> bool:
        """Enter that a peer left. Return whether the ledger keeps its link, and closes it later.

        If the peer took something along, `losses` has it, now or after a look.
        """
        self.withdrew(link)
        self._last_left = link.endpoint
        self._taken_since_left &= bool(self._links)
        if link.was_reset():
            self._lose(link.endpoint)
        elif self._doubt is Doubt.NONE and link.lost_output():
            if link.look() and not link.takes_no_more():  # it has ended its own side, and may read on
                self._left.append(link)
                return True
            self._lose(link.endpoint)
        elif self.settled or self._doubt is Doubt.NONE:
            self._left_with_all = True
        else:
            return self._doubtful(link)
        return False

    def left_unseen(self, endpoint: str) -> None:
        """Enter that a peer came and left before its connection could be looked at."""
        self._last_left = endpoint
        self._taken_since_left &= bool(self._links)
        self._some_uncounted |= not endpoint.startswith("tcp:")
        if self.settled or self._doubt is Doubt.NONE:
            return
        if self._counted() and self._doubt is Doubt.SHARED:
            self._suspects.append(endpoint)
        else:
            self._lose(endpoint)

    def _doubtful(self, link: Link) -> bool:
        """Judge a peer that left with something on its way, now if possible; return whether its link is kept."""
        if self._watches_rest:
            return self._left_with_rest(link)
        counted = self._counts and link.counted
        if (counted and self._doubt is Doubt.SHARED) or (self._watches_one and not link.read_last()):
            return self._suspect(link)
        if self._watches_one:
            self._settle()
        elif self._doubt is Doubt.REPLIED:
            if link.owed_messages and not self._has_its_reply(link):
                self._lose(link.endpoint)
        elif not counted or _written_since(link) < self._taken_bytes - link.taken_before:
            self._lose(link.endpoint)
        elif link.look():  # it has to take that, too
            self._left.append(link)
            return True
        return False

    def _left_with_rest(self, link: Link) -> bool:
        """Judge an ipc peer to which everything had been written; return whether its link is kept."""
        if not link.takes_no_more():  # it has ended its own side, and may read on
            self._left.append(link)
            return True
        if not link.has_read_rest():
            self._lose(link.endpoint)
        return False

    def _has_its_reply(self, link: Link) -> bool:
        """Whether a peer that left had received its reply."""
        if self._counts and link.counted:
            return _written_since(link) >= link.owed_bytes
        return link.owed_messages == 1 and link.owed_bytes < KERNEL_TAKES_BYTES and link.read_last()

    def _suspect(self, link: Link) -> bool:
        link.look()  # it may have ended its own side only, and read on
        self._suspects.append(link.endpoint)
        self._left.append(link)
        if len(self._left) > MOST_LEFT:
            self._fold(self._left[0])
        return True

    def _fold(self, link: Link) -> None:
        self._folded_bytes += _written_since(link)
        self._left.remove(link)
        link.close()

    def _lose(self, endpoint: str) -> None:
        self._lossy = True
        if endpoint not in self.losses:
            self.losses.append(endpoint)

    # What becomes of it

    def pause(self) -> float | None:
        """Return in how many seconds to look again; None when that would show nothing new."""
        if self.settled or self._is_alone:  # an arriving peer wakes us up
            return None
        matters = self._doubt is not Doubt.NONE or any(link.is_ipc for link in self._links)
        longest = LONGEST_PAUSE_SECONDS if matters and not self._counted() else LONGEST_COUNTED_SECONDS
        last = max(self._taken_at, self._looked_at)
        at = last + min(max((last - self._taken_at) / PATIENCE, FIRST_LOOK_SECONDS), longest)
        return max(0.0, at - time.monotonic())

    def look_if_due(self) -> None:
        """Look, if it is time to."""
        if self.pause() == 0.0:
            self.look()

    def let_leave(self) -> None:
        """Wait until libzmq has removed the queue of a peer that it has just reported as disconnected.

        A message sent earlier would go into that queue, and be lost.
        """
        for _ in range(LEAVING_STEPS):
            time.sleep(LEAVING_SECONDS)
            if self._threads.idle(()):
                return

    def look(self) -> None:
        """Find out what has become of the messages that are on their way."""
        if self.settled:
            return
        self._looked_at = time.monotonic()
        for link in [link for link in self._left if link.was_reset() or (link.is_ipc and link.takes_no_more())]:
            if not (self._watches_rest and link.has_read_rest()) and not self._watches_one:
                self._lose(link.endpoint)
                self._fold(link)
        if self.queued():
            self._quiet_since = None
            self._watch_rest()
        elif self._watches_one and self._one_is_small and any(link.read_last() for link in (*self._links, *self._left)):
            self._settle()
        elif self._counted() and self._doubt is Doubt.SHARED and not self._lossy:
            if not (missing := self._missing()) or (self._is_final(missing) and self._idle()):
                self._compare()
        elif not self._is_alone and self._idle():
            self._see_that_nothing_is_left()

    def _watch_rest(self) -> None:
        """Watch how ipc peers read what the kernel holds for them, once libzmq has nothing more to write.

        Then it is certain, however late it is asked, whether one that leaves has read all of it.
        """
        if self._watches_rest or self._watches_each() or not self._all_on_ipc():
            return
        if self._idle():
            self._watches_rest = True
            for link in self._links:
                link.watch_rest(self.has_spare)

    def _watches_each(self) -> bool:
        """Whether the reading of every message on its way is watched already."""
        if self._doubt is not Doubt.REPLIED:
            return self._watches_one
        return all(link.owed_messages <= 1 and link.owed_bytes < KERNEL_TAKES_BYTES for link in self._links)

    def _stop_watching_rest(self) -> None:
        self._watches_rest = False
        for link in self._links:
            link.stop_watching_rest()

    def _is_final(self, missing: int) -> bool:
        """Whether sums that differ now will never be equal, given that libzmq is idle.

        libzmq may have written more than it took, to answer a peer's heartbeats. Less is a loss, unless libzmq keeps
        messages for a peer that is not connected.
        """
        return missing < 0 or bool((self._suspects or not self._keeps) and not self._is_alone)

    def _compare(self) -> None:
        """Settle. libzmq has nothing left to write, so what is missing is lost."""
        if self._missing() > 0:
            self._suspects = self._suspects or [self._last_left]
            self._give_up_suspects()
        else:
            self._settle()

    def _see_that_nothing_is_left(self) -> None:
        """Settle if the queues are empty because the peers have read them; libzmq has nothing left to write."""
        if self.queued() or any(link.is_ipc and link.takes_no_more() for link in self._links):
            return
        if self._to_nobody:
            self._suspects.append(self._last_left)
        # What the kernel does not hold was read, or libzmq has thrown it away: its peer's number may have been a
        # former peer's.
        if self._watches_one and any(link.had_queue and not link.takes_no_more() for link in self._left):
            self._suspects.clear()
            self._watches_one = False
        watched = self._watches_one and self._links and self._links[0].watches_last_read
        if watched and not any(link.read_last() for link in (*self._links, *self._left)):
            self._suspects.append(self._links[0].endpoint)
        self._suspects += [link.endpoint for link in self._links if self._lacks_its_reply(link)]
        self._give_up_suspects()

    def _lacks_its_reply(self, link: Link) -> bool:
        """Whether it is known that a peer, which is there, did not get what it was owed."""
        if link.owed_messages != 1:
            return False
        known = (self._counts and link.counted) or (link.owed_bytes < KERNEL_TAKES_BYTES and link.watches_last_read)
        return known and not self._has_its_reply(link)

    def _give_up_suspects(self) -> None:
        for endpoint in self._suspects:
            self._lose(endpoint)
        self._settle()

    @property
    def parked(self) -> bool:
        """Whether libzmq holds messages now for a peer that is not connected."""
        return self._is_alone and (self._taken_since_left or (self._counted() and self._missing() > 0))

    @property
    def only_libzmq_knows(self) -> bool:
        """Whether libzmq may hold messages that it took before its last peer left: only its closing tells."""
        return self._is_alone and not self.parked

    @property
    def _is_alone(self) -> bool:
        return self._keeps and not self.settled and not self._links

    def queued(self) -> int:
        """Return the bytes in the kernel's send queues, and remember them for each connection."""
        return sum([link.look() for link in (*self._links, *self._left)])

    def being_read(self, seconds: float) -> bool:
        """Whether an ipc peer has something to read, and has read some of it within the last `seconds`."""
        return any(link.is_ipc and link.last_queued > 0 and link.unread_for < seconds for link in self._links)

    def somebody_has_all(self) -> bool:
        """Whether some peer has received everything. It may have left since the last send."""
        return self._left_with_all or any(not link.look() and not link.is_gone() for link in self._links)

    def forget_unwatched(self) -> None:
        """Drop the connections whose only descriptor is libzmq's, which it is about to close."""
        self._links = [link for link in self._links if link.watched]

    def after_closing(self) -> list[str]:
        """Return which peers took something along, now that libzmq has closed everything. This is the last question."""
        for link in self._left:
            if link.is_ipc and link.had_queue and not link.takes_no_more() and not link.look():
                self._suspects.clear()  # it had ended its own side only, and has read everything
        missing = not self.settled and self._doubt is Doubt.SHARED and self._counted() and self._missing() > 0
        lost = [link.endpoint for link in (*self._links, *self._left) if link.was_reset()]
        if self._suspects and not self.settled and not self._counted():
            lost += self._suspects
        if missing and not self._lossy:
            lost += self._suspects or [self._last_left]
        for endpoint in lost:
            self._lose(endpoint)
        return self.losses

    def close(self) -> None:
        """Let go of the links that were kept here."""
        for link in self._left:
            link.close()
        self._left.clear()
        self._links.clear()

    def _settle(self) -> None:
        self.settled = True
        if self._watches_rest:
            self._stop_watching_rest()
        self._settled_bytes, self._folded_bytes = self._taken_bytes, 0
        self._suspects.clear()
        self._lossy = self._watches_one = self._to_nobody = False
        self._some_uncounted = any(not link.counted for link in self._links)
        for link in self._left:
            link.close()
        self._left.clear()
        for link in self._links:
            link.written_before, link.taken_before = link.written() or 0, self._taken_bytes
            link.had_queue, link.owed_messages = False, 0

    def _counted(self) -> bool:
        return self._counts and not self._some_uncounted

    def _missing(self) -> int:
        """Return how many of the bytes that libzmq took have not been written to any peer."""
        written = sum([_written_since(link) for link in (*self._links, *self._left)])
        return self._taken_bytes - self._settled_bytes - self._folded_bytes - written

    def _idle(self) -> bool:
        """Whether libzmq's threads have nothing to write, and the monitor has no unread events."""
        if self.events_wait():
            self._quiet_since = None
            return False
        idle = self._threads.idle([link.number for link in self._links])
        if idle is None:  # unknown: settle for having seen nothing for a while
            now = time.monotonic()
            self._quiet_since = self._quiet_since or now
            return now - self._quiet_since >= QUIET_SECONDS
        self._quiet_since = None
        return idle


def _always(_count: int) -> bool:
    return True


def _written_since(link: Link) -> int:
    return (link.written() or 0) - link.written_before
