package auth

import (
	"net/http"
	"net/netip"
	"strings"
)

// ClientAddr returns the address that a request came from: the peer's or, when
// the peer is a trusted proxy, the rightmost one in X-Forwarded-For that is not
// a trusted proxy's. It is the zero Addr when the peer has no address, as on a
// Unix socket.
//
// The Forwarded header is not read: a proxy that only writes X-Forwarded-For
// passes on whatever its client wrote there.
func ClientAddr(r *http.Request, trusted []netip.Prefix) netip.Addr {
	client, ok := parseAddr(r.RemoteAddr)
	if !ok || !contains(trusted, client) {
		return client
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, ok := parseAddr(strings.TrimSpace(hops[i]))
		if !ok {
			// What stands further left was not written by a proxy of ours.
			return client
		}
		client = hop
		if !contains(trusted, hop) {
			return client
		}
	}
	return client
}

func contains(prefixes []netip.Prefix, a netip.Addr) bool {
	for _, p := range prefixes {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// parseAddr reads an address with or without port and brackets.
func parseAddr(s string) (netip.Addr, bool) {
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().WithZone(""), true
	}
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	return a.Unmap().WithZone(""), err == nil
}
