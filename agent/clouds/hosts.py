"""Whom an address, a URL or a repository names: a host, a back end, a mail domain.

Never the user, the password or the path.
"""

import re
from urllib.parse import urlsplit

# Back ends whose server is one's own: told by it. Of any other the name is told too.
_SERVERS = frozenset({
    "http", "https", "dav", "davs", "webdav", "webdavs", "rest", "sftp", "ssh", "scp", "rsync", "ftp", "ftps", "ftpes",
    "lftp", "imap", "imaps", "smb", "fish", "fishs", "seafile", "hdfs",
})  # fmt: skip
# The last label has letters alone: in a record of bytes another field's first byte may follow.
_MAIL = re.compile(r"[\w.+%'-]{1,64}@((?:[\w-]{1,63}\.){1,8}(?:xn--[a-z0-9-]{1,59}|[^\W\d_]{2,63}))", re.IGNORECASE)
_HOST = re.compile(r"[^\s/@\\]{1,253}")


def host(url: str) -> str:
    """`dav.example` of `https://me:secret@www.dav.example:443/path`, and of a host that stands alone; "" of none."""
    text = url.strip()
    try:
        name = urlsplit(text if "://" in text else f"//{text}").hostname or ""
    except ValueError:
        return ""
    name = name.rstrip(".").removeprefix("www.")
    return name if _HOST.fullmatch(name) else ""


def mail_domain(text: str) -> str:
    """Of the first e-mail address in it; "" where there is none."""
    found = _MAIL.search(text)
    return found[1].lower() if found else ""


def back_end(repository: str) -> tuple[str, str]:
    """What a repository of restic's or duplicity's speaks to: (back end, host), either may be "".

    `sftp:me@host:/path`, `rest:https://host/`, `s3:host/bucket`, `b2:bucket`, `webdavs://me@host/path`; a path on this
    machine is ("", "").
    """
    text = repository.strip()
    scheme, mark, rest = text.partition("://")
    if mark and scheme.replace("+", "").replace("-", "").isalnum():
        name = scheme.lower().rpartition("+")[2]  # boto3+s3, par2+webdav
        return ("", "") if name == "file" else (name, _host_of(name, rest))
    name, mark, rest = text.partition(":")
    if not mark or not name.isalnum() or len(name) == 1:  # one letter: a drive of Windows
        return "", ""
    name = name.lower()
    at = rest.partition("://")[2] or rest
    return name, _host_of(name, at.partition(":")[0] if name == "sftp" and at == rest else at)


def has_server(name: str) -> bool:
    """Whether somebody has the server of this back end themselves, so that its host tells whose it is."""
    return name in _SERVERS


def _host_of(name: str, rest: str) -> str:
    """Of a bucket's store a host has a dot: what stands there without one is the bucket."""
    at = host(rest.partition("/")[0])
    return at if has_server(name) or (name == "s3" and "." in at) else ""
