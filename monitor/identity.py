"""PURE: what counts as the same text: the words that a reader reads, without what pages vary by themselves."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from monitor.clauses import fold
from monitor.numbering import Number, Numbering
from storage.records import Clause, ClauseKind

NOTE_WORDS = 10
"""Words of a note such as "Updated 3 days ago"; in longer clauses a number is part of what is promised."""

_REMEMBERED = 8_192
_NOTHING: Mapping[int, int] = {}

_COPYRIGHT = re.compile(
    r"\W*(?:copyright\s*)?(?:©|\(c\)\s*(?=(?:19|20)\d\d\b)|(?<=copyright )\(c\)|copyright,?\s+(?:19|20)\d\d\b"
    r"|(?:all rights reserved|alle rechte? vorbehalten|tous (?:les )?droits réservés|alle rechten voorbehouden"
    r"|todos los derechos reservados|todos os direitos reservados|tutti i diritti (?:sono )?riservati)\W*$)",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"\W*(?:loading|please wait|one moment(?: please)?|wird geladen|bitte warten|chargement(?: en cours)?"
    r"|cargando|caricamento(?: in corso)?|a carregar|carregando|(?:wordt )?(?:ge)?laden)\W*",
    re.IGNORECASE,
)
_COPYRIGHT_WORDS = 20

_ADDRESS = re.compile(r"(https?://[^\s?#]+)[?#]\S*")
_TOKEN_LENGTH = 20
_TOKEN = re.compile(rf"\b(?=\w*\d\w*\d\w*\d)(?=\w*[^\W\d_]\w*[^\W\d_]\w*[^\W\d_])\w{{{_TOKEN_LENGTH},}}\b")
_COUNTED = (
    r"(?:views?|likes?|comments?|shares?|downloads?|ratings?|reviews?|followers?|votes?|people found|readers"
    r"|aufrufe|kommentare|personen fanden|vues|commentaires|personnes ont|vistas|comentarios"
    r"|personas encontraron|visualizzazioni|commenti)"
)
_COUNT = re.compile(rf"\d[\d.,]*\s?[km]?\s+(?:(?:of|out of|von|sur|de|di)\s+\d[\d.,]*\s+)?(?={_COUNTED}\b)")
_UNITS = (
    r"(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|sekunden?|minuten?|stunden?|tag(?:en)?|wochen?"
    r"|monat(?:en)?|jahr(?:en)?|secondes?|heures?|jours?|semaines?|mois|ans?|segundos?|minutos?|horas?|d\u00edas?"
    r"|semanas?|meses|a\u00f1os?|secondi|minuti|ore|ora|giorn[oi]|settiman[ae]|mes[ei]|ann[oi]|dias?|uur|dag(?:en)?"
    r"|weken|week|maand(?:en)?|jaar)"
)
_MANY = r"(?:\d+|an?|einem?|einer|une?|una?|um|uma|een)"
_AGE = re.compile(
    rf"\b(?:{_MANY} {_UNITS} (?:ago|fa|geleden)|(?:vor|il y a|hace|h\u00e1) {_MANY} {_UNITS}"
    r"|just now|in the last (?:hour|minute)|a few (?:seconds|minutes|hours|days) ago|gerade eben"
    r"|\u00e0 l'instant)\b"
)
_LOOSE = re.compile(r"[.,:](?:(?<!\d.)[.,:]*|[.,:]*(?!\d))")  # as it begins with signs, others are skipped fast
_KEPT_SIGNS = frozenset("%$€£¥§+=<>.,:")


class _Signs(dict[int, int | str]):
    """For `str.translate`: a letter, digit or mark stays, a sign becomes a space; looked up once each."""

    def __missing__(self, code: int) -> int | str:
        character = chr(code)
        stays = character in _KEPT_SIGNS or unicodedata.category(character)[0] in "LNM"
        self[code] = code if stays else " "
        return self[code]


_SIGNS = _Signs()


@lru_cache(maxsize=_REMEMBERED)
def words_of(text: str) -> str:
    """The words of a clause as its document is known by: case, punctuation and design left out.

    A copyright line and a "Loading ..." have none; ages and counters in a short note, queries of addresses
    and long tokens of letters and digits (nonces, hashes) are all alike. Numbers keep their points, money its
    signs.
    """
    text = fold(text)
    words = text.split()
    if len(words) <= _COPYRIGHT_WORDS and (_COPYRIGHT.match(text) or _PLACEHOLDER.fullmatch(text)):
        return ""
    if any(len(word) >= _TOKEN_LENGTH for word in words) or "://" in text:
        text = _TOKEN.sub("#", _ADDRESS.sub(r"\1", text))
    text = text.casefold()
    if len(text.split()) <= NOTE_WORDS:
        text = _AGE.sub("", _COUNT.sub("", text, count=1) if _COUNT.match(text) else text)
    return " ".join(_LOOSE.sub(" ", text.translate(_SIGNS)).split())


def fingerprint(clauses: Iterable[Clause], drawn: Mapping[int, int] = _NOTHING) -> str:
    """The identity of a document's text: a hash over the words of its hard clauses, however they are cut.

    `drawn` are the numbers that lists draw before their items, by the clause's place: they count as if they
    were written. A number that merely counts on (`monitor.numbering`) is left out wherever it comes from.
    """
    digest = hashlib.sha256()
    for words in words_of_each(clauses, drawn):
        if words:
            digest.update(words.encode("utf-8"))
            digest.update(b" ")
    return digest.hexdigest()


def words_of_each(clauses: Iterable[Clause], drawn: Mapping[int, int] = _NOTHING) -> Iterator[str]:
    """The words of every hard clause, as they count for the identity of their document."""
    for text, number in list(_numbered(clauses, drawn)):
        shown = f"{number.shown} " if number and not number.implied else ""
        yield words_of(shown + text[number.length :].lstrip() if number else text)


def combined_fingerprint(parts: Iterable[str]) -> str:
    """The identity of a document on several pages, of those of its pages."""
    return hashlib.sha256(" ".join(parts).encode("ascii")).hexdigest()


def _numbered(clauses: Iterable[Clause], drawn: Mapping[int, int]) -> Iterator[tuple[str, Number | None]]:
    numbering = Numbering()
    for at, clause in enumerate(clauses):
        if not clause.soft:
            counts = clause.opens_block and clause.kind is not ClauseKind.TABLE_ROW
            yield clause.text, numbering.read(clause.text, drawn.get(at)) if counts else None
