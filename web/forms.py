"""What a form of ours sent."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.requests import Request

from monitor.errors import UsageError

MOST_BYTES = 65_536
_MOST_FIELDS = 300


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form, each once.

    Raises:
        UsageError: it is none, or too large.
    """
    return {name: values[-1] for name, values in (await lists_of(request)).items()}


async def lists_of(request: Request) -> dict[str, list[str]]:
    """The fields of a form with boxes to tick; raises as `form_of`."""
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > MOST_BYTES:
            raise UsageError(f"a form of ours has at most {MOST_BYTES:,} bytes")
    try:
        return parse_qs(content.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise UsageError(f"the form cannot be read: {error}") from error
