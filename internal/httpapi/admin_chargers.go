package httpapi

import (
	"encoding/json"
	"net/http"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// adminChargerRoutes are chargers with everything that operators say of them. A
// limited key may change those that it sees.
func (a *API) adminChargerRoutes() []route {
	const path = "/api/admin/chargers"
	list := []route{
		a.managed(http.MethodGet, path, a.adminChargers),
		a.managed(http.MethodPost, path, a.addCharger),
		a.managed(http.MethodGet, path+"/{id}", a.adminCharger),
		a.managed(http.MethodPatch, path+"/{id}", a.changeCharger),
		a.managed(http.MethodPost, path+"/{id}/move", a.moveCharger),
	}
	if a.cfg.Connections != nil {
		list = append(list,
			a.managed(http.MethodPost, path+"/{id}/replace", a.replaceCharger),
			a.managed(http.MethodPost, path+"/{id}/retire", a.retireCharger),
			a.managed(http.MethodPost, path+"/{id}/restore", a.restoreCharger))
	}
	return list
}

// adminChargerJSON is a charger as operators see it. What is set and what the
// charger reported stand apart.
type adminChargerJSON struct {
	ID             charging.ID `json:"id"`
	SiteID         charging.ID `json:"siteId"`
	OrganizationID charging.ID `json:"organizationId"`
	Name           string      `json:"name"`
	OCPPID         *string     `json:"ocppId"`
	ExternalID     *string     `json:"externalId"`
	Manufacturer   *string     `json:"manufacturer"`
	Model          *string     `json:"model"`
	SerialNumber   *string     `json:"serialNumber"`
	Latitude       decimalJSON `json:"latitude"`
	Longitude      decimalJSON `json:"longitude"`
	Type           *string     `json:"type"`
	UnknownIDTags  string      `json:"unknownIdTags"`
	CallTimeout    *int64      `json:"callTimeoutSeconds"`
	HandsOff       bool        `json:"handsOff"`
	AssumeOCPP16   bool        `json:"assumeOcpp16"`
	Fingerprint    *string     `json:"certificateFingerprint"`
	HasPassword    bool        `json:"hasPassword"`
	// PasswordPending says that the charger is being given another one.
	PasswordPending bool                 `json:"passwordPending"`
	LowestProfile   int                  `json:"lowestSecurityProfile"`
	RetiredAt       instantJSON          `json:"retiredAt"`
	Version         int64                `json:"version"` // id of the newest record
	Reported        *adminBootJSON       `json:"reported"`
	Connection      *adminConnectionJSON `json:"connection"`
	Ports           []adminPortJSON      `json:"ports"`
}

type adminBootJSON struct {
	At           instantJSON `json:"timestamp"`
	Manufacturer *string     `json:"manufacturer"`
	Model        *string     `json:"model"`
	SerialNumber *string     `json:"serialNumber"`
	Firmware     *string     `json:"firmwareVersion"`
	ICCID        *string     `json:"iccid"`
	IMSI         *string     `json:"imsi"`
	MeterType    *string     `json:"meterType"`
	MeterSerial  *string     `json:"meterSerialNumber"`
	Protocol     *string     `json:"protocol"`
	Registration *string     `json:"registration"`
}

type adminConnectionJSON struct {
	Status   string      `json:"status"`
	Since    instantJSON `json:"timestamp"`
	Opened   instantJSON `json:"openedAt"`
	Protocol *string     `json:"protocol"`
	Remote   *string     `json:"remoteAddress"`
	Profile  int         `json:"securityProfile"`
}

func adminChargerRow(e *fleet.Estate, c *charging.Charger) adminChargerJSON {
	row := adminChargerJSON{ID: c.ID, SiteID: c.SiteID, Name: c.Name, OCPPID: orNull(c.OCPPID), ExternalID: orNull(c.ExternalID),
		Manufacturer: orNull(c.Manufacturer), Model: orNull(c.Model), SerialNumber: orNull(c.SerialNumber),
		Latitude: decimalJSON(c.Latitude), Longitude: decimalJSON(c.Longitude), Type: orNull(c.Type),
		UnknownIDTags: policyWord(c.UnknownTags), CallTimeout: secondsOrNull(c.CallTimeout), HandsOff: c.HandsOff,
		AssumeOCPP16: c.AssumeOCPP16, Fingerprint: orNull(c.Fingerprint), HasPassword: c.PasswordHash != "",
		PasswordPending: c.NextPasswordHash != "", LowestProfile: c.Profile, RetiredAt: instantJSON(c.RetiredAt), Version: c.Version,
		Ports: []adminPortJSON{}}
	if s := e.Site(c.SiteID); s != nil {
		row.OrganizationID = s.OrganizationID
	}
	if b := c.Boot; b != nil {
		row.Reported = &adminBootJSON{At: instantJSON(b.At), Manufacturer: orNull(b.Manufacturer), Model: orNull(b.Model),
			SerialNumber: orNull(b.SerialNumber), Firmware: orNull(b.Firmware), ICCID: orNull(b.ICCID), IMSI: orNull(b.IMSI),
			MeterType: orNull(b.MeterType), MeterSerial: orNull(b.MeterSerial), Protocol: orNull(b.Protocol), Registration: orNull(b.Registration)}
	}
	if n := c.Connection; n != nil {
		row.Connection = &adminConnectionJSON{Status: "Disconnected", Since: instantJSON(n.Since), Opened: instantJSON(n.Opened),
			Protocol: orNull(n.Protocol), Remote: orNull(n.Remote), Profile: n.Profile}
		if n.Connected {
			row.Connection.Status = "Connected"
		}
	}
	for _, p := range c.Ports {
		row.Ports = append(row.Ports, adminPortRow(c, p))
	}
	return row
}

// adminChargers answers GET /api/admin/chargers, by id: those that serve, or
// with retired=true those that were retired.
func (a *API) adminChargers(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	e, p := a.fleet.Estate(), parametersOf(r)
	retired, sites := p.truth("retired", false), p.ids("siteIds")
	if p.err != nil {
		return p.err
	}
	list, err := adminList(p, e.Any(), func(c *charging.Charger) charging.ID { return c.ID },
		func(c *charging.Charger) bool {
			_, unseen := adminCharger(e, key, c.ID)
			return c.Retired() == retired && listed(sites, c.SiteID) && unseen == nil
		},
		func(c *charging.Charger) adminChargerJSON { return adminChargerRow(e, c) })
	if err == nil {
		a.writeData(w, r, http.StatusOK, list)
	}
	return err
}

// pathCharger is the charger that the path names, retired or not.
func pathCharger(e *fleet.Estate, r *http.Request, key *charging.APIKey) (*charging.Charger, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return nil, err
	}
	return adminCharger(e, key, id)
}

