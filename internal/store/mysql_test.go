package store

import (
	"errors"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
)

func TestMySQLConfigSetsWhatTheServiceReliesOn(t *testing.T) {
	config, err := mysqlConfig("u:p@tcp(db.example:3307)/name?parseTime=false&loc=Local&multiStatements=true"+
		"&interpolateParams=false&charset=latin1&collation=latin1_swedish_ci&readTimeout=7s&tls=true", DefaultDBLimits)
	if err != nil {
		t.Fatal(err)
	}
	if !config.ParseTime || config.Loc != time.UTC || !config.InterpolateParams || config.MultiStatements || !config.ClientFoundRows {
		t.Errorf("flags: got %+v", config)
	}
	if config.Collation != "" || config.Timeout != DefaultDBLimits.DialTimeout || config.ReadTimeout != 7*time.Second || config.WriteTimeout != DefaultDBLimits.ReadTimeout {
		t.Errorf("collation and time limits: got %q %v %v %v", config.Collation, config.Timeout, config.ReadTimeout, config.WriteTimeout)
	}
	if config.TLS == nil || config.TLS.InsecureSkipVerify || config.TLS.ServerName != "db.example" {
		t.Errorf("TLS: got %+v, want it to verify db.example", config.TLS)
	}
}

func TestScrubTakesValuesOut(t *testing.T) {
	for _, c := range []struct {
		number    uint16
		got, want string
	}{
		{1062, "Duplicate entry '+4477'00' for key 'user.phone'", "Duplicate entry … for key 'user.phone'"},
		{1062, "Duplicate entry 'x for key y' for key 'k'", "Duplicate entry … for key 'k'"},
		{1064, "You have an error near '+4477' at line 1", "You have an error near … at line 1"},
		{1213, "Deadlock found", "Deadlock found"},
		{1366, "Incorrect value: '", "Incorrect value: …"},
	} {
		err := scrub(&mysql.MySQLError{Number: c.number, SQLState: [5]byte{'2', '3', '0', '0', '0'}, Message: c.got})
		var my *mysql.MySQLError
		if !errors.As(err, &my) || my.Message != c.want || my.Number != c.number || my.SQLState[0] != '2' {
			t.Errorf("scrub(%q): got %v, want %q", c.got, err, c.want)
		}
	}
	if got := scrub(mysql.ErrInvalidConn); got != mysql.ErrInvalidConn {
		t.Errorf("another error: got %v, want it as it was", got)
	}
	if got := scrub(nil); got != nil {
		t.Errorf("no error: got %v", got)
	}
}
