package pglog

import (
	"strings"

	"github.com/jackc/pgx/v5"
)

// queries are the statements of a log, for one schema. $1 is the name of the log.
type queries struct {
	server, format, createLog string
	head, exists              string
	add, next, confirm, page  string
	saved, save, part, seal   string
	readPart, isKept, list    string
	forget, forgetParts       string
	compact, drop             string
}

func queriesOf(schema string) queries {
	named := strings.NewReplacer("{s}", pgx.Identifier{schema}.Sanitize(), "{schema}", schema).Replace
	return queries{
		server: named(`SELECT pg_is_in_recovery(), current_setting('fsync'), current_setting('synchronous_commit'),
			EXISTS (SELECT FROM pg_tables WHERE schemaname = '{schema}' AND tablename = 'snapshot_parts')`),
		format: named(`SELECT format FROM {s}.logs WHERE log = $1`),
		createLog: named(`INSERT INTO {s}.logs (log, format, last, dropped, confirms)
			SELECT $1, $2, 0, 0, 0 WHERE NOT EXISTS (SELECT FROM {s}.entries WHERE log = $1)
			ON CONFLICT DO NOTHING`),

		head:   named(`SELECT last, dropped, pg_is_in_recovery() FROM {s}.logs WHERE log = $1`),
		exists: named(`SELECT EXISTS (SELECT FROM {s}.entries WHERE log = $1 AND seq = $2)`),

		// One statement is one transaction: nothing that happens to the client leaves the row of the log locked. The
		// update waits for another one that is in progress, and then compares again.
		add: named(`WITH head AS (UPDATE {s}.logs SET last = $3 WHERE log = $1 AND last = $2 RETURNING log)
			INSERT INTO {s}.entries (log, seq, after, crc, data) SELECT log, $3, $2, $4, $5 FROM head`),
		next: named(`SELECT l.last, l.dropped, pg_is_in_recovery(), e.seq, e.crc, e.data
			FROM {s}.logs l LEFT JOIN {s}.entries e ON e.log = l.log AND e.after = $2 WHERE l.log = $1`),
		confirm: named(`UPDATE {s}.logs SET confirms = confirms + 1 WHERE log = $1`),
		page: named(`SELECT seq, after, crc, data FROM (
				SELECT seq, after, crc, data, sum(octet_length(data)) OVER (ORDER BY seq
					ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - octet_length(data) AS bytes_before
				FROM {s}.entries WHERE log = $1 AND seq > $2 ORDER BY seq LIMIT $3) AS rows
			WHERE bytes_before < $4 ORDER BY seq`),

		saved: named(`SELECT l.last, pg_is_in_recovery(), COALESCE(s.number, 0), COALESCE(s.at, 0)
			FROM {s}.logs l LEFT JOIN {s}.snapshots s ON s.log = l.log WHERE l.log = $1
			ORDER BY s.number DESC LIMIT 1`),
		save: named(`INSERT INTO {s}.snapshots (log, number, at, size, sum) VALUES ($1, $2, $3, 0, '')
			ON CONFLICT DO NOTHING`),
		part:     named(`INSERT INTO {s}.snapshot_parts (log, number, part, crc, data) VALUES ($1, $2, $3, $4, $5)`),
		seal:     named(`UPDATE {s}.snapshots SET size = $3, sum = $4 WHERE log = $1 AND number = $2`),
		readPart: named(`SELECT crc, data FROM {s}.snapshot_parts WHERE log = $1 AND number = $2 AND part = $3`),
		isKept: named(`SELECT EXISTS (SELECT FROM {s}.snapshots WHERE log = $1 AND number = $2),
			pg_is_in_recovery()`),
		list:   named(`SELECT number, at, size, sum FROM {s}.snapshots WHERE log = $1 ORDER BY number DESC`),
		forget: named(`DELETE FROM {s}.snapshots WHERE log = $1 AND number < $2`),
		forgetParts: named(`DELETE FROM {s}.snapshot_parts WHERE log = $1 AND (number, part) IN (
			SELECT number, part FROM {s}.snapshot_parts WHERE log = $1 AND number < $2 LIMIT $3)`),

		// The second newest snapshot bounds what is dropped; without one nothing is.
		compact: named(`UPDATE {s}.logs SET dropped = e.seq FROM (
				SELECT max(seq) AS seq FROM {s}.entries WHERE log = $1 AND seq <= $2 AND seq <= (
					SELECT at FROM {s}.snapshots WHERE log = $1 ORDER BY number DESC OFFSET 1 LIMIT 1)) AS e
			WHERE log = $1 AND e.seq > dropped`),
		drop: named(`DELETE FROM {s}.entries WHERE log = $1 AND seq IN (
			SELECT seq FROM {s}.entries WHERE log = $1 AND seq <= (SELECT dropped FROM {s}.logs WHERE log = $1)
			ORDER BY seq LIMIT $2)`),
	}
}
