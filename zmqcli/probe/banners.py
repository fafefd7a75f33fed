"""What speaks on a port that speaks no ZMTP, told by its first bytes."""

from __future__ import annotations

__all__ = ["TLS_QUESTION", "recognise"]

TLS_QUESTION = bytes.fromhex("16030100050100000100")
"""A TLS handshake record (RFC 8446, 5.1) whose ClientHello is one byte long: a server answers it with an alert, while
to other nonsense, a ZMTP greeting or `GET /`, OpenSSL just hangs up (measured, 3.0)."""

_BEGINNINGS = (
    (b"HTTP/", "an HTTP server"),
    (b"<!doctype", "an HTTP server"),  # what some answer to a request that is none (HTTP/0.9)
    (b"<html", "an HTTP server"),
    (b"SSH-", "an SSH server"),
    (b"RFB ", "a VNC server"),
    (b"-ERR", "a Redis server"),
    (b"-NOAUTH", "a Redis server"),
    (b"-DENIED", "a Redis server"),
    (b"+OK", "a POP3 server"),
    (b"* OK", "an IMAP server"),
    (b"AMQP", "an AMQP server (RabbitMQ)"),
    (b"INFO {", "a NATS server"),
    (b"ERROR\r\n", "a memcached server"),
    (b"\0SP\0", "a nanomsg or nng socket"),
)
_TLS = {0x14, 0x15, 0x16}
"""Change cipher spec, alert, handshake: the first byte of a TLS record (RFC 8446, 5.1), before 3 and 0 to 4."""
_MYSQL = b"\0\0\0\x0a"
"""After the length's first byte: its two others, packet 0, protocol version 10."""


def recognise(data: bytes) -> str:
    """Return what a server that begins with `data` seems to be: `an HTTP server`; nothing when it cannot be told."""
    if len(data) > 2 and data[0] in _TLS and data[1] == 3 and data[2] <= 4:  # noqa: PLR2004 # see _TLS
        return "a TLS server"
    if data[1:5] == _MYSQL:
        return "a MySQL server"
    if data[:3].isdigit() and data[3:4] in {b" ", b"-"}:
        rest = data[:512].upper()
        return "an SMTP server" if b"SMTP" in rest else "an FTP server" if b"FTP" in rest else "an SMTP or FTP server"
    low = data[:16].lower()
    return next((name for beginning, name in _BEGINNINGS if low.startswith(beginning.lower())), "")
