"""Addresses of built front-end files, read from Vite's manifest, and icons out of the one SVG sprite."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

from flask import Flask, current_app
from markupsafe import Markup, escape

MANIFEST = Path("dist") / "manifest.json"


class FrontEndNotBuilt(RuntimeError):
    """The manifest is missing or does not hold the asked file; `make assets` builds it."""


def asset_url(name: str, required: bool = True) -> str:
    """Return the address of a built file by the name it has in the sources.

    Args:
        name: file name without folder, such as `public.css` or `sprite.svg`.
        required: False makes a missing file an empty address (error pages must render without a build).
    Returns:
        The fingerprinted address below the application's static address.
    Raises:
        FrontEndNotBuilt: the front end is not built, or has no such file.
    """
    app = cast(Flask, current_app._get_current_object())  # type: ignore[attr-defined]
    try:
        return _files(app)[name]
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
    meaning = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    classes = f"icon {css}".strip()
    return Markup('<svg class="{}" {}><use href="{}#{}"></use></svg>').format(
        classes, meaning, asset_url("sprite.svg", required=False), escape(name)
    )


def _files(app: Flask) -> dict[str, str]:
    """Return name → address, kept for the life of the process, or while the manifest is unchanged in debug."""
    path = Path(app.static_folder or "static") / MANIFEST
    kept = cast("tuple[int, dict[str, str]] | None", app.extensions.get("ui_assets"))
    if kept is not None and not app.debug:
        return kept[1]
    try:
        stamp = path.stat().st_mtime_ns
        if kept is not None and kept[0] == stamp:
            return kept[1]
        entries = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        message = "The front end is not built. Run `make assets` and load the page again."
        raise FrontEndNotBuilt(message) from error
    base = f"{app.static_url_path or '/static'}/dist"
    files = {Path(source).name: f"{base}/{entry['file']}" for source, entry in entries.items()}
    app.extensions["ui_assets"] = (stamp, files)
    return files
