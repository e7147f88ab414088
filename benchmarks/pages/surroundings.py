"""Noise around a policy: menus, banners, widgets, hints and placeholders."""

from __future__ import annotations

import re
from dataclasses import replace

from benchmarks.pages.markup import Page


def navigation(page: Page, look: int) -> str:
    menus = (
        page.menu,
        ("Shop", "Help centre", "Sign in"),
        ("Home", "New: gift cards", "Winter sale", "Blog", "Jobs"),
    )
    crumbs = '<ol class="crumbs"><li><a href="/">Home</a></li><li><a href="/legal">Legal</a></li></ol>'
    return replace(page, menu=menus[look], banner=crumbs * look).html()


def related_articles(page: Page, look: int) -> str:
    titles = (
        ("How to close an account", "What a cookie is"),
        ("Ten tips for your garden", "Our summer in pictures", "How to close an account"),
        (),
    )[look]
    items = "".join(f'<li><a href="/articles/{at}">{title}</a></li>' for at, title in enumerate(titles))
    around = ("<aside>{}</aside>", "<div>{}</div>", "{}")[look]
    return replace(
        page, below_text=around.format(f"<h3>Related articles</h3><ul>{items}</ul>") if titles else ""
    ).html()


def chat_widget(page: Page, look: int) -> str:
    said = (
        "",
        "Hi! How can we help you today?",
        "We are away. Leave us a message, and we will get back to you.",
    )[look]
    field = '<textarea placeholder="Message"></textarea><button>Send</button>'
    return replace(
        page, end=f'<div class="chat"><h2>Chat with us</h2><p>{said}</p>{field}</div>' if look else ""
    ).html()


def cookie_banner(page: Page, look: int) -> str:
    texts = {
        "en": (
            "We use cookies to make the site work and to measure how it is used.",
            "Accept all",
            "Reject all",
        ),
        "de": (
            "Wir verwenden Cookies, damit die Seite funktioniert und wir ihre Nutzung messen.",
            "Alle akzeptieren",
            "Ablehnen",
        ),
        "fr": (
            "Nous utilisons des cookies pour faire marcher le site et en mesurer l'usage.",
            "Tout accepter",
            "Tout refuser",
        ),
        "es": (
            "Utilizamos cookies para que el sitio funcione y para medir su uso.",
            "Aceptar todo",
            "Rechazar todo",
        ),
        "it": ("Usiamo i cookie per far funzionare il sito e misurarne l'uso.", "Accetta tutti", "Rifiuta"),
        "nl": (
            "Wij gebruiken cookies om de site te laten werken en het gebruik te meten.",
            "Alles accepteren",
            "Weigeren",
        ),
    }
    text, yes, no = texts[page.policy.language]
    buttons = f"<button>{no}</button><button>{yes}</button>"
    banners = (
        "",
        f'<div role="dialog" aria-label="Cookies"><h2>Cookies</h2><p>{text}</p>{buttons}</div>',
        f'<div class="consent"><p>{text} <a href="/cookies">Cookies</a></p><div>{buttons}</div></div>',
    )
    return replace(page, end=banners[look]).html()


def language_picker(page: Page, look: int) -> str:
    names = ("English", "Deutsch", "Français", "Español", "Italiano", "Nederlands", "Português", "日本語")[
        : 3 + 2 * look
    ]
    options = "".join(f"<option>{name}</option>" for name in names)
    items = "".join(f'<li><a href="/{at}" hreflang="x">{name}</a></li>' for at, name in enumerate(names))
    return replace(page, below_text=f"<select>{options}</select>" if look == 1 else f"<ul>{items}</ul>").html()


def new_tab_hints(page: Page, look: int) -> str:
    hint = {
        "en": "(opens in a new tab)",
        "de": "(öffnet in neuem Tab)",
        "fr": "(s'ouvre dans un nouvel onglet)",
        "es": "(se abre en una pestaña nueva)",
        "it": "(si apre in una nuova scheda)",
        "nl": "(opent in een nieuw tabblad)",
    }[page.policy.language]
    html = page.html()
    if look == 1:
        return re.sub("(</a>)", rf' <span class="sr-only">{hint}</span>\1', html)
    described = html.replace("<a href=", '<a aria-describedby="hint" href=')
    return described.replace("</body>", f'<div id="hint">{hint.strip("()")}</div></body>') if look else html


def lazy_loading(page: Page, look: int) -> str:
    picture = '<img src="data:," data-src="/a.jpg" alt="A harbour"><noscript><img src="/a.jpg"></noscript>'
    busy, spinner = '<div aria-busy="true">Fetching your region</div>', '<div class="spinner">Loading…</div>'
    box = (busy, f"<figure>{picture}</figure>", spinner)[look]
    return replace(page, below_title=box, end_of_text=f'<div class="slot" id="slot-{look}"></div>').html()


def banner(page: Page, look: int) -> str:
    said = (
        "Free delivery on orders over 30.",
        "Only today: two books for the price of one.",
        "We are hiring!",
    )[look]
    return replace(page, banner=f'<div class="strip"><p>{said}</p><button>Close</button></div>').html()


def hero(page: Page, look: int) -> str:
    said = ("Trust is what we build on", "Your data, your rules", "Privacy comes first here")[look]
    text = f'<div class="hero"><h2>{said}</h2><p>{said}: see for yourself how we work, step by step.</p></div>'
    return replace(page, banner=text).html()
