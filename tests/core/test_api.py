"""The API through the front door: documents, tokens, errors, limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app import create_app
from app.core.api.blueprints import READ_LIMIT
from app.core.api.reading import METHODS
from app.core.hosting import SigerFlask
from app.extensions import db, limiter
from tenants.scope import Tenant
from tests.support import servers
from tests.support.visitors import Visitor

Visit = Callable[[str], Visitor]


def operations(document: Any) -> Iterator[tuple[str, Any]]:
    for path, item in document["paths"].items():
        yield from ((f"{method} {path}", item[method]) for method in METHODS if method in item)


@pytest.fixture
def at_village(visit: Visit, village: Tenant) -> Visitor:
    return visit(f"{village.slug}.localhost")


def test_each_kind_of_host_documents_its_own_paths(province: Visitor, at_village: Visitor) -> None:
    above, below = province.get("/api/v1/openapi.json").json, at_village.get("/api/v1/openapi.json").json
    assert above is not None
    assert below is not None
    for document in (above, below):
        assert document["openapi"] == "3.1.0"
        assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert above["info"]["title"] != below["info"]["title"]
    names = [{operation["operationId"] for _where, operation in operations(d)} for d in (above, below)]
    assert names[0].isdisjoint(names[1])


def test_every_operation_says_what_it_does_and_what_it_needs(province: Visitor, at_village: Visitor) -> None:
    from app.core.permissions import permission

    for host in (province, at_village):
        document = host.get("/api/v1/openapi.json").json
        assert document is not None
        tags = {tag["name"] for tag in document["tags"]}
        for where, operation in operations(document):
            assert operation["summary"].endswith("."), where
            assert set(operation["tags"]) <= tags, where
            assert "default" in operation["responses"], where
            if operation["x-permission"] != "anonymous":
                assert permission(operation["x-permission"]).code, where
                assert operation["security"] == [{"bearer": []}], where


def test_documentation_is_a_page_that_reads_without_scripts(province: Visitor, at_village: Visitor) -> None:
    for host in (province, at_village):
        page = host.get("/api/v1/docs")
        assert page.status_code == 200
        assert "<script" not in page.text
        assert "style=" not in page.text
        document = host.get("/api/v1/openapi.json").json
        assert document is not None
        for path in document["paths"]:
            assert f"<code>{path}</code>" in page.text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nothing", 404),
        ("DELETE", "/api/v1/audit", 405),
        ("GET", "/api/v1/audit", 401),
        ("POST", "/api/v2/audit", 404),
    ],
)
def test_errors_are_problems(at_village: Visitor, method: str, path: str, status: int) -> None:
    answer = at_village.client.open(path, method=method, base_url=f"http://{at_village.host}")
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert answer.json is not None
    assert answer.json["status"] == status
    if status == 405:
        assert "GET" in answer.headers["Allow"]
    if status == 401:
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_hosts_that_lead_nowhere_answer_with_a_problem(visit: Visit) -> None:
    answer = visit("nobody-lives-here.localhost").get("/api/v1/audit")
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"


def test_bodies_over_the_limit_are_refused(app: SigerFlask, province: Visitor) -> None:
    answer = province.client.post(
        "/api/v1/audit", base_url="http://localhost", data=b"x" * (app.config["MAX_CONTENT_LENGTH"] + 1)
    )
    assert answer.status_code in (405, 413)
    assert answer.content_type == "application/problem+json"


@pytest.fixture
def limited(urls: servers.DatabaseUrls) -> Iterator[SigerFlask]:
    """An application that counts, beside the one of the other tests, which does not."""
    number = servers.worker_number()
    application = create_app(servers.settings_for(urls, number, f"w{number}_", rate_limits=True))
    yield application
    with application.app_context():
        limiter.reset()
        db.engine.dispose()
    limiter.enabled = False


def test_limits_are_counted_and_told(limited: SigerFlask) -> None:
    allowed = int(READ_LIMIT.split()[0])
    visitor = Visitor(limited, "localhost")
    first = visitor.get("/api/v1/audit")
    assert first.headers["X-RateLimit-Limit"] == str(allowed)
    answers = (visitor.get("/api/v1/audit") for _ in range(2 * allowed))
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.content_type == "application/problem+json"
    assert 0 < int(refused.headers["Retry-After"]) <= 61
