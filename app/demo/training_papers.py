"""Papers of the demo's trainings: documents, material that villages opened, certificates with their files."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence

from sqlalchemy import insert, update

from app.core.actors import Actor, acting_as
from app.demo.province_life import guide, officers_by_mailbox
from app.demo.training_life import Held
from app.extensions import db
from app.province.training.events import papers
from app.province.training.events.models import TrainingFile
from app.province.training.learning import certificates, making, materials
from app.province.training.learning.models import MaterialOpening
from tenants.models import now

LINES = {
    "document": (
        "Dasar: rencana kerja tahun berjalan.", "Waktu, tempat, dan penanggung jawab sebagaimana undangan.",
        "Perlengkapan: proyektor, pengeras suara, jaringan cadangan.", "Biaya dibebankan pada anggaran kegiatan.",
    ),
    "material": (
        "Masuk dengan surel dan kata sandi sendiri; jangan meminjamkan akun.",
        "Cari warga dengan nama atau NIK sebelum menambah yang baru.",
        "Surat: pilih jenisnya, pilih pemohon, periksa isian, terbitkan.",
        "Catat kelahiran, kematian, dan perpindahan pada hari yang sama.",
        "Bila terhenti, tekan Minta bantuan; pendamping menerima halaman yang sedang Anda buka.",
    ),
}  # fmt: skip
"""What stands in the papers, in numbered lines."""


def seed_papers(events: Sequence[Held]) -> int:
    """Give events that were just written their documents, material and certificates, inside a platform scope.

    Commits. Returns how many certificates were made.
    """
    officers = officers_by_mailbox()
    made = 0
    for held in events:
        actor = next(
            (one for one in officers.values() if one.region_code == held.story.office), officers["admin"]
        )
        with acting_as(actor):
            _papers(held)
            made += _certificates(held, actor)
    return made


def _papers(held: Held) -> None:
    office = held.story.office
    for purpose, titles in (("document", held.story.documents), ("material", held.story.material)):
        for title in titles:
            file = guide(title, LINES[purpose])
            if purpose == "document":
                row = papers.add_paper(held.event.id, file, title=title, office=office)
            else:
                row = materials.add(held.event.id, title, file, office=office)
                _openings(held, row)
            added = min(held.event.created_at + dt.timedelta(days=12), now() - dt.timedelta(days=1))
            db.session.execute(update(TrainingFile).where(TrainingFile.id == row.id).values(added_at=added))
            db.session.commit()


def _openings(held: Held, file: TrainingFile) -> None:
    chance = random.Random(f"{held.story.key}:{file.title}")
    since = held.sessions[0].starts_at
    days = max(1, min(60, (now() - since).days))
    found = [
        {
            "file_id": file.id, "tenant_id": row.id, "times": chance.choice((1, 1, 2, 2, 3, 5, 8)),
            "last_at": min(now() - dt.timedelta(hours=2), since + dt.timedelta(days=chance.uniform(0, days))),
        }
        for row, _ in held.villages
        if row.live_at is not None and chance.random() < 0.7
    ]  # fmt: skip
    if found:
        db.session.execute(insert(MaterialOpening), found)


def _certificates(held: Held, actor: Actor) -> int:
    """Certificates of the week after; one of them was issued under a wrong name and withdrawn."""
    if held.story.signer is None:
        return 0
    at = held.sessions[-1].ends_at + dt.timedelta(days=6)
    rule = certificates.Rule(attendance=75, passed=held.first.year > 2024)
    signer, office = certificates.CertificateSigner(*held.story.signer), held.story.office
    count, run_id = certificates.issue(held.event.id, rule, signer, office=office, at=at)
    if run_id is None:
        return 0
    making.make_all(held.event.id, str(run_id))
    if held.story.key == "kader":
        last, _ = certificates.certificates_of(held.event.id)
        certificates.revoke(
            held.event.id, last[-1].id, "Nama peserta tertukar dengan kader lain.", office=office
        )
    return count
