"""Idle on X by what people's own devices say: what a program makes up (XTEST) counts for nothing.

The server counts for each device. That a program moves another device than XTEST's own, or makes one up in the kernel,
can't be told here.
"""

import time

from agent.platforms.x11 import Connection
from agent.platforms.x11_devices import Devices
from agent.platforms.x11_idle import XSyncIdle


class XPeopleIdle(XSyncIdle):
    """An `IdleSource` whose events say `people`."""

    name = "xinput"
    people = True

    def _open(self, connection: Connection) -> None:
        super()._open(connection)
        self._devices = Devices(connection)
        self._devices.attend()

    def _theirs(self) -> set[int]:
        counters = self._sync.counters()
        names = (f"DEVICEIDLETIME {number}" for number in self._devices.of_people())
        return {counters[name] for name in names if name in counters}

    def _said(self, event: bytes) -> None:
        if self._devices.changed(event):
            self._changed()
        else:
            super()._said(event)

    def _changed(self) -> None:
        """A device came or went; or was switched off and on, as all are when another user has the screen."""
        before, self._counters = self._counters, self._theirs()
        if self._counters == before:
            return
        if before - self._counters:  # what is gone can't be asked any more; what was told stays true
            self._since = time.monotonic() - max(self._told, self._away)
        if self._away:
            self._arm_falling()
        self._look()
