"""What can go wrong in the tenancy engine, as exceptions that say so."""

from __future__ import annotations


class TenancyError(Exception):
    """Base of all errors of the engine."""


class NoTenantScope(TenancyError):
    """Data was asked for outside of a scope. Raised before any SQL is sent."""


class UnknownTenant(TenancyError):
    """No village has this id, code or slug."""


class NotProvisioned(TenancyError):
    """The village is registered but has no schema yet."""


class ProvisioningFailed(TenancyError):
    """A village's schema could not be made; nothing of it stays behind."""


class MigrationFailed(TenancyError):
    """A revision could not be applied to a schema; that schema is as it was before."""


class JobMisplaced(TenancyError):
    """A job of the platform was asked for by a village, or the other way round; it does not run."""


class QueueUnavailable(TenancyError):
    """The job queue cannot be reached now; what was asked stays in the outbox and is sent later."""


class CopyFailed(TenancyError):
    """A village's tables could not be copied out or in; the message says which."""
