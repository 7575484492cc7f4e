package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// The values of Telemetry.Batcher, as go-zero names them.
const (
	BatcherOtlpGrpc = "otlpgrpc"
	BatcherOtlpHttp = "otlphttp"
	BatcherFile     = "file"
)

type (
	// Telemetry is go-zero's block of OpenTelemetry. Without an Endpoint there are no
	// spans.
	Telemetry struct {
		// Name is the service's name in spans; empty means Name.
		Name string `json:",optional"`
		// Endpoint is host:port for otlpgrpc and otlphttp, the path of a file for file.
		Endpoint string `json:",optional"`
		// Sampler is the share of requests that make spans, 0 to 1, but for those of a
		// trusted proxy that has decided.
		Sampler float64 `json:",default=1.0"`
		// Batcher is where spans go: otlpgrpc, otlphttp or file. go-zero's zipkin is not
		// here: OpenTelemetry has given its exporter up, and Zipkin takes OTLP.
		Batcher string `json:",default=otlpgrpc"`
		// OtlpHeaders are sent along, as a collector's key. The variable has them as
		// OpenTelemetry writes them: name=value,name=value, escaped as in an address.
		OtlpHeaders Headers `json:",optional,env=OTEL_EXPORTER_OTLP_HEADERS"`
		// OtlpHttpPath is the path for otlphttp; empty means /v1/traces.
		OtlpHttpPath string `json:",optional"`
		// OtlpHttpSecure makes otlphttp speak TLS.
		OtlpHttpSecure bool `json:",optional"`
		// Disabled switches all of it off.
		Disabled bool `json:",optional"`
	}

	// Headers are names and values; the values may be secrets.
	Headers map[string]string
)

// parseHeaders reads what the variable has. The error shows no value.
func parseHeaders(text string) (Headers, error) {
	headers := Headers{}
	for pair := range strings.SplitSeq(text, ",") {
		name, value, ok := strings.Cut(pair, "=")
		value, err := url.PathUnescape(value)
		if name == "" || !ok || err != nil {
			return nil, errors.New("must be name=value, with commas between such pairs, and values escaped as in an address")
		}
		headers[name] = value
	}
	return headers, nil
}

// On reports whether spans are made.
func (t Telemetry) On() bool { return !t.Disabled && t.Endpoint != "" }

func (t Telemetry) check(k *checker) {
	if t.Sampler < 0 || t.Sampler > 1 {
		k.add("Telemetry.Sampler", "must be 0 to 1, is %v", t.Sampler)
	}
	k.option("Telemetry.Batcher", t.Batcher, BatcherOtlpGrpc, BatcherOtlpHttp, BatcherFile)
	if t.OtlpHttpPath != "" && !strings.HasPrefix(t.OtlpHttpPath, "/") {
		k.add("Telemetry.OtlpHttpPath", "must begin with /, is %q", t.OtlpHttpPath)
	}
	if t.On() && t.Batcher != BatcherFile && (strings.Contains(t.Endpoint, "/") || !strings.Contains(t.Endpoint, ":")) {
		k.add("Telemetry.Endpoint", "must be host:port for %s, is %q", t.Batcher, t.Endpoint)
	}
}

// Format prints the names alone, whatever the verb.
func (h Headers) Format(s fmt.State, _ rune) { format(s, h) }

// MarshalJSON masks the values.
func (h Headers) MarshalJSON() ([]byte, error) {
	shown := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(h)) {
		shown[name] = mask
	}
	return json.Marshal(shown)
}
