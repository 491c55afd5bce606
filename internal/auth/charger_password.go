package auth

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// ChargerSecret is the server's own key under which charger passwords are
// hashed. It is kept in a file outside the database, so that a stolen database
// alone does not allow guessing.
type ChargerSecret [32]byte

const (
	chargerHashName = "hmac-sha256"
	chargerSaltSize = 16
)

var chargerHashText = base64.RawURLEncoding.Strict()

// HashChargerPassword returns the form in which a charger's password is kept:
//
//	hmac-sha256$<salt>$<mac>
//
// with a fresh salt of 16 bytes, both parts in unpadded base64url. A keyed fast
// hash is used because all chargers of an estate may reconnect within seconds.
//
// A password that is hexadecimal text of even length is hashed as the bytes it
// stands for (OCPP 1.6 security whitepaper, AuthorizationKey), which is what
// lets CheckChargerPassword accept each form that chargers send.
func HashChargerPassword(secret ChargerSecret, password string) string {
	salt := make([]byte, chargerSaltSize)
	rand.Read(salt)
	mac := chargerMAC(secret, salt, decodedKey([]byte(password)))
	return chargerHashName + "$" + chargerHashText.EncodeToString(salt) + "$" + chargerHashText.EncodeToString(mac)
}

// CheckChargerPassword reports whether the bytes that a charger sent are the
// password behind hash. Accepted are the password's own text, the bytes that it
// stands for as hexadecimal text, and that text in either case; each also with
// a line break at its end, which some chargers add. A hash that cannot be read
// matches nothing; see ValidChargerHash.
//
// The time taken does not depend on how much of a password is right.
func CheckChargerPassword(secret ChargerSecret, hash string, sent []byte) bool {
	salt, mac, ok := splitChargerHash(hash)
	if !ok {
		return false
	}
	trimmed := bytes.TrimRight(sent, "\r\n")
	match := false
	for _, form := range [...][]byte{sent, decodedKey(sent), trimmed, decodedKey(trimmed)} {
		// Every form is compared, so that the time tells nothing.
		if hmac.Equal(chargerMAC(secret, salt, form), mac) {
			match = true
		}
	}
	return match
}

// ValidChargerHash reports whether s has the form of HashChargerPassword's
// result, as an import must check.
func ValidChargerHash(s string) bool {
	_, _, ok := splitChargerHash(s)
	return ok
}

func splitChargerHash(s string) (salt, mac []byte, ok bool) {
	name, rest, _ := strings.Cut(s, "$")
	saltText, macText, _ := strings.Cut(rest, "$")
	salt, err := chargerHashText.DecodeString(saltText)
	if err != nil || name != chargerHashName || len(salt) != chargerSaltSize {
		return nil, nil, false
	}
	mac, err = chargerHashText.DecodeString(macText)
	return salt, mac, err == nil && len(mac) == sha256.Size
}

func chargerMAC(secret ChargerSecret, salt, password []byte) []byte {
	h := hmac.New(sha256.New, secret[:])
	h.Write(salt)
	h.Write(password)
	return h.Sum(nil)
}

// decodedKey returns the bytes that hexadecimal text of even length stands for,
// and any other password unchanged.
func decodedKey(password []byte) []byte {
	key := make([]byte, hex.DecodedLen(len(password)))
	if _, err := hex.Decode(key, password); err != nil || len(password) == 0 {
		return password
	}
	return key
}
