// Package region compares what Amazon SES holds in two Regions and decides what makes the
// secondary one like the primary. It imports no AWS SDK: a [State] is read by package ses, or
// made by a test.
package region
