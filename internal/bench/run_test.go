package bench

import (
	"bytes"
	"encoding/json"
	"io"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

func options() Options {
	return Options{Version: "test", Prefix: "B-", Chargers: 8, Storm: 40, Time: time.Second, Rate: 200,
		Settle: 300 * time.Millisecond, Progress: io.Discard}
}

// program builds chargeyard.
func program(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "chargeyard")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", file, "../../cmd/chargeyard").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return file
}

func TestEverythingIsMeasured(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("processor time and memory are read from /proc")
	}
	o := options()
	o.Program = program(t)
	var progress bytes.Buffer
	o.Progress = &progress
	report, err := Run(t.Context(), o)
	if err != nil {
		t.Fatalf("%v\n%s", err, progress.String())
	}
	var rows []string
	for i := range report.Rows {
		row := &report.Rows[i]
		rows = append(rows, row.Server+" "+row.Scenario)
		if row.Messages == 0 || row.Errors > 0 || row.PerSecond() <= 0 || row.P99Ms < row.P50Ms || row.MaxMs < row.P99Ms {
			t.Errorf("%+v", row)
		}
	}
	if want := []string{"floor Heartbeat", "server Heartbeat", "floor MeterValues (8 samples)", "server MeterValues (8 samples)",
		"floor StatusNotification", "server StatusNotification", "floor session mix", "server session mix", "server session mix",
	}; !slices.Equal(rows, want) {
		t.Errorf("rows %q", rows)
	}
	if last := report.Rows[len(report.Rows)-1]; last.Rate != o.Rate || last.Messages > 2*o.Rate {
		t.Errorf("the open loop: %+v", last)
	}
	var storms []string
	for _, s := range report.Storms {
		storms = append(storms, s.Name)
		if s.Chargers != o.Storm || s.Seconds <= 0 {
			t.Errorf("%+v", s)
		}
	}
	if !slices.Equal(storms, []string{"floor", "from nothing", "after kill -9"}) || report.Storms[2].ReadyAfter <= 0 {
		t.Errorf("storms %+v", report.Storms)
	}
	if len(report.Idle) != 2 || report.Idle[1].Empty.Resident == 0 || report.Idle[1].After.Resident < report.Idle[1].Before.Resident {
		t.Errorf("idle %+v", report.Idle)
	}
	checkForms(t, report)
}

// checkForms holds that both forms of a report tell all of it.
func checkForms(t *testing.T, report *Report) {
	t.Helper()
	var text, machines bytes.Buffer
	if err := report.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"per CPU second", "of the floor", "session mix, 200/s due", "KiB a connection", "after kill -9"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is missing in\n%s", want, text.String())
		}
	}
	if err := report.WriteJSON(&machines); err != nil {
		t.Fatal(err)
	}
	var again Report
	if err := json.Unmarshal(machines.Bytes(), &again); err != nil || len(again.Rows) != len(report.Rows) || again.Rows[1].Share != report.Rows[1].Share {
		t.Errorf("%v: %s", err, machines.String())
	}
}

func TestWrongOptionsAreNamed(t *testing.T) {
	for want, change := range map[string]func(*Options){
		`--only: "speed" is none of heartbeat, metervalues, status, session, open, storm`: func(o *Options) { o.Only = []string{"speed"} },
		"--chargers and --storm must be 1 or more":                                        func(o *Options) { o.Chargers = 0 },
		"--time must be 1s or more":                                                       func(o *Options) { o.Time = time.Millisecond },
		"--rate must be 1 or more":                                                        func(o *Options) { o.Rate = 0 },
		"--pid belongs to the server of --url, which is not given":                        func(o *Options) { o.PIDs = []int{1} },
		"--profiles is for the server that is started here": func(o *Options) {
			o.URL, o.Profiles = "ws://127.0.0.1:9/ocpp", "profiles"
		},
	} {
		o := options()
		change(&o)
		if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestAServerThatIsNotThereIsNamed(t *testing.T) {
	o := options()
	o.Program, o.URL, o.Only = program(t), "ws://127.0.0.1:9/ocpp", []string{"heartbeat"}
	_, err := Run(t.Context(), o)
	if err == nil || !strings.Contains(err.Error(), "connecting: B-") || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("got %v", err)
	}
}
