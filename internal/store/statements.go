package store

import (
	"fmt"
	"strings"
)

// statement names one of the statements of this package: those below, and those
// that the files of single things make with newStatement. All are known before
// the database is opened, so that the tests can prepare every one on every engine.
type statement int

// newStatement makes a statement at the start of the program.
func newStatement(text string) statement {
	statements = append(statements, text)
	return statement(len(statements) - 1)
}

const (
	begin statement = iota
	commit
	rollback

	insertRecord
	insertRecords
	fileOne
	fileMany
	unfiled
	upsertSession
	updateSession
	upsertCommand
	upsertVariable
	upsertLocalList
	upsertUpload
	upsertFirmware
	insertPort
	upsertOrganization
	upsertSite
	upsertCharger
	upsertPort
	upsertAccessID
	upsertVehicle
	upsertCustomer
	upsertKey
	deleteKeyScopes
	insertKeyScope
	deleteOrganization
	parkCharger
	parkPort
	parkAccessID
	insertConfigHistory

	createMigrations
	appliedMigrations
	insertMigration
	countPasswords

	setMeta
	getMeta
	getMark
	setMark
	allMarks
	raiseAllMarks

	pageOrganizations
	pageSites
	pageChargers
	pagePorts
	pageAccessIDs
	pageVehicles
	pageCustomers
	pageKeys
	pageKeyScopes
	newestVersions
	countUnfiled
	presentOfChargers
	presentOfPorts
	lastRecord

	recallPorts
	recallRecords
	newestState

	readCommand
	pageCommands
	findCommand
	openCommands
	unconfirmedCommands
	pageVariables
	readLocalList
	readUpload
	findUpload
	pageUploads
	readFirmware
	findFirmware
	pageFirmware

	readRecord
	historyPorts
	historyWindow
	historyOfPort
	historyOfKind
	historyOfNote

	upsertRefusal
	boundRefusalsAlike
	boundRefusalsOfRemote
	boundRefusals
	listRefusals

	pruneRows
	pruneNext
	pruneReadings
	pruneRecord
	pruneEntry
	addCurve
	readCurve

	countOrganizations
	countSites
	countChargers
	countPorts
	countSessions
	countRecords
	countFiled
	countCurves
	newestReceived
	oldestReceived
)

