package ocpp

import (
	"cmp"
	"math"
	"strings"
)

// Thousandths reads a decimal number and returns it times 10^(3+exp), rounded
// half away from zero: exp is 0 for thousandths of the unit that the number
// counts, 3 when it counts thousands of it. No binary fractions are involved,
// so 1.005 is exactly 1005.
//
// Blanks around the number, a decimal comma and an exponent are understood. ok
// is false for a text that is no number, such as "", "NaN", "null" or "-", and
// for one beyond int64.
func Thousandths(text string, exp int) (n int64, ok bool) {
	d, ok := parseDecimal(strings.TrimSpace(text))
	if !ok {
		return 0, false
	}
	return d.scaled(3 + exp)
}

// maxExponent bounds an exponent as written; nothing real comes near.
const maxExponent = 400

// decimal is a number as text: the digits of head and tail, times 10^exp.
type decimal struct {
	negative   bool
	head, tail string // the digits before and after the decimal separator
	exp        int
}

func parseDecimal(s string) (d decimal, ok bool) {
	if s != "" && (s[0] == '-' || s[0] == '+') {
		d.negative = s[0] == '-'
		s = s[1:]
	}
	end := digits(s, 0)
	d.head, s = s[:end], s[end:]
	if s != "" && (s[0] == '.' || s[0] == ',') {
		end = digits(s, 1)
		d.tail, s = s[1:end], s[end:]
	}
	if d.head == "" && d.tail == "" {
		return d, false
	}
	if s == "" {
		return d, true
	}
	if s[0]|0x20 != 'e' {
		return d, false
	}
	d.exp, ok = parseExponent(s[1:])
	return d, ok
}

func parseExponent(s string) (exp int, ok bool) {
	negative := false
	if s != "" && (s[0] == '-' || s[0] == '+') {
		negative = s[0] == '-'
		s = s[1:]
	}
	if s == "" || digits(s, 0) != len(s) {
		return 0, false
	}
	for _, b := range []byte(s) {
		if exp = exp*10 + int(b-'0'); exp > maxExponent {
			return 0, false
		}
	}
	if negative {
		exp = -exp
	}
	return exp, true
}

// scaled returns d times 10^places as a whole number.
func (d decimal) scaled(places int) (int64, bool) {
	// keep counts the digits, from the left, that stand before the point of
	// the result.
	keep := len(d.head) + d.exp + places
	var n uint64
	for i := range keep {
		if n > math.MaxInt64/10 {
			return 0, false
		}
		n = n*10 + uint64(d.digit(i))
		if n == 0 && i >= len(d.head)+len(d.tail) {
			break // zero, however often it is multiplied
		}
	}
	if keep >= 0 && d.digit(keep) >= 5 {
		n++
	}
	if n > math.MaxInt64 {
		return 0, false
	}
	if d.negative {
		return -int64(n), true
	}
	return int64(n), true
}

// split returns the whole part of d without its sign, close to math.MaxInt64
// when it is beyond, and whether anything but zeros stands behind it.
func (d decimal) split() (whole int64, fraction bool) {
	point := len(d.head) + d.exp
	for i := range point {
		if whole > (math.MaxInt64-9)/10 {
			break
		}
		whole = whole*10 + int64(d.digit(i))
		if whole == 0 && i >= len(d.head)+len(d.tail) {
			break
		}
	}
	for i := max(point, 0); i < len(d.head)+len(d.tail); i++ {
		fraction = fraction || d.digit(i) != 0
	}
	return whole, fraction
}

// compare returns -1, 0 or 1 as d is below, equal to or above n, exactly. n is
// far from the ends of int64.
func (d decimal) compare(n int64) int {
	whole, fraction := d.split()
	sign := 1
	if d.negative {
		sign = -1
	}
	if c := cmp.Compare(int64(sign)*whole, n); c != 0 || !fraction {
		return c
	}
	return sign
}

// steps reports whether d is a whole number of tenths for places 1, or a whole
// number for 0.
func (d decimal) steps(places int) bool {
	d.exp += places
	_, fraction := d.split()
	return !fraction
}

// digit returns the i-th digit from the left; there are zeros after the last.
func (d decimal) digit(i int) byte {
	switch {
	case i < len(d.head):
		return d.head[i] - '0'
	case i < len(d.head)+len(d.tail):
		return d.tail[i-len(d.head)] - '0'
	default:
		return 0
	}
}
