"""Makes text that others chose safe to stand in one mail header; the only place where that is done."""

from __future__ import annotations

import unicodedata
from email.header import Header
from email.policy import EmailPolicy

LIMIT = 200
"""Longest header text in characters; what goes beyond is cut and marked with an ellipsis."""

_WHITE_SPACE_CONTROLS = frozenset("\t\n\v\f\r\x85\u2028\u2029")
# They reorder what the reader sees, so that an attachment or an address may look like another one.
_BIDIRECTIONAL = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def header_text(text: str) -> str:
    """`text` on one line, without control, direction or surrogate characters, of at most `LIMIT` characters.

    Line separators such as U+2028 raise an error in `email` and would make a message that can never be sent.
    """
    kept = "".join(" " if char in _WHITE_SPACE_CONTROLS else char for char in text if not _is_harmful(char))
    folded = " ".join(kept.split())
    return folded if len(folded) <= LIMIT else folded[: LIMIT - 1].rstrip() + "…"


def _is_harmful(char: str) -> bool:
    if char in _WHITE_SPACE_CONTROLS:
        return False
    return char in _BIDIRECTIONAL or unicodedata.category(char) in {"Cc", "Cs"}


class _MailPolicy(EmailPolicy):
    """`email.policy.SMTP`, but a subject keeps all its spaces.

    In Python 3.11 the new policies lose the space between two words where they fold a line that is not ASCII:
    one in five subjects of fourteen Cyrillic words. The older `Header` folds it right.
    """

    def fold_binary(self, name: str, value: str) -> bytes:
        text = str(value)
        if name.lower() != "subject" or text.isascii():
            return super().fold_binary(name, value)
        folded = Header(text, "utf-8", header_name=name).encode(linesep=self.linesep)
        return f"{name}: {folded}{self.linesep}".encode("ascii")


MAIL = _MailPolicy(linesep="\r\n")
"""How mails are written, byte for byte."""
