package redshift

import (
	"context"
	"errors"
)

// Run runs one statement, to its end.
func (c *Conn) Run(ctx context.Context, s Statement) (*Result, error) {
	return nil, errors.New("redshift: run: not yet")
}
