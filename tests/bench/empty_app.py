"""The least that Flask can do, to be served by the same gunicorn: what the village's pages are measured against."""

from __future__ import annotations

from flask import Flask

app = Flask(__name__, static_folder=None)


@app.get("/")
def empty() -> str:
    """Nothing to do."""
    return "ok\n"


@app.get("/health")
def health() -> str:
    """What the benchmark waits for."""
    return "ok\n"
