package auth

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// The cost of a person's password, as OWASP recommends for argon2id: 19 MiB
// and two passes. Hashes tell their own cost, so that this may rise.
const (
	argonMemory  = 19 << 10 // KiB
	argonPasses  = 2
	argonThreads = 1
	argonSalt    = 16
	argonKey     = 32
)

const (
	minPassword = 10  // characters
	maxPassword = 256 // bytes, which bounds the work of a guess
)

// CheckPasswordPolicy says with an Invalid error why a person may not have this
// password; nil when nothing is wrong with it. email is the person's address.
func CheckPasswordPolicy(password, email string) error {
	switch {
	case utf8.RuneCountInString(password) < minPassword:
		return charging.Errorf(charging.Invalid, "password: must be at least %d characters", minPassword)
	case len(password) > maxPassword:
		return charging.Errorf(charging.Invalid, "password: must be at most %d bytes", maxPassword)
	case !utf8.ValidString(password):
		return charging.Errorf(charging.Invalid, "password: must be text in UTF-8")
	case strings.Count(password, password[:1]) == len(password):
		return charging.Errorf(charging.Invalid, "password: must not be one character over and over")
	case strings.EqualFold(password, email):
		return charging.Errorf(charging.Invalid, "password: must not be the email address")
	}
	return nil
}

// HashPassword returns the form in which a person's password is kept, with a
// fresh salt:
//
//	$argon2id$v=19$m=19456,t=2,p=1$<salt>$<key>
//
// both parts in unpadded base64. It takes about 20 ms and 19 MiB.
func HashPassword(password string) string {
	salt := make([]byte, argonSalt)
	rand.Read(salt)
	key := argon2.IDKey([]byte(password), salt, argonPasses, argonMemory, argonThreads, argonKey)
	text := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonPasses, argonThreads,
		text.EncodeToString(salt), text.EncodeToString(key))
}

// CheckPassword reports whether the password is the one behind hash. A hash that
// cannot be read matches nothing. The time taken does not depend on how much of
// a password is right.
func CheckPassword(hash, password string) bool {
	h, ok := readHash(hash)
	if !ok || len(password) > maxPassword {
		return false
	}
	key := argon2.IDKey([]byte(password), h.salt, h.passes, h.memory, h.threads, uint32(len(h.key)))
	return subtle.ConstantTimeCompare(key, h.key) == 1
}

type passwordHash struct {
	memory, passes uint32
	threads        uint8
	salt, key      []byte
}

// The most that a hash may cost, so that a forged one cannot take the server's
// memory.
const (
	mostMemory = 256 << 10 // KiB
	mostPasses = 16
)

func readHash(text string) (h passwordHash, ok bool) {
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return h, false
	}
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.memory, &h.passes, &h.threads); n != 3 || err != nil {
		return h, false
	}
	var err1, err2 error
	h.salt, err1 = base64.RawStdEncoding.Strict().DecodeString(parts[4])
	h.key, err2 = base64.RawStdEncoding.Strict().DecodeString(parts[5])
	return h, err1 == nil && err2 == nil && len(h.key) >= 16 && h.passes >= 1 && h.passes <= mostPasses &&
		h.threads >= 1 && h.memory >= 8 && h.memory <= mostMemory
}

// NewChargerPassword makes up the password of a charger: 20 random bytes in
// hexadecimal, the form that OCPP 1.6 chargers take as AuthorizationKey
// (security whitepaper) and that 2.x allows too.
func NewChargerPassword() string {
	b := make([]byte, 20)
	rand.Read(b)
	return hex.EncodeToString(b)
}
