package fleet_test

import (
	"context"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func TestStatus(t *testing.T) {
	t.Run("makes the port and replaces as a whole", func(t *testing.T) {
		y := newYard(t)
		y.tell(charging.PortStatusReported{Port: 2, Status: charging.Faulted, ErrorCode: "GroundFailure", VendorErrorCode: "E1", Info: "wet", Time: at(y.now)})
		p := y.port(2)
		if p.Name != "Port 2" || p.Status.ErrorCode != "GroundFailure" || p.Status.Info != "wet" {
			t.Fatalf("%+v %+v", p, p.Status)
		}
		y.tell(status(2, charging.Available, y.now))
		if s := y.port(2).Status; s.VendorErrorCode != "" || s.Info != "" || s.ErrorCode != charging.NoError {
			t.Errorf("%+v", s)
		}
		id := y.port(2).ID
		y.restart()
		if y.port(2).ID != id || y.port(2).Status.Status != charging.Available {
			t.Errorf("after a restart: %+v", y.port(2))
		}
	})
	t.Run("of connector 0 makes no port", func(t *testing.T) {
		y := newYard(t)
		y.tell(status(0, charging.StatusUnavailable, y.now))
		if len(y.charger().Ports) != 0 || y.charger().Status.Status != charging.StatusUnavailable {
			t.Errorf("%+v", y.charger())
		}
	})
	t.Run("with an unknown word keeps the one shown", func(t *testing.T) {
		y := newYard(t)
		y.tell(status(1, "", y.now))
		if y.port(1).Status != nil {
			t.Error("a port that never reported a known status shows one")
		}
		y.tell(status(1, charging.Charging, y.now))
		told := y.now
		y.tell(status(1, "", y.now))
		if s := y.port(1).Status; s.Status != charging.Charging || !s.At.Equal(told) {
			t.Errorf("%+v", s)
		}
	})
	t.Run("takes the message's time when plausible, else receipt", func(t *testing.T) {
		y := newYard(t)
		told := y.now.Add(-3 * time.Second)
		y.tell(status(1, charging.Available, told))
		if got := y.port(1).Status.At; !got.Equal(told) {
			t.Errorf("%v, want %v", got, told)
		}
		received := y.now
		y.tell(status(1, charging.Available, time.Unix(0, 0)))
		if got := y.port(1).Status.At; !got.Equal(received) {
			t.Errorf("%v, want %v", got, received)
		}
	})
	t.Run("out of the queue after a reconnect and older is ignored", func(t *testing.T) {
		y := newYard(t)
		y.connect()
		y.tell(status(1, charging.Charging, y.now))
		y.now = y.now.Add(time.Hour)
		y.connect()
		y.tell(status(1, charging.Faulted, y.now.Add(-2*time.Hour)))
		if y.port(1).Status.Status != charging.Charging {
			t.Error("a stale status was shown")
		}
		y.tell(status(1, charging.SuspendedEV, y.now.Add(-30*time.Minute)))
		if y.port(1).Status.Status != charging.SuspendedEV {
			t.Error("a newer one out of the queue was not shown")
		}
	})
	t.Run("of the present that overtakes the queue stays", func(t *testing.T) {
		y := newYard(t)
		y.connect()
		y.now = y.now.Add(time.Hour)
		y.connect()
		y.tell(status(1, charging.Charging, y.now))
		y.tell(status(1, charging.Available, y.now.Add(-30*time.Minute)))
		if y.port(1).Status.Status != charging.Charging {
			t.Error("a stale status was shown")
		}
	})
	t.Run("of a clock that was set back is not ignored for ever", func(t *testing.T) {
		y := newYard(t)
		y.connect()
		y.tell(status(1, charging.Charging, y.now))
		y.now = y.now.Add(time.Hour)
		y.connect()
		y.now = y.now.Add(6 * time.Minute)
		y.tell(status(1, charging.Faulted, y.now.Add(-100*time.Hour)))
		if y.port(1).Status.Status != charging.Faulted {
			t.Error("frozen")
		}
	})
	t.Run("older, without a reconnect, is shown", func(t *testing.T) {
		y := newYard(t)
		y.connect()
		y.tell(status(1, charging.Charging, y.now))
		y.tell(status(1, charging.Faulted, y.now.Add(-time.Second)))
		if y.port(1).Status.Status != charging.Faulted {
			t.Error("ignored")
		}
	})
}

func TestConnection(t *testing.T) {
	t.Run("null until it ever connected, then since the change", func(t *testing.T) {
		y := newYard(t)
		if y.charger().Connection != nil {
			t.Fatal("never connected")
		}
		since := y.now
		y.connect()
		if c := y.charger().Connection; !c.Connected || !c.Since.Equal(since) {
			t.Fatalf("%+v", c)
		}
		old := y.gen
		y.connect()
		if c := y.charger().Connection; !c.Since.Equal(since) {
			t.Errorf("a socket that replaces another moved the time: %+v", c)
		}
		gone := charging.Disconnected{LastSeen: y.now, Reason: "closed"}
		if err := y.Disconnect(context.Background(), chargerID, old, gone, y.now); err != nil || !y.charger().Connection.Connected {
			t.Errorf("a late close of the old socket ended the new: %v", err)
		}
		if err := y.Disconnect(context.Background(), chargerID, y.gen, gone, y.now.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if c := y.charger().Connection; c.Connected || !c.Since.Equal(y.now) {
			t.Errorf("%+v, want since the last sign of life", c)
		}
	})
	t.Run("after a restart disconnected, until it is back", func(t *testing.T) {
		y := newYard(t)
		y.now = time.Now().Add(-time.Hour).Truncate(time.Second).UTC()
		y.connect()
		y.restart()
		c := y.charger().Connection
		if c == nil || c.Connected {
			t.Fatalf("%+v", c)
		}
		y.connect()
		if !y.charger().Connection.Connected {
			t.Error("not connected again")
		}
	})
}

func TestNotes(t *testing.T) {
	y := newYard(t)
	event := charging.Noted{Kind: charging.NoteSecurityEvent, Status: "StartupOfTheDevice", Time: at(y.now)}
	y.tell(event)
	y.restart()
	if out := y.tell(event); !out.Repeat {
		t.Error("a security event that was sent again is kept twice")
	}
	event.Time = at(y.now)
	if out := y.tell(event); out.Repeat {
		t.Error("another one is not")
	}
	if out := y.tell(charging.TagPresented{Tag: "a0b1"}); out.Tag.Status != charging.TagAccepted {
		t.Errorf("%+v", out)
	}
	y.tell(charging.Booted{Boot: charging.Boot{Manufacturer: "Voltix", Firmware: "3.2"}})
	y.restart()
	if got := y.charger().EffectiveFirmware(); got != "3.2" {
		t.Errorf("firmware %q after a restart", got)
	}
}
