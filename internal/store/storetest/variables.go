package storetest

import (
	"fmt"
	"testing"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func variables(t *testing.T, e Engine, q charging.VariableQuery) ([]charging.Variable, string) {
	t.Helper()
	list, next, err := e.Variables(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return list, next
}

func report(t *testing.T, e Engine, charger charging.ID, list ...charging.Variable) {
	t.Helper()
	commit(t, e, &charging.Batch{Variables: []charging.ChargerVariables{{ChargerID: charger, Variables: list}}})
}

func testVariables(t *testing.T, e Engine) {
	whole := charging.Variable{Component: "EVSE", ComponentInstance: "Left", EVSE: 1, Connector: 2, Name: "AvailabilityState", Instance: "A",
		Attribute: "Actual", Value: "Occupied", HasValue: true, Mutability: "ReadOnly", Characteristics: `{"dataType":"string"}`,
		ReportedAt: after(10)}
	target := whole
	target.Attribute, target.Value = "Target", ""
	target.HasValue = false
	report(t, e, 3, whole, target)
	list, next := variables(t, e, charging.VariableQuery{ChargerID: 3})
	equal(t, []charging.Variable{whole, target}, list)
	equal(t, "", next)

	// Names are the same whatever their case; the newest report tells how they
	// are written. What it does not say of them stays.
	newer := charging.Variable{Component: "evse", ComponentInstance: "LEFT", EVSE: 1, Connector: 2, Name: "availabilitystate",
		Instance: "a", Attribute: "Actual", Value: "Available", HasValue: true, ReportedAt: after(20)}
	report(t, e, 3, newer)
	want := newer
	want.Mutability, want.Characteristics = whole.Mutability, whole.Characteristics
	list, _ = variables(t, e, charging.VariableQuery{ChargerID: 3, Name: "AVAILABILITYSTATE", Component: "Evse"})
	equal(t, []charging.Variable{want, target}, list)

	late := whole
	late.ReportedAt = after(15) // came after a newer one
	report(t, e, 3, late)
	list, _ = variables(t, e, charging.VariableQuery{ChargerID: 3})
	equal(t, []charging.Variable{want, target}, list)

	list, _ = variables(t, e, charging.VariableQuery{ChargerID: 99})
	equal(t, []charging.Variable(nil), list)
}

func testVariablePages(t *testing.T, e Engine) {
	at := func(component string, evse int, name string) charging.Variable {
		return charging.Variable{Component: component, EVSE: evse, Name: name, Attribute: "Actual", Value: "1", HasValue: true, ReportedAt: begun}
	}
	sorted := []charging.Variable{
		at("", 0, "HeartbeatInterval"), at("", 0, "MeterValueSampleInterval"), // keys of 1.6
		at("ChargingStation", 0, "Model"), at("evse", 1, "Power"), at("EVSE", 2, "Energy"), at("EVSE", 2, "power"), at("OCPPCommCtrlr", 0, "HeartbeatInterval"),
	}
	for i := len(sorted) - 1; i >= 0; i-- {
		report(t, e, 3, sorted[i])
	}
	report(t, e, 4, at("EVSE", 1, "Power"))
	for limit := 1; limit <= len(sorted)+1; limit++ {
		var paged []charging.Variable
		q := charging.VariableQuery{ChargerID: 3, Limit: limit}
		for more := true; more; more = q.After != "" {
			var page []charging.Variable
			page, q.After = variables(t, e, q)
			paged = append(paged, page...)
		}
		equal(t, sorted, paged)
	}
	list, _ := variables(t, e, charging.VariableQuery{ChargerID: 3, Component: "evse"})
	equal(t, sorted[3:6], list)
	list, _ = variables(t, e, charging.VariableQuery{ChargerID: 3, Name: "power"})
	equal(t, []charging.Variable{sorted[3], sorted[5]}, list)
	list, _ = variables(t, e, charging.VariableQuery{ChargerID: 3, Name: "heartbeatInterval"})
	equal(t, []charging.Variable{sorted[0], sorted[6]}, list)

	_, _, err := e.Variables(t.Context(), charging.VariableQuery{ChargerID: 3, After: "?"})
	const want = `"?" is no key of a page of variables; begin with the first page`
	if charging.KindOf(err) != charging.Invalid || charging.MessageOf(err) != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}

	var many []charging.Variable
	for n := range 1500 {
		many = append(many, at("C", 0, fmt.Sprintf("Variable%04d", n)))
	}
	report(t, e, 5, many...)
	list, next := variables(t, e, charging.VariableQuery{ChargerID: 5})
	equal(t, many[:1000], list)
	list, next = variables(t, e, charging.VariableQuery{ChargerID: 5, After: next})
	equal(t, many[1000:], list)
	equal(t, "", next)
}
