// Package pki is everything about certificates: the TLS listener with its
// server certificates and their reloading, the check of chargers' client
// certificates and to whom they belong, the built-in certificate authority,
// and questions to OCSP responders.
//
// It knows no connection of a charger and no message of OCPP: the gateway asks
// it, and app wires the two. It reads and writes files, listens for TLS, asks
// OCSP responders over the network, and imports charging only.
//
// # Files of the authority
//
//	root-ecdsa.pem, .key   the root that signs ECDSA certificates
//	root-rsa.pem, .key     the root that signs RSA certificates, so that a
//	                       charger that knows only RSA can verify its chain
//	roots.pem              both roots, for chargers and people to install
//	server-ecdsa.pem, .key the server's certificates
//	server-rsa.pem, .key
//	v2g-root.pem, .key     only with V2G: the root that vehicles trust
//	v2g-sub.pem, .key      what signs chargers' V2G certificates
//
// The folder is readable by its owner only, and so is each key.
package pki
