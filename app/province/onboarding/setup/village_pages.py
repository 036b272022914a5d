"""What every page of the set-up shows: which step of how many, how long it takes still, and where it goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Response, current_app, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from app.core.actors import Actor
from app.core.blueprints import AudienceBlueprint
from app.core.capabilities import is_resident_service
from app.core.notifications.people import members
from app.core.public_pages import show_to_staff_alone
from app.core.ui.errors import village_not_open
from app.core.village.setup import SetupStep, look_around, minutes_left, setup_progress, setup_steps
from app.province.onboarding.setup.words import STEP_WORDS
from tenants.models import TenantState
from tenants.scope import current_tenant_or_none

pages = AudienceBlueprint("setup", __name__, audience="village", url_prefix="/persiapan")


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the present village is, for somebody who acts."""

    steps: list[SetupStep]
    actor: Actor

    @property
    def progress(self) -> tuple[int, int]:
        """Steps done, of how many."""
        return setup_progress(self.steps)

    @property
    def minutes(self) -> int:
        """Minutes that are left, about."""
        return minutes_left(self.steps)

    @property
    def has_opened(self) -> bool:
        """Whether the village opened by its last step, so that its first week is known."""
        last = self.step("live")
        return last.is_done and last.mark is not None

    def step(self, key: str) -> SetupStep:
        """One step."""
        return next(step for step in self.steps if step.key == key)

    def number(self, key: str) -> int:
        """Which step it is, from 1."""
        return 1 + next(at for at, step in enumerate(self.steps) if step.key == key)

    def following(self, after: str | None = None) -> SetupStep | None:
        """The next step that is open and theirs, from the one after `after` on; then what was put off."""
        keys = [step.key for step in self.steps]
        begin = keys.index(after) + 1 if after else 0
        mine = [step for step in self.steps if not step.is_done and self.actor.may(step.permission)]
        open_ones = [step for step in mine if not step.is_skipped]
        later = [step for step in open_ones if keys.index(step.key) >= begin]
        return next(iter([*later, *open_ones, *mine]), None)


def standing(actor: Actor) -> Standing:
    """Read how far the present village is: two selects."""
    return Standing(setup_steps(look_around()), actor)


def go_on(actor: Actor, after: str) -> AnyResponse:
    """To the next open step, else to the overview."""
    found = standing(actor).following(after)
    return redirect(url_for(found.endpoint) if found else url_for("setup.index"), 303)


def step_page(key: str, actor: Actor, status: int = 200, **context: Any) -> Response:
    """A step's page; who may not do it reads who may."""
    here = standing(actor)
    step = here.step(key)
    if not actor.may(step.permission):
        people = [one.name for one in members() if step.permission in one.role.permissions]
        page = render_template("setup/not_yours.html", **_frame(here, step), people=people)
        return make_response(page)
    return make_response(render_template(f"setup/{key}.html", **_frame(here, step), **context), status)


def _frame(here: Standing, step: SetupStep) -> dict[str, Any]:
    done, total = here.progress
    return {
        "step": step,
        "here": here,
        "heading": str(step.label),
        "line": _(
            "Langkah %(number)s dari %(total)s · sekitar %(minutes)s menit lagi",
            number=here.number(step.key), total=total, minutes=here.minutes,
        ),
        "done": done,
        "total": total,
        "step_words": STEP_WORDS,
    }  # fmt: skip


@pages.before_app_request
def closed_until_live() -> Response | None:
    """Residents' services open when the village goes live; before, only its staff, signed in, try them."""
    tenant = current_tenant_or_none()
    if tenant is None or tenant.state != TenantState.PROVISIONED:
        return None
    if not is_resident_service(request.blueprint):
        return None
    if current_user.is_authenticated and current_user.may("village.view"):
        show_to_staff_alone()
        return None
    return village_not_open(tenant)


@pages.app_context_processor
def offer() -> dict[str, Any]:
    """The notice above every page of staff while the village is being set up."""
    tenant = current_tenant_or_none()
    if tenant is None or tenant.state != TenantState.PROVISIONED or request.blueprint in (None, pages.name):
        return {}
    blueprint = current_app.blueprints.get(request.blueprint or "")
    if not isinstance(blueprint, AudienceBlueprint) or blueprint.audience not in ("village", "shared"):
        return {}
    if not current_user.is_authenticated or not current_user.may("village.view"):
        return {}
    return {
        "shell_notice": {
            "text": _("%(village)s sedang disiapkan dan belum dibuka untuk umum.", village=tenant.full_name),
            "tone": "info",
            "action": {"label": _("Lanjutkan persiapan"), "url": url_for("setup.index")},
        }
    }  # fmt: skip
