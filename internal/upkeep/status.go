package upkeep

import (
	"encoding/json"
	"strings"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// owesStatus reports whether a call leads to a status that not every charger
// tells by itself: some take a change of availability and say nothing more.
func owesStatus(c *charging.Command) bool {
	if c.Status != charging.CommandAnswered || c.Action != "ChangeAvailability" {
		return false
	}
	var answer struct{ Status string }
	return json.Unmarshal(c.Response, &answer) == nil && answer.Status == statusAccepted
}

// point is a place of a charger that has a status: a connector of 1.6, or a
// connector of an EVSE.
type point struct{ port, connector int }

// points are the places of a charger, as far as it told of them.
func points(c *charging.Charger) (all []point) {
	for _, p := range c.Ports {
		told := len(all)
		for i := range p.Connectors {
			if n := p.Connectors[i].Number; n > 0 {
				all = append(all, point{p.Number, n})
			}
		}
		if len(all) == told {
			all = append(all, point{p.Number, 1})
		}
	}
	return all
}

// askForStatus asks for the statuses that a charger owes. One of 1.6 is asked
// for all at once, and where it refuses that, for those of each connector.
func (j *job) askForStatus() error {
	c := j.u.fleet.Estate().Charger(j.charger)
	if c == nil || j.known.noTrigger {
		return nil
	}
	if j.version == ocpp.V16 {
		status, err := j.trigger(map[string]any{"requestedMessage": "StatusNotification"})
		if err != nil || status == statusAccepted || j.known.noTrigger {
			return err
		}
	}
	for _, at := range points(c) {
		request := map[string]any{"requestedMessage": "StatusNotification", "connectorId": at.port}
		if j.version != ocpp.V16 {
			request = map[string]any{"requestedMessage": "StatusNotification", "evse": map[string]int{"id": at.port, "connectorId": at.connector}}
		}
		if _, err := j.trigger(request); err != nil || j.known.noTrigger {
			return err
		}
	}
	return nil
}

// trigger returns the answer to a TriggerMessage. A charger that does not know
// the call is not asked again.
func (j *job) trigger(request map[string]any) (status string, err error) {
	var answer struct{ Status string }
	err = j.call("TriggerMessage", request, &answer)
	if unsupported(err) || err == nil && strings.EqualFold(answer.Status, "NotImplemented") {
		j.known.noTrigger, err = true, nil
	}
	return answer.Status, err
}

// tellsStatus reports whether a record tells that a charger spoke of
// the state of its ports.
func tellsStatus(r *charging.Record) bool {
	return r.Kind == charging.RecordStatus || r.Kind == charging.RecordConditions && strings.Contains(r.Detail, `"states"`)
}
