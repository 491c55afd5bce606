package ocpp

import (
	"bytes"
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
	f(`{"k\u0065y":"Authorizati\u006fnKey","value":"5ec7e7"}`, `{"k\u0065y":"Authorizati\u006fnKey","value":"***"}`)
	f(`{ "key" : "AuthorizationKey" , "value" : "5ec7e7" }`, `{"key":"AuthorizationKey","value":"***"}`)
	f(`{"key":"AuthorizationKey","value":{"hex":"5ec7e7"}}`, `{"key":"AuthorizationKey","value":"***"}`)
	f(`{"key":"AuthorizationKey","value":["5ec7e7"],"readonly":true}`, `{"key":"AuthorizationKey","value":"***","readonly":true}`)
	f(`{"password":{"value":"5ec7e7"},"wifiPsk":57735}`, `{"password":"***","wifiPsk":"***"}`)
	f(`{"name":"WiFi_PSK","value":"5ec7e7"}`, `{"name":"WiFi_PSK","value":"***"}`)
	f(`{"variable":"pre-shared key","value":"5ec7e7"}`, `{"variable":"pre-shared key","value":"***"}`)
	f(`{"getVariableResult":[{"attributeStatus":"Accepted","attributeValue":"5ec7e7","component":{"name":"SecurityCtrlr"},"variable":{"name":"BasicAuthPassword"}},`+
		`{"attributeStatus":"Accepted","attributeValue":"CP1","component":{"name":"SecurityCtrlr"},"variable":{"name":"Identity"}}]}`,
		`{"getVariableResult":[{"attributeStatus":"Accepted","attributeValue":"***","component":{"name":"SecurityCtrlr"},"variable":{"name":"BasicAuthPassword"}},`+
			`{"attributeStatus":"Accepted","attributeValue":"CP1","component":{"name":"SecurityCtrlr"},"variable":{"name":"Identity"}}]}`)
	f(`{"setMonitoringData":[{"value":57735,"type":"Delta","severity":8,"component":{"name":"SecurityCtrlr"},"variable":{"name":"BasicAuthPassword"}}]}`,
		`{"setMonitoringData":[{"value":"***","type":"Delta","severity":8,"component":{"name":"SecurityCtrlr"},"variable":{"name":"BasicAuthPassword"}}]}`)
	f(`{"monitor":[{"variableMonitoring":[{"id":1,"value":57735}],"component":{"name":"SecretStore"},"variable":{"name":"Size"}}]}`,
		`{"monitor":[{"variableMonitoring":[{"id":1,"value":"***"}],"component":{"name":"SecretStore"},"variable":{"name":"Size"}}]}`)
	f(`{"apn":{"simPin":57735}}`, `{"apn":{"simPin":"***"}}`)
	f(`{"location":"ftp://joe:5ec@7e7@files.example.org/up@2"}`, `{"location":"ftp://***@files.example.org/up@2"}`)
	f(`{"location":"ftp://joe:5ec/7e7@files.example.org/up"}`, `{"location":"ftp://***@files.example.org/up"}`)
	f(`{"location":"https://example.org/go?to=ftp%3A%2F%2Fjoe%3A5ec7e7%40files.example.org%2Fup"}`,
		`{"location":"https://example.org/go?to=ftp%3A%2F%2F***%40files.example.org%2Fup"}`)
	f(`{"data":"{\"url\":\"ftp://joe:5ec7e7@h/\"}"}`, `{"data":"{\"url\":\"ftp://***@h/\"}"}`)
	f(`[2,"e","ChangeConfiguration",{"key":"AuthorizationKey","value":"5ec7e7"`, `"[2,\"e\",\"ChangeConfiguration\",{\"key\":\"AuthorizationKey\",\"value\":***"`)
	f(`[{"component":{"name":"SecurityCtrlr"},"variable":{"name":"BasicAuthPassword"},"attributeValue":"5ec7e7"`,
		`"[{\"component\":{\"name\":\"SecurityCtrlr\"},\"variable\":{\"name\":\"BasicAuthPassword\"},\"attributeValue\":***"`)
	f(`[{"attributeValue":"5ec7e7","variable":{"name":"BasicAuthPassword"}`, `"[{\"attributeValue\":***,\"variable\":{\"name\":\"BasicAuthPassword\"}"`)
	f(`{'key':'AuthorizationKey','value':'5ec7e7'}`, `"{'key':'AuthorizationKey','value':***}"`)
	f(`[2,"e","DataTransfer" {"BasicAuthPassword":"5ec7e7"}]`, `"[2,\"e\",\"DataTransfer\" {\"BasicAuthPassword\":***}]"`)

	same(`{"connectorId":1,"errorCode":"NoError","status":"Available"}`)
	same(`{"key":"HeartbeatInterval","value":"300"}`)
	same(`{"type":"SettingSystemTime","techInfo":"password was right"}`)
	same(`{"csr":"-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n"}`)
	same(`{"url":"https://example.org/a?b=c"}`)
	same(`{"variable":{"name":"MasterPassGroupId"},"attributeValue":"G1"}`)
	same(`no JSON at all`)
	same(`{"location":"https://files.example.org:8443/up","mail":"joe@example.org"}`)
	same(`{"key":["AuthorizationKey","HeartbeatInterval"]}`)
	same(`{"configurationKey":[],"unknownKey":["AuthorizationKey"]}`)
	same(`{"key":"AuthorizationKey","readonly":true,"value":null}`)
	same(`{ "idTag" : "PASS1" , "password" : "" }`)
	same(`{"idToken":{"idToken":"Secret","type":"Central"},"transactionInfo":{"transactionId":"psk"}}`)
	same(`[2,"x","DataTransfer",{"vendorId":"pass`)
}

