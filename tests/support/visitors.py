"""Somebody with a browser: keeps cookies, follows forms, carries the CSRF token as a browser would."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

CSRF = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
SEEN = re.compile(r'name="seen" value="([^"]+)"')
TICKED = re.compile(r'name="(\w+)" value="([^"]+)" checked')


class Visitor:
    """One browser at one host."""

    def __init__(self, app: Flask, host: str) -> None:
        self.app = app
        self.host = host
        self.client = app.test_client()

    def get(self, path: str, **options: Any) -> TestResponse:
        """GET a path of the host."""
        return self.client.get(path, base_url=f"http://{self.host}", **options)

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        """POST without looking at the form first (and so without its token)."""
        return self.client.post(path, base_url=f"http://{self.host}", data=data, **options)

    def submit(
        self, path: str, data: dict[str, Any] | None = None, *, form: str | None = None, **options: Any
    ) -> TestResponse:
        """Open the page with the form (`form`, else the path itself), then send it with the form's token."""
        page = self.get(form or path)
        found = CSRF.search(page.text)
        token = {"csrf_token": found.group(1)} if found else {}
        return self.post(path, {**token, **_seen(page.text), **(data or {})}, **options)


def _seen(text: str) -> dict[str, Any]:
    """Where a form says what its page showed, to be confirmed: that, and the boxes that are ticked."""
    found = SEEN.search(text)
    if found is None:
        return {}
    ticked: dict[str, list[str]] = {}
    for name, value in TICKED.findall(text):
        ticked.setdefault(name, []).append(value)
    return {"seen": found.group(1), **ticked}
