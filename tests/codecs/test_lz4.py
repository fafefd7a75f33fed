"""lz4: what it writes is what its library reads. Limits and broken frames: test__members.py."""

import pytest

from zmqcli.codecs import FrameCodecs

lz4 = pytest.importorskip("lz4.frame")


def test_it_speaks_to_the_library() -> None:
    codecs = FrameCodecs.parse("lz4+json")
    [frame] = codecs.encode_texts([b'{"a": 1}'], 0)
    assert lz4.decompress(frame) == b'{"a": 1}'
    assert codecs.decode([lz4.compress(b"[1]", content_checksum=True)], 0) == ([[1]], [])
    [error] = codecs.decode([b"no lz4!!"], 0)[1]
    assert str(error).startswith("frame 0 is not lz4+json: lz4 says ")
