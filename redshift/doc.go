// Package redshift shares data between warehouses of Amazon Redshift, and runs statements
// through its Data API.
package redshift
