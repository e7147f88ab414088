"""The pages in a real browser: every size, both schemes, without scripts, by keyboard, and with axe-core."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from monitor.config import Secret, Web
from storage.database import Database
from tests.web import library
from tests.web.chromium import chromium, needs_browser, watched
from tests.web.served import Served, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [needs_browser, pytest.mark.timeout(180)]

DIFF = f"/documents/{library.KEY}/diff"
PAGES = [
    "/",
    "/?q=acme&order=change",
    "/alerts",
    "/alerts?status=all&severity=medium",
    "/alerts/1",
    "/alerts/3",
    "/incidents/1",
    f"/documents/{library.KEY}",
    f"/documents/{library.TERMS}",
    f"/documents/{library.KEY}/at/2024-03-15",
    f"{DIFF}?from=1&to=2",
    f"{DIFF}?from=1&to=3&view=inline&show=all",
    f"{DIFF}?with={library.FAQ}",
    "/search",
    "/search?q=train",
    "/calendar?year=2024",
    "/compare",
    "/compare?left=Acme&right=Beta",
    "/documents/nobody/knows",
]
WIDTHS = (360, 800, 1600)
ALL_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
OF_SIZES_AND_COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "target-size"]}}
"""What may differ on a narrow screen in the dark."""


@pytest.fixture(scope="module")
def real() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def archive(empty_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = Path(shutil.copy(empty_file, tmp_path_factory.mktemp("library")))
    database = Database.open(path)
    library.fill(database)
    database.close()
    return path


@pytest.fixture(scope="module")
def site(archive: Path) -> Iterator[Served]:
    with served(archive, zone="Europe/Berlin") as running:
        yield running


@pytest.fixture
def own_site(archive: Path, tmp_path: Path) -> Iterator[Served]:
    """One whose archive may be changed."""
    with served(Path(shutil.copy(archive, tmp_path))) as running:
        yield running


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_fits_and_is_whole_without_scripts(
    real: Browser, site: Served, width: int, scheme: str
) -> None:
    with watched(real, site.origin, width=width, scheme=scheme, scripts=False) as visitor:
        for path in PAGES:
            assert visitor.open(path) == (404 if "nobody" in path else 200), path
            assert visitor.page.locator("h1").count() == 1, path
            size = visitor.page.evaluate("document.documentElement.scrollWidth")
            assert size <= width, f"{path} is {size} wide"
        assert visitor.incidents == []


@pytest.mark.parametrize(
    ("width", "scheme", "rules"), [(1280, "light", ALL_RULES), (360, "dark", OF_SIZES_AND_COLOURS)]
)
def test_axe_finds_nothing_to_object_to(
    real: Browser, site: Served, width: int, scheme: str, rules: dict[str, Any]
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    with watched(real, site.origin, width=width, scheme=scheme) as visitor:
        for path in PAGES:
            visitor.open(path)
            judged: dict[str, list[dict[str, Any]]] = Axe().run(visitor.page, options=rules).response
            assert judged["passes"], path
            told = [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in judged["violations"]]
            assert told == [], path
        assert (visitor.incidents, visitor.reports()) == ([], [])


def test_diff_is_stepped_through_by_keyboard(real: Browser, site: Served) -> None:
    with watched(real, site.origin) as visitor:
        visitor.open(f"{DIFF}?from=1&to=2")
        place, page = visitor.page.locator("[data-place]"), visitor.page
        assert place.inner_text() == "3 changes"
        page.keyboard.press("n")
        assert place.inner_text() == "Change 1 of 3"
        assert "what you post and when" in page.locator(".current").inner_text()
        page.keyboard.press("j")
        assert "denied training" in page.locator(".current .note").first.inner_text()
        page.keyboard.press("p")
        assert place.inner_text() == "Change 1 of 3"
        assert page.evaluate("document.activeElement === document.querySelector('.current')")
        page.reload()
        assert place.inner_text() == "Change 1 of 3"


def test_wording_is_searched_its_change_opened_and_stepped_through_by_keyboard(
    real: Browser, site: Served
) -> None:
    with watched(real, site.origin) as visitor:
        visitor.open("/search")
        page = visitor.page
        page.get_by_label("Words").focus()
        page.keyboard.type('"opt out"')
        page.keyboard.press("Enter")
        page.get_by_role("link", name=library.KEY).first.focus()
        page.keyboard.press("Enter")
        page.get_by_role("link", name="What changed with it").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/diff?from=1&to=2")
        for number in (1, 2, 3):
            page.keyboard.press("n")
            assert page.locator("[data-place]").inner_text() == f"Change {number} of 3"
        assert "You can opt out in your settings." in page.locator(".current").inner_text()
        assert (visitor.incidents, visitor.reports()) == ([], [])


def test_keys_of_one_letter_can_be_turned_off_for_good(real: Browser, site: Served) -> None:
    with watched(real, site.origin) as visitor:
        visitor.open(f"{DIFF}?from=1&to=2")
        visitor.page.get_by_label("keys n and p").uncheck()
        visitor.open(f"{DIFF}?from=1&to=2&view=inline")
        visitor.page.keyboard.press("n")
        assert visitor.page.locator(".current").count() == 0


def test_all_that_can_be_done_is_reached_by_the_tabulator(real: Browser, site: Served) -> None:
    with watched(real, site.origin) as visitor:
        visitor.open("/alerts/1")
        wanted = visitor.page.evaluate(_REACHABLE)
        reached = set()
        for _ in range(wanted + 2):
            visitor.page.keyboard.press("Tab")
            reached.add(visitor.page.evaluate(_FOCUSED))
        assert len(reached - {-1}) == wanted


_REACHABLE = "document.querySelectorAll('a[href], button, input:not([type=hidden]), textarea, select').length"
_FOCUSED = """
[...document.querySelectorAll('a[href], button, input:not([type=hidden]), textarea, select')]
  .indexOf(document.activeElement)
