package provision

import (
	"fmt"
	"strings"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// maxProblems bounds how many bad rows are told at once.
const maxProblems = 50

// problems collects what is wrong with a file, each with its place and fix.
type problems struct {
	lines []string
	more  int
}

func (p *problems) add(path, format string, args ...any) {
	if len(p.lines) == maxProblems {
		p.more++
		return
	}
	if path != "" {
		path += ": "
	}
	p.lines = append(p.lines, path+fmt.Sprintf(format, args...))
}

// err returns all problems as one error of kind Invalid, a line each; nil when
// there are none.
func (p *problems) err() error {
	if len(p.lines) == 0 {
		return nil
	}
	text := strings.Join(p.lines, "\n")
	if p.more > 0 {
		text += fmt.Sprintf("\nand %d more", p.more)
	}
	return &charging.Error{Kind: charging.Invalid, Msg: text}
}
