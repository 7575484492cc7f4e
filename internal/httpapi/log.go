package httpapi

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"strings"

	"github.com/zeromicro/go-zero/core/logx"
)

var logLevels = map[string]uint32{
	"debug":  logx.DebugLevel,
	"info":   logx.InfoLevel,
	"error":  logx.ErrorLevel,
	"severe": logx.SevereLevel,
}

// SetUpLog makes logx and the standard library's log write to w through a
// Redactor. level is debug, info, error or severe; encoding is json or plain.
// It must be the first to set logx up, as the encoding cannot be changed later,
// and logx.Close (which rest.Server.Stop calls) undoes it.
func SetUpLog(w io.Writer, level, encoding string) error {
	number, ok := logLevels[level]
	if !ok {
		return fmt.Errorf("httpapi: log level %q is not debug, info, error or severe", level)
	}
	if encoding != "json" && encoding != "plain" {
		return fmt.Errorf("httpapi: log encoding %q is not json or plain", encoding)
	}
	// Stat is left off: lines about CPU and memory each minute say nothing
	// that the metrics do not.
	if err := logx.SetUp(logx.LogConf{Mode: "console", Encoding: encoding, Level: level}); err != nil {
		return fmt.Errorf("httpapi: set up log: %w", err)
	}
	redactor := NewRedactor(w)
	logx.SetLevel(number)
	logx.SetWriter(logx.NewWriter(redactor))
	log.SetOutput(redactor)
	return nil
}

// ServerLog is for http.Server.ErrorLog.
func ServerLog() *log.Logger {
	return log.New(serverLog{}, "", 0)
}

// serverLog writes each line of net/http to logx.
type serverLog struct{}

func (serverLog) Write(p []byte) (int, error) {
	line := string(bytes.TrimSpace(p))
	// Any scanner that speaks no TLS makes one of these.
	if strings.HasPrefix(line, "http: TLS handshake error") {
		logx.Debug(line)
	} else {
		logx.Error(line)
	}
	return len(p), nil
}
