//go:build faultpoints

package store

import (
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// faultPointVariable names where a program built with the tag faultpoints, for
// the crash test alone, kills itself: "commit:3" before, "committed:3" after
// the third COMMIT once SIGUSR1 has armed it.
const faultPointVariable = "CHARGEYARD_FAULT_POINT"

func faultPoint() func(stage string) error {
	text := os.Getenv(faultPointVariable)
	if text == "" {
		return nil
	}
	point, count, _ := strings.Cut(text, ":")
	times, err := strconv.ParseInt(count, 10, 64)
	if err != nil || times < 1 {
		panic(fmt.Sprintf("%s=%q: write it like committed:3", faultPointVariable, text))
	}
	arm := make(chan os.Signal, 1)
	signal.Notify(arm, unix.SIGUSR1)
	var armed atomic.Bool
	go func() {
		<-arm
		armed.Store(true)
	}()
	return func(stage string) error {
		if stage != point || !armed.Load() {
			return nil
		}
		if times--; times > 0 { // commits come one after another
			return nil
		}
		if err := unix.Kill(os.Getpid(), unix.SIGKILL); err != nil {
			return err
		}
		select {} // dead, a little later
	}
}
