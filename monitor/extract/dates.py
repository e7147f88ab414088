"""PURE: the dates that a document states about itself, "last updated" and "effective"; None where in doubt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from itertools import pairwise

_MONTH_NAMES = (
    "january jan januar jänner janvier janv enero ene gennaio gen januari janeiro",
    "february feb februar février févr febrero febbraio februari fevereiro fev",
    "march mar märz mars marzo maart mrt março",
    "april apr avril avr abril abr aprile",
    "may mai mayo maggio mag mei maio",
    "june jun juni juin junio giugno giu junho",
    "july jul juli juillet juil julio luglio lug julho",
    "august aug août agosto ago augustus",
    "september sep sept septembre septiembre settembre set setembro",
    "october oct oktober okt octobre octubre ottobre ott outubro out",
    "november nov novembre noviembre novembro",
    "december dec dezember dez décembre déc diciembre dic dicembre dezembro",
)
_MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))

_DATE = (
    r"(?:(?P<iso>\d{4}[-/.]\d{1,2}[-/.]\d{1,2})"
    rf"|(?P<day_first>\d{{1,2}}(?:st|nd|rd|th|er|º|\.)?\s+(?:of\s+|de\s+)?(?:{_MONTH})\b\.?,?\s+(?:de\s+|del\s+)?\d{{4}})"
    rf"|(?P<month_first>(?:{_MONTH})\b\.?\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}})"
    r"|(?P<dotted>\d{1,2}\.\s?\d{1,2}\.\s?\d{4})"
    r"|(?P<slashed>\d{1,2}/\d{1,2}/\d{4}))(?!\d)"
)
# What may stand between the label and its date: punctuation, a line break, and a few small words.
_GAP = (
    r"(?:[\s:*_|,(–—-]|\b(?:on|as|of|date|from|am|vom|ab|seit|zum|le|la|du|au|el|il|op|per|em|de|del|dal|in|the|since"
    r"|is|ist|est|was|desde|partir|datum|fecha|data)\b){0,12}"
)
_STATED_LABELS = (
    r"(?:last|date(?:\s+of)?(?:\s+last)?|most\s+recently)\s+(?:updated?|modified|revised|revision|amended|changed?|reviewed)"
    r"|updated|revised|(?:last|latest)\s+(?:update|revision|modification)"
    r"|stand(?=\s*:|\s+vom|\s+\d|\s+[A-ZÄ])|(?:letzte|zuletzt)\s+(?:aktualisierung|aktualisiert|änderung|geändert|überarbeitet)"
    r"|dernière\s+(?:mise\s+à\s+jour|modification|révision)|mise?\s+à\s+jour"
    r"|última\s+(?:actualización|modificación|revisión|atualização|modificação|revisão|versão)"
    r"|actualizado|atualizado|modificado"
    r"|ultim[oa]\s+(?:aggiornamento|modifica|revisione)|aggiornat[oa]"
    r"|laatst\s+(?:bijgewerkt|gewijzigd|herzien)|laatste\s+(?:update|wijziging|herziening)"
)
_EFFECTIVE_LABELS = (
    r"effective|(?:comes?|came|enters?|entered|entry)\s+into\s+(?:force|effect)|in\s+(?:force|effect)"
    r"|gültig|wirksam|in\s+kraft|inkrafttreten|tritt"
    r"|entrée\s+en\s+vigueur|en\s+vigueur|date\s+d[’']effet|applicable"
    r"|vigente|entrada\s+en\s+vigor|en\s+vigor|vigencia|in\s+vigore|efficace|decorrenza"
    r"|ingangsdatum|geldig|van\s+kracht|em\s+vigor(?:\s+a\s+partir)?|vigência"
)
_STATED = re.compile(rf"\b(?:{_STATED_LABELS}){_GAP}{_DATE}", re.IGNORECASE)
_EFFECTIVE = re.compile(rf"\b(?:{_EFFECTIVE_LABELS}){_GAP}{_DATE}", re.IGNORECASE)
_DAY_FIRST_LANGUAGES = frozenset({"de", "fr", "es", "it", "nl", "pt"})
_YEAR = re.compile(r"\d{4}")
_HEAD, _TAIL = 80, 20


def own_dates(texts: Sequence[str], language: str | None) -> tuple[date | None, date | None]:
    """(stated, effective) dates out of the first 80 and last 20 clause texts of a document.

    03/04/2024 is read only where `language` writes the day first; elsewhere it is in doubt and None.
    """
    chosen = texts if len(texts) <= _HEAD + _TAIL else [*texts[:_HEAD], *texts[-_TAIL:]]
    joined = "\n".join(_near_years([text[:1000] for text in chosen]))
    return _first(_STATED, joined, language), _first(_EFFECTIVE, joined, language)


def _near_years(texts: Sequence[str]) -> list[str]:
    """The texts that hold a year, each with the one before it, which may be its label."""
    dated = [_YEAR.search(text) is not None for text in [*texts, ""]]
    return [text for text, (here, after) in zip(texts, pairwise(dated), strict=True) if here or after]


def _first(pattern: re.Pattern[str], text: str, language: str | None) -> date | None:
    found = pattern.search(text)
    return _parse(found, language) if found else None


def _parse(found: re.Match[str], language: str | None) -> date | None:
    shape = found.lastgroup or ""
    numbers = [int(number) for number in re.findall(r"\d+", found[shape])]
    try:
        match shape:
            case "iso":
                return date(*numbers)
            case "dotted":
                return date(numbers[2], numbers[1], numbers[0])
            case "slashed":
                return _slashed(numbers, language)
            case _:
                return date(numbers[1], _month_in(found[shape]), numbers[0])
    except ValueError:
        return None


def _slashed(numbers: list[int], language: str | None) -> date | None:
    first, second, year = numbers
    if first > 12 or first == second or language in _DAY_FIRST_LANGUAGES:
        return date(year, second, first)
    return date(year, first, second) if second > 12 else None


def _month_in(text: str) -> int:
    names = re.findall(r"[^\W\d_]+", text.lower())
    return next(_MONTHS[name] for name in names if name in _MONTHS)
