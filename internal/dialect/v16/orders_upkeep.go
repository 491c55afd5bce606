package v16

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/ocpp/v16"
)

// upkeepCall says the orders that are not about charging.
func upkeepCall(o charging.Order, f *charging.OrderFacts) ([]charging.OrderCall, error) {
	switch o := o.(type) {
	case *charging.GetConfigurationOrder:
		return getConfiguration(o.Keys, f)
	case *charging.ReportOrder:
		return getConfiguration(nil, f)
	case *charging.SetConfigurationOrder:
		return calls(v16.ActionChangeConfiguration, nil, put("key", charging.OldKey(o.Key)), put("value", ocpp.Exact(*o.Value)))
	case *charging.LocalListOrder:
		return localList(o, f)
	case *charging.LocalListVersionOrder:
		return calls(v16.ActionGetLocalListVersion, nil)
	case *charging.LogOrder:
		return uploadLog(o, f)
	case *charging.FirmwareOrder:
		return firmware(o, f)
	case *charging.InstallCertificateOrder:
		use, err := certificateUse("type", o.Type)
		return calls(v16.ActionInstallCertificate, err, put("certificateType", use), put("certificate", o.Certificate))
	case *charging.CertificatesOrder:
		return certificates(o)
	case *charging.DeleteCertificateOrder:
		return calls(v16.ActionDeleteCertificate, nil, put("certificateHashData", object{
			put("hashAlgorithm", o.HashAlgorithm), put("issuerNameHash", o.IssuerNameHash),
			put("issuerKeyHash", o.IssuerKeyHash), put("serialNumber", o.SerialNumber)}))
	case *charging.DataTransferOrder:
		return calls(v16.ActionDataTransfer, nil, put("vendorId", o.VendorID), put("messageId", o.MessageID), put("data", plainData(o.Data)))
	}
	return nil, charging.Errorf(charging.Invalid, "order: OCPP 1.6 has nothing for %s", o.Name())
}

// getConfiguration asks for as many keys at a time as the charger takes.
func getConfiguration(keys []string, f *charging.OrderFacts) ([]charging.OrderCall, error) {
	if len(keys) == 0 {
		return calls(v16.ActionGetConfiguration, nil)
	}
	old := make([]string, len(keys))
	for i, key := range keys {
		old[i] = charging.OldKey(key)
	}
	size := f.MaxGet
	if size <= 0 {
		size = len(old)
	}
	var list []charging.OrderCall
	for chunk := range slices.Chunk(old, size) {
		list = append(list, charging.OrderCall{Action: v16.ActionGetConfiguration, Payload: (&v16.GetConfiguration{Key: chunk}).AppendJSON(nil)})
	}
	return list, nil
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
		list[i] = object{put("idTag", e.Tag)}
		if e.Remove {
			continue
		}
		status := e.Status
		if status == "" {
			status = "Accepted"
		}
		list[i] = append(list[i], put("idTagInfo", object{
			put("expiryDate", e.Expires.Time), put("parentIdTag", e.GroupTag), put("status", status)}))
	}
	m := []ocpp.Field{put("listVersion", version), put("updateType", update)}
	if len(list) > 0 {
		m = append(m, put("localAuthorizationList", list))
	}
	return calls(v16.ActionSendLocalList, nil, m...)
}

func uploadLog(o *charging.LogOrder, f *charging.OrderFacts) ([]charging.OrderCall, error) {
	if o.Location == "" {
		return nil, lacks("location", "is missing; give the address to which the charger is to send the log")
	}
	if o.Kind != "security" {
		return calls(v16.ActionGetDiagnostics, nil, put("location", o.Location), put("retries", o.Retries),
			put("retryInterval", o.Interval), put("startTime", o.From.Time), put("stopTime", o.To.Time))
	}
	return calls(v16.ActionGetLog, nil, put("logType", "SecurityLog"), put("requestId", f.RequestID),
		put("retries", o.Retries), put("retryInterval", o.Interval), put("log", object{put("remoteLocation", o.Location),
			put("oldestTimestamp", o.From.Time), put("latestTimestamp", o.To.Time)}))
}

