"""The pages of accounts: signing in, one's own account, a village's people, officers, support visits."""

from __future__ import annotations

from app.core.accounts.views import officers, own_account, sign_in, village_people, visits

BLUEPRINTS = (
    sign_in.blueprint,
    own_account.blueprint,
    village_people.blueprint,
    visits.blueprint,
    officers.blueprint,
)
