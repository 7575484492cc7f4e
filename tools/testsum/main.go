// Command testsum reads the output of go test -json on its standard input,
// prints one line per package and everything that failing tests said, and
// counts test functions. It writes "passed failed skipped" to the file named by
// its argument and exits with 1 unless something passed and nothing failed or
// was skipped.
//
//	go test -json ./... | testsum counts
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// event is a line of go test -json; see go doc test2json.
type event struct {
	Action     string
	Package    string
	ImportPath string // in place of Package while building
	Test       string
	Output     string
}

// summary collects events. Subtests belong to their test function, except that
// each skipped one counts as skipped: a skip must not hide in a test that passed.
type summary struct {
	out                     io.Writer
	passed, failed, skipped int
	said                    map[string]*strings.Builder // by package and test, until either ends
	failedIn                map[string]bool             // packages with a failed test
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go test -json ./... | testsum COUNTS_FILE")
		os.Exit(2)
	}
	s := newSummary(os.Stdout)
	err := s.read(os.Stdin)
	counts := fmt.Sprintln(s.passed, s.failed, s.skipped)
	if err = errors.Join(err, os.WriteFile(os.Args[1], []byte(counts), 0o644)); err != nil {
		fmt.Fprintln(os.Stderr, "testsum:", err)
		os.Exit(1)
	}
	if s.passed == 0 || s.failed > 0 || s.skipped > 0 {
		os.Exit(1)
	}
}

func newSummary(out io.Writer) *summary {
	return &summary{out: out, said: map[string]*strings.Builder{}, failedIn: map[string]bool{}}
}

// read takes events until the end of input. A line that is no event is printed as it is.
func (s *summary) read(in io.Reader) error {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			var e event
			if json.Unmarshal([]byte(line), &e) == nil && e.Action != "" {
				s.add(e)
			} else {
				fmt.Fprint(s.out, line)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (s *summary) add(e event) {
	switch {
	case e.Action == "build-output":
		fmt.Fprint(s.out, e.Output)
	case e.Action == "output":
		s.hear(e)
	case e.Test == "":
		s.endPackage(e)
	default:
		s.endTest(e)
	}
}

func (s *summary) hear(e event) {
	key := e.Package + " " + e.Test
	if s.said[key] == nil {
		s.said[key] = &strings.Builder{}
	}
	s.said[key].WriteString(e.Output)
}

// endTest counts a test's result and prints what it said, if that matters.
func (s *summary) endTest(e event) {
	function := !strings.Contains(e.Test, "/")
	switch e.Action {
	case "pass":
		if function {
			s.passed++
		}
	case "fail":
		s.failedIn[e.Package] = true
		if function {
			s.failed++
		}
		s.tell(e)
	case "skip":
		s.skipped++
		fmt.Fprintf(s.out, "SKIP %s %s\n", e.Package, e.Test)
		s.tell(e)
	default: // run, pause, cont: it goes on
		return
	}
	delete(s.said, e.Package+" "+e.Test)
}

// endPackage prints a package's result. A package that fails by itself (it does
// not build, it panics, it runs out of time) counts as one failure, with the
// last words of the tests that were under way.
func (s *summary) endPackage(e event) {
	switch e.Action {
	case "pass":
		said := strings.TrimRight(s.text(e), "\n")
		fmt.Fprintln(s.out, said[strings.LastIndex(said, "\n")+1:])
	case "fail":
		if !s.failedIn[e.Package] {
			s.failed++
		}
		for key := range s.said {
			if pkg, test, _ := strings.Cut(key, " "); pkg == e.Package && test != "" {
				s.tell(event{Package: pkg, Test: test})
				delete(s.said, key)
			}
		}
		s.tell(e)
	case "skip": // no test files
	default:
		return
	}
	delete(s.said, e.Package+" ")
}

func (s *summary) tell(e event) { fmt.Fprint(s.out, s.text(e)) }

func (s *summary) text(e event) string {
	if said := s.said[e.Package+" "+e.Test]; said != nil {
		return said.String()
	}
	return ""
}
