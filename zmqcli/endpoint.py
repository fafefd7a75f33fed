"""An endpoint: what the user typed, expanded to what libzmq takes, and checked before libzmq sees it.

    5555  :5555  tcp://:5555      tcp://127.0.0.1:5555      never all interfaces by accident
    host:5555  [::1]:5555         tcp://host:5555  tcp://[::1]:5555
    /path  ./path  ../path        ipc:///path  ipc://./path  ipc://../path
    @name                         ipc://@name               Linux's abstract names

The checks stand here because libzmq does not make them: it binds port 99999 as 34463 and -1 as 65535, reads a port
`0x10` as 0, connects to `tcp://*` or an unreachable name by retrying in silence, and takes `ipc://*.sock` for `ipc://*`
(measured, libzmq 4.3.5). Syntax: zmq_tcp(7), zmq_ipc(7), zmq_inproc(7), zmq_udp(7), zmq_pgm(7), zmq_tipc(7).
"""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from zmqcli.errors import EndpointError
from zmqcli.units import quote

__all__ = ["Endpoint", "check_socket_type", "parse_endpoint"]

LOCALHOST: Final = "127.0.0.1"
MAX_PORT: Final = 65535
MAX_IPC_PATH: Final = 107  # bytes: sun_path is 108 with its NUL (unix(7)); the @ of an abstract name counts
MAX_INPROC: Final = 254  # bytes of the whole address: LAST_ENDPOINT of a longer one is EINVAL in pyzmq

# In every libzmq since 4.2. `zmq.has` knows only some of them: it says False for tcp, inproc and udp.
ALWAYS: Final = ("tcp", "ipc", "inproc", "udp")
OPTIONAL: Final = ("tipc", "ws", "wss", "pgm", "epgm", "norm", "vmci", "vsock")

