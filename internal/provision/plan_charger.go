package provision

import (
	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
)

// row is a charger of the file with its site and the charger it is.
type row struct {
	*Charger
	site charging.ID
	old  *charging.Charger // nil for a new one
}

// draft is a charger as it will be.
type draft struct {
	charging.Charger
	path string
}

// chargers finds or makes each charger of the file.
func (p *planner) chargers() {
	rows := p.match()
	p.drafted = make(map[charging.ID]bool, len(rows))
	for i := range rows {
		r := &rows[i]
		if r.old == nil {
			p.newCharger(r)
		} else {
			p.changeCharger(r)
		}
	}
}

// match finds the charger of each row: all rows by ocppId before any by a
// weaker key, so that no row takes the charger of another.
func (p *planner) match() []row {
	var rows []row
	for i := range p.doc.Sites {
		for j := range p.doc.Sites[i].Chargers {
			rows = append(rows, row{Charger: &p.doc.Sites[i].Chargers[j], site: p.siteIDs[i]})
		}
	}
	byExternalID, byName := p.weakKeys()
	matched := map[charging.ID]bool{}
	pass := func(find func(*row) *charging.Charger) {
		for i := range rows {
			if rows[i].old != nil {
				continue
			}
			if c := find(&rows[i]); c != nil && !matched[c.ID] {
				rows[i].old = c
				matched[c.ID] = true
			}
		}
	}
	pass(func(r *row) *charging.Charger { return p.e.ChargerByIdentity(r.OCPPID) })
	pass(func(r *row) *charging.Charger {
		return byExternalID[placeName{p.siteOrgs[r.site], r.ExternalID}]
	})
	if p.sameIDs {
		pass(func(r *row) *charging.Charger { return p.e.Charger(r.ID) })
	}
	pass(func(r *row) *charging.Charger {
		if r.OCPPID != "" || r.ExternalID != "" {
			return nil
		}
		found := byName[placeName{r.site, r.Name}]
		if len(found) > 1 {
			p.problem.add(r.Path+".ocppId", "is missing, and so is externalId; several chargers at this site are called %q, so one of the two must tell which", r.Name)
			return nil
		}
		if len(found) == 0 {
			return nil
		}
		return found[0]
	})
	return rows
}

// weakKeys indexes the chargers by externalId in their organization, and those
// without any key by name at their site.
func (p *planner) weakKeys() (byExternalID map[placeName]*charging.Charger, byName map[placeName][]*charging.Charger) {
	byExternalID = map[placeName]*charging.Charger{}
	byName = map[placeName][]*charging.Charger{}
	for slot := range p.e.Len() {
		c := p.e.At(slot)
		switch {
		case c.ExternalID != "":
			byExternalID[placeName{p.e.Site(c.SiteID).OrganizationID, c.ExternalID}] = c
		case c.OCPPID == "":
			k := placeName{c.SiteID, c.Name}
			byName[k] = append(byName[k], c)
		}
	}
	return byExternalID, byName
}

func (p *planner) newCharger(r *row) {
	d := &draft{path: r.Path}
	d.ID = p.ids.allot(charging.IDCharger, r.ID)
	d.SiteID = r.site
	d.Name = firstOf(r.Name, r.OCPPID, r.ExternalID)
	d.Manufacturer, d.Model, d.SerialNumber, d.Firmware = r.Manufacturer, r.Model, r.SerialNumber, r.Firmware
	d.Type = r.Type
	var c changes
	p.chargerDetails(&c, d, r)
	p.drafts = append(p.drafts, d)
	p.drafted[d.ID] = true
	p.change.Chargers = append(p.change.Chargers, d.ChargerSettings)
	p.tell("new", "charger", d.ID, d.Name, r.Path, nil)
	for i := range r.Ports {
		p.newPort(d, &r.Ports[i])
	}
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

func (p *planner) changeCharger(r *row) {
	d := &draft{path: r.Path}
	d.ChargerSettings, d.Boot = r.old.ChargerSettings, r.old.Boot
	var c changes
	c.text("name", &d.Name, r.Name)
	reported(&c, "manufacturer", &d.Manufacturer, r.Manufacturer, r.old.EffectiveManufacturer())
	reported(&c, "model", &d.Model, r.Model, r.old.EffectiveModel())
	reported(&c, "serialNumber", &d.SerialNumber, r.SerialNumber, r.old.EffectiveSerialNumber())
	reported(&c, "firmwareVersion", &d.Firmware, r.Firmware, r.old.EffectiveFirmware())
	p.chargerDetails(&c, d, r)
	action := "change"
	if d.SiteID != r.site {
		action = "move"
		c.id("site", &d.SiteID, r.site)
	}
	p.drafts = append(p.drafts, d)
	p.drafted[d.ID] = true
	p.changePorts(d, r, &c)
	if c != nil {
		p.change.Chargers = append(p.change.Chargers, d.ChargerSettings)
		p.tell(action, "charger", d.ID, d.Name, r.Path, c)
	}
}

// reported takes over a value that the charger also reports of itself: what
// the API shows already is not a change, so that importing an export does not
// turn reported values into set ones.
func reported(c *changes, field string, set *string, file, shown string) {
	if file != shown {
		c.text(field, set, file)
	}
}

func (p *planner) chargerDetails(c *changes, d *draft, r *row) {
	c.text("ocppId", &d.OCPPID, r.OCPPID)
	c.text("externalId", &d.ExternalID, r.ExternalID)
	c.text("latitude", &d.Latitude, r.Latitude)
	c.text("longitude", &d.Longitude, r.Longitude)
	c.policy(&d.UnknownTags, r.UnknownTags)
	c.flag("assumeOcpp16", &d.AssumeOCPP16, r.AssumeOCPP16)
	c.flag("handsOff", &d.HandsOff, r.HandsOff)
	c.seconds("callTimeoutSeconds", &d.CallTimeout, r.CallTimeout)
	c.setting("certificateFingerprint", &d.Fingerprint, r.Fingerprint, unbound)
	before := d.PasswordHash
	switch {
	case r.Password != "" && !auth.CheckChargerPassword(p.opts.Secret, d.PasswordHash, []byte(r.Password)):
		d.PasswordHash = auth.HashChargerPassword(p.opts.Secret, r.Password)
		*c = append(*c, "password")
	case r.PasswordHash != "" && r.PasswordHash != d.PasswordHash:
		d.PasswordHash = r.PasswordHash
		*c = append(*c, "password")
	}
	if d.PasswordHash != before {
		d.NextPasswordHash = "" // what the charger was being given is not its password any more
	}
}
