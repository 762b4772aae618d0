package chargeback

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
)

// Coverage returns what of a warehouse, given by its key, was harvested. It is zero if
// nothing was.
func (a Archive) Coverage(ctx context.Context, warehouse string) (Coverage, error) {
	c, _, _, err := a.coverage(ctx, warehouse)
	if err != nil {
		return Coverage{}, fmt.Errorf("chargeback: coverage of %s: %w", warehouse, err)
	}
	return c, nil
}

// Cover changes what is known to be harvested of a warehouse, given by its key. It may call
// change several times, with what is there by then, if others change it too. The key of the
// warehouse is set, and intervals and moments are sorted and merged. Nothing is written if
// nothing changes.
func (a Archive) Cover(ctx context.Context, warehouse string, change func(*Coverage)) error {
	err := repeated(ctx, func() error { return a.cover(ctx, warehouse, change) })
	if err != nil {
		return fmt.Errorf("chargeback: coverage of %s: %w", warehouse, err)
	}
	return nil
}

func (a Archive) cover(ctx context.Context, warehouse string, change func(*Coverage)) error {
	c, body, version, err := a.coverage(ctx, warehouse)
	if err != nil {
		return err
	}
	change(&c)
	c.Warehouse = warehouse
	changed, err := json.MarshalIndent(c.normal(), "", "  ")
	if err != nil {
		return err
	}
	changed = append(changed, '\n')
	if bytes.Equal(changed, body) {
		return nil
	}
	name, err := coverageName(warehouse)
	if err != nil {
		return err
	}
	return a.Store.Put(ctx, name, version, changed)
}

// coverage returns the coverage as it is stored, and its version.
func (a Archive) coverage(ctx context.Context, warehouse string) (c Coverage, body []byte, version string, err error) {
	if a.Store == nil {
		return c, nil, "", errNoStore
	}
	name, err := coverageName(warehouse)
	if err != nil {
		return c, nil, "", err
	}
	body, version, err = a.Store.Get(ctx, name)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil, "", nil
	}
	if err != nil {
		return c, nil, "", err
	}
	if err := json.Unmarshal(body, &c); err != nil {
		return c, nil, "", fmt.Errorf("%s: %w", name, err)
	}
	if c.Warehouse != warehouse {
		return c, nil, "", fmt.Errorf("%s: it is that of %q", name, c.Warehouse)
	}
	return c.normal(), body, version, nil
}

func coverageName(warehouse string) (string, error) {
	folder, err := folderOf(warehouse)
	return folder + "/coverage.json", err
}