"""


@pytest.mark.parametrize("scripts", [True, False])
def test_alert_is_acknowledged_by_somebody_who_says_their_name_once(
    real: Browser, own_site: Served, scripts: bool
) -> None:
    with watched(real, own_site.origin, scripts=scripts) as visitor:
        visitor.open("/alerts/1")
        page = visitor.page
        page.get_by_label("Your name").first.fill("Ann Example")
        page.get_by_label("Note").fill("Reading it today.")
        page.get_by_role("button", name="Acknowledge").click()
        assert page.get_by_role("status").inner_text() == "Acknowledged."
        assert page.url.startswith(f"{own_site.origin}/alerts/1?done=")
        assert page.locator(".history li").inner_text().startswith("Ann Example acknowledged")
        assert page.get_by_label("Your name").count() == 0
        page.get_by_label("Assign to").fill("Bob")
        page.get_by_role("button", name="Assign").click()
        assert "assigned to Bob" in page.locator(".lead").inner_text()
        visitor.open("/alerts?assignee=Bob")
        assert page.locator(".entry").count() == 1
        assert visitor.incidents == []


def test_ticked_alerts_are_resolved_together(real: Browser, own_site: Served) -> None:
    with watched(real, own_site.origin) as visitor:
        visitor.open("/alerts")
        page = visitor.page
        page.get_by_label("Tick all").check()
        page.get_by_label("Your name").fill("Ann")
        page.get_by_role("button", name="Resolve").click()
        assert page.get_by_role("status").inner_text() == "Resolved."
        assert page.locator(".entry").count() == 0
        assert "Nothing is open" in page.locator("main").inner_text()


def test_diff_prints_without_what_only_serves_the_screen(real: Browser, site: Served) -> None:
    with watched(real, site.origin) as visitor:
        visitor.open(f"{DIFF}?from=1&to=2")
        visitor.page.emulate_media(media="print")
        for hidden in (".top", ".choices", ".stepper"):
            assert not visitor.page.locator(hidden).is_visible(), hidden
        for shown in ("h1", ".ends", "ins", "del", ".note"):
            assert visitor.page.locator(shown).first.is_visible(), shown
        assert visitor.page.pdf().startswith(b"%PDF")


def test_signing_in_leads_to_the_page_that_was_asked_for(real: Browser, archive: Path) -> None:
    web = Web(users={"Ann": Secret("a-token-of-many-characters")})
    with served(archive, web) as closed, watched(real, closed.origin) as visitor:
        assert visitor.open("/alerts/1") == 401
        visitor.page.get_by_label("Your token").fill("a-token-of-many-characters")
        visitor.page.get_by_role("button", name="Sign in").click()
        assert visitor.page.url == f"{closed.origin}/alerts/1"
        assert "Your name" not in visitor.page.locator("main").inner_text()
        visitor.page.get_by_role("button", name="Sign out").click()
        assert visitor.page.get_by_label("Your token").is_visible()
