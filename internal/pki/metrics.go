package pki

import "github.com/prometheus/client_golang/prometheus"

// metrics are the counters of handshakes. No label tells a charger.
type metrics struct {
	handshakes *prometheus.CounterVec
}

func newMetrics() *metrics {
	m := &metrics{prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "chargeyard_tls_handshakes_total",
		Help: "TLS handshakes by how they ended.",
	}, []string{"result"})}
	for _, result := range results {
		m.handshakes.WithLabelValues(result)
	}
	return m
}

func (m *metrics) count(result string) { m.handshakes.WithLabelValues(result).Inc() }

var expiryDesc = prometheus.NewDesc("chargeyard_certificate_expiry_seconds",
	"When a certificate ends, in seconds since 1970.", []string{"name"}, nil)

// Describe implements prometheus.Collector.
func (s *Server) Describe(ch chan<- *prometheus.Desc) {
	s.metrics.handshakes.Describe(ch)
	ch <- expiryDesc
}

// Collect implements prometheus.Collector.
func (s *Server) Collect(ch chan<- prometheus.Metric) {
	s.metrics.handshakes.Collect(ch)
	for _, e := range s.Expiry() {
		ch <- prometheus.MustNewConstMetric(expiryDesc, prometheus.GaugeValue, float64(e.NotAfter.Unix()), e.Name)
	}
}
