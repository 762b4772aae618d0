package integration_test

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/lib/pq"
)

// postgres is a database of its own on the PostgreSQL server that all tests of this
// process share. Strings have backslashes as those of Redshift have.
func postgres(t *testing.T) *sql.DB {
	t.Helper()
	bin, err := filepath.EvalSymlinks(filepath.Dir(engine(t, "postgres", "bin/initdb")))
	if err != nil {
		t.Fatal(err)
	}
	sharedPostgres.once.Do(func() { sharedPostgres.socket, sharedPostgres.err = runPostgres(bin) })
	if sharedPostgres.err != nil {
		t.Fatalf("PostgreSQL: %v", sharedPostgres.err)
	}
	admin := openPostgres(t, "postgres")
	name := fmt.Sprintf("test%x", time.Now().UnixNano())
	mustExec(t, admin, `CREATE DATABASE `+name)
	mustExec(t, admin, `ALTER DATABASE `+name+` SET standard_conforming_strings = off`)
	return openPostgres(t, name)
}

func openPostgres(t *testing.T, database string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", postgresSource(sharedPostgres.socket, database))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1) // one session, so that SET holds for what follows
	return db
}

// postgresSource is how to connect to a database, whatever its name is.
func postgresSource(socket, database string) string {
	escaped := strings.NewReplacer(`\`, `\\`, `'`, `\'`)
	return fmt.Sprintf("host='%s' user=admin dbname='%s' sslmode=disable", escaped.Replace(socket), escaped.Replace(database))
}

func mustExec(t *testing.T, db *sql.DB, text string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), text); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
}

// sharedPostgres is a server, which ends with the process. It listens on a Unix socket,
// in a folder of its own, and nowhere else.
var sharedPostgres struct {
	once   sync.Once
	socket string // the folder
	err    error
	alive  *os.File // the server ends when this is closed
}

// runPostgres makes a cluster and starts its server.
func runPostgres(bin string) (socket string, err error) {
	// Not in the folder of the test: the name of a socket is at most 107 bytes long.
	dir, err := os.MkdirTemp("", "postgres")
	if err != nil {
		return "", err
	}
	who, err := postgresUser(dir)
	if err != nil {
		return "", err
	}
	// Byte order, as Redshift has it; and nothing here outlives a crash.
	initdb := exec.Command(filepath.Join(bin, "initdb"), "--no-sync", "--encoding=UTF8", "--locale=C", "--auth=trust",
		"--username=admin", "--pgdata="+filepath.Join(dir, "data"))
	initdb.Dir, initdb.SysProcAttr = dir, &syscall.SysProcAttr{Credential: who}
	if out, err := initdb.CombinedOutput(); err != nil {
		os.RemoveAll(dir)
		return "", fmt.Errorf("initdb: %w\n%s", err, out)
	}
	exited, err := startPostgres(bin, dir, who)
	if err != nil {
		return "", err
	}
	return dir, waitForPostgres(dir, exited)
}

// postgresUser returns who the server runs as, nil for ourselves: it refuses to run as
// root. The folder is made theirs.
func postgresUser(dir string) (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres") // the Debian package makes it
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return nil, err
		}
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, cmp.Or(err, err2, os.Chown(dir, int(uid), int(gid)))
}

// startPostgres must not leave a server that outlives us, and no cleanup runs when the
// process ends: so a shell beside it waits until our end of a pipe is closed, and then
// also removes the folder.
func startPostgres(bin, dir string, who *syscall.Credential) (exited chan struct{}, err error) {
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	watched, alive, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	// The server removes its pid file last; it may not have been there to do so.
	script := `(cat; kill -QUIT $$; for n in 1 2 3 4 5 6 7 8 9; do [ ! -e "$DIR/data/postmaster.pid" ] || sleep 0.1; done; rm -rf "${DIR:?}") <&3 2>/dev/null & exec "$0" "$@" 3<&-`
	cmd := exec.Command("sh", "-c", script, filepath.Join(bin, "postgres"), "-D", filepath.Join(dir, "data"), "-F",
		"-c", "listen_addresses=", "-c", "unix_socket_directories="+dir)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "DIR="+dir)
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = log, log, []*os.File{watched}
	// A group of its own, so that an interrupt from the keyboard does not reach it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: who}
	err = cmd.Start()
	watched.Close()
	if err != nil {
		alive.Close()
		return nil, err
	}
	sharedPostgres.alive = alive
	exited = make(chan struct{})
	go func() {
		cmd.Wait()
		close(exited)
	}()
	return exited, nil
}

func waitForPostgres(dir string, exited chan struct{}) error {
	db, err := sql.Open("postgres", postgresSource(dir, "postgres"))
	if err != nil {
		return err
	}
	defer db.Close()
	for deadline := time.Now().Add(time.Minute); ; {
		if err = db.Ping(); err == nil {
			return nil
		}
		select {
		case <-exited:
			return errors.New("it ended before it answered\n" + readLog(filepath.Join(dir, "log")))
		case <-time.After(20 * time.Millisecond):
			if time.Now().After(deadline) {
				return fmt.Errorf("it does not answer: %w\n%s", err, readLog(filepath.Join(dir, "log")))
			}
		}
	}
}

// TestPostgres checks that the server is one that can judge Redshift's SQL.
func TestPostgres(t *testing.T) {
	start := time.Now()
	db := postgres(t)
	t.Logf("answers after %v", time.Since(start))
	for query, want := range map[string]string{
		`SELECT current_setting('server_version_num')::int >= 150000`: "true",
		`SHOW server_encoding`: "UTF8",
		`SHOW lc_collate`:      "C",
		`SELECT '\\' || 'x'`:   `\x`,
	} {
		var got string
		if err := db.QueryRowContext(t.Context(), query).Scan(&got); err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", query, got, err, want)
		}
	}
}
