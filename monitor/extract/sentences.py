"""PURE: a block of canonical text into sentences, cautious about the abbreviations of legal texts."""

from __future__ import annotations

import re
from bisect import bisect_right

CLAUSE_LIMIT = 5000
"""Characters of one clause; longer text is cut at a space, so that one page cannot make one endless clause."""

# A full stop after these ends no sentence.
_NEVER_WORDS = """
e.g i.e cf vs viz mr mrs ms dr prof hon rev messrs st al approx incl excl esp
z.b d.h u.a o.ä i.d.r i.s.d i.v.m m.e s.o s.u u.u v.a z.t bzw ggf ggfs vgl inkl evtl sog insb bspw
ca gem lt zzgl
p.ex c.-à-d mme mlle p.ej sr sra srta dña p.es sig sigg dott avv bijv d.w.z m.b.t o.a dhr mevr v.exa
"""
# A full stop after these ends no sentence where a number or enumerator follows ("Art. 6", "No. 4").
_BEFORE_NUMBER_WORDS = """
no nos nr art arts artt artikel sec secs sect abs ziff para paras par p pp pag pág vol ch chap cap fig cl reg
regs lit rn n núm num apt suite ste ext bl hs pt ss s ff
"""
# A full stop after these ends a sentence only where the next word is one that opens sentences.
_MAY_END_WORDS = """
inc ltd llc llp lp co corp plc bros etc usw u.s u.k e.u u.s.a u.s.c c.f.r d.c a.m p.m s.a s.r.l s.p.a s.l b.v
n.v jr ecc e.v m.b.h ges pty jan feb mar apr jun jul aug sept sep oct nov dec okt dez
"""
_OPENER_WORDS = """
the a an we you our your us this that these those it its if in on for when where while as at by to from with
without however any all each no not such he she they their there here please by under upon unless except who
what how why which do does may see also although because before after once since some other
der die das wir sie ihr ihre unser unsere ein eine wenn im für bei diese dieser dieses es falls sofern
le la les nous vous notre nos votre vos un une si en pour ce cette ces il elle ils elles
el los las nosotros usted su sus nuestro nuestra una para este esta estos al
lo gli noi voi se per questo questa i nel de het wij u uw onze een als voor dit deze
o os nós você seu sua nosso nossa um uma
"""
_MONTH_WORDS = """
januar februar märz april mai juni juli august september oktober november dezember jänner feber
"""
_NEVER, _BEFORE_NUMBER = frozenset(_NEVER_WORDS.split()), frozenset(_BEFORE_NUMBER_WORDS.split())
_MAY_END, _OPENERS = frozenset(_MAY_END_WORDS.split()), frozenset(_OPENER_WORDS.split())
_MONTHS = frozenset(_MONTH_WORDS.split())

_BOUNDARY = re.compile(r"[.!?…。！？｡]++[\"'”’»›)\]}*_」』】）]*+(\s*+)")  # never fails once begun: linear time
_WIDE = frozenset("。！？｡")
_WORD_BEFORE = re.compile(r"[^\s(\[{\"'“‘„«/]*$")
_WORD_AFTER = re.compile(r"[\W_]{0,20}([^\W_]+)")
_ENUMERATOR = re.compile(r"(?:\d+(?:\.\d+)*|[A-Za-z]|[IVXLivxl]+)\)?")
_NUMBERED = re.compile(
    r"(?:section|article|artikel|abschnitt|clause|chapter|part|annex|appendix|schedule|teil|kapitel|artículo|articolo"
    r"|artigo|cláusula|§)\s*[\dIVX.]+",
    re.IGNORECASE,
)
_ACRONYM = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]")
_PARENTHESIS = re.compile(r"\([^()]{0,300}\)")
_LOOK_BACK = 40


def split_sentences(text: str) -> list[str]:
    """The sentences of a canonical `text` in order, with every character but the spaces between them."""
    sentences: list[str] = []
    start = 0
    closes = _closing_by_opening(text)
    openings = list(closes)
    for boundary in _BOUNDARY.finditer(text):
        if boundary.end() == len(text) or not (boundary.group(1) or text[boundary.start()] in _WIDE):
            continue
        at = bisect_right(openings, boundary.start()) - 1
        in_parenthesis = at >= 0 and boundary.end() <= closes[openings[at]]
        if not in_parenthesis and _ends_sentence(text, start, boundary):
            sentences.append(text[start : boundary.end()].rstrip())
            start = boundary.end()
    sentences.append(text[start:])
    return [piece for sentence in sentences for piece in cut(sentence)]


def _closing_by_opening(text: str) -> dict[int, int]:
    return {found.start(): found.end() for found in _PARENTHESIS.finditer(text)} if "(" in text else {}


def _ends_sentence(text: str, start: int, boundary: re.Match[str]) -> bool:
    end = boundary.start()
    if text[end] in _WIDE:
        return True
    following = _WORD_AFTER.match(text, boundary.end())
    if following is None:
        return True
    after = following.group(1)
    if after[0].islower():
        return False
    if text[end] != "." or text.startswith("..", end):
        return True
    token = _last_word(text, start, end)
    return not _opens_with_enumerator(text, start, end, token) and _full_stop_ends(
        token.lower(), after, text[boundary.end()]
    )


def _last_word(text: str, start: int, end: int) -> str:
    found = _WORD_BEFORE.search(text, max(start, end - _LOOK_BACK), end)
    return found.group() if found else ""


def _opens_with_enumerator(text: str, start: int, end: int, token: str) -> bool:
    """Whether the full stop is that of a "1.", "a." or "Section 2." at the start or after a colon."""
    if _ENUMERATOR.fullmatch(token):
        lead = text[max(start, end - len(token) - 3) : end - len(token)].strip()
        if lead in ("", "(") or lead[-1] in ":;,":
            return True
    return end - start <= _LOOK_BACK and _NUMBERED.fullmatch(text, start, end) is not None


def _full_stop_ends(token: str, after: str, next_character: str) -> bool:
    if token in _NEVER:
        return False
    if token in _BEFORE_NUMBER and (
        after[0].isdigit() or next_character in "(§" or _ENUMERATOR.fullmatch(after)
    ):
        return False
    if token in _MAY_END or _ACRONYM.fullmatch(token):
        return after.lower() in _OPENERS
    return not (len(token) <= 2 and token.isdigit() and after.lower() in _MONTHS)


def cut(text: str, limit: int = CLAUSE_LIMIT) -> list[str]:
    """`text` in pieces of at most `limit` characters, cut at spaces where there are any."""
    pieces: list[str] = []
    start = 0
    while len(text) - start > limit:
        at = text.rfind(" ", start + 1, start + limit + 1)
        end = at if at > 0 else start + limit
        pieces.append(text[start:end])
        start = end + 1 if at > 0 else end
    pieces.append(text[start:])
    return [piece for piece in pieces if piece]
