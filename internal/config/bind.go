package config

import (
	"flag"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The commands that a setting can belong to.
const (
	OnAll   = "all"
	OnServe = "serve"
)

// Setting describes one field of Config.
type Setting struct {
	Name     string // of the flag
	Variable string // of the environment
	On       string // OnAll or OnServe
	Default  string
	OneOf    []string // nil for any value
	Help     string
	Type     string // "text", "true or false", "number", "duration", "list"
	index    int
}

// Settings lists every setting in the order of the struct.
func Settings() []Setting {
	t := reflect.TypeFor[Config]()
	list := make([]Setting, 0, t.NumField())
	for i := range t.NumField() {
		f := t.Field(i)
		s := Setting{
			Name:    f.Tag.Get("name"),
			On:      f.Tag.Get("on"),
			Default: f.Tag.Get("default"),
			Help:    f.Tag.Get("help"),
			Type:    typeName(f.Type),
			index:   i,
		}
		s.Variable = "CHARGEYARD_" + strings.ToUpper(strings.ReplaceAll(s.Name, "-", "_"))
		if words := f.Tag.Get("oneof"); words != "" {
			s.OneOf = strings.Split(words, ",")
		}
		list = append(list, s)
	}
	return list
}

func typeName(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[bool]():
		return "true or false"
	case reflect.TypeFor[int]():
		return "number"
	case reflect.TypeFor[time.Duration]():
		return "duration"
	case reflect.TypeFor[string]():
		return "text"
	default:
		return "list"
	}
}

// Default returns the settings of a server that was told nothing.
func Default() *Config {
	c := &Config{}
	for _, s := range Settings() {
		v := value{s, reflect.ValueOf(c).Elem().Field(s.index)}
		if err := v.Set(s.Default); err != nil {
			panic("config: default of " + s.Name + ": " + err.Error()) // the tests set every default
		}
	}
	return c
}

// Bind adds the flags of the settings on that belong to one of the given
// groups (OnAll, OnServe) to a flag set; parsing it writes to c.
func (c *Config) Bind(flags *flag.FlagSet, groups ...string) {
	for _, s := range Settings() {
		if slices.Contains(groups, s.On) {
			flags.Var(&value{s, reflect.ValueOf(c).Elem().Field(s.index)}, s.Name, s.usage())
		}
	}
}

// FromEnvironment takes the CHARGEYARD_* variables that look up finds, except
// for the settings whose flag was given. The error names the variable.
func (c *Config) FromEnvironment(lookup func(string) (string, bool), flagGiven func(name string) bool) error {
	for _, s := range Settings() {
		text, found := lookup(s.Variable)
		if !found || flagGiven(s.Name) {
			continue
		}
		v := value{s, reflect.ValueOf(c).Elem().Field(s.index)}
		if err := v.Set(text); err != nil {
			return fmt.Errorf("%s: %w", s.Variable, err)
		}
	}
	return nil
}

func (s *Setting) usage() string {
	text := s.Help
	if s.OneOf != nil {
		text += " One of " + strings.Join(s.OneOf, ", ") + "."
	}
	return text
}

// value is a field of Config as a flag.Value.
type value struct {
	setting Setting
	field   reflect.Value
}

// IsBoolFlag lets --strict stand alone.
func (v *value) IsBoolFlag() bool { return v.field.IsValid() && v.field.Kind() == reflect.Bool }

// String returns the value in the form that Set takes.
func (v *value) String() string {
	if !v.field.IsValid() {
		return ""
	}
	switch x := v.field.Interface().(type) {
	case []netip.Prefix:
		words := make([]string, len(x))
		for i, p := range x {
			words[i] = p.String()
		}
		return strings.Join(words, ",")
	case []string:
		return strings.Join(x, ",")
	case time.Duration:
		return shortDuration(x)
	default:
		return fmt.Sprint(x)
	}
}

// Set parses text into the field.
func (v *value) Set(text string) error {
	parsed, err := parse(v.field.Type(), text)
	if err != nil {
		return err
	}
	if v.setting.OneOf != nil && !slices.Contains(v.setting.OneOf, text) {
		return fmt.Errorf("%q is none of %s", text, strings.Join(v.setting.OneOf, ", "))
	}
	v.field.Set(reflect.ValueOf(parsed))
	return nil
}

func parse(t reflect.Type, text string) (any, error) {
	switch t {
	case reflect.TypeFor[bool]():
		b, err := strconv.ParseBool(text)
		if err != nil {
			return nil, fmt.Errorf("%q is neither true nor false", text)
		}
		return b, nil
	case reflect.TypeFor[int]():
		n, err := strconv.Atoi(text)
		if err != nil {
			return nil, fmt.Errorf("%q is no whole number", text)
		}
		return n, nil
	case reflect.TypeFor[time.Duration]():
		d, err := time.ParseDuration(text)
		if err != nil {
			return nil, fmt.Errorf("%q is no duration; write it like 90s, 10m or 24h", text)
		}
		return d, nil
	case reflect.TypeFor[[]netip.Prefix]():
		return parsePrefixes(text)
	case reflect.TypeFor[[]string]():
		return splitList(text), nil
	default:
		return text, nil
	}
}

// parsePrefixes reads networks and single addresses, separated by commas.
func parsePrefixes(text string) ([]netip.Prefix, error) {
	var list []netip.Prefix
	for _, word := range splitList(text) {
		if p, err := netip.ParsePrefix(word); err == nil {
			list = append(list, p.Masked())
			continue
		}
		a, err := netip.ParseAddr(word)
		if err != nil {
			return nil, fmt.Errorf("%q is neither an address nor a network; write it like 10.0.0.5 or 10.0.0.0/8", word)
		}
		list = append(list, netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()))
	}
	return list, nil
}

func splitList(text string) []string {
	var list []string
	for word := range strings.SplitSeq(text, ",") {
		if word = strings.TrimSpace(word); word != "" {
			list = append(list, word)
		}
	}
	return list
}

// shortDuration writes 10m instead of 10m0s.
func shortDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
