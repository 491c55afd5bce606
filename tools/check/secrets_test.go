package main

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestASecretInTheOutputIsFound(t *testing.T) {
	key := "cy_" + strings.Repeat("aB3", 14) + "x"
	secret := canary + "00aadeadbeefaa"
	search := append(leaks, leak{what: "a test's password", form: anyOf([]string{"correct horse"})})
	f := func(line string, want bool) {
		t.Helper()
		if got := searchLine(line+"\n", search); (len(got) > 0) != want {
			t.Errorf("%q: found %q", line, got)
		}
	}
	f(`time=1 level=INFO msg=x key=`+key, true)
	f(`{"path":"/api/`+key+`"}`, true)
	f("    "+key, false)
	f(`  curl -H "Authorization: Bearer `+key+`" http://127.0.0.1:8080/api/sites`, false)
	f(`level=INFO curl -H "Authorization: Bearer `+key+`" http://127.0.0.1:8080/api/sites`, true)
	f("PUT /uploads/YFQINRRNZ2R65OH2H4R3TJTIVP/a.log", true)
	f("PUT /uploads/***/a.log", false)
	f("-----BEGIN EC PRIVATE KEY-----", true)
	f("-----BEGIN CERTIFICATE-----", false)
	f("hash=hmac-sha256$AAAAAAAAAAAAAAAAAAAAAA$BBBB", true)
	f(`  "passwordHash": "hmac-sha256$AAAAAAAAAAAAAAAAAAAAAA$BBBB",`, false)
	f("sends Basic authentication", false)
	f("Authorization: Basic "+base64.StdEncoding.EncodeToString([]byte("CP1:something long")), true)
	f(secret, true)
	f(strings.ToUpper(secret), true)
	f(hex.EncodeToString([]byte(secret)), true)
	for _, before := range []string{"", "a", "ab"} {
		f("x "+base64.StdEncoding.EncodeToString([]byte(before+secret)), true)
		f("x "+base64.StdEncoding.EncodeToString([]byte(before+"correct horse")), true)
	}
	f("the password is correct horse", true)
	f("nothing here; the commit is 5ec7e7", false)
}

func TestTheOutputOfAllPartsIsSearched(t *testing.T) {
	root, err := repository()
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{root: root, folder: t.TempDir()}
	var left notChecked
	if _, err := whatWasSaid(context.Background(), b); !errors.As(err, &left) {
		t.Errorf("with nothing to search: %v", err)
	}
	file, err := b.record()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString("a line\nsecret " + canary + "00aadeadbeefaa\n"); err != nil {
		t.Fatal(err)
	}
	file.Close()
	if found, err := whatWasSaid(context.Background(), b); err == nil || found.failed != 1 {
		t.Errorf("a planted secret, and no log of a server: %+v, %v", found, err)
	}
	if err := os.WriteFile(filepath.Join(b.logs(), "server"), []byte("time=1 level=DEBUG msg=x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if found, err := whatWasSaid(context.Background(), b); err != nil || found != (tally{1, 1}) {
		t.Errorf("a planted secret: %+v, %v", found, err)
	}
}

func TestPasswordsAreCollectedFromTheTests(t *testing.T) {
	f := func(source, want string) {
		t.Helper()
		m := sourcePassword.FindStringSubmatch(source)
		if m == nil && want != "" || m != nil && m[1] != want {
			t.Errorf("%s: %q, want %q", source, m, want)
		}
	}
	f(`"password":"correct horse"`, "correct horse")
	f(`\"password\":\"correct horse\"`, "correct horse")
	f("const password = '0001020304050607'", "0001020304050607")
	f("Password: `a wrong password`,", "a wrong password")
	f(`Password: "short"`, "")
	f(`"password":"`+"`+y.plant(", "")
}
