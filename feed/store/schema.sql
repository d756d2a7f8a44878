-- The feed's store on SQLite, version 1.
-- A token lets one laptop in. It stays until that laptop's first exchange, in case the answer never reached it.
create table enrolment (
    token_hash text primary key,
    asset_tag text not null,
    expires text not null,
    device text
) strict, without rowid;

-- One last contact, overwritten; a date, no history of it.
create table device (
    uid text primary key,
    asset_tag text not null,
    token_hash text not null unique,
    next_hash text unique,
    rotated text not null,
    epoch integer not null,
    language text not null,
    last_contact text
) strict, without rowid;

-- Rises with every change of any incident, and is never used twice, whatever retention deletes.
create table change (
    seq integer primary key autoincrement
) strict;

-- An incident at its highest revision.
create table incident (
    uid text primary key,
    seq integer not null unique,
    reference text not null,
    device text not null,
    kind text not null,
    rule text not null,
    clause text not null,
    policy text not null,
    subject_type text not null,
    subject_key text not null,
    subject_scope text not null,
    severity integer not null,
    state text not null,
    ending text,
    first_seen text not null,
    last_seen text not null,
    revision integer not null,
    follows text,
    attrs text not null
) strict, without rowid;
create unique index one_open on incident (device, rule, subject_type, subject_key, subject_scope) where state = 'open';
create index by_reference on incident (reference);

-- Every revision that was taken, byte for byte. `received` is a date, or a time for findings of tier A.
create table envelope (
    id text primary key,
    uid text not null,
    revision integer not null,
    received text not null,
    state text not null,
    severity integer not null,
    body blob not null
) strict, without rowid;
create index of_incident on envelope (uid, revision);

create table forwarded (
    forwarder text not null,
    uid text not null,
    revision integer not null,
    ticket text,
    primary key (forwarder, uid)
) strict, without rowid;

create table directive (
    n integer primary key autoincrement,
    device text not null,
    body text not null
) strict;
create index of_device on directive (device, n);

create table signin (
    token_hash text primary key,
    expires text not null
) strict, without rowid;

create table session (
    hash text primary key,
    until text not null
) strict, without rowid;
