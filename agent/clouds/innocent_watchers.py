"""Programs that may watch a whole tree and speak to the network without being a sync client.

By the name of the executable's file. A list is never complete: that is why a watched tree never tells alone.
"""

_INTERPRETERS = {
    "python", "pypy", "node", "nodejs", "deno", "bun", "ruby", "perl", "php", "java", "dotnet", "mono", "gjs",
    "gjs-console", "lua", "luajit", "guile", "beam.smp", "erl", "electron", "sh", "bash", "dash", "zsh", "fish",
}  # fmt: skip
_EDITORS = {
    "atom", "claude", "clion", "code", "code-insiders", "code-oss", "codium", "cursor", "datagrip", "eclipse", "emacs",
    "emacs-gtk", "emacs-nox", "fsnotifier", "gedit", "geany", "ghostwriter", "goland", "gvim", "helix", "hx", "idea",
    "joplin", "joplin-desktop", "kate", "kdevelop", "kwrite", "lapce", "lite-xl", "logseq", "netbeans", "notable",
    "nvim", "obsidian", "phpstorm", "pulsar", "pycharm", "qtcreator", "rider", "rstudio", "rubymine", "rustrover",
    "studio", "subl", "sublime_text", "texstudio", "typora", "vim", "vim.basic", "vim.gtk3", "vim.tiny", "webstorm",
    "windsurf", "zed", "zed-editor", "zettlr", "zotero",
}  # fmt: skip
_BUILDERS = {
    "air", "bacon", "bazel", "biome", "buck", "buildkitd", "cargo", "cargo-watch", "clangd", "containerd", "docker",
    "dockerd", "entr", "esbuild", "fswatch", "git", "git-fsmonitor--daemon", "gopls", "gulp", "hugo", "inotifywait",
    "inotifywatch", "jekyll", "mdbook", "minikube", "parcel", "podman", "reflex", "rust-analyzer", "skaffold", "tail",
    "tilt", "trunk", "tsc", "turbo", "watchexec", "watchman", "watchmedo", "zola",
}  # fmt: skip
_DESKTOP = {
    "caja", "clamd", "clamonacc", "dolphin", "doublecmd", "falcon-sensor", "incrond", "kioslave", "konqueror", "kded",
    "krusader", "krunner", "locate", "mc", "nautilus", "nemo", "pcmanfm", "pcmanfm-qt", "ranger", "recoll",
    "recollindex", "spacefm", "systemd", "thunar", "updatedb", "wdavdaemon", "xfdesktop", "yazi", "zeitgeist-daemon",
}  # fmt: skip
_BROWSERS = {
    "brave", "chrome", "chromium", "epiphany", "firefox", "firefox-bin", "firefox-esr", "msedge", "opera",
    "thunderbird", "thunderbird-bin", "vivaldi-bin",
}  # fmt: skip
_MEDIA = {
    "amarok", "audacious", "calibre", "calibre-server", "clementine", "darktable", "deadbeef", "digikam", "elisa",
    "gerbera", "gthumb", "jellyfin", "kodi", "kodi.bin", "lollypop", "minidlnad", "mpd", "navidrome", "quodlibet",
    "rhythmbox", "rygel", "shotwell", "spotify", "steam", "strawberry", "vlc",
}  # fmt: skip
NAMES = frozenset(_INTERPRETERS | _EDITORS | _BUILDERS | _DESKTOP | _BROWSERS | _MEDIA)
PREFIXES = (
    "akonadi", "baloo", "cinnamon", "evolution", "gnome-", "goa-", "gsd-", "gvfs", "ibus", "jetbrains", "kwin",
    "localsearch", "mate-", "pipewire", "plasma", "pulseaudio", "tracker-", "tumbler", "wireplumber", "xdg-", "xfce",
)  # fmt: skip


def is_innocent(name: str) -> bool:
    """Whether a program of this name may watch what it likes: `python3.11` is `python`."""
    low = name.lower()
    return low in NAMES or low.rstrip("0123456789.-_") in NAMES or low.startswith(PREFIXES)
