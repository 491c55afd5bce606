package v201

import (
	"encoding/json"
	"slices"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/ocpp/v201"
)

// upkeepCall says the orders that are not about charging.
func (s speaker) upkeepCall(o charging.Order, f *charging.OrderFacts) ([]charging.OrderCall, error) {
	switch o := o.(type) {
	case *charging.GetConfigurationOrder:
		return getVariables(o, f)
	case *charging.SetConfigurationOrder:
		return setVariable(o)
	case *charging.ReportOrder:
		return calls(v201.ActionGetBaseReport, nil, put("requestId", f.RequestID), put("reportBase", reportBase(o.Kind)))
	case *charging.LocalListOrder:
		return localList(o, f)
	case *charging.LocalListVersionOrder:
		return calls(v201.ActionGetLocalListVersion, nil)
	case *charging.LogOrder:
		return uploadLog(o, f)
	case *charging.FirmwareOrder:
		return firmware(o, f)
	case *charging.InstallCertificateOrder:
		use, err := s.certificateUse("type", o.Type)
		return calls(v201.ActionInstallCertificate, err, put("certificateType", use), put("certificate", o.Certificate))
	case *charging.CertificatesOrder:
		return s.certificates(o)
	case *charging.DeleteCertificateOrder:
		return calls(v201.ActionDeleteCertificate, nil, put("certificateHashData", object{
			put("hashAlgorithm", o.HashAlgorithm), put("issuerNameHash", o.IssuerNameHash),
			put("issuerKeyHash", o.IssuerKeyHash), put("serialNumber", o.SerialNumber)}))
	case *charging.DataTransferOrder:
		m := []ocpp.Field{put("vendorId", o.VendorID), put("messageId", o.MessageID)}
		if len(o.Data) > 0 && string(o.Data) != "null" {
			m = append(m, put("data", o.Data))
		}
		return calls(v201.ActionDataTransfer, nil, m...)
	}
	return nil, charging.Errorf(charging.Invalid, "order: %s has nothing for %s", s.version(), o.Name())
}

// variable names a variable and its component.
func variable(k charging.ConfigurationKey) []ocpp.Field {
	return []ocpp.Field{
		put("attributeType", k.Attribute),
		put("component", object{put("name", k.Component), put("instance", k.ComponentInstance), put("evse", evse(k.EVSE, k.Connector))}),
		put("variable", object{put("name", k.Variable), put("instance", k.VariableInstance)}),
	}
}

// getVariables asks for as many variables at a time as the charger takes.
func getVariables(o *charging.GetConfigurationOrder, f *charging.OrderFacts) ([]charging.OrderCall, error) {
	if len(o.Keys) == 0 {
		return nil, lacks("keys", "is missing; name variables, or have all reported with the order report")
	}
	data := make([]object, len(o.Keys))
	for i, text := range o.Keys {
		k, err := charging.ParseKey(text)
		if err != nil {
			return nil, err
		}
		data[i] = variable(k)
	}
	size := f.MaxGet
	if size <= 0 {
		size = len(data)
	}
	var list []charging.OrderCall
	for chunk := range slices.Chunk(data, size) {
		one, err := calls(v201.ActionGetVariables, nil, put("getVariableData", chunk))
		if err != nil {
			return nil, err
		}
		list = append(list, one...)
	}
	return list, nil
}

func setVariable(o *charging.SetConfigurationOrder) ([]charging.OrderCall, error) {
	k, err := charging.ParseKey(o.Key)
	if err != nil {
		return nil, err
	}
	data := append(object{put("attributeValue", ocpp.Exact(*o.Value))}, variable(k)...)
	return calls(v201.ActionSetVariables, nil, put("setVariableData", []object{data}))
}

func reportBase(kind string) string {
	switch kind {
	case "configuration":
		return "ConfigurationInventory"
	case "summary":
		return "SummaryInventory"
	}
	return "FullInventory"
}

func localList(o *charging.LocalListOrder, f *charging.OrderFacts) ([]charging.OrderCall, error) {
	version := o.Version
	if version == 0 {
		version = max(f.ListVersion, 0) + 1
	}
	update := "Full"
	if o.Update == "differential" {
		update = "Differential"
	}
	list := make([]object, len(o.Entries))
	for i, e := range o.Entries {
		list[i] = object{put("idToken", token(e.Tag, e.TagType, card))}
		if e.Remove {
			continue
		}
		status := e.Status
		if status == "" {
			status = "Accepted"
		}
		list[i] = append(list[i], put("idTokenInfo", object{
			put("status", status), put("cacheExpiryDateTime", e.Expires.Time), put("groupIdToken", group(e.GroupTag))}))
	}
	m := []ocpp.Field{put("versionNumber", version), put("updateType", update)}
	if len(list) > 0 { // an empty list is not legal
		m = append(m, put("localAuthorizationList", list))
	}
	return calls(v201.ActionSendLocalList, nil, m...)
}

