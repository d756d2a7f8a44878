"""How a program goes again, by the source that installed it: the steps that a notice of kind `software` names.

A name can hold anything that somebody wrote into a file: in a command to be typed it is quoted.
"""

from collections.abc import Callable
from shlex import quote

from policy.words import Notice, Translate, listed

Steps = Callable[[Notice, Translate], tuple[str, ...]]


def _name(notice: Notice) -> str:
    return str(notice.attrs.get("name", "?"))


def _word(notice: Notice) -> str:
    """The name as one word of a command, and never an option."""
    return f"-- {quote(_name(notice))}" if _name(notice).startswith("-") else quote(_name(notice))


def _by_apt(notice: Notice, _: Translate) -> tuple[str, ...]:
    apt = "apt-get" if notice.superuser else "sudo apt-get"
    remove = _("Open a terminal and type: {command}").format(command=f"{apt} remove {_word(notice)}")
    brings = notice.attrs.get("brings")
    if not isinstance(brings, tuple) or not brings:
        return (remove,)
    away = _("What came with it ({names}) goes with: {command}")
    return remove, away.format(names=listed(list(brings), _), command=f"{apt} autoremove")


def _typed(command: str, *, root: bool = False) -> Steps:
    """One command, with the program's name at its end. root: it needs sudo where they are no superuser."""

    def steps(notice: Notice, _: Translate) -> tuple[str, ...]:
        sudo = "sudo " if root and not notice.superuser else ""
        return (_("Open a terminal and type: {command}").format(command=f"{sudo}{command} {_word(notice)}"),)

    return steps


def _own_file(notice: Notice, _: Translate) -> tuple[str, ...]:
    """Its path is not told: where it lies is the person's own."""
    close = _("Close {name} where it is open.")
    delete = _(
        "Delete the file that {name} is: in Downloads, Applications, bin or .local/bin of your home, or on the desktop."
    )
    return close.format(name=_name(notice)), delete.format(name=_name(notice))


def _placed(notice: Notice, _: Translate) -> tuple[str, ...]:
    return (_("{name} lies in /opt or /usr/local/bin: delete it there, as administrator.").format(name=_name(notice)),)


def _by_settings(notice: Notice, _: Translate) -> tuple[str, ...]:
    text = _("Open Settings (Windows key + I), Apps, Installed apps: look for {name} there and choose Uninstall.")
    return (text.format(name=_name(notice)),)


def _local(notice: Notice, _: Translate) -> tuple[str, ...]:
    """Windows lists most of these too; what was unpacked by hand it does not."""
    folder = _("Not there? Close {name}, type {place} in the Explorer's address bar, and delete its folder.")
    place = r"%LOCALAPPDATA%\Programs"
    return (*_by_settings(notice, _), folder.format(name=_name(notice), place=place))


def _loose(notice: Notice, _: Translate) -> tuple[str, ...]:
    close = _("Close {name} where it is open.")
    delete = _("Delete the file that {name} is: in Downloads, or on the desktop.")
    return close.format(name=_name(notice)), delete.format(name=_name(notice))


def _in_browser(browser: str, address: str) -> Steps:
    def steps(notice: Notice, _: Translate) -> tuple[str, ...]:
        text = _("In {program}, open {address} and remove {name} there.")
        return (text.format(program=browser, address=address, name=_name(notice)),)

    return steps


def _in_editor(editor: str) -> Steps:
    def steps(notice: Notice, _: Translate) -> tuple[str, ...]:
        text = _("In {program}, press Ctrl+Shift+X and uninstall {name} there.")
        return (text.format(program=editor, name=_name(notice)),)

    return steps


REMOVE: dict[str, Steps] = {
    "dpkg": _by_apt,
    "rpm": _typed("rpm --erase", root=True),
    "flatpak": _typed("flatpak uninstall --system", root=True),
    "flatpak_user": _typed("flatpak uninstall --user"),
    "snap": _typed("snap remove", root=True),
    "placed": _placed,
    "appimage": _own_file,
    "own_bin": _own_file,
    "uninstall": _by_settings,
    "msix": _by_settings,
    "local_programs": _local,
    "portable": _loose,
    # Debian's pip asks for that word before it takes away what it would not put there; others don't know it.
    "pip_user": _typed("PIP_BREAK_SYSTEM_PACKAGES=1 python3 -m pip uninstall"),
    "pipx": _typed("pipx uninstall"),
    "npm": _typed("npm uninstall --global"),
    "uv": _typed("uv tool uninstall"),
    "cargo": _typed("cargo uninstall"),
    "cargo_local": _typed("cargo uninstall --root ~/.local"),
    "go": _typed("cd ~/go/bin && rm"),
    "brew": _typed("brew uninstall"),
    "chrome": _in_browser("Chrome", "chrome://extensions"),
    "chromium": _in_browser("Chromium", "chrome://extensions"),
    "edge": _in_browser("Edge", "edge://extensions"),
    "brave": _in_browser("Brave", "brave://extensions"),
    "vivaldi": _in_browser("Vivaldi", "vivaldi://extensions"),
    "opera": _in_browser("Opera", "opera://extensions"),
    "firefox": _in_browser("Firefox", "about:addons"),
    "vscode": _in_editor("VS Code"),
    "vscode-insiders": _in_editor("VS Code Insiders"),
    "vscodium": _in_editor("VSCodium"),
    "cursor": _in_editor("Cursor"),
}
