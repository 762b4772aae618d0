package chargeback

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"
	"syscall"
)

// NewFolder returns a Store in a folder, a file for each object, readable for its user
// alone. The folder is made when the first object is written. Several processes may use it
// at once: an object is replaced as a whole or not at all, also if a process is killed or
// the machine loses power, and writing takes a lock, in the file .lock.
//
// On Unix the lock ends with its process. On other systems a process that is killed while it
// writes leaves the file .lock, which then has to be removed by hand: the error says so. The
// lock does not hold on every network file system.
//
// Links that lead out of the folder are not followed. Files whose names begin with a dot are
// left alone.
func NewFolder(dir string) Store { return folder{dir} }

type folder struct{ dir string }

// The files of a folder that are no objects. What is written goes to newFile first, which
// only who has the lock touches, so that a crash leaves one at most.
const (
	lockFile = ".lock"
	newFile  = ".new"
)

func (f folder) Get(ctx context.Context, name string) ([]byte, string, error) {
	if err := checkCall(ctx, name); err != nil {
		return nil, "", err
	}
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return nil, "", err
	}
	defer root.Close()
	body, err := root.ReadFile(name)
	if err != nil {
		return nil, "", f.wrap(err)
	}
	return body, contentVersion(body), nil
}

// contentVersion is the version of a content: if it is changed and changed back, nothing is
// lost.
func contentVersion(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

func (f folder) Put(ctx context.Context, name, version string, body []byte) (err error) {
	if err := checkCall(ctx, name); err != nil {
		return err
	}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return err
	}
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return err
	}
	defer root.Close()
	unlock, err := lock(ctx, root)
	if err != nil {
		return f.wrap(err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	present, err := root.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if version != "" {
			return f.wrap(fmt.Errorf("%s: %w", name, ErrConflict))
		}
	case err != nil:
		return f.wrap(err)
	case version != contentVersion(present):
		return f.wrap(fmt.Errorf("%s: %w", name, ErrConflict))
	}
	return f.wrap(replace(root, name, body))
}

// wrap tells the folder: errors of a Root have names below it.
func (f folder) wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", f.dir, err)
}

// replace writes a file aside, and gives it its name when it is on the disk.
func replace(root *os.Root, name string, body []byte) error {
	file, err := root.OpenFile(newFile, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(body)
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err := root.MkdirAll(path.Dir(name), 0o700); err != nil {
		return err
	}
	if err := root.Rename(newFile, name); err != nil {
		return err
	}
	return syncFolders(root, path.Dir(name))
}

// syncFolders makes a name survive a loss of power, which syncing the file alone does not
// (fsync(2)), and the names of the folders, which may be new. Windows has no such call.
func syncFolders(root *os.Root, dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := root.Open(dir)
	if err != nil {
		return err
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil || dir == "." {
		return err
	}
	return syncFolders(root, path.Dir(dir))
}

func (f folder) List(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		names, err := f.names(ctx, prefix)
		if err != nil {
			yield("", err)
			return
		}
		handNames(ctx, names, prefix, yield)
	}
}

// names returns the names of the files below the folder that a prefix is in, sorted: a walk
// has a folder where its name without the slash would be.
func (f folder) names(ctx context.Context, prefix string) (names []string, err error) {
	root, err := os.OpenRoot(f.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		return nil, err
	}
	defer root.Close()
	top := "."
	if i := strings.LastIndexByte(prefix, '/'); i >= 0 {
		top = prefix[:i]
		if err := checkCall(ctx, top); err != nil {
			return nil, err
		}
	}
	err = fs.WalkDir(root.FS(), top, func(name string, d fs.DirEntry, err error) error {
		switch {
		case name == top && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)):
			return fs.SkipDir
		case err != nil:
			return err
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case name == ".":
			return nil
		case d.IsDir() && (d.Name()[0] == '.' || !mayHave(name+"/", prefix)):
			return fs.SkipDir
		case !d.IsDir() && d.Name()[0] != '.':
			names = append(names, name)
		}
		return nil
	})
	slices.Sort(names)
	return names, f.wrap(err)
}

// mayHave reports whether a folder may have names that begin with a prefix.
func mayHave(dir, prefix string) bool {
	return strings.HasPrefix(dir, prefix) || strings.HasPrefix(prefix, dir)
}
