package boltlog

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"

	"github.com/contactsdb/contacts"
)

const (
	lockName    = "lock"
	logExt      = ".log"
	snapshotExt = ".snap"
	newExt      = ".new" // of a file that is being written and not yet renamed
)

func logName(generation uint64) string { return fmt.Sprintf("%08d", generation) + logExt }

func snapshotName(generation uint64) string { return fmt.Sprintf("%08d", generation) + snapshotExt }

var fileForm = regexp.MustCompile(`^([0-9]{8,19})(\.log|\.snap)(\.new)?$`)

// listing are the files of a directory that belong to a log.
type listing struct {
	logs, snapshots []uint64 // generations, in order
	unfinished      []string // names
}

func list(dir string) (listing, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return listing{}, fmt.Errorf("boltlog: %w", err)
	}
	var l listing
	for _, e := range entries {
		m := fileForm.FindStringSubmatch(e.Name())
		if m == nil {
			continue
		}
		generation, err := strconv.ParseUint(m[1], 10, 64)
		switch {
		case err != nil:
		case m[3] == newExt:
			l.unfinished = append(l.unfinished, e.Name())
		case m[2] == logExt && e.Name() == logName(generation):
			l.logs = append(l.logs, generation)
		case m[2] == snapshotExt && e.Name() == snapshotName(generation):
			l.snapshots = append(l.snapshots, generation)
		}
	}
	slices.Sort(l.logs)
	slices.Sort(l.snapshots)
	return l, nil
}

// A segment is a log file: the entries of one generation.
type segment struct {
	header
	path string
	last contacts.Seq // header.at if it has no entries
}

func (s segment) name() string { return filepath.Base(s.path) }

// A segmentFile is a segment that is open for reading.
type segmentFile struct {
	segment
	f    *os.File
	bolt *boltFile
}

// openSegment opens a log file that no one is writing and reads its header and the place of its last entry.
func openSegment(dir string, generation uint64) (*segmentFile, error) {
	path := filepath.Join(dir, logName(generation))
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("boltlog: %w", err)
	}
	s := &segmentFile{segment: segment{path: path}, f: f}
	if err := s.readHeader(generation); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return s, nil
}

func (s *segmentFile) readHeader(generation uint64) (err error) {
	info, err := s.f.Stat()
	if err != nil {
		return fmt.Errorf("boltlog: %w", err)
	}
	if s.bolt, err = newBoltFile(s.name(), s.f, info.Size()); err != nil {
		return err
	}
	s.last = contacts.Seq(s.bolt.sequence)
	for p, err := range s.bolt.pairs(0) {
		if err != nil {
			return err
		}
		if p.key != 0 {
			break
		}
		if s.header, err = decodeHeader(logMagic, p.value); err != nil {
			return inFile(s.name(), p.offset, 0, err)
		}
		if len(p.value) != headerSize || s.generation != generation || s.last < s.at {
			return s.bolt.corrupt(p.offset, 0, "the header is not that of this file")
		}
		return nil
	}
	return s.bolt.corrupt(0, 0, "the header is missing")
}

// entries yields all entries of the file behind the one at after. The data is valid until the loop continues. An error
// is the last thing that it yields.
func (s *segmentFile) entries(after contacts.Seq) iter.Seq2[contacts.Entry, error] {
	return func(yield func(contacts.Entry, error) bool) {
		next := after + 1
		for p, err := range s.bolt.pairs(next) {
			if err == nil && p.key != next {
				err = s.bolt.corrupt(p.offset, next, "the entry is missing")
			}
			var data []byte
			if err == nil {
				var ok bool
				if data, ok = s.openEntry(p.key, p.value); !ok {
					err = s.bolt.corrupt(p.offset, p.key, "the entry has a wrong checksum")
				}
			}
			if err != nil {
				yield(contacts.Entry{}, atEntry(err, next))
				return
			}
			if !yield(contacts.Entry{Seq: p.key, Data: data}, nil) {
				return
			}
			next++
		}
		if next != s.last+1 {
			yield(contacts.Entry{}, s.bolt.corrupt(0, next, "the entries do not end where the file says"))
		}
	}
}

// atEntry adds the place of the entry that could not be read to an error.
func atEntry(err error, at contacts.Seq) error {
	if c, ok := errors.AsType[*contacts.CorruptError](err); ok {
		c.Seq = cmp.Or(c.Seq, at)
	}
	return err
}

func (s *segmentFile) close() error { return s.f.Close() }
