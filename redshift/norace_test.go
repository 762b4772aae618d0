//go:build !race

package redshift_test

const underRace = false
