package ocpp

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestSecretsAreReplacedAndTheRestStays(t *testing.T) {
	f := func(payload, want string) {
		t.Helper()
		got := string(Redact([]byte(payload)))
		if got != want {
			t.Errorf("%s\ngot  %s\nwant %s", payload, got, want)
		}
	}
	same := func(payload string) { t.Helper(); f(payload, payload) }

	f(`{"key":"AuthorizationKey","value":"5ec7e7"}`, `{"key":"AuthorizationKey","value":"***"}`)
	f(`{"value":"5ec7e7","key":"authorizationkey"}`, `{"value":"***","key":"authorizationkey"}`)
	f(`{"configurationKey":[{"key":"HeartbeatInterval","readonly":false,"value":"300"},{"key":"AuthorizationKey","readonly":false,"value":"5ec7e7"}]}`,
		`{"configurationKey":[{"key":"HeartbeatInterval","readonly":false,"value":"300"},{"key":"AuthorizationKey","readonly":false,"value":"***"}]}`)
	f(`{"setVariableData":[{"attributeValue":"5ec7e7","component":{"name":"SecurityCtrlr"},"variable":{"name":"BasicAuthPassword"}}]}`,
		`{"setVariableData":[{"attributeValue":"***","component":{"name":"SecurityCtrlr"},"variable":{"name":"BasicAuthPassword"}}]}`)
	f(`{"reportData":[{"component":{"name":"SecurityCtrlr"},"variable":{"name":"BasicAuthPassword"},"variableAttribute":[{"type":"Actual","value":"5ec7e7"}]}]}`,
		`{"reportData":[{"component":{"name":"SecurityCtrlr"},"variable":{"name":"BasicAuthPassword"},"variableAttribute":[{"type":"Actual","value":"***"}]}]}`)
	f(`{"eventData":[{"actualValue":5,"component":{"name":"SecurityCtrlr"},"variable":{"name":"WifiPassword"}}]}`,
		`{"eventData":[{"actualValue":"***","component":{"name":"SecurityCtrlr"},"variable":{"name":"WifiPassword"}}]}`)
	f(`{"connectionData":{"ocppCsmsUrl":"wss://user:5ec7e7@csms.example.org/","basicAuthPassword":"5ec7e7","apn":{"apn":"x","apnPassword":"5ec7e7"},"vpn":{"server":"v","key":"5ec7e7","password":"5ec7e7"}}}`,
		`{"connectionData":{"ocppCsmsUrl":"wss://***@csms.example.org/","basicAuthPassword":"***","apn":{"apn":"x","apnPassword":"***"},"vpn":{"server":"v","key":"***","password":"***"}}}`)
	f(`{"location":"ftp://joe:5ec%40e7@files.example.org/up","retries":3}`, `{"location":"ftp://***@files.example.org/up","retries":3}`)
	f(`{"location":"https:\/\/joe:5ec7e7@files.example.org\/up"}`, `{"location":"https://***@files.example.org/up"}`)
	f(`{"location":"https://files.example.org/up?sig=5ec7e7&part=2"}`, `{"location":"https://files.example.org/up?sig=***&part=2"}`)
	f(`{"data":"{\"AuthorizationKey\":\"5ec7e7\",\"n\":1}"}`, `{"data":"{\"AuthorizationKey\":\"***\",\"n\":1}"}`)
	f(`{"vendorId":"x","data":"set password to 5ec7e7"}`, `{"vendorId":"x","data":"***"}`)
	f(`{"text":"-----BEGIN EC PRIVATE KEY-----\n5ec7e7\n-----END EC PRIVATE KEY-----\n"}`, `{"text":"***\n"}`)
	f(`{"k\u0065y":"AuthorizationKey","value":"5ec7e7"}`, `{"key":"AuthorizationKey","value":"***"}`)
	f(`[2,"e","ChangeConfiguration",{"key":"AuthorizationKey","value":"5ec7e7"`, `"[2,\"e\",\"ChangeConfiguration\",{\"key\":\"AuthorizationKey\",\"value\":***"`)
	f(`[2,"e","DataTransfer" {"BasicAuthPassword":"5ec7e7"}]`, `"[2,\"e\",\"DataTransfer\" {\"BasicAuthPassword\":***}]"`)

	same(`{"connectorId":1,"errorCode":"NoError","status":"Available"}`)
	same(`{"key":"HeartbeatInterval","value":"300"}`)
	same(`{"type":"SettingSystemTime","techInfo":"password was right"}`)
	same(`{"csr":"-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n"}`)
	same(`{"url":"https://example.org/a?b=c"}`)
	same(`{"variable":{"name":"MasterPassGroupId"},"attributeValue":"G1"}`)
	same(`no JSON at all`)
}

