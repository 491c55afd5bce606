package bench

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"
)

// tick is the unit of processor time in /proc; Linux shows 100 a second to
// programs on every architecture that Go knows.
const tick = 10 * time.Millisecond

// processorTime returns what the processes have used, in user mode and in the
// kernel.
func processorTime(pids []int) (time.Duration, error) {
	var sum time.Duration
	for _, pid := range pids {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			return 0, fmt.Errorf("reading the processor time of process %d: %w", pid, err)
		}
		// The name stands in parentheses and may hold anything, spaces too.
		fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
		for _, i := range [...]int{11, 12} { // utime, stime (proc(5))
			n, err := strconv.ParseInt(string(fields[i]), 10, 64)
			if err != nil {
				return 0, fmt.Errorf("reading the processor time of process %d: %w", pid, err)
			}
			sum += time.Duration(n) * tick
		}
	}
	return sum, nil
}

// Memory is what processes hold, in KiB.
type Memory struct {
	// Resident counts every page; Proportional divides those that processes
	// share.
	Resident     int64 `json:"residentKiB"`
	Proportional int64 `json:"proportionalKiB"`
}

func (m Memory) minus(o Memory) Memory {
	return Memory{m.Resident - o.Resident, m.Proportional - o.Proportional}
}

// memoryOf returns what the processes hold.
func memoryOf(pids []int) (Memory, error) {
	var sum Memory
	for _, pid := range pids {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
		if err != nil {
			return Memory{}, fmt.Errorf("reading the memory of process %d: %w", pid, err)
		}
		for line := range bytes.Lines(text) {
			name, rest, _ := bytes.Cut(line, []byte(":"))
			fields := bytes.Fields(rest)
			if len(fields) != 2 {
				continue
			}
			n, err := strconv.ParseInt(string(fields[0]), 10, 64)
			if err != nil {
				return Memory{}, fmt.Errorf("reading the memory of process %d: %w", pid, err)
			}
			switch string(name) {
			case "Rss":
				sum.Resident += n
			case "Pss":
				sum.Proportional += n
			}
		}
	}
	return sum, nil
}
