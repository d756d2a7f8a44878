"""What the session bus is asked, and which of its signals mean: look again."""

from dataclasses import dataclass

NOTICES = "org.freedesktop.Notifications"
NOTICES_PATH = "/org/freedesktop/Notifications"
WATCHER = "org.kde.StatusNotifierWatcher"
DAEMON = "org.freedesktop.DBus"
PROPERTIES = "org.freedesktop.DBus.Properties"
XFCONF = "org.xfce.Xfconf"

MATCHES = (
    f"type='signal',sender='{DAEMON}',interface='{DAEMON}',member='NameOwnerChanged',arg0='{NOTICES}'",
    f"type='signal',sender='{DAEMON}',interface='{DAEMON}',member='NameOwnerChanged',arg0='{WATCHER}'",
    f"type='signal',interface='{PROPERTIES}',member='PropertiesChanged',path='{NOTICES_PATH}'",
    f"type='signal',interface='{WATCHER}',path='/StatusNotifierWatcher'",
    f"type='signal',interface='{XFCONF}',member='PropertyChanged',arg0='xfce4-notifyd'",
)


@dataclass(frozen=True)
class Call:
    """A method of somebody on the bus."""

    to: str
    path: str
    interface: str
    member: str
    signature: str = ""
    body: tuple[object, ...] = ()


def prop(interface: str, name: str) -> Call:
    return Call(NOTICES, NOTICES_PATH, PROPERTIES, "Get", "ss", (interface, name))


def of_daemon(member: str, *body: str) -> Call:
    return Call(DAEMON, "/org/freedesktop/DBus", DAEMON, member, "s" * len(body), body)


# Where a server says that it shows nothing for now, by the server's name; the first is the specification's.
INHIBITED = prop(NOTICES, "Inhibited")
DO_NOT_DISTURB = {
    "dunst": prop("org.dunstproject.cmd0", "paused"),
    "Xfce Notify Daemon": Call(
        XFCONF, "/org/xfce/Xfconf", XFCONF, "GetProperty", "ss", ("xfce4-notifyd", "/do-not-disturb")
    ),
}

SERVER = Call(NOTICES, NOTICES_PATH, NOTICES, "GetServerInformation")
CAPABILITIES = Call(NOTICES, NOTICES_PATH, NOTICES, "GetCapabilities")
OWNER = of_daemon("GetNameOwner", NOTICES)
STARTABLE = of_daemon("ListActivatableNames")
TRAY = of_daemon("NameHasOwner", WATCHER)
TRAY_HOST = Call(
    WATCHER, "/StatusNotifierWatcher", PROPERTIES, "Get", "ss", (WATCHER, "IsStatusNotifierHostRegistered")
)


def close(number: int) -> Call:
    """Take the notice with this id off the screen."""
    return Call(NOTICES, NOTICES_PATH, NOTICES, "CloseNotification", "u", (number,))


def watch(rule: str) -> Call:
    """Have signals come that fit a rule."""
    return of_daemon("AddMatch", rule)
