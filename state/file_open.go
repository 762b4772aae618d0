package state

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// ErrLocked is wrapped by the error of [OpenFile] when the file is open already.
var ErrLocked = errors.New("it is open already, in another process or in this one: wait until that is done, or use a Store in S3 or DynamoDB, which several processes can share")

// ErrNotState is wrapped by the error of [OpenFile] when the file is something
// else than what this version of OpenFile makes.
var ErrNotState = errors.New("it is no file of records that this version can read")

// lockTimeout is how long a file is waited for: a process that is ending needs
// a moment to let go of it.
const lockTimeout = time.Second

// OpenFile opens the file of a [Store], or makes it, readable for its user alone.
// Close it when done. A file that is open already is waited for, for one second;
// the error then wraps [ErrLocked].
func OpenFile(path string) (*File, error) {
	f, err := openFile(path)
	if err != nil {
		return nil, fmt.Errorf("state: %s: %w", path, err)
	}
	return f, nil
}

func openFile(path string) (*File, error) {
	if err := checkLength(path); err != nil {
		return nil, err
	}
	db, err := openDB(path, bolt.Options{FreelistType: bolt.FreelistMapType})
	if err != nil {
		return nil, err
	}
	if err := prepareFile(db, path); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &File{db: db, path: path, writing: make(chan struct{}, 1)}, nil
}

// checkLength refuses a file that ends before its last page, such as half a copy:
// touching the map of what is missing would kill the process, and opening a file
// to write does.
func checkLength(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil || info.Size() == 0:
		return nil // it is about to be made, or opening it tells the error
	case info.Size() < 2*int64(os.Getpagesize()):
		return ErrNotState
	}
	db, err := openDB(path, bolt.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	err = db.View(func(tx *bolt.Tx) error {
		info, err := os.Stat(path)
		if err == nil && info.Size() < tx.Size() {
			err = fmt.Errorf("%w: it has %d bytes and should have %d", ErrNotState, info.Size(), tx.Size())
		}
		return err
	})
	return errors.Join(err, db.Close())
}

func openDB(path string, opts bolt.Options) (*bolt.DB, error) {
	opts.Timeout = lockTimeout
	db, err := bolt.Open(path, 0o600, &opts)
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, ErrLocked
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrVersionMismatch), errors.Is(err, bolterrors.ErrChecksum):
		return nil, fmt.Errorf("%w: %w", ErrNotState, err)
	}
	return db, err
}

// prepareFile checks what is in a file, and lays out a new one.
func prepareFile(db *bolt.DB, path string) error {
	var isNew bool
	err := db.View(func(tx *bolt.Tx) error {
		first, _ := tx.Cursor().First()
		if isNew = first == nil; isNew {
			return nil
		}
		b := tx.Bucket(formatBucket)
		if b == nil || !bytes.Equal(b.Get(formatKey), format) || tx.Bucket(recordsBucket) == nil {
			return ErrNotState
		}
		return nil
	})
	if err != nil || !isNew {
		return err
	}
	err = db.Update(func(tx *bolt.Tx) error {
		b, err := tx.CreateBucket(formatBucket)
		if err != nil {
			return err
		}
		if _, err := tx.CreateBucket(recordsBucket); err != nil {
			return err
		}
		return b.Put(formatKey, format)
	})
	return errors.Join(err, syncFolder(filepath.Dir(path)))
}

// syncFolder makes a new file's name survive a loss of power, as syncing the file
// alone does not (fsync(2)). Windows has no such call.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
