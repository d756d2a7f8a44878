"""What the session bus is asked about notices and the tray, and which of its signals mean: look again."""

from agent.bus.line import PROPERTIES, Call, Signal, get, of_daemon, owner_of

NOTICES = "org.freedesktop.Notifications"
NOTICES_PATH = "/org/freedesktop/Notifications"
WATCHER = "org.kde.StatusNotifierWatcher"
XFCONF = "org.xfce.Xfconf"

SILENCE_CHANGES = (
    owner_of(NOTICES),
    Signal(PROPERTIES, "PropertiesChanged", NOTICES_PATH),
    Signal(XFCONF, "PropertyChanged", arg0="xfce4-notifyd"),
)
CHANGES = (*SILENCE_CHANGES, owner_of(WATCHER), Signal(WATCHER, path="/StatusNotifierWatcher"))


def _prop(interface: str, name: str) -> Call:
    return get(NOTICES, NOTICES_PATH, interface, name)


# Where a server says that it shows nothing for now, by the server's name; the first is the specification's.
INHIBITED = _prop(NOTICES, "Inhibited")
DO_NOT_DISTURB = {
    "dunst": _prop("org.dunstproject.cmd0", "paused"),
    "Xfce Notify Daemon": Call(
        XFCONF, "/org/xfce/Xfconf", XFCONF, "GetProperty", "ss", ("xfce4-notifyd", "/do-not-disturb"), wake=True
    ),
}

SERVER = Call(NOTICES, NOTICES_PATH, NOTICES, "GetServerInformation")
CAPABILITIES = Call(NOTICES, NOTICES_PATH, NOTICES, "GetCapabilities")
OWNER = of_daemon("GetNameOwner", NOTICES)
STARTABLE = of_daemon("ListActivatableNames")
TRAY = of_daemon("NameHasOwner", WATCHER)
TRAY_HOST = get(WATCHER, "/StatusNotifierWatcher", WATCHER, "IsStatusNotifierHostRegistered")


def close(number: int) -> Call:
    """Take the notice with this id off the screen."""
    return Call(NOTICES, NOTICES_PATH, NOTICES, "CloseNotification", "u", (number,))
