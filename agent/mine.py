"""`deskwarden mine`: Mijn Deskwarden without a tray, from the app menu or a terminal."""

from argparse import Namespace

import msgspec

from agent import commands, words
from agent.desktop import clock, page
from agent.errors import Trouble
from agent.ipc import View
from policy.words import Language, Translate


def mine(options: Namespace, _: Translate, language: Language) -> int:
    """Write the page and open it; where there is no browser, tell where it lies."""
    found = commands.asked(options.state, "view")
    if found is None:
        raise Trouble("not_running", path=str(options.state))
    folder = page.folder(options.state)
    spoken = words.remembered(folder) or language  # what was chosen in the menu holds here too
    text = page.page(msgspec.convert(found, View), spoken, words.load(spoken), clock.now(clock.zone()))
    path = page.write(folder, text)
    if not page.show(path):
        print(path)
    return 0
