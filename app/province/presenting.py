"""How the province's screens name states, runs and regions: words and tones that several pages share."""

from __future__ import annotations

import datetime as dt
from typing import Any

from babel.dates import format_date
from flask import url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.ui.formats import number, percent
from app.province import states
from app.province.attention import Found, Reason
from app.province.regions import PROVINCE, REGENCY, Territory, frame_name
from app.province.services import PROVISION_MANY, PROVISION_ONE
from tenants.models import PlatformJobRun, now

LONG_WAIT = dt.timedelta(seconds=10)


def state_tag(state: str) -> dict[str, str]:
    """A state's name and the tone of its tag."""
    said = states.words(state)
    return {"label": str(said.label), "tone": said.tone}


def state_meaning(state: str) -> str:
    """What a state means, in a sentence."""
    return str(states.words(state).meaning)


def software_tag(software: str) -> dict[str, str]:
    """The mark of a village that runs other software."""
    return {"label": str(_("Sistem lain: %(name)s", name=software)), "tone": "info"}


def run_tag(state: str) -> dict[str, str]:
    """The name and tone of a run's state."""
    label, tone = {
        "queued": (_("Menunggu giliran"), "neutral"),
        "running": (_("Berjalan"), "info"),
        "done": (_("Selesai"), "success"),
        "failed": (_("Ada yang gagal"), "error"),
    }[state]
    return {"label": label, "tone": tone}


def run_title(run: PlatformJobRun) -> str:
    """What a run does, with what it does it to.

    Runs that nobody asked for, and those whose label only names a village, are named here, in the reader's language.
    """
    title = _RUN_TITLES.get(run.name)
    return str(title) % {"what": run.label} if title is not None else run.label


_RUN_TITLES: dict[str, object] = {
    PROVISION_ONE: _l("Menyiapkan %(what)s"),
    PROVISION_MANY: _l("Menyiapkan %(what)s"),
    "onboarding.provision": _l("Menyiapkan %(what)s"),
    "announcements.deliver": _l("Pengumuman: %(what)s"),
    "announcements.remind": _l("Pengingat pengumuman: %(what)s"),
    "archives.make": _l("Arsip %(what)s"),
    "life.count": _l("Menghitung pemekaran atau penggabungan %(what)s"),
    "life.carry_out": _l("Pemekaran atau penggabungan %(what)s"),
    "copies.of_night": _l("Salinan malam semua desa"),
    "indicators.refresh": _l("Angka semua desa"),
    "indicators.roll_up_months": _l("Angka per wilayah"),
    "notifications.daily": _l("Ringkasan pagi"),
    "letters.tidy": _l("Penandatanganan surat yang sudah lewat"),
    "selfservice.forget_drafts": _l("Konsep permohonan warga yang lama"),
    "selfservice.keep": _l("Akun layanan mandiri"),
    "residents.retain": _l("Masa simpan data penduduk"),
}
"""Name of a job → what its runs are called."""


def provisioning_patience(run: PlatformJobRun) -> str:
    """How long a village's schema still takes; one that waits long lost its worker, and is taken up by itself."""
    if now() - run.created_at < LONG_WAIT:
        return str(_("Biasanya selesai dalam satu detik."))
    return str(
        _(
            "Lebih lama dari biasanya. Penyiapan diteruskan sendiri, paling lama dalam dua menit; tidak perlu diulang."
        )
    )


REASON_TONES = {
    Reason.DORMANT: "error",
    Reason.STUCK: "warning",
    Reason.SILENT: "error",
    Reason.FALLEN: "warning",
    Reason.PROMISE: "warning",
    Reason.FAILING: "neutral",
}


def reason_tag(found: Found) -> dict[str, str]:
    """Why a village needs help, with its number, and the tone of its tag."""
    return {"label": reason_words(found), "tone": REASON_TONES[found.reason]}


def reason_words(found: Found) -> str:
    """Why a village needs help, with its number."""
    days, amount = number(found.days), found.amount or 0
    match found.reason:
        case Reason.DORMANT:
            return str(_("Diam %(days)s hari", days=days))
        case Reason.STUCK:
            return str(_("Penyiapan terhenti %(days)s hari", days=days))
        case Reason.SILENT if found.since is None:
            return str(_("Berbulan-bulan tanpa angka"))
        case Reason.SILENT:
            return str(_("Tidak mengirim angka %(days)s hari", days=days))
        case Reason.FALLEN:
            return str(_("Indeks kesiapan turun %(points)s poin", points=number(round(amount))))
        case Reason.PROMISE:
            return str(_("Hanya %(share)s surat sesuai janji", share=percent(amount)))
    return str(_("%(count)s angka gagal dihitung", count=number(round(amount))))


REASON_LABELS: dict[Reason, object] = {
    Reason.DORMANT: _l("Diam 30 hari"),
    Reason.STUCK: _l("Penyiapan terhenti"),
    Reason.SILENT: _l("Tidak mengirim angka"),
    Reason.FALLEN: _l("Indeks turun"),
    Reason.PROMISE: _l("Janji layanan meleset"),
    Reason.FAILING: _l("Angka gagal dihitung"),
}


def reason_label(reason: Reason) -> str:
    """A reason's name, for filters and headings."""
    return str(REASON_LABELS[reason])


def reason_meaning(reason: Reason) -> str:
    """When a reason holds, in a sentence."""
    return str(
        {
            Reason.DORMANT: _("Tiga puluh hari tanpa kerja perangkat."),
            Reason.STUCK: _("Disiapkan lebih dari empat belas hari lalu, tetapi langkahnya belum selesai."),
            Reason.SILENT: _("Memakai sistem lain dan tidak mengirim angka selama 35 hari."),
            Reason.FALLEN: _("Indeks kesiapan turun sepuluh poin atau lebih dibanding tiga bulan lalu."),
            Reason.PROMISE: _("Kurang dari separuh surat bulan ini selesai dalam waktu yang dijanjikan."),
            Reason.FAILING: _("Ada angka desa yang tidak berhasil dihitung; angka lainnya tetap jalan."),
        }[reason]
    )


def short_month(first: dt.date) -> str:
    """A month on an axis: `Nov 2026`."""
    return str(format_date(first, "MMM y", locale=get_locale()))


def short_name(name: str) -> str:
    """A kabupaten's or city's name without its word."""
    return name.removeprefix("Kabupaten ").removeprefix("Kota ").removeprefix("Kecamatan ")


def level_below(territory: Territory) -> str:
    """What the parts of a territory are called."""
    return str({PROVINCE: _("Kabupaten/kota"), REGENCY: _("Kecamatan")}.get(territory.level, _("Desa")))


def region_url(code: str, own: str) -> str:
    """The overview of a region; that of the account's own has the shortest address."""
    return url_for("province.index") if code == own else url_for("province.region", code=code)


def trail(code: str, own: str) -> list[dict[str, Any]]:
    """The way from the account's own region down to a region: links to each level's overview."""
    parts = code.split(".")
    codes = [".".join(parts[:length]) for length in range(1, len(parts) + 1)]
    return [
        {"label": frame_name(one), "url": region_url(one, own)}
        for one in codes
        if one == own or one.startswith(f"{own}.")
    ]


def list_place(here: Territory, own: str) -> dict[str, str]:
    """What narrows the list of villages to a region, as its query string."""
    if here.code == own:
        return {}
    return {"kab" if here.level == REGENCY else "kec": here.code}


def long_month(first: dt.date) -> str:
    """A month as a heading: `November 2026`."""
    return str(format_date(first, "MMMM y", locale=get_locale()))
