// Package command gives chargers commands: any call of their version, or an
// order in plain words that is translated into calls. A command is checked
// against the version's message table, kept before it leaves, sent behind those
// that wait for the charger already and never after its deadline, and kept
// again with what came of it, so that there is a record of who wanted what.
//
// What was open when the server ended is unknown, because nobody can tell
// whether the charger did it; nothing is ever sent twice. The package reaches
// chargers through its Link and has rows kept by its Fleet; what an answer does
// to a session is decided elsewhere. It imports charging, fleet, auth, the
// versions of OCPP and their dialects.
package command
