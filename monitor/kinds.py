"""PURE: which kind of document a title, a heading, a link or an address speaks of, in the languages we know."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

# In order: what is more special comes first, for "Cookie Policy" is no privacy policy and "Privacy FAQ" a FAQ.
_SIGNS = {
    "subprocessors": r"sub ?processors?|unterauftrags?verarbeiter|sous traitants ultérieurs"
    r"|sub ?encargados|sub ?responsabili|subverwerkers",
    "dpa": r"data (?:processing|protection) (?:agreement|addendum|terms)|dpa|auftragsverarbeitung\w*|avv"
    r"|accord (?:de|sur le) traitement des données|verwerkersovereenkomst",
    "cookie-policy": r"cookies? (?:policy|policies|notice|statement)"
    r"|cookies? ?(?:richtlinien?|erklärung|hinweise|beleid|verklaring)"
    r"|(?:politique|gestion)\b.{0,30} cookies|política de cookies|(?:informativa|politica) (?:sui )?cookies?",
    "developer-terms": r"(?:developer|api|platform) (?:terms|policy|policies|agreement|license|licence)\w*"
    r"|entwickler\w* ?(?:bedingungen|richtlinien)",
    "community-guidelines": r"community (?:guidelines|standards|rules|policies)"
    r"|(?:acceptable use|usage|content) polic(?:y|ies)|code of conduct|gemeinschafts?(?:richtlinien|standards)"
    r"|règles de la communauté|normas (?:de la comunidad|comunitarias)|linee guida della community",
    "faq": r"faqs?|frequently asked(?: questions)?|questions (?:and|et) (?:answers|réponses)|q and a"
    r"|häufig(?:e|en)?(?: gestellte)? fragen|fragen und antworten|foire aux questions|preguntas frecuentes"
    r"|domande frequenti|perguntas frequentes|veelgestelde vragen",
    "ai-policy": r"(?:(?:generative |gen )?(?:ai|ki|ia)|artificial intelligence)"
    r" (?:polic(?:y|ies)|terms|principles|statement|guidelines|notice|supplement|richtlinien?|grundsätze)"
    r"|responsible (?:ai|scaling)|política de (?:ia|inteligencia artificial)",
    "privacy-policy": r"privacy|datenschutz\w*|confidentialité|vie privée|privacidad|privacidade"
    r"|privacy(?:beleid|verklaring)|data (?:use )?policy|personal data"
    r"|protección de datos|données personnelles",
    "terms": r"terms|conditions|tos|eula|(?:user|customer|service|licen[cs]e) agreement|agb"
    r"|nutzungsbedingungen|geschäftsbedingungen|servicebedingungen|términos|condiciones|termini|condizioni"
    r"|termos|voorwaarden|mentions légales",
    "help": r"help|support|hilfe|hilfebereich|aide|ayuda|aiuto|ajuda|learn more|answers?"
    r"|how (?:to|do|does|we|is)",
}  # fmt: skip
_PATTERNS = {kind: re.compile(rf"\b(?:{signs})\b") for kind, signs in _SIGNS.items()}


def kind_of(text: str) -> str | None:
    """The kind that `text` (words, not an address) names, or None."""
    folded = words_of(text)
    return next((kind for kind, pattern in _PATTERNS.items() if pattern.search(folded)), None)


def guess_kind(texts: Iterable[str]) -> str | None:
    """The kind that the first of `texts` that names one speaks of; help only where none names another."""
    kinds = [kind for kind in map(kind_of, texts) if kind]
    return next((kind for kind in kinds if kind != "help"), kinds[0] if kinds else None)


def words_of(text: str) -> str:
    """The words of a text, in small letters, one space apart."""
    return " ".join(
        re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).casefold().replace("&", " and "))
    )


def words_of_address(url: str) -> str:
    """The words of an address: those of its path and query, and of what stands before the site's name."""
    parts = urlsplit(url)
    front = (parts.hostname or "").removeprefix("www.").split(".")[:-2]
    return words_of(" ".join([*front, unquote(f"{parts.path} {parts.query}")]))
