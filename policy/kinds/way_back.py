"""How a setting goes back to what the company asks, by the part of the system that it is set in.

The names of menus are those of GNOME 46, Plasma 6, Cinnamon 6, MATE 1.26, xfce4-screensaver 4.18 and Windows 11, from
their documentation; a person on another version still finds the way.
"""

from collections.abc import Callable

from policy.words import Notice, Translate

Steps = Callable[[str, Translate], tuple[str, ...]]


def way_back(notice: Notice, _: Translate) -> tuple[str, ...]:
    """The steps for what it is set in; none where nobody knows."""
    how = _STEPS.get((str(notice.attrs.get("check")), str(notice.attrs.get("how"))))
    return how(notice.private.get("within", "?"), _) if how else ()


def _gnome(within: str, _: Translate) -> tuple[str, ...]:
    return (
        _("Open Settings, then Privacy & Security, then Screen Lock."),
        _(
            "Turn on Automatic Screen Lock. Blank screen delay and lock delay: {minutes} minutes together at most."
        ).format(minutes=within),
    )


def _kde(within: str, _: Translate) -> tuple[str, ...]:
    return (
        _("Open System Settings, then Screen Locking."),
        _("Lock screen automatically: after {minutes} minutes at most.").format(minutes=within),
    )


def _cinnamon(within: str, _: Translate) -> tuple[str, ...]:
    return (
        _("Open System Settings, then Screensaver."),
        _(
            "Turn on the lock after the screen turns off. Delay and lock delay: {minutes} minutes together at most."
        ).format(minutes=within),
    )


def _mate(within: str, _: Translate) -> tuple[str, ...]:
    return (
        _("Open Control Center, then Screensaver."),
        _("Turn on both boxes, and regard the computer as idle after {minutes} minutes at most.").format(
            minutes=within
        ),
    )


def _xfce(within: str, _: Translate) -> tuple[str, ...]:
    return (
        _("Open Settings, then Xfce Screensaver, and turn on Screensaver and Lock Screen."),
        _("Idle time and lock delay: {minutes} minutes together at most.").format(minutes=within),
    )


def _windows(within: str, _: Translate) -> tuple[str, ...]:
    return (
        _("Press the Windows key, type: change screen saver, and press Enter."),
        _("Choose one, wait {minutes} minutes at most, and turn on: on resume, display logon screen.").format(
            minutes=within
        ),
    )


def _gdm(_within: str, _: Translate) -> tuple[str, ...]:
    return (_("Open Settings, then System, then Users. Choose Unlock, and turn off Automatic Login."),)


def _sddm(_within: str, _: Translate) -> tuple[str, ...]:
    return (_("Open System Settings, then Login Screen, then Behavior, and turn off: automatically log in."),)


def _lightdm(_within: str, _: Translate) -> tuple[str, ...]:
    return (_("As administrator, take away the line autologin-user from the files in /etc/lightdm."),)


def _no_password(_within: str, _: Translate) -> tuple[str, ...]:
    return (_("Open a terminal and type: {command}").format(command="passwd"),)


def _windows_sign_in(_within: str, _: Translate) -> tuple[str, ...]:
    return (_("Press the Windows key and R, type netplwiz, and turn on: users must enter a name and password."),)


_STEPS: dict[tuple[str, str], Steps] = {
    ("auto_lock", "gnome"): _gnome,
    ("auto_lock", "kde"): _kde,
    ("auto_lock", "cinnamon"): _cinnamon,
    ("auto_lock", "mate"): _mate,
    ("auto_lock", "xfce"): _xfce,
    ("auto_lock", "windows"): _windows,
    ("sign_in", "gdm"): _gdm,
    ("sign_in", "sddm"): _sddm,
    ("sign_in", "lightdm"): _lightdm,
    ("sign_in", "no_password"): _no_password,
    ("sign_in", "windows"): _windows_sign_in,
}
