"""`deskwarden`: the agent's commands. Exit codes: 0 done, 1 no (see the command), 2 wrong use, 3 it runs already."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from agent import words
from agent.errors import Trouble
from agent.platforms import this_system
from policy.words import Language, Translate


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; what a person may meet is said with a title, a cause and a way out."""
    chosen = words.chosen(os.environ)
    language: Language = chosen or "nl"
    _ = words.load(language)
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # a terminal of another time
    vars(argparse)["_"] = _  # its own words, in the reader's language
    options = _parser(_).parse_args(arguments)
    if "state" in options:
        options.state = options.state.absolute()  # it stands in links, menus and messages
    try:
        return _run(options, _, language, chosen)
    except Trouble as trouble:
        title, cause, way_out = trouble.words(_)
        print(f"{title}\n{cause}\n{way_out}", file=sys.stderr)
        return trouble.exit_code
    except KeyboardInterrupt:
        return 130


def _run(options: argparse.Namespace, _: Translate, language: Language, chosen: Language | None) -> int:
    from agent import commands  # noqa: PLC0415 - so that --help is quick

    if options.command == "run":
        from agent.run import run  # noqa: PLC0415 - the whole agent

        return run(options, _, options.language or chosen)
    if options.command == "mine":
        from agent.mine import mine  # noqa: PLC0415

        return mine(options, _, language)
    if options.command == "policy" and options.action == "identify":
        from agent.identify import identify  # noqa: PLC0415 - the catalogue

        return identify(options, _, language)
    if options.command == "policy" and options.action == "label":
        return commands.policy_label(options, _, language)
    command = {
        "status": commands.status,
        "findings": commands.findings,
        "sent": commands.sent,
        "may": commands.may,
        "policy": commands.policy_check,
    }[options.command]
    return command(options, _, language)


def _parser(_: Translate) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="deskwarden", description=_("Tells you first when this laptop drifts from the code of conduct.")
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar=_("COMMAND"))
    _run_parser(commands.add_parser("run", help=_("watch this laptop, in this terminal")), _)
    for name, words_ in (
        ("status", _("how everything stands")),
        ("findings", _("what was found")),
        ("sent", _("what left this laptop, byte for byte")),
    ):
        listing = commands.add_parser(name, help=words_)
        _common(listing, _)
        listing.add_argument("--json", action="store_true", help=_("for a program to read"))
    may = commands.add_parser("may", help=_("ask whether a program may be on this laptop"))
    may.add_argument("name", metavar=_("NAME"))
    _common(may, _)
    may.add_argument("--json", action="store_true", help=_("for a program to read"))
    _common(commands.add_parser("mine", help=_("open Mijn Deskwarden")), _)
    policy = commands.add_parser("policy", help=_("work on a policy document"))
    actions = policy.add_subparsers(dest="action", required=True, metavar=_("ACTION"))
    identify = actions.add_parser("identify", help=_("tell which client of a public cloud a process is, and why"))
    _common(identify, _)
    identify.add_argument("--json", action="store_true", help=_("for a program to read"))
    identify.add_argument("--os", choices=("linux", "windows"), help=_("whose processes these are"))
    label = actions.add_parser("label", help=_("tell a document's classification, from its metadata alone"))
    _common(label, _)
    label.add_argument("--json", action="store_true", help=_("for a program to read"))
    label.add_argument("files", type=Path, nargs="+", metavar=_("FILE"))
    check = actions.add_parser("check", help=_("tell every error with its place"))
    check.add_argument("file", type=Path, metavar=_("FILE"))
    check.add_argument("--json", action="store_true", help=_("for a program to read"))
    return parser


def _common(parser: argparse.ArgumentParser, _: Translate) -> None:
    parser.add_argument(
        "--state", type=Path, default=_state(), metavar="DIR", help=_("where the agent keeps its state")
    )
    parser.add_argument("--policy", type=Path, metavar="FILE", help=_("the policy document (default: the example)"))


def _state() -> Path:
    """DESKWARDEN_STATE; else the try-out of the folder that we are in; else the place of this OS."""
    if os.environ.get("DESKWARDEN_STATE"):
        return Path(os.environ["DESKWARDEN_STATE"])
    tried_out = Path(".run")
    return tried_out if (tried_out / "ledger.db").exists() else this_system().default_state()


def _run_parser(parser: argparse.ArgumentParser, _: Translate) -> None:
    _common(parser, _)
    parser.add_argument("--feed", metavar="URL", help=_("where incidents go; without it all stays here"))
    parser.add_argument(
        "--token-fd", type=int, metavar="N", help=_("read the one-time enrolment token from this descriptor")
    )
    parser.add_argument("--asset-tag", default="", metavar="TAG", help=_("the laptop's number in tickets"))
    parser.add_argument("--now", action="store_true", help=_("for trying out: no observing period, no quiet hours"))
    parser.add_argument("--grace", metavar="SPAN", help=_("for trying out: in place of every grace, such as 1m"))
    parser.add_argument(
        "--remind-after",
        metavar="SPAN",
        help=_("for trying out: remind to lock after this, in place of the policy's time"),
    )
    parser.add_argument("--root", type=Path, default=Path("/"), metavar="DIR", help=_("the machine that is looked at"))
    parser.add_argument("--language", choices=("nl", "en"), help=_("speak this language"))
    parser.add_argument("--no-desktop", action="store_true", help=_("no tray and no notices, this terminal alone"))


if __name__ == "__main__":
    sys.exit(main())
