package daemon

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/crc32"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/boltlog"
)

// kept writes a store with contacts of these names to a new directory, and returns its path.
func kept(t *testing.T, people ...string) string {
	t.Helper()
	return written(t, "-data", filepath.Join(t.TempDir(), "people"), people)
}

// remove deletes a contact.
func remove(t *testing.T, url, id string) {
	t.Helper()
	status, text := sendTo(t, url+contactsPath+"/"+id, http.MethodDelete, "", nil)
	require.Equal(t, http.StatusOK, status, text)
}

// filesOf returns the contents of the files in a directory, by name.
func filesOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	paths, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	for _, path := range paths {
		files[filepath.Base(path)] = read(t, path)
	}
	return files
}

// copyOf returns a copy of a directory.
func copyOf(t *testing.T, dir string) string {
	t.Helper()
	target := filepath.Join(t.TempDir(), "people")
	require.NoError(t, os.CopyFS(target, os.DirFS(dir)))
	return target
}

// edit changes a file of a directory.
func edit(t *testing.T, dir, name string, change func(string) string) {
	t.Helper()
	path := filepath.Join(dir, name)
	require.NoError(t, os.WriteFile(path, []byte(change(read(t, path))), 0o600))
}

// flipped returns a text with its last bit changed.
func flipped(text string) string { return text[:len(text)-1] + string([]byte{text[len(text)-1] ^ 1}) }

// fromLater returns a file of a log as a later version would write it: the version in its headers is higher.
func fromLater(text string) string {
	const versionAt, sumAt = 8, 44
	file := []byte(text)
	for _, magic := range []string{"CTLOG\r\n\x1a", "CTSNP\r\n\x1a"} {
		for from := 0; ; {
			i := bytes.Index(file[from:], []byte(magic))
			if i < 0 {
				break
			}
			from += i
			binary.LittleEndian.PutUint32(file[from+versionAt:], 99)
			sum := crc32.Checksum(file[from:from+sumAt], crc32.MakeTable(crc32.Castagnoli))
			binary.LittleEndian.PutUint32(file[from+sumAt:], sum)
			from += sumAt
		}
	}
	return string(file)
}

