"""KDE's ScreenSaver interface, as kscreenlocker answers: both names on one connection, idle time in milliseconds.

argv: count (from the last SimulateUserActivity), words (answer a text), refuse (answer an error).
"""

import asyncio
import sys
import time

from dbus_fast import Message
from dbus_fast.aio.message_bus import MessageBus


class Saver:
    def __init__(self) -> None:
        self._touched = time.monotonic()

    def answer(self, message: Message) -> Message | None:
        match message.member, sys.argv[1]:
            case "SimulateUserActivity", _:
                self._touched = time.monotonic()
                return Message.new_method_return(message)
            case "GetSessionIdleTime", "count":
                return Message.new_method_return(message, "u", [int((time.monotonic() - self._touched) * 1000)])
            case "GetSessionIdleTime", "words":
                return Message.new_method_return(message, "s", ["long"])
            case "GetSessionIdleTime", _:
                return Message.new_error(message, "org.freedesktop.DBus.Error.NotSupported", "no")
        return None


async def main() -> None:
    bus = await MessageBus().connect()
    bus.add_message_handler(Saver().answer)
    await bus.request_name("org.freedesktop.ScreenSaver")
    await bus.request_name("org.kde.screensaver")
    await bus.wait_for_disconnect()


asyncio.run(main())
