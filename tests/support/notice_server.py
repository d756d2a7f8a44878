"""A notification server that does what others of its kind do, and writes down what it is asked.

argv: a JSON object: name, capabilities, refuse (answer Notify with an error), inhibited (has the property, and its
value; it can be set), log (a file that gets a JSON line a call).
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated, Any

from dbus_fast import DBusError, PropertyAccess
from dbus_fast.aio.message_bus import MessageBus
from dbus_fast.annotations import DBusSignature
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property, dbus_signal

GIVEN: dict[str, Any] = {"name": "fake", "capabilities": ["body", "actions"]} | json.loads(sys.argv[1])
NAME = "org.freedesktop.Notifications"

Text = Annotated[str, DBusSignature("s")]
Texts = Annotated[list[str], DBusSignature("as")]
Number = Annotated[int, DBusSignature("u")]
Signed = Annotated[int, DBusSignature("i")]
Hints = Annotated[dict[str, Any], DBusSignature("a{sv}")]
Yes = Annotated[bool, DBusSignature("b")]


class Server(ServiceInterface):
    def __init__(self) -> None:
        super().__init__(NAME)
        self._last = 0
        self._inhibited = bool(GIVEN.get("inhibited"))

    def write(self, **what: object) -> None:
        with Path(GIVEN["log"]).open("a") as log:
            log.write(json.dumps(what) + "\n")

    @dbus_method()
    def GetCapabilities(self) -> Texts:  # noqa: N802 - the specification's names
        return list(GIVEN["capabilities"])

    @dbus_method()
    def GetServerInformation(self) -> Annotated[tuple[str, str, str, str], DBusSignature("ssss")]:  # noqa: N802
        return (GIVEN["name"], "tests", "1", "1.2")

    @dbus_method()
    def Notify(  # noqa: N802
        self,
        app: Text,
        over: Number,
        icon: Text,
        title: Text,
        body: Text,
        actions: Texts,
        hints: Hints,
        timeout: Signed,
    ) -> Number:
        self.write(title=title, body=body, actions=actions, timeout=timeout)
        if GIVEN.get("refuse") and not Path(GIVEN["refuse"]).exists():
            raise DBusError(f"{NAME}.Error.ExcessNotificationGeneration", "no more")
        self._last += 1
        return self._last

    @dbus_method()
    def CloseNotification(self, number: Number) -> None:  # noqa: N802
        self.write(closed=number)
        self.NotificationClosed(number, 3)

    @dbus_signal()
    def NotificationClosed(self, number: int, reason: int) -> Annotated[list[int], DBusSignature("uu")]:  # noqa: N802
        return [number, reason]

    @dbus_signal()
    def ActionInvoked(self, number: int, key: str) -> Annotated[list[Any], DBusSignature("us")]:  # noqa: N802
        return [number, key]

    @dbus_property(access=PropertyAccess.READWRITE, disabled="inhibited" not in GIVEN)
    def Inhibited(self) -> Yes:  # noqa: N802
        return self._inhibited

    @Inhibited.setter
    def Inhibited_setter(self, value: Yes) -> None:  # noqa: N802
        self._inhibited = value
        self.emit_properties_changed({"Inhibited": value})


async def main() -> None:
    bus = await MessageBus().connect()
    bus.export("/org/freedesktop/Notifications", Server())
    await bus.request_name(NAME)
    await bus.wait_for_disconnect()


if __name__ == "__main__":
    asyncio.run(main())
