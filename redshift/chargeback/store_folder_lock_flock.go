//go:build unix && !solaris && !illumos && !aix

package chargeback

import (
	"context"
	"errors"
	"os"
	"syscall"
)

// lock waits for the lock of a folder. It belongs to the open file, and so ends with the
// process.
func lock(ctx context.Context, root *os.Root) (unlock func() error, err error) {
	file, err := root.OpenFile(lockFile, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return file.Close, nil
		}
		if errors.Is(err, syscall.EWOULDBLOCK) || errors.Is(err, syscall.EINTR) {
			err = pause(ctx)
		}
		if err != nil {
			return nil, errors.Join(&os.PathError{Op: "lock", Path: lockFile, Err: err}, file.Close())
		}
	}
}
