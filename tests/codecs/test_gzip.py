"""gzip: what it writes is what gzip reads. Limits, cuts and bombs: test__members.py."""

import gzip
import time

from zmqcli.codecs.gzip import GzipLayer


def test_it_speaks_to_gzip() -> None:
    assert gzip.decompress(GzipLayer().wrap(b"data")) == b"data"
    assert GzipLayer().unwrap(gzip.compress(b"a", mtime=1) + gzip.compress(b"b"), 2) == b"ab"


def test_equal_data_gives_equal_frames() -> None:
    first = GzipLayer().wrap(b"data")
    assert first[4:8] == bytes(4)  # the time: none
    assert GzipLayer().wrap(b"data") == first


def test_many_tiny_members_take_time_in_proportion() -> None:
    frame = gzip.compress(b"") * 20_000
    start = time.monotonic()
    assert GzipLayer().unwrap(frame, 1 << 30) == b""
    assert time.monotonic() - start < 5  # 0.1 s; copying the rest at each member would be 4 GB
