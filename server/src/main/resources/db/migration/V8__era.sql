-- The eras of this database (see docs/decisions/0012-eras.md): a new one begins whenever it may have gone back to an older state, by a restore or by a standby that took over.

create table era (
    start  bigint primary key,               -- the version at which the change log begins anew; lease epochs go on from here as well
    since  timestamptz not null,
    system text not null                     -- which PostgreSQL, in which timeline; '' until the first of all connections
);
insert into era values (0, now(), '');

-- Changes with another PostgreSQL, and with every standby that takes over.
create function database_identity() returns text language sql stable as $$
    select system_identifier || '/' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) from pg_control_system()
$$;

-- What every connection does first: nobody reads or writes anything before a new era has begun where one is due. Versions and epochs of a new era are behind all that were
-- ever given, also those that this database has forgotten: a million for each second since 1970.
create function enter_era(out start bigint, out since timestamptz) language plpgsql as $$
declare
    known text;
    here  text;
begin
    if pg_is_in_recovery() then
        raise exception 'this is a standby, which can only be read' using errcode = 'cannot_connect_now';
    end if;
    here := database_identity();
    select e.start, e.since, e.system into start, since, known from era e order by e.start desc limit 1;
    if known = here then
        return;
    end if;
    perform pg_advisory_xact_lock(383683285321); -- of whoever makes a tick
    lock table era in exclusive mode;
    select e.start, e.since, e.system into start, since, known from era e order by e.start desc limit 1;
    if known = here then
        return;
    end if;
    if known = '' then
        update era e set system = here where e.start = enter_era.start;
        return;
    end if;
    start := greatest(start + 1, (select max(upto) + 1 from change_tick), floor(extract(epoch from clock_timestamp()))::bigint << 20);
    since := clock_timestamp();
    insert into era values (start, since, here);
    delete from change_log;
    delete from change_tick;
    insert into change_tick values (start, pg_current_snapshot(), clock_timestamp());
    delete from lease;
end $$;
