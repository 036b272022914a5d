"""The one row in which a village keeps the state of its sealed records."""

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, SmallInteger, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import TenantModel


class VillageState(TenantModel):
    """Which key seals this village's personal data, how long it is kept (`settings`), and a number that every change
    to its register raises, with a random stamp of that change in `settings`.

    Who seals holds the row with FOR KEY SHARE, a change of key with FOR UPDATE: nothing is sealed with a key that has
    just been left behind. Who changes the register holds it FOR NO KEY UPDATE, so a village's deeds come one by one.
    """

    __tablename__ = "village_state"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False, default=1)
    key_id: Mapped[str] = mapped_column(Text)
    rotated_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    register_version: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
