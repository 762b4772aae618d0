package chargeback

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestFolderEscapes looks for ways out of the folder, and into its own files.
func TestFolderEscapes(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	secret := filepath.Join(outside, "secret")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"link": outside, "file": secret} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Skip(err)
		}
	}
	store := NewFolder(dir)
	for _, name := range []string{"../x", "a/../../x", "/x", secret, ".", "..", "a//b", "a/", ".lock", ".new", "a/.b", `..\x`, "link/secret", "link/new", "file"} {
		body, _, err := store.Get(t.Context(), name)
		putErr := store.Put(t.Context(), name, contentVersion([]byte("secret")), []byte("x"))
		newErr := store.Put(t.Context(), name, "", []byte("x"))
		if err == nil || putErr == nil || newErr == nil {
			t.Errorf("%q: got %q, %v, %v and %v", name, body, err, putErr, newErr)
		}
	}
	for _, prefix := range []string{"../", "/", "link/", "./"} {
		for name, err := range store.List(t.Context(), prefix) {
			if err == nil {
				t.Errorf("%q: got %q", prefix, name)
			}
		}
	}
	if got, err := os.ReadFile(secret); err != nil || string(got) != "secret" {
		t.Errorf("got %q and %v", got, err)
	}
	if entries, err := os.ReadDir(outside); err != nil || len(entries) != 1 {
		t.Errorf("got %v and %v", entries, err)
	}
}

// TestFolderFiles looks at what is on the disk: files of their names, for their user alone,
// and none beside them that is listed.
func TestFolderFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "archive")
	store := NewFolder(dir)
	if err := store.Put(t.Context(), "b/c/d.csv.gz", "", []byte("one")); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]fs.FileMode{"": fs.ModeDir | 0o700, "b/c": fs.ModeDir | 0o700, "b/c/d.csv.gz": 0o600} {
		info, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil || runtime.GOOS != "windows" && info.Mode() != mode {
			t.Errorf("%q: got %v and %v, want %v", name, info.Mode(), err, mode)
		}
	}
	// A process that was killed while it wrote leaves half an object.
	if err := os.WriteFile(filepath.Join(dir, newFile), []byte("half of an object that is long"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := store.Put(t.Context(), "b/e", "", []byte("two")); err != nil {
		t.Fatal(err)
	}
	body, _, err := store.Get(t.Context(), "b/e")
	if err != nil || string(body) != "two" {
		t.Errorf("got %q and %v", body, err)
	}
	var names []string
	for name, err := range store.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	if !slices.Equal(names, []string{"b/c/d.csv.gz", "b/e"}) {
		t.Errorf("got %q", names)
	}
	if _, err := os.Stat(filepath.Join(dir, newFile)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is left: %v", newFile, err)
	}
}

// TestFolderLock holds the lock: a write waits for it until its context ends, and goes on when
// it is free. Reading needs none.
func TestFolderLock(t *testing.T) {
	dir := t.TempDir()
	store := NewFolder(dir)
	if err := store.Put(t.Context(), "a", "", []byte("one")); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	unlock, err := lock(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	enough := errors.New("enough")
	ctx, cancel := context.WithTimeoutCause(t.Context(), 20*time.Millisecond, enough)
	defer cancel()
	if err := store.Put(ctx, "b", "", nil); !errors.Is(err, enough) {
		t.Errorf("got %v", err)
	}
	if _, _, err := store.Get(t.Context(), "a"); err != nil {
		t.Error(err)
	}
	done := make(chan error)
	go func() { done <- store.Put(t.Context(), "b", "", nil) }()
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestFolderProcesses has several processes merge into one object of a folder: no row is
// lost.
func TestFolderProcesses(t *testing.T) {
	const variable, processes, rows = "CHARGEBACK_TEST_FOLDER", 3, 4
	if dir, writer, ok := strings.Cut(os.Getenv(variable), "#"); ok {
		a := Archive{Store: NewFolder(dir)}
		for i := range rows {
			mergeAll(t, a, Membership{Taken: noon, Member: writer, Role: fmt.Sprint(i)})
		}
		return
	}
	dir := t.TempDir()
	var running []*exec.Cmd
	for i := range processes {
		c := exec.Command(os.Args[0], "-test.run=^TestFolderProcesses$")
		c.Env = append(os.Environ(), fmt.Sprintf("%s=%s#%d", variable, dir, i))
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		running = append(running, c)
	}
	for _, c := range running {
		if err := c.Wait(); err != nil {
			t.Error(err)
		}
	}
	if got := readAll[Membership](t, Archive{Store: NewFolder(dir)}, always()); len(got) != processes*rows {
		t.Errorf("got %d rows, want %d", len(got), processes*rows)
	}
}
