package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

const (
	// keyMark begins every key, so that people and secret scanners know one.
	keyMark = "cy_"
	// keyLetters carry 256 bits: 43 letters of 62 are 62^43 > 2^256 keys. There
	// is no "-" among them, so that a double click selects a whole key.
	keyLetters  = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	keyLength   = 43
	prefixShown = len(keyMark) + 6
)

// NewKeyText makes the text of a new API key: "cy_" and 256 random bits. It is
// shown once; only HashKey of it is kept.
func NewKeyText() string {
	text := make([]byte, 0, len(keyMark)+keyLength)
	text = append(text, keyMark...)
	// Bytes from 248 on are thrown away: 248 is the largest multiple of 62, and
	// with them the first letters would be likelier than the others.
	const fair = 256 - 256%len(keyLetters)
	var random [2 * keyLength]byte
	for len(text) < cap(text) {
		rand.Read(random[:])
		for _, b := range random {
			if int(b) < fair && len(text) < cap(text) {
				text = append(text, keyLetters[int(b)%len(keyLetters)])
			}
		}
	}
	return string(text)
}

// HashKey is the form in which a key is kept and looked up. A key is random
// enough that a fast hash without salt cannot be turned back, and a look-up by
// it takes the same time however much of a key is right.
func HashKey(text string) [32]byte { return sha256.Sum256([]byte(text)) }

// KeyPrefix is the beginning of a key by which people recognise it in a list.
func KeyPrefix(text string) string { return text[:min(len(text), prefixShown)] }

// Keys finds an API key by its hash; nil when there is none.
type Keys interface {
	Key(hash [32]byte) *charging.APIKey
}

// FindKey returns the key with that text, or nil when it is unknown, revoked
// or expired at now.
func FindKey(keys Keys, text string, now time.Time) *charging.APIKey {
	k := keys.Key(HashKey(text))
	switch {
	case k == nil, !k.RevokedAt.IsZero():
		return nil
	case !k.ExpiresAt.IsZero() && !k.ExpiresAt.After(now):
		return nil
	}
	return k
}

// BearerKey returns the key in an Authorization header such as "Bearer cy_…".
// The scheme is read without regard to letter case and blanks around the key
// are ignored; ok is false for anything else (contract 1.2).
func BearerKey(header string) (text string, ok bool) {
	const scheme = "bearer"
	header = strings.Trim(header, " \t")
	if len(header) <= len(scheme) || !strings.EqualFold(header[:len(scheme)], scheme) {
		return "", false
	}
	rest := header[len(scheme):]
	text = strings.TrimLeft(rest, " \t")
	if len(text) == len(rest) || text == "" || strings.ContainsAny(text, " \t,") {
		return "", false
	}
	return text, true
}
