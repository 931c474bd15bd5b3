-- The store: things, what they claim, what they are charged with, the change log, the leases of loops.
-- Text that is compared is in the C collation, so that PostgreSQL sorts as Java does, whatever the locale.

create table thing (
    id          uuid primary key,
    kind        text collate "C" not null,
    project     text collate "C" not null,   -- '' for things of the whole site, so that one unique constraint covers both
    name        text collate "C" not null,
    labels      jsonb not null,
    generation  bigint not null,
    decision    bigint not null,
    observation bigint not null,
    version     bigint not null,             -- a change-log position before the row's last change: never later than it
    -- json, not jsonb: the text comes back as it was written, so that a writer can see that nothing changed; and jsonb refuses \u0000, which a tenant may send.
    desired     json not null,
    decided     json not null,
    seen        json not null,
    host        uuid,
    created     timestamptz not null,
    deleted     timestamptz,
    unique (kind, project, name)
) with (fillfactor = 80);                     -- room for updates beside the old row: those that touch no index stay in the page
create index thing_labels on thing using gin (labels jsonb_path_ops) where labels <> '{}';
create index thing_host on thing (host, kind) where host is not null;

create table claim (
    scope text collate "C" not null,
    key   text collate "C" not null,
    owner uuid not null references thing on delete cascade,
    primary key (scope, key)
);
create index claim_owner on claim (owner);

create table pool (
    name               text collate "C" primary key,
    limit_milli_cpus   bigint not null,
    limit_memory_bytes bigint not null,
    limit_disk_bytes   bigint not null,
    limit_instances    bigint not null,
    limit_addresses    bigint not null,
    taken_milli_cpus   bigint not null check (taken_milli_cpus >= 0),
    taken_memory_bytes bigint not null check (taken_memory_bytes >= 0),
    taken_disk_bytes   bigint not null check (taken_disk_bytes >= 0),
    taken_instances    bigint not null check (taken_instances >= 0),
    taken_addresses    bigint not null check (taken_addresses >= 0)
) with (fillfactor = 50);                     -- few rows, updated all the time

create table charge (
    owner        uuid not null references thing on delete cascade,
    pool         text collate "C" not null references pool,
    milli_cpus   bigint not null,
    memory_bytes bigint not null,
    disk_bytes   bigint not null,
    instances    bigint not null,
    addresses    bigint not null,
    primary key (owner, pool)
);

-- What happened. Versions are not in here: a tick says how far the log goes (see docs/decisions/0003-change-log.md).
create table change_log (
    xid     xid8 not null default pg_current_xact_id(),
    seq     bigint generated always as identity,
    what    text not null,
    kind    text not null,
    id      uuid not null,
    project text not null,
    name    text not null,
    host    uuid,
    primary key (xid, seq)
);

-- A tick makes the changes of all transactions that its snapshot sees, and that of the tick before does not, into the versions up to this one.
create table change_tick (
    upto     bigint primary key,
    snapshot pg_snapshot not null,
    at       timestamptz not null
);
insert into change_tick values (0, pg_current_snapshot(), now());

-- Changes that the later snapshot sees and the earlier does not: of transactions that began after the earlier one, or were under way in it.
create function changes_between(earlier pg_snapshot, later pg_snapshot) returns setof change_log language sql stable as $$
    select l.* from change_log l
     where l.xid >= pg_snapshot_xmax(earlier) and l.xid < pg_snapshot_xmax(later) and pg_visible_in_snapshot(l.xid, later)
    union all
    select l.* from pg_snapshot_xip(earlier) as x(xid) join change_log l on l.xid = x.xid
     where pg_visible_in_snapshot(l.xid, later)
$$;

create table lease (
    loop    text primary key,
    owner   text not null,                    -- '' after it was given up
    epoch   bigint not null,
    expires timestamptz not null
) with (fillfactor = 50);
