"""Forms with files, sent as a browser sends them."""

from __future__ import annotations

import io
from typing import Any

from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from tests.support.visitors import CSRF, Visitor


def send_form(browser: Visitor, path: str, data: dict[str, Any]) -> TestResponse:
    """Open the page with the form and send it with its token; a file is given as (bytes, name)."""
    found = CSRF.search(browser.get(path).text)
    values = {"csrf_token": found.group(1) if found else ""}
    for name, value in data.items():
        values[name] = FileStorage(io.BytesIO(value[0]), value[1]) if isinstance(value, tuple) else value
    boundary, body = encode_multipart(values)
    kind = f'multipart/form-data; boundary="{boundary}"'
    return browser.client.post(path, base_url=f"http://{browser.host}", data=body, content_type=kind)
