// Package price knows what a text message costs.
package price

// typical is a cautious price of a message to anywhere.
const typical = 50_000

// Of is the price of one SMS to an ISO 3166 region, in micro-USD.
func Of(string) int64 { return typical }
