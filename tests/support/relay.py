"""A tcp relay that writes down every byte that passes, both ways: what a listener on the wire sees."""

from __future__ import annotations

import socket
import threading

__all__ = ["Relay"]

CHUNK = 65_536


class Relay:
    """Listens at `endpoint`; each connection goes on to the target."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._target = ("", 0)
        self._sockets: list[socket.socket] = [self._listener]
        self._threads: list[threading.Thread] = []
        self._recorded = bytearray()
        self._lock = threading.Lock()

    @property
    def endpoint(self) -> str:
        """Where to connect to."""
        return f"tcp://127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def recorded(self) -> bytes:
        """All that has passed so far."""
        with self._lock:
            return bytes(self._recorded)

    def start(self, target: str) -> None:
        """Relay to `target`, a tcp endpoint."""
        host, _, port = target.removeprefix("tcp://").rpartition(":")
        self._target = (host, int(port))
        self._run(self._accept)

    def close(self) -> None:
        """Break all connections."""
        for sock in self._sockets:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:  # it is broken already
                pass
        for thread in self._threads:
            thread.join(5)
        for sock in self._sockets:
            sock.close()

    def _run(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type] # a method of ours
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._target)
            except OSError:  # closed
                return
            self._sockets += [near, far]
            self._run(self._pass_on, near, far)
            self._run(self._pass_on, far, near)

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while chunk := source.recv(CHUNK):
                with self._lock:
                    self._recorded += chunk
                target.sendall(chunk)
            target.shutdown(socket.SHUT_WR)
        except OSError:  # one of them is gone, so is the other
            pass
