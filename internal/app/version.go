package app

import (
	"runtime/debug"

	"golang.org/x/sys/unix"
)

// linkedVersion is set by the linker (-X) in releases.
var linkedVersion = ""

// Version is that of the program: the release, else the commit it was built
// from, else "devel".
func Version() string {
	if linkedVersion != "" {
		return linkedVersion
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "devel-" + s.Value[:12]
		}
	}
	return "devel"
}

// fileLimit is how many files and sockets the process may have open. The Go
// runtime raises it to the hard limit at the start.
func fileLimit() uint64 {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	return limit.Cur
}
