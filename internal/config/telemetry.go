package config

import (
	"encoding/json"
	"fmt"
	"maps"
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
		// OtlpHeaders are sent along, as a collector's key.
		OtlpHeaders Headers `json:",optional"`
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
