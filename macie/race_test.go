//go:build race

package macie_test

const underRace = true
