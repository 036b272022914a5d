"""Names of Lampung's peoples, to be put together at random: parts are common, every person is invented.

Lampung was settled from all of the archipelago; the shares of the peoples are rounded after the census of 2010 (BPS,
"Kewarganegaraan, Suku Bangsa, Agama, dan Bahasa Sehari-hari Penduduk Indonesia").
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class People:
    """A people: its share of the province, religions (code → weight), and what its names are made of.

    `old` are first names of those born before about 1975, `young` of later ones; men's before women's. `last` are
    second names, `clans` (men and women alike) are inherited from the father and replace them.
    """

    name: str
    share: float
    religions: tuple[tuple[int, float], ...]
    old: tuple[tuple[str, ...], tuple[str, ...]]
    young: tuple[tuple[str, ...], tuple[str, ...]]
    last: tuple[tuple[str, ...], tuple[str, ...]]
    clans: tuple[str, ...] = ()
    single: float = 0.25


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_MODERN_MEN = _words(
    "AHMAD MUHAMMAD RIZKY ADITYA BAYU DIMAS FAJAR GALIH HENDRA ILHAM JOKO KEVIN LUTFI NAUFAL RAFI RENDI SATRIA TEGUH "
    "WAHYU YOGA ZIDAN ARIF BAGUS DANI EKO FERI GILANG HAFIZ IRFAN JEFRI KRISNA REZA ANDI DEDI RUDI AGUS BUDI DWI TRI "
    "FAIZ FATHAN AZKA ALFIAN BIMA DAFFA RIDHO RANGGA REYHAN RIFKI SEPTIAN TAUFIK YUSUF"
)
_MODERN_WOMEN = _words(
    "AULIA ANISA BELLA CITRA DEWI ELSA FITRI GITA HANA INDAH JIHAN KHOIRUNNISA LAILA MAYA NABILA OKTAVIA PUTRI RANI "
    "SALSABILA TIARA VINA WULAN YULIA ZAHRA AYU BUNGA CAHAYA DIAN EKA FEBRI HESTI INTAN KARTIKA LESTARI MELATI NADIA "
    "NUR RATNA RINA SARI SEPTI SISKA SRI TRI WIDYA YUNI ALYA NAYLA SYIFA KEYSHA ADELIA DESI"
)
_SECOND_MEN = _words(
    "PRATAMA SAPUTRA WIJAYA NUGROHO KURNIAWAN SETIAWAN RAMADHAN HIDAYAT FIRMANSYAH MAULANA PRASETYO WIBOWO SANTOSO "
    "SUSANTO GUNAWAN IRAWAN PERMANA SANJAYA SYAHPUTRA FAUZI ANWAR RAHMAN HAKIM ABDILLAH ALFARIZI ARDIANSYAH BUDIMAN "
    "CAHYONO DARMAWAN EFENDI FERDIANSYAH HARYANTO HERMAWAN KUSUMA MAHENDRA PAMUNGKAS PANGESTU PURNOMO UTOMO YULIANTO"
)
_SECOND_WOMEN = _words(
    "PUTRI SARI LESTARI RAHMAWATI ANGGRAINI PERMATASARI WULANDARI HANDAYANI SAFITRI UTAMI NINGSIH SUSANTI OKTAVIANI "
    "MAHARANI PUSPITASARI KUSUMAWATI AMELIA AZZAHRA FEBRIANI HIDAYATI HASANAH KHASANAH KUMALASARI MARLINA NURAINI "
    "NOVITASARI PRATIWI RAHAYU RAMADHANI SETIAWATI SULISTIAWATI WAHYUNI WIDYAWATI YULIANTI NURJANAH FADILAH CAHYANI"
)

JAWA = People(
    "Jawa",
    62.0,
    ((1, 97.2), (2, 1.2), (3, 1.3), (4, 0.2), (5, 0.1)),
    (
        _words(
            "SLAMET SUTRISNO SUKIMAN TUKIMIN PONIMIN WAGIMAN PAIMIN NGATIMAN SUPARMAN SUWARNO SUYATNO MULYONO SUGENG "
            "SARJONO MARSUDI KATIMAN TUGIMAN SUMARNO SUKARDI SUPRIYADI BAMBANG JUMADI KASIMAN LEGIMAN MISDI NGADIMIN "
            "PARMIN RUSDI SADIMAN SAIMIN SAMINGAN SUDARMAN SUHARTO SUKIRMAN SUPARDI SURATMAN TARMUJI TUKIJO WARSITO "
            "WIDODO YATIMAN MUJIONO MARYONO"
        ),
        _words(
            "SUMIATI PONIRAH TUMINAH WAGINEM SUTINI SULASTRI SUPARTI PAINEM NGATINI MISINEM KATMI SAMINI TUKIYEM SRI "
            "SITI SUMARNI SUPRIHATIN SUGIYEM SARINAH RUMINAH RATMI PARTINI PARIYEM NGATIYEM MURSINAH MUJIATI MARSINAH "
            "LASMI LASTRI KASMIATI JUMINEM JUARIYAH ENDANG DARMI BONIYEM WARSINI WATINI YATMI SUKINEM SUWARTI TUGINAH "
            "SUMINAH"
        ),
    ),
    (_MODERN_MEN, _MODERN_WOMEN),
    (
        _words("RIYADI RAHARJO WIDODO SUSILO SUBROTO HARTONO PRAYITNO") + _SECOND_MEN,
        _words("ASTUTI WAHYUNI LESTARI WINARSIH MULYANI ASIH YATI") + _SECOND_WOMEN,
    ),
    single=0.3,
)
LAMPUNG = People(
    "Lampung",
    13.6,
    ((1, 100.0),),
    (
        _words(
            "ABDUL AHMAD BAHRUDDIN BASTARI DARWIS FIRDAUS HASANUDIN HERMANSYAH IBRAHIM ISKANDAR JAUHARI MARZUKI MIRZA "
            "MUKHTAR NASRUDIN RADEN RUSLAN SAHRUDIN SYAMSUDIN TARMIZI UMAR YUSUF ZAINAL ZULKARNAIN ZULKIFLI SOLIHIN "
            "HAMDAN FATHUROHMAN KHAIRUDDIN ROHIMIN"
        ),
        _words(
            "AMINAH ASNAWATI BAIDURI DAHLIA ELVIRA FATIMAH HALIMAH HAWA HERAWATI JAMILAH KHADIJAH LATIFAH MARYAM "
            "MASNAH MERIYANTI NURBAITI NURLELA NURMALA RAHMAWATI ROHANA ROSNAWATI SALMAH SITI YUSNAINI ZAINAB ZUBAIDAH "
            "ZURAIDA HELMIYATI NURHAYATI SARINA"
        ),
    ),
    (_MODERN_MEN, _MODERN_WOMEN),
    (
        _words("PAHLEVI RASYID HASAN BASRI EFENDI SANJAYA MARGA ALAMSYAH PUTRA JAYA YUSUP ISMAIL")
        + _SECOND_MEN,
        _words("YUSNITA HASAN MARLENA DAMAYANTI ZULAIKHA HARTINI YULIANA") + _SECOND_WOMEN,
    ),
)
SUNDA = People(
    "Sunda",
    11.0,
    ((1, 99.6), (2, 0.4)),
    (
        _words(
            "ASEP UJANG DADANG CECEP ENDANG MAMAN OTONG TATANG WAWAN YAYAT ADE AEP DUDUNG EMAN ENGKOS IDING JAJANG "
            "KOSASIH OMAN RUHIYAT SAEPUDIN UCUP UDIN DEDEN IWAN NANA OJANG"
        ),
        _words(
            "ENENG EUIS CUCU IIS IMAS KOKOM NENENG OOM ROHAETI TETI YOYOH AI ELIS ENOK ICIH JUJU MIMIN NANI NENAH "
            "PIPIH RUKMINI SARIPAH TITIN UUM YETI"
        ),
    ),
    (_MODERN_MEN, _MODERN_WOMEN),
    (
        _words("SUPRIATNA SUHENDAR SUTISNA HERMAWAN RUHIMAT MULYANA SUDRAJAT HIDAYAT KOMARUDIN")
        + _SECOND_MEN,
        _words("ROHAETI SUMIATI NURHAYATI KOMARIAH SUHAETI MULYATI JUBAEDAH") + _SECOND_WOMEN,
    ),
)
SEMENDO = People(
    "Semendo",
    5.5,
    ((1, 99.5), (2, 0.5)),
    (
        _words(
            "ALIMUDIN BURHAN CIK DAUD HARUN IDRUS JALALUDIN KAMALUDIN MAHMUD NAWAWI RIZAL SAIPUL SARKOWI TAMRIN"
        ),
        _words(
            "ASMAWATI CIKMA DARWATI HASNAH HELIYANA KARMILA LISMAWATI MASITOH NURAIDA RUSMINI SUHARTINI YUHANA"
        ),
    ),
    (_MODERN_MEN, _MODERN_WOMEN),
    (_words("ANOM TOYIB AMRI HANAFI") + _SECOND_MEN, _words("ASNIDAR YANA MARYATI") + _SECOND_WOMEN),
)
BALI = People(
    "Bali",
    2.2,
    ((4, 96.0), (1, 3.0), (2, 1.0)),
    (
        _words(
            "SUDARMA SUARTA WIRYA GUNAWAN SUKADANA SUDIARTA ARDANA PUTRA SUASTIKA MERTA NURJAYA SUDARSANA RAKA DANA"
        ),
        _words(
            "ARIANI SUARNI SUKERTI WARTINI ASTITI RATNADI SUDIARTI MURNIASIH SULASTRI PARWATI SUCI RASMINI SUGIANI"
        ),
    ),
    (
        _words(
            "ADI ARTA BUDIARTA DHARMA KRISNA MAHENDRA NANDA PRADNYA RADITYA SANJAYA SURYA WIDNYANA YOGA WIRAWAN"
        ),
        _words(
            "AYU DEWI INDRAYANI LAKSMI MAHADEWI PRATIWI PUSPA SAVITRI SINTA TRISNA UTARI WIDIASTUTI YULIANI ARYANI"
        ),
    ),
    ((), ()),
    single=1.0,
)
MINANG = People(
    "Minangkabau",
    1.3,
    ((1, 100.0),),
    (
        _words(
            "AFRIZAL AMIRUDDIN BUSTAMI CHAIDIR DATUK ERIZAL JAMALUS MARDI NASRUL RUSLI SYAFRIZAL YUNASRI ZULFIKAR"
        ),
        _words(
            "AFRIDA ASNIDA ERNAWATI FAUZIAH GUSNIAR MARNIS NURHAIDA ROSMANIAR SYAMSIDAR YUSMANIAR ZARNI ELFIRA"
        ),
    ),
    (_MODERN_MEN, _MODERN_WOMEN),
    (
        _words("CHANIAGO TANJUNG PILIANG SIKUMBANG KOTO") + _SECOND_MEN,
        _words("CHANIAGO TANJUNG PILIANG") + _SECOND_WOMEN,
    ),
)
BATAK = People(
    "Batak",
    1.0,
    ((2, 80.0), (3, 12.0), (1, 8.0)),
    (
        _words("BINSAR HOTMAN JANTO MANGATUR PARULIAN SAHAT TIGOR TOGAR MARULI ROBERT RICHARD LAMHOT"),
        _words("ROSMAWATI TIURMA RUSPITA LAMRIA NURMALA ROMAULI SANTI HOTMAIDA MERRY DUMA RENTA"),
    ),
    (
        _words(
            "ANDREAS BENNY DANIEL FELIX GABRIEL JONATHAN KRISTIAN MARTIN PARLINDUNGAN RONALD SAMUEL YOSUA"
        ),
        _words("AGNES CRISTINA DEBORA ELISABETH FEBE GRACE MARTHA NATALIA REBECCA RUTH SARAH YOHANA"),
    ),
    ((), ()),
    _words(
        "SITUMORANG SIMANJUNTAK SIREGAR NAINGGOLAN HUTAPEA SIHOMBING MANURUNG SINAGA PURBA TAMBUNAN SILALAHI SAMOSIR"
    ),
)
BANTEN = People(
    "Banten",
    1.8,
    ((1, 100.0),),
    (
        _words("SAMSURI MUHIDIN JUHRI SARNATA MISRAN SUHEMI SANWANI MARHASAN SAPRUDIN SAPTURI JAMHARI HUSNI"),
        _words("SAPIAH MASITAH SUNENTI RUMSIAH JUNARIAH SARMANAH UMAYAH MUNAH SOPIAH SUHAEMI NAPSIAH"),
    ),
    (_MODERN_MEN, _MODERN_WOMEN),
    (_SECOND_MEN, _SECOND_WOMEN),
    single=0.45,
)
BUGIS = People(
    "Bugis",
    0.6,
    ((1, 100.0),),
    (
        _words("AMBO ANDI BASO DAENG LAUPE MAPPA SULTAN SYARIF"),
        _words("BESSE INDO NORMA SALMA TENRI HASNA NURDIANA"),
    ),
    (_MODERN_MEN, _MODERN_WOMEN),
    (_words("PATARAI SUKRI RAHIM") + _SECOND_MEN, _words("DAENG HALIMAH") + _SECOND_WOMEN),
)
TIONGHOA = People(
    "Tionghoa",
    0.6,
    ((5, 52.0), (2, 24.0), (3, 18.0), (6, 6.0)),
    (
        _words("HENDRA LIE SIMON BUDI RUDY SUKIANTO TJIA HERMAN YANTO WILLY ANTON FREDDY"),
        _words("LINDA MEILING SUSI LILY FENNY HERLINA MARIANA YENNY SANTI AILING LANNY"),
    ),
    (
        _words("ALVIN BRYAN CALVIN DARREN EDWIN JASON KELVIN NICHOLAS STEVEN VINCENT WILLIAM"),
        _words("ANGELINE CINDY EVELYN FELICIA JESSICA MICHELLE STEPHANIE VANESSA VIVIAN CLARA"),
    ),
    ((), ()),
    _words("WIJAYA TANUWIJAYA GUNAWAN HALIM SALIM SUSANTO LESMANA TANZIL SETIADI CHANDRA"),
)
PEOPLES = {
    people.name: people
    for people in (JAWA, LAMPUNG, SUNDA, SEMENDO, BALI, MINANG, BATAK, BANTEN, BUGIS, TIONGHOA)
}
FOREIGN = (
    ("YUSOF BIN RAHMAT", "AHMAD FAUZAN BIN OMAR"),
    ("NUR AINI BINTI YUSOF", "TANAKA YUMIKO", "LIU MEI"),
)

_BALI_ORDER = ("WAYAN", "MADE", "NYOMAN", "KETUT")
# Names that are at home in one religion are not borne in another.
_OF_ISLAM = frozenset(_words(
    "AHMAD MUHAMMAD ABDUL KHOIRUNNISA SITI HASANAH KHASANAH HIDAYATI ABDILLAH ALFARIZI AZZAHRA RAMADHAN RAMADHANI "
    "NAUFAL HAFIZ FATHAN AZKA DAFFA SALSABILA ZAHRA SYIFA NAYLA ZIDAN IRFAN ILHAM TAUFIK FAIZ LUTFI JIHAN LAILA NABILA "
    "ANISA ALYA FAUZI HAKIM RAHMAN ANWAR MAULANA HIDAYAT REYHAN RIFKI RIDHO FADILAH NURJANAH"
))  # fmt: skip
_BAPTISED = (
    _words("YOHANES PETRUS PAULUS MARKUS STEFANUS ANDREAS THOMAS LUKAS MATEUS"),
    _words("MARIA THERESIA LUSIA KRISTINA ELISABET YULIANA MAGDALENA AGATHA"),
)
_LATE = frozenset(_words(
    "AZKA DAFFA KEYSHA NAYLA ZIDAN FATHAN REYHAN SALSABILA SYIFA ALYA ADELIA ZAHRA NAUFAL RAFI JIHAN KEVIN AULIA RIFKI "
    "HAFIZ KHOIRUNNISA TIARA NABILA BUNGA MELATI RAFFI"
))  # fmt: skip
_NEVER_ALONE = frozenset(_words("ABDUL MUHAMMAD AHMAD NUR SITI SRI DWI TRI RADEN CIK AI ADE"))
OLD_BEFORE, LATE_FROM = 1975, 1996


def mixed(chance: Random, leaning: dict[str, float] | None = None) -> list[tuple[People, float]]:
    """A village's own mix: the province's shares, each taken up or down at random; `leaning` multiplies some."""
    leaning = leaning or {}
    return [
        (people, people.share * chance.lognormvariate(0.0, 0.55) * leaning.get(people.name, 1.0))
        for people in PEOPLES.values()
    ]


def draw_name(
    chance: Random, people: People, religion: int, sex: int, born: int, order: int = 0, father: str = ""
) -> str:
    """A name as a card has it, in capitals.

    Args:
        religion, sex: codes of the register; born: the year of birth.
        order: which child of the parents, from 0; it stands in Balinese names.
        father: his name, whose clan a child of a people with clans bears.
    """
    who = sex - 1
    first = chance.choice((people.old if born < OLD_BEFORE else people.young)[who])
    if people is BALI:
        title = ("I", "NI")[who] if religion == 4 else ""
        return f"{title} {_BALI_ORDER[order % 4]} {first}".strip()
    while born < LATE_FROM and first in _LATE:
        first = chance.choice(people.young[who])
    if religion != 1 and first in _OF_ISLAM:
        first = chance.choice(_BAPTISED[who])
    elif religion == 3 and chance.random() < 0.6:
        first = f"{chance.choice(_BAPTISED[who])} {first}"
    if people.clans:
        clan = father.rpartition(" ")[2]
        return f"{first} {clan if clan in people.clans else chance.choice(people.clans)}"
    alone = people.single + 0.45 if born < OLD_BEFORE else people.single * (0.6 if born < 2000 else 0.15)
    if first not in _NEVER_ALONE and chance.random() < alone:
        return first
    second = chance.choice(people.last[who])
    while second == first or (religion != 1 and second in _OF_ISLAM):
        second = chance.choice(people.last[who])
    if born >= 2005 and chance.random() < 0.35:
        third = chance.choice(people.last[who])
        if third not in (first, second) and (religion == 1 or third not in _OF_ISLAM):
            return f"{first} {second} {third}"
    return f"{first} {second}"
