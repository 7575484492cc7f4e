// Command tstypes writes the types of requests and responses in user.api as TypeScript, for
// clients/ts. It reads the layout that goctl's formatter produces: one field per line.
package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"os"
	"regexp"
	"strings"
)

var (
	open  = regexp.MustCompile(`^\t([A-Z]\w*) \{$`)
	field = regexp.MustCompile("^\t\t[A-Z]\\w* +(\\S+) +`json:\"(\\w+)((?:,[^\"]*)?)\"`(?: // (.*))?$")
	// other matches fields outside of the body.
	other = regexp.MustCompile("`(path|form|header):")
)

// basic maps types to those of TypeScript. An id is a number: those of this service are
// less than 2^53.
var basic = map[string]string{
	"string": "string", "bool": "boolean", "int": "number", "int64": "number",
	"interface{}": "unknown", "map[string]interface{}": "Record<string, unknown>",
}

func main() {
	log.SetFlags(0)
	if err := write(os.Stdout, os.Stdin); err != nil {
		log.Fatal("tstypes: ", err)
	}
}

// write writes an interface for each type with a body.
func write(w io.Writer, r io.Reader) error {
	out := bufio.NewWriter(w)
	fmt.Fprint(out, "// Code generated from user.api by tools/tstypes. DO NOT EDIT.\n")
	name, lines := "", []string(nil)
	for in := bufio.NewScanner(r); in.Scan(); {
		line := in.Text()
		switch begin := open.FindStringSubmatch(line); {
		case begin != nil:
			name, lines = begin[1], nil
		case name == "" || other.MatchString(line):
		case line == "\t}":
			if len(lines) > 0 {
				fmt.Fprintf(out, "\nexport interface %s {\n%s}\n", name, strings.Join(lines, ""))
			}
			name = ""
		default:
			text, err := member(line)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			lines = append(lines, text)
		}
	}
	return out.Flush()
}

// member converts a field.
func member(line string) (string, error) {
	parts := field.FindStringSubmatch(line)
	if parts == nil {
		return "", fmt.Errorf("this is not a field: %q", line)
	}
	mark, comment := "", ""
	if options := parts[3]; strings.Contains(options, "optional") || strings.Contains(options, "omitempty") || strings.Contains(options, "default=") {
		mark = "?"
	}
	if parts[4] != "" {
		comment = "  /** " + parts[4] + " */\n"
	}
	return fmt.Sprintf("%s  %s%s: %s\n", comment, parts[2], mark, script(parts[1])), nil
}

// script converts a type.
func script(name string) string {
	name = strings.TrimPrefix(name, "*")
	if of, ok := strings.CutPrefix(name, "[]"); ok {
		return script(of) + "[]"
	}
	if known, ok := basic[name]; ok {
		return known
	}
	return name
}
