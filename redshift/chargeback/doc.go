// Package chargeback is the pure core of billing business units for what they use of Amazon
// Redshift: usage as it was harvested, prices, rules, and the bill that follows from them.
// It imports no AWS SDK; package redshift harvests usage and asks for prices.
//
// The lines of a [Bill] add up to its charges exactly: money is counted in millionths of the
// currency, shares are rounded by the largest remainder, and what nobody used is a line of
// its own or goes where the description says.
package chargeback
