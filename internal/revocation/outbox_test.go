package revocation

import (
	"testing"

	"user-api/model"
)

func TestOutbox_keep(t *testing.T) {
	o := newOutbox()
	o.keep([]*model.Revocation{{UserId: 1}})
	select {
	case <-o.due:
		t.Error("entries that Redis has refused are due immediately")
	default:
	}
	o.put([]*model.Revocation{{UserId: 2}})
	select {
	case <-o.due:
	default:
		t.Error("a new entry is not due")
	}
	if n := len(o.take()); n != 2 {
		t.Errorf("%d entries, want 2", n)
	}
}
