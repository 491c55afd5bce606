package gateway

import "strings"

// offeredProtocols returns the subprotocols that a client offers, in its order
// of preference. Headers are joined, empty elements dropped (server-rules 1).
func offeredProtocols(headers []string) []string {
	var offers []string
	for _, h := range headers {
		for o := range strings.SplitSeq(h, ",") {
			if o = strings.TrimSpace(o); o != "" {
				offers = append(offers, o)
			}
		}
	}
	return offers
}

// negotiate picks the first protocol offered that is spoken here; nil for none.
// The version in the URL does not count.
func negotiate(offers []string) *protocol {
	for _, o := range offers {
		for i := range protocols {
			if strings.EqualFold(o, protocols[i].name) {
				return &protocols[i]
			}
		}
	}
	return nil
}

// protocolNames lists what is spoken here, for people.
func protocolNames() string {
	names := make([]string, len(protocols))
	for i := range protocols {
		names[i] = protocols[i].name
	}
	return strings.Join(names, ", ")
}
