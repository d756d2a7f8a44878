"""The commands that ask: status, findings, sent, may, policy check. Each prints for a person, or JSON with --json."""

import contextlib
import json
import sys
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from agent.clouds.catalogue import catalogue
from agent.errors import Trouble
from agent.ipc import Ask, Question, Sight
from agent.ledger import Sent
from agent.service import open_ledger
from agent.sight import gap_words, sight_lines
from agent.views import at_rest
from policy.document import BadPolicy, read
from policy.kinds import KINDS, Verdict, cloud, settings
from policy.model import Instant, Policy
from policy.words import Language, Translate

EXAMPLE = Path(__file__).parent.parent / "policy/examples/kpn.toml"


def load_policy(path: Path, *, strict: bool = False) -> Policy:
    """The policy in a file.

    Raises:
        Trouble: It can't be read, or has errors.

    """
    try:
        return read(path.read_bytes(), strict=strict)
    except OSError as error:
        raise Trouble("policy_unreadable", reason=error.strerror or str(error), path=str(path)) from error
    except BadPolicy as error:
        raise Trouble("policy_bad", problems=error.phrase(str(path))) from error


def status(options: Namespace, _: Translate, language: Language) -> int:
    """How everything stands. 0: every sensor has looked and the feed, where there is one, has answered."""
    found = asked(options.state, "status")
    if found is None:
        found = _resting(options.state)
    if options.json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        print("\n".join(_status_lines(found, _, language)))
    return 0 if found["ready"] else 1


def findings(options: Namespace, _: Translate, _language: Language) -> int:
    """What was found, the newest first."""
    found = asked(options.state, "findings")
    if found is None:
        ledger = open_ledger(options.state / "ledger.db", read_only=True)
        policy = load_policy(kept_policy(options))
        found = at_rest(policy, ledger.state(), Instant(datetime.now(UTC), 0.0))
        ledger.close()
    if options.json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
        return 0
    for one in found:
        print(_finding_line(one, _))
    if not found:
        print(_("Nothing was found here that the code of conduct asks about."))
    return 0


def sent(options: Namespace, _: Translate, _language: Language) -> int:
    """What left this laptop in the last 30 days: the very bytes."""
    ledger = open_ledger(options.state / "ledger.db", read_only=True)
    rows = ledger.sent()
    ledger.close()
    if options.json:
        print(json.dumps([_sent_json(row) for row in rows], ensure_ascii=False, indent=2))
        return 0
    outcomes = {
        "stored": _("taken"),
        "older": _("known already"),
        "adopted": _("known under another number"),
        "unanswered": _("sent, not answered"),
    }
    for row in rows:
        print(f"{row.on_date}  {outcomes.get(row.outcome, row.outcome)}  sha256:{row.id}")
        sys.stdout.flush()
        sys.stdout.buffer.write(row.body + b"\n")
        sys.stdout.buffer.flush()
    if not rows:
        print(_("Nothing has left this laptop."))
    return 0


def may(options: Namespace, _: Translate, language: Language) -> int:
    """Whether a program is on the list. Asked of the policy on this laptop: offline, and not recorded."""
    policy = load_policy(kept_policy(options))
    verdicts = [KINDS[rule.kind].may(rule.match, options.name) for rule in policy.rules.values()]
    denied = [said for said in verdicts if said.word == "denied"]
    cloud_named = [] if denied else _cloud(policy, options.name)
    verdicts = denied or cloud_named or [said for said in verdicts if said.word != "silent"]  # it approves of nothing
    ranked = sorted(verdicts, key=lambda said: ("denied", "approved", "unapproved").index(said.word))
    word, why = (ranked[0].word, ranked[0].why) if ranked else ("unknown", None)
    if options.json:
        reason = msgspec.to_builtins(why) if why else None
        print(json.dumps({"name": options.name, "answer": word, "why": reason}, ensure_ascii=False, indent=2))
    else:
        unknown = _("{name} is not on the list yet. Need it? Ask the helpdesk.")
        if cloud_named and why:
            unknown, why = _("{name} is a public cloud. Use {tool}.").replace("{tool}", why.of(language)), None
        sentence = {
            "approved": _("{name}: yes, it is on the list."),
            "denied": _("{name}: no, it may not be on this laptop."),
        }.get(word, unknown)
        print(sentence.format(name=options.name) + (f" {why.of(language)}" if why else ""))
    return 0 if word == "approved" else 1


def _cloud(policy: Policy, name: str) -> list[Verdict]:
    """What the rules on clouds say of a client that the catalogue has under this name."""
    typed = name.strip().lower()
    client = next((one for one in catalogue().clients.values() if typed in {one.id, one.name.lower()}), None)
    rules = [rule.match for rule in policy.rules.values() if isinstance(rule.match, cloud.Match)]
    if client is None:
        return []
    fact = cloud.of_client(client, "installed", "user")
    return [said for match in rules if (said := cloud.verdict(match, fact)).word != "silent"]


def policy_check(options: Namespace, _: Translate, _language: Language) -> int:
    """Whether a policy document is right; each error with its place."""
    if options.json and (problems := _problems(options.file, _)):
        print(json.dumps({"policy": None, "rules": [], "problems": problems}, ensure_ascii=False, indent=2))
        return 1
    policy = load_policy(options.file, strict=True)
    if options.json:
        print(json.dumps({"policy": policy.name, "rules": list(policy.rules), "problems": []}, indent=2))
    else:
        counts = {"rules": len(policy.rules), "clauses": len(policy.clauses)}
        print(_("{name}: right. {rules} rule(s), {clauses} clause(s).").format(name=policy.name, **counts))
    return 0


