package gateway

import (
	"net/http"
	"net/url"
	"strings"
)

// Serves reports whether a request is for the gateway: a path that begins with
// /ocpp, however many slashes, or any other attempt to open a WebSocket outside
// /api, so that a charger with a wrong URL shows among the refused ones.
func Serves(r *http.Request) bool {
	first := ""
	if s := segments(r.URL.EscapedPath()); len(s) > 0 {
		first = strings.ToLower(s[0])
	}
	if strings.HasPrefix(first, "ocpp") {
		return true
	}
	return first != "api" && hasToken(r.Header.Values("Upgrade"), "websocket")
}

// Routes lists what chargers connect to, in its plainest form.
func Routes() []string { return []string{"GET /ocpp/{identity}"} }

// segments splits an escaped path at its slashes, drops empty elements and
// decodes each once, so that %2F stays part of an identity.
func segments(escaped string) []string {
	var out []string
	for s := range strings.SplitSeq(escaped, "/") {
		if s == "" {
			continue
		}
		if decoded, err := url.PathUnescape(s); err == nil {
			s = decoded
		}
		out = append(out, s)
	}
	return out
}

// pathIdentity returns the identity in a path, "" for none: its last segment
// (server-rules 1). So the version in /ocpp1.6/CP1 and an identity written
// twice need no rule of their own.
func pathIdentity(escaped string) string {
	s := segments(escaped)
	if len(s) == 0 {
		return ""
	}
	last := s[len(s)-1]
	if len(s) == 1 && strings.EqualFold(last, "ocpp") || isVersionSegment(last) {
		return ""
	}
	return last
}

// isVersionSegment reports whether s names an OCPP version, so that it stands
// where the identity is missing: ocpp1.6, ocpp2.0.1j, v16, 1.6.
func isVersionSegment(s string) bool {
	digits := strings.TrimSuffix(strings.TrimLeft(strings.TrimPrefix(strings.ToLower(s), "ocpp"), "-_v"), "j")
	switch digits {
	case "1.2", "1.5", "1.6", "2.0", "2.0.1", "2.1":
		return true
	case "12", "15", "16", "20", "201", "21":
		return digits != s // 16 alone may well be an identity
	}
	return false
}

// isGlued reports whether a path looks as if the slash before the identity had
// been forgotten, as in /ocppCP1.
func isGlued(escaped string) bool {
	s := segments(escaped)
	return len(s) == 1 && len(s[0]) > len("ocpp") && strings.EqualFold(s[0][:len("ocpp")], "ocpp")
}

// identityOf returns the identity of a request: from the path, then from the
// query when that is configured, then the user name when that is.
func (cfg *Config) identityOf(r *http.Request) string {
	if id := pathIdentity(r.URL.EscapedPath()); id != "" {
		return id
	}
	if r.URL.RawQuery != "" && len(cfg.QueryIdentity) > 0 {
		for name, values := range r.URL.Query() {
			for _, want := range cfg.QueryIdentity {
				if strings.EqualFold(name, want) && values[0] != "" {
					return values[0]
				}
			}
		}
	}
	if cfg.UserIdentity {
		if user, _, ok := r.BasicAuth(); ok {
			return user
		}
	}
	return ""
}

// hasToken reports whether one of the comma-separated header values is token,
// without regard to case.
func hasToken(values []string, token string) bool {
	for _, v := range values {
		for t := range strings.SplitSeq(v, ",") {
			if strings.EqualFold(strings.TrimSpace(t), token) {
				return true
			}
		}
	}
	return false
}
