// Package reference makes a page to read out of an OpenAPI document: a nav, the
// operations by tag, and the objects. It loads nothing from elsewhere and needs no
// script, so it works without the internet. It imports no room.
package reference

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"
)

//go:embed page.html
var pageTemplate string

// Style is the page's style sheet.
//
//go:embed style.css
var Style string

// schema is a JSON schema as far as the description uses it.
type schema struct {
	Ref         string             `json:"$ref"`
	Type        typeNames          `json:"type"`
	Description string             `json:"description"`
	Format      string             `json:"format"`
	Enum        []any              `json:"enum"`
	Const       any                `json:"const"`
	Required    []string           `json:"required"`
	Properties  map[string]*schema `json:"properties"`
	Items       *schema            `json:"items"`
	AnyOf       []*schema          `json:"anyOf"`
	OneOf       []*schema          `json:"oneOf"`
	AllOf       []*schema          `json:"allOf"`
	Minimum     *float64           `json:"minimum"`
	Maximum     *float64           `json:"maximum"`
	MaxLength   *int               `json:"maxLength"`
}

// typeNames are the member "type": one name or a list of them.
type typeNames []string

// UnmarshalJSON takes both forms.
func (t *typeNames) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*t = typeNames{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(t))
}

// content is a body in one or several forms.
type content map[string]struct {
	Schema  *schema         `json:"schema"`
	Example json.RawMessage `json:"example"`
}

type parameter struct {
	Ref         string  `json:"$ref"`
	Name        string  `json:"name"`
	In          string  `json:"in"`
	Required    bool    `json:"required"`
	Description string  `json:"description"`
	Schema      *schema `json:"schema"`
}

type response struct {
	Ref         string  `json:"$ref"`
	Description string  `json:"description"`
	Content     content `json:"content"`
}

type operation struct {
	Tags        []string               `json:"tags"`
	OperationID string                 `json:"operationId"`
	Summary     string                 `json:"summary"`
	Description string                 `json:"description"`
	Security    *[]map[string][]string `json:"security"`
	Parameters  []parameter            `json:"parameters"`
	RequestBody *response              `json:"requestBody"`
	Responses   map[string]response    `json:"responses"`

	Method, Path string
}

// NeedsKey reports whether the operation is for those with an API key.
func (o *operation) NeedsKey() bool { return o.Security == nil || len(*o.Security) > 0 }

// specification is openapi.json as far as the page shows it.
type specification struct {
	Info struct {
		Title, Version, Summary, Description string
	} `json:"info"`
	Tags []struct {
		Name, Description string
	} `json:"tags"`
	Paths      map[string]map[string]json.RawMessage `json:"paths"`
	Components struct {
		Parameters map[string]parameter `json:"parameters"`
		Responses  map[string]response  `json:"responses"`
		Schemas    map[string]*schema   `json:"schemas"`
	} `json:"components"`
}

// group is what one tag holds.
type group struct {
	Name, Description string
	Operations        []*operation
}

// methods in the order in which they are shown.
var methods = []string{"get", "post", "put", "patch", "delete"}

