"""What the platform keeps of a village beside its schema, and forgets with it: copies, archives, who applied, who was
invited or stood in a workbook, who set it up, who was to lead it, who had an account. Each step is safe to repeat.

The rows of applications, invitations, workbooks and splits stay, since the province counts them; who it was and papers
go.
"""

from __future__ import annotations

import datetime as dt
import uuid

import redis
from sqlalchemy import ColumnElement, Text, cast, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from app.core.accounts.models import Account, Membership, SupportVisit
from app.core.files.services import discard_file
from app.core.files.storage import delete_object
from app.extensions import db
from app.province.archives.models import VillageArchive
from app.province.archives.services import object_path as archive_path
from app.province.copies import retention
from app.province.life.models import OPEN_STATES, VillageDeed
from app.province.onboarding.applications.models import Application
from app.province.onboarding.bulk.forgetting import forget_contacts
from app.province.onboarding.bulk.models import BulkRow
from app.province.onboarding.invitations.models import OnboardingInvitation
from app.province.onboarding.setup.models import VillageSetup
from tenants.cache import cache
from tenants.keys import key_of
from tenants.models import now

NOBODY = {"applicant_name": "", "applicant_title": "", "phone": "", "email": "", "answers": {}}

ACCOUNTS_KEPT = dt.timedelta(days=1)
"""So long the last letter has time to go out."""

ACTING_HEAD = ("acting_name", "acting_email")
"""Who the acting head of a split's new village is; afterwards the village itself knows its officials."""

ACTING_HEAD_KEPT = dt.timedelta(days=180)
"""So long after a split was done, or came to nothing: as long as who applied and who was invited."""


def forget_acting_heads() -> int:
    """Forget who was to lead the new villages of splits that were over half a year ago; returns of how many splits.

    Inside a platform scope; commits. Safe to repeat.
    """
    ended_at = func.coalesce(VillageDeed.finished_at, VillageDeed.created_at)
    forgotten = _forget_acting(ended_at < now() - ACTING_HEAD_KEPT)
    db.session.commit()
    return forgotten


def _forget_acting(which: ColumnElement[bool]) -> int:
    is_over = VillageDeed.kind == "split", VillageDeed.state.not_in(OPEN_STATES)
    names = cast(list(ACTING_HEAD), ARRAY(Text))
    done = (
        update(VillageDeed)
        .where(which, *is_over, VillageDeed.plan.has_any(names))
        .values(plan=VillageDeed.plan.op("-")(names))
        .returning(VillageDeed.id)
        .execution_options(synchronize_session=False)
    )
    return len(db.session.scalars(done).all())


def forget_accounts() -> int:
    """Forget accounts of villages that were deleted a day ago, but those that work elsewhere too; returns how many.

    Inside a platform scope; commits. Safe to repeat.
    """
    query = (
        select(VillageDeed)
        .where(VillageDeed.kind == "deletion", VillageDeed.state == "done")
        .where(VillageDeed.finished_at < now() - ACCOUNTS_KEPT, VillageDeed.result.has_key("accounts"))
        .with_for_update(skip_locked=True)
    )
    forgotten = 0
    for deed in db.session.scalars(query).all():
        ids = [uuid.UUID(key) for key in deed.result["accounts"]]
        works = exists().where(Membership.account_id == Account.id)
        visits = exists().where(SupportVisit.account_id == Account.id)
        gone = delete(Account).where(Account.id.in_(ids), ~works, ~visits).returning(Account.id)
        forgotten += len(db.session.scalars(gone).all())
        deed.result = {name: value for name, value in deed.result.items() if name != "accounts"}
    db.session.commit()
    return forgotten


def forget_beside(tenant_id: uuid.UUID) -> None:
    """Forget it all. Inside a platform scope; commits. Raises StorageAway, CacheAway."""
    cache.ask(lambda client: _forget_keys(client, tenant_id))
    retention.forget_village(tenant_id)
    _forget_archives(tenant_id)
    _forget_people(tenant_id)


def _forget_keys(client: redis.Redis, tenant_id: uuid.UUID) -> None:
    keys = list(client.scan_iter(match=key_of(tenant_id, "*"), count=500))
    if keys:
        client.delete(*keys)


def _forget_archives(tenant_id: uuid.UUID) -> None:
    rows = db.session.scalars(select(VillageArchive).where(VillageArchive.tenant_id == tenant_id)).all()
    for row in rows:
        delete_object(archive_path(row.id))
        row.state, row.box = "expired", None
    db.session.commit()


def _forget_people(tenant_id: uuid.UUID) -> None:
    for row in db.session.scalars(select(Application).where(Application.tenant_id == tenant_id)):
        discard_file(row.letter_file_id)
        row.letter_file_id = None
    db.session.execute(update(Application).where(Application.tenant_id == tenant_id).values(NOBODY))
    invited = {"contact_name": "", "email": "", "phone": ""}
    db.session.execute(
        update(OnboardingInvitation).where(OnboardingInvitation.tenant_id == tenant_id).values(invited)
    )
    forget_contacts(BulkRow.tenant_id == tenant_id)
    _forget_acting((VillageDeed.tenant_id == tenant_id) | (VillageDeed.other_tenant_id == tenant_id))
    db.session.execute(delete(VillageSetup).where(VillageSetup.tenant_id == tenant_id))
    db.session.commit()
