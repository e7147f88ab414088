"""PURE: a PDF to its printed lines; the only home of pypdfium2, whose PDFium is built without JavaScript."""

from __future__ import annotations

import ctypes
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import cache
from types import ModuleType
from typing import Any, NamedTuple

from monitor.extract.failures import ExtractionRefused
from monitor.extract.normalise import canonical
from monitor.extract.printed import Cell, Line, Page, Print

PAGE_LIMIT = 1000
TEXT_LIMIT = 2_000_000
"""Pages and characters of one PDF: a worker reads some 300,000 characters in a second."""

MAGIC = b"%PDF-"
MAGIC_WINDOW = 1024
"""PDFs may begin with other bytes, and end with some: readers look this far (ISO 32000-1, annex H.3)."""

_END_MARK = b"%%EOF"
_END_WINDOW = 2048

WIDE_GAP = 1.0
"""A gap of as many times the size of the letters parts two cells; the widest spaces of set text are smaller."""

_TILT = 0.2
_HYPHEN = "\x02"
"""What PDFium gives for a hyphen at the end of a line, and then runs the two lines together."""

_FULL_FORM = 2  # FORMTYPE_XFA_FULL: the pages only say that another program is needed
_FORCE_BOLD = 1 << 18
_BOLD_NAME = re.compile(r"bold|black|heavy|demi|cmbx|-bd", re.IGNORECASE)
_FONT_NAME_BYTES = 128
_REPLACEMENT = 0xFFFD

# Titles that a program gave: the name of a file, or of the program itself.
_NO_TITLE = re.compile(
    r"\s*(?:untitled|title|document\d*|microsoft (?:word|powerpoint)\b.*"
    r"|.*\.(?:docx?|pdf|odt|indd|rtf|html?|txt))?\s*",
    re.IGNORECASE,
)
_LANGUAGE = re.compile(r"\s*([A-Za-z]{2,3})(?:[-_]|\s*$)")


def is_pdf(body: bytes) -> bool:
    """Whether `body` is a PDF from its first printable byte on, whatever it was declared as."""
    return body[:MAGIC_WINDOW].lstrip().removeprefix(b"\xef\xbb\xbf").startswith(MAGIC)


def read_print(body: bytes, text_limit: int = TEXT_LIMIT) -> Print:
    """The pages of `body` as lines; `text_limit` counts characters.

    Raises ExtractionRefused where it is encrypted, cut off, damaged, a form that only one program shows, holds
    no text at all, or passes a limit.
    """
    if MAGIC not in body[:MAGIC_WINDOW]:
        raise ExtractionRefused("the body is declared as a PDF and is none")
    if _END_MARK not in body[-_END_WINDOW:]:
        raise ExtractionRefused("the PDF is cut off: its end mark is missing")
    library = _library()
    with closing(_open(library, body)) as document:
        return _read(library, document, text_limit)


@cache
def _library() -> ModuleType:
    """PDFium, loaded by the first PDF: most processes that import this module never see one."""
    import pypdfium2

    library: ModuleType = pypdfium2
    return library


def _open(library: ModuleType, body: bytes) -> Any:
    try:
        return library.PdfDocument(body)
    except library.PdfiumError as error:
        code = getattr(error, "err_code", None)
        if code in (library.raw.FPDF_ERR_PASSWORD, library.raw.FPDF_ERR_SECURITY):
            raise ExtractionRefused("the PDF is encrypted: it opens only with a password") from error
        raise ExtractionRefused("the PDF is damaged: it cannot be opened") from error


def _read(library: ModuleType, document: Any, text_limit: int) -> Print:
    count = len(document)
    if count > PAGE_LIMIT:
        raise ExtractionRefused(f"the PDF has {count:,} pages; the limit is {PAGE_LIMIT:,}")
    if document.get_formtype() == _FULL_FORM:
        raise ExtractionRefused("the PDF is a dynamic form (XFA), which only its maker's program can show")
    reader = _Reader(library, text_limit)
    pages = tuple(reader.read_page(document, number) for number in range(count))
    blank = [number for number, page in enumerate(pages, start=1) if not page.lines]
    if len(blank) == count:
        raise ExtractionRefused(f"the PDF holds no text: its pages ({count}) are pictures, perhaps scanned")
    warnings = tuple(_warnings(reader, document, blank))
    return Print(pages, _title(document), _language(library, document), warnings)


def _warnings(reader: _Reader, document: Any, blank: Sequence[int]) -> Iterator[str]:
    if blank:
        shown = ", ".join(map(str, blank[:10])) + (", ..." if len(blank) > 10 else "")
        yield f"pages without text, which may be pictures of text: {shown}"
    if reader.nameless:
        yield f"{reader.nameless:,} characters of the PDF have no known meaning and were replaced"
    attached = document.count_attachments()
    if attached:
        yield f"files attached to the PDF were not read: {attached}"


def _title(document: Any) -> str:
    title = canonical(document.get_metadata_value("Title"))
    return "" if _NO_TITLE.fullmatch(title) else title


def _language(library: ModuleType, document: Any) -> str | None:
    size = library.raw.FPDFCatalog_GetLanguage(document, None, 0)
    if not 0 < size <= _FONT_NAME_BYTES:
        return None
    buffer = (ctypes.c_ushort * size)()
    library.raw.FPDFCatalog_GetLanguage(document, buffer, size)
    found = _LANGUAGE.match(bytes(buffer).decode("utf-16-le", "replace").partition("\0")[0])
    return found.group(1).lower() if found else None


