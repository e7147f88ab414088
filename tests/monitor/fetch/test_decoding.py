import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.fetch.decoding import STEP, BodyCorrupt, BodyDecoder, BodyTooLarge, BodyTruncated, EncodingRefused

MEBIBYTE = 1024 * 1024


def decoder(encoding: str = "gzip", wire: int = 10 * MEBIBYTE, decoded: int = 20 * MEBIBYTE) -> BodyDecoder:
    return BodyDecoder(encoding, wire_bytes=wire, decoded_bytes=decoded)


def decode(data: bytes, encoding: str = "gzip", size: int = 65536) -> bytes:
    collector = decoder(encoding)
    for start in range(0, len(data), size):
        collector.feed(data[start : start + size])
    return collector.finish()


@given(st.binary(max_size=2000), st.integers(1, 300))
def test_a_gzip_body_comes_out_whole_however_it_is_cut_into_chunks(body: bytes, size: int) -> None:
    assert decode(gzip.compress(body), size=size) == body


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=4), st.integers(1, 50))
def test_gzip_members_in_a_row_are_one_body(bodies: list[bytes], size: int) -> None:
    assert decode(b"".join(map(gzip.compress, bodies)), size=size) == b"".join(bodies)


@given(st.binary(min_size=1, max_size=500), st.data())
def test_a_gzip_body_cut_anywhere_is_truncated(body: bytes, data: st.DataObject) -> None:
    whole = gzip.compress(body)
    collector = decoder()
    collector.feed(whole[: data.draw(st.integers(0, len(whole) - 1))])
    with pytest.raises(BodyTruncated):
        collector.finish()


@pytest.mark.parametrize("padding", [b"\0" * 512, b"\x1f", b"trailing", b"\x1f\x00\x8b"])
def test_padding_after_the_last_member_is_ignored(padding: bytes) -> None:
    for size in (1, 65536):
        assert decode(gzip.compress(b"policy") + padding, size=size) == b"policy"


def test_a_second_member_that_breaks_off_is_truncated() -> None:
    with pytest.raises(BodyTruncated):
        decode(gzip.compress(b"one") + gzip.compress(b"two")[:12])


@pytest.mark.parametrize("encoding", ["", "identity", " Identity "])
def test_a_plain_body_is_left_as_it_is(encoding: str) -> None:
    assert decode(b"\x1f\x8b plain", encoding) == b"\x1f\x8b plain"


@pytest.mark.parametrize(
    "encoding", ["br", "zstd", "deflate", "gzip, gzip", "gzip, br", "br, gzip", "utf-8", "gzip;q=1"]
)
def test_unrequested_and_double_encodings_are_refused(encoding: str) -> None:
    with pytest.raises(EncodingRefused):
        decoder(encoding)


@given(st.binary(min_size=20, max_size=200).filter(lambda data: not data.startswith(b"\x1f\x8b")))
def test_bytes_that_are_no_gzip_are_corrupt(data: bytes) -> None:
    with pytest.raises(BodyCorrupt):
        decode(data)


def test_a_wrong_checksum_is_corrupt() -> None:
    data = bytearray(gzip.compress(b"policy" * 100))
    data[-6] ^= 1
    with pytest.raises(BodyCorrupt):
        decode(bytes(data))


def test_the_cap_on_the_wire_counts_compressed_bytes() -> None:
    collector = decoder(wire=10)
    with pytest.raises(BodyTooLarge):
        collector.feed(gzip.compress(b"policy"))


def test_a_body_of_exactly_the_cap_is_taken_and_one_byte_more_is_not() -> None:
    fits = decoder("", decoded=10, wire=100)
    fits.feed(b"0123456789")
    assert fits.finish() == b"0123456789"
    with pytest.raises(BodyTooLarge):
        fits.feed(b"x")


def test_a_gzip_bomb_is_refused_within_bounded_memory() -> None:
    bomb = _bomb(mebibytes=150)
    assert len(bomb) < MEBIBYTE
    tracemalloc.start()
    try:
        with pytest.raises(BodyTooLarge):
            decode(bomb)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 32 * MEBIBYTE
    assert peak > STEP


def _bomb(mebibytes: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return b"".join(packer.compress(bytes(MEBIBYTE)) for _ in range(mebibytes)) + packer.flush()
