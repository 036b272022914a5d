"""Boundaries of regions and villages, as an operator imported them."""

import datetime as dt

from sqlalchemy import DateTime, Float, Index, Integer, LargeBinary, SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import PlatformModel
from tenants.models import now


class RegionBoundary(PlatformModel):
    """A region's outline, simplified together with its neighbours so that they leave no gaps (WGS 84)."""

    __tablename__ = "region_boundary"
    __table_args__ = (Index("ix_region_boundary_parent_code", "parent_code"),)

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    parent_code: Mapped[str] = mapped_column(Text)
    level: Mapped[int] = mapped_column(SmallInteger)
    """2 kabupaten/kota, 3 kecamatan, 4 village."""
    name: Mapped[str] = mapped_column(Text)
    outline: Mapped[bytes] = mapped_column(LargeBinary)
    """WKB of a MultiPolygon."""
    west: Mapped[float] = mapped_column(Float)
    south: Mapped[float] = mapped_column(Float)
    east: Mapped[float] = mapped_column(Float)
    north: Mapped[float] = mapped_column(Float)
    source: Mapped[str] = mapped_column(Text)
    """Name and SHA-256 of the file that it came from."""
    imported_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)


class RegionMap(PlatformModel):
    """Map data of a territory, drawn when boundaries were imported: the places of a level within it."""

    __tablename__ = "region_map"

    territory_code: Mapped[str] = mapped_column(Text, primary_key=True)
    level: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    """2 kabupaten/kota, 3 kecamatan, 4 villages."""
    stamp: Mapped[str] = mapped_column(Text)
    """Changes with the data; part of their address, so that browsers may keep them."""
    places: Mapped[int] = mapped_column(Integer)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    """GeoJSON, compressed with Brotli."""
