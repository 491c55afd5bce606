package charging

import "encoding/json"

// GetConfigurationOrder asks for settings.
type GetConfigurationOrder struct {
	// Keys are those of 1.6, or variables of 2.x as ParseKey reads them; none
	// for all, which 1.6 only has: see ReportOrder.
	Keys []string `json:"keys"`
}

// SetConfigurationOrder changes a setting.
type SetConfigurationOrder struct {
	Key   string  `json:"key"` // see GetConfigurationOrder
	Value *string `json:"value"`
}

// ReportOrder asks the charger to tell all of its configuration.
type ReportOrder struct {
	Kind string `json:"kind"` // full, configuration or summary; "" for full
}

// LocalListOrder gives the charger a list of tags that may charge while it is
// offline.
type LocalListOrder struct {
	Version int64          `json:"version"` // 0 for the one after the last
	Update  string         `json:"update"`  // full or differential; "" for full
	Entries []LocalListTag `json:"entries"`
}

// LocalListTag is one tag of a local list.
type LocalListTag struct {
	Tag      string  `json:"tag"`
	TagType  string  `json:"tagType"`  // 2.x only; "" for ISO14443
	Status   string  `json:"status"`   // in words of OCPP; "" for Accepted
	GroupTag string  `json:"groupTag"` // "" for none
	Expires  Instant `json:"expires"`
	Remove   bool    `json:"remove"` // takes it off, in a differential update
}

// LocalListVersionOrder asks for the version of the local list.
type LocalListVersionOrder struct{}

// LogOrder asks the charger to upload a log.
type LogOrder struct {
	Kind     string  `json:"kind"`     // diagnostics or security; "" for diagnostics
	Location string  `json:"location"` // where to; "" for this server
	From     Instant `json:"from"`
	To       Instant `json:"to"`
	Retries  *int    `json:"retries"`
	Interval *int    `json:"retryInterval"` // in seconds
}

// FirmwareOrder has the charger fetch and install firmware.
type FirmwareOrder struct {
	File        ID      `json:"file"`     // of a file that this server hosts; 0 for none
	Location    string  `json:"location"` // where it is; "" with a File
	RetrieveAt  Instant `json:"retrieveAt"`
	InstallAt   Instant `json:"installAt"`
	Signature   string  `json:"signature"`   // base64; "" for unsigned firmware
	Certificate string  `json:"certificate"` // PEM, with a Signature
	Retries     *int    `json:"retries"`
	Interval    *int    `json:"retryInterval"` // in seconds
}

// InstallCertificateOrder installs a root certificate.
type InstallCertificateOrder struct {
	Type        string `json:"type"` // csms, manufacturer, v2g, mo or oem
	Certificate string `json:"certificate"`
}

// CertificatesOrder asks which certificates are installed.
type CertificatesOrder struct {
	Types []string `json:"types"` // as in InstallCertificateOrder, or v2gChain; none for all
}

// DeleteCertificateOrder removes a certificate, named as the charger does.
type DeleteCertificateOrder struct {
	HashAlgorithm  string `json:"hashAlgorithm"`
	IssuerNameHash string `json:"issuerNameHash"`
	IssuerKeyHash  string `json:"issuerKeyHash"`
	SerialNumber   string `json:"serialNumber"`
}

// DataTransferOrder sends what a vendor adds to OCPP.
type DataTransferOrder struct {
	VendorID  string          `json:"vendorId"`
	MessageID string          `json:"messageId"`
	Data      json.RawMessage `json:"data"` // nil for none
}

// The names of the orders.
func (*GetConfigurationOrder) Name() string   { return "get-configuration" }
func (*SetConfigurationOrder) Name() string   { return "configuration" }
func (*ReportOrder) Name() string             { return "report" }
func (*LocalListOrder) Name() string          { return "local-list" }
func (*LocalListVersionOrder) Name() string   { return "local-list-version" }
func (*LogOrder) Name() string                { return "log" }
func (*FirmwareOrder) Name() string           { return "firmware" }
func (*InstallCertificateOrder) Name() string { return "install-certificate" }
func (*CertificatesOrder) Name() string       { return "certificates" }
func (*DeleteCertificateOrder) Name() string  { return "delete-certificate" }
func (*DataTransferOrder) Name() string       { return "data-transfer" }

