package redshift

import (
	"context"
	"errors"
)

// Collect returns all rows as values of T, a struct whose fields have tags
// `redshift:"column_name"`.
func Collect[T any](ctx context.Context, r *Result) ([]T, error) {
	return nil, errors.New("redshift: collect: not yet")
}
