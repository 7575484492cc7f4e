package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestSummary(t *testing.T) {
	rows := []struct {
		name                    string
		events                  []string
		passed, failed, skipped int
		prints                  string
	}{
		{
			name: "a passing package is one line",
			events: []string{
				`{"Action":"run","Package":"p","Test":"TestA"}`,
				`{"Action":"output","Package":"p","Test":"TestA","Output":"chatter\n"}`,
				`{"Action":"pass","Package":"p","Test":"TestA/sub"}`,
				`{"Action":"pass","Package":"p","Test":"TestA"}`,
				`{"Action":"output","Package":"p","Output":"PASS\n"}`,
				`{"Action":"output","Package":"p","Output":"ok  \tp\t1s\n"}`,
				`{"Action":"pass","Package":"p"}`,
			},
			passed: 1, prints: "ok  \tp\t1s\n",
		},
		{
			name: "a failing test is told and counted once, not again with its package",
			events: []string{
				`{"Action":"output","Package":"p","Test":"TestA/sub","Output":"got 1, want 2\n"}`,
				`{"Action":"fail","Package":"p","Test":"TestA/sub"}`,
				`{"Action":"fail","Package":"p","Test":"TestA"}`,
				`{"Action":"fail","Package":"p"}`,
			},
			failed: 1, prints: "got 1, want 2\n",
		},
		{
			name: "a package that panics is a failure and tells what was under way",
			events: []string{
				`{"Action":"output","Package":"p","Test":"TestA","Output":"panic: boom\n"}`,
				`{"Action":"fail","Package":"p"}`,
			},
			failed: 1, prints: "panic: boom\n",
		},
		{
			name: "a package that does not build is a failure",
			events: []string{
				`{"ImportPath":"p","Action":"build-output","Output":"p.go:1: no\n"}`,
				`{"ImportPath":"p","Action":"build-fail"}`,
				`{"Action":"fail","Package":"p","FailedBuild":"p"}`,
			},
			failed: 1, prints: "p.go:1: no\n",
		},
		{
			name: "a skipped subtest is named and counted although its test passed",
			events: []string{
				`{"Action":"skip","Package":"p","Test":"TestA/mysql"}`,
				`{"Action":"pass","Package":"p","Test":"TestA"}`,
			},
			passed: 1, skipped: 1, prints: "SKIP p TestA/mysql\n",
		},
		{
			name:   "a package without tests counts as nothing",
			events: []string{`{"Action":"skip","Package":"p"}`},
		},
		{
			name:   "a line that is no event is printed",
			events: []string{"go: cannot find main module"},
			prints: "go: cannot find main module\n",
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			var out bytes.Buffer
			s := newSummary(&out)
			if err := s.read(strings.NewReader(strings.Join(row.events, "\n") + "\n")); err != nil {
				t.Fatal(err)
			}
			got, want := [3]int{s.passed, s.failed, s.skipped}, [3]int{row.passed, row.failed, row.skipped}
			if got != want {
				t.Errorf("passed, failed, skipped: got %v, want %v", got, want)
			}
			if out.String() != row.prints {
				t.Errorf("printed %q, want %q", out.String(), row.prints)
			}
		})
	}
}
