"""Rules that hold for all code, walked through once for all: nobody has to remember them.

The addresses of the house stand in urls.txt: taking one away breaks somebody's bookmark, so it shows in a review.
`KEEP_URLS=1 .venv/bin/pytest tests/core/test_guards.py` writes the list anew.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from werkzeug.routing import AnyConverter, IntegerConverter, Rule, UnicodeConverter, UUIDConverter

from app.core.blueprints import HOST_KIND
from app.core.permissions import permission
from app.extensions import PlatformModel, TenantModel
from tenants.bootstrap import alembic_config
from tenants.scope import Tenant
from tests.support.visitors import Visitor

ROOT = Path(__file__).resolve().parents[2]
URLS = Path(__file__).with_name("urls.txt")
# Asked by balancers and proxies, not by people: belongs to no audience.
WITHOUT_AUDIENCE = {"health.check", "health.host_is_ours"}
# Figures about the whole house for Prometheus: what they are asked with is the module's whole matter, no page of it.
COLLECTORS = {ROOT / "app" / "core" / "metrics.py"}
SAFE = {"GET", "HEAD", "OPTIONS"}
STANDS_FOR = {"uuid": "00000000-0000-7000-8000-000000000000", "int": "1"}
SHARED = HOST_KIND["shared"]
# Nothing that a member of staff could hold: a resident signed in with NIK and PIN, a screen paired in the hall.
OF_RESIDENTS = {"resident", "kiosk"}


def _rules(app: Flask) -> Iterator[Rule]:
    yield from app.url_map.iter_rules()


def _audience(app: Flask, rule: Rule) -> str | None:
    blueprint = app.blueprints.get(rule.endpoint.rpartition(".")[0])
    return getattr(blueprint, "audience", None)


def _permission(app: Flask, rule: Rule) -> str | None:
    return getattr(app.view_functions[rule.endpoint], "siger_permission", None)


def test_every_route_has_an_audience_and_is_bound_to_its_kind_of_host(app: Flask) -> None:
    wrong = [
        rule.endpoint
        for rule in _rules(app)
        if rule.endpoint not in WITHOUT_AUDIENCE
        and ((audience := _audience(app, rule)) is None or rule.subdomain != HOST_KIND[audience])
    ]
    assert not wrong


def test_every_route_states_a_permission_of_its_kind_of_host(app: Flask) -> None:
    wrong = []
    for rule in _rules(app):
        stated, audience = _permission(app, rule), _audience(app, rule)
        if stated in ("anonymous", "signed_in"):
            continue
        if stated in OF_RESIDENTS and audience == "resident":
            continue
        try:
            place = permission(stated or "").place
        except KeyError:
            place = None
        if place is None or place != audience:
            wrong.append((rule.endpoint, stated, audience))
    assert not wrong


def test_no_page_for_residents_asks_for_a_permission_of_staff(app: Flask) -> None:
    stated = {_permission(app, rule) for rule in _rules(app) if _audience(app, rule) == "resident"}
    assert stated <= OF_RESIDENTS | {"anonymous"}


def test_no_page_for_staff_is_open_to_everybody(app: Flask) -> None:
    open_pages = {
        rule.endpoint
        for rule in _rules(app)
        if _permission(app, rule) == "anonymous" and _audience(app, rule) in ("village", "province")
    }
    assert open_pages <= {"styleguide.show", "metrics.show", "api_village.village", "health.check"}


def test_every_id_in_an_address_is_typed(app: Flask) -> None:
    typed = (UUIDConverter, IntegerConverter, AnyConverter)
    wrong = []
    for rule in _rules(app):
        for name, converter in rule._converters.items():
            # A digest or a colour of fixed length is no id: it names nothing that could be counted up.
            fixed = isinstance(converter, UnicodeConverter) and name != "id" and not name.endswith("_id")
            bounded = fixed and "{1,}" not in converter.regex
            if not isinstance(converter, typed) and not bounded:
                wrong.append((rule.rule, name))
    assert not wrong


def _stand_in(rule: Rule, name: str) -> str:
    converter = rule._converters[name]
    if isinstance(converter, AnyConverter):
        return min(converter.items)
    return STANDS_FOR["int" if isinstance(converter, IntegerConverter) else "uuid"]


def test_every_unsafe_route_refuses_a_form_without_its_token(app: Flask, village: Tenant) -> None:
    hosts = {"village": f"{village.slug}.localhost", "province": "localhost"}
    open_routes = []
    for rule in _rules(app):
        methods = (rule.methods or set()) - SAFE
        if not methods or rule.rule.startswith("/api/v1/"):
            continue
        for kind in ("village", "province") if rule.subdomain == SHARED else (str(rule.subdomain),):
            values = {name: _stand_in(rule, name) for name in rule.arguments - {"host_kind"}}
            if rule.subdomain == SHARED:
                values["host_kind"] = kind
            path = app.url_map.bind("localhost", subdomain=kind).build(
                rule.endpoint, values, method=min(methods)
            )
            answer = Visitor(app, hosts[kind]).client.open(
                path, method=min(methods), base_url=f"http://{hosts[kind]}"
            )
            if answer.status_code != 400:
                open_routes.append((kind, rule.endpoint, answer.status_code))
    assert not open_routes


def test_every_unsafe_route_of_the_api_wants_a_bearer_token(app: Flask, village: Tenant) -> None:
    hosts = {"village": f"{village.slug}.localhost", "province": "localhost"}
    open_routes = []
    for rule in _rules(app):
        methods = (rule.methods or set()) - SAFE
        if not methods or not rule.rule.startswith("/api/v1/"):
            continue
        kind = str(rule.subdomain)
        values = {name: _stand_in(rule, name) for name in rule.arguments}
        path = app.url_map.bind("localhost", subdomain=kind).build(rule.endpoint, values, method=min(methods))
        answer = Visitor(app, hosts[kind]).client.open(
            path, method=min(methods), base_url=f"http://{hosts[kind]}"
        )
        if answer.status_code != 401:
            open_routes.append((rule.endpoint, answer.status_code))
    assert not open_routes


def test_the_addresses_are_those_of_the_list(app: Flask) -> None:
    present = {
        f"{'shared' if rule.subdomain == SHARED else rule.subdomain} {method} {rule.rule}"
        for rule in _rules(app)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    if os.environ.get("KEEP_URLS"):
        URLS.write_text("".join(f"{line}\n" for line in sorted(present)))
    kept = set(URLS.read_text().splitlines())
    assert not kept - present, "addresses that are gone"
    assert not present - kept, "new addresses: write the list anew, see the head of this file"


def test_every_model_names_its_table_and_its_schema() -> None:
    for base, schema in ((PlatformModel, "platform"), (TenantModel, None)):
        models = [mapper.class_ for mapper in base.registry.mappers if issubclass(mapper.class_, base)]
        assert models
        for model in models:
            assert "__tablename__" in vars(model), model
            assert model.__table__.schema == schema, model


@pytest.mark.parametrize("history", ["platform", "tenant"])
def test_a_history_has_one_head(history: str) -> None:
    assert len(ScriptDirectory.from_config(alembic_config(history)).get_heads()) == 1


def _has_a_route(path: Path) -> bool:
    """Whether a module binds a function to an address, whatever the module is called."""
    return any(
        isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Attribute)
        and decorator.func.attr in ("route", "get", "post", "put", "patch", "delete")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
    )


def _view_files() -> list[Path]:
    files = [
        path
        for path in (ROOT / "app").rglob("*.py")
        if path not in COLLECTORS
        and (
            path.name in ("views.py", "api.py") or path.parent.name in ("views", "api") or _has_a_route(path)
        )
    ]
    assert {"views.py", "work_views.py", "people_views.py", "api.py"} <= {path.name for path in files}
    return files


@pytest.mark.parametrize("path", _view_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_views_hold_no_sql_and_no_commit(path: Path) -> None:
    wrong = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute):
            name = node.attr
            if name == "commit" or (name == "session" and getattr(node.value, "id", "") == "db"):
                wrong.append(f"line {node.lineno}: .{name}")
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in (
            "select",
            "insert",
            "update",
            "delete",
        ):
            wrong.append(f"line {node.lineno}: {node.func.id}()")  # type: ignore[attr-defined]
    assert not wrong


def _is_service(path: Path) -> bool:
    """Services by name, and all of the accounts but what is counted for a request."""
    accounts = path.parent == ROOT / "app" / "core" / "accounts" and path.name != "limits.py"
    return accounts or path.name == "services.py" or path.parent.name == "services"


def test_services_never_look_at_the_request() -> None:
    wrong = []
    for path in (ROOT / "app").rglob("*.py"):
        if _is_service(path):
            for node in ast.walk(ast.parse(path.read_text())):
                names = {alias.name for alias in node.names} if isinstance(node, ast.ImportFrom) else set()
                if (
                    isinstance(node, ast.ImportFrom)
                    and node.module == "flask"
                    and names & {"request", "session"}
                ):
                    wrong.append(str(path.relative_to(ROOT)))
    assert not wrong


def test_no_source_file_is_longer_than_five_hundred_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for folder in ("app", "tenants", "tests")
        for path in (ROOT / folder).rglob("*.py")
        if "node_modules" not in path.parts and (count := len(path.read_text().splitlines())) > 500
    }
    assert not long
