//go:build !linux

package bench

import (
	"errors"
	"time"
)

// Memory is what processes hold, in KiB.
type Memory struct {
	Resident     int64 `json:"residentKiB"`
	Proportional int64 `json:"proportionalKiB"`
}

func (m Memory) minus(o Memory) Memory {
	return Memory{m.Resident - o.Resident, m.Proportional - o.Proportional}
}

var errNoProc = errors.New("processor time and memory of a server can be read on Linux only")

func processorTime(pids []int) (time.Duration, error) {
	if len(pids) == 0 {
		return 0, nil
	}
	return 0, errNoProc
}

func memoryOf(pids []int) (Memory, error) {
	if len(pids) == 0 {
		return Memory{}, nil
	}
	return Memory{}, errNoProc
}
