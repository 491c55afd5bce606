package ocpp

import "regexp"

// secretName is in the names of settings whose values are secrets: the
// AuthorizationKey of 1.6, the BasicAuthPassword of 2.x, and what vendors have
// beside them. Lists of settings and texts spell them in several ways.
const secretName = `pass[-_ ]?(?:word|phrase)|passwd|pwd|authorization[-_ ]?key|secret|private[-_ ]?key|shared[-_ ]?key|api[-_ ]?key|` +
	`(?:access|auth)[-_]?token|psk|sim[-_]?pin`

var secretNames = regexp.MustCompile(`(?i)` + secretName)

// NamesSecret reports whether a name, or a text, speaks of a secret.
func NamesSecret(s string) bool { return suspicious(s) && secretNames.MatchString(s) }

// suspects are what secrets are known by, in lower case: parts of words and of
// addresses. Letters can hide in escapes. at is where in a suspect three bytes
// begin that are rare in other messages.
var suspects = [...]struct {
	word string
	at   int
}{
	{"pass", 1}, {"pwd", 0}, {"psk", 0}, {"private", 1}, {"shared", 0}, {"secret", 1}, {"api", 0}, {"authorization", 6},
	{"accesstoken", 1}, {"access_token", 1}, {"access-token", 1}, {"authtoken", 2}, {"auth_token", 3}, {"auth-token", 3},
	{"simpin", 3}, {"sim_pin", 4}, {"sim-pin", 4}, {"vpn", 0},
	{"token=", 3}, {"key=", 1}, {"sig=", 1}, {"signature=", 1},
	{"://", 0}, {`:\/`, 0}, {`:/\`, 0}, {"%3a%2f", 0}, {`\u00`, 0},
}

// sought is a suspect with a place in it.
type sought struct {
	word string
	at   int
}

// suspectPairs has, for each two bytes, the number of their list in suspectsAt,
// and 0 for most. Of the three bytes of a suspect either the first two or the
// last two stand at an even place, so that every second place is enough.
var suspectPairs, suspectsAt = func() (pairs *[1 << 16]uint8, lists [][]sought) {
	pairs, lists = new([1 << 16]uint8), make([][]sought, 1)
	for _, s := range suspects {
		for _, at := range [...]int{s.at, s.at + 1} {
			for _, a := range cases(s.word[at]) {
				for _, b := range cases(s.word[at+1]) {
					pair := uint16(a) | uint16(b)<<8
					if pairs[pair] == 0 {
						pairs[pair] = uint8(len(lists))
						lists = append(lists, nil)
					}
					n := pairs[pair]
					lists[n] = append(lists[n], sought{s.word, at})
				}
			}
		}
	}
	return pairs, lists
}()

// cases returns a byte in both cases; once when it has but one.
func cases(b byte) []byte {
	if b >= 'a' && b <= 'z' {
		return []byte{b, b - 0x20}
	}
	return []byte{b}
}

// suspicious reports whether there is anything to look at. It is the price
// that every message pays.
func suspicious[T string | []byte](p T) bool {
	for i := 0; i+1 < len(p); i += 2 {
		n := suspectPairs[uint16(p[i])|uint16(p[i+1])<<8]
		if n == 0 {
			continue
		}
		for _, s := range suspectsAt[n] {
			if i >= s.at && startsFold(p[i-s.at:], s.word) {
				return true
			}
		}
	}
	return false
}

func startsFold[T string | []byte](p T, word string) bool {
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
