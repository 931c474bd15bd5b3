-- What happened to each thing: a bounded list, written along with the change that it tells of. Not read where things are listed.
alter table thing add column story json not null default '{"events":[]}';
