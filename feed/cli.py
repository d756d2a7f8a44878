"""`deskwarden-feed`: the receiving end. Exit codes: 0 done, 1 no (see the command), 2 wrong use, 3 it runs already."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from feed.errors import Trouble
from feed.words import translate, wanted
from policy.words import Language, Translate

EXAMPLE = Path(__file__).parent.parent / "policy/examples/kpn.toml"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; what a person may meet is said with a title, a cause and a way out."""
    language = _language()
    _ = translate(language)
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # a terminal of another time
    vars(argparse)["_"] = _  # its own words, in the reader's language
    options = _parser(_).parse_args(arguments)
    try:
        if options.command == "serve":
            from feed.serve import serve  # noqa: PLC0415 - the whole feed

            return serve(options)
        from feed.listing import incidents  # noqa: PLC0415 - so that --help is quick

        return incidents(options, _, language)
    except Trouble as trouble:
        title, cause, way_out = trouble.words(_)
        print(f"{title}\n{cause}\n{way_out}", file=sys.stderr)
        return trouble.exit_code
    except KeyboardInterrupt:
        return 130


def _language() -> Language:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return wanted(value.partition("_")[0].partition(".")[0], "nl")
    return "nl"


def _parser(_: Translate) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="deskwarden-feed", description=_("Takes in incidents and passes them on."))
    commands = parser.add_subparsers(dest="command", required=True, metavar=_("COMMAND"))
    serve = commands.add_parser("serve", help=_("take in, pass on, and show the page"))
    _common(serve, _)
    serve.add_argument("--host", default="127.0.0.1", help=_("the address to listen on"))
    serve.add_argument("--port", type=int, default=8443, help=_("the port to listen on; 0 for any"))
    serve.add_argument("--url", default="", help=_("the address by which people reach the page"))
    serve.add_argument("--policy", type=Path, default=EXAMPLE, metavar="FILE", help=_("the policy document"))
    serve.add_argument(
        "--mail-to", default="helpdesk@example.invalid", metavar="ADDRESS", help=_("the helpdesk's address")
    )
    serve.add_argument("--mail-from", default="deskwarden@feed.invalid", metavar="ADDRESS", help=_("whom mail is from"))
    serve.add_argument("--smtp", metavar="URL", help=_("smtp://user@host:port; else a Maildir in the state directory"))
    serve.add_argument("--smtp-password-file", type=Path, metavar="FILE", help=_("where the mail server's password is"))
    serve.add_argument(
        "--enrol", metavar="TAG", help=_("let one laptop with this number in, and print its one-time token")
    )
    serve.add_argument("--tell-fd", type=int, metavar="N", help=argparse.SUPPRESS)
    serve.add_argument("--listen-fd", type=int, metavar="N", help=argparse.SUPPRESS)
    listing = commands.add_parser("incidents", help=_("what was reported"))
    _common(listing, _)
    listing.add_argument("--json", action="store_true", help=_("for a program to read"))
    listing.add_argument("--state-is", choices=("open", "resolved"), help=_("only these"))
    return parser


def _common(parser: argparse.ArgumentParser, _: Translate) -> None:
    parser.add_argument("--state", type=Path, default=_state(), metavar="DIR", help=_("where the feed keeps its state"))


def _state() -> Path:
    """DESKWARDEN_STATE; else the try-out of the folder that we are in; else a place of its own."""
    if os.environ.get("DESKWARDEN_STATE"):
        return Path(os.environ["DESKWARDEN_STATE"])
    tried_out = Path(".run")
    return tried_out if (tried_out / "feed.db").exists() else Path.home() / ".local/state/deskwarden-feed"


if __name__ == "__main__":
    sys.exit(main())