class _Word(NamedTuple):
    """`start` and `end` are indexes into the characters of the page; the rest is in points."""

    text: str
    start: int
    end: int
    left: float
    right: float
    baseline: float


class _Reader:
    """Reads page after page; counts the characters, and those whose meaning the file does not give."""

    def __init__(self, library: ModuleType, text_limit: int) -> None:
        self._library = library
        self._text_limit = text_limit
        self._characters = 0
        self.nameless = 0

    def read_page(self, document: Any, number: int) -> Page:
        try:
            with closing(document[number]) as page, closing(page.get_textpage()) as text:
                self._characters += text.count_chars()
                if self._characters > self._text_limit:
                    raise ExtractionRefused(f"the PDF has more than {self._text_limit:,} characters")
                found = _PageText(self._library.raw, page, text)
                lines = tuple(found.lines())
        except self._library.PdfiumError as error:
            raise ExtractionRefused(f"the PDF is damaged: page {number + 1} cannot be read") from error
        self.nameless += found.nameless
        return Page(found.height, lines)


class _PageText:
    """The characters of one page, by their index; PDFium has put them in lines already."""

    def __init__(self, raw: ModuleType, page: Any, text: Any) -> None:
        self._raw, self._text = raw, text
        self._box = page.get_cropbox()
        self._rotation = page.get_rotation()
        self._units = [raw.FPDFText_GetUnicode(text, index) for index in range(text.count_chars())]
        self.height = page.get_height()
        self.nameless = sum(unit in (0, _REPLACEMENT) for unit in self._units)

    def lines(self) -> Iterator[Line]:
        for words in self._lines_of_words():
            yield self._line(words)

    def _lines_of_words(self) -> Iterator[list[_Word]]:
        words: list[_Word] = []
        start: int | None = None
        for index, unit in enumerate([*self._units, 0x0A]):
            letter = chr(unit) if unit else "\N{REPLACEMENT CHARACTER}"
            hyphen = letter == _HYPHEN
            if not (hyphen or letter.isspace()):
                start = index if start is None else start
                continue
            if start is not None:
                words.append(self._word(start, index, hyphen=hyphen))
                start = None
            if words and (letter == "\n" or hyphen):
                yield words
                words = []

    def _word(self, start: int, end: int, *, hyphen: bool) -> _Word:
        letters = "".join(chr(unit) if unit else "\N{REPLACEMENT CHARACTER}" for unit in self._units[start:end])
        # Above the basic plane a character may come as two halves.
        text = letters.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        left, baseline = self._origin(start)
        return _Word(text + "-" * hyphen, start, end, left, self._right(end - 1), baseline)

    def _line(self, words: list[_Word]) -> Line:
        sizes: Counter[float] = Counter()
        for word in words:
            sizes[self._size(word.start)] += word.end - word.start
        size = sizes.most_common(1)[0][0]
        first, last, longest = words[0], words[-1], max(words, key=lambda word: word.end - word.start)
        end_x, end_y = self._origin(last.end - 1)
        rise, run = abs(end_y - first.baseline), abs(end_x - first.left)
        gap = words[1].left - first.right if len(words) > 1 else 0.0
        return Line(
            cells=_cells(words, WIDE_GAP * size),
            baseline=longest.baseline,
            size=size,
            bold=all(self._is_bold(word.start) for word in (first, longest, last)),
            tilted=rise > _TILT * run and rise > size,
            first_word=first.right - first.left,
            first_gap=gap,
        )

    def _origin(self, index: int) -> tuple[float, float]:
        x, y = ctypes.c_double(), ctypes.c_double()
        self._raw.FPDFText_GetCharOrigin(self._text, index, x, y)
        return self._seen(x.value, y.value)

    def _right(self, index: int) -> float:
        left, right, bottom, top = (ctypes.c_double() for _ in range(4))
        self._raw.FPDFText_GetCharBox(self._text, index, left, right, bottom, top)
        corners = self._seen(left.value, bottom.value), self._seen(right.value, top.value)
        return max(x for x, _ in corners)

    def _seen(self, x: float, y: float) -> tuple[float, float]:
        """A point of the page as its reader sees it: from the left, from the top, after the page was turned."""
        left, bottom, right, top = self._box
        match self._rotation:
            case 90:
                return y - bottom, x - left
            case 180:
                return right - x, y - bottom
            case 270:
                return top - y, right - x
        return x - left, top - y

    def _size(self, index: int) -> float:
        matrix = self._raw.FS_MATRIX()
        self._raw.FPDFText_GetMatrix(self._text, index, matrix)
        size: float = self._raw.FPDFText_GetFontSize(self._text, index)
        return max(1.0, round(size * math.hypot(matrix.c, matrix.d), 1))

    def _is_bold(self, index: int) -> bool:
        name, flags = ctypes.create_string_buffer(_FONT_NAME_BYTES), ctypes.c_int()
        self._raw.FPDFText_GetFontInfo(self._text, index, name, _FONT_NAME_BYTES, flags)
        named = _BOLD_NAME.search(name.value.decode("utf-8", "replace")) is not None
        return named or bool(flags.value & _FORCE_BOLD)


def _cells(words: Sequence[_Word], wide: float) -> tuple[Cell, ...]:
    groups: list[list[_Word]] = []
    for word in words:
        if groups and word.left - groups[-1][-1].right <= wide:
            groups[-1].append(word)
        else:
            groups.append([word])
    texts = [" ".join(word.text for word in group) for group in groups]
    return tuple(Cell(text, group[0].left, group[-1].right) for text, group in zip(texts, groups, strict=True))
