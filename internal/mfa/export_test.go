package mfa

import (
	"context"
	"sync/atomic"
)

// Compared counts the comparisons with codes of a secret from now on.
func (f *Factors) Compared() *atomic.Int64 {
	n := new(atomic.Int64)
	inner := f.matches
	f.matches = func(secret []byte, step int64, code string) bool {
		n.Add(1)
		return inner(secret, step, code)
	}
	return n
}

// BeforeAccept has do run after a code was found right and before that is noted.
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

// ResealAll is a pass of Reseal.
func (f *Factors) ResealAll(ctx context.Context) error {
	for _, mark := range f.marks[1:] {
		if err := f.resealAll(ctx, mark); err != nil {
			return err
		}
	}
	return nil
}

var Matches = matches
