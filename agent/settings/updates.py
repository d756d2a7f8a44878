"""Whether updates install themselves: unattended-upgrades by apt's own configuration, dnf-automatic by its timer.

Debian's way is asked of apt-config, which knows the order of its files. A machine that has neither apt nor dnf, or that
is updated in another way (an image, a company's management), is unknown; where both are, one of them is enough.
"""

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from agent.sensors.bounded import Unreadable, entries, is_there
from agent.settings.asking import ask
from agent.settings.files import is_yes, sections
from policy.kinds.settings import Setting, State, setting

UNATTENDED, APT, DNF = "usr/bin/unattended-upgrade", "usr/bin/apt-get", ("usr/bin/dnf", "usr/bin/dnf5")
TIMER = "apt-daily-upgrade.timer"
ALWAYS = {"dnf-automatic-install.timer"}
BY_FILE = {"dnf-automatic.timer": "dnf", "dnf5-automatic.timer": "dnf5"}
OSTREE = "rpm-ostreed-automatic.timer"
_ITEM = re.compile(r'^APT::Periodic::([\w-]+) "([^"]*)";$', re.MULTILINE)


def look(root: Path = Path("/")) -> Setting:
    """How it is."""
    try:
        found = dict(_found(root))
    except (OSError, Unreadable):
        found = {}
    state: State = "unknown"
    for how, on in found.items():
        if on:
            return setting("automatic_updates", "on", how)
        state = "off"
    return setting("automatic_updates", state, next(iter(found), ""))


def _found(root: Path) -> Iterator[tuple[str, bool]]:
    """What installs packages here, and whether it does so by itself."""
    if is_there(root / APT):
        said = _periodic(root)
        if said is not None:
            yield "unattended-upgrades", _by_apt(root, said)
    if any(is_there(root / one) for one in DNF):
        yield "dnf-automatic", _by_dnf(root)


def _periodic(root: Path) -> dict[str, str] | None:
    """What apt is told under APT::Periodic; None where it does not say."""
    with tempfile.NamedTemporaryFile("w", suffix=".conf", encoding="utf-8") as config:
        config.write(f'Dir "{root}/";\n')
        config.flush()
        said = ask(("apt-config", "dump", "APT::Periodic"), {"APT_CONFIG": config.name})
    return None if said is None else dict(_ITEM.findall(said))


def _by_apt(root: Path, said: dict[str, str]) -> bool:
    """Its own switch, the days between two runs, the program, and the timer that starts it."""
    enabled, days = said.get("Enable", "1"), said.get("Unattended-Upgrade", "0")
    masked = (root / "etc/systemd/system" / TIMER).is_symlink()
    return enabled != "0" and days not in {"", "0"} and is_there(root / UNATTENDED) and not masked


def _by_dnf(root: Path) -> bool:
    """The timer that is enabled installs, or its configuration says that it does (dnf-automatic(8))."""
    timers = {entry.name for entry in entries(root / "etc/systemd/system/timers.target.wants")}
    if ALWAYS & timers:
        return True
    for timer, tool in BY_FILE.items():
        files = [root / "etc/dnf/automatic.conf", root / f"etc/dnf/{tool}-plugins/automatic.conf"]
        if timer in timers and is_yes(sections(files).get("commands", {}).get("apply_updates")):
            return True
    return OSTREE in timers
