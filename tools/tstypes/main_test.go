package main

import (
	"strings"
	"testing"
)

func TestWrite(t *testing.T) {
	const api = `
type (
	Order {
		Id    int64    ` + "`json:\"id\"`" + `
		Note  *string  ` + "`json:\"note,optional\"`" + ` // of the buyer
		Lines []Line   ` + "`json:\"lines,omitempty\"`" + `
		More  map[string]interface{} ` + "`json:\"more\"`" + `
		Page  int      ` + "`form:\"page\"`" + `
	}
	OrderReq {
		Id int64 ` + "`path:\"id\"`" + `
	}
)
`
	const want = `// Code generated from user.api by tools/tstypes. DO NOT EDIT.

export interface Order {
  id: number
  /** of the buyer */
  note?: string
  lines?: Line[]
  more: Record<string, unknown>
}
`
	var got strings.Builder
	if err := write(&got, strings.NewReader(api)); err != nil {
		t.Fatal(err)
	}
	if got.String() != want {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
}

// A line that is not understood is an error, so that no type lacks a field.
func TestWrite_strange(t *testing.T) {
	for _, line := range []string{"\t\tId int64", "\t\tBase", "\t\tIn { A int `json:\"a\"` }"} {
		if err := write(new(strings.Builder), strings.NewReader("\tOrder {\n"+line+"\n\t}\n")); err == nil {
			t.Errorf("%q is no error", line)
		}
	}
}
