"""Which level a document's labels make, by the policy's table."""

import pytest

from policy.labels import GENERAL, Labels, Level, Read, level, why_not

TENANT = "3f1c7e52-6d0b-4a8e-9c1d-5b2a90e4c7d1"
OTHER = "00000000-0000-4000-8000-000000000000"
ID = "a1d0c0de-0001-4000-8000-00000000000{}".format
TABLE = Labels(
    (TENANT,),
    (
        Level("Openbaar", ("Openbaar", "Public"), ID(1)),
        Level("Intern", ("Intern", "Internal"), ID(2)),
        Level("Vertrouwelijk", ("Vertrouwelijk", "Confidential"), ID(3)),
        Level("Vertrouwelijk", ("Vertrouwelijk - Persoonsgegevens", "Confidential - Personal data"), ID(4)),
        Level("Geheim", ("Geheim", "Secret"), ID(5)),
        *GENERAL,
    ),
)


def info(number: int, *, stands: bool = True, tenant: str = TENANT) -> Read:
    return Read("labelinfo", "", ID(number), tenant, stands)


def msip(name: str, guid: str = "", *, stands: bool = True, tenant: str = TENANT, parent: str = "") -> Read:
    return Read("msip", name, guid or ID(9), tenant, stands, parent)


def told(*reads: Read) -> tuple[str | None, str, str] | None:
    found = level(TABLE, reads)
    return (found.level, found.label, found.read_from) if found else None


def test_a_label_is_known_by_its_id_and_called_by_its_own_name() -> None:
    assert told(info(4)) == ("Vertrouwelijk", "Vertrouwelijk - Persoonsgegevens", "labelinfo")


def test_an_id_counts_with_braces_and_in_capitals_and_so_does_the_tenant() -> None:
    assert told(Read("labelinfo", "", f"{{{ID(5).upper()}}}", f"{{{TENANT.upper()}}}")) == (
        "Geheim",
        "Geheim",
        "labelinfo",
    )


def test_an_id_decides_over_a_name_that_says_otherwise() -> None:
    assert told(msip("Openbaar", ID(5))) == ("Geheim", "Openbaar", "msip")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Openbaar", "Openbaar"), ("public", "Openbaar"), ("INTERN", "Intern"), ("Internal", "Intern"),
        ("Vertrouwelijk", "Vertrouwelijk"), (" confidential ", "Vertrouwelijk"), ("Geheim", "Geheim"),
        ("Secret", "Geheim"), ("Vertrouwelijk - Persoonsgegevens", "Vertrouwelijk"),
        ("Vertrouwelijk – Persoonsgegevens", "Vertrouwelijk"), ("Confidential\\Personal data", "Vertrouwelijk"),
        ("Geheim/Bestuur", "Geheim"), ("Vertrouwelijk - Zorg - Patiënten", "Vertrouwelijk"),
    ],
)  # fmt: skip
def test_a_name_counts_in_dutch_and_english_with_and_without_a_sublabel(name: str, expected: str) -> None:
    assert told(msip(name)) == (expected, name.strip(), "msip")
    assert told(Read("classification", name)) == (expected, name.strip(), "classification")


@pytest.mark.parametrize("name", ["Niet vertrouwelijk", "Vertrouwelijkheid onbekend", "Non-confidential", "Project X"])
def test_a_name_that_only_has_the_word_in_it_is_told_without_a_level(name: str) -> None:
    assert told(msip(name)) == (None, name, "msip")


def test_another_companys_label_does_not_count() -> None:
    reads = (info(5, tenant=OTHER), msip("Geheim", tenant=OTHER), msip("Geheim", tenant=""))
    assert told(*reads) is None
    assert why_not(TABLE, reads) == "other_tenant"


def test_without_a_tenant_in_the_policy_no_label_counts_and_a_property_does() -> None:
    assert level(Labels(), (info(5), msip("Geheim"))) is None
    assert level(Labels(), (Read("classification", "Geheim"),)) is not None


def test_a_label_that_is_disabled_or_removed_does_not_count() -> None:
    reads = (info(5, stands=False), msip("Geheim", stands=False))
    assert told(*reads) is None
    assert why_not(TABLE, reads) == "removed"
    assert why_not(TABLE, ()) == "no_label"


def test_labelinfo_speaks_before_properties_and_labels_before_a_classification() -> None:
    assert told(Read("classification", "Geheim"), msip("Vertrouwelijk"), info(1)) == (
        "Openbaar",
        "Openbaar",
        "labelinfo",
    )
    assert told(Read("classification", "Geheim"), msip("Vertrouwelijk")) == ("Vertrouwelijk", "Vertrouwelijk", "msip")


def test_where_labelinfo_has_no_label_of_ours_the_properties_speak() -> None:
    assert told(info(5, tenant=OTHER), msip("Vertrouwelijk")) == ("Vertrouwelijk", "Vertrouwelijk", "msip")


def test_a_label_that_labelinfo_took_off_is_void_in_the_properties_too() -> None:
    assert told(info(5, stands=False), msip("Geheim", ID(5))) is None


def test_of_a_label_and_its_sublabel_the_sublabel_speaks() -> None:
    reads = (msip("Vertrouwelijk", ID(3)), msip("Persoonsgegevens", ID(4), parent=ID(3)))
    assert told(*reads) == ("Vertrouwelijk", "Persoonsgegevens", "msip")


def test_of_several_labels_the_highest_speaks() -> None:
    assert told(msip("Intern", ID(2)), msip("Geheim", ID(5)), msip("Project X")) == ("Geheim", "Geheim", "msip")


def test_a_label_without_name_or_known_id_is_told_by_its_id() -> None:
    assert told(info(8)) == (None, ID(8), "labelinfo")
