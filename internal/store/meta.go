package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// The names in table meta. They are stored.
const (
	metaServerID      = "server_id"      // random, made with the database
	metaEpoch         = "epoch"          // random, made anew by every restore
	metaConfigVersion = "config_version" // of the last Change
	metaLifeMark      = "life_mark"      // microseconds
	metaSecretID      = "secret_id"      // of the key that the charger passwords were made with
	metaFiled         = "filed"          // id up to which records are in history_ports
	metaPruned        = "pruned"         // id up to which readings were pruned
	metaSchemaSum     = "schema_sum"     // checksum of the tables as the last migration left them
)

// meta reads one value with the writer's connection; "" when there is none.
func (db *sqlite) meta(name string) (string, error) {
	var value string
	err := db.queryRow(getMeta, []any{name}, &value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, err
}

// metaNumber reads one value that is a number; 0 when there is none.
func (db *sqlite) metaNumber(name string) (int64, error) {
	value, err := db.meta(name)
	if value == "" || err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("meta %s: %w", name, err)
	}
	return n, nil
}

func (db *sqlite) setMeta(name, value string) error {
	_, err := db.exec(setMeta, name, value)
	return err
}

func (db *sqlite) setLifeMark(at time.Time) error {
	return db.setMeta(metaLifeMark, strconv.FormatInt(at.UnixMicro(), 10))
}

// identify reads who this database is, and makes it up for a new one.
func (db *sqlite) identify() (serverID, epoch string, err error) {
	if serverID, err = db.metaOrNew(metaServerID); err != nil {
		return "", "", err
	}
	epoch, err = db.metaOrNew(metaEpoch)
	return serverID, epoch, err
}

func (db *sqlite) metaOrNew(name string) (string, error) {
	value, err := db.meta(name)
	if value != "" || err != nil {
		return value, err
	}
	value = randomName()
	return value, db.setMeta(name, value)
}

// randomName returns 128 random bits as text.
func randomName() string {
	var bytes [16]byte
	rand.Read(bytes[:]) // never fails
	return hex.EncodeToString(bytes[:])
}

// readMetaNumber reads a number with a reader's connection; 0 for none.
func (db *sqlite) readMetaNumber(ctx context.Context, name string) (int64, error) {
	var value string
	err := db.readRow(ctx, getMeta, []any{name}, &value)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(value, 10, 64)
}
