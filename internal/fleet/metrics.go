package fleet

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are what the committer says of itself.
type metrics struct {
	commitSeconds prometheus.Histogram
	batchSize     prometheus.Histogram
	stalls        prometheus.Counter
}

func newMetrics(reg prometheus.Registerer) *metrics {
	m := &metrics{
		commitSeconds: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "chargeyard_store_commit_seconds",
			Help: "Time to decide, commit and publish a batch.", Buckets: prometheus.ExponentialBuckets(0.0002, 2, 15)}),
		batchSize: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "chargeyard_store_batch_size",
			Help: "Events in a batch.", Buckets: prometheus.ExponentialBuckets(1, 2, 11)}),
		stalls: prometheus.NewCounter(prometheus.CounterOpts{Name: "chargeyard_store_stalls_total",
			Help: "Times that the store could not commit: a commit failed, or did not come back for 2 s."}),
	}
	if reg != nil {
		reg.MustRegister(m.commitSeconds, m.batchSize, m.stalls)
	}
	return m
}

func (m *metrics) committed(events int, took time.Duration) {
	m.commitSeconds.Observe(took.Seconds())
	m.batchSize.Observe(float64(events))
}
