package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// auditLooked bounds how many rows one request goes through; most of a server
// may be outside of what a key sees. The page is then shorter.
const auditLooked = 5000

// adminAuditRoutes are who changed what, and when.
func (a *API) adminAuditRoutes() []route {
	return []route{a.managed(http.MethodGet, "/api/admin/audit", unlimited(a.adminAudit))}
}

type auditJSON struct {
	At       instantJSON `json:"timestamp"`
	Actor    string      `json:"actor"`
	Action   string      `json:"action"` // created, changed, removed, commanded
	Kind     string      `json:"kind"`
	ObjectID charging.ID `json:"objectId"`
	// Name is what the thing was called then; null for what has no name.
	Name    *string       `json:"name"`
	Version *int64        `json:"version"` // of the configuration; null for a command
	Changes []auditChange `json:"changes"`
	// ChargerID and Order are of a command.
	ChargerID *charging.ID `json:"chargerId"`
	Order     *string      `json:"order"`
	OCPP      *string      `json:"ocppAction"`
	Status    *string      `json:"status"`
}

// auditChange is one field that changed. Secrets are no fields.
type auditChange struct {
	Field string          `json:"field"`
	Old   json.RawMessage `json:"old"`
	New   json.RawMessage `json:"new"`
}

// adminAudit answers GET /api/admin/audit, newest first.
func (a *API) adminAudit(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	p := parametersOf(r)
	q := charging.AuditQuery{Actor: p.text("actor"), Kind: p.text("kind"), ObjectID: p.integer("objectId", 1, charging.MaxID, 0),
		From: p.instant("startTimestamp"), To: p.instant("endTimestamp"), Before: auditPlaceOf(p), Limit: adminPage + 1}
	if p.err != nil {
		return p.err
	}
	e, rows, looked := a.fleet.Estate(), []auditJSON{}, 0
	next := ""
	for next == "" {
		list, err := a.cfg.Administration.Audit(r.Context(), q)
		if err != nil {
			return err
		}
		for i := range list {
			v := &list[i]
			if seesAudit(e, key, v) {
				if len(rows) == adminPage {
					next = auditPlaceText(q.Before)
					break
				}
				rows = append(rows, auditRow(v))
			}
			q.Before = v.AuditPlace
			looked++
		}
		if len(list) < q.Limit {
			break
		}
		if next == "" && looked >= auditLooked {
			next = auditPlaceText(q.Before)
		}
	}
	a.writeData(w, r, http.StatusOK, listJSON[auditJSON]{rows, pageAfter(next)})
	return nil
}

// auditPlaceText and auditPlaceOf are a place as a cursor has it.
func auditPlaceText(at charging.AuditPlace) string {
	return fmt.Sprintf("%d %s %d %d", at.At.UnixMicro(), at.Kind, at.ID, at.Version)
}

func auditPlaceOf(p *parameters) (at charging.AuditPlace) {
	key := p.cursor()
	if key == "" {
		return at
	}
	var micros int64
	n, err := fmt.Sscanf(key, "%d %s %d %d", &micros, &at.Kind, &at.ID, &at.Version)
	at.At = time.UnixMicro(micros).UTC()
	if n != 4 || err != nil || key != auditPlaceText(at) {
		p.wrongCursor()
	}
	return at
}

func auditRow(v *charging.AuditRow) auditJSON {
	row := auditJSON{At: instantJSON(v.At), Actor: v.Actor, Kind: v.Kind, ObjectID: v.ID, Changes: []auditChange{}}
	if c := v.Command; c != nil {
		row.Action, row.ChargerID, row.Order = "commanded", idOrNull(c.ChargerID), orNull(c.Order)
		row.OCPP, row.Status = orNull(c.Action), orNull(string(c.Status))
		return row
	}
	row.Version = &v.Version
	before, after := auditFields(v.Before), auditFields(v.After)
	switch {
	case after == nil:
		row.Action = "removed"
	case before == nil:
		row.Action = "created"
	default:
		row.Action = "changed"
	}
	row.Changes = auditChanges(v.Kind, before, after)
	for _, fields := range []map[string]json.RawMessage{after, before} {
		var name string
		for _, column := range []string{"name", "email", "tag"} {
			if json.Unmarshal(fields[column], &name) == nil && name != "" && row.Name == nil {
				row.Name = &name
				break
			}
		}
	}
	return row
}

// auditFields reads a version of a thing; nil for none.
func auditFields(body string) (fields map[string]json.RawMessage) {
	if json.Unmarshal([]byte(body), &fields) != nil {
		return nil
	}
	return fields
}

