package sim

import (
	"strconv"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/ocpp/v16"
)

// The two settings that can be changed (OCPP 1.6 §9.1).
const (
	keyHeartbeatInterval = "HeartbeatInterval"
	keySampleInterval    = "MeterValueSampleInterval"
)

func (c *Charger) settings() []v16.KeyValue {
	seconds := func(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }
	r := &c.fleet.cfg.Retry
	return []v16.KeyValue{
		readOnly("AuthorizeRemoteTxRequests", "false"),
		readOnly("GetConfigurationMaxKeys", "50"),
		{Key: keyHeartbeatInterval, Value: seconds(c.heartbeatInterval), HasValue: true},
		readOnly("LocalAuthorizeOffline", "true"),
		{Key: keySampleInterval, Value: seconds(c.sampleInterval), HasValue: true},
		readOnly("NumberOfConnectors", strconv.Itoa(len(c.ports))),
		readOnly("StopTransactionOnInvalidId", "true"),
		readOnly("SupportedFeatureProfiles", "Core,RemoteTrigger"),
		readOnly("TransactionMessageAttempts", strconv.Itoa(r.Attempts)),
		readOnly("TransactionMessageRetryInterval", seconds(r.Interval)),
		readOnly("WebSocketPingInterval", "0"),
	}
}

func readOnly(key, value string) v16.KeyValue {
	return v16.KeyValue{Key: key, Readonly: true, Value: value, HasValue: true}
}

func find(settings []v16.KeyValue, key string) *v16.KeyValue {
	for i := range settings {
		if strings.EqualFold(settings[i].Key, key) {
			return &settings[i]
		}
	}
	return nil
}

func (c *Charger) getConfiguration(m *v16.GetConfiguration) v16.Response {
	answer := new(v16.GetConfigurationResponse)
	all := c.settings()
	if len(m.Key) == 0 {
		answer.ConfigurationKey = all
	}
	for _, key := range m.Key {
		if s := find(all, key); s != nil {
			answer.ConfigurationKey = append(answer.ConfigurationKey, *s)
		} else {
			answer.UnknownKey = append(answer.UnknownKey, key)
		}
	}
	return answer
}

func (c *Charger) changeConfiguration(m *v16.ChangeConfiguration, now instant) v16.Response {
	s := find(c.settings(), m.Key)
	if s == nil {
		return status("NotSupported")
	}
	seconds, err := strconv.Atoi(m.Value)
	if s.Readonly || err != nil || seconds < 1 {
		return status("Rejected")
	}
	d := time.Duration(seconds) * time.Second
	if s.Key == keyHeartbeatInterval {
		c.heartbeatInterval, c.heartbeatAt = d, now+d
	} else {
		c.sampleInterval = d
	}
	return status("Accepted")
}
