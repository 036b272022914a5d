"""The capability: what is sealed of signatures, and the words of its audit entries."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_actions, describe_fields, describe_values
from app.core.capabilities import Capability
from app.core.privacy.sealed import register_sealed
from app.core.signing.models import SigningKey, SigningRun

KINDS = {
    "demo": _l("Sertifikat percontohan"),
    "pkcs12": _l("Sertifikat yang diunggah"),
    "bsre": _l("Identitas BSrE"),
}

register_sealed(SigningKey)
register_sealed(SigningRun)
describe_actions(
    "village",
    {
        "signing_key.added": _l("menambah kunci tanda tangan"),
        "signing_key.retired": _l("menonaktifkan kunci tanda tangan"),
        "signing_key.relocked": _l("mengganti frasa sandi kunci tanda tangan"),
    },
)
describe_fields({"key_kind": _l("Jenis kunci"), "issuer": _l("Penerbit sertifikat")})
describe_values("key_kind", KINDS)

capability = Capability(name="signing", label=_l("Tanda tangan elektronik"), pillar="core")