// auditChanges lists the fields that differ, by name.
func auditChanges(kind string, before, after map[string]json.RawMessage) []auditChange {
	changes := []auditChange{}
	add := func(column string) {
		was, is := auditValue(kind, column, before[column]), auditValue(kind, column, after[column])
		if column == "id" || bytes.Equal(was, is) {
			return
		}
		changes = append(changes, auditChange{auditName(column), was, is})
	}
	for column := range after {
		add(column)
	}
	for column := range before {
		if _, both := after[column]; !both {
			add(column)
		}
	}
	slices.SortFunc(changes, func(a, b auditChange) int { return strings.Compare(a.Field, b.Field) })
	return changes
}

// auditNames are the fields that the API calls otherwise than the column; the
// rest are the column's words put together.
var auditNames = map[string]string{
	"unknown_tags": "unknownIdTags", "sample_interval": "sampleIntervalSeconds", "heartbeat": "heartbeatSeconds",
	"offline": "offlineAuthorization", "call_timeout": "callTimeoutSeconds", "assume_ocpp16": "assumeOcpp16",
	"fingerprint": "certificateFingerprint", "firmware": "firmwareVersion", "max_power": "maximumPowerKw", "number": "portNumber",
	"per_minute": "requestsPerMinute", "sites": "siteIds", "chargers": "chargerIds", "tag": "ocppIdTag",
}

func auditName(column string) string {
	if name := auditNames[column]; name != "" {
		return name
	}
	words := strings.Split(column, "_")
	for i, w := range words[1:] {
		if w != "" {
			words[i+1] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, "")
}

// auditFlags are columns of 0 and 1.
var auditFlags = []string{"assume_ocpp16", "hands_off", "revoked", "disabled", "everyone"}

// auditSeconds are columns of microseconds that the API shows as seconds.
var auditSeconds = []string{"sample_interval", "heartbeat", "call_timeout"}

// auditValue is a value of a column as the API shows it: times and flags as
// everywhere, nothing as null.
func auditValue(kind, column string, value json.RawMessage) json.RawMessage {
	null := json.RawMessage("null")
	var n int64
	number := json.Unmarshal(value, &n) == nil && string(value) != "null"
	switch {
	case len(value) == 0, string(value) == `""`:
		return null
	case !number:
		return value
	case slices.Contains(auditFlags, column):
		return appendBool(nil, n != 0)
	case strings.HasSuffix(column, "_at"), strings.HasSuffix(column, "_until"), column == "at":
		return appendTime(nil, time.UnixMicro(n).UTC())
	case slices.Contains(auditSeconds, column):
		if n == 0 {
			return null
		}
		return appendInt(nil, n/1_000_000)
	case column == "max_power":
		if n == 0 {
			return null
		}
		return charging.AppendThousandths(nil, charging.Milli(n).Thousand())
	case column == "permissions" && kind == string(charging.IDKey):
		words, _ := json.Marshal(permissionWords(charging.Permission(n))) // words can always be written
		return words
	}
	return value
}

// seesAudit reports whether a row is about something in the organizations that
// the key sees. What nobody can place any more is shown to no one.
func seesAudit(e *fleet.Estate, key *charging.APIKey, v *charging.AuditRow) bool {
	if v.Command != nil {
		_, unseen := adminCharger(e, key, v.Command.ChargerID)
		return unseen == nil
	}
	body := v.After
	if body == "" {
		body = v.Before
	}
	var of struct {
		Organization charging.ID `json:"organization_id"`
		Site         charging.ID `json:"site_id"`
		Charger      charging.ID `json:"charger_id"`
		Parent       charging.ID `json:"parent_id"`
	}
	// A body that cannot be read places nothing.
	_ = json.Unmarshal([]byte(body), &of)
	switch charging.IDKind(v.Kind) {
	case charging.IDOrganization:
		if e.Organization(v.ID) != nil {
			return sees(e, key, v.ID)
		}
		return sees(e, key, of.Parent)
	case charging.IDCharger:
		_, unseen := adminCharger(e, key, v.ID)
		return unseen == nil
	case "mutedErrors":
		return sees(e, key, v.ID)
	}
	switch {
	case of.Organization != 0:
		return sees(e, key, of.Organization)
	case of.Charger != 0:
		_, unseen := adminCharger(e, key, of.Charger)
		return unseen == nil
	case of.Site != 0:
		site := e.Site(of.Site)
		return site != nil && sees(e, key, site.OrganizationID)
	}
	return false
}
