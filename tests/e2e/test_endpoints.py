"""Endpoints: the short forms, the checks, the ready file, and what an ipc path never loses."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.peers import endpoint_of, free_port

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.in_process import InProcess
    from tests.support.peers import Peers
    from tests.support.processes import Zmqcli

TOO_LONG = "/tmp/" + "x" * 103  # noqa: S108 - only a name, nothing is made


class TestShortForms:
    @pytest.mark.parametrize("form", ["{}", ":{}", "tcp://:{}", "127.0.0.1:{}", "localhost:{}", "tcp://localhost:{}"])
    def test_a_port_is_of_this_machine(self, zmqcli: Zmqcli, peers: Peers, form: str) -> None:
        pull = peers.socket(zmq.PULL, bind="tcp://127.0.0.1:0")
        port = endpoint_of(pull).rpartition(":")[2]

        zmqcli("push", "-c", form.format(port), "hello").ok()
        assert pull.recv() == b"hello"

    @pytest.mark.parametrize("form", ["{}", ":{}", "tcp://:{}"])
    def test_a_bound_port_is_not_open_to_the_network(self, zmqcli: Zmqcli, form: str) -> None:
        port = free_port()

        assert zmqcli.start("pull", "-b", form.format(port), ready=True).endpoint == f"tcp://127.0.0.1:{port}"

    @pytest.mark.parametrize("form", ["0", ":0", "*", ":*", "tcp://:0", "tcp://127.0.0.1:*", "127.0.0.1:0"])
    def test_port_0_is_a_free_one(self, zmqcli: Zmqcli, form: str) -> None:
        host, _, port = zmqcli.start("pull", "-b", form, ready=True).endpoint.rpartition(":")

        assert host == "tcp://127.0.0.1"
        assert int(port) > 0

    @pytest.mark.parametrize("form", ["{directory}/s", "./s", "ipc://{directory}/s", "ipc://./s"])
    def test_a_path_is_ipc(self, zmqcli: Zmqcli, peers: Peers, short_dir: Path, form: str) -> None:
        ours = zmqcli.start("pull", "-b", form.format(directory=short_dir), "-n", "1", ready=True)
        ours.wait_ready()
        peers.socket(zmq.PUSH, connect=f"ipc://{short_dir}/s").send(b"hello")

        assert ours.finish().ok().lines == [b"hello"]

    def test_an_at_sign_is_an_abstract_name(self, zmqcli: Zmqcli, peers: Peers, short_dir: Path) -> None:
        name = f"@zmqcli-{short_dir.name}"
        ours = zmqcli.start("pull", "-b", name, "-n", "1", ready=True)
        assert ours.endpoint == f"ipc://{name}"
        peers.socket(zmq.PUSH, connect=f"ipc://{name}").send(b"hello")

        assert ours.finish().ok().lines == [b"hello"]

    def test_all_interfaces_must_be_asked_for(self, zmqcli: Zmqcli, peers: Peers) -> None:
        ours = zmqcli.start("pull", "-b", "tcp://*:0", "-n", "1", ready=True)
        endpoint = ours.endpoint
        assert endpoint.startswith("tcp://0.0.0.0:")
        peers.socket(zmq.PUSH, connect=endpoint.replace("0.0.0.0", "127.0.0.1")).send(b"x")  # noqa: S104 - replaced

        assert ours.finish().ok().lines == [b"x"]

    def test_ipv6_turns_itself_on(self, zmqcli: Zmqcli) -> None:
        try:
            socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        except OSError as error:
            pytest.skip(f"no IPv6 here: {error}")
        ours = zmqcli.start("pull", "-b", "tcp://[::1]:0", "-n", "1", ready=True)
        endpoint = ours.endpoint
        assert endpoint.startswith("tcp://[::1]:")
        zmqcli("push", "-c", endpoint, "hello").ok()

        assert ours.finish().ok().lines == [b"hello"]


class TestUsageErrors:
    @pytest.mark.parametrize(
        "command", ["pub", "sub", "push", "pull", "req", "rep", "dealer", "router", "pair", "xpub"]
    )
    def test_no_endpoint_at_all(self, in_process: InProcess, command: str) -> None:
        line = in_process(command).error(2, f"zmqcli {command}")

        assert "-b" in line
        assert "-c" in line

    @pytest.mark.parametrize(
        ("side", "endpoint"),
        [
            ("-c", "tcp://127.0.0.1:99999"),
            ("-b", "99999"),
            ("-c", "65536"),
            ("-c", "tcp://127.0.0.1:-1"),
            ("-c", "tcp://127.0.0.1:port"),
            ("-c", "tcp://127.0.0.1"),
            ("-c", "tcp://*:5555"),
            ("-c", "tcp://127.0.0.1:*"),
            ("-c", "*:5555"),
            ("-b", f"ipc://{TOO_LONG}"),
            ("-c", TOO_LONG),
            ("-b", "carrier-pigeon://x"),
            ("-c", "tcpp://127.0.0.1:1"),
            ("-b", ""),
            ("-b", "tcp://"),
            ("-c", "ipc://"),
        ],
    )
    def test_an_endpoint_that_libzmq_would_misread(self, in_process: InProcess, side: str, endpoint: str) -> None:
        command = ["push", side, endpoint, "x"] if side == "-c" else ["pull", side, endpoint]

        in_process(*command).error(2, endpoint)

    def test_a_transport_this_libzmq_lacks(self, zmqcli: Zmqcli) -> None:
        lacking = [name for name in ("norm", "pgm", "vsock", "ws", "wss") if not zmq.has(name)]
        if not lacking:
            pytest.skip("this libzmq has every transport")

        line = zmqcli("pull", "-b", f"{lacking[0]}://127.0.0.1:5555").error(2, lacking[0])
        assert "tcp" in line
        assert "ipc" in line

    def test_inproc_has_nobody_to_talk_to(self, zmqcli: Zmqcli) -> None:
        zmqcli("pull", "-b", "inproc://x").error(2, "inproc://x", "run")


class TestReadyFile:
    def test_it_has_the_real_endpoints_one_a_line(self, zmqcli: Zmqcli, short_dir: Path) -> None:
        ours = zmqcli.start("pull", "-b", "0", "-b", f"ipc://{short_dir}/s", "-b", "0", ready=True)

        first, second, third = ours.wait_ready()
        assert first.startswith("tcp://127.0.0.1:")
        assert second == f"ipc://{short_dir}/s"
        assert third.startswith("tcp://127.0.0.1:")
        assert first != third

    def test_it_comes_whole(self, zmqcli: Zmqcli, short_dir: Path) -> None:
        file = short_dir / "ready1"
        file.write_text("old")
        before = file.stat().st_ino
        ours = zmqcli.start("pull", "-b", "0", ready=True)
        ours.wait_stderr("bound")
        assert ours.stop().code == 143

        # A new file has taken the old one's name; nobody ever saw it half written.
        assert file.stat().st_ino != before
        assert file.read_text().startswith("tcp://127.0.0.1:")
        assert not {path.name for path in short_dir.iterdir()} - {"ready1", "home"}

    def test_it_is_written_also_with_nothing_to_bind(self, zmqcli: Zmqcli, late_endpoint: str) -> None:
        ours = zmqcli.start("pull", "-c", late_endpoint, ready=True)
        ours.wait_ready()

        assert ours.running

    def test_it_may_wait_for_the_first_peer(self, zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
        pub = peers.socket(zmq.XPUB, bind=endpoint)
        ours = zmqcli.start("sub", "-c", endpoint_of(pub), "-s", "a", "--ready-when", "peer", ready=True)
        ours.wait_ready()
        # A sub has sent its subscriptions by then; they may still be on their way into the publisher's socket.
        assert pub.recv() == b"\x01a"

    def test_it_does_not_come_before_the_first_peer(self, zmqcli: Zmqcli, late_endpoint: str, short_dir: Path) -> None:
        zmqcli("pull", "-c", late_endpoint, "--ready-file", short_dir / "r", "--ready-when", "peer", "-t", "0.3").ended(
            124
        )

        assert not (short_dir / "r").exists()

    def test_a_place_that_cannot_be_written(self, zmqcli: Zmqcli) -> None:
        result = zmqcli("pull", "-q", "-b", "0", "--ready-file", "no/such/directory")

        assert result.code in (1, 2)
        result.error(result.code, "no/such/directory")

    def test_what_is_bound_and_connected_is_said(self, zmqcli: Zmqcli, late_endpoint: str) -> None:
        ours = zmqcli.start("pull", "-c", late_endpoint, "-b", "0", ready=True)
        bound = ours.wait_ready()[0]

        assert ours.wait_stderr("bound ").endswith(f"bound {bound}")
        assert ours.wait_stderr("connecting to ").endswith(f"connecting to {late_endpoint}")
        assert ours.stderr.index("bound ") < ours.stderr.index("connecting to ")


class TestIpcPaths:
    def test_a_file_that_is_no_socket_is_left_alone(self, zmqcli: Zmqcli, short_dir: Path) -> None:
        file = short_dir / "precious"
        file.write_text("data")

        result = zmqcli("pull", "-q", "-b", str(file))
        assert result.code in (1, 2)
        result.error(result.code, str(file))
        assert file.read_text() == "data"

    def test_a_socket_somebody_listens_on_is_left_alone(self, zmqcli: Zmqcli, peers: Peers, short_dir: Path) -> None:
        pull = peers.socket(zmq.PULL, bind=f"ipc://{short_dir}/s")

        zmqcli("pull", "-q", "-b", f"ipc://{short_dir}/s").error(1, f"{short_dir}/s", "in use")
        peers.socket(zmq.PUSH, connect=f"ipc://{short_dir}/s").send(b"still mine")
        assert pull.recv() == b"still mine"

    def test_a_stale_socket_is_replaced(self, zmqcli: Zmqcli, peers: Peers, short_dir: Path) -> None:
        with socket.socket(socket.AF_UNIX) as stale:
            stale.bind(str(short_dir / "s"))
        ours = zmqcli.start("pull", "-b", f"ipc://{short_dir}/s", "-n", "1", ready=True)
        ours.wait_ready()
        peers.socket(zmq.PUSH, connect=f"ipc://{short_dir}/s").send(b"x")

        assert ours.finish().ok().lines == [b"x"]

    def test_the_file_is_gone_when_the_command_is(self, zmqcli: Zmqcli, short_dir: Path) -> None:
        zmqcli("pull", "-b", f"ipc://{short_dir}/s", "--duration", "100ms").ok()

        assert not (short_dir / "s").exists()
