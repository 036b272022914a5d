"""Routes state their audience once, and by it the kind of host that serves them.

A rule's "subdomain" is used as a routing namespace: `village` for the hosts of villages, `province` for the base host.
Shared rules (signing in, one's account, the API) hold on both and take the namespace of the present host.
"""

from __future__ import annotations

from typing import Any, Literal

from flask import Blueprint

Audience = Literal["public", "resident", "village", "province", "open", "shared"]

HOST_KIND: dict[str, str] = {
    "public": "village",
    "resident": "village",
    "village": "village",
    "province": "province",
    "open": "province",
    "shared": "<any(village, province):host_kind>",
}


class AudienceBlueprint(Blueprint):
    """A blueprint that says for whom it is: `public`, `resident` or `village` (a village's hosts), `province` (its
    officers) or `open` (everybody, on the province's host), or `shared`."""

    def __init__(self, name: str, import_name: str, *, audience: Audience, **options: Any) -> None:
        options.setdefault("template_folder", "templates")
        super().__init__(name, import_name, subdomain=HOST_KIND[audience], **options)
        self.audience = audience