func TestTextsLoseTheirCredentials(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if got := RedactText(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	f("http://charge.example.org:8080/uploads/YFQINRRNZ2R65OH2H4R3TJTIVP/a.log", "http://charge.example.org:8080/uploads/***/a.log")
	f(`{"location":"http:\/\/h\/uploads\/YFQINRRNZ2R65OH2H4R3TJTIVP\/"}`, `{"location":"http:\/\/h\/uploads\/***\/"}`)
	f("http://h/uploads/today", "http://h/uploads/today")
	f("wss://CP1:5ec7e7@host/ocpp/CP1", "wss://***@host/ocpp/CP1")
	f("GET /ocpp/CP1?token=5ec7e7 HTTP/1.1", "GET /ocpp/CP1?token=*** HTTP/1.1")
	f("AuthorizationKey=5ec7e7;HeartbeatInterval=300", "AuthorizationKey=***;HeartbeatInterval=300")
	f(`{\"password\":\"5ec7e7\",\"n\":1}`, `{\"password\":***,\"n\":1}`)
	f("Authorization: Basic Q1AxOjVlYzdlNw==\r\nHost: csms", "Authorization: Basic ***\r\nHost: csms")
	f("<wifiPassword>5ec7e7</wifiPassword>", "<wifiPassword>***</wifiPassword>")
	f("dial http://csms:8080/a, told ops@example.org", "dial http://csms:8080/a, told ops@example.org")
	f("http://[::1]:8080/joe@x", "http://[::1]:8080/joe@x")
	f("-----BEGIN PRIVATE KEY-----\nMIIE", "***")
	f("Available", "Available")
}

// A frame as long as one may be must not cost seconds, however it nests.
func TestDeepNestingIsHiddenAsAWhole(t *testing.T) {
	nested := func(n int) string {
		return strings.Repeat(`{"key":"password","value":"5ec7e7","a":`, n) + `"5ec7e7"` + strings.Repeat(`}`, n)
	}
	want := strings.Repeat(`{"key":"password","value":"***","a":`, deepest) + `"***"` + strings.Repeat(`}`, deepest)
	if got := string(Redact([]byte(nested(9000)))); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for n := deepest - 3; n < deepest+3; n++ {
		kept := strings.Repeat(`{"a":`, n) + `{"variable":"password","variableAttribute":[{"value":"5ec7e7"}]}` + strings.Repeat(`}`, n)
		if got := Redact([]byte(kept)); !json.Valid(got) || bytes.Contains(got, []byte("5ec7e7")) {
			t.Errorf("%d deep: %s", n, got)
		}
	}
	lists := `{"password":"","a":` + strings.Repeat(`[`, 9000) + strings.Repeat(`]`, 9000) + `}`
	if allocs := testing.AllocsPerRun(1, func() { Redact([]byte(lists)) }); allocs > 100 {
		t.Errorf("%v allocations", allocs)
	}
}

// The two bytes at every even place are enough to see each suspect.
func TestEverySuspectIsSeenAtEveryPlace(t *testing.T) {
	for _, s := range suspects {
		for _, word := range []string{s.word, strings.ToUpper(s.word)} {
			for pad := range 3 {
				for _, end := range []string{"", "x"} {
					if text := strings.Repeat("x", pad) + word + end; !suspicious(text) {
						t.Errorf("%q is not seen", text)
					}
				}
			}
		}
	}
	for _, name := range []string{"password", "pass phrase", "PASSWD", "pwd", "Authorization Key", "secret", "private_key", "shared-key",
		"api key", "apikey", "access_token", "auth-token", "PSK", "SIM_PIN"} {
		if !NamesSecret("x" + name + "1") {
			t.Errorf("%q names a secret", name)
		}
	}
}

// A planted secret never survives, and JSON stays JSON.
func TestAPlantedSecretNeverSurvives(t *testing.T) {
	const secret = "5ec7e75ec7e7"
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"AuthorizationKey", "BasicAuthPassword", "wifiPassphrase", "VENDOR_SECRET_1", "WiFi PSK", "private-key"}).Draw(t, "name")
		var planted any = secret
		if rapid.Bool().Draw(t, "within") {
			planted = []any{1, map[string]any{"x": planted}}
		}
		shapes := []any{
			map[string]any{"key": name, "value": planted},
			map[string]any{name: planted},
			map[string]any{"component": map[string]any{"name": "SecurityCtrlr"}, "variable": map[string]any{"name": name}, "attributeValue": planted},
			map[string]any{"eventData": []any{map[string]any{"variable": map[string]any{"name": name}, "variableAttribute": []any{map[string]any{"value": planted}}}}},
			map[string]any{"data": name + "=" + secret},
			map[string]any{"url": "ftp://user:" + secret + "@host/x"},
			map[string]any{"note": "-----BEGIN PRIVATE KEY-----\n" + secret},
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
		payload := mustMarshal(value)
		got := Redact(payload)
		if !json.Valid(got) || bytes.Contains(got, []byte(secret)) {
			t.Fatalf("%s became %s", payload, got)
		}
		if again := Redact(got); !bytes.Equal(got, again) {
			t.Fatalf("%s became %s, and that %s", payload, got, again)
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
