"""Whether a letter is genuine: by the token in its QR code, or by the file itself."""

from __future__ import annotations

from app.government.letters.verification.tokens import verification_path, verification_url

__all__ = ["verification_path", "verification_url"]
