package charging

import (
	"strconv"
	"strings"
)

// ConfigurationKey names an attribute of a variable of a 2.x charger.
type ConfigurationKey struct {
	Component, ComponentInstance string
	EVSE, Connector              int // 0 for none
	Variable, VariableInstance   string
	Attribute                    string // Actual, Target, MinSet or MaxSet; "" for Actual
}

// ParseKey reads a variable of 2.x as people write it:
//
//	Component[instance]#evse:connector.Variable[instance]/Attribute
//
// of which only Component.Variable must be there, as in
// OCPPCommCtrlr.HeartbeatInterval, EVSE#1.Power/MaxSet, Connector#1:2.Available
// and DeviceDataCtrlr.ItemsPerMessage[GetVariables]. A key of 1.6 that has a
// variable of the same meaning stands for that. Errors are Invalid.
func ParseKey(text string) (ConfigurationKey, error) {
	if twin := twinOf(text, false); twin != "" {
		text = twin
	}
	wrong := Errorf(Invalid, "key: %q is no variable; write it like OCPPCommCtrlr.HeartbeatInterval, EVSE#1.Power or DeviceDataCtrlr.ItemsPerMessage[GetVariables]", text)
	var k ConfigurationKey
	dot := outside(text, '.')
	if dot <= 0 {
		return k, wrong
	}
	component, variable := text[:dot], text[dot+1:]
	if slash := outside(variable, '/'); slash >= 0 {
		k.Attribute, variable = variable[slash+1:], variable[:slash]
		if k.Attribute == "" {
			return k, wrong
		}
	}
	if hash := outside(component, '#'); hash >= 0 {
		evse, connector, more := strings.Cut(component[hash+1:], ":")
		var bad, worse error
		k.EVSE, bad = strconv.Atoi(evse)
		if more {
			k.Connector, worse = strconv.Atoi(connector)
		}
		if bad != nil || worse != nil || k.EVSE < 1 || k.Connector < 0 {
			return k, wrong
		}
		component = component[:hash]
	}
	var whole, complete bool
	k.Component, k.ComponentInstance, whole = cutInstance(component)
	k.Variable, k.VariableInstance, complete = cutInstance(variable)
	if !whole || !complete {
		return k, wrong
	}
	return k, nil
}

// outside finds a character that is in no brackets; -1 for none.
func outside(text string, c byte) int {
	depth := 0
	for i := range len(text) {
		switch {
		case text[i] == '[':
			depth++
		case text[i] == ']':
			depth--
		case text[i] == c && depth == 0:
			return i
		}
	}
	return -1
}

func cutInstance(text string) (name, instance string, ok bool) {
	name, rest, found := strings.Cut(text, "[")
	if !found {
		return name, "", name != "" && !strings.Contains(name, "]")
	}
	instance, closed := strings.CutSuffix(rest, "]")
	return name, instance, closed && name != "" && instance != "" && !strings.ContainsAny(instance, "[]")
}

// OldKey returns the key of 1.6 that a setting is called by there: a variable
// of 2.x that has one of the same meaning, else the text itself.
func OldKey(text string) string {
	if twin := twinOf(text, true); twin != "" {
		return twin
	}
	return text
}

// twins are settings that both 1.6 (§9) and 2.x (part 2, appendix 3) have.
var twins = [][2]string{
	{"AllowOfflineTxForUnknownId", "AuthCtrlr.OfflineTxForUnknownIdEnabled"},
	{"AuthorizationCacheEnabled", "AuthCacheCtrlr.Enabled"},
	{"AuthorizationKey", "SecurityCtrlr.BasicAuthPassword"},
	{"AuthorizeRemoteTxRequests", "AuthCtrlr.AuthorizeRemoteStart"},
	{"ClockAlignedDataInterval", "AlignedDataCtrlr.Interval"},
	{"ConnectionTimeOut", "TxCtrlr.EVConnectionTimeOut"},
	{"CpoName", "SecurityCtrlr.OrganizationName"},
	{"HeartbeatInterval", "OCPPCommCtrlr.HeartbeatInterval"},
	{"LocalAuthListEnabled", "LocalAuthListCtrlr.Enabled"},
	{"LocalAuthorizeOffline", "AuthCtrlr.LocalAuthorizeOffline"},
	{"LocalPreAuthorize", "AuthCtrlr.LocalPreAuthorize"},
	{"MaxEnergyOnInvalidId", "TxCtrlr.MaxEnergyOnInvalidId"},
	{"MeterValueSampleInterval", "SampledDataCtrlr.TxUpdatedInterval"},
	{"MeterValuesAlignedData", "AlignedDataCtrlr.Measurands"},
	{"MeterValuesSampledData", "SampledDataCtrlr.TxUpdatedMeasurands"},
	{"ResetRetries", "OCPPCommCtrlr.ResetRetries"},
	{"StopTransactionOnEVSideDisconnect", "TxCtrlr.StopTxOnEVSideDisconnect"},
	{"StopTransactionOnInvalidId", "TxCtrlr.StopTxOnInvalidId"},
	{"StopTxnAlignedData", "AlignedDataCtrlr.TxEndedMeasurands"},
	{"StopTxnSampledData", "SampledDataCtrlr.TxEndedMeasurands"},
	{"TransactionMessageAttempts", "OCPPCommCtrlr.MessageAttempts[TransactionEvent]"},
	{"TransactionMessageRetryInterval", "OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]"},
	{"UnlockConnectorOnEVSideDisconnect", "OCPPCommCtrlr.UnlockOnEVSideDisconnect"},
	{"WebSocketPingInterval", "OCPPCommCtrlr.WebSocketPingInterval"},
}

// twinOf returns what the other family of versions calls a setting; "" for none.
func twinOf(text string, old bool) string {
	from, to := 0, 1
	if old {
		from, to = 1, 0
	}
	for _, t := range twins {
		if strings.EqualFold(t[from], text) {
			return t[to]
		}
	}
	return ""
}
