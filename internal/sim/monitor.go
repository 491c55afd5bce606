package sim

import (
	"slices"
	"strings"
	"time"
)

// monitor watches a variable.
type monitor struct {
	id          int64
	component   componentRef
	variable    variableRef
	transaction bool
	value       float64
	kind        string
	severity    int64
}

// monitorKinds are the types of monitors by what GetMonitoringReport calls them.
var monitorKinds = map[string][]string{
	"ThresholdMonitoring": {"UpperThreshold", "LowerThreshold"},
	"DeltaMonitoring":     {"Delta", "TargetDelta", "TargetDeltaRelative"},
	"PeriodicMonitoring":  {"Periodic", "PeriodicClockAligned"},
}

// monitorItem is one wish of SetVariableMonitoring.
type monitorItem struct {
	ID          *int64       `json:"id"`
	Transaction bool         `json:"transaction"`
	Value       float64      `json:"value"`
	Kind        string       `json:"type"`
	Severity    int64        `json:"severity"`
	Component   componentRef `json:"component"`
	Variable    variableRef  `json:"variable"`
}

func setMonitoring(c *Charger, m *struct {
	List []monitorItem `json:"setMonitoringData"`
}, now instant) any {
	var results []object
	for i := range m.List {
		item := &m.List[i]
		id, status := c.setMonitor(item, now)
		r := object{"status": status, "type": item.Kind, "component": item.Component, "variable": item.Variable,
			"severity": item.Severity}
		if id != 0 {
			r["id"] = id
		}
		results = append(results, r)
	}
	return object{"setMonitoringResult": results}
}

// setMonitor sets one monitor and returns its id and the status of the answer.
func (c *Charger) setMonitor(item *monitorItem, now instant) (int64, string) {
	v, problem := c.look(&item.Component, &item.Variable)
	switch {
	case problem != "":
		return 0, problem
	case item.Severity < 0 || item.Severity > 9:
		return 0, "Rejected"
	case v.setting.kind != "integer" && v.setting.kind != "decimal" && item.Kind != "Delta" && !strings.HasPrefix(item.Kind, "Periodic"):
		return 0, "UnsupportedMonitorType"
	}
	keep := c.memory()
	fresh := &monitor{component: item.Component, variable: item.Variable, transaction: item.Transaction,
		value: item.Value, kind: item.Kind, severity: item.Severity}
	if item.ID != nil {
		at := slices.IndexFunc(keep.monitors, func(o *monitor) bool { return o.id == *item.ID })
		if at < 0 {
			return 0, "Rejected"
		}
		fresh.id = *item.ID
		keep.monitors[at] = fresh
	} else {
		for _, o := range keep.monitors {
			if o.kind == item.Kind && o.severity == item.Severity && compareText(o.component.Name, item.Component.Name) == 0 &&
				compareText(o.variable.Name, item.Variable.Name) == 0 {
				return 0, "Duplicate"
			}
		}
		keep.monitorID++
		fresh.id = keep.monitorID
		keep.monitors = append(keep.monitors, fresh)
	}
	c.watch(fresh, now)
	return fresh.id, "Accepted"
}

// leastPeriod bounds how often a periodic monitor speaks.
const leastPeriod = time.Second

// watch lets a periodic monitor speak, as long as it is set.
func (c *Charger) watch(m *monitor, now instant) {
	if !strings.HasPrefix(m.kind, "Periodic") {
		return
	}
	wait := max(time.Duration(m.value*float64(time.Second)), leastPeriod)
	c.later(now, wait, func(now instant) {
		if !slices.Contains(c.memory().monitors, m) {
			return
		}
		if v, problem := c.look(&m.component, &m.variable); problem == "" && c.accepted {
			c.monitored(m, c.get(v.setting))
		}
		c.watch(m, now)
	})
}

// monitored tells what a monitor has seen.
func (c *Charger) monitored(m *monitor, value string) {
	v := c.event(nil, m.variable.Name, value, time.Now())
	data := v["eventData"].([]object)[0]
	data["trigger"], data["component"], data["variable"] = "Periodic", m.component, m.variable
	data["eventNotificationType"], data["variableMonitoringId"] = "CustomMonitor", m.id
	c.says(notifyEvent, v)
}

func clearMonitoring(c *Charger, m *struct {
	IDs []int64 `json:"id"`
}, _ instant) any {
	var results []object
	for _, id := range m.IDs {
		keep := c.memory()
		n := len(keep.monitors)
		keep.monitors = slices.DeleteFunc(keep.monitors, func(o *monitor) bool { return o.id == id })
		result := "Accepted"
		if len(keep.monitors) == n {
			result = "NotFound"
		}
		results = append(results, object{"id": id, "status": result})
	}
	return object{"clearMonitoringResult": results}
}

func setMonitoringBase(c *Charger, m *struct {
	Base string `json:"monitoringBase"`
}, _ instant) any {
	keep := c.memory()
	if keep.monitorBase = m.Base; m.Base != "All" {
		keep.monitors = nil // what was set by the server goes
	}
	return status("Accepted")
}

func setMonitoringLevel(c *Charger, m *struct {
	Severity int64 `json:"severity"`
}, _ instant) any {
	if m.Severity < 0 || m.Severity > 9 {
		return because("Rejected", "ValueOutOfRange")
	}
	c.memory().monitorLevel = m.Severity
	return status("Accepted")
}

func getMonitoringReport(c *Charger, m *struct {
	Request  int64    `json:"requestId"`
	Criteria []string `json:"monitoringCriteria"`
	List     []struct {
		Component componentRef `json:"component"`
		Variable  *variableRef `json:"variable"`
	} `json:"componentVariable"`
}, _ instant) any {
	var found []object
	for _, mon := range c.memory().monitors {
		wanted := len(m.Criteria) == 0
		for _, criterion := range m.Criteria {
			wanted = wanted || slices.Contains(monitorKinds[criterion], mon.kind)
		}
		named := len(m.List) == 0
		for i := range m.List {
			cv := &m.List[i]
			named = named || compareText(cv.Component.Name, mon.component.Name) == 0 &&
				(cv.Variable == nil || compareText(cv.Variable.Name, mon.variable.Name) == 0)
		}
		if wanted && named {
			found = append(found, c.reportMonitor(mon))
		}
	}
	if len(found) == 0 {
		return status("EmptyResultSet")
	}
	c.says(notifyMonitoringReport, object{"requestId": m.Request, "seqNo": 0, "generatedAt": stamp(time.Now()), "monitor": found})
	return status("Accepted")
}

func (c *Charger) reportMonitor(m *monitor) object {
	data := object{"id": m.id, "transaction": m.transaction, "value": m.value, "type": m.kind, "severity": m.severity}
	if c.talk == talk21 {
		data["eventNotificationType"] = "CustomMonitor"
	}
	return object{"component": m.component, "variable": m.variable, "variableMonitoring": []object{data}}
}
