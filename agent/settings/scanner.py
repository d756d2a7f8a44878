"""Whether a virus scanner looks at files as they are opened: by the services that do, while they run.

The names are those that ClamAV's packages and the makers of the others give their units, from their documentation.
What a company has beside these its policy names. Whether one of them was told to look away can't be seen from here.
"""

from collections.abc import Iterable
from pathlib import Path

from agent.settings.units import running
from policy.kinds.settings import Setting, setting

KNOWN = (
    "clamav-clamonacc",  # Debian, Fedora
    "clamonacc",
    "clamav-onacc",
    "mdatp",  # Microsoft Defender for Endpoint
    "falcon-sensor",  # CrowdStrike
    "sentinelone",
    "cbagentd",  # Carbon Black Cloud
    "cbdaemon",  # Carbon Black EDR
    "sophos-spl",
    "sav-protect",  # Sophos Anti-Virus
    "eea",  # ESET Endpoint Antivirus
    "kesl",  # Kaspersky Endpoint Security
    "ds_agent",  # Trend Micro Deep Security
    "mfetpd",  # Trellix Endpoint Security
    "traps_pmd",  # Palo Alto Cortex XDR
    "ElasticEndpoint",
    "cylancesvc",
    "bdsec",  # Bitdefender
    "fsma2",  # WithSecure
    "xagt",  # Trellix HX
)


def look(root: Path = Path("/"), also: Iterable[str] = ()) -> Setting:
    """How it is. also: further units, with or without ".service"."""
    found = running(root, (*KNOWN, *(unit.removesuffix(".service") for unit in also)))
    if found is None:
        return setting("virus_scanner", "unknown")
    return setting("virus_scanner", "on" if found else "off", "systemd")