func TestTextsLoseTheirCredentials(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if got := RedactText(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	f("wss://CP1:5ec7e7@host/ocpp/CP1", "wss://***@host/ocpp/CP1")
	f("GET /ocpp/CP1?token=5ec7e7 HTTP/1.1", "GET /ocpp/CP1?token=*** HTTP/1.1")
	f("AuthorizationKey=5ec7e7;HeartbeatInterval=300", "AuthorizationKey=***;HeartbeatInterval=300")
	f("Available", "Available")
}

// A planted secret never survives, and JSON stays JSON.
func TestAPlantedSecretNeverSurvives(t *testing.T) {
	const planted = "5ec7e75ec7e7"
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"AuthorizationKey", "BasicAuthPassword", "wifiPassphrase", "VENDOR_SECRET_1"}).Draw(t, "name")
		shapes := []any{
			map[string]any{"key": name, "value": planted},
			map[string]any{name: planted},
			map[string]any{"component": map[string]any{"name": "SecurityCtrlr"}, "variable": map[string]any{"name": name}, "attributeValue": planted},
			map[string]any{"data": name + "=" + planted},
			map[string]any{"url": "ftp://user:" + planted + "@host/x"},
			map[string]any{"data": string(mustMarshal(map[string]any{name: planted}))},
		}
		value := rapid.SampledFrom(shapes).Draw(t, "shape")
		for range rapid.IntRange(0, 4).Draw(t, "depth") {
			if rapid.Bool().Draw(t, "list") {
				value = []any{1, value, "x"}
			} else {
				value = map[string]any{"a": true, rapid.StringMatching(`[a-z]{1,6}`).Draw(t, "member"): value}
			}
		}
		got := Redact(mustMarshal(value))
		if !json.Valid(got) || strings.Contains(string(got), planted) {
			t.Fatalf("%s became %s", mustMarshal(value), got)
		}
	})
}

func mustMarshal(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

func FuzzRedact(f *testing.F) {
	f.Add(`{"key":"AuthorizationKey","value":"x"}`)
	f.Add(`{"a":"https://u:p@h"}`)
	f.Add(`[2,"x","y",{"password":`)
	f.Fuzz(func(t *testing.T, text string) {
		got := Redact([]byte(text))
		if string(got) != text && !json.Valid(got) {
			t.Errorf("%q became %q, which is no JSON", text, got)
		}
		again := Redact(got)
		if json.Valid(got) && string(got) != text && !json.Valid(again) {
			t.Errorf("%q became %q, which is no JSON", got, again)
		}
	})
}

func BenchmarkRedact(b *testing.B) {
	run := func(name, payload string) {
		b.Run(name, func(b *testing.B) {
			p := []byte(payload)
			b.ReportAllocs()
			for b.Loop() {
				Redact(p)
			}
		})
	}
	run("StatusNotification", `{"connectorId":2,"errorCode":"NoError","status":"Preparing","timestamp":"2024-04-26T14:35:02Z"}`)
	run("MeterValues8", `{"connectorId":1,"transactionId":17,"meterValue":[{"timestamp":"2025-03-12T12:38:37Z","sampledValue":[`+
		strings.Repeat(`{"value":"230.1","context":"Sample.Periodic","measurand":"Voltage","phase":"L1-N","location":"Outlet","unit":"V"},`, 8)+`{"value":"1"}]}]}`)
	run("ChangeConfiguration", `{"key":"AuthorizationKey","value":"5ec7e7"}`)
}
