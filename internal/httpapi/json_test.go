package httpapi

import (
	"encoding/json"
	"hash/crc32"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/chargeyard/chargeyard/internal/charging"
	"pgregory.net/rapid"
)

func TestStringsAreWrittenAsEncodingJSONReadsThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := string(rapid.SliceOf(rapid.Byte()).Draw(t, "s"))
		if rapid.Bool().Draw(t, "text") {
			s = rapid.String().Draw(t, "s")
		}
		written := appendString(nil, s)
		var got string
		if err := json.Unmarshal(written, &got); err != nil || !utf8.Valid(written) {
			t.Fatalf("%q is written %s: %v", s, written, err)
		}
		// Every invalid byte becomes one U+FFFD, in Go's own conversion too.
		if want := string([]rune(s)); got != want {
			t.Fatalf("%q is read as %q, want %q", s, got, want)
		}
	})
}

func TestDecimalsAreShortAndNeverSpoilTheDocument(t *testing.T) {
	f := func(s, want string) {
		t.Helper()
		if got := string(appendDecimal(nil, s)); got != want {
			t.Errorf("%q is written %s, want %s", s, got, want)
		}
	}
	f("", "null")
	f("47.6101", "47.6101")
	f("-122.33440", "-122.3344")
	f("180.0", "180")
	f("100", "100")
	f("0.10", "0.1")
	f("-0", "0")
	f("-0.000", "0")
	f("1e2", "100")
	f("1.5E-3", "0.0015")
	f("+5", "5")
	f("05.50", "5.5")
	f(".5", "0.5")
	f("5.", "5")
	f("NaN", "null")
	f("Infinity", "null")
	f("1e999", "null")
	f("12,5", "null")
	f(`1,"x":2`, "null")
}

func TestChecksumsOfPartsMakeThatOfTheWhole(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		whole, sum := []byte(nil), uint32(0)
		for range random.IntN(8) {
			part := make([]byte, random.IntN(2000))
			for i := range part {
				part[i] = byte(random.Uint32())
			}
			whole, sum = append(whole, part...), sumPart(part).add(sum)
		}
		if want := crc32.ChecksumIEEE(whole); sum != want {
			t.Fatalf("%d bytes: %08x, want %08x", len(whole), sum, want)
		}
	}
}

func TestBucketsAreBounded(t *testing.T) {
	l := newLimits(1)
	now := time.Unix(1e9, 0)
	for i := range maxBuckets + 100 {
		l.address(netip.AddrFrom4([4]byte{byte(i >> 24), byte(i >> 16), byte(i >> 8), byte(i)}), now)
	}
	if n := len(l.addresses.of); n != maxBuckets || l.addresses.order.Len() != n {
		t.Errorf("%d addresses are counted, want %d", n, maxBuckets)
	}
	l.address(netip.Addr{}, now)
	if left, _ := l.address(netip.Addr{}, now); left.ok {
		t.Error("requests without an address are not limited")
	}
	k := &charging.APIKey{ID: 1}
	if l.key(k, now); l.key(k, now).ok {
		t.Error("a key has more than its limit")
	}
	k.PerMinute = 5
	if left := l.key(k, now); !left.ok || left.remaining != 4 {
		t.Errorf("a raised limit leaves %+v", left)
	}
}

func TestEveryKindOfErrorHasAStatusOfTheContract(t *testing.T) {
	f := func(kind charging.Kind, want int) {
		t.Helper()
		if got := statusOf(kind); got != want {
			t.Errorf("%v is %d, want %d", kind, got, want)
		}
	}
	f(charging.Internal, 500)
	f(charging.Invalid, 400)
	f(charging.Conflict, 400)
	f(charging.NotFound, 404)
	f(charging.Refused, 403)
	f(charging.Unavailable, 503)
	f(charging.Kind(99), 500)
}
