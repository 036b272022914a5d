"""Which office decides, who sets that, and how offices are named and told."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.onboarding.applications.models import ApprovalRule
from tenants.scope import platform_scope
from tests.support.pipeline import set_level
from tests.support.visitors import Visitor

Officer = Callable[..., Visitor]


@pytest.fixture
def code(_codes: Iterator[str]) -> str:
    """The code of a village that nobody has used yet."""
    return next(_codes)


def level_at(app: SigerFlask, regency_code: str) -> int:
    """The level that is set for a kabupaten."""
    with app.app_context(), platform_scope():
        return db.session.get_one(ApprovalRule, regency_code).level


def test_what_the_province_keeps_for_itself_no_kabupaten_takes_back(
    app: SigerFlask, code: str, officer: Officer
) -> None:
    regency = code[:5]
    set_level(app, regency, 1)
    try:
        office = officer("regency_admin", regency)
        page = office.get("/pendaftaran/aturan").text
        assert "diatur oleh provinsi" in page
        assert "<option" not in page.partition("<tbody>")[2].partition("</tbody>")[0]
        answer = office.submit("/pendaftaran/aturan", {"region": regency, "level": "2"}, form="/pendaftaran")
        assert answer.status_code == 403
        assert "hanya diatur oleh provinsi" in answer.text
        assert level_at(app, regency) == 1
        above = officer("province_admin", "18")
        above.submit("/pendaftaran/aturan", {"region": regency, "level": "2"})
        assert level_at(app, regency) == 2
        page = office.get("/pendaftaran/aturan").text
        assert "Provinsi saja" not in page.partition("<tbody>")[2].partition("</tbody>")[0]
        assert office.submit("/pendaftaran/aturan", {"region": regency, "level": "1"}).status_code == 403
        assert office.submit("/pendaftaran/aturan", {"region": regency, "level": "3"}).status_code == 303
        assert level_at(app, regency) == 3
    finally:
        set_level(app, regency, 2)
