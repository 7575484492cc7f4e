package measure_test

import (
	"net/http"
	"testing"
	"time"

	"user-api/test/attack/measure"
)

func TestAUC(t *testing.T) {
	for _, c := range []struct {
		a, b []time.Duration
		want float64
	}{
		{[]time.Duration{3, 4}, []time.Duration{1, 2}, 1},
		{[]time.Duration{1, 2}, []time.Duration{3, 4}, 0},
		{[]time.Duration{1, 2}, []time.Duration{1, 2}, 0.5},
		{[]time.Duration{1, 3}, []time.Duration{2}, 0.5},
	} {
		if got := measure.AUC(c.a, c.b); got != c.want {
			t.Errorf("AUC(%v, %v) = %v, want %v", c.a, c.b, got, c.want)
		}
	}
	if got := measure.Median([]time.Duration{9, 1, 5}); got != 5 {
		t.Errorf("Median = %v, want 5", got)
	}
}

func TestShape(t *testing.T) {
	header := http.Header{"Date": {"now"}}
	same := measure.Shape(401, header, []byte(`{"code":"a","requestId":"12"}`))
	if got := measure.Shape(401, http.Header{"Date": {"later"}}, []byte(`{"requestId":"34","code":"a"}`)); got != same {
		t.Errorf("%s and %s, want one shape", got, same)
	}
	for name, other := range map[string]string{
		"the status":     measure.Shape(403, header, []byte(`{"code":"a","requestId":"12"}`)),
		"a header":       measure.Shape(401, http.Header{"Date": nil, "Retry-After": nil}, []byte(`{"code":"a","requestId":"12"}`)),
		"the code":       measure.Shape(401, header, []byte(`{"code":"b","requestId":"12"}`)),
		"a field":        measure.Shape(401, header, []byte(`{"code":"a","requestID":"12"}`)),
		"a field's type": measure.Shape(401, header, []byte(`{"code":"a","requestId":1234}`)),
		"white space":    measure.Shape(401, header, []byte(`{"code":"a", "requestId":"12"}`)),
	} {
		if other == same {
			t.Errorf("%s makes no difference: %s", name, other)
		}
	}
}
