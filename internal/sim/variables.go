package sim

import (
	"strconv"
	"strings"
	"time"
)

// evseRef names an EVSE, and its connector if there is one.
type evseRef struct {
	ID          int64  `json:"id"`
	ConnectorID *int64 `json:"connectorId,omitempty"`
}

// componentRef names a component of the device model.
type componentRef struct {
	Name     string   `json:"name"`
	Instance string   `json:"instance,omitempty"`
	EVSE     *evseRef `json:"evse,omitempty"`
}

// variableRef names a variable of a component.
type variableRef struct {
	Name     string `json:"name"`
	Instance string `json:"instance,omitempty"`
}

// variable is a setting with the place where it is.
type variable struct {
	setting *setting
	evse    int // 0 for the charger's own
}

// portSettings are the variables of an EVSE and its connector. They are read
// from the port.
func (c *Charger) portSettings(p *port) []variable {
	fixed := func(component, name, kind, unit, value string) variable {
		return variable{&setting{component: component, variable: name, kind: kind, unit: unit, access: readOnly, value: value}, p.number}
	}
	outlet := "sType2"
	if c.cfg.Make.DC {
		outlet = "cCCS2"
	}
	status := c.talk.word(p.status)
	power := fixed("EVSE", "Power", "decimal", "W", strconv.FormatInt(int64(c.point(p).power), 10))
	power.setting.most = int64(c.rating())
	return []variable{
		fixed("EVSE", "Available", "boolean", "", "true"),
		fixed("EVSE", "AvailabilityState", "OptionList", "", status),
		power,
		fixed("EVSE", "SupplyPhases", "integer", "", strconv.Itoa(c.cfg.Make.supplyPhases())),
		fixed("EVSE", "AllowReset", "boolean", "", "true"),
		fixed("EVSE", "Problem", "boolean", "", strconv.FormatBool(p.phase == faulted)),
		fixed("Connector", "Available", "boolean", "", "true"),
		fixed("Connector", "AvailabilityState", "OptionList", "", status),
		fixed("Connector", "ConnectorType", "string", "", outlet),
		fixed("Connector", "SupplyPhases", "integer", "", strconv.Itoa(c.cfg.Make.supplyPhases())),
	}
}

// variables returns the whole device model.
func (c *Charger) variables() []variable {
	var list []variable
	for _, s := range settings {
		if s.variable != "" {
			list = append(list, variable{setting: s})
		}
	}
	if c.misbehaves(emptyReport) {
		return list
	}
	for i := range c.ports {
		list = append(list, c.portSettings(&c.ports[i])...)
	}
	return list
}

// ref returns the names of a variable.
func (v *variable) ref() (componentRef, variableRef) {
	comp := componentRef{Name: v.setting.component}
	if v.evse > 0 {
		comp.EVSE = &evseRef{ID: int64(v.evse)}
		if comp.Name == "Connector" {
			one := int64(1)
			comp.EVSE.ConnectorID = &one
		}
	}
	return comp, variableRef{Name: v.setting.variable, Instance: v.setting.instance}
}

// within reports whether a variable belongs to a component.
func (v *variable) within(comp *componentRef) bool {
	if !strings.EqualFold(v.setting.component, comp.Name) || comp.Instance != "" {
		return false
	}
	return comp.EVSE == nil && v.evse == 0 || comp.EVSE != nil && comp.EVSE.ID == int64(v.evse)
}

// look returns the variable with these names, or the status of an answer that
// there is none.
func (c *Charger) look(comp *componentRef, name *variableRef) (*variable, string) {
	problem := "UnknownComponent"
	for _, v := range c.variables() {
		if !v.within(comp) {
			continue
		}
		problem = "UnknownVariable"
		if strings.EqualFold(v.setting.variable, name.Name) && strings.EqualFold(v.setting.instance, name.Instance) {
			return &v, ""
		}
	}
	return nil, problem
}

// variableItem is one wish of GetVariables or SetVariables.
type variableItem struct {
	Type      string       `json:"attributeType"`
	Value     string       `json:"attributeValue"`
	Component componentRef `json:"component"`
	Variable  variableRef  `json:"variable"`
}

// result is the answer to one wish, without its status.
func (i *variableItem) result(status string) object {
	v := object{"attributeStatus": status, "component": i.Component, "variable": i.Variable}
	if i.Type != "" {
		v["attributeType"] = i.Type
	}
	return v
}

func getVariables(c *Charger, m *struct {
	List []variableItem `json:"getVariableData"`
}, _ instant) any {
	var results []object
	for i := range m.List {
		item := &m.List[i]
		v, problem := c.look(&item.Component, &item.Variable)
		switch {
		case problem != "":
			results = append(results, item.result(problem))
		case item.Type != "" && item.Type != "Actual":
			results = append(results, item.result("NotSupportedAttributeType"))
		case v.setting.access == writeOnly:
			results = append(results, item.result("Rejected"))
		default:
			r := item.result("Accepted")
			r["attributeValue"] = c.get(v.setting)
			results = append(results, r)
		}
	}
	return object{"getVariableResult": results}
}

func setVariables(c *Charger, m *struct {
	List []variableItem `json:"setVariableData"`
}, now instant) any {
	var results []object
	for i := range m.List {
		item := &m.List[i]
		v, problem := c.look(&item.Component, &item.Variable)
		switch {
		case problem != "":
			results = append(results, item.result(problem))
		case item.Type != "" && item.Type != "Actual":
			results = append(results, item.result("NotSupportedAttributeType"))
		default:
			results = append(results, item.result(c.set(v.setting, item.Value, now)))
		}
	}
	return object{"setVariableResult": results}
}

// report renders a variable for NotifyReport.
func (c *Charger) report(v *variable) object {
	comp, name := v.ref()
	s := v.setting
	attribute := object{"mutability": [...]string{"ReadWrite", "ReadOnly", "WriteOnly"}[s.access], "persistent": true}
	if s.access != writeOnly {
		attribute["value"] = c.get(s)
	}
	traits := object{"dataType": s.kind, "supportsMonitoring": s.kind == "integer" || s.kind == "decimal"}
	if s.unit != "" {
		traits["unit"] = s.unit
	}
	if s.words != "" {
		traits["valuesList"] = s.words
	}
	if (s.kind == "integer" || s.kind == "decimal") && s.most > 0 {
		traits["minLimit"], traits["maxLimit"] = s.least, s.most
	}
	return object{"component": comp, "variable": name, "variableAttribute": []object{attribute}, "variableCharacteristics": traits}
}

// reportPart is how many variables one NotifyReport holds.
const reportPart = 20

// sendReport tells variables in parts.
func (c *Charger) sendReport(request int64, list []variable) {
	for seq := 0; len(list) > 0; seq++ {
		n := min(reportPart, len(list))
		var data []object
		for i := range list[:n] {
			data = append(data, c.report(&list[i]))
		}
		list = list[n:]
		v := object{"requestId": request, "generatedAt": stamp(time.Now()), "seqNo": seq, "reportData": data}
		if len(list) > 0 {
			v["tbc"] = true
		}
		c.says(notifyReport, v)
	}
}
