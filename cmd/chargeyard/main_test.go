package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/chargeyard/chargeyard/internal/loopback"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"chargeyard": main})
}

// The command line is tested as it is used: the program itself, its exit codes
// and what it writes where.
func TestCommandLine(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			env.Setenv("CHARGEYARD_DATA", env.WorkDir+"/data")
			address, err := loopback.FreeAddress()
			env.Setenv("ADDR", address)
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits,
			"await": await,
			"knock": knock,
		},
	})
}

// exits CODE PROGRAM ARGS… runs a program that must end with that exit code.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	var failed *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &failed) {
		code = failed.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}

// await [-stdout TEXT] PROGRAM ARGS… runs a program until it succeeds and says
// the text, for at most 30 s.
func await(ts *testscript.TestScript, _ bool, args []string) {
	text := ""
	if args[0] == "-stdout" {
		text, args = args[1], args[2:]
	}
	deadline := time.Now().Add(30 * time.Second)
	for {
		err := ts.Exec(args[0], args[1:]...)
		if err == nil && strings.Contains(ts.ReadFile("stdout"), text) {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%v failed for 30 s: %v", args, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// knock URL opens a WebSocket as a charger does and closes it; with ! it must
// be refused.
func knock(ts *testscript.TestScript, neg bool, args []string) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	dialer := ws.Dialer{Protocols: []string{"ocpp1.6"}}
	conn, _, _, err := dialer.Dial(ctx, args[0])
	if conn != nil {
		conn.Close()
	}
	if (err != nil) != neg {
		ts.Fatalf("knocking at %s: %v", args[0], err)
	}
	fmt.Fprintln(ts.Stdout(), err)
}

func TestTheCommandReferenceIsTheProgram(t *testing.T) {
	page, err := os.ReadFile("../../docs/reference/commands.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(page) != string(commandReference(newRoot(newEnvironment(streams{})))) {
		t.Error("docs/reference/commands.md is out of date: run go generate ./cmd/chargeyard")
	}
}
