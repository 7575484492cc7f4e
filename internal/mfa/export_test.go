package mfa

import (
	"context"
	"sync/atomic"
)

// Compared counts the comparisons from now on.
func (f *Factors) Compared() *atomic.Int64 {
	n := new(atomic.Int64)
	inner := f.matches
	f.matches = func(secret []byte, step int64, code string) bool {
		n.Add(1)
		return inner(secret, step, code)
	}
	return n
}

// BeforeAccept runs do after a code was found correct and before it is recorded.
func (f *Factors) BeforeAccept(do func()) {
	inner := f.matches
	f.matches = func(secret []byte, step int64, code string) bool {
		right := inner(secret, step, code)
		if right {
			do()
		}
		return right
	}
}

// ResealAll is one pass of Reseal.
func (f *Factors) ResealAll(ctx context.Context) error {
	for _, mark := range f.marks[1:] {
		if err := f.resealAll(ctx, mark); err != nil {
			return err
		}
	}
	return nil
}

var Matches = matches
