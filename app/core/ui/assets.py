"""Addresses of built front-end files, read from Vite's manifest, and icons out of the one SVG sprite."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from flask import current_app
from markupsafe import Markup, escape

BUILT = Path(__file__).resolve().parents[2] / "static" / "dist"
ADDRESS = "/static/dist"


class FrontEndNotBuilt(RuntimeError):
    """The manifest is missing or does not hold the asked file; `make assets` builds it."""


def asset_url(name: str, required: bool = True) -> str:
    """Return the address of a built file by the name it has in the sources.

    Args:
        name: file name without folder, such as `public.css` or `sprite.svg`.
        required: False makes a missing file an empty address (error pages must render without a build).
    Returns:
        The fingerprinted address, `/static/dist/assets/…`.
    Raises:
        FrontEndNotBuilt: the front end is not built, or has no such file.
    """
    try:
        return _files()[name]
    except FrontEndNotBuilt:
        if required:
            raise
    except KeyError:
        if required:
            message = f"The built front end has no file {name!r}. Run `make assets` to build it again."
            raise FrontEndNotBuilt(message) from None
    return ""


def icon(name: str, label: str | None = None, css: str = "") -> Markup:
    """Draw an icon of the sprite (`app/frontend/icons.txt` lists the names).

    Args:
        name: an icon's name in the sprite, `siger` for the mark.
        label: what the icon says when it stands without words; None hides it from screen readers.
        css: further classes, such as `icon-lg`.
    Returns:
        An inline SVG that refers to the sprite file.
    """
    return _drawn(name, escape(label) if label else None, css, asset_url("sprite.svg", required=False))


@lru_cache(maxsize=512)
def _drawn(name: str, label: Markup | None, css: str, sprite: str) -> Markup:
    meaning = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    classes = f"icon {css}".strip()
    return Markup('<svg class="{}" {}><use href="{}#{}"></use></svg>').format(classes, meaning, sprite, name)


def _files() -> dict[str, str]:
    """Return name → address; read once, or again when the manifest changed while debugging."""
    kept: tuple[int, dict[str, str]] | None = current_app.extensions.get("ui_assets")
    if kept is not None and not current_app.debug:
        return kept[1]
    manifest = BUILT / "manifest.json"
    try:
        stamp = manifest.stat().st_mtime_ns
        if kept is not None and kept[0] == stamp:
            return kept[1]
        entries = json.loads(manifest.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        message = "The front end is not built. Run `make assets` and load the page again."
        raise FrontEndNotBuilt(message) from error
    files = {Path(source).name: f"{ADDRESS}/{entry['file']}" for source, entry in entries.items()}
    current_app.extensions["ui_assets"] = (stamp, files)
    return files
