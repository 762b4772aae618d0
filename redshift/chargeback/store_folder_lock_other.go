//go:build !unix || solaris || illumos || aix

package chargeback

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// lockPatience is how long a lock is waited for. It may be one that a killed process left.
const lockPatience = time.Minute

// lock waits for the lock of a folder, which is a file that only one process can make.
func lock(ctx context.Context, root *os.Root) (unlock func() error, err error) {
	for begun := time.Now(); ; {
		file, err := root.OpenFile(lockFile, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err == nil {
			return func() error { return errors.Join(file.Close(), root.Remove(lockFile)) }, nil
		}
		// Windows denies access to a file that is being removed.
		if !errors.Is(err, fs.ErrExist) && !errors.Is(err, fs.ErrPermission) {
			return nil, err
		}
		if time.Since(begun) > lockPatience {
			return nil, fmt.Errorf("%w: a process that writes holds it for a minute, or one that was killed left it: remove it if none writes", err)
		}
		if err := pause(ctx); err != nil {
			return nil, err
		}
	}
}
