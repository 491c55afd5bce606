package main

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// curlLine is what the demo prints to be pasted.
var curlLine = regexp.MustCompile(`(?m)^  curl -s -H "(Authorization): (Bearer cy_[0-9A-Za-z]+)" (http://\S+)$`)

func TestTheDemoPrintsALineThatWorksAndEndsCleanly(t *testing.T) {
	temporary := t.TempDir()
	demo := exec.Command("chargeyard", "demo", "--listen", "127.0.0.1:0")
	demo.Env = append(os.Environ(), "TMPDIR="+temporary)
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	demo.Stdout = out
	talk, err := demo.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := demo.Start(); err != nil {
		t.Fatal(err)
	}
	defer demo.Process.Kill()
	lines := bufio.NewScanner(talk)
	if !lines.Scan() || !strings.HasPrefix(lines.Text(), "The first session is live, at charger ") {
		t.Fatalf("the demo said %q", lines.Text())
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("the first session came after %v", took)
	}
	// What stands on standard output was written before that line.
	if !lines.Scan() || lines.Text() != "Ctrl-C ends the demo and leaves nothing behind." {
		t.Errorf("the demo said %q", lines.Text())
	}
	printed, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	paste(t, string(printed))
	if err := demo.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(talk)
	if err != nil || len(rest) > 0 {
		t.Errorf("after Ctrl-C it said %q, %v", rest, err)
	}
	if err := demo.Wait(); err != nil {
		t.Errorf("the demo ended with %v", err)
	}
	left, err := os.ReadDir(temporary)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// paste does what the printed line does.
func paste(t *testing.T, printed string) {
	t.Helper()
	found := curlLine.FindStringSubmatch(printed)
	if found == nil {
		t.Fatalf("no curl line in %q", printed)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, found[3], nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set(found[1], found[2])
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(body), `"currentChargingSession":{"id":`) {
		t.Errorf("the line gets %s, %v: %s", resp.Status, err, body)
	}
}

func TestTheDemoSaysHowToChooseAnotherAddress(t *testing.T) {
	server := exec.Command("chargeyard", "demo", "--listen", "256.0.0.1:80")
	said, err := server.CombinedOutput()
	if err == nil || !strings.Contains(string(said), `cannot listen on "256.0.0.1:80"; write --listen like :8080 or 127.0.0.1:8080`) {
		t.Errorf("said %q, %v", said, err)
	}
}
