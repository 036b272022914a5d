"""Whatever is sent to the API, it answers as its own document says, and never with a 500 (schemathesis)."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from app.core.accounts.api_tokens import make_token
from app.core.accounts.loading import build_actor
from app.core.hosting import SigerFlask
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.support.people import make_account

EXAMPLES = 25

FORGIVING = ("positive_data_acceptance", "negative_data_rejection")
"""Not asked of writes: rules of the house (one head at a time) refuse what a schema allows, and our fields tidy up
what a stricter one would refuse."""

load_all_checks()


@pytest.fixture
def hosts(app: SigerFlask, village: Tenant) -> dict[str, tuple[str, str]]:
    """For each kind of host: its address, and a token that may do everything there."""
    above = make_account(app, role="regency_admin", region=village.regency_code)
    below = make_account(app, role="secretary", tenant=village)
    with app.app_context():
        with platform_scope():
            officer = build_actor(above.id, None)
            staff = build_actor(below.id, village.id)
            assert officer is not None
            assert staff is not None
            officer_token = make_token(officer, name="uji", scopes=officer.permissions, days=30)
        with tenant_scope(village):
            staff_token = make_token(staff, name="uji", scopes=staff.permissions, days=30)
    return {
        "province": ("http://localhost", officer_token.text),
        "village": (f"http://{village.slug}.localhost", staff_token.text),
    }


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["valid", "invalid"])
@pytest.mark.parametrize("kind", ["province", "village"])
def test_answers_are_what_the_document_says(
    app: SigerFlask, hosts: dict[str, tuple[str, str]], kind: str, mode: GenerationMode
) -> None:
    origin, token = hosts[kind]
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app, base_url=origin)
    asked = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        takes = {parameter.location.value for parameter in operation.iter_parameters()} | (
            {"body"} if operation.body else set()
        )
        if mode is GenerationMode.POSITIVE or takes & {"path", "query", "body"}:
            ask(operation, mode, origin, {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"})
            asked += 1
    assert asked > 3


def ask(
    operation: schemathesis.APIOperation, mode: GenerationMode, origin: str, headers: dict[str, str]
) -> None:
    everything = CHECKS.get_all()
    is_read = operation.method.upper() == "GET"
    checks = [check for check in everything if is_read or check.__name__ not in FORGIVING]

    @seed(1)
    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode, headers=headers))
    def one(case: schemathesis.Case) -> None:
        case.call_and_validate(base_url=origin, headers=headers, checks=checks)

    one()
