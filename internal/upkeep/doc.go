// Package upkeep tells chargers what nobody has to ask for: after a boot it
// reads a charger's configuration, keeps it, and sets only what differs from
// the wishes of its site; and it keeps the local authorization list of every
// charger that has one in step with the access IDs, so that charging goes on
// while the link is down. It also asks for a status that a charger owes, after
// its boot or a change of availability, and did not tell.
//
// None of it may harm: a call that fails is noted and tried again after the
// next boot, chargers that are to be left alone are, one that does not bear a
// visit has longer and longer rests, and every call lets those of operators go
// first. The package reaches chargers only through its Link and
// decides nothing about sessions. It imports charging, fleet and the versions
// of OCPP.
package upkeep
