"""The words of kind `cloud`: what is told of a client of a public cloud, and how company files come back from it."""

from datetime import datetime

from msgspec.structs import replace

from policy.kinds.removal import REMOVE
from policy.model import Attrs
from policy.words import Language, Notice, Translate, Words, listed, moment, seen_by


def title(attrs: Attrs, _: Translate) -> str:
    """The client as a person calls it."""
    return str(attrs.get("name", "?"))


def label(attrs: Attrs, _: Translate) -> str:
    """What a ticket calls it, by its state."""
    if attrs.get("state") == "syncing":
        private = attrs.get("account") == "private"
        return _("Private cloud that is linked") if private else _("Public cloud that is linked")
    return _("Public cloud in use") if attrs.get("state") == "running" else _("Client of a public cloud")


def words(notice: Notice, language: Language, _: Translate, now: datetime) -> Words:
    """The notice: what it is, what to use instead, until when, who knows; the way back stands in the steps."""
    name = str(notice.attrs.get("name", "?"))
    heading = _heading(notice, _).format(name=name)
    asked = _("Is there company information in it?") if notice.private.get("asks") and not _installed(notice) else ""
    rule = _("A public cloud is no place for company information (code {clause}).").format(clause=notice.clause)
    tool = notice.private.get(f"tool_{language}", "")
    use = _("Use {tool}.").format(tool=tool) if tool else ""
    body = " ".join(filter(None, (asked, rule, use, _until(notice, _, now))))
    return Words(title=heading, body=body, steps=_steps(notice, language, tool, _))


def _installed(notice: Notice) -> bool:
    return notice.attrs.get("state") == "installed"


def _heading(notice: Notice, _: Translate) -> str:
    state, account = notice.attrs.get("state"), notice.attrs.get("account")
    if state == "syncing":
        return (
            _("{name} is linked to a private account") if account == "private" else _("{name} is linked to an account")
        )
    return _("{name} is running on this laptop") if state == "running" else _("{name} is on this laptop")


def _until(notice: Notice, _: Translate, now: datetime) -> str:
    if notice.phase == "reported":
        told = _("Reported to {who}: client and laptop number. Putting it right ends the report.")
        return told.format(who=seen_by(notice.route, _))
    if notice.route == "none":
        return _("Nobody is told of this.")
    if notice.deadline is None:
        return _("Nobody has been told yet.")
    deadline = moment(notice.deadline.astimezone(now.tzinfo), now, _)
    text = _("After {deadline} client and laptop number go to {who}. Nobody has been told yet.")
    return text.format(deadline=deadline, who=seen_by(notice.route, _))


def _steps(notice: Notice, language: Language, tool: str, _: Translate) -> tuple[str, ...]:
    """Stop, bring the files back, unlink, remove; the policy's own lines come after."""
    name, state = str(notice.attrs.get("name", "?")), notice.attrs.get("state")
    steps: list[str] = []
    if state != "installed":
        steps.append(_back(notice, tool, _))
    if state == "syncing":
        steps.append(_("In {name}, sign out of the account or unlink this laptop.").format(name=name))
    if state != "installed":
        steps.append(_("Close {name}.").format(name=name))
    how = REMOVE.get(str(notice.attrs.get("source", "")))
    package = notice.private.get("package", "")
    if how and package:
        steps += how(replace(notice, attrs={**notice.attrs, "name": package}), _)
    elif state == "installed":
        steps.append(_("Remove {name} as you installed it.").format(name=name))
    return (*steps, *(notice.fix.of(language) if notice.fix else ()))


def _back(notice: Notice, tool: str, _: Translate) -> str:
    folder, name = notice.private.get("folder", ""), str(notice.attrs.get("name", "?"))
    if folder and tool:
        return _("Move company files from the folder {folder} to {tool}, and delete them there.").format(
            folder=folder, tool=tool
        )
    if tool:
        return _("Move company files from {name} to {tool}, and delete them there.").format(name=name, tool=tool)
    return _("Move company files from {name} to where they belong, and delete them there.").format(name=name)


def many(notices: tuple[Notice, ...], _: Translate, now: datetime) -> Words:
    """Several clients as one notice."""
    names = listed([title(notice.attrs, _) for notice in notices], _)
    clauses = ", ".join(sorted({notice.clause for notice in notices}))
    rule = _("{names}: a public cloud is no place for company information (code {clauses}).")
    said = [rule.format(names=names, clauses=clauses)]
    ends = [notice.deadline for notice in notices if notice.deadline and notice.phase == "noticed"]
    if ends:
        until = _("After {deadline} client and laptop number go to {who}.")
        first = moment(min(ends).astimezone(now.tzinfo), now, _)
        said.append(until.format(deadline=first, who=seen_by(notices[0].route, _)))
    if all(notice.phase == "noticed" for notice in notices):
        said.append(_("Nobody has been told yet."))
    return Words(title=_("{count} clients of public clouds need you").format(count=len(notices)), body=" ".join(said))


def way_out(count: int, _: Translate) -> str:
    """The button that shows the steps."""
    return _("How to put it right") if count == 1 else _("How to put them right")


def no_company_information(_: Translate) -> str:
    """The button that answers the question."""
    return _("No, nothing of the company")