// adminCharger answers GET /api/admin/chargers/{id}.
func (a *API) adminCharger(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	e := a.fleet.Estate()
	c, err := pathCharger(e, r, key)
	if err == nil {
		a.writeData(w, r, http.StatusOK, dataJSON[adminChargerJSON]{adminChargerRow(e, c)})
	}
	return err
}

// madeCharger is a charger whose password is shown this once.
type madeCharger struct {
	adminChargerJSON
	Password *string `json:"password"`
}

func (a *API) answerMade(w http.ResponseWriter, r *http.Request, id charging.ID, password string) {
	e := a.fleet.Estate()
	a.writeData(w, r, http.StatusOK, dataJSON[madeCharger]{madeCharger{adminChargerRow(e, e.AnyCharger(id)), orNull(password)}})
}

// chargerBody is a charger in a request.
type chargerBody struct {
	SiteID           optional[charging.ID] `json:"siteId"`
	Name             optional[string]      `json:"name"`
	OCPPID           optional[string]      `json:"ocppId"`
	ExternalID       optional[string]      `json:"externalId"`
	Manufacturer     optional[string]      `json:"manufacturer"`
	Model            optional[string]      `json:"model"`
	SerialNumber     optional[string]      `json:"serialNumber"`
	Latitude         optional[json.Number] `json:"latitude"`
	Longitude        optional[json.Number] `json:"longitude"`
	Type             optional[string]      `json:"type"`
	UnknownIDTags    optional[string]      `json:"unknownIdTags"`
	CallTimeout      optional[int64]       `json:"callTimeoutSeconds"`
	HandsOff         optional[bool]        `json:"handsOff"`
	AssumeOCPP16     optional[bool]        `json:"assumeOcpp16"`
	Fingerprint      optional[string]      `json:"certificateFingerprint"`
	Password         optional[string]      `json:"password"`
	GeneratePassword optional[bool]        `json:"generatePassword"`
	Ports            int                   `json:"ports"`
}

