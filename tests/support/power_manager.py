"""org.freedesktop.PowerManagement.Inhibit, as a power manager answers it.

It begins and ends to be inhibited by a method of the tests.
"""

import asyncio
from typing import Annotated

from dbus_fast.aio.message_bus import MessageBus
from dbus_fast.annotations import DBusSignature
from dbus_fast.service import ServiceInterface, dbus_method, dbus_signal

Yes = Annotated[bool, DBusSignature("b")]


class Inhibit(ServiceInterface):
    def __init__(self) -> None:
        super().__init__("org.freedesktop.PowerManagement.Inhibit")
        self._inhibited = False

    @dbus_method()
    def HasInhibit(self) -> Yes:  # noqa: N802 - the interface's names
        return self._inhibited

    @dbus_method()
    def TestInhibit(self, value: Yes) -> None:  # noqa: N802
        self._inhibited = value
        self.HasInhibitChanged()

    @dbus_signal()
    def HasInhibitChanged(self) -> Yes:  # noqa: N802
        return self._inhibited


async def main() -> None:
    bus = await MessageBus().connect()
    bus.export("/org/freedesktop/PowerManagement/Inhibit", Inhibit())
    await bus.request_name("org.freedesktop.PowerManagement")
    await bus.wait_for_disconnect()


asyncio.run(main())
