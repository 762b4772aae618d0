package opensearch

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/awspatterns/awspatterns/rows"
)

// A localFile is a file as it was found at first.
type localFile struct {
	path string // as it was given
	full string
	info fs.FileInfo
}

// lookUpFiles returns the files in the order in which they were given.
func lookUpFiles(paths []string) ([]input, error) {
	type look struct {
		size     int64
		modified time.Time
	}
	alike := map[look][]*localFile{} // only of those any two can be one
	var inputs []input
	for _, path := range paths {
		f, err := lookUpFile(path)
		if err != nil {
			return nil, err
		}
		key := look{f.info.Size(), f.info.ModTime()}
		for _, other := range alike[key] {
			if os.SameFile(f.info, other.info) {
				return nil, fmt.Errorf("the files %s and %s are one: name it once", other.path, f.path)
			}
		}
		alike[key] = append(alike[key], f)
		inputs = append(inputs, f)
	}
	return inputs, nil
}

func lookUpFile(path string) (*localFile, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	switch {
	case info.IsDir():
		return nil, fmt.Errorf("%s is a folder: name the files in it", path)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no regular file, and could not be read again from where a run was stopped: write its content to a file, or give it as Documents", path)
	}
	full, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	return &localFile{path, full, info}, nil
}

func (f *localFile) name() string { return f.path }
func (f *localFile) bytes() int64 { return f.info.Size() }

func (f *localFile) identity() string {
	return fmt.Sprintf("file %q %d %d", f.full, f.info.Size(), f.info.ModTime().UnixNano())
}

func (f *localFile) open(context.Context) (io.ReadCloser, error) {
	file, err := f.openFile()
	if err != nil {
		return nil, err
	}
	return file, nil
}

func (f *localFile) openAt(context.Context) (rows.File, int64, error) {
	file, err := f.openFile()
	if err != nil {
		return nil, 0, err // no *os.File that is nil
	}
	return file, f.info.Size(), nil
}

func (f *localFile) openFile() (*os.File, error) {
	file, err := os.Open(f.full)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil {
		err = f.same(info)
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

func (f *localFile) unchanged() error {
	info, err := os.Stat(f.full)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInputChanged, err)
	}
	return f.same(info)
}

func (f *localFile) same(now fs.FileInfo) error {
	if os.SameFile(f.info, now) && f.info.Size() == now.Size() && f.info.ModTime().Equal(now.ModTime()) {
		return nil
	}
	return fmt.Errorf("%w: it had %d bytes of %s, and has %d of %s", ErrInputChanged,
		f.info.Size(), f.info.ModTime().Format(time.RFC3339Nano), now.Size(), now.ModTime().Format(time.RFC3339Nano))
}
