package sim

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// histogram counts durations in buckets that are 1/16 of their value wide, from
// 1 us to over an hour. Many goroutines may add to it.
type histogram struct {
	buckets [histogramSize]atomic.Int64
	max     atomic.Int64
}

const (
	subBits       = 4
	histogramSize = 32 << subBits
)

// add counts a duration.
func (h *histogram) add(d time.Duration) {
	h.buckets[bucketOf(d)].Add(1)
	for {
		old := h.max.Load()
		if int64(d) <= old || h.max.CompareAndSwap(old, int64(d)) {
			return
		}
	}
}

func bucketOf(d time.Duration) int {
	us := uint64(max(d, 0) / time.Microsecond)
	shift := max(bits.Len64(us)-subBits-1, 0)
	return min(shift<<subBits+int(us>>shift), histogramSize-1)
}

// bucketMiddle returns the middle of a bucket.
func bucketMiddle(i int) time.Duration {
	shift := max(i>>subBits-1, 0)
	us := uint64(i-shift<<subBits) << shift
	return time.Duration(us)*time.Microsecond + time.Duration(1<<shift)*time.Microsecond/2
}

// counts is what a histogram had counted at one time.
type counts [histogramSize]int64

func (h *histogram) read(into *counts) {
	for i := range h.buckets {
		into[i] = h.buckets[i].Load()
	}
}

// quantile returns the duration that a share q of those counted since earlier
// are not above; 0 when there are none.
func (c *counts) quantile(q float64, earlier *counts) time.Duration {
	var total int64
	for i := range c {
		total += c[i] - earlier[i]
	}
	if total == 0 {
		return 0
	}
	rank := max(int64(float64(total)*q+0.5), 1)
	for i := range c {
		if rank -= c[i] - earlier[i]; rank <= 0 {
			return bucketMiddle(i)
		}
	}
	return 0
}
