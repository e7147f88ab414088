"""PURE: bytes to text by the declared charset, from an allow-list of codecs named as the WHATWG names them."""

from __future__ import annotations

import codecs
import re

# https://encoding.spec.whatwg.org/#names-and-labels, as Python codec: labels. Codecs that are no charsets
# (base64, rot13, idna, punycode) or that hide markup (utf-7) are not here and are never looked up.
_LABELS = {
    "utf-8": "utf-8 utf8 unicode-1-1-utf-8 x-unicode20utf8",
    "cp1252": (
        "windows-1252 cp1252 x-cp1252 iso-8859-1 iso8859-1 iso_8859-1 latin1 latin-1 l1 ascii us-ascii"
        " ansi_x3.4-1968 iso-ir-100 cp819 ibm819"
    ),
    "cp1250": "windows-1250 cp1250 x-cp1250",
    "cp1251": "windows-1251 cp1251 x-cp1251",
    "cp1253": "windows-1253 cp1253 x-cp1253",
    "cp1254": "windows-1254 cp1254 x-cp1254 iso-8859-9 iso8859-9 latin5 l5",
    "cp1255": "windows-1255 cp1255 x-cp1255",
    "cp1256": "windows-1256 cp1256 x-cp1256",
    "cp1257": "windows-1257 cp1257 x-cp1257",
    "cp1258": "windows-1258 cp1258 x-cp1258",
    "cp874": "windows-874 iso-8859-11 tis-620 dos-874",
    "iso8859-2": "iso-8859-2 iso8859-2 latin2 l2",
    "iso8859-3": "iso-8859-3 iso8859-3 latin3 l3",
    "iso8859-4": "iso-8859-4 iso8859-4 latin4 l4",
    "iso8859-5": "iso-8859-5 iso8859-5 cyrillic",
    "iso8859-6": "iso-8859-6 iso8859-6 arabic",
    "iso8859-7": "iso-8859-7 iso8859-7 greek",
    "iso8859-8": "iso-8859-8 iso8859-8 iso-8859-8-i hebrew",
    "iso8859-10": "iso-8859-10 iso8859-10 latin6 l6",
    "iso8859-13": "iso-8859-13 iso8859-13",
    "iso8859-14": "iso-8859-14 iso8859-14",
    "iso8859-15": "iso-8859-15 iso8859-15 latin-9 l9",
    "iso8859-16": "iso-8859-16",
    "koi8-r": "koi8-r koi8 koi koi8_r",
    "koi8-u": "koi8-u koi8-ru",
    "mac-roman": "macintosh mac x-mac-roman",
    "cp866": "ibm866 cp866 866",
    "gb18030": "gb18030 gbk gb2312 gb_2312-80 x-gbk chinese",
    "big5hkscs": "big5 big5-hkscs cn-big5 x-x-big5",
    "euc_jp": "euc-jp x-euc-jp",
    "iso2022_jp": "iso-2022-jp",
    "cp932": "shift_jis shift-jis sjis x-sjis ms932 windows-31j",
    "cp949": "euc-kr ks_c_5601-1987 korean windows-949",
    "utf-16-le": "utf-16 utf-16le unicode ucs-2",
    "utf-16-be": "utf-16be",
}
_CODECS = {label: codec for codec, labels in _LABELS.items() for label in labels.split()}

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_PARAMETER = re.compile(r"charset\s*=\s*[\"']?\s*([^\s\"';,>/]+)", re.IGNORECASE)
_META = re.compile(rb"<meta\b[^>]{0,500}?\bcharset\s*=\s*[\"']?\s*([^\s\"';>/]+)", re.IGNORECASE)
_XML = re.compile(rb"^\s*<\?xml\b[^>]{0,200}?\bencoding\s*=\s*[\"']([^\"']+)", re.IGNORECASE)
_META_WINDOW = 4096


def decode(body: bytes, content_type: str | None) -> tuple[str, tuple[str, ...]]:
    """The text of `body`, with warnings where characters were replaced or a declaration was unusable.

    Byte order mark, then the header, then the page's own declaration, as browsers do; without any of them
    UTF-8 if it is valid, else windows-1252. Never raises.
    """
    for mark, codec in _BYTE_ORDER_MARKS:
        if body.startswith(mark):
            return _decode_as(body[len(mark) :], codec)
    label = _label(body, content_type)
    if label is None:
        return _decode_undeclared(body)
    known = _CODECS.get(label)
    if known is None:
        text, warnings = _decode_as(body, "utf-8")
        return text, (f"unknown charset {label[:40]!r} read as utf-8", *warnings)
    return _decode_as(body, known)


def charset_of(body: bytes, content_type: str | None) -> str:
    """The charset by which `decode` reads `body`, by its name in the WHATWG's list."""
    return _LABELS[_codec_of(body, content_type)].split()[0]


def _codec_of(body: bytes, content_type: str | None) -> str:
    for mark, codec in _BYTE_ORDER_MARKS:
        if body.startswith(mark):
            return codec
    label = _label(body, content_type)
    if label is not None:
        return _CODECS.get(label, "utf-8")
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _label(body: bytes, content_type: str | None) -> str | None:
    return _header_label(content_type) or _own_label(body)


def has_utf16_mark(body: bytes) -> bool:
    return body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))


def _header_label(content_type: str | None) -> str | None:
    found = _PARAMETER.search(content_type or "")
    return found.group(1).lower() if found else None


def _own_label(body: bytes) -> str | None:
    head = body[:_META_WINDOW]
    found = _META.search(head) or _XML.search(head)
    if not found:
        return None
    label = found.group(1).decode("ascii", "replace").lower()
    # A declaration that could be read as ASCII is not in UTF-16 (WHATWG, "prescan a byte stream").
    return "utf-8" if label.startswith("utf-16") else label


def _decode_undeclared(body: bytes) -> tuple[str, tuple[str, ...]]:
    try:
        return body.decode("utf-8"), ()
    except UnicodeDecodeError:
        return _decode_as(body, "cp1252")


def _decode_as(body: bytes, codec: str) -> tuple[str, tuple[str, ...]]:
    try:
        return body.decode(codec), ()
    except UnicodeDecodeError:
        text = body.decode(codec, "replace")
    return text, (f"bytes that are no {codec} were replaced",)
