"""One page in the browser: answers for its document, waits until it stands, and writes down what it became."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any
from urllib.parse import urldefrag

from playwright.async_api import BrowserContext, Error, Page, Request, Response, Route
from playwright.async_api import TimeoutError as TookTooLong

from monitor.fetch.browser.model import Rendered, RenderFailed, RenderJob
from monitor.fetch.model import ErrorClass
from monitor.fetch.urls import same_host, scheme_of
from monitor.urls import check_url

QUIET_SECONDS = 10.0
"""How long a page may take, once it stands, until its network falls silent; some never do."""

STILL_SECONDS = 1.0
STILL_WITHIN = 5.0
"""The text of a page is taken once it did not grow for a second, or after five."""

_NOT_LOADED = frozenset({"image", "media", "font", "texttrack", "manifest", "ping", "eventsource", "websocket"})
"""What holds no text, or never ends."""

# Closed shadow roots are opened at their making, so that their text can be read.
_BEFORE = """
const attach = Element.prototype.attachShadow;
Element.prototype.attachShadow = function (init) { return attach.call(this, {...init, mode: "open"}); };
delete window.RTCPeerConnection;
"""
# Components show what their shadow root holds, with their own children in its slots: so it is written down.
_SERIALISE = """
() => {
  const unfold = (root) => {
    for (const element of [...root.querySelectorAll("*")]) {
      const shadow = element.shadowRoot;
      if (!shadow) continue;
      for (const slot of [...shadow.querySelectorAll("slot")]) {
        const assigned = slot.assignedNodes();
        if (assigned.length) slot.replaceWith(...assigned);
      }
      unfold(shadow);
      element.append(...shadow.childNodes);
    }
  };
  unfold(document);
  const type = document.doctype ? new XMLSerializer().serializeToString(document.doctype) : "";
  return type + document.documentElement.outerHTML;
}
"""
_TEXT_LENGTH = "() => document.documentElement.textContent.length"
_LEFT = "context was destroyed"
"""What Playwright says when a page leads on while it is asked for something."""


class Visit:
    """One page being opened: answers for its document, and says what else it may ask for."""

    def __init__(self, job: RenderJob, body: bytes, context: BrowserContext) -> None:
        self._job = job
        self._body = body
        self._context = context
        self._served = False
        self._targets: list[str] = []
        self._failed: asyncio.Future[RenderFailed] = asyncio.get_running_loop().create_future()
        self._status = 200
        self._requests = 0
        self._frames = 0
        self._page: Page | None = None

    async def run(self) -> bytes:
        """Open the page, wait until it stands still, and serialise it."""
        await self._context.add_init_script(_BEFORE)
        await self._context.route("**/*", self._answer)
        page = self._page = await self._context.new_page()
        self._context.on("page", lambda other: asyncio.ensure_future(other.close()))
        page.on("crash", lambda _: self._fail(ErrorClass.BROWSER, "it made the browser crash"))
        page.on("response", self._note_status)
        opening = asyncio.ensure_future(self._open(page))
        await asyncio.wait((opening, self._failed), return_when=asyncio.FIRST_COMPLETED)
        if self._failed.done():
            opening.cancel()
            raise self._failed.result()
        html = opening.result().encode("utf-8", "replace")
        if len(html) > self._job.dom_bytes:
            reason = f"its scripts made more than {self._job.dom_bytes:,} bytes of it"
            raise RenderFailed(ErrorClass.TOO_LARGE, reason, transient=False)
        return html

    def result(self, html: bytes, version: str, refused: tuple[str, ...]) -> Rendered:
        url = urldefrag(self._page.url).url if self._page else self._job.url
        # Where a server sent it on from there, nobody asked us: then at least the end is named.
        arrived = [] if url in (urldefrag(self._job.url).url, *self._targets) else [url]
        return Rendered(
            url=url,
            targets=(*self._targets, *arrived),
            html=html,
            browser=f"Chromium {version}",
            requests=self._requests,
            refused=refused,
            frames=self._frames,
        )

    async def _open(self, page: Page) -> str:
        timeout = self._job.seconds * 1000
        await page.goto(self._job.url, wait_until="domcontentloaded", timeout=timeout)
        while True:
            try:
                return await self._taken(page)
            except Error as error:
                if _LEFT not in error.message:
                    raise
                # Its scripts led on meanwhile, which they may do only so often.

    async def _taken(self, page: Page) -> str:
        with contextlib.suppress(TookTooLong):
            await page.wait_for_load_state("networkidle", timeout=QUIET_SECONDS * 1000)
        await self._stand_still(page)
        self._check_arrival(page.url)
        self._frames = len(page.frames) - 1
        html: str = await page.evaluate(_SERIALISE)
        return html

    def _fail(self, error_class: ErrorClass, reason: str) -> None:
        if not self._failed.done():
            self._failed.set_result(RenderFailed(error_class, reason, transient=False))

    def _note_status(self, response: Response) -> None:
        if self._is_document(response.request):
            self._status = response.status

    def _check_arrival(self, url: str) -> None:
        """A page that leads on to nothing shows the browser's own words, or an error's."""
        if not url.startswith(("http://", "https://")):
            raise RenderFailed(ErrorClass.CONNECT, "its scripts led to an address that does not answer")
        problem = self._problem_of(url)
        if problem is not None:
            raise RenderFailed(ErrorClass.REDIRECT, problem, transient=False)
        if self._status >= 400:
            reason = f"its scripts led to an answer with status {self._status}"
            raise RenderFailed(ErrorClass.HTTP_STATUS, reason, status=self._status)

    def _is_document(self, request: Request) -> bool:
        """Whether `request` is for what the page's own window shows."""
        try:
            return (
                request.is_navigation_request()
                and self._page is not None
                and request.frame == self._page.main_frame
            )
        except Error:  # of another window, which has no frame yet
            return False

    async def _stand_still(self, page: Page) -> None:
        length = -1
        for _ in range(int(STILL_WITHIN / STILL_SECONDS)):
            now: Any = await page.evaluate(_TEXT_LENGTH)
            if now == length:
                return
            length = now
            await asyncio.sleep(STILL_SECONDS)

    async def _answer(self, route: Route, request: Request) -> None:
        document = self._is_document(request)
        if document and not self._served:
            self._served = True
            await route.fulfill(status=200, headers=_joined(self._job.headers), body=self._body)
            return
        problem = self._problem_of_leading_on(request) if document else None
        if problem is not None:
            self._fail(ErrorClass.REDIRECT, problem)
        if problem is not None or request.resource_type in _NOT_LOADED:
            await route.abort("blockedbyclient")
        else:
            self._requests += 1
            await route.continue_(headers=self._headers(request))

    def _problem_of_leading_on(self, request: Request) -> str | None:
        """Why the page must not lead there, or None; whom it reaches is the proxy's to judge."""
        if request.method != "GET":
            return "its scripts sent a form"
        self._targets.append(request.url)
        if len(self._targets) > self._job.redirects:
            return f"its scripts led on more than {self._job.redirects} times"
        return self._problem_of(request.url)

    def _problem_of(self, url: str) -> str | None:
        problem = check_url(url)
        if problem is not None:
            return f"its scripts led to a URL that we do not follow ({problem})"
        if scheme_of(self._job.url) == "https" and scheme_of(url) == "http":
            return "its scripts led from https to unencrypted http"
        return None

    def _headers(self, request: Request) -> dict[str, str] | None:
        """The request's headers with the configured ones, where it goes to the page's own host."""
        if not self._job.own_headers or check_url(request.url) or not same_host(self._job.url, request.url):
            return None
        return {**request.headers, **{name.lower(): value for name, value in self._job.own_headers}}


def _joined(headers: tuple[tuple[str, str], ...]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in headers:
        joined[name] = f"{joined[name]}\n{value}" if name in joined else value
    return joined
