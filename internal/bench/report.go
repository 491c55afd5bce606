package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// Report is the result of a run.
type Report struct {
	Version  string    `json:"version"`
	Began    time.Time `json:"began"`
	Machine  string    `json:"machine"`
	Chargers int       `json:"chargers"` // of the table
	Rows     []Row     `json:"rows,omitempty"`
	Idle     []Idle    `json:"idle,omitempty"`
	Storms   []Storm   `json:"storms,omitempty"`
}

// Row is one measured load.
type Row struct {
	Scenario string `json:"scenario"`
	Server   string `json:"server"` // serverFloor or serverMeasured
	// Rate is the messages a second that were due, 0 in a closed loop.
	Rate     int     `json:"rate,omitempty"`
	Messages int     `json:"messages"`
	Seconds  float64 `json:"seconds"`
	// CPUSeconds is the server's processor time; 0 when it is not known.
	CPUSeconds float64 `json:"cpuSeconds,omitempty"`
	// P50Ms, P99Ms and MaxMs are milliseconds to the answer; with a Rate from
	// when the message was due.
	P50Ms float64 `json:"p50Ms"`
	P99Ms float64 `json:"p99Ms"`
	MaxMs float64 `json:"maxMs"`
	// Share is the messages a CPU second as a share of the floor's.
	Share      float64  `json:"share,omitempty"`
	Errors     int      `json:"errors"`
	ErrorTexts []string `json:"errorTexts,omitempty"`
}

const (
	serverFloor    = "floor"
	serverMeasured = "server"
)

// PerSecond is the answered messages a second.
func (r *Row) PerSecond() float64 { return float64(r.Messages) / r.Seconds }

// PerCPUSecond is the answered messages a second of the server's processor
// time; 0 when that is not known.
func (r *Row) PerCPUSecond() float64 {
	if r.CPUSeconds == 0 {
		return 0
	}
	return float64(r.Messages) / r.CPUSeconds
}

// Idle is the memory of a server with silent chargers.
type Idle struct {
	Server      string `json:"server"`
	Connections int    `json:"connections"`
	// Empty is the server without an estate, Before with it and no charger yet;
	// both 0 for a server that was not started here. After is with all chargers
	// connected and booted and one GET /api/sites read.
	Empty  Memory `json:"empty"`
	Before Memory `json:"before"`
	After  Memory `json:"after"`
}

// PerConnection is KiB a connection: of resident memory above the server
// without connections, and above an empty server, which is with the charger's
// state.
func (i *Idle) PerConnection() (connection, withState float64) {
	n := float64(i.Connections)
	return float64(i.After.minus(i.Before).Resident) / n, float64(i.After.minus(i.Empty).Resident) / n
}

// Storm is many chargers that connect and boot at once.
type Storm struct {
	Name       string  `json:"name"`
	Chargers   int     `json:"chargers"`
	Seconds    float64 `json:"seconds"` // from the first dial, or the start of the killed server, to the last accepted boot
	ReadyAfter float64 `json:"readyAfterSeconds,omitempty"`
	CPUSeconds float64 `json:"cpuSeconds,omitempty"`
	Errors     int     `json:"errors"`
}

// WriteJSON writes the report for machines.
func (r *Report) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

// WriteText writes the report for people.
func (r *Report) WriteText(w io.Writer) error {
	fmt.Fprintf(w, "chargeyard %s, %s, %s, %d chargers\n", r.Version, r.Began.UTC().Format(time.DateOnly), r.Machine, r.Chargers)
	if len(r.Rows) > 0 {
		r.writeRows(w)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	if len(r.Idle) > 0 {
		fmt.Fprintln(t, "\nidle\tconnections\tRSS MiB\tPSS MiB\tKiB a connection\twith its state\t")
	}
	for _, i := range r.Idle {
		connection, withState := i.PerConnection()
		fmt.Fprintf(t, "%s\t%d\t%.1f\t%.1f\t%.1f\t%.1f\t\n", i.Server, i.Connections, float64(i.After.Resident)/1024,
			float64(i.After.Proportional)/1024, connection, withState)
	}
	if len(r.Storms) > 0 {
		fmt.Fprintln(t, "\nstorm\tchargers\tall booted after s\tready after s\tCPU s\terrors\t")
	}
	for _, s := range r.Storms {
		fmt.Fprintf(t, "%s\t%d\t%.1f\t%.1f\t%.1f\t%d\t\n", s.Name, s.Chargers, s.Seconds, s.ReadyAfter, s.CPUSeconds, s.Errors)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, row := range r.Rows {
		for _, text := range row.ErrorTexts {
			fmt.Fprintf(w, "error in %s of the %s: %s\n", row.Scenario, row.Server, text)
		}
	}
	return nil
}

func (r *Report) writeRows(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\nload\tserver\tmessages/s\tper CPU second\tof the floor\tp50 ms\tp99 ms\tmax ms\terrors\t")
	for i := range r.Rows {
		row := &r.Rows[i]
		name := row.Scenario
		if row.Rate > 0 {
			name = fmt.Sprintf("%s, %d/s due", name, row.Rate)
		}
		fmt.Fprintf(t, "%s\t%s\t%.0f\t%s\t%s\t%.1f\t%.1f\t%.1f\t%d\t\n", name, row.Server, row.PerSecond(),
			orDash("%.0f", row.PerCPUSecond()), orDash("%.2f", row.Share), row.P50Ms, row.P99Ms, row.MaxMs, row.Errors)
	}
	t.Flush() // the writer behind it tells its errors at the end
}

func orDash(format string, f float64) string {
	if f == 0 {
		return "-"
	}
	return fmt.Sprintf(format, f)
}
