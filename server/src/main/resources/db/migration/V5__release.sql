-- The release that the tables were last brought to (see docs/decisions/0013-upgrade-in-place.md): a server two releases older keeps its hands off.

create table schema_release (
    one     boolean primary key default true check (one), -- there is one row
    release int not null,
    version text
);

insert into schema_release (release) values (1);
