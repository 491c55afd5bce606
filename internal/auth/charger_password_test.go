package auth

import (
	"encoding/base64"
	"strings"
	"testing"
)

func TestChargerPasswordIsAcceptedInEveryFormThatChargersSend(t *testing.T) {
	secret := ChargerSecret{1, 2, 3}
	f := func(password, sent string, want bool) {
		t.Helper()
		hash := HashChargerPassword(secret, password)
		if got := CheckChargerPassword(secret, hash, []byte(sent)); got != want {
			t.Errorf("password %q, sent %q: accepted %v, want %v", password, sent, got, want)
		}
	}
	key := "0001020304050607FFFFFFFFFFFFFFFFFFFFFFFF"
	decoded := "\x00\x01\x02\x03\x04\x05\x06\x07\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
	f(key, key, true)
	f(key, strings.ToLower(key), true)
	f(key, decoded, true)
	f(key, decoded+"\n", true)
	f(key, key+"\r\n", true)
	f(key, key[:38], false)
	f(key, decoded[:19], false)
	f(key, "", false)

	f("plain text", "plain text", true)
	f("plain text", "plain text\n", true)
	f("plain text", "Plain text", false)
	f("plain text", "", false)
	f("with:colon:and\x00NUL", "with:colon:and\x00NUL", true)

	// A password that is no hexadecimal text was set as AuthorizationKey in its
	// hexadecimal form; some chargers then send that form.
	f("depot7", "6465706f7437", true)

	// Bytes that happen to be hexadecimal text themselves.
	f("36313631", "6161", true)
	f("36313631", "aa", false)
	f("6161", "aa", true)

	f("odd", "odd", true)
	f("abc", "ABC", false) // three digits are no hexadecimal text
}

// The example of the OCPP 1.6 security whitepaper.
func TestChargerPasswordOfTheWhitepaperExample(t *testing.T) {
	credentials, err := base64.StdEncoding.DecodeString("QUwxMDAwOgABAgMEBQYH////////////////")
	if err != nil {
		t.Fatal(err)
	}
	sent, ok := strings.CutPrefix(string(credentials), "AL1000:")
	if !ok {
		t.Fatalf("credentials are %q", credentials)
	}
	secret := ChargerSecret{9}
	hash := HashChargerPassword(secret, "0001020304050607FFFFFFFFFFFFFFFFFFFFFFFF")
	if !CheckChargerPassword(secret, hash, []byte(sent)) {
		t.Error("the decoded bytes are refused")
	}
}

func TestChargerHashesDependOnSaltAndSecret(t *testing.T) {
	secret := ChargerSecret{1}
	a, b := HashChargerPassword(secret, "same"), HashChargerPassword(secret, "same")
	if a == b {
		t.Error("two hashes of one password are equal")
	}
	if CheckChargerPassword(ChargerSecret{2}, a, []byte("same")) {
		t.Error("a hash made under one secret is accepted under another")
	}
	if strings.Contains(a, "same") {
		t.Errorf("the hash %q shows the password", a)
	}
}

func TestChargerHashThatCannotBeReadMatchesNothing(t *testing.T) {
	good := HashChargerPassword(ChargerSecret{}, "x")
	if !ValidChargerHash(good) {
		t.Errorf("%q is called invalid", good)
	}
	for _, bad := range []string{"", "x", "hmac-sha256", "hmac-sha256$$", "hmac-sha256$AAAA$AAAA", "md5" + good[11:],
		good + "A", good[:len(good)-1], good + "$x"} {
		if ValidChargerHash(bad) {
			t.Errorf("%q is called valid", bad)
		}
		for _, sent := range []string{"", "x"} {
			if CheckChargerPassword(ChargerSecret{}, bad, []byte(sent)) {
				t.Errorf("hash %q accepts %q", bad, sent)
			}
		}
	}
}

func BenchmarkCheckChargerPassword(b *testing.B) {
	secret := ChargerSecret{1}
	hash := HashChargerPassword(secret, "0001020304050607FFFFFFFFFFFFFFFFFFFFFFFF")
	sent := []byte("0001020304050607ffffffffffffffffffffffff")
	for b.Loop() {
		if !CheckChargerPassword(secret, hash, sent) {
			b.Fatal("refused")
		}
	}
}
