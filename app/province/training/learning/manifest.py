"""The capability: tests, material, evaluations, certificates, and a person's record of training."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_actions, describe_fields
from app.core.capabilities import Capability
from app.province.training.learning import (
    certificate_views,
    exam_views,
    jobs,
    material_views,
    record_views,
    sections,
)
from app.province.training.learning.api import learning_api, village_learning_api
from app.province.training.learning.own_views import blueprint as own_pages
from app.province.training.learning.views import pages
from app.province.training.learning.village_views import blueprint as village_pages
from app.province.training.tabs import EventTab, add_tab

__all__ = ["capability", "certificate_views", "exam_views", "jobs", "material_views", "record_views"]

add_tab(
    EventTab(
        _l("Belajar"),
        "training_learning.learning",
        "training.view",
        50,
        also=(
            "training_learning.exam",
            "training_learning.choosing",
            "training_learning.choose",
            "training_learning.open_exam",
            "training_learning.papers",
            "training_learning.enter_papers",
            "training_learning.material_list",
            "training_learning.add_material",
            "training_learning.remove_material",
            "training_learning.evaluation_results",
        ),
    )
)
add_tab(
    EventTab(
        _l("Sertifikat"),
        "training_learning.certificate_list",
        "training.view",
        60,
        also=("training_learning.issue", "training_learning.revoke"),
    )
)
sections.add_sections()

describe_actions(
    "province",
    {
        "training_question.added": _l("menambah soal pelatihan"),
        "training_question.changed": _l("mengubah soal pelatihan"),
        "training_question.retired": _l("menonaktifkan soal pelatihan"),
        "training_question.returned": _l("memakai lagi soal pelatihan"),
        "training_test.chosen": _l("memilih soal tes pelatihan"),
        "training_test.opened": _l("membuka tes pelatihan"),
        "training_test.closed": _l("menutup tes pelatihan"),
        "training_answers.replaced": _l("mengganti jawaban tes kertas"),
        "training_material.added": _l("menambah materi pelatihan"),
        "training_material.removed": _l("menghapus materi pelatihan"),
        "training_certificates.issued": _l("menerbitkan sertifikat pelatihan"),
        "training_certificate.revoked": _l("mencabut sertifikat pelatihan"),
    },
)
describe_fields(
    {
        "phase": _l("Tes"),
        "pillar": _l("Pilar"),
        "questions": _l("Soal"),
        "opens_at": _l("Dibuka"),
        "participant": _l("Peserta"),
        "event": _l("Kegiatan"),
        "first": _l("Nomor pertama"),
        "format": _l("Bentuk"),
    }
)

capability = Capability(
    name="training_learning",
    label=_l("Belajar"),
    pillar="province",
    blueprints=(pages, own_pages, village_pages),
    api_blueprints=(learning_api, village_learning_api),
)