# libzmq's socket_base_t::check_protocol, bind and connect; each other pair is ENOCOMPATPROTO.
_MULTICAST_TYPES: Final = ("PUB", "SUB", "XPUB", "XSUB")
_UDP_TYPES: Final = {True: ("DISH", "DGRAM"), False: ("RADIO",)}

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_MISSPELT_SCHEME: Final = re.compile(rf"({'|'.join(ALWAYS + OPTIONAL)}):/?(?!/)(.+)")
# What libzmq's tcp connect lets through (any other character is EINVAL); a name starts with a letter or digit.
_HOST: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_IPV6: Final = re.compile(r"([0-9A-Fa-f:.]+)(%[A-Za-z0-9._-]+)?")
_PORT: Final = re.compile(r"[0-9]+")
_ANY_PORT: Final = re.compile(r"-?[0-9]+|\*")
_CONTROL: Final = re.compile("[\0-\x1f\x7f-\x9f\u2028\u2029]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class Endpoint(NamedTuple):
    """One endpoint of a socket, ready for libzmq."""

    text: str  # what the user typed
    address: str  # the full form libzmq takes; parsing it again gives it again
    transport: str  # what stands before `://`
    bind: bool  # to bind, else to connect
    ipv6: bool  # an IPv6 literal: the option IPV6 must be on (without it bind is ENODEV, connect retries in silence)


class _Typed(NamedTuple):
    """The text being read, for the words of a refusal."""

    text: str
    bind: bool

    def refuse(self, why: str, hint: str) -> EndpointError:
        quoted = quote(self.text)
        plain = bool(self.text) and " " not in self.text and quoted[1:-1] == self.text
        name = self.text if plain else quoted
        return EndpointError(f"cannot {'bind' if self.bind else 'connect to'} {name}", why=why, hint=hint)


def parse_endpoint(text: str, *, bind: bool, transports: Callable[[str], bool] | None = None) -> Endpoint:
    """Return the endpoint `text` means, to `bind` or to connect to.

    `transports` tells whether the linked libzmq has an optional transport (`zmq.has`); without it every transport
    libzmq knows of is taken. Raise EndpointError, one line that names `text`, for all that libzmq would misread.
    """
    typed = _Typed(text, bind)
    if _CONTROL.search(text):  # libzmq ends an address at NUL; a newline would tear the lines of --ready-file
        raise typed.refuse("it contains a control character", "take it out")
    if _SURROGATE.search(text):  # bytes of argv that are not UTF-8 arrive as surrogates, and pyzmq encodes UTF-8
        raise typed.refuse("it is not valid UTF-8", "use a name that is")
    transport, rest = _split(typed, transports)
    ipv6 = False
    match transport:
        case "ipc":
            _check_ipc(typed, rest)
        case "inproc":
            if not rest or len(text.encode()) > MAX_INPROC:
                raise typed.refuse(f"the name is empty, or over {MAX_INPROC} bytes with inproc://", "use another")
        case "tcp":
            rest, ipv6 = _tcp(typed, rest)
        case "tipc" | "vmci" | "vsock":  # addresses of their own, whose numbers are 32 bits wide
            if not rest or " " in rest or ("*" in rest and not bind):
                raise typed.refuse("it is empty, has a blank in it, or * in a connect", f"see zmq_{transport}(7)")
        case _:
            rest, ipv6 = _other_ip(typed, transport, rest)
    return Endpoint(text, f"{transport}://{rest}", transport, bind, ipv6)


def check_socket_type(endpoint: Endpoint, socket_type: str) -> None:
    """Raise EndpointError when sockets of `socket_type` (`"PUB"`, ...) cannot use the endpoint's transport."""
    if endpoint.transport == "udp":
        types = _UDP_TYPES[endpoint.bind]
    elif endpoint.transport in {"pgm", "epgm", "norm"}:
        types = _MULTICAST_TYPES
    else:
        return
    if socket_type not in types:
        raise _Typed(endpoint.text, endpoint.bind).refuse(
            f"{endpoint.transport} does not carry {socket_type} sockets",
            f"here it takes {' or '.join(types)}; use tcp, ipc or inproc",
        )


def _split(typed: _Typed, transports: Callable[[str], bool] | None) -> tuple[str, str]:
    """Return the transport and what follows its `://`, short forms expanded as far as that."""
    text = typed.text
    if text.startswith(("/", "./", "../", "@")):
        return "ipc", text
    found = _SCHEME.fullmatch(text)
    if found is None:
        if misspelt := _MISSPELT_SCHEME.fullmatch(text):  # a host of that name can be written in full
            colon = ":" if _PORT.fullmatch(misspelt[2]) else ""
            raise typed.refuse("a transport is followed by ://", f"write {misspelt[1]}://{colon}{misspelt[2]}")
        # A port alone, or `*` for any free one, is one of this host.
        return "tcp", f":{text}" if _ANY_PORT.fullmatch(text) else text
    transport, rest = found[1].lower(), found[2]
    if transport in ALWAYS or (transport in OPTIONAL and (transports is None or transports(transport))):
        return transport, rest
    have = [*ALWAYS, *(name for name in OPTIONAL if transports is None or transports(name))]
    why = f"this libzmq is built without {transport}" if transport in OPTIONAL else f"there is no transport {transport}"
    raise typed.refuse(why, f"it has {', '.join(have)}")


def _check_ipc(typed: _Typed, path: str) -> None:
    if path in {"", "@"}:
        raise typed.refuse("the path is empty", "write ipc:///tmp/NAME, or ipc://@NAME for an abstract name")
    if path.startswith("*"):
        if not typed.bind:
            raise typed.refuse("* is for binding", "write the path that was bound")
        if path != "*":  # libzmq looks at the first character only, and would bind any free path
            raise typed.refuse("only ipc://* alone stands for a free path", f"write ipc://./{path} for a file")
    if (length := len(path.encode())) > MAX_IPC_PATH:
        raise typed.refuse(
            f"the path has {length} bytes, a socket's can have {MAX_IPC_PATH}",
            "use a shorter one, a relative one, or an abstract name @NAME",
        )


def _tcp(typed: _Typed, rest: str) -> tuple[str, bool]:
    """Return `host:port`, or `source:port;host:port`, in full, and whether one of them is an IPv6 literal."""
    source, semicolon, target = rest.rpartition(";")
    host, port = _host_port(typed, target)
    ipv6 = host.startswith("[")
    if not semicolon:
        return f"{host}:{port}", ipv6
    if typed.bind:  # libzmq would bind the part after it and drop the rest
        raise typed.refuse("a source address is for connecting", f"write tcp://{target}")
    if source.startswith(":") or not source.rstrip("]").rpartition(":")[0]:
        raise typed.refuse("the source is not ADDRESS:PORT", f"write tcp://ADDRESS:0;{target}")
    source_host, source_port = _host_port(typed, source, source=True)
    return f"{source_host}:{source_port};{host}:{port}", ipv6 or source_host.startswith("[")


def _other_ip(typed: _Typed, transport: str, rest: str) -> tuple[str, bool]:
    """Check udp, ws, wss, pgm, epgm and norm: `[interface;]host:port`, for ws and wss with a `/path`."""
    authority, slash, path = rest.partition("/") if transport in {"ws", "wss"} else (rest, "", "")
    if " " in path:
        raise typed.refuse("it has a blank in it", "write %20")
    interface, semicolon, target = authority.rpartition(";")
    if semicolon and not re.fullmatch(r"[A-Za-z0-9._:,\[\]%-]+", interface):
        raise typed.refuse("the interface is not a name or address", f"write {transport}://eth0;{target}")
    host, port = _host_port(typed, target)
    return f"{interface}{semicolon}{host}:{port}{slash}{path}", host.startswith("[")


def _host_port(typed: _Typed, part: str, *, source: bool = False) -> tuple[str, str]:
    """Return host and port of `part`, checked; an empty host is the local one. A `source` may have port 0 (any)."""
    if bracketed := re.fullmatch(r"\[([^\]]*)\](?::(.*))?", part, re.DOTALL):
        host, port = f"[{bracketed[1]}]", bracketed[2] or ""
        if not _is_ipv6(bracketed[1]):
            raise typed.refuse(f"{quote(host)} is not an IPv6 address", "write [::1]:PORT, or no brackets")
    elif _is_ipv6(part):  # `::1`, and `::1:5555`, which is an address as well as an address and a port
        host, _, port = part.rpartition(":")
        alternative = f" or [{host}]:{port}" if _is_ipv6(host) and _PORT.fullmatch(port) else ""
        raise typed.refuse("an IPv6 address stands in brackets", f"write [{part}]:PORT{alternative}")
    else:
        host, colon, port = part.rpartition(":") if ":" in part else (part, "", "")
        host = _host(typed, host, port) if host or not colon else LOCALHOST
    if not port:
        hint = f"write tcp://:{part}" if _PORT.fullmatch(part) else f"write {part.rstrip(':')}:PORT, or ./PATH for ipc"
        raise typed.refuse("the port is missing", hint)
    return host, _port(typed, port, source=source)


def _host(typed: _Typed, host: str, port: str) -> str:
    if host == "*":
        if typed.bind:
            return host
        raise typed.refuse("* is for binding", "name the host, as in localhost:5555")
    if _is_ipv6(host):
        raise typed.refuse("an IPv6 address stands in brackets", f"write [{host}]:{port or 'PORT'}")
    if not host:
        raise typed.refuse("nothing is named", "write HOST:PORT, PORT, /PATH or @NAME")
    if not _HOST.fullmatch(host):
        form = f"write ./{typed.text} for a file" if "/" in host and "://" not in typed.text else "write HOST:PORT"
        raise typed.refuse(f"{quote(host)} is not a host name, an address or an interface", form)
    if re.fullmatch(r"[0-9.]+", host) and port and not _is_ipv4(host):
        raise typed.refuse(f"{host} is not an IPv4 address", "write four numbers from 0 to 255, as in 192.168.0.1")
    return host


def _port(typed: _Typed, port: str, *, source: bool) -> str:
    if port == "*":
        if typed.bind:
            return port
        hint = "write 0 for any source port" if source else "write the port the other side has bound"
        raise typed.refuse("* is for binding", hint)
    if _ANY_PORT.fullmatch(port):
        digits = port.lstrip("0") or "0"  # int() refuses more than 4300 digits
        if len(digits) > len(str(MAX_PORT)) or digits.startswith("-") or int(digits) > MAX_PORT:
            wrapped = int(digits) & MAX_PORT if len(digits) < 10 else 0  # noqa: PLR2004 - as long as it fits C's int
            hint = "use one that is" + (f" (libzmq would wrap this one to {wrapped})" if wrapped else "")
            raise typed.refuse(f"port {port} is not between 0 and {MAX_PORT}", hint)
        if digits == "0" and not typed.bind and not source:
            raise typed.refuse("port 0 is for binding", "write the port the other side has bound")
        return digits
    raise typed.refuse(f"{quote(port)} is not a port", f"write a number from 0 to {MAX_PORT}")


def _is_ipv6(text: str) -> bool:
    import socket  # imported for addresses of digits alone

    found = _IPV6.fullmatch(text) if ":" in text else None
    try:
        return found is not None and bool(socket.inet_pton(socket.AF_INET6, found[1]))
    except OSError:
        return False


def _is_ipv4(text: str) -> bool:
    import socket  # likewise

    try:
        return bool(socket.inet_aton(text))  # takes 127.1 too, as getaddrinfo does for libzmq
    except OSError:
        return False
