"""Whose a client's accounts are: one private among the company's, names that look like its own, and what is unknown."""

import pytest

from policy.catalogue.owners import Told, Whose, owner

TENANT = "0f1e2d3c-1111-4222-8333-444455556666"
OTHER_TENANT = "99999999-1111-4222-8333-444455556666"
DOMAINS = frozenset({"company.example", "xn--caf-dma.example", TENANT, "company.onmicrosoft.example"})
SERVERS = frozenset({"files.company.example", "10.1.2.3"})


def whose(*told: Told) -> Whose:
    return owner(told, DOMAINS, SERVERS)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("company.example", "company"),
        ("COMPANY.Example", "company"),
        ("company.example.", "company"),
        ("sales.company.example", "company"),
        ("café.example", "company"),
        ("xn--caf-dma.example", "company"),
        ("CAFÉ.example", "company"),
        ("cafe\u0301.example", "company"),
        ("evilcompany.example", "private"),
        ("company.example.evil.test", "private"),
        ("company.exampleevil", "private"),
        ("c\u043empany.example", "private"),
        ("cafe.example", "private"),
        ("example", "private"),
        ("", "private"),
        (".", "private"),
        ("gmail.com", "private"),
    ],
)
def test_a_domain_is_the_companys_by_whole_labels_however_it_is_written(value: str, expected: Whose):
    assert whose(Told("domain", value)) == expected


def test_one_private_account_among_the_companys_is_private_and_one_unknown_is_unknown():
    own, private, unknown = Told("domain", "company.example"), Told("private"), Told("linked")
    assert whose(own, Told("company", "business")) == "company"
    assert whose(own, private, unknown) == "private"
    assert whose(own, unknown) == "unknown"
    assert whose() == "unknown"


def test_what_could_not_be_read_is_unknown_and_hides_no_private_account():
    assert whose(Told("domain", "company.example"), Told("unread")) == "unknown"
    assert whose(Told("domain", "company.example", 1), Told("unread", "", 1)) == "unknown"
    assert whose(Told("private"), Told("unread")) == "private"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("files.company.example", "company"),
        ("eu.files.company.example", "company"),
        ("company.example", "private"),
        ("10.1.2.3", "company"),
        ("210.1.2.3", "private"),
        ("localhost", "unknown"),
        ("127.0.0.9", "unknown"),
        ("::1", "unknown"),
    ],
)
def test_a_server_is_the_companys_by_its_name_and_this_machine_is_nobodys(value: str, expected: Whose):
    assert whose(Told("server", value)) == expected
    assert owner((Told("server", "localhost"),), (), {"localhost"}) == "company"


def test_a_back_end_is_told_by_its_host_or_not_at_all():
    assert whose(Told("remote", "s3 files.company.example")) == "company"
    assert whose(Told("remote", "s3 elsewhere.example")) == "unknown"
    assert whose(Told("remote", "drive")) == "unknown"


def test_without_the_companys_own_names_nothing_is_private_but_mail_that_anybody_has():
    assert owner((Told("domain", "mail.example"),), (), ()) == "unknown"
    assert owner((Told("server", "mail.example"),), (), ()) == "unknown"
    assert owner((Told("domain", "gmail.com"),), (), ()) == "private"


def test_mail_that_anybody_has_is_private_though_the_company_names_it():
    assert owner((Told("domain", "gmail.com"),), {"gmail.com"}, ()) == "private"


def test_one_account_that_its_tenant_or_its_address_tells_is_told():
    assert whose(Told("domain", "company.example", 1), Told("tenant", TENANT, 1)) == "company"
    assert whose(Told("tenant", TENANT)) == whose(Told("tenant", "company.onmicrosoft.example")) == "company"
    no_tenants = frozenset({"company.example"})
    pair = (Told("domain", "company.example", 1), Told("tenant", OTHER_TENANT, 1))
    assert owner(pair, no_tenants, ()) == "company"


def test_an_account_that_contradicts_itself_is_unknown_and_a_guests_is():
    assert whose(Told("domain", "company.example", 1), Told("tenant", OTHER_TENANT, 1)) == "unknown"
    assert whose(Told("domain", "other.example", 1), Told("tenant", OTHER_TENANT, 1)) == "private"
    assert whose(Told("domain", "company.example", 1), Told("domain", "other.example", 2)) == "private"
