"""Syncthing's config.xml: whether a folder is shared with another device, and who helps to find it.

It has no accounts: a folder that names two devices (this one is always one of them) is synced, with whom is not told.
"""

from xml.parsers import expat

from agent.clouds.forms import Found
from agent.sensors.bounded import Unreadable

_DEVICE = ("configuration", "folder", "device")  # not below defaults: that is what a new folder begins with
_HELPERS = {("configuration", "options", name) for name in ("globalAnnounceEnabled", "relaysEnabled")}
_TWO = 2
_DEEPEST = 20  # it goes six deep


class _Reading:
    """What was seen so far."""

    def __init__(self) -> None:
        self.path: list[str] = []
        self.devices: set[str] = set()
        self.shared = False
        self.helped = False
        self._text = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.path.append(name)
        self._text = ""
        if len(self.path) > _DEEPEST:
            raise Unreadable("too deep")
        if tuple(self.path) == _DEVICE[:2]:
            self.devices = set()
        elif tuple(self.path) == _DEVICE:
            self.devices.add(attributes.get("id", ""))
            self.shared = self.shared or len(self.devices) >= _TWO

    def text(self, part: str) -> None:
        self._text += part

    def end(self, _name: str) -> None:
        if tuple(self.path) in _HELPERS:
            self.helped = self.helped or self._text.strip() == "true"
        self.path.pop()


def find(data: bytes) -> list[Found]:
    """One where a folder is shared: `internet` where servers of others help to find a device, else `local`.

    Raises:
        Unreadable: It is no such file, is torn, or declares entities (Syncthing writes none).

    """
    reading = _Reading()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reading.start
    parser.CharacterDataHandler = reading.text
    parser.EndElementHandler = reading.end
    parser.StartDoctypeDeclHandler = _refused
    try:
        parser.Parse(data, True)  # noqa: FBT003 - its name can't be given
    except (expat.ExpatError, LookupError, ValueError) as error:  # the latter two: an encoding that nobody has
        raise Unreadable("not XML") from error
    return [Found("internet" if reading.helped else "local")] if reading.shared else []


def _refused(*_declared: object) -> None:
    raise Unreadable("declares a document type")
