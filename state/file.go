package state

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"

	bolt "go.etcd.io/bbolt"
)

// File is a [Store] in one file, for one process at a time. It is made for a few
// million records: neither their number nor their size is held in memory.
//
// Put writes its records in one transaction and returns when they are synced to
// the disk, so put many at a time. What a Put has written is there after the
// process is killed or the machine has lost power; what it has not finished is
// not there at all. The file grows as records are added, never shrinks, and
// reuses the space of values that were replaced. It belongs on a local disk: the
// lock and the memory map that it relies on do not hold on every network file
// system.
type File struct {
	db   *bolt.DB
	path string

	// writing is held by the Put that writes; unlike the lock of the database, it
	// can be given up waiting for.
	writing chan struct{}
}

// The layout of the file: in the bucket of records a bucket for each set, in that
// by key the version as 8 bytes, big-endian, and the value. Versions are counted by
// the sequence of the bucket of records.
var (
	formatBucket  = []byte("github.com/awspatterns/awspatterns/state")
	recordsBucket = []byte("records")
	formatKey     = []byte("format")
	format        = []byte("1")
)

const versionBytes = 8

// Close waits for the calls under way and closes the file. A File that is closed
// cannot be used any more; closing it again does nothing.
func (f *File) Close() error {
	if err := f.db.Close(); err != nil {
		return fmt.Errorf("state: %s: %w", f.path, err)
	}
	return nil
}

// Get implements [Store].
func (f *File) Get(ctx context.Context, set, key string) (Record, error) {
	if err := checkName(set, key); err != nil {
		return Record{}, err
	}
	if ctx.Err() != nil {
		return Record{}, recordError(set, key, context.Cause(ctx))
	}
	r := Record{Set: set, Key: key}
	err := f.db.View(func(tx *bolt.Tx) (err error) {
		if b := tx.Bucket(recordsBucket).Bucket([]byte(set)); b != nil {
			r, err = readRecord(set, []byte(key), b.Get([]byte(key)))
		}
		return err
	})
	if err != nil {
		return Record{}, recordError(set, key, fmt.Errorf("%s: %w", f.path, err))
	}
	return r, nil
}

// readRecord copies a record out of the file.
func readRecord(set string, key, stored []byte) (Record, error) {
	r := Record{Set: set, Key: string(key)}
	switch {
	case stored == nil:
		return r, nil
	case len(stored) < versionBytes:
		return r, fmt.Errorf("%q: a record of %d bytes", key, len(stored))
	}
	r.Version = formatVersion(binary.BigEndian.Uint64(stored))
	r.Value = bytes.Clone(stored[versionBytes:])
	return r, nil
}

// Put implements [Store]. All records that are not refused are written in one
// transaction: if that fails, none is.
func (f *File) Put(ctx context.Context, records []Record) error {
	if err := checkRecords(records); err != nil {
		return err
	}
	select {
	case f.writing <- struct{}{}:
		defer func() { <-f.writing }()
	case <-ctx.Done():
		return batchError(len(records), context.Cause(ctx))
	}
	versions := make([]string, len(records))
	conflicts, err := f.write(ctx, records, versions)
	if err != nil {
		return batchError(len(records), fmt.Errorf("%s: %w", f.path, err))
	}
	for i, version := range versions {
		if version != "" {
			records[i].Version = version
		}
	}
	return errors.Join(conflicts...)
}

// write makes the transaction of a Put. It fills in the versions of what it wrote.
func (f *File) write(ctx context.Context, records []Record, versions []string) (conflicts []error, err error) {
	tx, err := f.db.Begin(true)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback() // does nothing after Commit
	for i, r := range records {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		switch versions[i], err = putRecord(tx.Bucket(recordsBucket), r); {
		case errors.Is(err, ErrConflict):
			conflicts = append(conflicts, err)
		case err != nil:
			return nil, fmt.Errorf("%q: %q: %w", r.Set, r.Key, err)
		}
	}
	if len(conflicts) == len(records) {
		return conflicts, nil // there is nothing to sync
	}
	return conflicts, tx.Commit()
}

func putRecord(all *bolt.Bucket, r Record) (version string, err error) {
	b := all.Bucket([]byte(r.Set))
	var stored Record
	if b != nil {
		if stored, err = readRecord(r.Set, []byte(r.Key), b.Get([]byte(r.Key))); err != nil {
			return "", err
		}
	}
	if stored.Version != r.Version {
		return "", &ConflictError{Set: r.Set, Key: r.Key}
	}
	if b == nil {
		if b, err = all.CreateBucket([]byte(r.Set)); err != nil {
			return "", err
		}
	}
	n, err := all.NextSequence()
	if err != nil {
		return "", err
	}
	return formatVersion(n), b.Put([]byte(r.Key), append(binary.BigEndian.AppendUint64(nil, n), r.Value...))
}

// A page of a list has up to so many records, or the one that makes it so large.
const (
	pageRecords = 256
	pageBytes   = 1 << 20
)

// List implements [Store]. It reads some records at a time, and so sees what is
// written behind the place where it is. Between them it holds nothing: it may be
// slow, and its loop may call the File.
func (f *File) List(ctx context.Context, set, after string) iter.Seq2[Record, error] {
	return listing(ctx, set, after, func(after string) iter.Seq2[Record, error] {
		return func(yield func(Record, error) bool) {
			for {
				page, err := f.page(set, after)
				if err != nil {
					yield(Record{}, fmt.Errorf("%s: %w", f.path, err))
					return
				}
				for _, r := range page {
					if !yield(r, nil) {
						return
					}
					after = r.Key
				}
				if len(page) == 0 {
					return
				}
			}
		}
	})
}

// page returns the records that come after a key, up to the size of a page. A
// transaction must be short: while it is open, the file can only grow.
func (f *File) page(set, after string) (page []Record, err error) {
	err = f.db.View(func(tx *bolt.Tx) error {
		b := tx.Bucket(recordsBucket).Bucket([]byte(set))
		if b == nil {
			return nil
		}
		c, size := b.Cursor(), 0
		key, stored := c.Seek([]byte(after))
		if key != nil && string(key) == after {
			key, stored = c.Next()
		}
		for ; key != nil && len(page) < pageRecords && size < pageBytes; key, stored = c.Next() {
			r, err := readRecord(set, key, stored)
			if err != nil {
				return err
			}
			page, size = append(page, r), size+len(stored)
		}
		return nil
	})
	return page, err
}
