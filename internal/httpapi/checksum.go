package httpapi

import "hash/crc32"

// A gzip member ends with the CRC-32 of its whole text. So that a change does
// not cost a walk over the whole text, it is put together from those of the
// parts: the CRC of a text is the remainder of a polynomial over GF(2), and
// appending n bytes multiplies it by x^8n (RFC 1952 section 8 has the
// polynomial). Polynomials are kept as crc32 keeps them, x^0 in the top bit.

// partSum is the checksum of a part, and x^8n for its length n.
type partSum struct{ crc, shift uint32 }

func sumPart(text []byte) partSum {
	return partSum{crc32.ChecksumIEEE(text), shiftOf(len(text))}
}

// add returns the checksum of a text with checksum crc and the part after it.
func (p partSum) add(crc uint32) uint32 { return multiply(p.shift, crc) ^ p.crc }

const one = 1 << 31 // x^0

// multiply returns a times b modulo the polynomial of CRC-32.
func multiply(a, b uint32) uint32 {
	product := uint32(0)
	for bit := uint32(one); bit != 0 && a != 0; bit >>= 1 {
		if a&bit != 0 {
			product ^= b
			a ^= bit
		}
		carry := b & 1
		b >>= 1
		if carry != 0 {
			b ^= crc32.IEEE
		}
	}
	return product
}

// shiftOf returns x^8n by squaring.
func shiftOf(n int) uint32 {
	power, square := uint32(one), uint32(one>>8) // x^0, x^8
	for ; n > 0; n >>= 1 {
		if n&1 != 0 {
			power = multiply(power, square)
		}
		square = multiply(square, square)
	}
	return power
}
