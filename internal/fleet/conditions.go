package fleet

import (
	"slices"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// conditionsReported takes over what a 2.x charger reports of its connectors
// and problems. Each port that it touches gets a record of its own.
func (s *step) conditionsReported(b charging.ConditionsReported) (charging.Outcome, error) {
	c := conditions{step: s, body: &b}
	for i := range b.States {
		if err := c.state(&b.States[i]); err != nil {
			return charging.Outcome{}, err
		}
	}
	for i := range b.Problems {
		if err := c.problem(&b.Problems[i]); err != nil {
			return charging.Outcome{}, err
		}
	}
	return charging.Outcome{}, c.record()
}

// conditions is the decision of one ConditionsReported.
type conditions struct {
	*step
	body  *charging.ConditionsReported
	ports []*charging.Port // touched, as own copies
}

// port returns an own copy of a port, one for all reports of the message.
func (c *conditions) port(number int) (*charging.Port, error) {
	for _, p := range c.ports {
		if p.Number == number {
			return p, nil
		}
	}
	p, err := c.ownPort(number)
	if p != nil {
		c.ports = append(c.ports, p)
	} else if number != 0 && err == nil {
		c.odd("port-out-of-range: %d", number)
	}
	return p, err
}

// state takes over the state of one connector. One out of the queue that a
// charger flushes after a reconnect is ignored when it is older than what that
// connector told.
func (c *conditions) state(r *charging.ConnectorReport) error {
	at := r.Time.Or(c.ev.Received)
	port, err := c.port(r.Port)
	switch {
	case err != nil:
		return err
	case port == nil && r.Port != 0:
		return nil
	case port == nil:
		c.stationState(r)
		return nil
	}
	i := slices.IndexFunc(port.Connectors, func(known charging.Connector) bool { return known.Number == r.Connector })
	if i >= 0 && c.outdated(r.Time, port.Connectors[i].At) {
		c.odd("older-than-shown")
		return nil
	}
	connectors := charging.WithConnector(port.Connectors, r, at)
	if r.State != "" && i < 0 && len(connectors) == len(port.Connectors) {
		c.odd("connector-out-of-range: %d", r.Connector)
	}
	port.Connectors = connectors
	port.Problems = charging.WithoutFault(port.Problems, r)
	told := port.ShownConnector() == r.Connector
	port.Show(at, told, c.charger.Problems)
	if told && r.State != "" && port.Status != nil {
		c.statusOfSession(port, port.Status)
	}
	return nil
}

// overtaken reports whether a state is outdated by what the connector told
// since.
func (c *conditions) overtaken(port *charging.Port, connector int, t charging.Timestamp) bool {
	if port == nil {
		return c.charger.Status != nil && c.outdated(t, c.charger.Status.At)
	}
	return slices.ContainsFunc(port.Connectors, func(known charging.Connector) bool {
		return known.Number == connector && c.outdated(t, known.At)
	})
}

func (c *conditions) stationState(r *charging.ConnectorReport) {
	if shown := c.charger.Status; shown != nil && c.outdated(r.Time, shown.At) {
		c.odd("older-than-shown")
		return
	}
	c.charger.Problems = charging.WithoutFault(c.charger.Problems, r)
	c.charger.Status = charging.ShowStation(c.charger.Status, r.State, c.charger.Problems, r.Time.Or(c.ev.Received))
}

// problem takes over that a problem is there or gone.
func (c *conditions) problem(told *charging.ProblemReport) error {
	r, written := *told, charging.Timestamp{Parsed: told.At}
	r.At = written.Or(c.ev.Received)
	port, err := c.port(r.Port)
	if err != nil || port == nil && r.Port != 0 {
		return err
	}
	problems := &c.charger.Problems
	if port != nil {
		problems = &port.Problems
	}
	if told.IsFault() && c.overtaken(port, told.Connector, written) {
		return nil // as the state itself, which the message reports too
	}
	for i := range *problems {
		if known := &(*problems)[i]; r.Concerns(known) && c.outdated(written, known.At) {
			c.odd("older-than-shown")
			return nil
		}
	}
	*problems = charging.WithProblem(*problems, &r)
	if port != nil {
		port.Show(r.At, false, c.charger.Problems)
		return nil
	}
	c.charger.Status = charging.ShowStation(c.charger.Status, "", c.charger.Problems, r.At)
	return c.explainFaults(r.At)
}

// explainFaults shows the problems of the station on the ports that are
// faulted for no reason of their own.
func (c *conditions) explainFaults(at time.Time) error {
	for _, p := range c.charger.Ports {
		if p.Status == nil || p.Status.Status != charging.Faulted || len(p.Connectors) == 0 {
			continue
		}
		port, err := c.port(p.Number)
		if err != nil {
			return err
		}
		port.Show(at, false, c.charger.Problems)
	}
	return nil
}

// record keeps the message with each port that it touched, and with the
// charger itself when it was about that, or about no port.
func (c *conditions) record() error {
	rest := c.body.Detail
	keep := func(port *charging.Port, number int) error {
		detail := c.detail(number).raw("message", rest).json()
		rest = "" // once is enough
		return c.step.record(charging.RecordConditions, port, charging.Record{Time: c.body.Time, Detail: detail})
	}
	for _, p := range c.ports {
		if err := keep(p, p.Number); err != nil {
			return err
		}
	}
	if len(c.ports) > 0 && !c.aboutStation() {
		return nil
	}
	return keep(nil, 0)
}

func (c *conditions) aboutStation() bool {
	return slices.ContainsFunc(c.body.States, func(r charging.ConnectorReport) bool { return r.Port == 0 }) ||
		slices.ContainsFunc(c.body.Problems, func(r charging.ProblemReport) bool { return r.Port == 0 })
}

// detail is what the message says of one port.
func (c *conditions) detail(number int) fields {
	var states, problems list
	for i := range c.body.States {
		if r := &c.body.States[i]; r.Port == number {
			states = states.add(fields{}.number("connector", int64(r.Connector)).text("state", r.State).json())
		}
	}
	for i := range c.body.Problems {
		r := &c.body.Problems[i]
		if r.Port != number {
			continue
		}
		f := fields{}.text("component", r.Component).count("connector", int64(r.Connector)).text("variable", r.Variable).
			text("techCode", r.TechCode).text("errorCode", r.ErrorCode).text("info", r.Info)
		if !r.Active {
			f = f.raw("cleared", "true")
		}
		problems = problems.add(f.json())
	}
	return fields{}.raw("states", states.json()).raw("problems", problems.json())
}
