"""What the register's services answer when they do not do what was asked (see also app.core.village.errors)."""

from __future__ import annotations

from collections.abc import Sequence

from app.government.residents.register.rules import Finding


class Refused(ValueError):
    """Something is wrong, or a warning was not accepted: `findings` say what, errors first."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(" ".join(str(finding.sentence) for finding in findings))
        self.findings = sorted(findings, key=lambda finding: not finding.is_error)

    @property
    def has_errors(self) -> bool:
        """Whether a note can't help: there is an error among the findings."""
        return any(finding.is_error for finding in self.findings)
