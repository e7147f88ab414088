"""Noise in what a page writes: typography, times, counts, tokens, ciphers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from benchmarks.pages.markup import Block, Page, inline, plain_block, token


def quotes_and_dashes(page: Page, look: int) -> str:
    opening, closing, apostrophe, dash = ('""\'-', "“”’‑", ("&bdquo;", "&ldquo;", "&#8217;", "–"))[look]

    def dress(words: str) -> str:
        quoted = re.sub(r'"([^"]*)"', rf"{opening}\1{closing}", words)
        return quoted.replace("'", apostrophe).replace("-", dash)

    return replace(page, write=lambda text: _between_tags(text, dress)).html()


def spaces(page: Page, look: int) -> str:
    space = (" ", "&nbsp;", "\u202f\n  ")[look]
    return replace(page, write=lambda text: _between_tags(text, lambda words: words.replace(" ", space))).html()


def invisible_signs(page: Page, look: int) -> str:
    sign = ("", "&shy;", "\u200b")[look]
    return replace(
        page,
        write=lambda text: _between_tags(text, lambda words: re.sub(r"(\w{4})(\w{4})", rf"\1{sign}\2", words)),
    ).html()


def capitals_in_headings(page: Page, look: int) -> str:
    case = (str, str.upper, str.title)[look]

    def draw(page: Page, block: Block) -> str:
        return plain_block(
            page, replace(block, parts=(case(block.text),)) if block.kind == "heading" else block
        )

    return replace(page, block=draw).html()


def ages(page: Page, look: int) -> str:
    said = {
        "en": "Reviewed {} days ago",
        "de": "Geprüft vor {} Tagen",
        "fr": "Relu il y a {} jours",
        "es": "Revisado hace {} días",
        "it": "Rivisto {} giorni fa",
        "nl": "Nagekeken {} dagen geleden",
    }[page.policy.language]
    return replace(page, below_title=f"<p>{said.format(3 + look)}</p>").html()


def clock(page: Page, look: int) -> str:
    stamp = f"2026-11-2{look} 0{look}:17:4{look} UTC"
    made = f'<!-- made {stamp} in 0.03{look} s --><script>window.madeAt = "{stamp}";</script>'
    meta = f'<meta name="generated" content="{stamp}">'
    return replace(page, head=meta, end=made, footer=f"© 2024 Example, {stamp}").html()


def counters(page: Page, look: int) -> str:
    said = {
        "en": "{} people found this helpful",
        "de": "{} Personen fanden das hilfreich",
        "fr": "{} personnes ont trouvé cela utile",
        "es": "{} personas encontraron esto útil",
        "it": "{} visualizzazioni",
        "nl": "{} views",
    }[page.policy.language]
    return replace(page, end_of_text=f"<p>{said.format(128 + 7 * look)}</p>").html()


def mail_in_cipher(page: Page, look: int) -> str:
    def conceal(found: re.Match[str]) -> str:
        digits = bytes([60 + look, *(byte ^ (60 + look) for byte in found[1].encode())]).hex()
        if look == 1:
            target = 'href="/cdn-cgi/l/email-protection" class="__cf_email__"'
            return f'<a {target} data-cfemail="{digits}">[email&#160;protected]</a>'
        inner = f'<span class="__cf_email__" data-cfemail="{digits}">[email&#160;protected]</span>'
        return f'<a href="/cdn-cgi/l/email-protection#{digits}">{inner}</a>'

    html = page.html()
    return re.sub(r'<a href="mailto:([^"]*)">[^<]*</a>', conceal, html) if look else html


def form_tokens(page: Page, look: int) -> str:
    meta = f'<meta name="csrf-token" content="{token(look)}">'
    hidden = f'<input type="hidden" name="authenticity_token" value="{token(look + 7)}">'
    return replace(page, head=meta, below_text=f'<form action="/search">{hidden}<input name="q"></form>').html()


def nonces_and_builds(page: Page, look: int) -> str:
    head = (
        f'<link rel="stylesheet" href="/app.{token(look)[:8]}.css" integrity="sha256-{token(look)}">'
        f'<style nonce="{token(look)[:16]}">.text{{margin:{look}px}}</style>'
    )
    state = f'<script nonce="{token(look)[:16]}">window.state={{"session":"{token(look + 3)}"}}</script>'
    return replace(page, head=head, end=f"{state}<template><p>Draft {look}</p></template>").html()


def signed_links(page: Page, look: int) -> str:
    file = f"https://files.example/policy.pdf?expires={1_700_000_000 + look}&signature={token(look)}"
    shown = file.replace("&", "&amp;")
    return replace(
        page,
        end_of_text=f'<p>This text can be had as a file as well: <a href="{shown}">{shown}</a> (120 kB).</p>',
    ).html()


def request_numbers(page: Page, look: int) -> str:
    return replace(page, end_of_text=f"<p>Request {token(look)[:24]}</p>").html()


def copyright_lines(page: Page, look: int) -> str:
    said = {
        "en": (
            "© 2024 Example Ltd",
            "Copyright © 2024-2025 Example Ltd. All rights reserved.",
            "(c) 2026 Example",
        ),
        "de": (
            "© 2024 Beispiel AG",
            "© 2025 Beispiel AG. Alle Rechte vorbehalten.",
            "Alle Rechte vorbehalten.",
        ),
        "fr": ("© 2024 Exemple SAS", "© 2025 Exemple SAS. Tous droits réservés.", "Tous droits réservés."),
        "es": (
            "© 2024 Ejemplo S.L.",
            "© 2025 Ejemplo S.L. Todos los derechos reservados.",
            "Copyright 2026 Ejemplo",
        ),
        "it": (
            "© 2024 Esempio S.r.l.",
            "Copyright © 2025 Esempio. Tutti i diritti riservati.",
            "© Esempio 2026",
        ),
        "nl": (
            "© 2024 Voorbeeld B.V.",
            "© 2025 Voorbeeld. Alle rechten voorbehouden.",
            "Alle rechten voorbehouden.",
        ),
    }[page.policy.language][look]
    return replace(page, end_of_text=f'<div class="legal">{said}</div>').html()


def _between_tags(text: str, change: Callable[[str], str]) -> str:
    return "".join(
        part if part.startswith("<") else change(part) for part in re.split(r"(<[^>]*>)", inline(text))
    )
