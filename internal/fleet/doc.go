// Package fleet is the live picture of the estate and the only place that
// decides about it.
//
// Events come in from the gateway, changes of the configuration from people.
// One goroutine, the committer, takes what waits, decides each event on a
// private draft of the charger it is about, has the batch stored in one
// transaction, and only then publishes the new Estate and hands the outcomes
// back. So nothing is answered that is not stored, and nothing is shown that
// is not stored.
//
// The rules of a decision are functions of package charging where they concern
// one noun; this package gives them state and order. It imports charging and
// energy, and does I/O only through the Store that it is given.
package fleet
