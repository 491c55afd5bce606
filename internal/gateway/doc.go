// Package gateway is the chargers' door: the handshake that turns an HTTP
// request into a WebSocket, the rules of a connection, and the OCPP-J
// conversation over it, in both directions.
//
// A Gateway is an http.Handler. It must get the request as it came, before any
// mux cleans the path, because a redirect is something that chargers do not
// follow. Everything is checked before the upgrade, and a refused handshake is
// kept with the reason and the fix in plain words.
//
// After the upgrade one goroutine reads the socket. A call of the charger is
// handled by a second goroutine that exists only while there are calls, so an
// idle connection costs one small stack. The messages of one charger are
// handled one after another, also across a reconnect. What a message means is
// decided by the dialect of its OCPP version and by package fleet; an answer
// leaves only after fleet has stored the event.
//
// What differs between the versions of OCPP stands in one row each (protocols).
// Messages of 2.x may be compressed, each by itself, so that an idle connection
// holds no window. Calls to a charger leave one after another (Call), and every
// call of either side can be kept as it was on the wire (Config.Messages).
//
// A connection has a security profile: how it proved whose it is. One below what
// its charger needs is refused.
//
// The newest connection of an identity wins at once. Each connection has a
// generation, and what an older one does late changes nothing.
//
// The package imports charging, fleet, auth, pki, ocpp and the dialects. It keeps
// nothing on disk and knows no HTTP other than the handshake.
package gateway
