"""Servers that speak something else, told by what they really say first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zmqcli.probe.banners import recognise


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", "an HTTP server"),
        (b'<!DOCTYPE HTML>\n<html lang="en">', "an HTTP server"),
        (b"<HTML><head>", "an HTTP server"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "a TLS server"),
        (b"SSH-2.0-OpenSSH_9.2p1", "an SSH server"),
        (b"220 mail.example.org ESMTP Postfix\r\n", "an SMTP server"),
        (b"220 (vsFTPd 3.0.3)\r\n", "an FTP server"),
        (b"220-Welcome\r\n", "an SMTP or FTP server"),
        (b"-ERR unknown command", "a Redis server"),
        (b"+OK POP3 ready", "a POP3 server"),
        (b"\x4a\0\0\0\x0a8.0.36\0", "a MySQL server"),
        (b"AMQP\0\0\x09\x01", "an AMQP server (RabbitMQ)"),
        (b'INFO {"server_id":', "a NATS server"),
        (b"\0SP\0\0\x50\0\0", "a nanomsg or nng socket"),
    ],
)
def test_who_it_is(data: bytes, name: str) -> None:
    assert recognise(data) == name


@pytest.mark.parametrize("data", [b"", b"\xff\0\0\0\0\0\0\0\x01\x7f\x03", b"\x01\0", b"\x15\0me", b"22", b"hello"])
def test_what_cannot_be_told(data: bytes) -> None:
    assert recognise(data) == ""


@given(st.binary(max_size=40))
def test_any_bytes_have_an_answer(data: bytes) -> None:
    assert isinstance(recognise(data), str)
