"""Text as QR codes: for the page, and for a terminal."""

from __future__ import annotations

import io

import segno


def svg(text: str) -> bytes:
    """SVG, dark on light, with its quiet zone."""
    file = io.BytesIO()
    segno.make_qr(text, error="m").save(file, kind="svg", scale=8, light="#fff")
    return file.getvalue()


def blocks(text: str) -> list[str]:
    """Lines of block characters, each for two rows of the code: what is filled is light."""
    file = io.StringIO()
    segno.make_qr(text, error="l").terminal(file, border=2, compact=True)  # lower than a terminal's 24 lines
    return file.getvalue().splitlines()