def policy_label(options: Namespace, _: Translate, _language: Language) -> int:
    """The classification of each file by the policy's labels; 0 where every one has a level."""
    from agent.label import answers, said  # noqa: PLC0415 - readers of documents

    found = list(answers(load_policy(kept_policy(options)).labels, options.files))
    if options.json:
        print(json.dumps(msgspec.to_builtins(found), ensure_ascii=False, indent=2))
    else:
        print("\n".join(said(answer, _) for answer in found))
    return 0 if all(answer.level for answer in found) else 1


def _problems(path: Path, _: Translate) -> list[dict[str, Any]]:
    """Each error of a document, for a program to read."""
    try:
        load_policy(path, strict=True)
    except Trouble as trouble:
        if isinstance(trouble.__cause__, BadPolicy):
            said = trouble.__cause__.problems
            return [{"line": p.line, "place": p.place, "expected": p.expected.said(_)} for p in said]
        raise
    return []


def asked(state: Path, what: Question) -> Any:
    """The running agent's answer; None where none runs."""
    if sys.platform != "win32":
        from agent.server import ask  # noqa: PLC0415 - does not import on Windows

        with contextlib.suppress(OSError):
            return ask(state, Ask(what))
    return None


def _resting(state: Path) -> dict[str, Any]:
    ledger = open_ledger(state / "ledger.db", read_only=True)
    waiting, kept = ledger.outbox(), ledger.state()
    ledger.close()
    still = sum(finding.phase != "ended" for finding in kept.findings.values())
    feed = {"url": "", "waiting": len(waiting), "refused": sum(w.refused is not None for w in waiting)}
    return {"ready": False, "running": False, "open": still, "feed": feed, "looks": [], "watched": [], "problems": []}


def kept_policy(options: Namespace) -> Path:
    """The one that was named, else the one that the agent here follows, else the example."""
    if options.policy:
        return Path(options.policy)
    kept = Path(options.state) / "policy.toml"
    return kept if kept.exists() else EXAMPLE


def _status_lines(found: dict[str, Any], _: Translate, language: Language) -> list[str]:
    if not found["running"]:
        return [
            _("Deskwarden does not run here."),
            _("Open findings: {n}").format(n=found["open"]),
            _("Waiting to be sent: {n}").format(n=found["feed"]["waiting"]),
        ]
    lines = [_("Deskwarden runs. Policy: {policy}").format(policy=found["policy"])]
    for rule in found["watched"]:
        works = _("works") if rule["works"] else gap_words(rule["why_not"], _)
        lines.append(f"  {rule['title'][language]} ({_('code {clause}').format(clause=rule['clause'])}): {works}")
    sight = msgspec.convert(found["screen"], Sight) if found["screen"] else None
    lines += [f"  {line}" for line in sight_lines(sight, _)]
    for look in found["looks"]:
        if not look["baseline"]:
            lines.append("  " + _("{source}: the first look is not done yet").format(source=look["source"]))
        if look["unknown"]:
            lines.append("  " + _unknown(look, _))
        if look["managed"]:
            names = ", ".join(look["managed"])
            lines.append("  " + _("Brought by the company's management, not on the list: {names}").format(names=names))
    lines.append(_("Open findings: {n}").format(n=found["open"]))
    lines += [*_feed_lines(found["feed"], _), *found["problems"]]
    return lines


def _unknown(look: dict[str, Any], _: Translate) -> str:
    """What can't be judged here, and so accuses nobody."""
    if look["kind"] == settings.KIND.name:
        titles = [settings.KIND.title({"check": name}, _) for name in look["unknown"]]
        return _("Can't be seen here: {names}").format(names=", ".join(titles))
    return _("Origin not known, so not judged: {names}").format(names=", ".join(look["unknown"]))


def _feed_lines(feed: dict[str, Any], _: Translate) -> list[str]:
    if not feed["url"]:
        return [_("No feed: everything stays on this laptop.")]
    if not feed["known"]:
        return list(Trouble("feed_refused", reason=feed["error"] or _("It needs a one-time enrolment token.")).words(_))
    if feed["error"]:
        words = _("The feed does not answer ({reason}); {n} waiting, nothing is lost.")
        return [words.format(reason=feed["error"], n=feed["waiting"])]
    lines = [_("The feed answers. Waiting to be sent: {n}").format(n=feed["waiting"])]
    if feed["refused"]:
        lines.append(_("Refused by the feed, and kept: {n}").format(n=feed["refused"]))
    return lines


def _finding_line(one: dict[str, Any], _: Translate) -> str:
    phases = {"noticed": _("noticed"), "reported": _("reported"), "ended": _("ended")}
    endings = {
        "put_right": _("put right"),
        "rule_gone": _("the rule is gone"),
        "excepted": _("excepted"),
        "expired": _("expired"),
    }
    word = endings.get(one["ending"] or "", phases[one["phase"]])
    title = KINDS[one["kind"]].title(one["attrs"], _) if one["kind"] in KINDS else one["subject"]["key"]
    return f"{one['reference']}  {title}  {word}  ({_('code {clause}').format(clause=one['clause'])})"


def _sent_json(row: Sent) -> dict[str, Any]:
    body = row.body.decode()
    return {
        "id": row.id,
        "uid": str(row.uid),
        "revision": row.revision,
        "on": row.on_date,
        "outcome": row.outcome,
        "body": body,
    }
