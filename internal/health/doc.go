// Package health works out how well chargers and ports did over a time: how long
// they were available, out of service and under maintenance, how much they were
// used, and the uptime of 23 CFR 680.116(b). It is arithmetic over the service
// intervals that the digest made of the history, with maintenance windows,
// exclusions and the server's own outages cut out, so sums are exact and every
// minute can be traced to the records that began and ended it.
//
// It reads no clock and reaches what is stored only through its Store. It imports
// charging only.
package health
