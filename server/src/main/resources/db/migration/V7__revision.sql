-- How far the row had come with the change: who knows it as far as that need not read it again. 0: not known, as a server of the release before does not say it.
alter table change_log
    add column generation  bigint not null default 0,
    add column decision    bigint not null default 0,
    add column observation bigint not null default 0;
