-- What version 2 adds.
-- What a laptop said last of what it can't look at, byte for byte, overwritten. No history, and no hour.
create table if not exists posture (
    device text primary key,
    uid text not null,
    revision integer not null,
    id text not null,
    body blob not null
) strict, without rowid;

-- The same, to count: a rule that an agent does not know (why is empty), or a kind that can't be looked at, and why.
create table if not exists unseen (
    device text not null,
    what text not null,
    why text not null,
    primary key (device, what, why)
) strict, without rowid;
create index if not exists by_what on unseen (what, why);
