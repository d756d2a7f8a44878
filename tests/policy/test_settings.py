"""Kind `settings`: what is off is a finding, whenever it was turned off; what can't be seen accuses nobody."""

from datetime import timedelta

import pytest

from policy import privacy
from policy.document import BadPolicy, read
from policy.events import Emit, Tell
from policy.kinds import settings
from policy.kinds.settings import BY_ADMIN, CHECKS, Match, Setting, setting, verdict
from policy.model import Duration, Finding, Look, Policy, Subject
from policy.report import notice
from policy.wire import seal, unseal
from policy.words import Words
from tests.support.judging import DOCUMENT, ME, Laptop

RULE = """
[[rules]]
id = "s"
kind = "settings"
clause = "3"
title = {{ nl = "t", en = "t" }}
[rules.respond]
observe = "{observe}"
{respond}
[rules.match]
{match}
"""


def policy(respond: str = "", match: str = "", *, observe: str = "0s") -> Policy:
    text = DOCUMENT.format(version="1", head="", respond="", approve="", deny="")
    return read((text + RULE.format(respond=respond, match=match, observe=observe)).encode(), strict=True)


def laptop(respond: str = "", match: str = "") -> Laptop:
    made = Laptop(policy(respond, match))
    made.active(ME)
    return made


def look(on: Laptop, *facts: Setting, scope: str = "machine") -> None:
    on.do(Look("settings", "settings", scope, on.now, facts))


def found(on: Laptop, check: str, scope: str = "machine") -> Finding | None:
    return on.state.findings.get(("s", Subject("setting", check, scope)))


def tells(on: Laptop) -> int:
    return sum(isinstance(one, Tell) for one in on.said)


# --- what is a finding


@pytest.mark.parametrize("check", CHECKS)
def test_what_is_off_is_a_finding_and_what_is_on_is_none(check):
    assert verdict(Match(), setting(check, "off")).breaks
    assert verdict(Match(), setting(check, "on")).word == "approved"


@pytest.mark.parametrize("check", CHECKS)
def test_what_can_not_be_seen_accuses_nobody_and_ends_nothing(check):
    assert verdict(Match(), setting(check, "unknown")).word == "unknown"
    here = laptop()
    look(here, setting(check, "unknown"))
    assert found(here, check) is None
    look(here, setting(check, "off"))
    look(here, setting(check, "unknown"))
    standing = found(here, check)
    assert standing
    assert standing.phase == "noticed"


def test_a_screen_that_locks_later_than_asked_is_a_finding():
    match = Match(lock_within=Duration(600))
    assert verdict(match, setting("auto_lock", "on", seconds=600)).word == "approved"
    assert verdict(match, setting("auto_lock", "on", seconds=601)).breaks
    assert verdict(match, setting("auto_lock", "on")).word == "approved"


def test_what_the_rule_does_not_ask_for_is_not_judged():
    match = Match(checks=("sign_in",))
    assert [verdict(match, setting(check, "off")).breaks for check in CHECKS] == [c == "sign_in" for c in CHECKS]


def test_a_protection_that_is_off_weighs_more_than_updates_or_a_late_lock():
    said = {check: verdict(Match(), setting(check, "off")).severity for check in CHECKS}
    assert said == dict.fromkeys(CHECKS, 4) | {"automatic_updates": 1}
    assert verdict(Match(), setting("auto_lock", "on", seconds=9999)).severity == 1


def test_a_protection_that_is_off_is_told_with_its_device_and_times_at_once():
    exact = {
        c
        for c in CHECKS
        if settings.KIND.tier_a(settings.attrs(setting(c, "off"), verdict(Match(), setting(c, "off"))))
    }
    assert exact == {*CHECKS} - {"automatic_updates"}
    late = setting("auto_lock", "on", seconds=9999)
    assert not settings.KIND.tier_a(settings.attrs(late, verdict(Match(), late)))


# --- the baseline


def test_what_was_off_before_deskwarden_came_is_a_finding_too():
    """Else a protection that is off were hidden for ever."""
    here = laptop()
    look(here, setting("auto_lock", "off"))
    assert found(here, "auto_lock")
    assert tells(here) == 1


def test_what_is_turned_off_later_is_a_finding():
    """Its subject was there at the first look."""
    here = laptop()
    look(here, setting("auto_lock", "on", seconds=300))
    look(here, setting("auto_lock", "off"))
    assert found(here, "auto_lock")


def test_it_is_put_right_when_it_is_on_again():
    here = laptop()
    look(here, setting("auto_lock", "off"))
    look(here, setting("auto_lock", "on", seconds=300))
    ended = found(here, "auto_lock")
    assert ended
    assert (ended.phase, ended.ending) == ("ended", "put_right")


# --- whom it is told


@pytest.mark.parametrize("check", BY_ADMIN)
def test_what_an_administrator_puts_right_is_never_told_and_reported_after_the_hour(check):
    here = laptop()
    look(here, setting(check, "off"))
    here.wait(minutes=59)
    assert here.said == []
    here.wait(minutes=2)
    (out,) = here.emitted()
    assert (out.attrs["check"], out.attrs["fixable_by"]) == (check, "admin")
    here.wait(days=20)
    assert tells(here) == 0
    look(here, setting(check, "on"))
    here.wait(minutes=2)
    assert [one.incident.state for one in here.said if isinstance(one, Emit)] == ["open", "resolved"]
    assert tells(here) == 0