var statements = []string{
	begin:    `BEGIN`,
	commit:   `COMMIT`,
	rollback: `ROLLBACK`,

	insertRecord:  insert("history", recordColumns),
	insertRecords: insertMany("history", recordColumns, recordRows),
	fileOne:       insert("history_ports", entryColumns) + ` ON CONFLICT DO NOTHING`,
	fileMany:      insertMany("history_ports", entryColumns, fileRows) + ` ON CONFLICT DO NOTHING`,
	unfiled:       `SELECT charger_id, port_number, id FROM history WHERE id > $1 ORDER BY id`,
	upsertSession: upsert("sessions", sessionColumns),
	updateSession: `UPDATE sessions SET state = $4, started_at = $7, access_id = $10, vehicle_id = $11, customer_id = $12,
		energy = $14, ended_at = $15, end_reason = $16, packed = $17
		WHERE id = $1 AND charger_id = $2 AND port_number = $3 AND transaction_id = $5 AND assigned_id = $6
		AND start_written = $8 AND tag = $9 AND meter_start = $13 AND transaction_text = $18`,
	upsertCommand: upsert("commands", commandColumns),
	// The newest report wins, and leaves alone what it does not say.
	upsertVariable: insert("variables", variableColumns) + ` ON CONFLICT (charger_id, component_lower,
		component_instance_lower, evse, connector, name_lower, instance_lower, attribute) DO UPDATE SET
		component = excluded.component, component_instance = excluded.component_instance, name = excluded.name,
		instance = excluded.instance, value = excluded.value, has_value = excluded.has_value,
		mutability = CASE excluded.mutability WHEN '' THEN variables.mutability ELSE excluded.mutability END,
		characteristics = CASE excluded.characteristics WHEN '' THEN variables.characteristics
		ELSE excluded.characteristics END, reported_at = excluded.reported_at
		WHERE coalesce(excluded.reported_at, 0) >= coalesce(variables.reported_at, 0)`,
	upsertLocalList: insert("local_lists", localListColumns) + ` ON CONFLICT (charger_id) DO UPDATE SET
		version = excluded.version, entries = excluded.entries, entitled = excluded.entitled,
		updated_at = excluded.updated_at, problem = excluded.problem`,
	upsertUpload:   upsert("uploads", uploadColumns),
	upsertFirmware: upsert("firmware", firmwareColumns),
	insertPort:     insert("ports", ports.columns),

	upsertOrganization: upsert("organizations", organizations.columns),
	upsertSite:         upsert("sites", sites.columns),
	upsertCharger:      upsert("chargers", chargers.columns),
	upsertPort:         upsert("ports", ports.columns),
	upsertAccessID:     upsert("access_ids", accessIDs.columns),
	upsertVehicle:      upsert("vehicles", vehicles.columns),
	upsertCustomer:     upsert("customers", customers.columns),
	upsertKey:          upsert("api_keys", keys.columns),
	deleteKeyScopes:    `DELETE FROM api_key_scopes WHERE key_id = $1`,
	insertKeyScope:     `INSERT INTO api_key_scopes (key_id, position, kind, object_id) VALUES ($1, $2, $3, $4)`,
	deleteOrganization: `DELETE FROM organizations WHERE id = $1`,

	// Within one change, things may take over from each other what must be
	// unique. So those that change give it up before any takes it.
	parkCharger:  `UPDATE chargers SET ocpp_id = '' WHERE id = $1`,
	parkPort:     `UPDATE ports SET number = -id WHERE id = $1`,
	parkAccessID: `UPDATE access_ids SET tag_folded = '' WHERE id = $1`,

	insertConfigHistory: `INSERT INTO config_history (version, kind, object_id, at, actor, body)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (kind, object_id, version) DO UPDATE SET at = excluded.at, actor = excluded.actor, body = excluded.body`,

	createMigrations: `CREATE TABLE IF NOT EXISTS migrations (version BIGINT PRIMARY KEY, name TEXT NOT NULL,
		applied_at BIGINT NOT NULL, applied_by TEXT NOT NULL)`,
	appliedMigrations: `SELECT version, applied_by FROM migrations ORDER BY version DESC LIMIT 1`,
	insertMigration:   `INSERT INTO migrations (version, name, applied_at, applied_by) VALUES ($1, $2, $3, $4)`,
	countPasswords:    `SELECT count(*) FROM chargers WHERE password_hash <> ''`,

	setMeta: `INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
	getMeta: `SELECT value FROM meta WHERE name = $1`,
	getMark: `SELECT next FROM id_blocks WHERE kind = $1`,
	setMark: `INSERT INTO id_blocks (kind, next) VALUES ($1, $2)
		ON CONFLICT (kind) DO UPDATE SET next = excluded.next WHERE id_blocks.next < excluded.next`,
	allMarks: `SELECT kind, next FROM id_blocks ORDER BY kind`,
	raiseAllMarks: `UPDATE id_blocks SET next = CASE WHEN kind IN ('transaction', 'request', 'profile') AND next + $1 > $2
		THEN $2 ELSE next + $1 END WHERE kind NOT IN ('transaction', 'request', 'profile') OR next < $2`,

	pageOrganizations: page("organizations", organizations.columns),
	pageSites:         page("sites", sites.columns),
	pageChargers:      page("chargers", chargers.columns),
	pagePorts:         page("ports", ports.columns),
	pageAccessIDs:     page("access_ids", accessIDs.columns),
	pageVehicles:      page("vehicles", vehicles.columns),
	pageCustomers:     page("customers", customers.columns),
	pageKeys:          page("api_keys", keys.columns),
	countUnfiled: `SELECT count(*) FROM history AS h WHERE h.id <= $1 AND NOT EXISTS (SELECT 1 FROM history_ports AS p
		WHERE p.charger_id = h.charger_id AND p.port_number = h.port_number AND p.id = h.id)`,
	newestVersions: `SELECT h.object_id, h.body FROM config_history AS h WHERE h.kind = $1 AND h.object_id >= $2
		AND h.object_id <= $3 AND h.version = (SELECT max(v.version) FROM config_history AS v WHERE v.kind = h.kind
		AND v.object_id = h.object_id)`,
	pageKeyScopes: `SELECT kind, object_id FROM api_key_scopes WHERE key_id = $1 ORDER BY position`,

	presentOfChargers: `SELECT h.charger_id, h.id, h.state FROM chargers AS c JOIN history AS h ON h.id =
		(SELECT max(n.id) FROM history_ports AS n WHERE n.charger_id = c.id AND n.port_number = 0)
		WHERE c.id > $1 AND c.id <= $2`,
	presentOfPorts: `SELECT h.charger_id, h.port_number, h.id, h.state FROM ports AS p JOIN history AS h ON h.id =
		(SELECT max(n.id) FROM history_ports AS n WHERE n.charger_id = p.charger_id AND n.port_number = p.number)
		WHERE p.charger_id > $1 AND p.charger_id <= $2`,
	lastRecord: `SELECT coalesce(max(id), 0) FROM history`,

	recallPorts: `SELECT number FROM ports WHERE charger_id = $1 ORDER BY number`,
	recallRecords: `SELECT h.id, h.kind, h.received, h.happened, h.written, h.detail, h.readings
		FROM history_ports AS p JOIN history AS h ON h.id = p.id
		WHERE p.charger_id = $1 AND p.port_number = $2 ORDER BY p.id DESC LIMIT $3`,
	newestState: `SELECT h.state FROM history_ports AS p JOIN history AS h ON h.id = p.id
		WHERE p.charger_id = $1 AND p.port_number = $2 ORDER BY p.id DESC LIMIT 1`,

	// What stands literally in these conditions is what partial indexes have.
	readCommand: selectFrom("commands", commandColumns) + ` WHERE id = $1`,
	pageCommands: selectFrom("commands", commandColumns) +
		` WHERE charger_id = $1 AND ($2 = 0 OR id < $2) ORDER BY id DESC LIMIT $3`,
	findCommand: selectFrom("commands", commandColumns) + ` WHERE key_id = $1 AND idempotency_key = $2
		AND idempotency_key <> '' AND created_at >= $3 ORDER BY id DESC LIMIT 1`,
	openCommands: selectFrom("commands", commandColumns) +
		` WHERE status IN ('queued', 'sent') AND id > $1 ORDER BY id LIMIT $2`,
	unconfirmedCommands: selectFrom("commands", commandColumns) + ` WHERE status = 'answered' AND session_id = 0 AND action IN
		('RemoteStartTransaction', 'RemoteStopTransaction', 'RequestStartTransaction', 'RequestStopTransaction')
		AND created_at >= $1 AND (created_at > $1 OR id > $2) ORDER BY created_at, id LIMIT $3`,
	pageVariables: selectFrom("variables", variableColumns) + ` WHERE charger_id = $1 AND ($2 = '' OR component_lower = $2)
		AND ($3 = '' OR name_lower = $3)
		AND (component_lower, component_instance_lower, evse, connector, name_lower, instance_lower, attribute) >
		($4, $5, $6, $7, $8, $9, $10)
		ORDER BY component_lower, component_instance_lower, evse, connector, name_lower, instance_lower, attribute LIMIT $11`,
	readLocalList: selectFrom("local_lists", localListColumns) + ` WHERE charger_id = $1`,
	readUpload:    selectFrom("uploads", uploadColumns) + ` WHERE id = $1`,
	findUpload:    selectFrom("uploads", uploadColumns) + ` WHERE token_hash = $1`,
	pageUploads: selectFrom("uploads", uploadColumns) +
		` WHERE charger_id = $1 AND ($2 = 0 OR id < $2) ORDER BY id DESC LIMIT $3`,
	readFirmware: selectFrom("firmware", firmwareColumns) + ` WHERE id = $1`,
	findFirmware: selectFrom("firmware", firmwareColumns) + ` WHERE name = $1 AND removed_at IS NULL`,
	pageFirmware: selectFrom("firmware", firmwareColumns) + ` WHERE id > $1 ORDER BY id LIMIT $2`,

	readRecord: `SELECT id, charger_id, port_number, kind, received, happened, written, message_id, oddities, detail,
		readings, state, message FROM history WHERE id = $1`,
	historyPorts: `SELECT min(port_number) FROM history_ports WHERE charger_id = $1 AND port_number > $2`,
	historyWindow: `SELECT coalesce(min(w.id), 0), count(*), coalesce(max(w.received), 0) FROM (SELECT h.id, h.received
		FROM history_ports AS p JOIN history AS h ON h.id = p.id
		WHERE p.charger_id = $1 AND p.port_number = $2 AND p.id < $3 ORDER BY p.id DESC LIMIT $4) AS w`,
	historyOfPort: `SELECT h.id FROM history_ports AS p JOIN history AS h ON h.id = p.id
		WHERE p.charger_id = $1 AND p.port_number = $2 AND p.id < $3 AND p.id >= $4
		AND h.received >= $5 AND h.received <= $6 AND ($7 = '' OR $7 LIKE '%,' || h.kind || ',%' OR
		h.note <> '' AND $8 LIKE '%,' || h.note || ',%') ORDER BY p.id DESC LIMIT $9`,
	historyOfKind: `SELECT id FROM history WHERE charger_id = $1 AND kind = $2
		AND kind <> 4 AND kind <> 7 AND kind <> 12 AND kind <> 13 AND id < $3
		AND ($4 < 0 OR port_number = $4) AND received >= $5 AND received <= $6 ORDER BY id DESC LIMIT $7`,
	historyOfNote: `SELECT id FROM history WHERE charger_id = $1 AND note = $2 AND note <> '' AND id < $3
		AND ($4 < 0 OR port_number = $4) AND received >= $5 AND received <= $6 ORDER BY id DESC LIMIT $7`,

	// Refusals that are alike share a row, which keeps its id and first time.
	upsertRefusal: insert("refused_handshakes", refusalColumns) + ` ON CONFLICT (remote, identity, status, reason)
		DO UPDATE SET address = excluded.address, request = excluded.request, fix = excluded.fix,
		count = refused_handshakes.count + excluded.count, last_at = excluded.last_at`,
	boundRefusalsAlike: `DELETE FROM refused_handshakes WHERE remote = $1 AND identity = $2 AND id NOT IN
		(SELECT k.id FROM refused_handshakes AS k WHERE k.remote = $1 AND k.identity = $2
		ORDER BY k.last_at DESC, k.id DESC LIMIT $3)`,
	boundRefusalsOfRemote: `DELETE FROM refused_handshakes WHERE remote = $1 AND id NOT IN
		(SELECT k.id FROM refused_handshakes AS k WHERE k.remote = $1 ORDER BY k.last_at DESC, k.id DESC LIMIT $2)`,
	boundRefusals: `DELETE FROM refused_handshakes WHERE id NOT IN
		(SELECT k.id FROM refused_handshakes AS k ORDER BY k.last_at DESC, k.id DESC LIMIT $1)`,
	listRefusals: `SELECT id, last_at, address, request, identity, status, reason, fix, count, first_at
		FROM refused_handshakes ORDER BY last_at DESC, id DESC LIMIT $1`,

	pruneRows: `SELECT id, charger_id, port_number, kind, received, readings, state FROM history
		WHERE id > $1 ORDER BY id LIMIT $2`,
	pruneNext: `SELECT h.kind, h.received FROM history_ports AS p JOIN history AS h ON h.id = p.id
		WHERE p.charger_id = $1 AND p.port_number = $2 AND p.id > $3 ORDER BY p.id LIMIT 1`,
	pruneReadings: `UPDATE history SET readings = NULL WHERE id = $1`,
	pruneRecord:   `DELETE FROM history WHERE id = $1`,
	pruneEntry:    `DELETE FROM history_ports WHERE charger_id = $1 AND port_number = $2 AND id = $3`,
	addCurve: insert("curves", curveColumns) + ` ON CONFLICT (charger_id, port_number, session_id, quarter)
		DO UPDATE SET energy = coalesce(excluded.energy, curves.energy), soc = coalesce(excluded.soc, curves.soc),
		max_power = CASE WHEN curves.max_power > excluded.max_power THEN curves.max_power
		ELSE coalesce(excluded.max_power, curves.max_power) END,
		power_sum = curves.power_sum + excluded.power_sum, power_count = curves.power_count + excluded.power_count`,
	readCurve: `SELECT quarter, energy, soc, max_power, power_sum, power_count FROM curves
		WHERE charger_id = $1 AND port_number = $2 AND session_id = $3 AND quarter > $4 ORDER BY quarter LIMIT $5`,

	countOrganizations: `SELECT count(*) FROM organizations`,
	countSites:         `SELECT count(*) FROM sites`,
	countChargers:      `SELECT count(*) FROM chargers`,
	countPorts:         `SELECT count(*) FROM ports`,
	countSessions:      `SELECT count(*) FROM sessions`,
	countRecords:       `SELECT count(*) FROM history`,
	countFiled:         `SELECT count(*) FROM history_ports`,
	countCurves:        `SELECT count(*) FROM curves`,
	newestReceived:     `SELECT received FROM history ORDER BY id DESC LIMIT 1`,
	oldestReceived:     `SELECT received FROM history ORDER BY id LIMIT 1`,
}

func insert(table string, columns []string) string { return insertMany(table, columns, 1) }

// insertMany inserts so many rows at once.
func insertMany(table string, columns []string, rows int) string {
	values := make([]string, rows)
	for row := range values {
		places := make([]string, len(columns))
		for i := range columns {
			places[i] = fmt.Sprintf("$%d", row*len(columns)+i+1)
		}
		values[row] = "(" + strings.Join(places, ", ") + ")"
	}
	return fmt.Sprintf("INSERT INTO %s (%s) VALUES %s", table, strings.Join(columns, ", "), strings.Join(values, ", "))
}

var (
	recordColumns = []string{"id", "charger_id", "port_number", "kind", "received", "happened", "written", "message_id",
		"oddities", "detail", "readings", "state", "message", "note"}
	entryColumns = []string{"charger_id", "port_number", "id"}
)

// upsert inserts a row or replaces the one with its id.
func upsert(table string, columns []string) string {
	sets := make([]string, 0, len(columns))
	for _, column := range columns {
		if column != "id" {
			sets = append(sets, column+" = excluded."+column)
		}
	}
	return insert(table, columns) + " ON CONFLICT (id) DO UPDATE SET " + strings.Join(sets, ", ")
}

func selectFrom(table string, columns []string) string {
	return fmt.Sprintf("SELECT %s FROM %s", strings.Join(columns, ", "), table)
}

// page reads the rows after an id, by id.
func page(table string, columns []string) string {
	return selectFrom(table, columns) + " WHERE id > $1 ORDER BY id LIMIT $2"
}
