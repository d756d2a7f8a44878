"""`deskwarden mine`: Mijn Deskwarden without a tray, from the app menu or a terminal."""

from argparse import Namespace

import msgspec

from agent import commands
from agent.desktop import clock, page
from agent.errors import Trouble
from agent.ipc import View
from policy.words import Language, Translate


def mine(options: Namespace, _: Translate, language: Language) -> int:
    """Write the page and open it; where there is no browser, tell where it lies."""
    found = commands.asked(options.state, "view")
    if found is None:
        raise Trouble("not_running", path=str(options.state))
    view = msgspec.convert(found, View)
    text = page.page(view, language, _, clock.now(clock.zone()))
    path = page.write(page.folder(options.state), text)
    if not page.show(path):
        print(path)
    return 0
