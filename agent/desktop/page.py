"""The page "My Deskwarden": one HTML file for one person, written when it is asked for and opened in the browser.

No server, no script, nothing from elsewhere. All text from outside is escaped in one place (`_t`).
"""

import base64
import html
import io
import os
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

from agent.desktop import art
from agent.desktop.face import headline, opened, state
from agent.desktop.style import CSS
from agent.ipc import View, Watched
from agent.platforms import screen
from agent.sight import gap_words, sight_lines
from policy.kinds import KINDS
from policy.model import Contact
from policy.words import Language, Notice, Translate

NAME = "my-deskwarden.html"


def folder(state_directory: Path) -> Path:
    """Where the user half writes, for its own user's eyes alone; made where it is missing."""
    path = state_directory / "desktop"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def write(where: Path, text: str) -> Path:
    """Put the page in a folder, 0600, whole or not at all.

    Raises:
        OSError: It can't be written.

    """
    path, new = where / NAME, where / f".{NAME}.new"
    with suppress(FileNotFoundError):
        new.unlink()
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    new.replace(path)
    return path


def show(path: Path) -> bool:
    """Open a page in the browser; whether something was started."""
    return screen.open_file(path)


def page(view: View, language: Language, _: Translate, now: datetime, about: UUID | None = None) -> str:
    """The page's text.

    Args:
        view: what this person may see.
        language: for the policy's own words.
        _: the same language's catalogue.
        now: in the reader's zone.
        about: the finding that comes first.

    """
    parts = (
        _top(view, _),
        _findings(view, language, _, now, about),
        _watched(view, language, _),
        _contacts(view.contacts, language, _),
        _sent(view, _),
        _ended(view, _),
    )
    foot = _("{policy}. As it stood on {day} at {hour}; open it again from the menu for what came since.")
    return f"""<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="color-scheme" content="light dark">
<title>{_t(_("My Deskwarden"))}</title>
<link rel="icon" href="{_icon(view)}">
<style>{CSS}</style>
</head>
<body>
<main>
{"".join(parts)}<footer>{_t(foot.format(policy=view.policy, day=f"{now:%d-%m}", hour=f"{now:%H:%M}"))}</footer>
</main>
</body>
</html>
"""


def _t(text: str) -> str:
    return html.escape(text)


def _icon(view: View) -> str:
    data = io.BytesIO()
    art.picture(state(view)).save(data, "PNG")
    return "data:image/png;base64," + base64.b64encode(data.getvalue()).decode()


def _section(title: str, inner: Iterable[str], anchor: str) -> str:
    return f'<section id="{anchor}">\n<h2>{_t(title)}</h2>\n{"".join(inner)}</section>\n'


def _top(view: View, _: Translate) -> str:
    never = _(
        "Deskwarden never sees what you type, what is in your files, mail or sites, your screen, or where you are."
    )
    whose = " · ".join(part for part in (view.company, view.asset_tag) if part)
    return (
        f'<p class="never">{_t(never)}</p>\n'
        f'<header><img src="{_icon(view)}" alt="" width="48" height="48">'
        f'<div><h1>{_t(_("My Deskwarden"))}</h1><p class="quiet">{_t(whose)}</p></div></header>\n'
    )


def _findings(view: View, language: Language, _: Translate, now: datetime, about: UUID | None) -> str:
    notices = sorted(opened(view), key=lambda notice: notice.uid != about)
    cards = [_finding(notice, language, _, now) for notice in notices]
    return _section(headline(view, _), cards, "findings")


def _finding(notice: Notice, language: Language, _: Translate, now: datetime) -> str:
    words = KINDS[notice.kind].words(notice, language, _, now)
    steps = "".join(f"<li>{_t(step)}</li>" for step in words.steps)
    how = f"<h4>{_t(_('How to put it right'))}</h4>\n<ol>{steps}</ol>\n" if steps else ""
    about = "".join(f'<p class="quiet">{_t(line)}</p>\n' for line in words.about)
    clause = _("Code {clause}: {title}").format(clause=notice.clause, title=notice.clause_title.of(language))
    return (
        f'<article class="{notice.phase}" id="{notice.uid}">\n'
        f"<h3>{_t(words.title)}</h3>\n<p>{_t(words.body)}</p>\n{about}{how}"
        f"<details><summary>{_t(clause)}</summary><blockquote>{_t(notice.clause_quote.of(language))}</blockquote></details>\n"
        f'<p class="quiet">{_t(_("Reference"))} <b>{_t(notice.reference)}</b></p>\n</article>\n'
    )


def _watched(view: View, language: Language, _: Translate) -> str:
    rows = "".join(_row(watched, language, _) for watched in view.watched)
    head = "".join(f"<th>{_t(name)}</th>" for name in (_("Code"), _("What"), _("Works")))
    return _section(
        _("What is looked at, and under which clause"),
        (
            f"<table><thead><tr>{head}</tr></thead><tbody>\n{rows}</tbody></table>\n",
            *(f'<p class="quiet">{_t(line)}</p>\n' for line in sight_lines(view.sight, _)),
        ),
        "watched",
    )


def _row(watched: Watched, language: Language, _: Translate) -> str:
    works = _("yes") if watched.works else _("not here: {why}").format(why=gap_words(watched.why_not, _))
    return f"<tr><td>{_t(watched.clause)}</td><td>{_t(watched.title.of(language))}</td><td>{_t(works)}</td></tr>\n"


def _contacts(contacts: tuple[Contact, ...], language: Language, _: Translate) -> str:
    if not contacts:
        return ""
    return _section(
        _("Who can help"), (f"<ul>\n{''.join(_contact(c, language) for c in contacts)}</ul>\n",), "contacts"
    )


def _contact(contact: Contact, language: Language) -> str:
    ways = []
    if contact.phone:
        ways.append(f'<a href="tel:{quote(contact.phone.replace(" ", ""), safe="+")}">{_t(contact.phone)}</a>')
    if contact.mail:
        ways.append(f'<a href="mailto:{quote(contact.mail, safe="@")}">{_t(contact.mail)}</a>')
    note = f'<br><span class="quiet">{_t(contact.note.of(language))}</span>' if contact.note else ""
    return f"<li><b>{_t(contact.name.of(language))}</b> {' · '.join(ways)}{note}</li>\n"


def _sent(view: View, _: Translate) -> str:
    if not view.feed.url:
        lines = [_("Nothing leaves this laptop: no server is set.")]
    else:
        lines = [_("Reports go to {url}, after the time that you have for each.").format(url=view.feed.url)]
        if view.feed.waiting:
            lines.append(_("Waiting here to be sent: {count}.").format(count=view.feed.waiting))
    words = "".join(f"<p>{_t(line)}</p>\n" for line in lines)
    hint = _("To read every byte that was sent, type in a terminal:")
    return _section(_("What was sent"), (words, f"<p>{_t(hint)} <code>deskwarden sent</code></p>\n"), "sent")


def _ended(view: View, _: Translate) -> str:
    ended = [notice for notice in view.notices if notice.phase == "ended"]
    if not ended:
        return ""
    lines = "".join(
        f"<li>{_t(KINDS[n.kind].title(n.attrs, _))} <span class=quiet>{_t(n.reference)}</span></li>\n" for n in ended
    )
    return _section(_("Put right or closed"), (f"<ul>\n{lines}</ul>\n",), "ended")
