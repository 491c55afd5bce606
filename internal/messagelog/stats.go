package messagelog

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Stats are figures of a log.
type Stats struct {
	Bytes    int64 // on disk
	Segments int
	Oldest   time.Time // zero when there is none
	Newest   time.Time // likewise
}

// Stats returns figures of the log.
func (l *Log) Stats() Stats {
	l.mu.Lock()
	segments, st := l.segments, Stats{Segments: len(l.segments), Bytes: int64(l.unsealed)}
	if len(l.pending) > 0 {
		st.Oldest, st.Newest = timeOf(l.pending[0].at), timeOf(l.pending[len(l.pending)-1].at)
	}
	l.mu.Unlock()
	for _, s := range segments {
		st.Bytes += s.size
		if at := timeOf(s.minAt); len(s.blocks) > 0 && (st.Oldest.IsZero() || at.Before(st.Oldest)) {
			st.Oldest = at
		}
		if at := timeOf(s.maxAt); len(s.blocks) > 0 && at.After(st.Newest) {
			st.Newest = at
		}
	}
	return st
}

type metrics struct {
	kept, dropped, failures prometheus.Counter
}

func newMetrics(reg prometheus.Registerer, l *Log) metrics {
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
		reg.MustRegister(c)
		return c
	}
	reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "chargeyard_raw_messages_bytes",
		Help: "Bytes that raw OCPP messages take on the disk.",
	}, func() float64 { return float64(l.Stats().Bytes) }))
	return metrics{
		kept:     counter("chargeyard_raw_messages_total", "Raw OCPP messages that were kept."),
		dropped:  counter("chargeyard_raw_messages_dropped_total", "Raw OCPP messages that were not kept because the disk did not keep up."),
		failures: counter("chargeyard_raw_messages_failures_total", "Failures to write raw OCPP messages."),
	}
}
