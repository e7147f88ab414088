"""What a form of ours sent: small, and each field once."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.requests import Request

from monitor.errors import UsageError

MOST_BYTES = 65_536
_MOST_FIELDS = 100


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form.

    Raises:
        UsageError: it is none, or too large.
    """
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > MOST_BYTES:
            raise UsageError(f"a form of ours has at most {MOST_BYTES:,} bytes")
    try:
        fields = parse_qs(content.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise UsageError(f"the form cannot be read: {error}") from error
    return {name: values[-1] for name, values in fields.items()}
