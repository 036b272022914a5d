"""Documents as PDF/A: our own Typst templates, filled with values, set in a process that can be killed.

    pdf = render_pdf("table.typ", {...}, title="Buku Induk Penduduk")
    pdf = render_pdf(Path(__file__).with_name("typst") / "family_card.typ", {...}, title="…", images={"logo": data})
    pdf = table_pdf("Daftar Penduduk", [PdfColumn("Nama", 24), …], rows)

A template begins with `#import "/siger.typ": *` and finds its values in `data`. See typst/siger.typ for page,
letterhead, tables and signatures.
"""

from __future__ import annotations

from app.core.documents.rendering import DocumentFailed, render_pdf, render_pictures
from app.core.documents.tables import DIRECT_ROWS, PDF, PdfColumn, table_pdf
from app.core.documents.village import Signer, head_signs, letterhead, logo_image, secretary_signs

__all__ = [
    "DIRECT_ROWS",
    "PDF",
    "DocumentFailed",
    "PdfColumn",
    "Signer",
    "head_signs",
    "letterhead",
    "logo_image",
    "render_pdf",
    "render_pictures",
    "secretary_signs",
    "table_pdf",
]
