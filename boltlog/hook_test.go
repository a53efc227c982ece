package boltlog_test

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// hookFile is a file for a copy of bbolt. Everything that bbolt does to its files goes through it.
const hookFile = `package bbolt

import "os"

// Hook is called for everything that changes a file.
var Hook interface {
	OpenFile(name string, flag int, mode os.FileMode) (*os.File, error)
	WriteAt(f *os.File, b []byte, offset int64) (int, error)
	Truncate(f *os.File, size int64) error
	Sync(f *os.File) error
}
`

// boltPatches are the changes of a copy of bbolt, each with the number of places.
var boltPatches = []struct {
	file, old, new string
	places         int
}{
	{"db.go", "db.openFile = os.OpenFile", "db.openFile = Hook.OpenFile", 1},
	{"db.go", "db.ops.writeAt = db.file.WriteAt",
		"db.ops.writeAt = func(b []byte, off int64) (int, error) { return Hook.WriteAt(db.file, b, off) }", 1},
	{"db.go", "db.file.Truncate(int64(sz))", "Hook.Truncate(db.file, int64(sz))", 1},
	{"db.go", "db.file.Sync()", "Hook.Sync(db.file)", 1},
	{"db.go", "fdatasync(db);", "Hook.Sync(db.file);", 1},
	{"db.go", "return fdatasync(db)", "return Hook.Sync(db.file)", 1},
	{"tx.go", "fdatasync(tx.db);", "Hook.Sync(tx.db.file);", 2},
}

// TestWithSimulatedDisk runs the tests of disk_test.go in this directory. They need a bbolt whose writes can be made to
// fail and to get lost, which is a copy of the module with eight lines changed.
func TestWithSimulatedDisk(t *testing.T) {
	t.Parallel()
	dir, bolt := t.TempDir(), hookedBolt(t)
	mod, err := os.ReadFile("../go.mod")
	require.NoError(t, err)
	mod = fmt.Appendf(mod, "\nreplace go.etcd.io/bbolt => %s\n", bolt)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "test.mod"), mod, 0o600))
	sum, err := os.ReadFile("../go.sum")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "test.sum"), sum, 0o600))

	args := []string{
		"test", "-tags", "simulateddisk", "-modfile", filepath.Join(dir, "test.mod"), "-v", "-timeout", "0",
		"-vet=off", "-run", "^TestDisk", ".", "-first", fmt.Sprint(*first),
	}
	if *gate {
		args = append(args, "-gate")
	}
	if *long {
		args = append(args, "-long")
	}
	t.Log(run(t, "go", args...))
}

// hookedBolt returns the directory of the copy of bbolt. It is always the same one: in another one the compiler would
// run again.
func hookedBolt(t *testing.T) string {
	source := strings.TrimSpace(run(t, "go", "list", "-m", "-f", "{{.Dir}}", "go.etcd.io/bbolt"))
	caches, err := os.UserCacheDir()
	if err != nil {
		caches = t.TempDir()
	}
	sum := sha256.Sum256(fmt.Append(nil, source, hookFile, boltPatches))
	dir := filepath.Join(caches, "contacts-test", fmt.Sprintf("bbolt-%x", sum[:8]))
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	require.NoError(t, os.MkdirAll(filepath.Dir(dir), 0o700))
	bolt, err := os.MkdirTemp(filepath.Dir(dir), "new")
	require.NoError(t, err)
	defer os.RemoveAll(bolt)
	require.NoError(t, copyModule(source, bolt))
	require.NoError(t, os.WriteFile(filepath.Join(bolt, "hook.go"), []byte(hookFile), 0o600))
	for _, p := range boltPatches {
		path := filepath.Join(bolt, p.file)
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, p.places, strings.Count(string(text), p.old), "%s: %s", p.file, p.old)
		require.NoError(t, os.WriteFile(path, []byte(strings.ReplaceAll(string(text), p.old, p.new)), 0o600))
	}
	if err := os.Rename(bolt, dir); err != nil { // another process may have been first
		_, err = os.Stat(dir)
		require.NoError(t, err)
	}
	return dir
}

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return string(out)
}

// copyModule copies the sources of a module.
func copyModule(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		name := d.Name()
		if err != nil || d.IsDir() || strings.HasSuffix(name, "_test.go") ||
			!strings.HasSuffix(name, ".go") && name != "go.mod" {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		copied := filepath.Join(to, rel)
		if err := os.MkdirAll(filepath.Dir(copied), 0o700); err != nil {
			return err
		}
		return os.WriteFile(copied, data, 0o600)
	})
}
