package ocpp

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
)

// Redacted stands for what is not kept.
const Redacted = "***"

// secretWords are in the names of settings whose values are secrets: the
// AuthorizationKey of 1.6, the BasicAuthPassword of 2.x, and what vendors have
// beside them. In lower case.
var secretWords = []string{"password", "passphrase", "authorizationkey", "secret", "privatekey", "private key", "wifipsk", "wpapsk", "apikey"}

// NamesSecret reports whether a name, or a text, speaks of a secret.
func NamesSecret(s string) bool {
	s = strings.ToLower(s)
	for _, word := range secretWords {
		if strings.Contains(s, word) {
			return true
		}
	}
	return false
}

// Redact returns a payload without its secrets: passwords, keys and what is
// told of them, credentials in addresses, private keys. It is the payload
// itself when there are none. Text that is no JSON comes back as a JSON string.
func Redact(payload []byte) []byte {
	if !suspicious(payload) {
		return payload
	}
	if !json.Valid(payload) {
		return AppendString(nil, RedactText(string(payload)))
	}
	return appendRedacted(make([]byte, 0, len(payload)), payload, "", false)
}

// suspects are what Redact looks for: parts of words and of addresses, in lower
// case. Letters can hide in escapes.
var suspects = []string{"pass", "private", "psk", "authorizationkey", "apikey", "secret", "sig", "token=", "key=", `vpn"`, "://", `:\/`, `\u00`}

// suspectPairs has, for the first byte of each suspect, the second as a bit:
// most messages hold none of these pairs.
var suspectPairs = func() (pairs [256]uint32) {
	for _, word := range suspects {
		bit := uint32(1) << (word[1] & 31)
		pairs[word[0]] |= bit
		if c := word[0]; c >= 'a' && c <= 'z' {
			pairs[c-0x20] |= bit
		}
	}
	return pairs
}()

// suspicious reports, in one pass, whether there is anything to look at.
func suspicious(p []byte) bool {
	for i := 0; i+1 < len(p); i++ {
		if suspectPairs[p[i]]>>(p[i+1]&31)&1 == 0 {
			continue
		}
		for _, word := range suspects {
			if startsFold(p[i:], word) {
				return true
			}
		}
	}
	return false
}

func startsFold(p []byte, word string) bool {
	if len(p) < len(word) {
		return false
	}
	for i := 0; i < len(word); i++ {
		if c := p[i]; c != word[i] && (c|0x20 != word[i] || c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

// secretMembers hold the value of what their object names.
var secretMembers = []string{"value", "attributeValue", "actualValue"}

// appendRedacted appends a valid JSON value without its secrets. name is that
// of the member it is the value of; hidden says that an object around it names
// a secret.
func appendRedacted(dst, value []byte, name string, hidden bool) []byte {
	value = bytes.TrimSpace(value)
	switch value[0] {
	case '{':
		return appendRedactedObject(dst, value, name, hidden)
	case '[':
		var list []json.RawMessage
		_ = json.Unmarshal(value, &list) // it is valid
		dst = append(dst, '[')
		for i, v := range list {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendRedacted(dst, v, name, hidden)
		}
		return append(dst, ']')
	case '"':
		var text string
		_ = json.Unmarshal(value, &text)
		if clean := redactString(text, name); clean != text {
			return AppendString(dst, clean)
		}
	}
	return append(dst, value...)
}

// member is a member of an object as it stands.
type rawMember struct {
	name  string
	value json.RawMessage
}

// membersOf returns the members of a valid object in their order.
func membersOf(object []byte) []rawMember {
	var members []rawMember
	d := json.NewDecoder(bytes.NewReader(object))
	_, _ = d.Token() // the brace; the object is valid
	for d.More() {
		name, _ := d.Token()
		var m rawMember
		m.name, _ = name.(string)
		_ = d.Decode(&m.value)
		members = append(members, m)
	}
	return members
}

func appendRedactedObject(dst, object []byte, name string, hidden bool) []byte {
	members := membersOf(object)
	hidden = hidden || namesSecret(members)
	vpn := strings.EqualFold(name, "vpn")
	dst = append(dst, '{')
	for i, m := range members {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(AppendString(dst, m.name), ':')
		scalar := m.value[0] != '{' && m.value[0] != '['
		switch {
		case hidden && scalar && isOneOf(m.name, secretMembers), NamesSecret(m.name) && string(m.value) != "null",
			vpn && strings.EqualFold(m.name, "key"):
			dst = AppendString(dst, Redacted)
		default:
			// What a secret's attributes say is secret too.
			dst = appendRedacted(dst, m.value, m.name, hidden && strings.EqualFold(m.name, "variableAttribute"))
		}
	}
	return append(dst, '}')
}

func isOneOf(name string, list []string) bool {
	for _, s := range list {
		if strings.EqualFold(name, s) {
			return true
		}
	}
	return false
}

// namesSecret reports whether an object is about a setting that is a secret:
// its member key (1.6), or the name of its variable (2.x).
func namesSecret(members []rawMember) bool {
	for _, m := range members {
		var named struct{ Name string }
		switch {
		case strings.EqualFold(m.name, "key"):
			if json.Unmarshal(m.value, &named.Name) == nil && NamesSecret(named.Name) {
				return true
			}
		case strings.EqualFold(m.name, "variable"), strings.EqualFold(m.name, "component"):
			if json.Unmarshal(m.value, &named) == nil && NamesSecret(named.Name) {
				return true
			}
		}
	}
	return false
}

// redactString cleans a text that is the value of a member. Vendors put JSON
// into texts, and into data what nobody can tell apart.
func redactString(s, name string) string {
	if t := strings.TrimSpace(s); len(t) > 1 && (t[0] == '{' || t[0] == '[') && json.Valid([]byte(t)) {
		if clean := Redact([]byte(t)); string(clean) != t {
			return string(clean)
		}
		return s
	}
	if strings.EqualFold(name, "data") && NamesSecret(s) {
		return Redacted
	}
	return RedactText(s)
}

var (
	credentials = regexp.MustCompile(`([a-zA-Z][a-zA-Z0-9+.-]*:(?:\\?/){2})[^\s/@"'<>?#]*@`)
	queryKeys   = regexp.MustCompile(`(?i)([?&](?:[a-z_-]*token|[a-z_-]*key|password|passwd|pwd|secret|sig|signature)=)[^&\s"'<>#]+`)
	privateKeys = regexp.MustCompile(`(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)`)
	// assigned is a secret's name with its value behind it, as in a frame that
	// was cut off, or in a line of settings.
	assigned = regexp.MustCompile(`(?i)((?:password|passphrase|authorizationkey|secret|privatekey|wifipsk|wpapsk|apikey)[a-z0-9_-]*\\?["']?\s*(?:,\s*\\?["']?(?:readonly\\?["']?\s*:\s*\w+\s*,\s*\\?["']?)?value\\?["']?)?\s*[:=]\s*)(\\?"(?:[^"\\]|\\.)*\\?"?|\\?'[^']*'?|[^\s,;&}"']+)`)
)

// RedactText returns a text without credentials in addresses, private keys and
// values behind the names of secrets.
func RedactText(s string) string {
	if !suspicious([]byte(s)) {
		return s
	}
	s = privateKeys.ReplaceAllString(s, Redacted)
	s = credentials.ReplaceAllString(s, "${1}"+Redacted+"@")
	s = queryKeys.ReplaceAllString(s, "${1}"+Redacted)
	return assigned.ReplaceAllString(s, "${1}"+Redacted)
}
