"""Who has a port, and who is at the other end of a unix socket."""

from __future__ import annotations

import os
import socket

import zmq

from tests.support.kernel_links import KernelLink
from tests.support.peers import Peers, endpoint_of, free_port
from zmqcli.diagnosis.processes import connected_process, holder_of_port, process_name


def test_the_holder_of_a_port(peers: Peers) -> None:
    own = (process_name(os.getpid()), os.getpid())
    assert own[0]
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert holder_of_port(server.getsockname()[1]) == own
    bound = peers.socket(zmq.PULL, bind="tcp://*:0")

    assert holder_of_port(int(endpoint_of(bound).rpartition(":")[2])) == own


def test_a_port_that_nobody_listens_on() -> None:
    assert holder_of_port(free_port()) is None
    with KernelLink("tcp") as link:  # connected is not listening
        assert holder_of_port(link.near.getsockname()[1]) is None


def test_the_process_behind_a_unix_socket() -> None:
    with KernelLink("ipc") as link:
        assert connected_process(link.near.fileno()) == os.getpid()


def test_a_process_that_is_gone_has_no_name() -> None:
    assert not process_name(0)