func TestData(t *testing.T) {
	t.Run("DUR-1 a restart keeps everything", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "people")
		for i, first := range []string{"Ada", "Bob", "Carol"} {
			p := start(t, "-data", dir)
			create(t, p.url, first)
			_, text := p.send(t, "GET", "", nil)
			for _, earlier := range []string{"ada@", "bob@", "carol@"}[:i+1] {
				require.Contains(t, text, earlier)
			}
			require.Zero(t, p.stop(t))
			log := p.log.String()
			require.Regexp(t, `msg=opened contacts=`+string(rune('0'+i)), log)
			require.Contains(t, log, "snapshot=0 commits="+string(rune('0'+i)))
			require.Regexp(t, `msg=closed contacts=`+string(rune('1'+i)), log)
			require.NotContains(t, log, "WARN")
			require.NotContains(t, log, "ERROR")
			require.NotContains(t, log, "example.com", "ERR-3")
		}
		info, err := os.Stat(dir)
		require.NoError(t, err)
		require.Equal(t, fs.FileMode(0o700), info.Mode().Perm())
		files, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Len(t, files, 2)
		for _, f := range files {
			info, err := f.Info()
			require.NoError(t, err)
			require.Equal(t, fs.FileMode(0o600), info.Mode(), f.Name())
		}
	})
	t.Run("every policy keeps what was confirmed before the end", func(t *testing.T) {
		for _, policy := range []string{"always", "1h", "1ms", "never"} {
			dir := filepath.Join(t.TempDir(), "people")
			p := start(t, "-data", dir, "-sync", policy)
			id := create(t, p.url, "Ada")
			require.Zero(t, p.stop(t))
			require.Contains(t, dumped(t, dir), id, policy)
		}
	})
	t.Run("DUR-5 hangup compacts, and deleted data leaves the files", func(t *testing.T) {
		dir := kept(t, "Ada", "Bob")
		p := start(t, "-data", dir)
		remove(t, p.url, create(t, p.url, "Marmaduke"))
		require.Contains(t, strings.Join(sorted(filesOf(t, dir)), ""), "armaduke")
		p.signals <- syscall.SIGHUP
		p.log.waitFor(t, "msg=compacted contacts=2 position=4")
		require.NotContains(t, strings.Join(sorted(filesOf(t, dir)), ""), "armaduke")
		create(t, p.url, "Carol")
		require.Zero(t, p.stop(t))
		p = start(t, "-data", dir)
		require.Contains(t, p.log.String(), "msg=opened contacts=3 position=5")
		require.Contains(t, p.log.String(), "snapshot=4 commits=1")
	})
	t.Run("DUR-2 a damaged snapshot is reported", func(t *testing.T) {
		dir := compacted(t, "Ada", "Bob")
		edit(t, dir, "00000003.snap", flipped)
		p := start(t, "-data", dir)
		require.Contains(t, p.log.String(), "level=WARN msg=\"a snapshot is damaged")
		require.Contains(t, p.log.String(), "file 00000003.snap")
		require.Contains(t, p.log.String(), "msg=opened contacts=2 position=2")
		p.signals <- syscall.SIGHUP
		p.log.waitFor(t, "msg=compacted")
		require.Zero(t, p.stop(t))
		require.NotContains(t, start(t, "-data", dir).log.String(), "WARN")
	})
	t.Run("unfinished files are removed and reported", func(t *testing.T) {
		dir := kept(t, "Ada")
		path := filepath.Join(dir, "00000002.snap.new")
		require.NoError(t, os.WriteFile(path, []byte("ada@example.com"), 0o600))
		p := start(t, "-data", dir)
		require.NoFileExists(t, path)
		require.Contains(t, p.log.String(), "removed unfinished files")
		require.Contains(t, p.log.String(), "00000002.snap.new")
	})
	t.Run("a store from the future", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "people")
		p := start(t, "-data", dir, "-now", "2100-01-02T03:04:05Z")
		create(t, p.url, "Ada")
		require.Zero(t, p.stop(t))
		p = start(t, "-data", dir)
		require.Contains(t, p.log.String(), "until=2100-01-02T03:04:05.000Z contacts=1")
		_, text := send(t, p.url, "POST", person("Bob"), nil)
		require.Contains(t, text, `"createdDate":"2100-01-02T03:04:05.000Z"`, "STO-3")
	})
}

// sorted returns the values of a map in any order.
func sorted(files map[string]string) (texts []string) {
	for _, text := range files {
		texts = append(texts, text)
	}
	return texts
}

func TestDataAndLoad(t *testing.T) {
	t.Run("DUR-8 fills a new directory", func(t *testing.T) {
		file, dir := saved(t, "Ada", "Bob"), filepath.Join(t.TempDir(), "people")
		p := start(t, "-data", dir, "-load", file)
		require.Contains(t, p.log.String(), "msg=loaded contacts=2 position=2")
		require.Contains(t, p.log.String(), "msg=opened contacts=2 position=2")
		create(t, p.url, "Carol")
		require.Zero(t, p.stop(t))
		require.Equal(t, []string{"Ada", "Bob"}, names(t, file), "the file is not written")
		require.Equal(t, []string{"Ada", "Bob", "Carol"}, names(t, dumpedTo(t, dir)))

		before := filesOf(t, dir)
		status, stderr := fails(t, testWorld(), "-addr", ":0", "-data", dir, "-load", file)
		require.Equal(t, 1, status)
		require.Regexp(t, `^(.*msg=loaded.*\n)?contactsd: data .*: there is a store already, which -load`, stderr)
		require.Equal(t, names(t, dumpedTo(t, dir)), []string{"Ada", "Bob", "Carol"})
		require.Equal(t, len(before), len(filesOf(t, dir)))
	})
	t.Run("DUR-8 a directory without changes is like a new one", func(t *testing.T) {
		file, dir := saved(t, "Ada"), kept(t)
		p := start(t, "-data", dir, "-load", file)
		require.Contains(t, p.log.String(), "msg=opened contacts=1 position=1")
		require.Zero(t, p.stop(t))
		require.Equal(t, read(t, file), dumped(t, dir))
	})
	t.Run("EXP-3 a file that cannot be loaded leaves no directory", func(t *testing.T) {
		file := saved(t, "Ada")
		edit(t, filepath.Dir(file), "saved", func(text string) string {
			return strings.ReplaceAll(text, "ada@", "adb@")
		})
		for _, name := range []string{file, file + ".none", filepath.Dir(file)} {
			dir := filepath.Join(t.TempDir(), "people")
			status, stderr := fails(t, testWorld(), "-addr", ":0", "-data", dir, "-load", name)
			require.Equal(t, 1, status)
			require.True(t, strings.HasPrefix(stderr, "contactsd: load"), stderr)
			require.NoDirExists(t, dir)
		}
	})
}

