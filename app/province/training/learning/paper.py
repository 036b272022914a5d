"""Tests on paper: four orders of the same questions, and the key to all of them; PDF/A as all documents."""

from __future__ import annotations

from pathlib import Path

from flask_babel import force_locale
from flask_babel import gettext as _

from app.core.documents import render_pdf
from app.province.regions import frame_name
from app.province.training.events import words
from app.province.training.events.models import TrainingEvent
from app.province.training.learning import exams
from app.province.training.learning.exams import PACKAGES
from app.province.training.learning.models import TrainingTest
from app.province.training.learning.schemas import LETTERS

TEMPLATES = Path(__file__).with_name("typst")
NAMES = {"pre": "Pre-test", "post": "Post-test"}


def question_paper(event: TrainingEvent, test: TrainingTest, package: str) -> bytes:
    """One printed order of a test with the fields that a participant fills in. Raises DocumentFailed."""
    with force_locale("id"):
        title = f"{NAMES[test.phase]} {event.title}"
        data = {
            "paper": "a4",
            "footer": f"{title} · paket {package}",
            "heading": NAMES[test.phase],
            "event": event.title,
            "about": f"{words.days(event.starts_on, event.ends_on)} · {frame_name(event.region_code)}",
            "package": package,
            "draft": exams.state_of(test) == "draft",
            "fields": [str(_("Nama")), str(_("Desa/kelurahan")), str(_("Jabatan"))],
            "how": str(_("Pilih satu jawaban untuk setiap soal: beri tanda silang pada hurufnya.")),
            "questions": [
                {
                    "words": question.words,
                    "choices": [
                        [letter, choice.text]
                        for letter, choice in zip(LETTERS, question.choices, strict=False)
                    ],
                }
                for question in exams.shown(test, package)
            ],
        }
        return render_pdf(TEMPLATES / "paper.typ", data, title=title)


def answer_key(event: TrainingEvent, test: TrainingTest) -> bytes:
    """The right letters of all printed orders, for who looks at the papers. Raises DocumentFailed."""
    with force_locale("id"):
        title = f"Kunci {NAMES[test.phase]} {event.title}"
        keys = {package: key_of(test, package) for package in PACKAGES}
        data = {
            "paper": "a4",
            "footer": title,
            "heading": f"Kunci {NAMES[test.phase]}",
            "event": event.title,
            "about": f"{words.days(event.starts_on, event.ends_on)} · {frame_name(event.region_code)}",
            "draft": exams.state_of(test) == "draft",
            "packages": list(PACKAGES),
            "rows": [
                [str(number + 1), *(keys[package][number] for package in PACKAGES)]
                for number in range(len(test.questions))
            ],
            "columns": [{"width": 10.0, "align": "center"} for _column in range(len(PACKAGES) + 1)],
        }
        return render_pdf(TEMPLATES / "key.typ", data, title=title)


def key_of(test: TrainingTest, package: str) -> str:
    """The right letters of a printed order, one for each question as printed."""
    return "".join(
        LETTERS[next(at for at, choice in enumerate(question.choices) if choice.place == question.right)]
        for question in exams.shown(test, package)
    )
