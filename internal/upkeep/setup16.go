package upkeep

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp/v16"
)

// The configuration keys of OCPP 1.6 §9 that are set here.
const (
	keyHeartbeat    = "HeartbeatInterval"
	keySampled      = "MeterValuesSampledData"
	keySampleEvery  = "MeterValueSampleInterval"
	keyListEnabled  = "LocalAuthListEnabled"
	keyOffline      = "LocalAuthorizeOffline"
	keyListMax      = "LocalAuthListMaxLength"
	keySendMax      = "SendLocalListMaxLength"
	keyChunk        = "GetConfigurationMaxKeys"
	keyProfiles     = "SupportedFeatureProfiles"
	fewKeys         = 4 // what every charger answers at once (server-rules 4)
	attributeOfAKey = "Actual"
	mutableKey      = "ReadWrite"
	readonlyKey     = "ReadOnly"
	statusAccepted  = "Accepted"
	statusReboot    = "RebootRequired"
	statusRejected  = "Rejected"
)

// askedKeys are asked for one chunk after another when a charger does not
// answer the question for all of them.
var askedKeys = []string{keyHeartbeat, keySampled, keySampleEvery, keyOffline, keyListEnabled, keyListMax, keySendMax, keyChunk,
	keyProfiles, "NumberOfConnectors", "MeterValuesSampledDataMaxLength", "MeterValuesAlignedData", "ClockAlignedDataInterval",
	"ConnectionTimeOut", "AuthorizeRemoteTxRequests", "ChargeProfileMaxStackLevel", "ChargingScheduleAllowedChargingRateUnit",
	"ChargingScheduleMaxPeriods", "MaxChargingProfilesInstalled", "StopTransactionOnInvalidId", "WebSocketPingInterval"}

// configuration16 are the keys that a charger told, by name in lower case.
type configuration16 map[string]charging.Variable

func (c configuration16) value(key string) (string, bool) {
	v, ok := c[strings.ToLower(key)]
	return v.Value, ok
}

// settable returns the value of a key that may be set.
func (c configuration16) settable(key string) (string, bool) {
	v, ok := c[strings.ToLower(key)]
	return v.Value, ok && v.Mutability != readonlyKey
}

func (c configuration16) number(key string, absent int) int {
	text, _ := c.value(key)
	if n, err := strconv.Atoi(strings.TrimSpace(text)); err == nil && n > 0 {
		return n
	}
	return absent
}

func (j *job) setUp16() error {
	conf, err := j.readConfiguration16()
	if err != nil {
		return err
	}
	return errors.Join(
		j.set16(conf, keyHeartbeat, seconds(j.wishes.Heartbeat), sameNumber),
		j.set16(conf, keySampleEvery, seconds(j.wishes.SampleInterval), sameNumber),
		j.setMeasurands16(conf),
		j.set16(conf, keyOffline, offlineWord(j.wishes.Offline), strings.EqualFold),
		j.set16(conf, keyListEnabled, "true", strings.EqualFold),
	)
}

func seconds(d time.Duration) string {
	if d <= 0 {
		return ""
	}
	return strconv.Itoa(int(d / time.Second))
}

func offlineWord(wish string) string {
	switch wish {
	case "yes":
		return "true"
	case "no":
		return "false"
	}
	return ""
}

func sameNumber(a, b string) bool {
	x, err := strconv.ParseFloat(strings.TrimSpace(a), 64)
	y, _ := strconv.ParseFloat(b, 64)
	return err == nil && x == y
}

// readConfiguration16 reads all keys at once, or the ones that matter in
// chunks where a charger cannot do that.
func (j *job) readConfiguration16() (configuration16, error) {
	conf := make(configuration16)
	err := j.readKeys16(conf, nil)
	if errGone(err) {
		return nil, err
	}
	if len(conf) == 0 {
		for chunk := range slices.Chunk(askedKeys, fewKeys) {
			if err = j.readKeys16(conf, chunk); err != nil {
				break
			}
		}
	}
	if len(conf) == 0 && err != nil {
		return nil, err
	}
	all := make([]charging.Variable, 0, len(conf))
	for _, v := range conf {
		all = append(all, v)
	}
	return conf, j.tell(all)
}

func (j *job) readKeys16(conf configuration16, keys []string) error {
	a := j.u.link.Call(j.u.ctx, charging.Call{ChargerID: j.charger, Action: v16.ActionGetConfiguration,
		Payload: (&v16.GetConfiguration{Key: keys}).AppendJSON(nil), Timeout: callTimeout, Background: true})
	switch a.Status {
	case charging.CommandAnswered:
	case charging.CommandNotConnected, charging.CommandConnectionLost:
		return errConnectionGone
	default:
		return &failure{v16.ActionGetConfiguration, a}
	}
	answer, err := v16.DecodeGetConfigurationResponse(a.Response)
	if err != nil {
		return err
	}
	for _, k := range answer.ConfigurationKey {
		v := charging.Variable{Name: k.Key, Attribute: attributeOfAKey, Value: k.Value, HasValue: true, Mutability: mutableKey, ReportedAt: a.AnsweredAt}
		if k.Readonly {
			v.Mutability = readonlyKey
		}
		conf[strings.ToLower(k.Key)] = v
	}
	return nil
}

// set16 sets a key that the charger has, when its value differs from the wish.
// What it refused once it is not asked again.
func (j *job) set16(conf configuration16, key, wish string, same func(have, wish string) bool) error {
	have, ok := conf.settable(key)
	if !ok || wish == "" || same(have, wish) || j.known.refused[key] == wish {
		return nil
	}
	status, err := j.change16(key, wish)
	if err == nil && status != statusAccepted && status != statusReboot {
		j.known.refused[key] = wish
	}
	return err
}

func (j *job) change16(key, value string) (status string, err error) {
	var answer struct{ Status string }
	err = j.call(v16.ActionChangeConfiguration, map[string]string{"key": key, "value": value}, &answer)
	if err == nil {
		j.u.log.Info("set a charger's configuration", "charger", j.identity, "key", key, "value", value, "status", answer.Status)
	}
	return answer.Status, err
}

// setMeasurands16 sets what is sampled while charging. A charger that refuses
// the whole list is asked for each measurand, and then given those that it
// took.
func (j *job) setMeasurands16(conf configuration16) error {
	wish := j.wishes.Measurands
	have, ok := conf.settable(keySampled)
	if !ok || wish == "" || sameWords(have, wish) || j.known.refused[keySampled] == wish {
		return nil
	}
	status, err := j.change16(keySampled, wish)
	if err != nil || status == statusAccepted || status == statusReboot {
		return err
	}
	j.known.refused[keySampled] = wish
	var taken []string
	for _, word := range splitWords(wish) {
		if status, err = j.change16(keySampled, word); err != nil {
			return err
		}
		if status == statusAccepted || status == statusReboot {
			taken = append(taken, word)
		}
	}
	if len(taken) == 0 {
		return nil
	}
	status, err = j.change16(keySampled, strings.Join(taken, ","))
	if err == nil && status == statusRejected {
		// The last single one stands; what was there before is better.
		_, err = j.change16(keySampled, have)
	}
	return err
}

func splitWords(list string) []string {
	words := strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ';' || r == ' ' })
	return slices.Compact(words)
}

// sameWords reports whether two lists hold the same words in whatever order.
func sameWords(a, b string) bool {
	x, y := splitWords(strings.ToLower(a)), splitWords(strings.ToLower(b))
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(slices.Compact(x), slices.Compact(y))
}
