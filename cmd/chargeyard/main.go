// Command chargeyard is the charging station management server and everything
// that an operator does with it. One file a command: flags, a call of package
// app, and printing; no logic.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // time zones on machines without them

	"github.com/chargeyard/chargeyard/internal/app"
)

func main() {
	os.Exit(run(os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

// streams are the process's own: data goes to out, talk to err.
type streams struct {
	in  io.Reader
	out io.Writer
	err io.Writer
}

// run runs one command line and returns its exit code. The first interrupt
// ends the command in order, the second at once.
func run(args []string, s streams) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		<-ctx.Done()
		stop()
	}()
	e := newEnvironment(s)
	root := newRoot(e)
	root.SetArgs(args)
	if err := root.ExecuteContext(ctx); err != nil {
		return e.fail(err)
	}
	return app.ExitDone
}
