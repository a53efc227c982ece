-- The tables of package pglog. The program puts another name in the place of "contacts" if its options say so. All of
-- this may run again: what exists stays as it is. A role that writes needs USAGE on the schema and SELECT, INSERT,
-- UPDATE and DELETE on the tables; a replica needs SELECT only, once a store has been open on its log.

-- Creating the same table twice at the same time is an error.
SELECT pg_advisory_xact_lock(7162257741829033840);

CREATE SCHEMA IF NOT EXISTS "contacts";

-- One row a log. Each new entry updates it: the update compares the last place, so that no two stores add an entry
-- behind the same one, and the free space in its page keeps it cheap.
CREATE TABLE IF NOT EXISTS "contacts".logs (
	log      text     PRIMARY KEY,
	format   smallint NOT NULL, -- of the rows of this log: 1
	last     bigint   NOT NULL, -- place of the last entry, 0 if there never was one
	dropped  bigint   NOT NULL, -- place of the last entry that compaction has dropped, 0 if it has not dropped any
	confirms bigint   NOT NULL  -- counts writes that only wait until those before them are durable
) WITH (fillfactor = 10);

CREATE TABLE IF NOT EXISTS "contacts".entries (
	log   text   NOT NULL,
	seq   bigint NOT NULL, -- place of the entry
	after bigint NOT NULL, -- place of the one before, 0 for the first
	crc   bigint NOT NULL, -- CRC-32C of the places and the data
	data  bytea  NOT NULL,
	PRIMARY KEY (log, seq),
	UNIQUE (log, after)
);

CREATE TABLE IF NOT EXISTS "contacts".snapshots (
	log    text   NOT NULL,
	number bigint NOT NULL, -- they are numbered as they are saved
	at     bigint NOT NULL, -- the entry whose state it is
	size   bigint NOT NULL, -- in bytes
	sum    bytea  NOT NULL, -- SHA-256 of place and contents
	PRIMARY KEY (log, number)
);

CREATE TABLE IF NOT EXISTS "contacts".snapshot_parts (
	log    text   NOT NULL,
	number bigint NOT NULL, -- of the snapshot
	part   bigint NOT NULL, -- from 0
	crc    bigint NOT NULL, -- CRC-32C of the numbers and the data
	data   bytea  NOT NULL,
	PRIMARY KEY (log, number, part)
);