func uploadLog(o *charging.LogOrder, f *charging.OrderFacts) ([]charging.OrderCall, error) {
	if o.Location == "" {
		return nil, lacks("location", "is missing; give the address to which the charger is to send the log")
	}
	kind := "DiagnosticsLog"
	if o.Kind == "security" {
		kind = "SecurityLog"
	}
	return calls(v201.ActionGetLog, nil, put("logType", kind), put("requestId", f.RequestID),
		put("retries", o.Retries), put("retryInterval", o.Interval), put("log", object{put("remoteLocation", o.Location),
			put("oldestTimestamp", o.From.Time), put("latestTimestamp", o.To.Time)}))
}

func firmware(o *charging.FirmwareOrder, f *charging.OrderFacts) ([]charging.OrderCall, error) {
	when := o.RetrieveAt.Time
	if when.IsZero() {
		when = f.Now
	}
	return calls(v201.ActionUpdateFirmware, nil, put("retries", o.Retries), put("retryInterval", o.Interval),
		put("requestId", f.RequestID), put("firmware", object{put("location", o.Location), put("retrieveDateTime", when),
			put("installDateTime", o.InstallAt.Time), put("signingCertificate", o.Certificate), put("signature", o.Signature)}))
}

var certificateUses = map[string]string{
	"csms": "CSMSRootCertificate", "manufacturer": "ManufacturerRootCertificate", "v2g": "V2GRootCertificate",
	"mo": "MORootCertificate", "oem": "OEMRootCertificate", "v2gChain": "V2GCertificateChain",
}

// certificateUse returns what the version calls a kind of certificate.
func (s speaker) certificateUse(at, kind string) (string, error) {
	if kind == "oem" && s.table.Version != ocpp.V21 {
		return "", lacks(at, "only OCPP 2.1 has oem; choose csms, manufacturer, v2g or mo")
	}
	return certificateUses[kind], nil
}

func (s speaker) certificates(o *charging.CertificatesOrder) ([]charging.OrderCall, error) {
	var m []ocpp.Field
	if len(o.Types) > 0 {
		uses := make([]string, len(o.Types))
		for i, kind := range o.Types {
			use, err := s.certificateUse("types", kind)
			if err != nil {
				return nil, err
			}
			uses[i] = use
		}
		m = append(m, put("certificateType", uses))
	}
	return calls(v201.ActionGetInstalledCertificateIDs, nil, m...)
}

// answered are the members of answers that say what they mean.
type answered struct {
	Status            string `json:"status"`
	GetVariableResult []struct {
		AttributeStatus string `json:"attributeStatus"`
	} `json:"getVariableResult"`
	SetVariableResult []struct {
		AttributeStatus string `json:"attributeStatus"`
	} `json:"setVariableResult"`
	SetMonitoringResult []struct {
		Status string `json:"status"`
	} `json:"setMonitoringResult"`
	ClearMonitoringResult []struct {
		Status string `json:"status"`
	} `json:"clearMonitoringResult"`
}

// Outcome returns what a charger's answer to a call means, in the words of
// package charging; "" when it says nothing. It reads the answers of 2.1, too.
func Outcome(action string, response []byte) string {
	var r answered
	_ = json.Unmarshal(response, &r) // what cannot be read says nothing
	var all []string
	switch action {
	case v201.ActionGetVariables:
		for _, v := range r.GetVariableResult {
			all = append(all, v.AttributeStatus)
		}
	case v201.ActionSetVariables:
		for _, v := range r.SetVariableResult {
			all = append(all, v.AttributeStatus)
		}
	case v201.ActionSetVariableMonitoring:
		for _, v := range r.SetMonitoringResult {
			all = append(all, v.Status)
		}
	case v201.ActionClearVariableMonitoring:
		for _, v := range r.ClearMonitoringResult {
			all = append(all, v.Status)
		}
	case v201.ActionGetLocalListVersion, v201.ActionGetTransactionStatus, v201.ActionCostUpdated:
		return charging.OutcomeAccepted // they answer with figures, or nothing
	default:
		return charging.OutcomeOf(r.Status)
	}
	return charging.OutcomeOfAll(all)
}