func (o *GetConfigurationOrder) check() error {
	for i, key := range o.Keys {
		if key == "" {
			return missing("keys["+itoa(int64(i))+"]", "name a setting")
		}
	}
	return nil
}

func (o *SetConfigurationOrder) check() error {
	switch {
	case o.Key == "":
		return missing("key", "name the setting, such as HeartbeatInterval")
	case o.Value == nil:
		return missing("value", `give it as a text, such as "300"`)
	}
	return nil
}

func (o *ReportOrder) check() error {
	return oneOf("kind", o.Kind, "full", "configuration", "summary")
}

func (o *LocalListOrder) check() error {
	for i, e := range o.Entries {
		at := "entries[" + itoa(int64(i)) + "]."
		switch {
		case e.Tag == "":
			return missing(at+"tag", "name the access ID")
		case e.Remove && o.Update != "differential":
			return Errorf(Invalid, "%sremove: goes with update differential only; a full list holds what is there", at)
		}
	}
	return first(oneOf("update", o.Update, "full", "differential"), atLeast("version", o.Version, 0))
}

func (o *LocalListVersionOrder) check() error { return nil }

func (o *LogOrder) check() error {
	if !o.From.IsZero() && !o.To.IsZero() && o.To.Before(o.From.Time) {
		return Errorf(Invalid, "to: must not be before from")
	}
	return first(oneOf("kind", o.Kind, "diagnostics", "security"), retries(o.Retries, o.Interval))
}

func retries(number, interval *int) error {
	if number != nil && *number < 0 {
		return atLeast("retries", int64(*number), 0)
	}
	if interval != nil && *interval < 0 {
		return atLeast("retryInterval", int64(*interval), 0)
	}
	return nil
}

func (o *FirmwareOrder) check() error {
	switch {
	case o.File == 0 && o.Location == "":
		return missing("location", "give the address of the firmware, or as file the id of one that this server hosts")
	case o.File != 0 && o.Location != "":
		return Errorf(Invalid, "location: goes without a file only; leave one of them out")
	case (o.Signature == "") != (o.Certificate == ""):
		return Errorf(Invalid, "signature: signed firmware needs both the signature and the certificate")
	}
	return first(atLeast("file", o.File, 0), retries(o.Retries, o.Interval))
}

var certificateTypes = []string{"csms", "manufacturer", "v2g", "mo", "oem", "v2gChain"}

func (o *InstallCertificateOrder) check() error {
	switch {
	case o.Type == "":
		return missing("type", "say csms, manufacturer, v2g, mo or oem")
	case o.Certificate == "":
		return missing("certificate", "give it as PEM text")
	}
	return oneOf("type", o.Type, certificateTypes[:5]...)
}

func (o *CertificatesOrder) check() error {
	for i, t := range o.Types {
		if err := oneOf("types["+itoa(int64(i))+"]", t, certificateTypes...); err != nil {
			return err
		}
	}
	return nil
}

func (o *DeleteCertificateOrder) check() error {
	for _, m := range []struct{ name, value string }{
		{"hashAlgorithm", o.HashAlgorithm}, {"issuerNameHash", o.IssuerNameHash},
		{"issuerKeyHash", o.IssuerKeyHash}, {"serialNumber", o.SerialNumber},
	} {
		if m.value == "" {
			return missing(m.name, "name the certificate as the charger does in its answer to certificates")
		}
	}
	return nil
}

func (o *DataTransferOrder) check() error {
	if o.VendorID == "" {
		return missing("vendorId", "name the vendor")
	}
	return nil
}