func TestDataRefused(t *testing.T) {
	file := saved(t, "Ada")
	inUse := kept(t, "Ada")
	start(t, "-data", inUse)
	later, damaged, cut := kept(t, "Ada"), kept(t, "Ada"), kept(t, "Ada")
	edit(t, later, "00000001.log", fromLater)
	edit(t, damaged, "00000001.log", func(text string) string { return strings.ReplaceAll(text, "Ada", "Adb") })
	edit(t, cut, "00000001.log", func(text string) string { return text[:len(text)/2] })
	lost := compacted(t, "Ada")
	edit(t, lost, "00000002.snap", flipped)
	edit(t, lost, "00000003.snap", flipped)
	filled := filepath.Join(t.TempDir(), "people")
	require.Zero(t, start(t, "-data", filled, "-load", file).stop(t))
	edit(t, filled, "00000001.snap", flipped)
	for name, test := range map[string]struct{ dir, want string }{
		"in use":                  {inUse, "another process is using it: boltlog: LOG_LOCKED"},
		"a file":                  {file, "not a directory"},
		"below a file":            {filepath.Join(file, "people"), "not a directory"},
		"in a missing directory":  {filepath.Join(t.TempDir(), "none", "people"), "no such file or directory"},
		"of a later version":      {later, "a later version of this program has written to it: boltlog: file "},
		"damaged":                 {damaged, "damaged: LOG_CORRUPT: file 00000001.log: offset "},
		"cut off":                 {cut, "damaged: LOG_CORRUPT: file 00000001.log: offset "},
		"two damaged snapshots":   {lost, "LOG_CORRUPT: file 00000003.snap: offset "},
		"the snapshot of a -load": {filled, "LOG_CORRUPT: file 00000001.snap: offset "},
	} {
		t.Run(name, func(t *testing.T) {
			before := filesOf(t, test.dir)
			status, stderr := fails(t, testWorld(), "-addr", ":0", "-data", test.dir)
			require.Equal(t, 1, status)
			require.True(t, strings.HasPrefix(stderr, "contactsd: data "+test.dir+": "), stderr)
			require.Contains(t, stderr, test.want)
			require.Equal(t, 1, strings.Count(stderr, "\n"), stderr)
			require.NotContains(t, stderr, "example.com", "ERR-3")
			require.Equal(t, before, filesOf(t, test.dir))
		})
	}
}

// fullLog is a log whose disk is full once its test sets that.
type fullLog struct {
	storeLog
	full *atomic.Bool
}

func (l fullLog) Append(ctx context.Context, after contacts.Seq, data []byte) (contacts.Seq, error) {
	if l.full.Load() {
		return 0, &fs.PathError{Op: "write", Path: "00000001.log", Err: syscall.ENOSPC}
	}
	return l.storeLog.Append(ctx, after, data)
}

// fillable makes the disk of a world one that is full while the returned value is set.
func fillable(w *world) *atomic.Bool {
	full := new(atomic.Bool)
	w.openLog = func(ctx context.Context, dir string, opts *boltlog.Options) (storeLog, error) {
		log, err := openLog(ctx, dir, opts)
		return fullLog{log, full}, err
	}
	return full
}

