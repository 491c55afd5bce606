package app_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/apptest"
	"github.com/chargeyard/chargeyard/internal/config"
	"github.com/chargeyard/chargeyard/internal/pki"
)

func TestTheTLSAddressServesWhatTheMainAddressDoesAndStops(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "ca")
	if err := pki.Init(folder, pki.Options{Organization: "Northline"}); err != nil {
		t.Fatal(err)
	}
	authority, err := pki.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := authority.IssueServer("127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	s := apptest.Start(t, apptest.Options{Settings: func(c *config.Config) { c.TLSListen, c.CAFolder = "127.0.0.1:0", folder }})
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority.Bundle())
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	defer client.CloseIdleConnections()
	resp, err := client.Get("https://" + s.TLSAddr().String() + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK || resp.ProtoMajor != 1 {
		t.Errorf("answered %s over %s", resp.Status, resp.Proto)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := s.App.Stop(ctx); err != nil {
		t.Errorf("stopping: %v", err)
	}
}

func TestAProxysHeadersNeedNoTLSOfOurOwn(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "ca")
	if err := pki.Init(folder, pki.Options{Organization: "Northline"}); err != nil {
		t.Fatal(err)
	}
	s := apptest.Start(t, apptest.Options{Settings: func(c *config.Config) {
		c.CAFolder, c.ClientHeader = folder, []string{"Client-Cert"}
	}})
	if s.TLSAddr() != nil {
		t.Errorf("it serves TLS on %v", s.TLSAddr())
	}
}
