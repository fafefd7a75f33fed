"""Every option of libzmq 4.3.5, one line each; `option.py` reads and sets them.

Source: zmq_setsockopt(3), zmq_getsockopt(3) and zmq_ctx_set(3) of libzmq 4.3.5, in words of our own; ranges, socket
types and what a build lacks as measured on pyzmq 27.3.0's wheel (test_option.py holds the rows to it).

Columns: name, number, kind, range, when, socket types, what the build must have, summary.

    kind    bool, tristate (-1 leaves it to the system), int:UNIT, int64:UNIT, ms and s (durations),
            size, size64 and kib (sizes), text, binary, key (CURVE), secret (never on the command line)
    range   LOW..HIGH, either may be missing; `-` for kinds that have none
    when    connect: before the bind or connect it is for; any: at any time; never: read only
    types   the socket types it means something to, `-` for all
    needs   draft, gssapi, vmci, norm, ws: EINVAL in a libzmq without; `-` for none
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ALIASES", "WHEN", "OptionInfo", "table"]

WHEN: Final = {"connect": "before connect", "any": "any time", "context": "before the first socket", "never": "never"}
_UNITS: Final = {"size": "bytes", "size64": "bytes", "kib": "KiB", "ms": "ms", "s": "seconds"}
_TYPES: Final = {"ms": "duration", "s": "duration", "kib": "size", "size64": "size", "int64": "int"}


@dataclass(frozen=True, slots=True)
class OptionInfo:
    """What is known of an option: one row of the table."""

    name: str
    number: int
    kind: str  # as above, without the unit
    unit: str  # of a bare number: "ms", "bytes", "messages"; "" for what has none
    low: int | None
    high: int | None
    when: str  # a value of WHEN
    types: tuple[str, ...]  # socket types it means something to; empty for all
    needs: str  # what the libzmq must be built with, as `zmq.has` calls it; "" for nothing
    summary: str
    context: bool = False  # an option of the ZeroMQ context, for all sockets

    @property
    def type(self) -> str:
        """The kind of value in a word: bool, int, duration, size, text, binary, key, ..."""
        return _TYPES.get(self.kind, self.kind)


@cache
def table() -> dict[str, OptionInfo]:
    """Return every option by its name, in alphabetical order, those of the context included."""
    rows = [*_rows(SOCKET_ROWS, context=False), *_rows(CONTEXT_ROWS, context=True)]
    return {info.name: info for info in sorted(rows, key=lambda info: info.name)}


def _rows(text: str, *, context: bool) -> Iterator[OptionInfo]:
    for line in text.strip().splitlines():
        name, number, kind_unit, limits, when, types, needs, summary = line.split(" ", 7)
        kind, _, unit = kind_unit.partition(":")
        low, _, high = limits.partition("..")
        yield OptionInfo(
            name=name,
            number=int(number),
            kind=kind,
            unit=unit or _UNITS.get(kind, ""),
            low=int(low) if low not in {"", "-"} else None,
            high=int(high) if high else None,
            when=WHEN[when],
            types=() if types == "-" else tuple(types.split(",")),
            needs="" if needs == "-" else needs,
            summary=summary,
            context=context,
        )


ALIASES: Final = {
    "CONNECT_RID": "CONNECT_ROUTING_ID",
    "DELAY_ATTACH_ON_CONNECT": "IMMEDIATE",
    "FAIL_UNROUTABLE": "ROUTER_MANDATORY",
    "IDENTITY": "ROUTING_ID",
    "ROUTER_BEHAVIOR": "ROUTER_MANDATORY",
    "XREP_RAW": "ROUTER_RAW",
}

SOCKET_ROWS: Final = """
AFFINITY 4 int64:bitmap 0.. connect - - I/O threads that serve new connections: bit 0 is the first, 0 is any
BACKLOG 19 int:connections 0.. connect - - how many connections may wait to be accepted
BINDTODEVICE 92 text - connect - - network interface or VRF to stay on; needs CAP_NET_RAW
BUSY_POLL 113 bool - connect - draft busy-poll the network device: less latency for more CPU
CONFLATE 54 bool - connect PULL,PUSH,SUB,PUB,DEALER - keep the newest message only; of several frames it keeps one
CONNECT_ROUTING_ID 61 binary - connect ROUTER,STREAM - routing id given to the peer of the next connect
CONNECT_TIMEOUT 79 ms 0.. connect - - give up a tcp connect after this; 0 leaves it to the system
CURVE_PUBLICKEY 48 key - connect - curve own public key, on a CURVE client
CURVE_SECRETKEY 49 secret - connect - curve own secret key; not with -o but by --curve-cert or --curve-server-cert
CURVE_SERVER 47 bool - connect - curve be the server side of CURVE
CURVE_SERVERKEY 50 key - connect - curve public key of the server to trust, on a CURVE client
DISCONNECT_MSG 111 binary - connect ROUTER,SERVER,PEER draft message to hand out when an accepted peer leaves
EVENTS 15 int:flags - never - - whether a send or a receive would succeed now
FD 14 int:descriptor - never - - descriptor that tells of changes in EVENTS
GSSAPI_PLAINTEXT 65 bool - connect - gssapi authenticate, but do not encrypt
GSSAPI_PRINCIPAL 63 text - connect - gssapi principal whose credentials to use
GSSAPI_PRINCIPAL_NAMETYPE 90 int:type 0..2 connect - gssapi its kind: 0 host, 1 user, 2 krb5 principal
GSSAPI_SERVER 62 bool - connect - gssapi be the server side of GSSAPI
GSSAPI_SERVICE_PRINCIPAL 64 text - connect - gssapi principal of the server to connect to
GSSAPI_SERVICE_PRINCIPAL_NAMETYPE 91 int:type 0..2 connect - gssapi its kind: 0 host, 1 user, 2 krb5 principal
HANDSHAKE_IVL 66 ms 0.. connect - - close a connection whose handshake takes longer; 0 never
HEARTBEAT_IVL 75 ms 0.. connect - - send a ZMTP ping this often; 0 never
HEARTBEAT_TIMEOUT 77 ms 0.. connect - - close a connection silent for this long after a ping; unset: HEARTBEAT_IVL
HEARTBEAT_TTL 76 ms 0..6553599 connect - - the peer closes when it hears nothing for this; in steps of 100 ms
HELLO_MSG 110 binary - connect ROUTER,DEALER,CLIENT,SERVER,PEER draft message to send to each new peer
HICCUP_MSG 114 binary - connect DEALER,CLIENT,PEER draft message to hand out when a connected peer is lost
HWM 1 int:messages 0.. any - - sets SNDHWM and RCVHWM at once; 0 is no limit
IMMEDIATE 39 bool - connect - - queue for finished connections only
INVERT_MATCHING 74 bool - connect PUB,XPUB,SUB - let through what matches no subscription; set it on both sides
IN_BATCH_SIZE 101 int:bytes 1.. connect - draft most that one system call receives; best left alone
IPC_FILTER_GID 60 int:gid 0.. connect - - accept ipc connections of this group (deprecated: use ZAP)
IPC_FILTER_PID 58 int:pid 0.. connect - - accept ipc connections of this process (deprecated: use ZAP)
IPC_FILTER_UID 59 int:uid 0.. connect - - accept ipc connections of this user (deprecated: use ZAP)
IPV4ONLY 31 bool - connect - - the opposite of IPV6 (deprecated)
IPV6 42 bool - connect - - use IPv6 as well as IPv4
LAST_ENDPOINT 32 text - never - - the last endpoint bound or connected
LINGER 17 ms -1.. any - - how long closing waits for unsent messages; -1 for ever, 0 drops them
LOOPBACK_FASTPATH 94 bool - connect - - faster tcp on the local host, on Windows only
MAXMSGSIZE 22 size64 -1.. connect - - largest frame to receive; more drops the connection; -1 is no limit
MECHANISM 43 int:mechanism - never - - security mechanism in use: 0 NULL, 1 PLAIN, 2 CURVE, 3 GSSAPI
METADATA 95 text - connect - - X-KEY:VALUE told to peers in the handshake
MULTICAST_HOPS 25 int:hops 1.. connect - - how many networks multicast packets may cross
MULTICAST_LOOP 96 bool - connect RADIO - receive one's own udp multicast on this host
MULTICAST_MAXTPDU 84 int:bytes 1.. connect - - largest multicast packet to send; at most the path's MTU
NORM_BLOCK_SIZE 121 int:segments 1..255 connect - norm segments in a block of error correction
NORM_BUFFER_SIZE 119 kib 1.. connect - norm buffer of NORM's sender, receiver and stream
NORM_MODE 117 int:mode 0..4 connect - norm rate: 0 fixed, 1 congestion control, 2 with loss, 3 ECN, 4 ECN only
NORM_NUM_AUTOPARITY 123 int:segments 0..254 connect - norm parity segments sent without being asked for
NORM_NUM_PARITY 122 int:segments 0..254 connect - norm most parity segments computed for a block
NORM_PUSH 124 bool - connect - norm when full, discard the oldest data to take new
NORM_SEGMENT_SIZE 120 int:bytes 1.. connect - norm payload of one NORM packet
NORM_UNICAST_NACK 118 bool - connect - norm ask for repairs by unicast
ONLY_FIRST_SUBSCRIBE 108 bool - connect XPUB,XSUB - read only the first frame of a message as a subscription
OUT_BATCH_SIZE 102 int:bytes 1.. connect - draft most that one system call sends; best left alone
PLAIN_PASSWORD 46 secret - connect - - password of a PLAIN client; not with -o but by --plain-password-file
PLAIN_SERVER 44 bool - connect - - be the server side of PLAIN
PLAIN_USERNAME 45 text - connect - - user name of a PLAIN client
PRIORITY 112 int:priority 0.. connect - draft SO_PRIORITY of the packets; over 6 needs CAP_NET_ADMIN
PROBE_ROUTER 51 bool - any ROUTER,DEALER,REQ - send an empty message to each new peer, for ROUTERs to see
RATE 8 int:kbit/s 1.. connect - - highest multicast data rate
RCVBUF 12 size -1.. connect - - the kernel's receive buffer; -1 leaves it to the system
RCVHWM 24 int:messages 0.. any - - messages queued for receiving, for each peer; 0 is no limit
RCVMORE 13 bool - never - - whether the message goes on after the frame just received
RCVTIMEO 27 ms -1.. any - - how long a receive waits; -1 for ever
RECONNECT_IVL 18 ms -1.. connect - - wait this long before reconnecting; -1 never reconnects
RECONNECT_IVL_MAX 21 ms 0.. connect - - double the wait up to this; 0 keeps it the same
RECONNECT_STOP 109 int:flags 0..7 connect - - when to give up (add up): 1 refused, 2 handshake failed, 4 disconnected
RECOVERY_IVL 9 ms 0.. connect - - how long a multicast receiver may be away without losing data
REQ_CORRELATE 52 bool - any REQ - number the requests, and drop replies to other ones
REQ_RELAXED 53 bool - any REQ - allow a new request before the reply; with REQ_CORRELATE
ROUTER_HANDOVER 56 bool - any ROUTER - a new peer takes over a routing id in use
ROUTER_MANDATORY 33 bool - any ROUTER - fail on messages that cannot be routed, do not drop them
ROUTER_NOTIFY 97 int:flags 0..3 connect ROUTER draft empty message when a peer comes (1), goes (2) or both (3)
ROUTER_RAW 41 bool - connect ROUTER - speak plain tcp, no ZMTP (deprecated: use STREAM)
ROUTING_ID 5 binary - connect REQ,REP,ROUTER,DEALER - own name for ROUTER peers: 1 to 255 bytes, not starting with 0
SNDBUF 11 size -1.. connect - - the kernel's send buffer; -1 leaves it to the system
SNDHWM 23 int:messages 0.. any - - messages queued for sending, for each peer; 0 is no limit
SNDTIMEO 28 ms -1.. any - - how long a send waits; -1 for ever
SOCKS_PASSWORD 100 secret - connect - - password for the SOCKS5 proxy
SOCKS_PROXY 68 text - connect - - HOST:PORT of a SOCKS5 proxy for tcp connects
SOCKS_USERNAME 99 text - connect - - user name for the SOCKS5 proxy
STREAM_NOTIFY 73 bool - connect STREAM - empty message when a peer connects or disconnects
SUBSCRIBE 6 binary - any SUB - receive messages that start with this; empty is all
TCP_ACCEPT_FILTER 38 text - connect - - accept tcp connections from this ADDRESS/BITS (deprecated: use ZAP)
TCP_KEEPALIVE 34 tristate - connect - - SO_KEEPALIVE
TCP_KEEPALIVE_CNT 35 int:probes -1.. connect - - TCP_KEEPCNT: lost probes that end a connection
TCP_KEEPALIVE_IDLE 36 s -1.. connect - - TCP_KEEPIDLE: silence before the first probe, in seconds
TCP_KEEPALIVE_INTVL 37 s -1.. connect - - TCP_KEEPINTVL: time between probes, in seconds
TCP_MAXRT 80 ms 0.. connect - - close when sent data stays unacknowledged for this; 0 leaves it to the system
THREAD_SAFE 81 bool - never - - whether several threads may use the socket
TOPICS_COUNT 116 int:topics - never XPUB,PUB,XSUB,SUB - subscriptions now held
TOS 57 int:bits 0.. connect - - the type-of-service byte of IP packets (DSCP and ECN)
TYPE 16 int:type - never - - the socket's type
UNSUBSCRIBE 7 binary - any SUB - take back one SUBSCRIBE of the same bytes
USE_FD 89 int:descriptor -1.. connect - - listening descriptor to bind with, as systemd passes one
VMCI_BUFFER_MAX_SIZE 87 size64 0.. connect - vmci largest buffer of a vmci connection
VMCI_BUFFER_MIN_SIZE 86 size64 0.. connect - vmci smallest buffer of a vmci connection
VMCI_BUFFER_SIZE 85 size64 0.. connect - vmci buffer of a vmci connection
VMCI_CONNECT_TIMEOUT 88 ms -1.. connect - vmci give up a vmci connect after this
WSS_CERT_PEM 104 text - connect - wss certificate of a wss server, in PEM
WSS_HOSTNAME 106 text - connect - wss host name a wss server's certificate must have
WSS_KEY_PEM 103 secret - connect - wss private key of a wss server, in PEM
WSS_TRUST_PEM 105 text - connect - wss certificates a wss client trusts, in PEM
WSS_TRUST_SYSTEM 107 bool - connect - wss trust the system's certificates
XPUB_MANUAL 71 bool - connect XPUB,PUB - subscribe peers by hand, with SUBSCRIBE on the XPUB
XPUB_MANUAL_LAST_VALUE 98 bool - connect XPUB,PUB - as XPUB_MANUAL; the next message goes to the newest subscriber
XPUB_NODROP 69 bool - connect XPUB,PUB - fail when a subscriber's queue is full, do not drop
XPUB_VERBOSE 40 bool - any XPUB - hand out repeated subscriptions too
XPUB_VERBOSER 78 bool - any XPUB - hand out repeated subscriptions and unsubscriptions too
XPUB_WELCOME_MSG 72 binary - connect XPUB - message for each new subscriber
XSUB_VERBOSE_UNSUBSCRIBE 115 bool - connect XSUB draft pass on repeated unsubscriptions too
ZAP_DOMAIN 55 text - connect - - name of the ZAP domain that decides who may connect
ZAP_ENFORCE_DOMAIN 93 bool - connect - - ask ZAP only when there is a ZAP_DOMAIN, as RFC 27 says
"""

CONTEXT_ROWS: Final = """
BLOCKY 70 bool - context - - whether ending waits for unsent messages by default
IO_THREADS 1 int:threads 0.. context - - threads that do the input and output
MAX_MSGSZ 5 size 0.. context - - largest message to send
MAX_SOCKETS 2 int:sockets 1.. context - - most sockets open at once
MSG_T_SIZE 6 int:bytes - never - - size of libzmq's message structure
SOCKET_LIMIT 3 int:sockets - never - - the most MAX_SOCKETS can be
THREAD_AFFINITY_CPU_ADD 7 int:cpu 0.. context - - a processor the I/O threads may run on
THREAD_AFFINITY_CPU_REMOVE 8 int:cpu 0.. context - - a processor the I/O threads may no longer run on
THREAD_NAME_PREFIX 9 int:number 0.. context - - number put before the names of the I/O threads
THREAD_PRIORITY 3 int:priority 0.. context - - scheduling priority of the I/O threads
THREAD_SCHED_POLICY 4 int:policy 0.. context - - scheduling policy of the I/O threads
"""
