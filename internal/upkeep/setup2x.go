package upkeep

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp/v201"
)

// variable2x names a variable of the standard device model (OCPP 2.0.1 part 2
// appendix).
type variable2x struct{ component, name, instance string }

// key is how it stands in logs and memory: Component.Variable[Instance].
func (v variable2x) key() string {
	if v.instance != "" {
		return v.component + "." + v.name + "[" + v.instance + "]"
	}
	return v.component + "." + v.name
}

var (
	varHeartbeat   = variable2x{"OCPPCommCtrlr", "HeartbeatInterval", ""}
	varSampled     = variable2x{"SampledDataCtrlr", "TxUpdatedMeasurands", ""}
	varSampleEvery = variable2x{"SampledDataCtrlr", "TxUpdatedInterval", ""}
	varOffline     = variable2x{"AuthCtrlr", "LocalAuthorizeOffline", ""}
	varListEnabled = variable2x{"LocalAuthListCtrlr", "Enabled", ""}
	varListPerCall = variable2x{"LocalAuthListCtrlr", "ItemsPerMessage", ""}
	varPerSet      = variable2x{"DeviceDataCtrlr", "ItemsPerMessage", "SetVariables"}
)

// wished2x is a variable with the value that it should have.
type wished2x struct {
	variable2x
	wish string
	same func(have, wish string) bool
}

func (j *job) wishes2x() []wished2x {
	return []wished2x{
		{varHeartbeat, seconds(j.wishes.Heartbeat), sameNumber},
		{varSampleEvery, seconds(j.wishes.SampleInterval), sameNumber},
		{varSampled, j.wishes.Measurands, sameWords},
		{varOffline, offlineWord(j.wishes.Offline), strings.EqualFold},
		{varListEnabled, "true", strings.EqualFold},
	}
}

// setUp2x asks for the whole device model once for each firmware, reads what is
// wished for and sets what differs.
func (j *job) setUp2x() error {
	err := j.askForReport()
	if errGone(err) {
		return err
	}
	values, readErr := j.get2x(append([]variable2x{varPerSet}, variablesOf(j.wishes2x())...))
	if readErr != nil {
		return errors.Join(err, readErr)
	}
	return errors.Join(err, j.set2x(values))
}

func variablesOf(list []wished2x) []variable2x {
	variables := make([]variable2x, 0, len(list))
	for _, w := range list {
		variables = append(variables, w.variable2x)
	}
	return variables
}

// askForReport asks for the device model (OCPP 2.0.1 B07) unless it is kept for
// this firmware. The parts come as messages of their own.
func (j *job) askForReport() error {
	if j.known.reported {
		return nil
	}
	c := j.u.fleet.Estate().Charger(j.charger)
	updated := c != nil && c.Boot != nil && c.Boot.Reason == "FirmwareUpdate"
	kept, _, err := j.u.records.Variables(j.u.ctx, charging.VariableQuery{ChargerID: j.charger, Limit: manyVariables})
	if err != nil {
		return err
	}
	if j.known.reported = len(kept) >= manyVariables && !updated; j.known.reported {
		return nil
	}
	id, err := j.u.fleet.NextID(charging.IDRequest)
	if err != nil {
		return err
	}
	var answer struct{ Status string }
	err = j.call(v201.ActionGetBaseReport, map[string]any{"requestId": id, "reportBase": "FullInventory"}, &answer)
	if err == nil || unsupported(err) {
		j.known.reported = true
		return nil
	}
	return err
}

// manyVariables are more than a visit reads itself: so many are a report.
const manyVariables = 20

// Members of GetVariables and SetVariables (OCPP 2.0.1 B05, B06).
type (
	component2x struct {
		Name string `json:"name"`
	}
	name2x struct {
		Name     string `json:"name"`
		Instance string `json:"instance,omitempty"`
	}
	item2x struct {
		Value     *string     `json:"attributeValue,omitempty"`
		Component component2x `json:"component"`
		Variable  name2x      `json:"variable"`
	}
	result2x struct {
		AttributeStatus string      `json:"attributeStatus"`
		AttributeValue  *string     `json:"attributeValue"`
		Component       component2x `json:"component"`
		Variable        name2x      `json:"variable"`
	}
)

