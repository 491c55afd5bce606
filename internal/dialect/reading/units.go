package reading

import (
	"strings"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// dimension is what a unit counts.
type dimension uint8

const (
	unknownDimension dimension = iota
	energy
	reactiveEnergy
	apparentEnergy
	power
	reactivePower
	apparentPower
	current
	voltage
	frequency
	percent
	celsius
	kelvin
	fahrenheit
	rotation
	pure // a number without a unit
)

// unit is a dimension in 10^exp of its base.
type unit struct {
	dimension dimension
	exp       int
}

// exactUnits differ only by letter case from others.
var exactUnits = map[string]unit{
	"MW": {power, 6}, "mW": {power, -3}, "MWh": {energy, 6}, "mWh": {energy, -3},
}

// units are by their names in lower case; those of the specification
// (OCPP 1.6 §7.45) and those that chargers invent.
var units = map[string]unit{
	"wh": {energy, 0}, "kwh": {energy, 3}, "varh": {reactiveEnergy, 0}, "kvarh": {reactiveEnergy, 3},
	"vah": {apparentEnergy, 0}, "kvah": {apparentEnergy, 3},
	"w": {power, 0}, "kw": {power, 3}, "var": {reactivePower, 0}, "kvar": {reactivePower, 3},
	"va": {apparentPower, 0}, "kva": {apparentPower, 3},
	"a": {current, 0}, "amp": {current, 0}, "ampere": {current, 0}, "ma": {current, -3}, "ka": {current, 3},
	"v": {voltage, 0}, "volt": {voltage, 0}, "mv": {voltage, -3}, "kv": {voltage, 3},
	"hz": {frequency, 0}, "hertz": {frequency, 0}, "percent": {percent, 0}, "%": {percent, 0},
	"celsius": {celsius, 0}, "celcius": {celsius, 0}, "c": {celsius, 0}, "degc": {celsius, 0}, "°c": {celsius, 0},
	"k": {kelvin, 0}, "kelvin": {kelvin, 0}, "fahrenheit": {fahrenheit, 0}, "f": {fahrenheit, 0}, "°f": {fahrenheit, 0},
	"rpm": {rotation, 0},
}

// unitOf returns the unit with that name, if it is known.
func unitOf(name string) (unit, bool) {
	// The hot path's units first.
	switch name {
	case "Wh":
		return unit{energy, 0}, true
	case "W":
		return unit{power, 0}, true
	case "A":
		return unit{current, 0}, true
	case "V":
		return unit{voltage, 0}, true
	}
	name = strings.TrimSpace(name)
	if u, ok := exactUnits[name]; ok {
		return u, true
	}
	u, ok := units[strings.ToLower(name)]
	return u, ok
}

// dimensionOf returns what a measurand is counted in.
func dimensionOf(m charging.Measurand) dimension {
	switch m {
	case charging.EnergyActiveImportRegister, charging.EnergyActiveExportRegister,
		charging.EnergyActiveImportInterval, charging.EnergyActiveExportInterval, charging.EnergyActiveNet:
		return energy
	case charging.EnergyReactiveImportRegister, charging.EnergyReactiveExportRegister,
		charging.EnergyReactiveImportInterval, charging.EnergyReactiveExportInterval, charging.EnergyReactiveNet:
		return reactiveEnergy
	case charging.EnergyApparentNet, charging.EnergyApparentImport, charging.EnergyApparentExport:
		return apparentEnergy
	case charging.PowerActiveImport, charging.PowerActiveExport, charging.PowerOffered:
		return power
	case charging.PowerReactiveImport, charging.PowerReactiveExport:
		return reactivePower
	case charging.PowerFactor:
		return pure
	case charging.CurrentImport, charging.CurrentExport, charging.CurrentOffered:
		return current
	case charging.Voltage:
		return voltage
	case charging.Frequency:
		return frequency
	case charging.Temperature:
		return celsius
	case charging.SoC:
		return percent
	case charging.RPM:
		return rotation
	default:
		return unknownDimension
	}
}

// fit says how a unit suits a measurand.
type fit uint8

const (
	noFit    fit = iota
	oddFit       // the measurand is believed, not the unit
	goodFit      // as it should be
	otherFit     // another scale of the same thing
)

// fits returns how well the unit of dimension have suits a measurand counted in
// want. Between energies and powers only the prefix of the unit is believed:
// chargers write Wh on powers (server-rules 8).
func fits(want, have dimension) fit {
	switch {
	case want == have:
		return goodFit
	case want == celsius && (have == kelvin || have == fahrenheit), want == pure && have == percent:
		return otherFit
	case want >= energy && want <= apparentPower && have >= energy && have <= apparentPower:
		return oddFit
	default:
		return noFit
	}
}
