package provision

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// ExportOptions say what goes into an export.
type ExportOptions struct {
	Server  string // this server's id
	Secrets bool   // with the hashes of charger passwords
}

// Export writes the estate as an estate file: what GET /api/sites shows of it
// without its live members, and what that does not show (parents of
// organizations, access IDs, vehicles, customers). Importing it where it came
// from changes nothing.
func Export(e *fleet.Estate, opts ExportOptions) ([]byte, error) {
	file := exportFile{Server: opts.Server, Data: []exportSite{}}
	for _, o := range e.Organizations() {
		file.Organizations = append(file.Organizations, exportOrganization{ID: o.ID, Name: o.Name, ParentID: idOrNull(o.ParentID)})
	}
	for _, s := range e.Sites() {
		file.Data = append(file.Data, exportOf(e, s, opts.Secrets))
	}
	for _, c := range e.Customers() {
		file.Customers = append(file.Customers, exportCustomer{c.ID, c.Name, ref(e, c.OrganizationID)})
	}
	for _, v := range e.Vehicles() {
		file.Vehicles = append(file.Vehicles, exportVehicle{
			ID: v.ID, Name: textOrNull(v.Name), Make: textOrNull(v.Make), Model: textOrNull(v.Model),
			VIN: textOrNull(v.VIN), LicensePlate: textOrNull(v.LicensePlate),
			Customer: customerRef(e, v.CustomerID), Organization: ref(e, v.OrganizationID),
		})
	}
	for _, a := range e.AccessIDs() {
		file.AccessIDs = append(file.AccessIDs, exportOfAccessID(e, a))
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(&file); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

type exportFile struct {
	Server        string               `json:"server,omitempty"`
	Organizations []exportOrganization `json:"organizations"`
	Data          []exportSite         `json:"data"`
	Customers     []exportCustomer     `json:"customers,omitempty"`
	Vehicles      []exportVehicle      `json:"vehicles,omitempty"`
	AccessIDs     []exportAccessID     `json:"accessIds,omitempty"`
}

type exportOrganization struct {
	ID       charging.ID  `json:"id"`
	Name     string       `json:"name"`
	ParentID *charging.ID `json:"parentId"`
}

type organizationRef struct {
	ID   charging.ID `json:"id"`
	Name string      `json:"name"`
}

type exportSite struct {
	ID            charging.ID     `json:"id"`
	Name          string          `json:"name"`
	Address       *string         `json:"address"`
	Timezone      string          `json:"timezone"`
	LocationID    string          `json:"locationId,omitempty"`
	UnknownIDTags string          `json:"unknownIdTags,omitempty"`
	Measurands    string          `json:"measurands,omitempty"`
	SampleSeconds int64           `json:"sampleIntervalSeconds,omitempty"`
	BeatSeconds   int64           `json:"heartbeatSeconds,omitempty"`
	Offline       string          `json:"offlineAuthorization,omitempty"`
	Organization  organizationRef `json:"organization"`
	Chargers      []exportCharger `json:"chargers"`
}

type exportCharger struct {
	ID              charging.ID  `json:"id"`
	Name            string       `json:"name"`
	Manufacturer    *string      `json:"manufacturer"`
	Model           *string      `json:"model"`
	SerialNumber    *string      `json:"serialNumber"`
	FirmwareVersion *string      `json:"firmwareVersion"`
	Latitude        *json.Number `json:"latitude"`
	Longitude       *json.Number `json:"longitude"`
	ExternalID      *string      `json:"externalId"`
	OCPPID          *string      `json:"ocppId"`
	Type            string       `json:"type"`
	PowerSharing    bool         `json:"powerSharing"`
	UnknownIDTags   string       `json:"unknownIdTags,omitempty"`
	AssumeOCPP16    bool         `json:"assumeOcpp16,omitempty"`
	HandsOff        bool         `json:"handsOff,omitempty"`
	CallSeconds     int64        `json:"callTimeoutSeconds,omitempty"`
	Fingerprint     string       `json:"certificateFingerprint,omitempty"`
	PasswordHash    string       `json:"passwordHash,omitempty"`
	NumberOfPorts   int          `json:"numberOfPorts"`
	Ports           []exportPort `json:"ports"`
}

type exportPort struct {
	ID             charging.ID  `json:"id"`
	Name           string       `json:"name"`
	PortNumber     int          `json:"portNumber"`
	MaximumPowerKw *json.Number `json:"maximumPowerKw"`
	ConnectorType  string       `json:"connectorType"`
}

type exportCustomer struct {
	ID           charging.ID     `json:"id"`
	Name         string          `json:"name"`
	Organization organizationRef `json:"organization"`
}

type customerName struct {
	Name string `json:"name"`
}

type exportVehicle struct {
	ID           charging.ID     `json:"id"`
	Name         *string         `json:"name"`
	Make         *string         `json:"make"`
	Model        *string         `json:"model"`
	VIN          *string         `json:"vin"`
	LicensePlate *string         `json:"licensePlate"`
	Customer     *customerName   `json:"customer"`
	Organization organizationRef `json:"organization"`
}

type exportAccessID struct {
	ID                  charging.ID     `json:"id"`
	OCPPIDTag           string          `json:"ocppIdTag"`
	Type                string          `json:"type"`
	Name                *string         `json:"name"`
	AuthorizationStatus string          `json:"authorizationStatus"`
	AuthorizedAt        *string         `json:"authorizedAt"`
	RevokedAt           *string         `json:"revokedAt"`
	ExpiresAt           *string         `json:"expiresAt,omitempty"`
	ParentIDTag         string          `json:"parentIdTag,omitempty"`
	CreatedAt           *string         `json:"createdAt"`
	UpdatedAt           *string         `json:"updatedAt"`
	VehicleID           *charging.ID    `json:"vehicleId"`
	Customer            *customerName   `json:"customer"`
	Organization        organizationRef `json:"organization"`
}

func exportOf(e *fleet.Estate, s *charging.Site, secrets bool) exportSite {
	out := exportSite{
		ID: s.ID, Name: s.Name, Address: textOrNull(s.Address), Timezone: s.Timezone, LocationID: s.LocationID,
		UnknownIDTags: s.UnknownTags.String(), Measurands: s.Wishes.Measurands, SampleSeconds: seconds(s.Wishes.SampleInterval),
		BeatSeconds: seconds(s.Wishes.Heartbeat), Offline: s.Wishes.Offline, Organization: ref(e, s.OrganizationID), Chargers: []exportCharger{},
	}
	for c := range e.Chargers(s.ID) {
		x := exportCharger{
			ID: c.ID, Name: c.Name,
			Manufacturer:    textOrNull(c.EffectiveManufacturer()),
			Model:           textOrNull(c.EffectiveModel()),
			SerialNumber:    textOrNull(c.EffectiveSerialNumber()),
			FirmwareVersion: textOrNull(c.EffectiveFirmware()),
			Latitude:        numberOrNull(c.Latitude), Longitude: numberOrNull(c.Longitude),
			ExternalID: textOrNull(c.ExternalID), OCPPID: textOrNull(c.OCPPID),
			Type: c.EffectiveType(), PowerSharing: len(c.Ports) > 1,
			UnknownIDTags: c.UnknownTags.String(), AssumeOCPP16: c.AssumeOCPP16,
			HandsOff: c.HandsOff, CallSeconds: seconds(c.CallTimeout), Fingerprint: c.Fingerprint,
			NumberOfPorts: len(c.Ports), Ports: []exportPort{},
		}
		if secrets {
			x.PasswordHash = c.PasswordHash
		}
		for _, p := range c.Ports {
			x.Ports = append(x.Ports, exportPort{p.ID, p.Name, p.Number, powerOrNull(p.MaxPower), c.ConnectorType(p)})
		}
		out.Chargers = append(out.Chargers, x)
	}
	return out
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }

func exportOfAccessID(e *fleet.Estate, a *charging.AccessID) exportAccessID {
	status := "Authorized"
	if a.Revoked {
		status = "Revoked"
	}
	return exportAccessID{
		ID: a.ID, OCPPIDTag: a.Tag, Type: a.Type, Name: textOrNull(a.Name), AuthorizationStatus: status,
		AuthorizedAt: timeOrNull(a.AuthorizedAt), RevokedAt: timeOrNull(a.RevokedAt), ExpiresAt: timeOrNull(a.ExpiresAt),
		ParentIDTag: a.GroupTag, CreatedAt: timeOrNull(a.CreatedAt), UpdatedAt: timeOrNull(a.UpdatedAt),
		VehicleID: idOrNull(a.VehicleID), Customer: customerRef(e, a.CustomerID), Organization: ref(e, a.OrganizationID),
	}
}

func ref(e *fleet.Estate, id charging.ID) organizationRef {
	if o := e.Organization(id); o != nil {
		return organizationRef{o.ID, o.Name}
	}
	return organizationRef{ID: id}
}

func customerRef(e *fleet.Estate, id charging.ID) *customerName {
	if c := e.Customer(id); c != nil {
		return &customerName{c.Name}
	}
	return nil
}

func textOrNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func numberOrNull(s string) *json.Number {
	if s == "" {
		return nil
	}
	n := json.Number(s)
	return &n
}

func powerOrNull(m charging.Milli) *json.Number {
	if m.Thousand() == 0 {
		return nil
	}
	n := json.Number(charging.AppendThousandths(nil, m.Thousand()))
	return &n
}

func idOrNull(id charging.ID) *charging.ID {
	if id == 0 {
		return nil
	}
	return &id
}

func timeOrNull(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := string(charging.AppendTime(nil, t))
	return &s
}
