package v201

import (
	"slices"
	"strings"

	wire "github.com/chargeyard/chargeyard/internal/ocpp/v201"
)

// OCPP 2.x has no error code. What it reports of parts of a charger is spoken of
// in the sixteen words of OCPP 1.6 §7.6 (server-rules 17.2).

// The words of OCPP 1.6 §7.6 that parts and codes stand for.
const (
	lockFailure     = "ConnectorLockFailure"
	evError         = "EVCommunicationError"
	groundFailure   = "GroundFailure"
	highTemperature = "HighTemperature"
	internalError   = "InternalError"
	listConflict    = "LocalListConflict"
	otherError      = "OtherError"
	overCurrent     = "OverCurrentFailure"
	overVoltage     = "OverVoltage"
	meterFailure    = "PowerMeterFailure"
	switchFailure   = "PowerSwitchFailure"
	readerFailure   = "ReaderFailure"
	resetFailure    = "ResetFailure"
	underVoltage    = "UnderVoltage"
	weakSignal      = "WeakSignal"
)

// How the codes of ChargeX are made: CX001.
const (
	chargeXPrefix = "CX"
	chargeXLength = 5
)

// telling are the words that name a problem wherever they stand in a code, as
// in MREC2GroundFailure.
var telling = []string{
	lockFailure, evError, groundFailure, highTemperature, internalError, listConflict, overCurrent, overVoltage,
	meterFailure, switchFailure, readerFailure, resetFailure, underVoltage, weakSignal,
}

// chargeX are the minimum required error codes of the ChargeX consortium that
// have a word; its others are OtherError.
var chargeX = map[string]string{
	"CX001": lockFailure, "CX002": groundFailure, "CX003": highTemperature, "CX004": overCurrent,
	"CX005": overVoltage, "CX006": underVoltage,
}

// part is a row of the table of components: which of them, told by which
// variables, has which word.
type part struct {
	names     []string // parts of component names, in lower case
	variables []string // in lower case; nil for any
	code      string
}

// parts are read in order; a component without a row is OtherError.
var parts = []part{
	{names: []string{"connectorplugretentionlock", "evretentionlock", "connectorholsterrelease"}, code: lockFailure},
	{names: []string{"cppwmcontroller", "iso15118ctrlr", "chademoctrlr", "connectedev"}, code: evError},
	{names: []string{"rcd", "groundisolationprotection"}, code: groundFailure},
	{names: []string{"temperaturesensor"}, variables: []string{"active", "temperature"}, code: highTemperature},
	{names: []string{"temperaturesensor"}, code: otherError},
	{names: []string{"aircoolingsystem", "liquidcoolingsystem"}, code: highTemperature},
	{names: []string{"overcurrentprotection"}, code: overCurrent},
	{names: []string{"fiscalmetering", "controlmetering"}, code: meterFailure},
	{names: []string{"powercontactor", "acdcconverter", "acphaseselector"}, code: switchFailure},
	{names: []string{"tokenreader", "vehicleidsensor"}, code: readerFailure},
	{names: []string{"datalink", "modem"}, code: weakSignal},
	{names: []string{"localauthlistctrlr"}, code: listConflict},
	{names: []string{"controller", "chargingstation"}, code: internalError},
}

// supplies are the components whose voltage a monitor may find too low or too
// high.
var supplies = []string{"electricalfeed", "elvsupply"}

// faults are the variables that say that something is wrong, in lower case.
var faults = []string{"problem", "tripped", "overload", "fallback"}

// isProblem reports whether an event tells of a problem: by a variable that
// says so, by a sensor that was set off, or by the alarm of a monitor on what
// the table of components knows.
func isProblem(d *wire.EventData) bool {
	name, variable := strings.ToLower(d.Component.Name), strings.ToLower(d.Variable.Name)
	switch {
	case slices.Contains(faults, variable):
		return true
	case variable == "active":
		return isAlarmSensor(name)
	case strings.EqualFold(variable, variableState):
		return true
	case d.Trigger != wire.TriggerAlerting && !d.Cleared:
		return false
	case variable == "temperature":
		return strings.Contains(name, "temperaturesensor")
	case variable == "voltage":
		return containsAny(name, supplies)
	default:
		_, known := codeWord(d.TechCode)
		return known
	}
}

// isAlarmSensor reports whether a component is a sensor that is active when
// something is wrong. One that reads the identity of vehicles is active when it
// works.
func isAlarmSensor(name string) bool {
	return strings.Contains(name, "sensor") && !strings.Contains(name, "vehicleid") ||
		strings.Contains(name, "upstreamprotectiontrigger")
}

// errorCode returns the word for the problem of an event. The code of the event
// comes first: some chargers report all problems of the same component.
func errorCode(d *wire.EventData) string {
	if word, ok := codeWord(d.TechCode); ok {
		return word
	}
	name, variable := strings.ToLower(d.Component.Name), strings.ToLower(d.Variable.Name)
	if containsAny(name, supplies) {
		return supplyCode(d)
	}
	for i := range parts {
		p := &parts[i]
		if containsAny(name, p.names) && (p.variables == nil || slices.Contains(p.variables, variable)) {
			return p.code
		}
	}
	return otherError
}

// codeWord returns the word that a code means, if it means any.
func codeWord(code string) (word string, ok bool) {
	code = strings.TrimSpace(code)
	if upper := strings.ToUpper(code); len(upper) == chargeXLength && strings.HasPrefix(upper, chargeXPrefix) {
		if word, ok := chargeX[upper]; ok {
			return word, true
		}
		return otherError, true
	}
	if strings.EqualFold(code, otherError) {
		return otherError, true
	}
	lower := strings.ToLower(code)
	for _, word := range telling {
		if strings.Contains(lower, strings.ToLower(word)) {
			return word, true
		}
	}
	return "", false
}

// supplyCode tells too low from too high. The event does not name the kind of
// its monitor, so that what it says in words decides.
func supplyCode(d *wire.EventData) string {
	text := strings.ToLower(d.TechCode + " " + d.TechInfo + " " + d.Variable.Instance)
	switch {
	case containsAny(text, []string{"under", "low"}):
		return underVoltage
	case containsAny(text, []string{"over", "high", "upper"}):
		return overVoltage
	default:
		return otherError
	}
}

func containsAny(s string, parts []string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(s, part) })
}
