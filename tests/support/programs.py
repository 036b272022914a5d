"""Programs that use the API with a bearer token."""

from __future__ import annotations

from typing import Any

from flask import Flask
from werkzeug.test import TestResponse


class Program:
    """A program at one host; sends its token and no cookie."""

    def __init__(self, app: Flask, host: str, token: str) -> None:
        self.client = app.test_client(use_cookies=False)
        self.host = host
        self.token = token

    def send(
        self, method: str, path: str, body: Any = None, *, host: str | None = None, **options: Any
    ) -> Any:
        """A request with the token; `body` is sent as JSON."""
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        if body is not None:
            options["json"] = body
        answer: TestResponse = self.client.open(
            path, method=method, base_url=f"http://{host or self.host}", headers=headers, **options
        )
        return answer

    def get(self, path: str, **options: Any) -> Any:
        """GET a path of the host."""
        return self.send("GET", path, **options)