// groups lists the operations by tag, in the order of the tags, then by path.
func (s *specification) groups() ([]group, error) {
	byTag := map[string][]*operation{}
	for _, path := range slices.Sorted(maps.Keys(s.Paths)) {
		var shared []parameter
		if text := s.Paths[path]["parameters"]; text != nil {
			if err := json.Unmarshal(text, &shared); err != nil {
				return nil, err
			}
		}
		for _, method := range methods {
			text := s.Paths[path][method]
			if text == nil {
				continue
			}
			o := &operation{Method: strings.ToUpper(method), Path: path}
			if err := json.Unmarshal(text, o); err != nil {
				return nil, fmt.Errorf("%s %s: %w", method, path, err)
			}
			s.resolve(o, shared)
			tag := "Other"
			if len(o.Tags) > 0 {
				tag = o.Tags[0]
			}
			byTag[tag] = append(byTag[tag], o)
		}
	}
	var groups []group
	for _, tag := range s.Tags {
		if list := byTag[tag.Name]; list != nil {
			groups = append(groups, group{tag.Name, tag.Description, list})
			delete(byTag, tag.Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(byTag)) {
		groups = append(groups, group{Name: name, Operations: byTag[name]})
	}
	return groups, nil
}

// resolve puts what the operation refers to in place of the references; schemas
// stay, as links.
func (s *specification) resolve(o *operation, shared []parameter) {
	o.Parameters = append(slices.Clone(shared), o.Parameters...)
	for i, p := range o.Parameters {
		if p.Ref != "" {
			o.Parameters[i] = s.Components.Parameters[lastOf(p.Ref)]
		}
	}
	for status, r := range o.Responses {
		if r.Ref != "" {
			o.Responses[status] = s.Components.Responses[lastOf(r.Ref)]
		}
	}
}

// lastOf is the name at the end of a reference.
func lastOf(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }

// Words describes a schema in a few words: "text or null", "list of Port".
func (s *schema) Words() template.HTML {
	if s == nil {
		return ""
	}
	var words []string
	switch {
	case s.Ref != "":
		name := template.HTMLEscapeString(lastOf(s.Ref))
		words = append(words, `<a href="#schema-`+name+`">`+name+`</a>`)
	case s.Items != nil:
		words = append(words, "list of "+string(s.Items.Words()))
	case len(s.Enum) > 0:
		for _, v := range s.Enum {
			text, _ := json.Marshal(v) // it came from JSON
			words = append(words, "<code>"+template.HTMLEscapeString(string(text))+"</code>")
		}
	}
	for _, one := range slices.Concat(s.AnyOf, s.OneOf, s.AllOf) {
		words = append(words, string(one.Words()))
	}
	for _, name := range s.Type {
		if said := name == "array" && s.Items != nil || len(s.Enum) > 0; !said {
			words = append(words, typeWord(name))
		}
	}
	if s.Const != nil {
		words = append(words, fmt.Sprintf("<code>%s</code>", template.HTMLEscapeString(fmt.Sprint(s.Const))))
	}
	//nolint:gosec // every part was escaped above
	return template.HTML(strings.Join(words, " or ") + s.bounds())
}

func (s *schema) bounds() string {
	var b strings.Builder
	if s.Format != "" {
		b.WriteString(", " + template.HTMLEscapeString(s.Format))
	}
	if s.Minimum != nil {
		fmt.Fprintf(&b, ", from %v", *s.Minimum)
	}
	if s.Maximum != nil {
		fmt.Fprintf(&b, ", to %v", int64(*s.Maximum))
	}
	if s.MaxLength != nil {
		fmt.Fprintf(&b, ", at most %d characters", *s.MaxLength)
	}
	return b.String()
}

func typeWord(name string) string {
	switch name {
	case "string":
		return "text"
	case "boolean":
		return "true or false"
	case "array":
		return "list"
	}
	return template.HTMLEscapeString(name)
}

// Member is one line of an object's table.
type Member struct {
	Name     string
	Required bool
	Of       *schema
	Depth    int
}

// Members lists the members of an object, those of objects inside it below
// them.
func (s *schema) Members() []Member { return s.members(0) }

func (s *schema) members(depth int) []Member {
	if s == nil {
		return nil
	}
	var list []Member
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		of := s.Properties[name]
		list = append(list, Member{name, slices.Contains(s.Required, name), of, depth})
		list = append(list, of.members(depth+1)...)
	}
	for _, inner := range append([]*schema{s.Items}, slices.Concat(s.AllOf, s.AnyOf, s.OneOf)...) {
		list = append(list, inner.members(depth+1)...)
	}
	return list
}

// paragraphs makes HTML of the little Markdown that descriptions have: blank
// lines and `code`.
func paragraphs(text string) template.HTML {
	var b strings.Builder
	for p := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		if strings.HasPrefix(p, "    ") {
			b.WriteString("<pre><code>" + template.HTMLEscapeString(strings.ReplaceAll(p[4:], "\n    ", "\n")) + "</code></pre>")
			continue
		}
		b.WriteString("<p>")
		for i, part := range strings.Split(template.HTMLEscapeString(p), "`") {
			if i%2 == 1 {
				part = "<code>" + part + "</code>"
			}
			b.WriteString(part)
		}
		b.WriteString("</p>")
	}
	//nolint:gosec // escaped part by part
	return template.HTML(b.String())
}

// indented lays out the JSON of an example.
func indented(example json.RawMessage) (string, error) {
	var b bytes.Buffer
	err := json.Indent(&b, example, "", "  ")
	return b.String(), err
}

// Page makes the page of an OpenAPI document in JSON; style is where its style
// sheet is.
func Page(openAPI []byte, style string) ([]byte, error) {
	var s specification
	if err := json.Unmarshal(openAPI, &s); err != nil {
		return nil, err
	}
	groups, err := s.groups()
	if err != nil {
		return nil, err
	}
	page, err := template.New("reference").Funcs(template.FuncMap{"paragraphs": paragraphs, "indent": strings.Repeat, "indented": indented}).Parse(pageTemplate)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = page.Execute(&b, map[string]any{"Info": s.Info, "Groups": groups, "Schemas": s.Components.Schemas, "Style": style})
	return b.Bytes(), err
}
