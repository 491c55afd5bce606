package provision

import (
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
)

// MaxFile is the largest estate file, in bytes. 20,000 ports with their live
// state need about 12 MB.
const MaxFile = 128 << 20

// Limits of the file's texts, in characters.
const (
	maxName     = 255
	maxAddress  = 500
	maxIdentity = 255
	maxTag      = 36
	maxPassword = 255
	maxPort     = 65535
)

// Parse reads an estate file and checks everything that can be checked without
// the estate. The error, of kind Invalid, has a line for each bad row that
// names its place in the file and what to write there. Unknown members are
// ignored, and so is what the server computes or measures itself.
func Parse(file []byte) (*Document, error) {
	if len(file) > MaxFile {
		return nil, charging.Errorf(charging.Invalid, "the file has %d bytes; at most %d are allowed", len(file), MaxFile)
	}
	members, err := decodeTree(file)
	if err != nil {
		return nil, err
	}
	p := newParser()
	p.top(&object{members: members, problems: &p.problems})
	return p.doc, p.problems.err()
}

type parser struct {
	doc      *Document
	problems problems
	seen     seen
	orgByID  map[charging.ID]int
	zones    map[string]bool // whether the time zone is known
}

func newParser() *parser {
	return &parser{
		doc:     &Document{},
		seen:    seen{},
		orgByID: map[charging.ID]int{},
		zones:   map[string]bool{},
	}
}

func (p *parser) top(o *object) {
	if !mentions(o, "data", "organizations", "customers", "vehicles", "accessIds") {
		p.problems.add("data", "is missing; the file must hold {\"data\": [sites]}, as GET /api/sites returns it")
		return
	}
	p.doc.Server = o.text("server", 100)
	p.organizations(o.list("organizations"))
	for _, row := range o.list("data") {
		p.site(row)
	}
	for _, row := range o.list("customers") {
		p.customer(row)
	}
	for _, row := range o.list("vehicles") {
		p.vehicleRow(row)
	}
	for _, row := range o.list("accessIds") {
		p.accessID(row)
	}
	p.namesakes()
}

func mentions(o *object, names ...string) bool {
	for _, name := range names {
		if o.members[name] != nil {
			return true
		}
	}
	return false
}

func (p *parser) note(o *object, name, text string) {
	p.doc.Notes = append(p.doc.Notes, Note{o.at.member(name).String(), text})
}

func (p *parser) site(o *object) {
	s := Site{
		Path:         o.at.String(),
		ID:           o.id("id"),
		Name:         o.text("name", maxName),
		Address:      o.text("address", maxAddress),
		Timezone:     p.timezone(o),
		LocationID:   o.text("locationId", maxName),
		UnknownTags:  p.tagPolicy(o),
		Wishes:       wishes(o),
		Organization: p.organizationOf(o),
	}
	if s.Name == "" {
		o.bad("name", "is missing; a site needs a name")
	} else {
		p.once(o, "name", "site name", scoped{s.Organization, s.Name})
	}
	p.once(o, "id", "site", s.ID)
	for _, row := range o.list("chargers") {
		s.Chargers = append(s.Chargers, p.charger(row, s.Organization))
	}
	p.doc.Sites = append(p.doc.Sites, s)
}

// scoped is a key that may stand once in each organization.
type scoped struct {
	organization int
	name         string
}

func (p *parser) timezone(o *object) string {
	name := o.text("timezone", 100)
	if name == "" {
		return ""
	}
	known, asked := p.zones[name]
	if !asked {
		_, err := time.LoadLocation(name)
		known = err == nil && name != "Local"
		p.zones[name] = known
	}
	if !known {
		o.bad("timezone", "%q is no time zone; write an IANA name like America/Los_Angeles or UTC", name)
		return ""
	}
	return name
}

func (p *parser) tagPolicy(o *object) string {
	return o.word("unknownIdTags", "reject", "accept", "inherit")
}

func (p *parser) charger(o *object, organization int) Charger {
	c := Charger{
		Path:         o.at.String(),
		ID:           o.id("id"),
		Name:         o.text("name", maxName),
		OCPPID:       o.text("ocppId", maxIdentity),
		ExternalID:   o.text("externalId", maxName),
		Manufacturer: o.text("manufacturer", maxName),
		Model:        o.text("model", maxName),
		SerialNumber: o.text("serialNumber", maxName),
		Firmware:     o.text("firmwareVersion", maxName),
		Latitude:     o.degrees("latitude", 90),
		Longitude:    o.degrees("longitude", 180),
		Type:         o.word("type", charging.DCFC, charging.Level2),
		UnknownTags:  p.tagPolicy(o),
		Password:     o.text("password", maxPassword),
		PasswordHash: o.text("passwordHash", maxName),
		AssumeOCPP16: o.flag("assumeOcpp16"),
		HandsOff:     o.flag("handsOff"),
		CallTimeout:  o.seconds("callTimeoutSeconds", maxCallTimeout),
		Fingerprint:  fingerprint(o),
	}
	if strings.Contains(c.OCPPID, "/") {
		o.bad("ocppId", "must not contain a slash; it is the last part of the address that the charger connects to")
	}
	if c.Name == "" && c.OCPPID == "" && c.ExternalID == "" {
		o.bad("name", "is missing; a charger needs at least one of name, ocppId and externalId")
	}
	p.password(o, &c)
	p.once(o, "id", "charger", c.ID)
	p.once(o, "ocppId", "ocppId", c.OCPPID)
	if c.ExternalID != "" {
		p.once(o, "externalId", "externalId", scoped{organization, c.ExternalID})
	}
	numbers := map[int64]*path{}
	for _, row := range o.list("ports") {
		c.Ports = append(c.Ports, p.port(row, numbers))
	}
	p.computed(o, &c)
	return c
}

func (p *parser) password(o *object, c *Charger) {
	switch {
	case c.PasswordHash == "":
	case c.Password != "":
		o.bad("passwordHash", "stands beside \"password\"; keep one of the two")
	case !auth.ValidChargerHash(c.PasswordHash):
		o.bad("passwordHash", "is not of the form that \"chargeyard export --secrets\" writes; write the password itself as \"password\"")
	}
}

func (p *parser) port(o *object, numbers map[int64]*path) Port {
	number, said := o.whole("portNumber", maxPort)
	if !said && o.members["portNumber"] == nil {
		o.bad("portNumber", "is missing; it must be a positive whole number")
	}
	if first := numbers[number]; said && first != nil {
		o.bad("portNumber", "%d is also at %s; each port of a charger has a number of its own", number, first.member("portNumber"))
	}
	numbers[number] = o.at
	port := Port{
		Path:          o.at.String(),
		ID:            o.id("id"),
		Number:        int(number),
		Name:          o.text("name", maxName),
		MaxPower:      o.power("maximumPowerKw"),
		ConnectorType: o.text("connectorType", 50),
	}
	p.once(o, "id", "port", port.ID)
	return port
}

// computed reports the members that the server computes when the file says
// something else of them.
func (p *parser) computed(o *object, c *Charger) {
	if sharing := o.flag("powerSharing"); sharing != nil && *sharing != (len(c.Ports) > 1) {
		p.note(o, "powerSharing", "is not stored: it is true exactly for a charger with more than one port")
	}
	if _, said := o.members["numberOfPorts"]; said {
		if n, _, ok := o.number("numberOfPorts"); ok && n != float64(len(c.Ports)) {
			p.note(o, "numberOfPorts", "is not stored: it is the number of \"ports\"")
		}
	}
}
