package charging

// Measurand is what a reading measures (OCPP 1.6 §7.31).
type Measurand uint8

// The measurands of OCPP 1.6 §7.31, and after them those that 2.0.1 adds.
const (
	MeasurandUnknown Measurand = iota
	EnergyActiveImportRegister
	EnergyActiveExportRegister
	EnergyReactiveImportRegister
	EnergyReactiveExportRegister
	EnergyActiveImportInterval
	EnergyActiveExportInterval
	EnergyReactiveImportInterval
	EnergyReactiveExportInterval
	PowerActiveImport
	PowerActiveExport
	PowerReactiveImport
	PowerReactiveExport
	PowerOffered
	PowerFactor
	CurrentImport
	CurrentExport
	CurrentOffered
	Voltage
	Frequency
	Temperature
	SoC
	RPM
	EnergyActiveNet
	EnergyReactiveNet
	EnergyApparentNet
	EnergyApparentImport
	EnergyApparentExport
	measurandCount
)

var measurandNames = [measurandCount]string{
	"", "Energy.Active.Import.Register", "Energy.Active.Export.Register",
	"Energy.Reactive.Import.Register", "Energy.Reactive.Export.Register",
	"Energy.Active.Import.Interval", "Energy.Active.Export.Interval",
	"Energy.Reactive.Import.Interval", "Energy.Reactive.Export.Interval",
	"Power.Active.Import", "Power.Active.Export", "Power.Reactive.Import",
	"Power.Reactive.Export", "Power.Offered", "Power.Factor", "Current.Import",
	"Current.Export", "Current.Offered", "Voltage", "Frequency", "Temperature",
	"SoC", "RPM", "Energy.Active.Net", "Energy.Reactive.Net", "Energy.Apparent.Net",
	"Energy.Apparent.Import", "Energy.Apparent.Export",
}

// String returns OCPP's name, or "" for MeasurandUnknown.
func (m Measurand) String() string { return nameOf(measurandNames[:], int(m)) }

// ParseMeasurand returns the measurand with OCPP's name s, without regard to
// letter case, or MeasurandUnknown.
func ParseMeasurand(s string) Measurand { return Measurand(indexOf(measurandNames[:], s)) }

// Phase says which phase a reading is of (OCPP 1.6 §7.32).
type Phase uint8

// The phases of OCPP 1.6 §7.32; PhaseNone is the total over all phases.
const (
	PhaseNone Phase = iota
	PhaseL1
	PhaseL2
	PhaseL3
	PhaseN
	PhaseL1N
	PhaseL2N
	PhaseL3N
	PhaseL1L2
	PhaseL2L3
	PhaseL3L1
	PhaseUnknown
)

var phaseNames = []string{"", "L1", "L2", "L3", "N", "L1-N", "L2-N", "L3-N", "L1-L2", "L2-L3", "L3-L1"}

// String returns OCPP's name, or "" for PhaseNone and PhaseUnknown.
func (p Phase) String() string { return nameOf(phaseNames, int(p)) }

// ParsePhase returns the phase with OCPP's name s; "" is PhaseNone.
func ParsePhase(s string) Phase {
	if i := indexOf(phaseNames, s); i > 0 || s == "" {
		return Phase(i)
	}
	return PhaseUnknown
}

// Location says where a reading was taken (OCPP 1.6 §7.30).
type Location uint8

// The locations of OCPP 1.6 §7.30. A reading without one is of the outlet.
const (
	LocationOutlet Location = iota
	LocationBody
	LocationCable
	LocationEV
	LocationInlet
	LocationUnknown
)

var locationNames = []string{"Outlet", "Body", "Cable", "EV", "Inlet"}

// String returns OCPP's name, or "" for LocationUnknown.
func (l Location) String() string { return nameOf(locationNames, int(l)) }

// ParseLocation returns the location with OCPP's name s; "" is the outlet.
func ParseLocation(s string) Location {
	if s == "" {
		return LocationOutlet
	}
	for i, name := range locationNames {
		if equalFold(name, s) {
			return Location(i)
		}
	}
	return LocationUnknown
}

// ReadingContext says why a reading was taken (OCPP 1.6 §7.33).
type ReadingContext uint8

// The contexts of OCPP 1.6 §7.33. A reading without one is periodic.
const (
	ContextSamplePeriodic ReadingContext = iota
	ContextInterruptionBegin
	ContextInterruptionEnd
	ContextSampleClock
	ContextTransactionBegin
	ContextTransactionEnd
	ContextTrigger
	ContextOther
	ContextUnknown
)

var contextNames = []string{"Sample.Periodic", "Interruption.Begin", "Interruption.End", "Sample.Clock",
	"Transaction.Begin", "Transaction.End", "Trigger", "Other"}

// String returns OCPP's name, or "" for ContextUnknown.
func (c ReadingContext) String() string { return nameOf(contextNames, int(c)) }

// ParseReadingContext returns the context with OCPP's name s; "" is periodic.
func ParseReadingContext(s string) ReadingContext {
	if s == "" {
		return ContextSamplePeriodic
	}
	for i, name := range contextNames {
		if equalFold(name, s) {
			return ReadingContext(i)
		}
	}
	return ContextUnknown
}

// Reading is one meter sample, normalised.
type Reading struct {
	// Group numbers the meterValue element of the message that it came in;
	// phases are combined within one group only (contract 3.4 no. 36).
	Group     uint16
	Time      Timestamp
	Measurand Measurand
	Phase     Phase
	Location  Location
	Context   ReadingContext
	// Value counts thousandths of the base unit: mWh, mW, mA, mV, milli-percent,
	// mvarh, mHz, thousandths of a degree Celsius. It means nothing unless Valid.
	Value Milli
	// Valid says that the sample holds a number in a unit that is understood.
	Valid bool
	// Raw is the sample as sent, as JSON, when normalising it lost something:
	// an unknown word or unit, signed data, no number. Else "".
	Raw string
}

func nameOf(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return ""
}

// indexOf finds s from index 1 on, without regard to ASCII case; 0 if absent.
func indexOf(names []string, s string) int {
	for i := 1; i < len(names); i++ {
		if equalFold(names[i], s) {
			return i
		}
	}
	return 0
}

// equalFold is strings.EqualFold for ASCII, which the hot path feels.
func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := 0; i < len(a); i++ {
		x, y := a[i], b[i]
		if x == y {
			continue
		}
		if x|0x20 != y|0x20 || x|0x20 < 'a' || x|0x20 > 'z' {
			return false
		}
	}
	return true
}