func (v variable2x) item() item2x {
	return item2x{Component: component2x{v.component}, Variable: name2x{v.name, v.instance}}
}

func (r *result2x) of() variable2x {
	return variable2x{r.Component.Name, r.Variable.Name, r.Variable.Instance}
}

// values2x are variables that the charger has, by their key in lower case.
type values2x map[string]string

func (v values2x) value(of variable2x) (string, bool) {
	text, ok := v[strings.ToLower(of.key())]
	return text, ok
}

func (v values2x) number(of variable2x, absent int) int {
	text, _ := v.value(of)
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		return n
	}
	return absent
}

// get2x reads variables, a few at a time: every charger takes four (server-rules
// 12).
func (j *job) get2x(list []variable2x) (values2x, error) {
	values := make(values2x)
	var told []charging.Variable
	for chunk := range slices.Chunk(list, fewKeys) {
		items := make([]item2x, len(chunk))
		for i, v := range chunk {
			items[i] = v.item()
		}
		var answer struct {
			GetVariableResult []result2x `json:"getVariableResult"`
		}
		if err := j.call(v201.ActionGetVariables, map[string]any{"getVariableData": items}, &answer); err != nil {
			return values, errors.Join(err, j.tell(told))
		}
		for _, r := range answer.GetVariableResult {
			if r.AttributeStatus != statusAccepted || r.AttributeValue == nil {
				continue
			}
			values[strings.ToLower(r.of().key())] = *r.AttributeValue
			told = append(told, charging.Variable{Component: r.Component.Name, Name: r.Variable.Name, Instance: r.Variable.Instance,
				Attribute: attributeOfAKey, Value: *r.AttributeValue, HasValue: true, ReportedAt: j.now()})
		}
	}
	return values, j.tell(told)
}

// set2x sets what the charger has and what differs from the wishes, one message
// after another as large as it takes.
func (j *job) set2x(values values2x) error {
	var due []wished2x
	for _, w := range j.wishes2x() {
		have, ok := values.value(w.variable2x)
		if ok && w.wish != "" && !w.same(have, w.wish) && j.known.refused[w.key()] != w.wish {
			due = append(due, w)
		}
	}
	for chunk := range slices.Chunk(due, min(values.number(varPerSet, fewKeys), fewKeys)) {
		results, err := j.setMany2x(chunk)
		if err != nil {
			return err
		}
		for _, w := range chunk {
			if status := results[strings.ToLower(w.key())]; status == statusAccepted || status == statusReboot {
				continue
			}
			j.known.refused[w.key()] = w.wish
			if w.variable2x == varSampled {
				have, _ := values.value(varSampled)
				if err := j.probeMeasurands2x(w, have); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// setMany2x returns the status of each variable by its key in lower case.
func (j *job) setMany2x(list []wished2x) (map[string]string, error) {
	items := make([]item2x, len(list))
	for i, w := range list {
		items[i] = w.item()
		items[i].Value = &list[i].wish
	}
	var answer struct {
		SetVariableResult []result2x `json:"setVariableResult"`
	}
	if err := j.call(v201.ActionSetVariables, map[string]any{"setVariableData": items}, &answer); err != nil {
		return nil, err
	}
	statuses := make(map[string]string)
	for _, r := range answer.SetVariableResult {
		statuses[strings.ToLower(r.of().key())] = r.AttributeStatus
		j.u.log.Info("set a charger's variable", "charger", j.identity, "variable", r.of().key(), "status", r.AttributeStatus)
	}
	return statuses, nil
}

// probeMeasurands2x tries each measurand where the whole list was refused, and
// sets those that were taken; without any, what was there before stays.
func (j *job) probeMeasurands2x(w wished2x, before string) error {
	try := func(wish string) (bool, error) {
		statuses, err := j.setMany2x([]wished2x{{w.variable2x, wish, nil}})
		status := statuses[strings.ToLower(w.key())]
		return status == statusAccepted || status == statusReboot, err
	}
	var taken []string
	for _, word := range splitWords(w.wish) {
		ok, err := try(word)
		if err != nil {
			return err
		}
		if ok {
			taken = append(taken, word)
		}
	}
	if len(taken) == 0 {
		return nil
	}
	ok, err := try(strings.Join(taken, ","))
	if err == nil && !ok && before != "" {
		_, err = try(before)
	}
	return err
}
