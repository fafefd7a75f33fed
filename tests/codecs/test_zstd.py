"""zstd: what it writes is what its library reads. Limits and broken frames: test__members.py."""

import pytest

from zmqcli.codecs import FrameCodecs

zstd = pytest.importorskip("backports.zstd")


def test_it_speaks_to_the_library() -> None:
    codecs = FrameCodecs.parse("zstd+json")
    [frame] = codecs.encode_texts([b'{"a": 1}'], 0)
    assert zstd.decompress(frame) == b'{"a": 1}'
    assert codecs.decode([zstd.compress(b"[1]", 19)], 0) == ([[1]], [])
    [error] = codecs.decode([b"no zstd"], 0)[1]
    assert str(error).startswith("frame 0 is not zstd+json: ")