func firmware(o *charging.FirmwareOrder, f *charging.OrderFacts) ([]charging.OrderCall, error) {
	when := o.RetrieveAt.Time
	if when.IsZero() {
		when = f.Now
	}
	if o.Signature == "" {
		if !o.InstallAt.IsZero() {
			return nil, lacks("installAt", "OCPP 1.6 schedules the installation of signed firmware only; leave it out")
		}
		return calls(v16.ActionUpdateFirmware, nil, put("location", o.Location), put("retries", o.Retries),
			put("retrieveDate", when), put("retryInterval", o.Interval))
	}
	return calls(v16.ActionSignedUpdateFirmware, nil, put("retries", o.Retries), put("retryInterval", o.Interval),
		put("requestId", f.RequestID), put("firmware", object{put("location", o.Location), put("retrieveDateTime", when),
			put("installDateTime", o.InstallAt.Time), put("signingCertificate", o.Certificate), put("signature", o.Signature)}))
}

// certificateUse returns what 1.6 calls a kind of certificate.
func certificateUse(at, kind string) (string, error) {
	switch kind {
	case "csms":
		return "CentralSystemRootCertificate", nil
	case "manufacturer":
		return "ManufacturerRootCertificate", nil
	}
	return "", lacks(at, "OCPP 1.6 knows csms and manufacturer only")
}

// certificates asks for one kind after another: 1.6 tells of one at a time.
func certificates(o *charging.CertificatesOrder) ([]charging.OrderCall, error) {
	types := o.Types
	if len(types) == 0 {
		types = []string{"csms", "manufacturer"}
	}
	var list []charging.OrderCall
	for _, kind := range types {
		use, err := certificateUse("types", kind)
		one, err := calls(v16.ActionGetInstalledCertificateIDs, err, put("certificateType", use))
		if err != nil {
			return nil, err
		}
		list = append(list, one...)
	}
	return list, nil
}

// plainData is what a vendor's message carries, as the text that 1.6 wants:
// anything else than a text is sent as its JSON.
func plainData(data json.RawMessage) string {
	var s string
	if len(data) == 0 || string(data) == "null" || json.Unmarshal(data, &s) == nil {
		return s
	}
	var b bytes.Buffer
	if json.Compact(&b, data) != nil {
		return string(data)
	}
	return b.String()
}

// Outcome returns what a charger's answer to a call means, in the words of
// package charging; "" when it says nothing.
func Outcome(action string, response []byte) string {
	var r struct {
		Status           string            `json:"status"`
		FileName         string            `json:"fileName"`
		ListVersion      json.RawMessage   `json:"listVersion"`
		ConfigurationKey []json.RawMessage `json:"configurationKey"`
		UnknownKey       []json.RawMessage `json:"unknownKey"`
	}
	_ = json.Unmarshal(response, &r) // what cannot be read says nothing
	switch action {
	case v16.ActionGetConfiguration:
		switch {
		case len(r.UnknownKey) == 0:
			return charging.OutcomeAccepted
		case len(r.ConfigurationKey) == 0:
			return charging.OutcomeNotFound
		}
		return charging.OutcomePartly
	case v16.ActionGetDiagnostics:
		if r.FileName == "" {
			return charging.OutcomeNotFound // there is nothing to send
		}
		return charging.OutcomeAccepted
	case v16.ActionUpdateFirmware:
		return charging.OutcomeAccepted // it has no other answer
	case v16.ActionGetLocalListVersion:
		if strings.HasPrefix(strings.Trim(string(r.ListVersion), `"`), "-") {
			return charging.OutcomeNotSupported
		}
		return charging.OutcomeAccepted
	}
	return charging.OutcomeOf(r.Status)
}
