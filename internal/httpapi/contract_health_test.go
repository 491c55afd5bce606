package httpapi_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// contractHealth is the example of contract section 6; the ids of the two ports
// are those of the test estate.
const contractHealth = `{"summary":{"startTime":"2026-02-01T00:00:00.000Z","endTime":"2026-02-08T00:00:00.000Z",
	"errorCounts":{"endedEarly":1,"failedToStart":0,"other":2,"total":3},"chargingSessionsCount":34,
	"uptime":{"faultedSeconds":600,"availableSeconds":1207200,"unavailableSeconds":1800,"uptimePercent":99.8}},
	"data":[{"chargerId":41,"serialNumber":"VX-00917","name":"Bay 4","activeTimeInIntervalSeconds":604800,"site":{"id":12,"name":"Harbor Depot"},
	"connectivity":{"onlineSeconds":603900,"offlineSeconds":900,"onlinePercent":99.85},
	"maintenance":{"maintenanceSeconds":0,"maintenancePercent":0},
	"uptime":{"faultedSeconds":600,"availableSeconds":1207200,"unavailableSeconds":1800,"uptimePercent":99.8},
	"utilization":{"chargingSessionSeconds":302400,"utilizationPercent":25},
	"errorCounts":{"endedEarly":1,"failedToStart":0,"other":2,"total":3},"chargingSessionsCount":34,
	"reportUrl":"https://charge.example.org/reports/health/41",
	"ports":[{"id":82,"name":"Left","uptime":{"faultedSeconds":600,"availableSeconds":603300,"unavailableSeconds":900,"uptimePercent":99.75},
	"utilization":{"chargingSessionSeconds":302400,"utilizationPercent":50},"errorCounts":{"endedEarly":1,"failedToStart":0,"other":2,"total":3},"chargingSessionsCount":34},
	{"id":81,"name":"Right","uptime":{"faultedSeconds":0,"availableSeconds":603900,"unavailableSeconds":900,"uptimePercent":99.85},
	"utilization":{"chargingSessionSeconds":0,"utilizationPercent":0},"errorCounts":{"endedEarly":0,"failedToStart":0,"other":0,"total":0},"chargingSessionsCount":0}]}]}`

// TestTheExampleOfTheContract stores the week that the example is of.
func TestTheExampleOfTheContract(t *testing.T) {
	y := newPastYard(t)
	bay := y.settings(41)
	bay.SerialNumber = "VX-00917"
	y.set(bay)
	begin := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	at := func(hour int) time.Time { return begin.Add(time.Duration(hour) * time.Hour) }
	var d charging.Derived
	turns := func(port int, bad charging.ServiceState, from time.Time, length time.Duration) {
		d.Intervals = append(d.Intervals,
			charging.ServiceInterval{ChargerID: 41, PortNumber: port, State: charging.ServiceAvailable, From: at(-48), To: from},
			charging.ServiceInterval{ChargerID: 41, PortNumber: port, State: bad, From: from, To: from.Add(length)},
			charging.ServiceInterval{ChargerID: 41, PortNumber: port, State: charging.ServiceAvailable, From: from.Add(length)})
	}
	turns(0, charging.ServiceUnavailable, at(30), 15*time.Minute)
	turns(1, charging.ServiceFaulted, at(50), 10*time.Minute)
	turns(2, charging.ServiceFaulted, at(-2), time.Hour) // before the week
	for i, category := range []charging.FaultCategory{charging.FaultEndedCharging, charging.FaultOther, charging.FaultMuted, charging.FaultOther} {
		d.Faults = append(d.Faults, charging.Fault{ID: int64(i + 1), ChargerID: 41, PortNumber: 1, At: at(50), Received: at(50), Category: category})
	}
	if err := y.store.StoreDerived(t.Context(), &d); err != nil {
		t.Fatal(err)
	}
	var b charging.Batch
	for i := range 34 { // 302,400 s together
		start := at(4 * i)
		end := start.Add(8894 * time.Second)
		if i == 33 {
			end = end.Add(4 * time.Second)
		}
		b.Sessions = append(b.Sessions, &charging.Session{ID: int64(9000 + i), ChargerID: 41, PortNumber: 1, State: charging.SessionClosed,
			StartedAt: start, StartSeen: start, EndedAt: end, UpdatedAt: end})
	}
	if err := y.store.Commit(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	a := y.get("/api/charger-health?startTimestamp=2026-02-01T00:00:00.000Z&endTimestamp=2026-02-08T00:00:00.000Z&chargerIds[]=41", fullKey)
	if diff := cmp.Diff(decode(t, []byte(contractHealth)), decode(t, a.body)); a.StatusCode != http.StatusOK || diff != "" {
		t.Errorf("%s (-want +got)\n%s", a.Status, diff)
	}
}
