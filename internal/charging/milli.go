package charging

import "strconv"

// Milli is a quantity in thousandths of its base unit: mWh for energy, mW for
// power, mA, mV, thousandths of a percent for SoC. Integers keep sums exact.
type Milli int64

// Thousand returns m counted in units a thousand times the base (mWh to Wh),
// rounded half away from zero: the "at most 3 decimals" of kWh and kW.
func (m Milli) Thousand() int64 {
	if m < 0 {
		return -int64((-m + 500) / 1000)
	}
	return int64((m + 500) / 1000)
}

// AppendThousandths appends n/1000 as the shortest decimal with at most three
// decimals: 180000 is 180, 10500 is 10.5, and never -0.
func AppendThousandths(dst []byte, n int64) []byte {
	if n < 0 {
		dst = append(dst, '-')
		n = -n
	}
	dst = strconv.AppendInt(dst, n/1000, 10)
	frac := n % 1000
	if frac == 0 {
		return dst
	}
	dst = append(dst, '.', byte('0'+frac/100))
	if frac%100 == 0 {
		return dst
	}
	dst = append(dst, byte('0'+frac/10%10))
	if frac%10 == 0 {
		return dst
	}
	return append(dst, byte('0'+frac%10))
}
