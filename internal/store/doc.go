// Package store keeps what must survive: the configuration, the history of
// every message with the state after it, sessions, commands, what chargers told
// of their variables, their local lists, which files there are, API keys and
// refused handshakes. Today it keeps them in SQLite, in one file in the data folder.
//
// A data folder holds
//
//	chargeyard.db        the database, with chargeyard.db-wal while it is open
//	secret.key           the key behind charger passwords, outside the database
//	answered             up to which record chargers were answered, to notice a loss
//	lock                 held by the one process that may write
//	backups/             copies from before migrations and restores
//
// When [Store.Commit] returns nil the batch is on disk. There is one writer
// connection; reads use connections of their own and keep no transaction open
// beyond a page; checkpoints have their own connection too.
//
// All SQL stands in statements.go and in migrations/, in words that SQLite and
// PostgreSQL share; engine.go names the exceptions.
//
// It decides nothing: what a message means and what follows from it is the
// business of packages charging and fleet. Of ours it imports only charging.
package store
