"""PURE: turns the bytes of a response body into the page's bytes, never holding more than it is allowed to."""

from __future__ import annotations

import io
import zlib

STEP = 256 * 1024
"""How much one call of zlib may return, so that a bomb is noticed soon after the cap."""

GZIP_MAGIC = b"\x1f\x8b"
_GZIP_WINDOW = zlib.MAX_WBITS | 16


class EncodingRefused(Exception):
    """The body is encoded in a way that was not asked for."""


class BodyTooLarge(Exception):
    """The body is larger than the cap, on the wire or decoded."""


class BodyTruncated(Exception):
    """The body ended before its own end mark."""


class BodyCorrupt(Exception):
    """The body is not what its encoding promises."""


class BodyDecoder:
    """Collects a body chunk by chunk; `content_encoding` is the header's value, or empty.

    Only gzip is undone, since only gzip is asked for: a brotli or zstd stream of a few kilobytes can expand
    into hundreds of megabytes in one step, and two layers multiply.

    Raises:
        EncodingRefused: `content_encoding` names anything but gzip, once.

    """

    def __init__(self, content_encoding: str, *, wire_bytes: int, decoded_bytes: int) -> None:
        layers = [layer.strip().lower() for layer in content_encoding.split(",")]
        layers = [layer for layer in layers if layer not in {"", "identity"}]
        if layers not in ([], ["gzip"], ["x-gzip"]):
            raise EncodingRefused
        self._stream = _GzipStream() if layers else None
        self._wire_left = wire_bytes
        self._decoded_left = decoded_bytes
        self._body = io.BytesIO()

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes off the wire.

        Raises:
            BodyTooLarge: a cap is passed; at most one `STEP` more than the cap was held.
            BodyCorrupt: these bytes are no gzip.

        """
        self._wire_left -= len(chunk)
        if self._wire_left < 0:
            raise BodyTooLarge
        if self._stream is None:
            self._keep(chunk)
            return
        while chunk:
            part, chunk = self._stream.decompress(chunk)
            self._keep(part)

    def finish(self) -> bytes:
        """Return the whole body.

        Raises:
            BodyTruncated: the gzip stream lacks its end, which a matching Content-Length does not show.

        """
        if self._stream is not None and not self._stream.complete:
            raise BodyTruncated
        return self._body.getvalue()

    def _keep(self, part: bytes) -> None:
        self._decoded_left -= len(part)
        if self._decoded_left < 0:
            raise BodyTooLarge
        self._body.write(part)


class _GzipStream:
    """Gzip members in a row (RFC 1952, section 2.2); what follows the last is ignored, as gzip(1) does."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP_WINDOW)
        self._tail = b""

    @property
    def complete(self) -> bool:
        return self._member.eof

    def decompress(self, data: bytes) -> tuple[bytes, bytes]:
        """Return at most `STEP` decoded bytes and the input that is still to be taken."""
        if self._member.eof:
            self._tail += data
            if not self._tail.startswith(GZIP_MAGIC):
                # One byte may be half a mark; anything else is padding and needs no keeping.
                self._tail = self._tail[:2]
                return b"", b""
            data, self._tail = self._tail, b""
            self._member = zlib.decompressobj(_GZIP_WINDOW)
        try:
            part = self._member.decompress(data, STEP)
        except zlib.error as error:
            raise BodyCorrupt from error
        return part, self._member.unconsumed_tail or self._member.unused_data
