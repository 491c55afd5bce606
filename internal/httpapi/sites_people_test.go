package httpapi_test

import "github.com/chargeyard/chargeyard/internal/charging"

const (
	van12     = `{"id":700,"make":"Ravn","model":"Cargo E","name":"Van 12","vin":null}`
	nobody    = `null`
	eastName  = `{"name":"Linehaul East"}`
	card12    = `{"id":310,"name":"Card 12"}`
	groupCard = `{"id":312,"name":null}`
)

var peoplePoints = map[string]func(*yard){
	"no 37 a vehicle's name is its name, else VIN, else licence plate, else its id": func(y *yard) {
		y.connects(41)
		show := func(tag, want string) {
			y.t.Helper()
			y.now = y.now.Add(60e9)
			y.starts(41, 1, tag, 1000)
			y.session(82, "vehicle", want)
		}
		show("A0B1C2D3", van12)
		show("CARD13", `{"id":701,"make":null,"model":null,"name":"RV00000000000013","vin":"RV00000000000013"}`)
		show("CARD14", `{"id":702,"make":null,"model":null,"name":"NL 14","vin":null}`)
		show("CARD15", `{"id":703,"make":null,"model":null,"name":"Vehicle 703","vin":null}`)
		show("GROUPCARD", nobody)
	},
	"no 38 rfid is the access ID of a card": func(y *yard) {
		y.connects(41)
		y.starts(41, 1, "A0B1C2D3", 1000)
		y.session(82, "rfid", card12)
		y.starts(41, 2, "GROUPCARD", 1000)
		y.session(81, "rfid", groupCard)
	},
	"no 39 a card of a vehicle shows both, a vehicle's own id the vehicle alone, an unknown tag neither": func(y *yard) {
		y.connects(41)
		y.starts(41, 1, "a0b1c2d3", 1000)
		y.session(82, "vehicle", van12)
		y.session(82, "rfid", card12)
		y.starts(41, 2, "EV700", 1000)
		y.session(81, "vehicle", van12)
		y.session(81, "rfid", nobody)
		y.at("12:10:00").starts(41, 1, "A0:B1:C2:D3", 1000)
		y.session(82, "vehicle", nobody)
		y.session(82, "rfid", nobody)
	},
	"no 39 a tag is looked up in the charger's organization and its parents, never elsewhere": func(y *yard) {
		y.connects(50) // organization 4
		y.reportsStatus(50, 1, "Available")
		ports := y.shown("chargers", 50)["ports"].([]any)
		session := func(tag, want string) {
			y.t.Helper()
			y.now = y.now.Add(60e9)
			y.starts(50, 1, tag, 1000)
			ports = y.shown("chargers", 50)["ports"].([]any)
			compare(y.t, ports[0].(map[string]any), "currentChargingSession.rfid", want)
		}
		session("GROUPCARD", groupCard) // of the parent
		session("A0B1C2D3", nobody)     // of a sibling
		session("STRANGERCARD", nobody) // of a stranger
	},
	"no 39 vehicle, card and customer are fixed at the start and their names are current": func(y *yard) {
		y.connects(41)
		y.starts(41, 1, "A0B1C2D3", 1000)
		y.configure(&charging.Change{Actor: "test",
			AccessIDs: []charging.AccessID{{ID: 310, OrganizationID: 3, Tag: "A0B1C2D3", Type: charging.TypeRFID, Name: "Old card", VehicleID: 701, CustomerID: 801}},
			Vehicles:  []charging.Vehicle{{ID: 700, OrganizationID: 3, Name: "Van 12b", Make: "Ravn", Model: "Cargo E", CustomerID: 801}},
			Customers: []charging.Customer{{ID: 800, OrganizationID: 3, Name: "Linehaul East Ltd"}}})
		y.session(82, "vehicle", `{"id":700,"make":"Ravn","model":"Cargo E","name":"Van 12b","vin":null}`)
		y.session(82, "rfid", `{"id":310,"name":"Old card"}`)
		y.session(82, "customer", `{"name":"Linehaul East Ltd"}`)
	},
	"no 40 the customer is the card's, else the vehicle's, else null": func(y *yard) {
		y.connects(41)
		y.starts(41, 1, "A0B1C2D3", 1000)
		y.session(82, "customer", eastName)
		y.starts(41, 2, "CARD13", 1000)
		y.session(81, "customer", `{"name":"Linehaul West"}`)
		y.at("12:10:00").starts(41, 2, "CARD14", 1000)
		y.session(81, "customer", nobody)
	},
}
