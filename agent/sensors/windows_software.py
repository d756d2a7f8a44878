"""The sensors of kind `software` on Windows: of the machine, and of one user.

The service needs no other user's hive: each user's half reads its own, HKEY_CURRENT_USER.
"""

import sys
from pathlib import Path

assert sys.platform == "win32"  # noqa: S101 - so that a type check for Linux passes this file by

from agent.platforms.windows_signature import Signatures  # noqa: E402
from agent.sensors import windows_places as places  # noqa: E402
from agent.sensors.base import Sensor  # noqa: E402
from agent.sensors.chromium_extensions import ChromiumExtensions  # noqa: E402
from agent.sensors.code_extensions import CodeExtensions  # noqa: E402
from agent.sensors.firefox_extensions import FirefoxExtensions  # noqa: E402
from agent.sensors.windows_local import WindowsLocal  # noqa: E402
from agent.sensors.windows_msix import OF_WINDOWS, PROVISIONED, WindowsMsix  # noqa: E402
from agent.sensors.windows_msix import USER as OWN_PACKAGES  # noqa: E402
from agent.sensors.windows_portable import WindowsPortable  # noqa: E402
from agent.sensors.windows_publisher import Makers  # noqa: E402
from agent.sensors.windows_uninstall import MACHINE, USER, WindowsUninstall  # noqa: E402


def of_the_machine() -> list[Sensor]:
    """It opens files where an administrator alone can write."""
    return [
        WindowsUninstall(MACHINE, Makers(within=places.program_files())),
        WindowsMsix(PROVISIONED, (OF_WINDOWS,), places.store_apps(), places.windows()),
    ]


def of_the_user(home: Path | None) -> list[Sensor]:
    """home: whose folders, where that is not who runs this; the registry is theirs all the same."""
    makers = Makers(Signatures())  # one for all: a file is read once
    local = home / "AppData/Local" if home else places.local_app_data()
    loose = (home / "Downloads", home / "Desktop") if home else places.loose()
    mine = home or Path.home()
    return [
        WindowsUninstall(USER, makers, "user"),
        WindowsMsix(OWN_PACKAGES, (OF_WINDOWS, PROVISIONED), places.store_apps(), places.windows(), "user"),
        WindowsLocal(local, makers),
        WindowsPortable(loose, makers),
        ChromiumExtensions(mine),
        FirefoxExtensions(mine),
        CodeExtensions(mine),
    ]
