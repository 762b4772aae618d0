//go:build !race

package ses_test

const underRace = false
