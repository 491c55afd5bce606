package auth

import (
	"strings"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func TestAPasswordMatchesItsHashAndNoOther(t *testing.T) {
	hash := HashPassword("correct horse battery")
	if !CheckPassword(hash, "correct horse battery") {
		t.Error("the password does not match its own hash")
	}
	if CheckPassword(hash, "correct horse batterz") || CheckPassword(hash, "") {
		t.Error("another password matches")
	}
	if again := HashPassword("correct horse battery"); again == hash {
		t.Error("two hashes of a password are equal: the salt is not fresh")
	}
	if strings.Contains(hash, "horse") {
		t.Error("the hash holds the password")
	}
}

func TestADamagedHashMatchesNothing(t *testing.T) {
	good := HashPassword("correct horse battery")
	for _, hash := range []string{"", "$argon2id$", good[:len(good)-1], strings.Replace(good, "argon2id", "argon2i", 1),
		strings.Replace(good, "m=19456", "m=99999999", 1), strings.Replace(good, "t=2", "t=0", 1), strings.Replace(good, "v=19", "v=16", 1)} {
		if CheckPassword(hash, "correct horse battery") {
			t.Errorf("%q matches", hash)
		}
	}
}

func TestThePolicyOfPasswords(t *testing.T) {
	for password, want := range map[string]string{
		"123456789":               "password: must be at least 10 characters",
		"":                        "password: must be at least 10 characters",
		"aaaaaaaaaaaa":            "password: must not be one character over and over",
		"Ada@Example.org":         "password: must not be the email address",
		strings.Repeat("ab", 200): "password: must be at most 256 bytes",
		"ten chars!":              "",
		"äöüßäöüßäö":              "",
	} {
		err := CheckPasswordPolicy(password, "ada@example.org")
		if got := charging.MessageOf(err); err == nil && want != "" || err != nil && got != want {
			t.Errorf("%q: %v, want %q", password, err, want)
		}
	}
}

func TestSigningInTakesTheRightPasswordOfAUserWhoMay(t *testing.T) {
	ada := &charging.User{ID: 1, Email: "ada@example.org", PasswordHash: HashPassword("correct horse battery")}
	disabled, bare := *ada, *ada
	disabled.Disabled, bare.PasswordHash = true, ""
	if SignedIn(ada, "correct horse battery") != ada {
		t.Error("the right password is refused")
	}
	for name, f := range map[string]func() *charging.User{
		"a wrong password":        func() *charging.User { return SignedIn(ada, "wrong horse battery") },
		"a disabled user":         func() *charging.User { return SignedIn(&disabled, "correct horse battery") },
		"a user without password": func() *charging.User { return SignedIn(&bare, "") },
		"nobody":                  func() *charging.User { return SignedIn(nil, "nobody has this password") },
	} {
		if f() != nil {
			t.Errorf("%s signs in", name)
		}
	}
}

func TestAnUnknownUserCostsTheTimeOfAKnownOne(t *testing.T) {
	ada := &charging.User{ID: 1, PasswordHash: HashPassword("correct horse battery")}
	SignedIn(nil, "x") // makes the hash of nobody
	best := func(user *charging.User) time.Duration {
		least := time.Hour
		for range 5 {
			begun := time.Now()
			SignedIn(user, "wrong horse battery")
			least = min(least, time.Since(begun))
		}
		return least
	}
	known, unknown := best(ada), best(nil)
	if unknown < known/4 {
		t.Errorf("an unknown user is refused in %v, a known one in %v", unknown, known)
	}
}

func TestEmailAddresses(t *testing.T) {
	for email, good := range map[string]bool{"ada@example.org": true, "a.b+c@x.example": true, "ada": false, "@x": false, "a@": false,
		"a b@x.org": false, "a@b@c": false, "a@.org": false, "a@x\n.org": false, strings.Repeat("a", 250) + "@x.org": false} {
		if got := CheckEmail(email) == ""; got != good {
			t.Errorf("%q: good %v, want %v", email, got, good)
		}
	}
}

func TestAChargerPasswordIsFreshHexadecimal(t *testing.T) {
	a, b := NewChargerPassword(), NewChargerPassword()
	if len(a) != 40 || a == b || strings.Trim(a, "0123456789abcdef") != "" {
		t.Errorf("got %q and %q", a, b)
	}
}