func TestDataFullDisk(t *testing.T) {
	w := testWorld()
	full := fillable(w)
	dir := filepath.Join(t.TempDir(), "people")
	p := startIn(t, w, "-data", dir)
	id := create(t, p.url, "Ada")
	full.Store(true)
	status, text := p.send(t, "POST", person("Bob"), nil)
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Contains(t, text, "OUTCOME_UNKNOWN", "DUR-4")
	full.Store(false)
	for range 3 {
		status, text = p.send(t, "POST", person("Bob"), nil)
		require.Equal(t, http.StatusServiceUnavailable, status)
		require.Contains(t, text, "STORE_READ_ONLY", "DUR-4")
	}
	status, text = p.send(t, "GET", "", nil)
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, text, id)
	p.signals <- syscall.SIGHUP
	p.log.waitFor(t, "not compacted")
	require.Equal(t, 1, p.stop(t), "a supervisor sees that something was wrong")
	log := p.log.String()
	require.Equal(t, 1, strings.Count(log, "the store is read-only"), log)
	require.Contains(t, log, "no space left on device")
	require.NotContains(t, log, "example.com", "ERR-3")
	require.Contains(t, dumped(t, dir), id)
	require.NotContains(t, dumped(t, dir), "bob@")
}

func TestSeedWithData(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "people")
	seen := map[string]bool{}
	for i, first := range []string{"Ada", "Bob", "Carol"} {
		p := start(t, "-seed", "7", "-data", dir)
		_, text := p.send(t, "POST", person("Ada"), nil) // refused from the second time on: IDs were drawn for nothing
		if i > 0 {
			require.Contains(t, text, "DUPLICATE_CONTACT_EXISTS")
			seen[create(t, p.url, first)] = true
		} else {
			_, text = p.send(t, "GET", "", nil)
			seen[firstID(text)] = true
		}
		require.Len(t, seen, i+1)
		if i == 1 {
			p.signals <- syscall.SIGHUP
			p.log.waitFor(t, "msg=compacted")
		}
		require.Zero(t, p.stop(t))
	}
	t.Run("and every run makes the same IDs", func(t *testing.T) {
		var made [2]string
		for i := range made {
			p := start(t, "-seed", "7", "-data", copyOf(t, dir))
			made[i] = create(t, p.url, "Dave")
			require.False(t, seen[made[i]])
			require.Zero(t, p.stop(t))
		}
		require.Equal(t, made[0], made[1])
	})
	t.Run("and of a new directory the same replies as in memory", func(t *testing.T) {
		const now = "2026-01-02T03:04:05.678Z"
		require.Equal(t, replies(t, "-seed", "7", "-now", now),
			replies(t, "-seed", "7", "-now", now, "-data", filepath.Join(t.TempDir(), "people")))
	})
	t.Run("and after -load none of its IDs", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "saved")
		p := start(t, "-seed", "7", "-save", file)
		ada := create(t, p.url, "Ada")
		require.Zero(t, p.stop(t))
		p = start(t, "-seed", "7", "-load", file, "-data", filepath.Join(t.TempDir(), "people"))
		require.NotEqual(t, ada, create(t, p.url, "Bob"))
	})
}

func TestSync(t *testing.T) {
	for text, want := range map[string]boltlog.SyncPolicy{
		"": boltlog.Always, "always": boltlog.Always, "never": boltlog.Never,
		"100ms": boltlog.Every(100 * time.Millisecond),
	} {
		var got *boltlog.Options
		w := testWorld()
		w.openLog = func(ctx context.Context, dir string, opts *boltlog.Options) (storeLog, error) {
			got = opts
			return openLog(ctx, dir, opts)
		}
		args := []string{"-data", filepath.Join(t.TempDir(), "people")}
		if text != "" {
			args = append(args, "-sync", text)
		}
		require.Zero(t, startIn(t, w, args...).stop(t))
		require.Equal(t, &boltlog.Options{Sync: want}, got, text)
	}
}
