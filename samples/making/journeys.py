"""Draws docs/page.png and docs/journeys/*: the page in a real browser, on the ways that people go first.

    python -m samples.making.journeys

Needs Chromium and the extra test. The digits are the project's own strokes, the photo and the video its own samples.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.browser import PHONE, ROOT, Server, chromium, draw, playwright

DOCS = ROOT / "docs"
WIDE = {"viewport": {"width": 1200, "height": 760}}
PATIENCE = 240_000  # ms that a reading may take on a busy machine


def main() -> None:
    """Makes all pictures anew."""
    (DOCS / "journeys").mkdir(exist_ok=True)
    with Server("--no-profile") as server, playwright() as driver, chromium(driver) as browser:

        def opened(tab: str, **options: Any) -> Any:
            page = browser.new_context(**options).new_page()
            page.goto(f"{server.url}#{tab}")
            return page

        page = opened("draw", **WIDE)
        draw(page, "7", height=170)
        shown(page, "7", "journeys/first-digit.png")
        page = opened("draw", **WIDE)
        draw(page, "407", height=110)
        draw(page, "2026", top=230, height=110, seed=8)
        shown(page, "2026", "page.png")
        draw(page, "15", top=400, height=110, seed=11)
        shown(page, "15", "journeys/number.png")
        page = opened("files", **PHONE | {"device_scale_factor": 1})
        page.set_input_files("#file-input", ROOT / "samples" / "notebook.jpg")
        page.locator("#text:not(.empty)").wait_for(timeout=PATIENCE)
        shown(page, "", "journeys/photo-on-a-phone.jpg")
        page = opened("files", **WIDE)
        page.set_input_files("#file-input", ROOT / "samples" / "sheet.mp4")
        page.locator("#status", has_text="330 frames").wait_for(timeout=PATIENCE)
        page.evaluate("document.getElementById('clip').currentTime = 6")
        page.locator("#viewer .tag").first.wait_for(timeout=PATIENCE)
        shown(page, "", "journeys/video.jpg")


def shown(page: Any, text: str, name: str) -> None:
    """Saves the page as soon as it shows this text."""
    page.locator("#text", has_text=text).wait_for(timeout=PATIENCE)
    page.wait_for_timeout(1500)  # the bars move to their places
    quality = 85 if name.endswith(".jpg") else None
    page.screenshot(path=Path(DOCS, name), quality=quality)


if __name__ == "__main__":
    main()
