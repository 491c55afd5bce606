package gateway

import (
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// The outcomes of a charger's message.
type outcome uint8

const (
	outcomeAnswered    outcome = iota // with a result
	outcomeRefused                    // with an error, because of what it holds
	outcomeFailed                     // with an error, because of us
	outcomeUnanswered                 // not stored, so not answered
	outcomeUndecodable                // no frame
	outcomeCount
)

var outcomeNames = [outcomeCount]string{"answered", "refused", "failed", "unanswered", "undecodable"}

// maxOddityCodes bounds the label of the oddities.
const maxOddityCodes = 200

// metrics are the gateway's counters. No label tells a charger.
type metrics struct {
	connections  prometheus.Gauge
	messages     map[string]*[outcomeCount]prometheus.Counter // by action; "" for unknown ones
	calls        *prometheus.CounterVec
	refused      *prometheus.CounterVec
	refusalsLost prometheus.Counter
	received     prometheus.Counter
	sent         prometheus.Counter
	ignored      prometheus.Counter
	replaced     prometheus.Counter
	duplicates   prometheus.Counter
	silent       prometheus.Counter
	guesses      *prometheus.CounterVec
	pauses       prometheus.Counter
	oddities     *prometheus.CounterVec
	// resultsRefused are answers of ours that a charger could not digest.
	resultsRefused prometheus.Counter
	messagesLost   prometheus.Counter

	mu       sync.RWMutex
	oddCodes map[string]prometheus.Counter
}

func newMetrics(reg prometheus.Registerer) *metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: "chargeyard_gateway_" + name, Help: help})
	}
	vec := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "chargeyard_gateway_" + name, Help: help}, labels)
	}
	m := &metrics{
		connections: prometheus.NewGauge(prometheus.GaugeOpts{Name: "chargeyard_gateway_connections",
			Help: "Chargers' connections that are open."}),
		calls:          vec("calls_total", "Calls to chargers by outcome.", "outcome"),
		refused:        vec("refused_total", "Refused handshakes by reason.", "reason"),
		refusalsLost:   counter("refusals_lost_total", "Refused handshakes that could not be kept."),
		received:       counter("received_bytes_total", "Bytes received from chargers after the handshake."),
		sent:           counter("sent_bytes_total", "Bytes sent to chargers after the handshake."),
		ignored:        counter("ignored_total", "Messages that were ignored: binary ones, unknown types, answers to no call."),
		replaced:       counter("replaced_total", "Connections that a newer one of the same charger replaced."),
		duplicates:     counter("duplicates_total", "Alarms about two devices with one identity."),
		silent:         counter("silent_total", "Connections that ended because nothing was heard."),
		guesses:        vec("guess_alarms_total", "Alarms about many wrong passwords, by what they have in common.", "by"),
		pauses:         counter("pauses_total", "Pauses of a millisecond for chargers that send without waiting for answers."),
		resultsRefused: counter("results_refused_total", "Answers that a charger said it could not digest."),
		messagesLost:   counter("raw_messages_lost_total", "Raw messages that could not be kept because no id was to be had."),
		oddities:       vec("oddities_total", "Oddities of messages by code.", "code"),
		messages:       make(map[string]*[outcomeCount]prometheus.Counter),
		oddCodes:       make(map[string]prometheus.Counter),
	}
	messages := vec("messages_total", "Messages of chargers by action and outcome.", "action", "outcome")
	for _, by := range [...]string{"identity", "address"} {
		m.guesses.WithLabelValues(by) // so that an alarm rule finds a zero before the first
	}
	m.addAction(messages, "", "unknown")
	for i := range protocols {
		for _, action := range protocols[i].actions() {
			m.addAction(messages, action, action)
		}
	}
	if reg != nil {
		reg.MustRegister(m.connections, m.calls, m.refused, m.refusalsLost, m.received, m.sent, m.ignored,
			m.replaced, m.duplicates, m.silent, m.guesses, m.pauses, m.resultsRefused, m.messagesLost, m.oddities, messages)
	}
	return m
}

func (m *metrics) addAction(messages *prometheus.CounterVec, action, label string) {
	var counters [outcomeCount]prometheus.Counter
	for o := range counters {
		counters[o] = messages.WithLabelValues(label, outcomeNames[o])
	}
	m.messages[action] = &counters
}

// count counts a message. All actions that are not known share one label.
func (m *metrics) count(action string, o outcome) {
	counters := m.messages[action]
	if counters == nil {
		counters = m.messages[""]
	}
	counters[o].Inc()
}

// odd counts oddities by their codes, without the details.
func (m *metrics) odd(oddities []string) {
	for _, o := range oddities {
		code, _, _ := strings.Cut(o, ":")
		m.mu.RLock()
		c := m.oddCodes[code]
		m.mu.RUnlock()
		if c == nil {
			c = m.addOddity(code)
		}
		c.Inc()
	}
}

func (m *metrics) addOddity(code string) prometheus.Counter {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.oddCodes) >= maxOddityCodes {
		return m.oddities.WithLabelValues("other")
	}
	c := m.oddities.WithLabelValues(code)
	m.oddCodes[strings.Clone(code)] = c
	return c
}
