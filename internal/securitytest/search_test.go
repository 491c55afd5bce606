package securitytest

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// secrets are what must stay nowhere, with what each is.
type secrets struct {
	mu    sync.Mutex
	what  map[string]string // by the secret
	forms map[string][][]byte
}

func newSecrets() *secrets {
	return &secrets{what: map[string]string{}, forms: map[string][][]byte{}}
}

// plant returns a secret of its own for each way in: 20 hexadecimal digits,
// which fit into every member. Those that it says are found in the output of any
// test (tools/check).
func (s *secrets) plant(what string) string {
	return s.planted(what, func(n int) string { return fmt.Sprintf("5ec7e7%04xdeadbeef%02x", n, n%256) })
}

// plantOdd returns a secret with characters that JSON, addresses and logs write
// otherwise.
func (s *secrets) plantOdd(what string) string {
	return s.planted(what, func(n int) string { return fmt.Sprintf(`5ec7e7%04x "q"\/+%%41&<é>`, n) })
}

func (s *secrets) planted(what string, make func(n int) string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for secret, known := range s.what {
		if known == what {
			return secret
		}
	}
	secret := make(len(s.what))
	s.keep(secret, what)
	return secret
}

// learn takes notice of a secret that the server made.
func (s *secrets) learn(t *testing.T, secret, what string) {
	t.Helper()
	if len(secret) < 16 {
		t.Errorf("%s is %q", what, secret)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keep(secret, what)
}

func (s *secrets) keep(secret, what string) {
	s.what[secret] = what
	s.forms[secret] = forms(secret)
}

// forms are the ways in which a secret may be written.
func forms(secret string) [][]byte {
	b := []byte(secret)
	inJSON, _ := json.Marshal(secret)
	var loose bytes.Buffer
	e := json.NewEncoder(&loose)
	e.SetEscapeHTML(false)
	_ = e.Encode(secret)
	inJSONTwice, _ := json.Marshal(string(inJSON[1 : len(inJSON)-1]))
	list := [][]byte{b, bytes.ToUpper(b), bytes.Trim(inJSON, `"`), bytes.Trim(bytes.TrimSpace(loose.Bytes()), `"`), bytes.Trim(inJSONTwice, `"`),
		bytes.Trim([]byte(strconv.Quote(secret)), `"`), bytes.Trim([]byte(strconv.QuoteToASCII(secret)), `"`),
		[]byte(url.QueryEscape(secret)), []byte(url.PathEscape(secret)), []byte(hex.EncodeToString(b)), []byte(strings.ToUpper(hex.EncodeToString(b))),
	}
	// In base64 a text begins at one of three places of a group, and what stands
	// beside it is in its first and last characters.
	for offset := range 3 {
		padded := append(make([]byte, offset), b...)
		whole := len(padded) / 3 * 3
		for _, coding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			text := coding.EncodeToString(padded[:whole])
			list = append(list, []byte(text[(offset*8+5)/6:]))
		}
	}
	if raw, err := hex.DecodeString(secret); err == nil {
		list = append(list, raw)
	}
	return list
}

// found lists the secrets that a text holds, in any form, each with where.
func (s *secrets) found(text []byte) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []string
	for secret, forms := range s.forms {
		for _, form := range forms {
			if at := bytes.Index(text, form); at >= 0 {
				list = append(list, fmt.Sprintf("the %s: …%q…", s.what[secret], text[max(0, at-150):min(len(text), at+len(form)+20)]))
				break
			}
		}
	}
	return list
}

// foundIn lists the secrets in the files of a folder, by file, also in what is
// compressed there. It returns how many bytes were unpacked.
func (s *secrets) foundIn(t *testing.T, folder string) (byFile map[string][]string, unpacked int) {
	t.Helper()
	byFile = map[string][]string{}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		inner := unpack(t, text)
		unpacked += len(inner)
		name, err := filepath.Rel(folder, path)
		if list := append(s.found(text), s.found(inner)...); len(list) > 0 {
			byFile[name] = list
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return byFile, unpacked
}

// unpack returns all that is compressed with zstd in a file.
func unpack(t *testing.T, text []byte) (all []byte) {
	t.Helper()
	frame := []byte{0x28, 0xb5, 0x2f, 0xfd}
	for at := bytes.Index(text, frame); at >= 0; {
		z, err := zstd.NewReader(bytes.NewReader(text[at:]), zstd.WithDecoderConcurrency(1))
		if err != nil {
			t.Fatal(err)
		}
		inner, _ := io.ReadAll(z) // what follows the frame is none
		z.Close()
		all = append(all, inner...)
		next := bytes.Index(text[at+4:], frame)
		if next < 0 {
			break
		}
		at += 4 + next
	}
	return all
}

func TestTheSearchFindsASecretInEveryForm(t *testing.T) {
	t.Parallel()
	s := newSecrets()
	plain, odd := s.plant("plain one"), s.plantOdd("odd one")
	hidden := func(text string) {
		t.Helper()
		if list := s.found([]byte(text)); len(list) != 1 {
			t.Errorf("%q: found %v", text, list)
		}
	}
	for _, secret := range []string{plain, odd} {
		inJSON, err := json.Marshal(map[string]string{"a": secret})
		if err != nil {
			t.Fatal(err)
		}
		nested, _ := json.Marshal(string(inJSON))
		hidden("x" + secret + "y")
		hidden(string(inJSON))
		hidden(string(nested))
		hidden(fmt.Sprintf("%q", secret))
		hidden("GET /?a=" + url.QueryEscape(secret) + "&b")
		hidden("/" + url.PathEscape(secret) + "/")
		hidden(hex.EncodeToString([]byte("before" + secret + "after")))
		for _, before := range []string{"", "a", "ab", "CP201:"} {
			hidden("Basic " + base64.StdEncoding.EncodeToString([]byte(before+secret)))
			hidden(base64.URLEncoding.EncodeToString([]byte(before + secret + "after")))
		}
	}
	raw, _ := hex.DecodeString(plain)
	hidden("\x00" + string(raw) + "\x01")
	if list := s.found([]byte("5ec7e7 and nothing else")); len(list) != 0 {
		t.Errorf("found %v", list)
	}
}
