package httpapi

import (
	"fmt"
	"net/http"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// maxRefused is as many refused handshakes as are kept.
const maxRefused = 1000

// adminRefusedRoutes are handshakes that were refused. They belong to nobody,
// but to those who see the charger with the identity, if there is one.
func (a *API) adminRefusedRoutes() []route {
	const path = "/api/admin/refused"
	return []route{
		a.managed(http.MethodGet, path, unlimited(a.adminRefused)),
		a.managed(http.MethodGet, path+"/stream", unlimited(a.streamRefused)),
		a.managed(http.MethodPost, path+"/adopt", unlimited(a.adoptRefused)),
	}
}

type refusedJSON struct {
	ID        charging.ID  `json:"id"`
	At        instantJSON  `json:"timestamp"`
	FirstAt   instantJSON  `json:"firstAt"`
	Count     int          `json:"count"`
	Identity  *string      `json:"identity"`
	Remote    *string      `json:"remoteAddress"`
	Request   string       `json:"request"`
	Status    int          `json:"status"`
	Reason    string       `json:"reason"`
	Fix       string       `json:"fix"`
	ChargerID *charging.ID `json:"chargerId"` // that has the identity
	// Adoptable says that POST …/adopt can enter it.
	Adoptable bool `json:"adoptable"`
}

func refusedRow(e *fleet.Estate, r *charging.Refusal) refusedJSON {
	row := refusedJSON{ID: r.ID, At: instantJSON(r.At), FirstAt: instantJSON(r.FirstAt), Count: r.Count, Identity: orNull(r.Identity),
		Remote: orNull(r.Remote), Request: r.Request, Status: r.Status, Reason: r.Reason, Fix: r.Fix}
	if c := e.ChargerByIdentity(r.Identity); c != nil {
		row.ChargerID = idOrNull(c.ID)
	} else {
		row.Adoptable = charging.CheckIdentity(r.Identity) == nil
	}
	return row
}

// adminRefused answers GET /api/admin/refused, newest first. Refusals that are
// alike share a row, which moves up with each.
func (a *API) adminRefused(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	p := parametersOf(r)
	place, identity := refusedPlaceOf(p), p.text("identity")
	if p.err != nil {
		return p.err
	}
	all, err := a.cfg.Administration.Refusals(r.Context(), maxRefused)
	if err != nil {
		return err
	}
	e := a.fleet.Estate()
	var rows []refusedJSON
	var last refusedPlace
	next := ""
	for i := range all {
		v := &all[i]
		if identity != "" && v.Identity != identity || !place.before(v) || !a.seesRefusal(e, key, v) {
			continue
		}
		if len(rows) == adminPage {
			next = last.String()
			break
		}
		rows, last = append(rows, refusedRow(e, v)), placeOfRefusal(v)
	}
	if rows == nil {
		rows = []refusedJSON{}
	}
	a.writeData(w, r, http.StatusOK, listJSON[refusedJSON]{rows, pageAfter(next)})
	return nil
}

// refusedPlace is where a refusal stands in the list, newest first.
type refusedPlace struct {
	at int64 // microseconds; 0 for the first page
	id charging.ID
}

func refusedPlaceOf(p *parameters) (place refusedPlace) {
	key := p.cursor()
	if key == "" {
		return place
	}
	if n, err := fmt.Sscanf(key, "%d %d", &place.at, &place.id); n != 2 || err != nil || key != place.String() {
		p.wrongCursor()
	}
	return place
}

// String is the place as a cursor has it.
func (f refusedPlace) String() string { return fmt.Sprintf("%d %d", f.at, f.id) }

func placeOfRefusal(v *charging.Refusal) refusedPlace { return refusedPlace{v.At.UnixMicro(), v.ID} }

// before reports whether a refusal stands behind this place.
func (f refusedPlace) before(v *charging.Refusal) bool {
	at := v.At.UnixMicro()
	return f.at == 0 || at < f.at || at == f.at && v.ID < f.id
}

// seesRefusal reports whether a key may know of a refusal: those of others'
// chargers are theirs.
func (a *API) seesRefusal(e *fleet.Estate, key *charging.APIKey, v *charging.Refusal) bool {
	c := e.ChargerByIdentity(v.Identity)
	if c == nil {
		c = e.RetiredByIdentity(v.Identity)
	}
	if c == nil {
		return true
	}
	_, unseen := adminCharger(e, key, c.ID)
	return unseen == nil
}

// adoptRefused answers POST /api/admin/refused/adopt: the charger that was
// refused as unknown is known from now on.
func (a *API) adoptRefused(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	var b struct {
		Identity string `json:"identity"`
		chargerBody
	}
	if err := readMembers(w, r, maxBody, &b); err != nil {
		return err
	}
	if err := charging.CheckIdentity(b.Identity); err != nil {
		return charging.Errorf(charging.Invalid, "identity: %s", charging.MessageOf(err))
	}
	all, err := a.cfg.Administration.Refusals(r.Context(), maxRefused)
	if err != nil {
		return err
	}
	if !charging.RefusedAs(all, b.Identity) {
		return charging.Errorf(charging.Invalid,
			"identity: no charger called %q was refused; POST /api/admin/chargers enters one that never connected", b.Identity)
	}
	settings := charging.ChargerSettings{OCPPID: b.Identity}
	own := chargerBody{Name: b.Name, Password: b.Password, GeneratePassword: b.GeneratePassword, AssumeOCPP16: b.AssumeOCPP16}
	if err := own.apply(&settings); err != nil {
		return err
	}
	password, err := a.setPassword(&settings, &own)
	if err != nil {
		return err
	}
	id, err := a.enterCharger(r, key, settings, b.SiteID, 0)
	if err == nil {
		a.answerMade(w, r, id, password)
	}
	return err
}
