"""Administrative regions of Indonesia by Kemendagri code, as far as this deployment needs them."""

from sqlalchemy import Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import PlatformModel


class Region(PlatformModel):
    """A province, kabupaten/kota, kecamatan or village, by its dotted code."""

    __tablename__ = "region"
    __table_args__ = (Index("ix_region_parent_code", "parent_code"), {"info": {"village": ("SELECT",)}})

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    parent_code: Mapped[str | None] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    level: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(Text)
    postal_code: Mapped[str | None] = mapped_column(Text)
