package provision_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/provision"
)

// drawDocument draws what GET /api/sites of some server may return, without
// its live members.
func drawDocument(t *rapid.T) map[string]any {
	ids := rapid.Permutation(rangeTo(200)).Draw(t, "ids")
	next := func() int {
		id := ids[0]
		ids = ids[1:]
		return id
	}
	text := rapid.OneOf(rapid.Just[any](nil), rapid.Map(rapid.StringMatching(`[A-Za-z0-9 .<&"é-]{0,11}[A-Za-z]`), func(s string) any { return s }))
	var organizations []map[string]any
	for i := range rapid.IntRange(1, 3).Draw(t, "organizations") {
		organizations = append(organizations, map[string]any{"id": next(), "name": fmt.Sprint("Organization ", i)})
	}
	sites := []any{}
	for i := range rapid.IntRange(0, 4).Draw(t, "sites") {
		chargers := []any{}
		for j := range rapid.IntRange(0, 3).Draw(t, "chargers") {
			chargers = append(chargers, drawCharger(t, text, next, fmt.Sprintf("%d-%d", i, j)))
		}
		sites = append(sites, map[string]any{
			"id": next(), "name": fmt.Sprint("Site ", i), "address": text.Draw(t, "address"),
			"timezone":     rapid.SampledFrom([]string{"UTC", "Europe/Berlin", "America/Los_Angeles"}).Draw(t, "zone"),
			"organization": rapid.SampledFrom(organizations).Draw(t, "organization"), "chargers": chargers,
		})
	}
	return map[string]any{"data": sites}
}

func drawCharger(t *rapid.T, text *rapid.Generator[any], next func() int, key string) map[string]any {
	ports := []any{}
	for number := range rapid.IntRange(0, 3).Draw(t, "ports") {
		ports = append(ports, map[string]any{
			"id": next(), "name": fmt.Sprint("P", number), "portNumber": number*2 + 1,
			"maximumPowerKw": rapid.SampledFrom([]any{nil, 7.68, 22, 50.125, 350}).Draw(t, "power"),
			"connectorType":  rapid.SampledFrom([]string{"CCS1", "J1772", "NACS", "Type 2"}).Draw(t, "connector"),
		})
	}
	optional := func(name, value string) any {
		if rapid.Bool().Draw(t, name) {
			return nil
		}
		return value
	}
	return map[string]any{
		"id": next(), "name": "Charger " + key, "manufacturer": text.Draw(t, "manufacturer"), "model": text.Draw(t, "model"),
		"serialNumber": text.Draw(t, "serial"), "firmwareVersion": text.Draw(t, "firmware"),
		"latitude":   rapid.SampledFrom([]any{nil, 0, -47.5, 12.3456789}).Draw(t, "latitude"),
		"longitude":  rapid.SampledFrom([]any{nil, 0, 179.5, -122.3344}).Draw(t, "longitude"),
		"externalId": optional("externalId", "ext-"+key), "ocppId": optional("ocppId", "ocpp "+key+"+#%"),
		"type":         rapid.SampledFrom([]string{"DCFC", "Level 2"}).Draw(t, "type"),
		"powerSharing": len(ports) > 1, "numberOfPorts": len(ports), "ports": ports,
	}
}

func rangeTo(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i + 1
	}
	return list
}

func TestAnyEstateComesBackEqualAndImportsOfItChangeNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		document := drawDocument(rt)
		file, err := json.Marshal(document)
		if err != nil {
			rt.Fatal(err)
		}
		here := newServer(t, "here")
		if _, err := here.tryImport(string(file)); err != nil {
			rt.Fatalf("import: %v\n%s", err, file)
		}
		exported := here.export()
		if diff := cmp.Diff(bySiteID(tree(t, string(file))), bySiteID(tree(t, exported))); diff != "" {
			rt.Fatalf("the estate differs from the file: %s", diff)
		}
		for _, again := range []string{string(file), exported} {
			if r, err := here.tryImport(again); err != nil || len(r.Lines) != 0 {
				rt.Fatalf("a second import: %v, changes %v", err, r)
			}
		}
		there := newServer(t, "here")
		if _, err := there.tryImport(exported); err != nil {
			rt.Fatalf("import of the export elsewhere: %v", err)
		}
		if diff := cmp.Diff(exported, there.export()); diff != "" && len(document["data"].([]any)) > 0 {
			rt.Fatalf("the export of the copy differs: %s", diff)
		}
	})
}

