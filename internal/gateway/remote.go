package gateway

import (
	"net/http"
	"net/netip"
	"strings"
)

// realAddress returns the address of the charger behind r, without its port:
// that of the peer or, when the peer is a trusted proxy, the rightmost address
// in X-Forwarded-For that is not a trusted proxy's.
func realAddress(r *http.Request, trusted []netip.Prefix) string {
	peer, ok := parseAddress(r.RemoteAddr)
	if !ok {
		return strings.Clone(r.RemoteAddr)
	}
	if !isTrusted(peer, trusted) {
		return peer.String()
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, ok := parseAddress(strings.TrimSpace(hops[i]))
		if !ok {
			// What stands further left was not written by a proxy of ours.
			break
		}
		peer = hop
		if !isTrusted(hop, trusted) {
			break
		}
	}
	return peer.String()
}

func isTrusted(a netip.Addr, trusted []netip.Prefix) bool {
	for _, p := range trusted {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// parseAddress reads an IP address with or without a port and brackets.
func parseAddress(s string) (netip.Addr, bool) {
	if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return a.Unmap(), true
	}
	ap, err := netip.ParseAddrPort(s)
	return ap.Addr().Unmap(), err == nil
}
