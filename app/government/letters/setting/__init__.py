"""A letter on paper: what it holds, set as PDF/A-2b or shown as pictures.

pdf = set_letter(LetterContent(letterhead(), "Surat Keterangan Domisili", "474/012/…", blocks, …), title="…")
"""

from __future__ import annotations

from app.government.letters.setting.content import LetterContent
from app.government.letters.setting.pages import preview_letter, set_letter

__all__ = ["LetterContent", "preview_letter", "set_letter"]
