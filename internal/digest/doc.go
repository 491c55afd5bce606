// Package digest works out what follows from the history: how long each port was
// in service, which errors there were and what they did to charging, and what
// somebody should be told of. It follows the history record by record behind a
// durable mark, and has what follows stored together with the new mark, so that a
// crash neither loses nor doubles any of it. No charger waits for it.
package digest