def test_what_is_off_for_an_upgrade_alone_is_not_reported():
    here = laptop()
    look(here, setting("firewall", "off"))
    here.wait(minutes=30)
    look(here, setting("firewall", "on"))
    here.wait(days=20)
    assert here.emitted() == []


def test_it_is_reported_with_nobody_at_the_laptop_too():
    here = Laptop(policy())
    look(here, setting("firewall", "off"))
    here.wait(minutes=61)
    assert len(here.emitted()) == 1


def test_a_new_rule_observes_first():
    here = Laptop(policy(observe="14d"))
    look(here, setting("firewall", "off"))
    here.wait(days=13)
    assert here.emitted() == []
    here.wait(days=2)
    assert len(here.emitted()) == 1


def test_what_the_employee_puts_right_is_told_first_and_reported_after_an_hour_of_theirs():
    here = laptop()
    look(here, setting("auto_lock", "off", scope=ME), scope=ME)
    assert tells(here) == 1
    here.shown()
    here.active()
    here.wait(hours=5)
    assert here.emitted() == []
    here.active(ME)
    here.wait(minutes=61)
    assert len(here.emitted()) == 1


def test_a_company_may_say_who_puts_what_right():
    here = laptop(match='by_admin = ["auto_lock"]')
    look(here, setting("auto_lock", "off"), setting("firewall", "off"))
    here.wait(hours=2)
    (tell,) = (one for one in here.said if isinstance(one, Tell))
    firewall = found(here, "firewall")
    assert firewall
    assert tell.uids == (firewall.uid,)


@pytest.mark.parametrize("route", ["helpdesk", "both"])
def test_what_an_administrator_puts_right_may_not_be_routed_to_the_helpdesk(route):
    with pytest.raises(BadPolicy, match="expected 'security' or 'none'"):
        policy(f'route = "{route}"')
    policy(f'route = "{route}"', 'checks = ["auto_lock", "sign_in"]')


def test_a_lock_within_seconds_is_refused():
    with pytest.raises(BadPolicy, match=r"lock_within: expected 60s or more"):
        policy(match='lock_within = "5s"')


def test_an_unknown_check_is_refused():
    with pytest.raises(BadPolicy, match="checks"):
        policy(match='checks = ["antivirus"]')


def test_a_program_that_is_called_firewall_is_not_held_back_by_the_setting():
    assert settings.KIND.names(setting("firewall", "off")) == frozenset()


# --- what leaves


def test_nothing_leaves_but_the_setting():
    here = laptop()
    look(here, setting("auto_lock", "on", "gnome", scope=ME, seconds=1790), scope=ME)
    here.shown()
    here.wait(minutes=61)
    (out,) = here.emitted()
    assert unseal(seal(out)) == out
    assert out.subject == Subject("setting", "auto_lock", "user")
    own = {"check": "auto_lock", "state": "on", "fixable_by": "employee", "how": "gnome", "minutes": 30}
    assert {k: v for k, v in out.attrs.items() if k not in {"told", "deadline"}} == own
    assert own.keys() == {row.field for row in settings.ROWS} <= privacy.rows("settings").keys()


# --- words

OWN = 'checks = ["auto_lock", "sign_in"]'


def words(fact: Setting, respond: str = "", *, match: str = "", wait: timedelta | None = None) -> Words:
    here = laptop(respond, match)
    look(here, fact)
    here.shown()
    if wait:
        here.wait(seconds=wait.total_seconds())
    finding = found(here, fact.check)
    assert finding
    told = notice(here.policy, finding, here.now, here.state)
    return settings.words(told, "en", lambda text: text, here.now.wall)


def test_a_notice_says_what_is_asked_until_when_and_who_sees_it_then():
    said = words(setting("auto_lock", "off", "gnome"))
    assert said.title == "The screen does not lock itself"
    assert said.body == (
        "On this laptop it is set otherwise than the company asks (code 3). Set it back before 10:00; else setting "
        "and laptop number go to the security team. Nobody has been told yet."
    )


def test_a_late_lock_says_how_late():
    assert words(setting("auto_lock", "on", seconds=1790)).title == "The screen locks itself only after 30 minutes"


def test_the_way_back_is_that_of_the_desktop_and_names_the_time_that_is_asked():
    steps = {
        how: words(setting("auto_lock", "off", how)).steps
        for how in ("gnome", "kde", "cinnamon", "mate", "xfce", "windows")
    }
    assert all(any("10 minutes" in step for step in one) for one in steps.values())
    assert len(set(steps.values())) == len(steps)
    for how in ("gdm", "sddm", "lightdm", "no_password", "windows"):
        assert words(setting("sign_in", "off", how)).steps
    assert words(setting("auto_lock", "off")).steps == ()


def test_who_was_told_is_said_by_the_route():
    later = timedelta(minutes=61)
    assert "Reported to the security team: setting" in words(setting("sign_in", "off"), wait=later).body
    assert (
        "Reported to the helpdesk: setting"
        in words(setting("sign_in", "off"), 'route = "helpdesk"', match=OWN, wait=later).body
    )
    assert "Nobody is told of this" in words(setting("sign_in", "off"), 'route = "none"').body


def test_what_an_administrator_puts_right_asks_nothing_of_the_employee():
    """Where they look it up themselves."""
    match = 'by_admin = ["auto_lock"]'
    said = words(setting("auto_lock", "off", "gnome"), match=match)
    assert "You need do nothing" in said.body
    assert said.steps == ()