// addCharger answers POST /api/admin/chargers. A password is shown in this
// answer only, and only when it was made up.
func (a *API) addCharger(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	var b chargerBody
	if err := readMembers(w, r, maxBody, &b); err != nil {
		return err
	}
	var settings charging.ChargerSettings
	if err := b.apply(&settings); err != nil {
		return err
	}
	if settings.OCPPID == "" {
		return charging.Errorf(charging.Invalid, "ocppId: is missing; it is the last part of the address that the charger connects to")
	}
	if b.Ports < 0 || b.Ports > charging.MaxPortsPerCharger {
		return charging.Errorf(charging.Invalid, "ports: must be from 0 to %d", charging.MaxPortsPerCharger)
	}
	password, err := a.setPassword(&settings, &b)
	if err != nil {
		return err
	}
	id, err := a.enterCharger(r, key, settings, b.SiteID, b.Ports)
	if err == nil {
		a.answerMade(w, r, id, password)
	}
	return err
}

// enterCharger enters a new charger at a site and returns its id.
func (a *API) enterCharger(r *http.Request, key *charging.APIKey, settings charging.ChargerSettings, at optional[charging.ID], ports int) (id charging.ID, err error) {
	err = a.changeAs(r.Context(), key, func(c *adminChange) error {
		site, err := siteGiven(c.e, key, "siteId", at)
		if err != nil {
			return err
		}
		settings.SiteID = site.ID
		if err := freeNames(c.e, &settings); err != nil {
			return err
		}
		made, err := fleet.NewCharger(c.ids, settings, ports)
		if err != nil {
			return err
		}
		c.Chargers, c.Ports, id = made.Chargers, made.Ports, made.Chargers[0].ID
		return nil
	})
	return id, err
}

// freeNames says which name of a charger another one has.
func freeNames(e *fleet.Estate, settings *charging.ChargerSettings) error {
	if member, err := e.CheckCharger(settings); err != nil {
		return charging.Errorf(charging.KindOf(err), "%s: %s", member, charging.MessageOf(err))
	}
	return nil
}

// changeCharger answers PATCH /api/admin/chargers/{id}: null takes a setting
// back, what is left out stays. The connection stays.
func (a *API) changeCharger(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	if _, err := pathCharger(a.fleet.Estate(), r, key); err != nil {
		return err // before the body is looked at
	}
	var b chargerBody
	if err := readMembers(w, r, maxBody, &b); err != nil {
		return err
	}
	var password string
	var id charging.ID
	err := a.changeAs(r.Context(), key, func(c *adminChange) error {
		old, err := pathCharger(c.e, r, key)
		if err != nil {
			return err
		}
		id = old.ID
		next := old.ChargerSettings
		if b.SiteID.has() && b.SiteID.value != old.SiteID {
			return charging.Errorf(charging.Invalid, "siteId: is changed with POST /api/admin/chargers/%d/move", old.ID)
		}
		if err := b.apply(&next); err != nil {
			return err
		}
		if password, err = a.setPassword(&next, &b); err != nil {
			return err
		}
		if !next.Retired() {
			if err := freeNames(c.e, &next); err != nil {
				return err
			}
		}
		if next != old.ChargerSettings {
			c.Chargers = []charging.ChargerSettings{next}
		}
		return nil
	})
	if err == nil {
		a.answerMade(w, r, id, password)
	}
	return err
}
