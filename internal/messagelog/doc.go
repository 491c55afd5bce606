// Package messagelog keeps raw OCPP messages: every call between a charger and
// the server with its answer, as they were on the wire, for as many days as an
// operator wants to look back.
//
// The messages stand in files of their own beside the database, so that
// pruning them never touches what the present needs. New ones are written to
// the tail, a journal, about once a second. When it has grown, its messages are
// sorted by charger, compressed in blocks and appended to the newest segment,
// and the tail begins anew. Of each block only its bounds are in memory:
// chargers, times and ids. Whole segments are deleted when they are too old.
//
// Nothing waits for a disk here: a crash may lose the last second, and when the
// disk does not keep up messages are dropped and counted. The package imports
// charging only, and owns its folder.
package messagelog
