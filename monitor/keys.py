"""PURE: the keys of documents, `service/kind[/variant]`, and how a name of any shape becomes one."""

from __future__ import annotations

import re
import unicodedata

MAX_KEY_LENGTH = 200

KNOWN_KINDS = (
    "privacy-policy", "terms", "faq", "help", "cookie-policy", "dpa", "subprocessors", "ai-policy",
    "community-guidelines", "developer-terms",
)  # fmt: skip
"""The kinds that we name ourselves; any other word of the same letters is a kind as well."""

_PART = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_ARCHIVE_SUFFIX = re.compile(r"\.(?:md|html?|pdf|txt|json)\Z", re.IGNORECASE)
_ONLY_UNICODE_KNOWS = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l"})


def slug(name: str) -> str:
    """Write `name` with lower-case ASCII letters, digits and hyphens; slashes go on separating parts.

    Accents are dropped. A letter that has no ASCII relative becomes `u` and its code point in hexadecimal, so
    that names in other scripts stay apart. A part without any letter or digit is left out.
    """
    return "/".join(filter(None, (_slug_part(part) for part in name.split("/"))))


def archive_key(path: str) -> str:
    """Derive a document's key from its path in an archive.

    `Service/Terms type.md` becomes `service/terms-type`; `Service/Terms type #source.html`, one source of
    several, becomes `service/terms-type/source`.
    """
    return slug(_ARCHIVE_SUFFIX.sub("", path).replace(" #", "/"))


def is_key_part(text: str) -> bool:
    return _PART.fullmatch(text) is not None


def is_key(text: str) -> bool:
    """Say whether `text` is a key: two or three parts of at most 200 characters together."""
    parts = text.split("/")
    return len(text) <= MAX_KEY_LENGTH and len(parts) in (2, 3) and all(map(is_key_part, parts))


def _slug_part(part: str) -> str:
    plain = unicodedata.normalize("NFKD", part).casefold().translate(_ONLY_UNICODE_KNOWS)
    folded = unicodedata.normalize("NFKD", plain)
    return "-".join(re.findall(r"[a-z0-9]+", "".join(map(_ascii, folded))))


def _ascii(character: str) -> str:
    if character.isascii():
        return character
    if unicodedata.combining(character):
        return ""
    return f"u{ord(character):04x}" if character.isalnum() else "-"
