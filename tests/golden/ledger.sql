-- The ledger, version 1. tests/golden/ledger.sql holds these bytes: a change is a new version with a migration.
create table meta (
    key text primary key,
    value text not null
) strict, without rowid;

-- Findings as canonical JSON; rule and subject identify one, in its newest generation.
create table finding (
    rule text not null,
    type text not null,
    subject text not null,
    scope text not null,
    body text not null,
    primary key (rule, type, subject, scope)
) strict, without rowid;

-- What was there at a place's first complete look, less what has gone since.
create table baseline (
    source text not null,
    place text not null,
    type text not null,
    subject text not null,
    scope text not null,
    primary key (source, place, type, subject, scope)
) strict, without rowid;

-- Places whose baseline was taken; one that is empty has no row above.
create table place (
    source text not null,
    place text not null,
    primary key (source, place)
) strict, without rowid;

create table leave (
    id text primary key,
    body text not null
) strict, without rowid;

-- What has still to leave: the newest revision of each finding, in the order of the commits.
create table outbox (
    n integer primary key,
    id text not null unique,
    uid text not null unique,
    revision integer not null,
    body blob not null,
    refused text
) strict;

-- What left, byte for byte, and what the feed answered; 30 days.
create table sent (
    n integer primary key,
    id text not null,
    uid text not null,
    revision integer not null,
    on_date text not null,
    outcome text not null,
    body blob not null
) strict;
