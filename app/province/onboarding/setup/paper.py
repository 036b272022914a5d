"""The poster with the village's address as a QR code, to hang up and hand out."""

from __future__ import annotations

from pathlib import Path

from flask_babel import force_locale

from app.core.documents import letterhead, logo_image, render_pdf
from app.core.documents.qr import qr_svg
from app.core.links import host_of, host_origin
from tenants.scope import current_tenant

TEMPLATE = Path(__file__).with_name("typst") / "poster.typ"


def poster_pdf() -> bytes:
    """The poster of the present village, A4. Raises DocumentFailed."""
    tenant = current_tenant()
    address = host_origin(host_of(tenant))
    images: dict[str, bytes | str] = {"qr": qr_svg(f"{address}/"), **logo_image()}
    with force_locale("id"):
        data = {
            "paper": "a4",
            "letterhead": letterhead(),
            "village": tenant.full_name,
            "address": address.partition("://")[2],
            "footer": tenant.full_name,
        }
    return render_pdf(TEMPLATE, data, title=f"Poster {tenant.full_name}", images=images)
