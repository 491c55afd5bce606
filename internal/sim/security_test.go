package sim

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"
)

// selfSigned makes a certificate for 127.0.0.1 that can also sign others.
func selfSigned(t *testing.T, name string) *tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(0x1a2b), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// signCSR makes a certificate of a CSR in PEM form.
func signCSR(t *testing.T, ca *tls.Certificate, csr string) (chain string) {
	t.Helper()
	block, _ := pem.Decode([]byte(csr))
	request, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if request.Subject.CommonName == "" || len(request.Subject.Organization) != 1 {
		t.Errorf("the CSR is for %v", request.Subject)
	}
	parent, err := x509.ParseCertificate(ca.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(7), Subject: request.Subject,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}, parent, request.PublicKey, ca.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// headers returns the Authorization of each connection, decoded.
func (s *server) headers() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []string
	for _, header := range s.auth {
		text, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(header, "Basic "))
		list = append(list, string(text))
	}
	return strings.Join(list, " ")
}

func TestSecurity(t *testing.T) {
	t.Run("a new password is used from the next connection on", func(t *testing.T) {
		t.Parallel()
		s := newServer(t)
		runQuiet(t, Config{URL: s.listen(), Chargers: []ChargerConfig{{Identity: "CP1", Password: "old"}}})
		eventually(t, "it is in", func() bool { return len(s.received("BootNotification")) == 1 })
		answered(t, s, "ChangeConfiguration", `{"key":"AuthorizationKey","value":"short"}`, `{"status":"Rejected"}`)
		answered(t, s, "ChangeConfiguration", `{"key":"AuthorizationKey","value":"30313233343536373839414243444546"}`, accepted)
		eventually(t, "it is back", func() bool { return s.headers() == "CP1:old CP1:0123456789ABCDEF" })
	})

	t.Run("a certificate that is signed is used from the next connection on", func(t *testing.T) {
		t.Parallel()
		s, ca := newServer(t), selfSigned(t, "authority")
		s.protocol = Protocol201
		url := "ws" + s.listenOn(&tls.Config{Certificates: []tls.Certificate{*ca}, ClientAuth: tls.RequestClientCert})
		runQuiet(t, Config{URL: url, Roots: poolOf(t, ca), Protocols: []string{Protocol201}})
		eventually(t, "it is in", func() bool { return len(s.received("BootNotification")) == 1 })
		answered(t, s, "TriggerMessage", `{"requestedMessage":"SignChargingStationCertificate"}`, accepted)
		eventually(t, "it asks", func() bool { return len(s.received("SignCertificate")) == 1 })
		var m struct {
			CSR string `json:"csr"`
		}
		if err := json.Unmarshal([]byte(s.received("SignCertificate")[0].payload), &m); err != nil {
			t.Fatal(err)
		}
		other, _ := json.Marshal(signCSR(t, ca, m.CSR))
		_, wrong := signerOf(t)
		answered(t, s, "CertificateSigned", `{"certificateChain":"`+wrong("x")+`"}`, `{"status":"Rejected"}`)
		answered(t, s, "CertificateSigned", `{"certificateChain":`+string(other)+`}`, accepted)
		eventually(t, "it comes with the certificate", func() bool {
			s.mu.Lock()
			defer s.mu.Unlock()
			conn, is := s.current["CP1"].(*tls.Conn)
			return is && len(conn.ConnectionState().PeerCertificates) == 1
		})
	})

	t.Run("certificates are installed, listed and deleted", func(t *testing.T) {
		t.Parallel()
		s := newServer(t)
		s.protocol = Protocol201
		runQuiet(t, Config{URL: s.listen(), Protocols: []string{Protocol201}})
		eventually(t, "it is in", func() bool { return len(s.received("BootNotification")) == 1 })
		text, _ := json.Marshal(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: selfSigned(t, "root").Certificate[0]})))
		answered(t, s, "GetInstalledCertificateIds", `{}`, `{"status":"NotFound"}`)
		answered(t, s, "InstallCertificate", `{"certificateType":"CSMSRootCertificate","certificate":"nonsense"}`, `{"status":"Rejected"}`)
		answered(t, s, "InstallCertificate", `{"certificateType":"CSMSRootCertificate","certificate":`+string(text)+`}`, accepted)
		f := s.call("CP1", "GetInstalledCertificateIds", `{"certificateType":["CSMSRootCertificate"]}`)
		var m struct {
			Chain []struct {
				Data json.RawMessage `json:"certificateHashData"`
			} `json:"certificateHashDataChain"`
		}
		if err := json.Unmarshal(f.Payload, &m); err != nil || len(m.Chain) != 1 || !strings.Contains(string(m.Chain[0].Data), `"serialNumber":"1a2b"`) {
			t.Fatalf("%s", f.Payload)
		}
		answered(t, s, "DeleteCertificate", `{"certificateHashData":`+string(m.Chain[0].Data)+`}`, accepted)
		answered(t, s, "DeleteCertificate", `{"certificateHashData":`+string(m.Chain[0].Data)+`}`, `{"status":"NotFound"}`)
	})

	t.Run("a network profile leads to another server, and back when that is not there", func(t *testing.T) {
		t.Parallel()
		here, there := newServer(t), newServer(t)
		here.protocol, there.protocol = Protocol201, Protocol201
		runQuiet(t, Config{URL: here.listen(), Protocols: []string{Protocol201}})
		eventually(t, "it is in", func() bool { return len(here.received("BootNotification")) == 1 })
		slot := func(s *server, number, url string) {
			answered(t, s, "SetNetworkProfile", `{"configurationSlot":`+number+`,"connectionData":{"ocppVersion":"OCPP20","ocppTransport":"JSON","ocppCsmsUrl":"`+
				url+`","messageTimeout":30,"securityProfile":0,"ocppInterface":"Wired0"}}`, accepted)
			f := s.call("CP1", "SetVariables", `{"setVariableData":[{"attributeValue":"`+number+
				`","component":{"name":"OCPPCommCtrlr"},"variable":{"name":"NetworkConfigurationPriority"}}]}`)
			if !strings.Contains(string(f.Payload), "RebootRequired") {
				t.Errorf("%s", f.Payload)
			}
			answered(t, s, "Reset", `{"type":"Immediate"}`, accepted)
		}
		slot(here, "2", there.listen())
		eventually(t, "it boots there", func() bool { return len(there.received("BootNotification")) == 1 })
		slot(there, "3", "ws://127.0.0.1:1/ocpp")
		eventually(t, "it is back here", func() bool { return len(here.received("BootNotification")) == 2 })
	})
}
