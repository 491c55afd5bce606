package provision

import (
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

const (
	maxCallTimeout = 10 * time.Minute
	maxInterval    = 24 * time.Hour
	maxMeasurands  = 1000
)

// The words that take a setting back.
const (
	inherit = "inherit"
	unbound = "none"
)

// wishes reads what a site wants of the configuration of its chargers.
func wishes(o *object) Wishes {
	return Wishes{
		Measurands:     measurands(o),
		SampleInterval: o.seconds("sampleIntervalSeconds", maxInterval),
		Heartbeat:      o.seconds("heartbeatSeconds", maxInterval),
		Offline:        o.word("offlineAuthorization", "yes", "no", inherit),
	}
}

// measurands reads a list with commas, without blanks.
func measurands(o *object) string {
	list := strings.ReplaceAll(o.text("measurands", maxMeasurands), " ", "")
	if list != "" && slices.Contains(strings.Split(list, ","), "") {
		o.bad("measurands", "has an empty place between commas; write it like Energy.Active.Import.Register,Power.Active.Import,SoC")
		return ""
	}
	return list
}

// fingerprint reads the SHA-256 of a certificate, as people copy it.
func fingerprint(o *object) string {
	text := strings.ToLower(strings.ReplaceAll(o.text("certificateFingerprint", 100), ":", ""))
	if raw, err := hex.DecodeString(text); text == "" || text == unbound || err == nil && len(raw) == 32 {
		return text
	}
	o.bad("certificateFingerprint", "must be the SHA-256 of the certificate as 64 hex digits, or \"none\"")
	return ""
}
