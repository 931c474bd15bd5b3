-- Who did what (see docs/decisions/0008-audit.md): entries are announced in audit_open, and appended to audit, where nothing is changed any more.

create table audit (
    number  bigint primary key,               -- without gaps
    at      timestamptz not null,
    actor   text collate "C" not null,
    token   uuid,
    label   text,
    origin  text not null,
    method  text not null,
    route   text not null,
    project text collate "C",
    kind    text collate "C" not null,
    name    text collate "C" not null,
    status  int not null,                     -- 0: not known
    code    text,
    field   text,
    request text not null,
    count   bigint not null,
    hash    text not null                     -- over the hash of the entry before and all of this one
);
create index audit_actor on audit (actor, number);
create index audit_project on audit (project, number);
create index audit_name on audit (kind, name, number);
create index audit_at on audit (at);

-- 'head' is the last entry, 'start' the last that was let go; the chain is what lies between them.
create table audit_mark (
    which  text primary key,
    number bigint not null,
    hash   text not null
) with (fillfactor = 50);
insert into audit_mark values ('head', 0, repeat('0', 64)), ('start', 0, repeat('0', 64));

create table audit_open (
    id    uuid primary key,
    by    text not null,
    at    timestamptz not null,
    entry json not null
);

create function audit_refuses() returns trigger language plpgsql as $$
begin
    raise exception 'the audit is only ever appended to' using errcode = 'insufficient_privilege';
end $$;
create trigger audit_is_not_changed before update or truncate on audit for each statement execute function audit_refuses();
create trigger audit_marks_stay before insert or delete or truncate on audit_mark for each statement execute function audit_refuses();

-- Only a whole beginning can go, up to an entry that is kept as the start.
create function audit_forgets() returns trigger language plpgsql as $$
begin
    if exists (select 1 from gone where number > (select number from audit_mark where which = 'start')) then
        raise exception 'the audit is only ever appended to' using errcode = 'insufficient_privilege';
    end if;
    return null;
end $$;
create trigger audit_goes_from_the_start after delete on audit referencing old table as gone
    for each statement execute function audit_forgets();

-- Marks go forward, each to an entry that is there.
create function audit_moves() returns trigger language plpgsql as $$
begin
    if new.which <> old.which or new.number <= old.number
        or not exists (select 1 from audit where number = new.number and hash = new.hash) then
        raise exception 'the marks of the audit only go forward, from entry to entry' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;
create trigger audit_marks_go_forward before update on audit_mark for each row execute function audit_moves();
