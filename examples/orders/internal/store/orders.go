// Package store keeps orders in memory, which is enough for an example. A real service has a
// goctl model here. What matters is that each order has the id of its user.
package store

import (
	"slices"
	"sync"
)

type (
	// Order is an order of a user.
	Order struct {
		ID, UserID int64
		Item       string
		Paid       bool
	}

	// Orders are the orders of all users. They are safe for concurrent use.
	Orders struct {
		mu   sync.Mutex
		last int64
		all  []Order
	}
)

// Add creates an order.
func (o *Orders) Add(userID int64, item string) Order {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last++
	order := Order{ID: o.last, UserID: userID, Item: item}
	o.all = append(o.all, order)
	return order
}

// Of returns the orders of a user, oldest first.
func (o *Orders) Of(userID int64) []Order {
	o.mu.Lock()
	defer o.mu.Unlock()
	var found []Order
	for _, order := range o.all {
		if order.UserID == userID {
			found = append(found, order)
		}
	}
	return found
}

// Pay marks an order of a user as paid. ok is false if the user has no such order.
func (o *Orders) Pay(userID, id int64) (order Order, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range o.all {
		if o.all[i].ID == id && o.all[i].UserID == userID {
			o.all[i].Paid = true
			return o.all[i], true
		}
	}
	return Order{}, false
}

// Delete removes an order of any user and reports whether it existed.
func (o *Orders) Delete(id int64) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	before := len(o.all)
	o.all = slices.DeleteFunc(o.all, func(order Order) bool { return order.ID == id })
	return len(o.all) < before
}
