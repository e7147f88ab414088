"""Mail addresses in Cloudflare's cipher read as the addresses that they are."""

from __future__ import annotations

import pytest

from monitor.extract.emails import hidden_address
from monitor.extract.explain import read_links
from monitor.extract.model import Source
from tests.monitor.extract.helpers import FILLER, hard_texts, read_html


def ciphered(address: str, key: int) -> str:
    return bytes([key, *(byte ^ key for byte in address.encode())]).hex()


def link(key: int) -> str:
    digits = ciphered("dpo@acme.example", key)
    target = 'href="/cdn-cgi/l/email-protection" class="__cf_email__"'
    return f'<a {target} data-cfemail="{digits}">[email&#160;protected]</a>'


def test_address_stands_in_its_sentence_whatever_the_key() -> None:
    plain = '<a href="mailto:dpo@acme.example">dpo@acme.example</a>'
    pages = [f"<p>Write to {address} about your data.</p>{FILLER}" for address in (plain, link(1), link(0xE7))]
    assert hard_texts(pages[1])[0] == "Write to dpo@acme.example about your data."
    assert len({read_html(page).fingerprint for page in pages}) == 1


def test_address_in_an_element_that_is_no_link_is_read_too() -> None:
    digits = ciphered("dpo@acme.example", 7)
    html = f'<p>Write to <span class="__cf_email__" data-cfemail="{digits}">[email protected]</span> now.</p>'
    assert hard_texts(html + FILLER)[0] == "Write to dpo@acme.example now."


@pytest.mark.parametrize("digits", ["", "zz", "12", "1234", "0" * 2000, "ffff", "é"])
def test_what_is_no_cipher_leaves_the_text_as_it_stands(digits: str) -> None:
    assert hidden_address({"data-cfemail": digits}) is None
    html = f'<p>Write to <span data-cfemail="{digits}">[email protected]</span> now.</p>'
    assert hard_texts(html + FILLER)[0] == "Write to [email protected] now."


def test_page_that_explains_the_cipher_is_not_listed_as_a_link() -> None:
    html = f'<p>Write to {link(9)} or read <a href="/terms">our terms</a> now.</p>{FILLER}'
    found = read_links(Source(html.encode(), "text/html", "https://acme.example/privacy"))
    assert [each.url for each in found] == ["https://acme.example/terms"]
