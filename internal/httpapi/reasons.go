package httpapi

import (
	"github.com/chargeyard/chargeyard/internal/charging"
)

// reasons say why a charger is shown otherwise than before, as bits.
type reasons uint8

const (
	becauseConnected reasons = 1 << iota
	becauseDisconnected
	becauseStatus
	becauseSessionStarted
	becauseReading
	becauseSessionEnded
	becauseConfiguration
	// becauseStale is told to those who asked for freshness: time alone made a
	// value stale.
	becauseStale
)

var reasonWords = [...]string{"connected", "disconnected", "status", "sessionStarted", "reading", "sessionEnded", "configuration", "stale"}

// appendReasons appends a JSON list.
func appendReasons(dst []byte, r reasons) []byte {
	dst = append(dst, '[')
	for i, word := range reasonWords {
		if r&(1<<i) == 0 {
			continue
		}
		if dst[len(dst)-1] != '[' {
			dst = append(dst, ',')
		}
		dst = append(append(append(dst, '"'), word...), '"')
	}
	return append(dst, ']')
}

// whyChanged compares what the API shows of a charger, but for names that it
// takes from elsewhere; 0 when that is the same.
func whyChanged(was, is *charging.Charger) reasons {
	if was == is {
		return 0
	}
	why := whyConnection(was.Connection, is.Connection)
	if !sameCharger(was, is) {
		why |= becauseConfiguration
	}
	for _, p := range is.Ports {
		old := was.Port(p.Number)
		if old == p {
			continue
		}
		if old == nil {
			why |= becauseConfiguration
			old = &charging.Port{}
		} else if old.PortSettings != p.PortSettings {
			why |= becauseConfiguration
		}
		if !sameStatus(old.Status, p.Status) {
			why |= becauseStatus
		}
		why |= whySession(shownSession(old), shownSession(p))
	}
	return why
}

// sameCharger compares what operators say of a charger, what it reported of
// itself, and how many ports it has.
func sameCharger(was, is *charging.Charger) bool {
	return was.Name == is.Name && was.EffectiveManufacturer() == is.EffectiveManufacturer() && was.EffectiveModel() == is.EffectiveModel() &&
		was.EffectiveSerialNumber() == is.EffectiveSerialNumber() && was.EffectiveFirmware() == is.EffectiveFirmware() &&
		was.Latitude == is.Latitude && was.Longitude == is.Longitude && was.ExternalID == is.ExternalID && was.OCPPID == is.OCPPID &&
		was.EffectiveType() == is.EffectiveType() && len(was.Ports) == len(is.Ports)
}

func whyConnection(was, is *charging.Connection) reasons {
	if was == is || is == nil && was == nil {
		return 0
	}
	if is == nil {
		return becauseDisconnected
	}
	now := becauseDisconnected
	if is.Connected {
		now = becauseConnected
	}
	switch {
	case was == nil || was.Connected != is.Connected:
		return now
	case !was.Since.Equal(is.Since): // there and back, faster than it is told
		return becauseConnected | becauseDisconnected
	}
	return 0
}

func sameStatus(was, is *charging.PortStatus) bool {
	if was == is {
		return true
	}
	return was != nil && is != nil && was.Status == is.Status && was.At.Equal(is.At) && was.ErrorCode == is.ErrorCode &&
		was.VendorErrorCode == is.VendorErrorCode && was.Info == is.Info
}

// shownSession is the session that the API shows for a port, or nil.
func shownSession(p *charging.Port) *charging.Session {
	if p.Session == nil || !p.Session.Shown() {
		return nil
	}
	return p.Session
}

func whySession(was, is *charging.Session) reasons {
	switch {
	case was == is:
		return 0
	case was == nil:
		return becauseSessionStarted
	case is == nil:
		return becauseSessionEnded
	case was.ID != is.ID:
		return becauseSessionStarted | becauseSessionEnded
	case sameSession(was, is):
		return 0
	}
	return becauseReading
}

func sameSession(was, is *charging.Session) bool {
	return was.StartedAt.Equal(is.StartedAt) && was.HasSoCStart == is.HasSoCStart && was.SoCStart == is.SoCStart &&
		was.Energy == is.Energy && was.Tag == is.Tag && was.TransactionID == is.TransactionID &&
		was.VehicleID == is.VehicleID && was.AccessID == is.AccessID && was.CustomerID == is.CustomerID &&
		sameLatest(was.Latest.Power, is.Latest.Power) && sameLatest(was.Latest.Current, is.Latest.Current) &&
		sameLatest(was.Latest.SoC, is.Latest.SoC) && sameLatest(was.Latest.Voltage, is.Latest.Voltage)
}

func sameLatest(was, is charging.Latest) bool { return was.Value == is.Value && was.At.Equal(is.At) }