// bySiteID returns the sites of a document by id, and their chargers by id,
// because the estate orders them so.
func bySiteID(document any) map[string]any {
	byID := map[string]any{}
	for _, s := range document.(map[string]any)["data"].([]any) {
		site := s.(map[string]any)
		chargers := map[string]any{}
		for _, c := range site["chargers"].([]any) {
			chargers[fmt.Sprint(c.(map[string]any)["id"])] = c
		}
		site["chargers"] = chargers
		byID[fmt.Sprint(site["id"])] = site
	}
	return byID
}

// largeFile is an estate of 20,000 ports in 100 sites.
func largeFile() []byte {
	var b strings.Builder
	b.WriteString(`{"data":[`)
	id := 0
	for s := range 100 {
		if s > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":%d,"name":"Site %d","address":"%d Road","timezone":"UTC","organization":{"id":3,"name":"Northline"},"chargers":[`, s+1, s, s)
		for c := range 100 {
			if c > 0 {
				b.WriteByte(',')
			}
			id++
			fmt.Fprintf(&b, `{"id":%d,"name":"Charger %d","manufacturer":"Voltix","model":"VX-160","serialNumber":"VX-%d","firmwareVersion":"3.2.0",
"latitude":47.6101,"longitude":-122.3344,"externalId":"NL-%d","ocppId":"voltix-%d","type":"DCFC","powerSharing":true,"numberOfPorts":2,"ports":[`, id, id, id, id, id)
			for p := 1; p <= 2; p++ {
				if p > 1 {
					b.WriteByte(',')
				}
				fmt.Fprintf(&b, `{"id":%d,"name":"Port %d","portNumber":%d,"maximumPowerKw":160,"connectorType":"CCS1","ocppStatus":{"status":"Available","timestamp":"2026-03-02T06:01:44.000Z","errorCode":"NoError","vendorErrorCode":null,"info":null},"currentChargingSession":null}`, id*2+p-2, p, p)
			}
			b.WriteString("]}")
		}
		b.WriteString("]}")
	}
	b.WriteString("]}")
	return []byte(b.String())
}

func BenchmarkParse20000Ports(b *testing.B) {
	file := largeFile()
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := provision.Parse(file); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPlan20000Ports(b *testing.B) {
	doc, err := provision.Parse(largeFile())
	if err != nil {
		b.Fatal(err)
	}
	opts := provision.Options{Server: "here", Secret: secret, Now: time.Now(), Actor: "bench"}
	f := func(name string, s *server, changes bool) {
		e := s.fleet.Estate()
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				ch, _, err := provision.Plan(doc, e, &provision.Untaken{}, opts)
				if err != nil || (ch != nil) != changes {
					b.Fatal(ch, err)
				}
			}
		})
	}
	f("new", newServer(b, "here"), true)
	full := newServer(b, "here")
	full.importFile(string(largeFile()))
	if full.fleet.Estate().Len() != 10_000 {
		b.Fatal("not imported")
	}
	f("unchanged", full, false)
}

var _ provision.IDs = (*provision.Untaken)(nil)

func TestUntakenIdsDifferAndAreValid(t *testing.T) {
	var u provision.Untaken
	a, _ := u.Next(charging.IDSite)
	b, _ := u.Next(charging.IDSite)
	if a == b || a > charging.MaxID || b < 1 || !u.Gave(a) || !u.Gave(b) || u.Gave(12) {
		t.Errorf("got %d and %d", a, b)
	}
}
