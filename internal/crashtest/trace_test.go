package crashtest

import (
	"bufio"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A tracer changes what system calls of the running server do, from outside
// and without a change of the program.
type tracer struct {
	strace *exec.Cmd
	done   chan struct{}
}

// trace attaches to the server: from now on calls of these names that touch
// one of the files suffer the fault, which is in the words of strace's
// --inject: error=EIO, signal=KILL:when=3.
func trace(t *testing.T, s *server, files []string, calls, fault string) *tracer {
	t.Helper()
	args := []string{"-f", "-p", strconv.Itoa(s.process.Process.Pid), "-e", "trace=" + calls, "-e", "inject=" + calls + ":" + fault, "-o", os.DevNull}
	for _, file := range files {
		args = append(args, "-P", file)
	}
	x := &tracer{strace: exec.Command("strace", args...), done: make(chan struct{})}
	said, err := x.strace.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := x.strace.Start(); err != nil {
		t.Fatal(err)
	}
	attached, all := make(chan struct{}), []string{}
	go func() {
		defer close(x.done)
		lines := bufio.NewScanner(said)
		for lines.Scan() {
			if all = append(all, lines.Text()); strings.Contains(lines.Text(), "attached") && len(all) == 1 {
				close(attached)
			}
		}
		_ = x.strace.Wait() // it ends with the server, or by detach
	}()
	select {
	case <-attached:
	case <-x.done:
		if s.alive() {
			t.Fatalf("strace did not attach: %s", strings.Join(all, "\n"))
		}
	case <-time.After(20 * time.Second):
		t.Fatal("strace did not attach in 20 s")
	}
	return x
}

// detach lets the server go on unharmed.
func (x *tracer) detach(t *testing.T) {
	t.Helper()
	_ = x.strace.Process.Signal(syscall.SIGTERM) // it may be gone with the server
	select {
	case <-x.done:
		return
	case <-time.After(3 * time.Second):
	}
	// Now and then strace waits for a thread that never stops for it. When a
	// tracer dies, the kernel lets go of what it traced.
	_ = x.strace.Process.Kill()
	select {
	case <-x.done:
	case <-time.After(20 * time.Second):
		t.Error("strace did not end in 20 s")
	}
}
