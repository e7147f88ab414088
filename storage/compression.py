"""Bytes compressed against their predecessor: a small edit costs its own size, not the page's.

Each chain begins with a key frame, and again every `KEY_FRAME_EVERY` links, so that reading one costs at most
that many steps. Level 3 with the predecessor as raw dictionary measured best for policy texts.
"""

from __future__ import annotations

from collections.abc import Sequence

import zstandard

KEY_FRAME_EVERY = 20
MAX_SIZE = 256 * 1024 * 1024
"""Nothing larger is ever stored; a frame that claims more is damaged."""


def compress(data: bytes, base: bytes | None) -> bytes:
    """`data` as a zstd frame; `base`, where given, must be at hand again to read it.

    Raises:
        ValueError: `data` is larger than `MAX_SIZE`.
    """
    if len(data) > MAX_SIZE:
        raise ValueError(f"{len(data)} bytes are too many to store; the limit is {MAX_SIZE}")
    if not base:
        return zstandard.ZstdCompressor(level=9).compress(data)
    dictionary = zstandard.ZstdCompressionDict(base, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    reach = max(10, (len(data) + len(base)).bit_length())
    # zstd indexes only as much of a dictionary as eight times its table holds (ZSTD_loadDictionaryContent):
    # with the level's own tables a page of 2 MB and one new sentence cost 800 kB.
    table = min(max(17, reach - 3), 24)
    parameters = zstandard.ZstdCompressionParameters.from_level(
        3, window_log=reach, hash_log=table, chain_log=table
    )
    return zstandard.ZstdCompressor(dict_data=dictionary, compression_params=parameters).compress(data)


def decompress(frames: Sequence[bytes]) -> bytes:
    """The bytes that the last of `frames` holds, each but the first compressed against the one before it.

    Raises:
        ValueError: a frame is damaged; damage that leaves it readable is found by the caller's hash alone.
    """
    base = b""
    for frame in frames:
        base = decompress_on(base, frame)
    return base


def decompress_on(base: bytes, frame: bytes) -> bytes:
    """What `frame` holds, compressed against `base` (nothing, for a key frame). Raises as `decompress`."""
    dictionary = None
    if base:
        dictionary = zstandard.ZstdCompressionDict(base, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    try:
        if (
            zstandard.frame_content_size(frame) > MAX_SIZE
        ):  # python-zstandard would allocate what a frame claims
            raise ValueError(f"a compressed frame claims more than {MAX_SIZE} bytes")
        return zstandard.ZstdDecompressor(dict_data=dictionary, max_window_size=1 << 31).decompress(
            frame, max_output_size=MAX_SIZE
        )
    except zstandard.ZstdError as error:
        raise ValueError(f"a compressed frame cannot be read: {error}") from error
